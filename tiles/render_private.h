/* What the files render*.c share: a layer of a tile on its way from rows to features. Private to them. */
#ifndef HUTONG_TILES_RENDER_PRIVATE_H
#define HUTONG_TILES_RENDER_PRIVATE_H

#include "tiles/mvt_private.h"

enum { RENDER_ID = -1, RENDER_ESTATE_ID = -2, RENDER_PROPERTIES_MAX = 32 };

struct render_field {
    const char *name;
    int column; /* of the table, or RENDER_ID, RENDER_ESTATE_ID */
    enum tiles_kind kind;
    uint32_t key; /* UINT32_MAX: no feature has had it yet */
};

/* (render_filter.c) A filter over rows. */
struct render_filter {
    struct geo_cql2_run *run; /* NULL: every row passes */
    const struct geo_cql2_schema *schema;
    int columns[RENDER_PROPERTIES_MAX]; /* of each property */
    struct geo_shape shape;
    struct geo_cql2_value *items; /* of an array */
    uint32_t item_cap;
    const struct tiles_page *page; /* the row under test */
    uint32_t row;
    int64_t now_us;
};
enum base_err render_filter_init(struct render_filter *filter, const struct tiles_layer *layer,
                                 const struct geo_cql2 *cql2, struct base_diag *diag) BASE_MUST_CHECK;
void render_filter_release(struct render_filter *filter);
bool render_filter_passes(struct render_filter *filter, const struct tiles_page *page, uint32_t row);

struct render_pick { /* a row that is shown */
    const struct tiles_page *page;
    uint32_t row;
};

struct render_column { /* a field that the page whose rows come now has */
    struct render_field *field;
    /* Of its cells: */
    const uint16_t *numbers; /* by row: of the value, and 1; 0: null */
    const struct tiles_dictionary *dictionary;
    uint32_t *known; /* by value: its number in the layer, and 1; 0: not looked for yet */
};

struct rendering {
    struct tiles_mvt *mvt;
    const struct tiles_view *view;
    const struct data_scope *scope;
    const struct tiles_layer *layer;
    struct tiles_address address;
    struct tiles_extent extent;
    struct tiles_rule rule;
    struct render_filter filter;
    struct render_field fields[TILES_FIELD_MAX];
    size_t field_count;
    uint32_t count_key; /* as a field's */
    struct render_column columns[TILES_FIELD_MAX];
    size_t column_count;
    const struct tiles_lod *lod; /* of that page; NULL: deeper than TILES_ZOOM_FULL */
    int64_t estate_id;           /* of the feature before */
    uint32_t estate_value;       /* its number, and 1; 0: there was none */
};

/* (render_pick.c) The rows of a table in the extent that the layer shows, in the order of pages, into mvt->picks. */
enum base_err render_pick(struct rendering *rendering, const struct tiles_extent *extent,
                          struct base_diag *diag) BASE_MUST_CHECK;
/* Only the largest of them, at most as many as the rule says, still in that order. */
void render_pick_largest(struct rendering *rendering);

/* (render_feature.c) */
/* Rows of the page come now. */
enum base_err render_page(struct rendering *rendering, const struct tiles_page *page,
                          struct base_diag *diag) BASE_MUST_CHECK;
/* Fetches ahead what render_feature will look up for a row of that page. */
void render_expect(const struct rendering *rendering, const struct tiles_page *page, uint32_t row);
enum base_err render_feature(struct rendering *rendering, const struct tiles_page *page, uint32_t row,
                             struct base_diag *diag) BASE_MUST_CHECK;
/* An outline of an estate, or a point of the tile, that stands for so many. */
enum base_err render_counted_area(struct rendering *rendering, const struct tiles_page *page, uint32_t row,
                                  uint64_t count, struct base_diag *diag) BASE_MUST_CHECK;
void render_counted_point(struct rendering *rendering, struct tiles_grid_point at, uint64_t count);

/* (render_gather.c) Below the layer's whole_zoom. */
enum base_err render_gathered(struct rendering *rendering, struct base_diag *diag) BASE_MUST_CHECK;

#endif
