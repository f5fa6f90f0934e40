/* A row comes: what it was, what it is now, and which of its three blocks - geometry, static cells, live cells - differ
 * from what the pages have. Only those are kept until they are made into pages. */
#include "tiles/store_private.h"

#include <string.h>

enum { BLOCKS = 2, SCRATCH_KEPT = 1 << 20 };

struct change {
    struct tiles_store *store;
    const struct tiles_row *row;
    struct tiles_slot *slot;             /* NULL: the key is not known */
    const struct tiles_pending *pending; /* of the slot, or NULL */
    struct tiles_source stored;          /* what the pages have */
    struct tiles_source old;             /* what the row was; neither page nor pending: there was none */
    bool is_new;
    struct tiles_cells_row was[BLOCKS]; /* static, live */
    struct tiles_cell cells[TILES_COLUMN_MAX];
    struct tiles_sum sums[BLOCKS];
    const uint32_t *words;
    bool words_differ, cells_differ[BLOCKS];
};

static enum base_err out_of_memory(const struct change *change, struct base_diag *diag)
{
    return base_diag_set(diag, BASE_NOMEM, "out of memory for %s %lld", change->store->table->name,
                         (long long)change->row->id);
}

static bool sums_equal(struct tiles_sum a, struct tiles_sum b)
{
    return a.low == b.low && a.high == b.high;
}

static bool words_equal(const uint32_t *a, const uint32_t *b)
{
    return memcmp(a, b, TILES_WORDS_HEAD * sizeof *a) == 0 && memcmp(a, b, tiles_words_count(a) * sizeof *a) == 0;
}

/* --- what was --- */
static void look_up(struct change *change)
{
    const struct tiles_store *store = change->store;
    struct tiles_slot *slot = tiles_index_find(&store->index, change->row->estate_id, change->row->id);
    change->slot = slot;
    change->is_new = !slot || !tiles_store_holds(store, slot);
    if (slot) {
        change->pending = slot->state == TILES_SLOT_PENDING ? store->pending[slot->where] : NULL;
        tiles_store_stored(store, slot, &change->stored.page, &change->stored.row);
    }
    if (!change->is_new) {
        change->old = change->stored;
        change->old.pending = change->pending;
    }
    for (size_t b = 0; b < BLOCKS; b++) {
        change->was[b] = tiles_source_cells(&change->old, b == 1);
    }
}

/* --- what is --- */
static enum base_err words_of(struct change *change, struct base_diag *diag)
{
    const struct tiles_shape *shape = &change->row->shape;
    const struct tiles_table *table = change->store->table;
    const long long id = change->row->id;
    if (shape->type == GEO_SHAPE_NONE) {
        if (change->is_new) {
            return base_diag_set(diag, BASE_NOT_FOUND, "%s %lld: its geometry is to stay, but there is no such row",
                                 table->name, id);
        }
        change->words = tiles_source_words(&change->old);
        return BASE_OK;
    }
    if (shape->type != table->type || !shape->vertices) {
        return base_diag_set(diag, BASE_INVALID, "%s %lld: no geometry, or of another kind than the table's",
                             table->name, id);
    }
    struct base_buf *words = &change->store->words;
    const uint32_t head[TILES_WORDS_HEAD] = {shape->parts, shape->rings, shape->vertices};
    base_buf_reset(words);
    base_buf_append(words, head, sizeof head);
    base_buf_append(words, shape->part_ends, shape->parts * sizeof *shape->part_ends);
    base_buf_append(words, shape->ring_ends, shape->rings * sizeof *shape->ring_ends);
    base_buf_append(words, shape->points, shape->vertices * sizeof *shape->points);
    if (words->err) {
        return base_diag_set(diag, words->err, "%s %lld: its geometry of %u vertices: %s", table->name, id,
                             shape->vertices, base_error_text(words->err));
    }
    change->words = (const uint32_t *)words->data;
    change->words_differ = change->is_new || !words_equal(change->words, tiles_source_words(&change->old));
    return BASE_OK;
}

