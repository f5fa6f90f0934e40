/* State of places: live columns of their rows. State whose place is not there - it is told first, the place is closed
 * or cannot be drawn - waits beside the store and joins it when it comes, so the order of changes does not matter. */
#include "tiles/mirror_private.h"

#include <stdlib.h>
#include <string.h>

static struct tiles_map_key key_of(int64_t estate_id, int64_t id)
{
    return (struct tiles_map_key){0, estate_id, id};
}

int tiles_live_first(const struct tiles_table *table)
{
    int c = 0;
    while (table->columns[c].name && !table->columns[c].live) {
        c++;
    }
    return c;
}

size_t tiles_state_bytes(const struct tiles_state *state)
{
    return sizeof *state + state->text_len;
}

static size_t text_len(const struct tiles_table *table, int first, const struct tiles_cell *cells)
{
    size_t len = 0;
    for (int c = first; c < TILES_COLUMN_MAX && table->columns[c].name; c++) {
        len += table->columns[c].kind == TILES_TEXT && !cells[c].null ? cells[c].text.len : 0;
    }
    return len;
}

struct tiles_state *tiles_state_new(const struct tiles_table *table, int first, const struct tiles_cell *cells)
{
    struct tiles_state *state = calloc(1, sizeof *state + text_len(table, first, cells));
    for (int c = first; state && c < TILES_COLUMN_MAX && table->columns[c].name; c++) {
        struct tiles_cell *cell = &state->cells[c - first];
        *cell = cells[c];
        if (table->columns[c].kind == TILES_TEXT && !cell->null) {
            cell->text.at = state->text + state->text_len;
            if (cell->text.len) {
                memcpy(state->text + state->text_len, cells[c].text.at, cell->text.len);
            }
            state->text_len += cell->text.len;
        }
    }
    return state;
}

static void waiting_drop(struct tiles_upstream *upstream, enum tiles_table_id table, struct tiles_map_key key)
{
    struct tiles_map *waiting = &upstream->join.waiting[table];
    const struct tiles_map_slot *slot = tiles_map_find(waiting, key);
    if (slot) {
        struct tiles_state *state = slot->at;
        upstream->join.bytes -= tiles_state_bytes(state);
        free(state);
        tiles_map_remove(waiting, key);
    }
}

