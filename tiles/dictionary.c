/* The values of a block of cells, each once and as layers hold them, with their hashes: made when a tile shows the page
 * first. A row then costs a tile a look at small numbers; only what its page has not had in this tile yet is looked
 * for in the layer. Cells do not change, so it stays for as long as they. */
#include "tiles/mvt_private.h"

#include <stdlib.h>
#include <string.h>

enum { WRITTEN_MAX = 256 << 20 };

struct making {
    struct tiles_dictionary *dictionary;
    struct base_buf values, written;
    uint16_t *slots; /* by hash: number of the value, and 1; 0: free */
    uint32_t slot_count;
};

BASE_AUTO_FREE(tiles_dictionary)

/* Columns that a layer shows, a bit each. */
static uint32_t shown(const struct tiles_table *table)
{
    uint32_t columns = 0;
    for (const struct tiles_layer *layer = tiles_layers; layer->name; layer++) {
        for (const struct tiles_field *field = layer->fields; field->name; field++) {
            int column = &tiles_tables[layer->table] == table ? tiles_table_column(table, field->name) : -1;
            columns |= column >= 0 ? UINT32_C(1) << column : 0;
        }
    }
    return columns;
}

static struct base_str written_of(const struct making *making, const struct tiles_value *value)
{
    return (struct base_str){making->written.data + value->at, value->len};
}

/* The number, and 1, of the value that was just written from `from` on; 0: no memory. */
static uint16_t number_of(struct making *making, size_t from, uint64_t hash)
{
    struct base_str written = {making->written.data + from, making->written.len - from};
    struct tiles_value value = {hash, (uint32_t)from, (uint32_t)written.len};
    const struct tiles_value *values = (const struct tiles_value *)(const void *)making->values.data;
    uint32_t mask = making->slot_count - 1, at = (uint32_t)value.hash & mask;
    for (; making->slots[at]; at = (at + 1) & mask) {
        const struct tiles_value *other = &values[making->slots[at] - 1];
        if (other->hash == value.hash && base_str_equal(written_of(making, other), written)) {
            making->written.len = from;
            return making->slots[at];
        }
    }
    base_buf_append(&making->values, &value, sizeof value);
    return making->slots[at] = (uint16_t)(making->values.len / sizeof value);
}

static struct tiles_cell cell_of(const struct tiles_cells *cells, enum tiles_kind kind, uint64_t bits)
{
    struct tiles_cell cell = {.i64 = (int64_t)bits};
    if (kind == TILES_TEXT || kind == TILES_TEXTS) {
        cell.text = (struct base_str){cells->text + (bits >> 32), (uint32_t)bits};
    } else if (kind == TILES_REAL || kind == TILES_DOUBLE) {
        memcpy(&cell.f64, &bits, sizeof cell.f64);
    }
    return cell;
}

static void column_of(struct making *making, const struct tiles_page *page, const struct tiles_cells *cells, int column)
{
    const enum tiles_kind kind = page->table->columns[column].kind;
    const uint64_t *bits = cells->columns[column];
    uint16_t *numbers = making->dictionary->numbers[column], number = 0;
    uint64_t before = 0;
    for (uint32_t row = 0; row < page->count; row++) {
        if (cells->nulls[row] >> column & 1) {
            continue;
        }
        if (!number || bits[row] != before) { /* neighbours are often alike */
            struct tiles_cell cell = cell_of(cells, kind, bits[row]);
            size_t from = making->written.len;
            uint64_t hash = mvt_value_write(&making->written, kind, &cell);
            number = making->written.err ? 0 : number_of(making, from, hash);
        }
        numbers[row] = number;
        before = bits[row];
    }
}

/* Room for what follows: a row's numbers, and slots of which at least half stay free. */
static bool room(struct making *making, uint32_t columns, uint32_t rows)
{
    const uint32_t most = (uint32_t)__builtin_popcount(columns) * rows;
    struct tiles_dictionary *dictionary = making->dictionary;
    uint16_t *numbers = calloc(most + 1, sizeof *numbers);
    for (making->slot_count = 64; making->slot_count < 2 * most;) {
        making->slot_count *= 2;
    }
    making->slots = calloc(making->slot_count, sizeof *making->slots);
    dictionary->rows = numbers;
    for (int c = 0; c < TILES_COLUMN_MAX && numbers; c++) {
        if (columns >> c & 1) {
            dictionary->numbers[c] = numbers;
            numbers += rows;
        }
    }
    return dictionary->rows && making->slots;
}

static void *copy_of(const struct base_buf *buf)
{
    void *copy = buf->err ? NULL : malloc(buf->len + 1);
    if (copy && buf->len) {
        memcpy(copy, buf->data, buf->len);
    }
    return copy;
}

static bool fill(struct making *making, const struct tiles_page *page, const struct tiles_cells *cells)
{
    uint32_t columns = 0, wanted = shown(page->table);
    for (int c = 0; c < TILES_COLUMN_MAX; c++) {
        columns |= cells->columns[c] ? wanted & UINT32_C(1) << c : 0;
    }
    if (!room(making, columns, page->count)) {
        return false;
    }
    for (int c = 0; c < TILES_COLUMN_MAX; c++) {
        if (columns >> c & 1) {
            column_of(making, page, cells, c);
        }
    }
    struct tiles_dictionary *dictionary = making->dictionary;
    dictionary->count = (uint32_t)(making->values.len / sizeof *dictionary->values);
    dictionary->values = copy_of(&making->values);
    dictionary->written = copy_of(&making->written);
    return dictionary->values && dictionary->written;
}

static struct tiles_dictionary *make(const struct tiles_page *page, const struct tiles_cells *cells)
{
    AUTO(tiles_dictionary) dictionary = calloc(1, sizeof *dictionary);
    struct making making = {.dictionary = dictionary};
    if (!dictionary) {
        return NULL;
    }
    base_buf_init(&making.values, WRITTEN_MAX);
    base_buf_init(&making.written, WRITTEN_MAX);
    struct tiles_dictionary *made = NULL;
    if (fill(&making, page, cells)) {
        made = dictionary;
        dictionary = NULL;
    }
    free(making.slots);
    base_buf_release(&making.values);
    base_buf_release(&making.written);
    return made;
}

void tiles_dictionary_free(struct tiles_dictionary *dictionary)
{
    if (dictionary) {
        free(dictionary->values);
        free(dictionary->written);
        free(dictionary->rows);
        free(dictionary);
    }
}

enum base_err tiles_dictionary_of(const struct tiles_page *page, bool live, struct base_diag *diag,
                                  const struct tiles_dictionary **ret_dictionary)
{
    struct tiles_cells *cells = live ? page->live : page->fixed;
    struct tiles_dictionary *known = cells ? atomic_load_explicit(&cells->dictionary, memory_order_acquire) : NULL;
    if (cells && !known) {
        struct tiles_dictionary *made = make(page, cells);
        if (!made) {
            return base_diag_set(diag, BASE_NOMEM, "out of memory");
        }
        if (atomic_compare_exchange_strong(&cells->dictionary, &known, made)) {
            known = made;
        } else {
            tiles_dictionary_free(made); /* two looked there at once */
        }
    }
    *ret_dictionary = known;
    return BASE_OK;
}