static struct tiles_cell cell_was(const struct tiles_cells_row *was, const struct tiles_column *column, uint32_t at)
{
    struct tiles_cell cell = {.null = was->nulls >> at & 1};
    if (cell.null) {
        return cell;
    }
    const uint64_t value = tiles_cells_row_value(was, at);
    if (column->kind == TILES_TEXT || column->kind == TILES_TEXTS) {
        cell.text = tiles_cell_text(value, was->text);
    } else {
        cell.i64 = (int64_t)value;
    }
    return cell;
}

/* Sizes are limited, so that a page's offsets fit their 32 bits. */
static enum base_err cells_of(struct change *change, uint32_t columns, struct base_diag *diag)
{
    const struct tiles_table *table = change->store->table;
    size_t text = 0;
    for (uint32_t c = 0; c < change->store->columns; c++) {
        const struct tiles_column *column = &table->columns[c];
        struct tiles_cell *cell = &change->cells[c];
        *cell = columns >> c & 1 ? change->row->cells[c] : cell_was(&change->was[column->live], column, c);
        if (column->kind == TILES_REAL && !cell->null) {
            cell->f64 = (float)cell->f64;
        }
        bool is_text = column->kind == TILES_TEXT || column->kind == TILES_TEXTS;
        if (is_text && !cell->null && (text += cell->text.len) > TILES_TEXT_MAX) {
            return base_diag_set(diag, BASE_LIMIT, "%s %lld: texts of over %d bytes", table->name,
                                 (long long)change->row->id, TILES_TEXT_MAX);
        }
    }
    return BASE_OK;
}

static bool all_null(const struct change *change, bool live)
{
    const struct tiles_store *store = change->store;
    for (uint32_t c = live ? store->fixed : 0; c < (live ? store->columns : store->fixed); c++) {
        if (!change->cells[c].null) {
            return false;
        }
    }
    return true;
}

/* given: something of the block came with this row. */
static enum base_err compare(struct change *change, bool live, bool given, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    struct tiles_sum *sum = &change->sums[live];
    *sum = change->was[live].sum;
    if (given || change->is_new) {
        *sum = (struct tiles_sum){0, 0};
        if (!live || !all_null(change, true)) {
            err = tiles_store_sum(&change->store->sum, change->store->table, change->row, change->cells,
                                  live ? NULL : change->words, diag, sum);
        }
        change->cells_differ[live] = !sums_equal(*sum, change->was[live].sum);
    }
    return err;
}

/* --- keeping what differs --- */
static const uint32_t *words_keep(struct change *change)
{
    size_t bytes = tiles_words_count(change->words) * sizeof *change->words;
    uint32_t *kept = base_arena_room(&change->store->arena, bytes);
    return kept ? memcpy(kept, change->words, bytes) : NULL;
}

static uint64_t value_of(const struct tiles_cell *cell, enum tiles_kind kind, char *text, size_t *at)
{
    if (kind != TILES_TEXT && kind != TILES_TEXTS) {
        return (uint64_t)cell->i64;
    }
    const uint64_t value = (uint64_t)*at << 32 | cell->text.len;
    if (cell->text.len) {
        memcpy(text + *at, cell->text.at, cell->text.len);
    }
    *at += cell->text.len;
    return value;
}

static const struct tiles_packed *cells_keep(struct change *change, bool live)
{
    static const struct tiles_packed none = {.nulls = TILES_NULLS_ALL};
    if (live && all_null(change, true)) {
        return &none;
    }
    const struct tiles_table *table = change->store->table;
    const uint32_t first = live ? change->store->fixed : 0;
    const uint32_t end = live ? change->store->columns : change->store->fixed;
    size_t text = 0;
    for (uint32_t c = first; c < end; c++) {
        enum tiles_kind kind = table->columns[c].kind;
        text += (kind == TILES_TEXT || kind == TILES_TEXTS) && !change->cells[c].null ? change->cells[c].text.len : 0;
    }
    struct tiles_packed *packed;
    packed = base_arena_room(&change->store->arena, sizeof *packed + (end - first) * sizeof *packed->values + text);
    if (!packed) {
        return NULL;
    }
    char *texts = (char *)(packed->values + (end - first));
    *packed = (struct tiles_packed){.sum = change->sums[live], .text = texts, .nulls = TILES_NULLS_ALL, .first = first};
    size_t at = 0;
    for (uint32_t c = first; c < end; c++) {
        if (!change->cells[c].null) {
            packed->nulls &= ~(UINT32_C(1) << c);
            packed->values[c - first] = value_of(&change->cells[c], table->columns[c].kind, texts, &at);
        }
    }
    return packed;
}