static enum base_err waiting_add(struct tiles_upstream *upstream, enum tiles_table_id id, struct tiles_map_key key,
                                 const struct tiles_cell *cells, struct base_diag *diag)
{
    waiting_drop(upstream, id, key);
    struct tiles_state *state = tiles_state_new(&tiles_tables[id], tiles_live_first(&tiles_tables[id]), cells);
    struct tiles_map_slot *slot = state ? tiles_map_add(&upstream->join.waiting[id], key) : NULL;
    if (!slot) {
        free(state);
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    slot->at = state;
    upstream->join.bytes += tiles_state_bytes(state);
    return BASE_OK;
}

/* --- state comes and goes --- */
enum base_err tiles_join_state(struct tiles_upstream *upstream, enum tiles_feed_id feed, const struct data_field *row,
                               struct base_diag *diag)
{
    enum tiles_table_id table = tiles_sources[feed].table;
    struct tiles_scratch *scratch = &upstream->scratch;
    int64_t estate_id = data_field_i64(row[0]), id = data_field_i64(row[1]);
    unsigned effect;
    enum base_err err = tiles_scratch_cells(scratch, feed, row, diag);
    if (err) {
        return err;
    }
    if (!tiles_store_owned(upstream->mirror->stores[table], estate_id, id, upstream->number)) {
        return waiting_add(upstream, table, key_of(estate_id, id), scratch->cells, diag);
    }
    scratch->row.estate_id = estate_id;
    scratch->row.id = id;
    err = tiles_mirror_put(upstream, table, &scratch->row, scratch->columns, diag, &effect);
    if (!err && upstream->loading && upstream->again && !tiles_map_add(&upstream->join.seen, key_of(estate_id, id))) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    return err;
}

static enum base_err forget(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id, int64_t id,
                            struct base_diag *diag)
{
    struct tiles_cell nothing[TILES_COLUMN_MAX];
    unsigned effect;
    for (size_t c = 0; c < TILES_COLUMN_MAX; c++) {
        nothing[c] = (struct tiles_cell){.null = true};
    }
    return tiles_mirror_put(upstream, table, &(struct tiles_row){.estate_id = estate_id, .id = id, .cells = nothing},
                            tiles_live_columns(&tiles_tables[table]), diag, &effect);
}

enum base_err tiles_join_state_gone(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id,
                                    int64_t id, struct base_diag *diag)
{
    waiting_drop(upstream, table, key_of(estate_id, id));
    return tiles_store_owned(upstream->mirror->stores[table], estate_id, id, upstream->number)
               ? forget(upstream, table, estate_id, id, diag)
               : BASE_OK;
}

/* Calls visit for each row of the upstream that has state; it may put. */
static enum base_err each_state(struct tiles_upstream *upstream, enum tiles_table_id table,
                                enum base_err (*visit)(struct tiles_upstream *upstream, enum tiles_table_id table,
                                                       const struct tiles_page *page, uint32_t row,
                                                       struct base_diag *diag),
                                struct base_diag *diag)
{
    struct tiles_mirror *mirror = upstream->mirror;
    enum base_err err = tiles_mirror_settle(mirror, table, diag);
    if (err) {
        return err;
    }
    struct tiles_directory *directory = tiles_directory_ref(mirror->directories[table]);
    for (uint32_t p = 0; p < directory->count && !err; p++) {
        const struct tiles_page *page = directory->pages[p];
        for (uint32_t row = 0; page->live && row < page->count && !err; row++) {
            if (tiles_page_has_live(page, row) &&
                tiles_store_owned(mirror->stores[table], page->estates[row], page->ids[row], upstream->number)) {
                err = visit(upstream, table, page, row, diag);
            }
        }
    }
    tiles_directory_unref(directory);
    return err;
}

static enum base_err clear(struct tiles_upstream *upstream, enum tiles_table_id table, const struct tiles_page *page,
                           uint32_t row, struct base_diag *diag)
{
    return forget(upstream, table, page->estates[row], page->ids[row], diag);
}

static enum base_err clear_unseen(struct tiles_upstream *upstream, enum tiles_table_id table,
                                  const struct tiles_page *page, uint32_t row, struct base_diag *diag)
{
    bool seen = tiles_map_find(&upstream->join.seen, key_of(page->estates[row], page->ids[row]));
    return seen ? BASE_OK : clear(upstream, table, page, row, diag);
}

enum base_err tiles_join_state_clear(struct tiles_upstream *upstream, enum tiles_table_id table, bool unseen,
                                     struct base_diag *diag)
{
    if (!unseen) {
        tiles_join_waiting_clear(upstream, table);
    }
    return each_state(upstream, table, unseen ? clear_unseen : clear, diag);
}

/* --- places come and go --- */
void tiles_join_meet(struct tiles_upstream *upstream, enum tiles_table_id table)
{
    struct tiles_row *row = &upstream->scratch.row;
    const struct tiles_map_slot *slot = tiles_map_find(&upstream->join.waiting[table], key_of(row->estate_id, row->id));
    if (!slot) {
        return;
    }
    const struct tiles_state *state = slot->at;
    int first = tiles_live_first(&tiles_tables[table]);
    for (int c = first; c < TILES_COLUMN_MAX && tiles_tables[table].columns[c].name; c++) {
        upstream->scratch.cells[c] = state->cells[c - first];
    }
    upstream->scratch.columns |= tiles_live_columns(&tiles_tables[table]);
}

void tiles_join_met(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id, int64_t id)
{
    waiting_drop(upstream, table, key_of(estate_id, id));
}

static enum base_err part(struct tiles_upstream *upstream, enum tiles_table_id table, const struct tiles_page *page,
                          uint32_t row, struct base_diag *diag)
{
    struct tiles_cell cells[TILES_COLUMN_MAX];
    for (int c = tiles_live_first(page->table); c < TILES_COLUMN_MAX && page->table->columns[c].name; c++) {
        cells[c] = tiles_cell_of(page, row, c);
    }
    return waiting_add(upstream, table, key_of(page->estates[row], page->ids[row]), cells, diag);
}

enum base_err tiles_join_part(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id, int64_t id,
                              struct base_diag *diag)
{
    struct tiles_mirror *mirror = upstream->mirror;
    const struct tiles_page *page;
    uint32_t row;
    if (!tiles_live_columns(&tiles_tables[table]) ||
        !tiles_store_owned(mirror->stores[table], estate_id, id, upstream->number)) {
        return BASE_OK;
    }
    enum base_err err = mirror->live_dirty[table] ? tiles_mirror_settle(mirror, table, diag) : BASE_OK;
    if (!err && tiles_store_find(mirror->stores[table], estate_id, id, &page, &row) && tiles_page_has_live(page, row)) {
        err = part(upstream, table, page, row, diag);
    }
    return err;
}

enum base_err tiles_join_part_all(struct tiles_upstream *upstream, enum tiles_table_id table, struct base_diag *diag)
{
    return tiles_live_columns(&tiles_tables[table]) ? each_state(upstream, table, part, diag) : BASE_OK;
}

void tiles_join_waiting_clear(struct tiles_upstream *upstream, enum tiles_table_id table)
{
    const struct tiles_map_slot *slot;
    size_t at = 0;
    while ((slot = tiles_map_next(&upstream->join.waiting[table], &at))) {
        struct tiles_state *state = slot->at;
        upstream->join.bytes -= tiles_state_bytes(state);
        free(state);
    }
    tiles_map_release(&upstream->join.waiting[table]);
}

void tiles_join_release(struct tiles_upstream *upstream)
{
    for (int table = 0; table < TILES_TABLES; table++) {
        tiles_join_waiting_clear(upstream, (enum tiles_table_id)table);
    }
    for (int feed = 0; feed < TILES_FEEDS; feed++) {
        tiles_map_release(&upstream->join.left_out[feed]);
    }
    tiles_map_release(&upstream->join.assets);
    tiles_map_release(&upstream->join.seen);
    tiles_device_release(upstream);
    tiles_incident_release(upstream);
}
