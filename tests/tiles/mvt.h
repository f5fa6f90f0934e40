/* Tiles of ours, read strictly (fixture/mvt_check.h): what breaks a rule fails the test. */
#ifndef HUTONG_TESTS_MVT_H
#define HUTONG_TESTS_MVT_H

#include "fixture/mvt_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The fixture's; the next call frees it. */
static inline const struct mvt_tile *mvt_read(const void *data, size_t len)
{
    static struct mvt_tile *tile;
    struct base_diag diag;
    mvt_tile_free(tile);
    tile = NULL;
    if (mvt_tile_in(data, len, MVT_OURS, &diag, &tile)) {
        fail_msg("%s", diag.text);
    }
    return tile;
}

#endif
