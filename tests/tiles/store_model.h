/* A table as an array that is looked through: what tiles/store*.c and view.c are compared with. */
#ifndef HUTONG_TESTS_STORE_MODEL_H
#define HUTONG_TESTS_STORE_MODEL_H

#include "tiles/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MODEL_TEXT = 24, MODEL_POINTS = 12, MODEL_SIDE = 1 << 20 /* units: 16 x 16 cells of the curve */ };

struct model_row {
    bool there;
    uint8_t upstream;
    struct tiles_row row; /* its pointers are to what follows */
    struct tiles_cell cells[TILES_COLUMN_MAX];
    char texts[TILES_COLUMN_MAX][MODEL_TEXT];
    struct tiles_point points[MODEL_POINTS];
    uint32_t ring_ends[MODEL_POINTS], part_ends[MODEL_POINTS];
};
struct model {
    enum tiles_table_id table;
    const struct tiles_table *columns;
    uint64_t seed;
    struct model_row *rows;
    size_t count;
};

extern struct base_diag model_diag;
static inline void model_ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), model_diag.text);
    }
}

uint32_t model_below(uint64_t *seed, uint32_t limit);
/* Keys 1 .. count, each with every estate of 1 .. 5 in turn; none is there. */
struct model *model_new(enum tiles_table_id table, size_t count, uint64_t seed);
void model_free(struct model *model);
void model_shape(struct model *model, struct model_row *row);
void model_cells(struct model *model, struct model_row *row, uint32_t columns); /* some of them null */
uint32_t model_live(const struct tiles_table *table);                           /* its live columns, a bit each */
struct tiles_extent model_extent_of(const struct model_row *row);
struct tiles_extent model_extent(struct model *model); /* any, small ones more often */
struct tiles_sum model_sum(const struct model *model, const struct model_row *row, bool live);
/* Takes over the directory. */
struct tiles_view *model_view(enum tiles_table_id table, struct tiles_directory *directory);
/* The row of a page is that row. */
void model_same(const struct model *model, const struct model_row *row, const struct tiles_page *page, uint32_t at);
/* Rows, cells, shapes and sums of the extent are those of the model. */
void model_check(const struct model *model, const struct tiles_view *view, const struct tiles_extent *extent,
                 const struct data_scope *scope, enum data_look look);

#endif
