/* The hashes that tiles' versions are sums of: over bytes that say the same on every server and after every restart -
 * little endian, nothing of how or when a row came here.
 *
 *   table name, 0, id, estate_id, then of each column of the block: 0 (null), or 1 and 8 bytes, or 1, a length of 4 and
 *   the text; of the static block also parts, rings, vertices, part ends, ring ends, x y of each vertex (4 bytes each)
 */
#include "tiles/store_private.h"

#include <endian.h>
#include <string.h>

#if __BYTE_ORDER != __LITTLE_ENDIAN
#error "rows are hashed as they lie in memory"
#endif

static void cell_add(struct base_buf *bytes, enum tiles_kind kind, const struct tiles_cell *cell)
{
    base_buf_u8(bytes, !cell->null);
    if (cell->null) {
        return;
    }
    if (kind == TILES_TEXT || kind == TILES_TEXTS) {
        uint32_t len = (uint32_t)cell->text.len;
        base_buf_append(bytes, &len, sizeof len);
        base_buf_append(bytes, cell->text.at, cell->text.len);
    } else {
        base_buf_append(bytes, &cell->i64, sizeof cell->i64);
    }
}

enum base_err tiles_store_sum(struct base_buf *bytes, const struct tiles_table *table, const struct tiles_row *row,
                              const struct tiles_cell *cells, const uint32_t *words, struct base_diag *diag,
                              struct tiles_sum *ret_sum)
{
    base_buf_reset(bytes);
    base_buf_append(bytes, table->name, strlen(table->name) + 1);
    base_buf_append(bytes, &row->id, sizeof row->id);
    base_buf_append(bytes, &row->estate_id, sizeof row->estate_id);
    for (size_t c = 0; c < TILES_COLUMN_MAX && table->columns[c].name; c++) {
        if (table->columns[c].live == !words) {
            cell_add(bytes, table->columns[c].kind, &cells[c]);
        }
    }
    if (words) {
        base_buf_append(bytes, words, tiles_words_count(words) * sizeof *words);
    }
    if (bytes->err) {
        return base_diag_set(diag, bytes->err, "%s %lld: cannot be hashed: %s", table->name, (long long)row->id,
                             base_error_text(bytes->err));
    }
    struct base_id hash = base_key_sum(base_buf_str(bytes));
    memcpy(&ret_sum->low, hash.bytes, sizeof ret_sum->low);
    memcpy(&ret_sum->high, hash.bytes + sizeof ret_sum->low, sizeof ret_sum->high);
    return BASE_OK;
}
