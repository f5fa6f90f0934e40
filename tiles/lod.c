/* The geometry of a page's rows at a zoom, encoded when somebody looks there first. Pages do not change, so it stays
 * for as long as the rows' geometry; the same geometry in a newer page takes it along. */
#include "tiles/private.h"

#include <stdlib.h>
#include <string.h>

enum { COMMANDS_MAX = 256 << 20 };

BASE_AUTO_FREE(tiles_lod)

static enum base_err make(const struct tiles_page *page, uint32_t zoom, struct base_diag *diag,
                          struct tiles_lod **ret_lod)
{
    AUTO(tiles_mvt) mvt = NULL;
    AUTO(tiles_lod) lod = calloc(1, sizeof *lod);
    AUTO_VALUE(base_buf) commands;
    base_buf_init(&commands, COMMANDS_MAX);
    enum base_err err = tiles_mvt_new(diag, &mvt);
    if (err) {
        return err;
    }
    uint32_t room = page->count ? page->count : 1;
    if (lod) {
        lod->first = calloc(room, sizeof *lod->first);
        lod->ends = calloc(room, sizeof *lod->ends);
    }
    if (!lod || !lod->first || !lod->ends) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (uint32_t row = 0; row < page->count; row++) {
        struct tiles_shape shape = tiles_page_shape(page, row);
        bool some = false; /* nothing of it: no commands; a point is always there and needs none */
        err = tiles_mvt_shape(mvt, &shape, zoom, &commands, &lod->first[row], &some, diag);
        if (err) {
            return err;
        }
        lod->ends[row] = (uint32_t)commands.len;
    }
    lod->commands = malloc(commands.len ? commands.len : 1);
    if (commands.err || !lod->commands) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (commands.len) {
        memcpy(lod->commands, commands.data, commands.len);
    }
    *ret_lod = lod;
    lod = NULL;
    return BASE_OK;
}

enum base_err tiles_lod_of(const struct tiles_page *page, uint32_t zoom, struct base_diag *diag,
                           const struct tiles_lod **ret_lod)
{
    _Atomic(struct tiles_lod *) *place = &page->shapes->lods[zoom];
    struct tiles_lod *lod = atomic_load_explicit(place, memory_order_acquire);
    if (!lod) {
        struct tiles_lod *made = NULL;
        enum base_err err = make(page, zoom, diag, &made);
        if (err) {
            return err;
        }
        lod = made;
        struct tiles_lod *other = NULL;
        if (!atomic_compare_exchange_strong(place, &other, made)) {
            tiles_lod_free(made); /* two looked there at once */
            lod = other;
        }
    }
    *ret_lod = lod;
    return BASE_OK;
}