/* *pending becomes what has to lie over the pages. A block that they have already, at this place, is none; one that was
 * pending stays. False: out of memory. */
static bool blocks_keep(struct change *change, struct tiles_pending *pending)
{
    const struct tiles_source *stored = &change->stored;
    const bool here = stored->page && stored->page->hilberts[stored->row] == pending->key.hilbert;
    for (size_t b = 0; b < BLOCKS; b++) {
        const struct tiles_packed **block = b ? &pending->live : &pending->fixed;
        if (here && sums_equal(change->sums[b], tiles_source_cells(stored, b).sum)) {
            *block = NULL;
        } else if ((change->cells_differ[b] || !*block) && !(*block = cells_keep(change, b))) {
            return false;
        }
    }
    if (here && words_equal(change->words, tiles_source_words(stored))) {
        pending->words = NULL;
    } else if ((change->words_differ || !pending->words) && !(pending->words = words_keep(change))) {
        return false;
    }
    return true;
}

static enum base_err keep(struct change *change, struct base_diag *diag)
{
    struct tiles_store *store = change->store;
    const struct tiles_row *row = change->row;
    struct tiles_pending now = {.removed = false};
    if (!change->is_new && change->pending) {
        now = *change->pending;
    }
    now.key = (struct tiles_key){row->estate_id, row->id, tiles_words_hilbert(change->words)};
    if (!blocks_keep(change, &now) || (!change->slot && !tiles_index_reserve(&store->index))) {
        return out_of_memory(change, diag);
    }
    struct tiles_pending *pending =
        change->slot ? tiles_store_pend(store, change->slot) : tiles_store_pending_add(store);
    if (!pending) {
        return out_of_memory(change, diag);
    }
    if (!change->slot) {
        change->slot = tiles_index_add(&store->index, row->estate_id, row->id);
        change->slot->state = TILES_SLOT_PENDING;
        change->slot->where = store->pending_count - 1;
    }
    now.stored = pending->stored;
    now.stored_hilbert = pending->stored_hilbert;
    *pending = now;
    return BASE_OK;
}

/* --- a put --- */
static unsigned effect_of(const struct change *change)
{
    unsigned effect = change->is_new ? TILES_NEW | TILES_STATIC : TILES_SAME;
    effect |= change->words_differ || change->cells_differ[0] ? TILES_STATIC : 0;
    return effect | (change->cells_differ[1] ? TILES_LIVE : 0);
}

/* A load of a million rows is made into pages a part at a time, so that rows are not there twice. When that fails
 * nothing is lost, and publish will say so. */
static void ease(struct tiles_store *store)
{
    if (store->words.cap > SCRATCH_KEPT || store->sum.cap > SCRATCH_KEPT) {
        base_buf_release(&store->words);
        base_buf_release(&store->sum);
    }
    if (store->arena.used > store->fold_at && tiles_store_fold(store, NULL)) {
        tiles_store_fold_later(store);
    }
}

enum base_err tiles_store_put(struct tiles_store *store, const struct tiles_row *row, uint32_t columns,
                              uint8_t upstream, struct base_diag *diag, unsigned *ret_effect)
{
    struct change change = {.store = store, .row = row};
    const uint32_t fixed = (UINT32_C(1) << store->fixed) - 1;
    look_up(&change);
    enum base_err err = words_of(&change, diag);
    err = err ? err : cells_of(&change, columns, diag);
    err = err ? err : compare(&change, false, columns & fixed || row->shape.type != GEO_SHAPE_NONE, diag);
    err = err ? err : compare(&change, true, columns & ~fixed, diag);
    const unsigned effect = effect_of(&change);
    if (!err && effect) {
        err = keep(&change, diag);
    }
    if (!err) {
        change.slot->upstream = upstream;
        change.slot->fresh = true;
        *ret_effect = effect;
        ease(store);
    }
    return err;
}
