/* Layers of a request out of a view: rows that the scope may see, as features of a tile. Equal rows give equal bytes on
 * every server: in the order of pages, whatever happened before. */
#include "tiles/render_private.h"

#include <stdlib.h>
#include <string.h>

enum { AHEAD = 12 }; /* features that one is expected ahead: fetching takes as long as they do */

static void fields_of(struct rendering *rendering)
{
    const struct tiles_table *table = &tiles_tables[rendering->layer->table];
    rendering->count_key = UINT32_MAX;
    for (const struct tiles_field *field = rendering->layer->fields; field->name; field++) {
        struct render_field *to = &rendering->fields[rendering->field_count];
        int column = tiles_table_column(table, field->name);
        *to = (struct render_field){field->name, column, TILES_INT, UINT32_MAX};
        if (column >= 0) {
            to->kind = table->columns[column].kind;
        } else if (strcmp(field->name, "id") == 0 || strcmp(field->name, "estate_id") == 0) {
            to->column = strcmp(field->name, "id") == 0 ? RENDER_ID : RENDER_ESTATE_ID;
        } else {
            continue; /* count: of what is gathered */
        }
        bool hidden = rendering->rule.hidden && strcmp(rendering->rule.hidden, field->name) == 0;
        rendering->field_count += !hidden;
    }
}

static enum base_err rows_of(struct rendering *rendering, struct base_diag *diag)
{
    struct base_buf *picks = &rendering->mvt->picks;
    enum base_err err = render_pick(rendering, &rendering->extent, diag);
    if (err) {
        return err;
    }
    render_pick_largest(rendering);
    if (picks->err) {
        return base_diag_set(diag, picks->err, "too many rows for layer \"%s\" of a tile", rendering->layer->name);
    }
    const struct render_pick *each = (const struct render_pick *)(const void *)picks->data;
    size_t count = picks->len / sizeof *each;
    tiles_mvt_layer_room(rendering->mvt, count);
    const struct tiles_page *page = NULL;
    for (size_t i = 0; i < count && !err; i++) {
        if (each[i].page != page) {
            page = each[i].page;
            err = render_page(rendering, page, diag);
        }
        if (i + AHEAD < count && each[i + AHEAD].page == page) {
            render_expect(rendering, page, each[i + AHEAD].row);
        }
        err = err ? err : render_feature(rendering, page, each[i].row, diag);
    }
    return err;
}

static int order(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

/* The estates of what was picked, each once, ascending. */
static enum base_err homes_of(const struct base_buf *picks, struct base_buf *homes)
{
    const struct render_pick *each = (const struct render_pick *)(const void *)picks->data;
    size_t before = homes->len / sizeof(int64_t);
    for (size_t i = 0; i < picks->len / sizeof *each; i++) {
        base_buf_append(homes, &each[i].page->estates[each[i].row], sizeof(int64_t));
    }
    int64_t *ids = (int64_t *)(void *)homes->data;
    size_t count = homes->len / sizeof *ids, kept = before;
    if (homes->err || count == before) {
        return homes->err;
    }
    qsort(ids + before, count - before, sizeof *ids, order);
    for (size_t i = before; i < count; i++) {
        if (kept == before || ids[kept - 1] != ids[i]) {
            ids[kept++] = ids[i];
        }
    }
    homes->len = kept * sizeof *ids;
    return BASE_OK;
}

static enum base_err layer_of(struct rendering *rendering, const struct geo_cql2 *filter, struct base_diag *diag,
                              struct base_buf *tile, struct base_buf *homes)
{
    const struct tiles_layer *layer = rendering->layer;
    enum base_err err = render_filter_init(&rendering->filter, layer, filter, diag);
    if (!err) {
        fields_of(rendering);
        tiles_mvt_layer_begin(rendering->mvt, layer->name);
        err = rendering->address.z < layer->whole_zoom ? render_gathered(rendering, diag) : rows_of(rendering, diag);
    }
    err = err ? err : tiles_mvt_layer_end(rendering->mvt, tile, diag);
    if (!err && layer->look == DATA_LOOK_UNIT) {
        err = homes_of(&rendering->mvt->picks, homes);
    }
    render_filter_release(&rendering->filter);
    return err;
}

enum base_err tiles_render_layers(struct tiles_render *render, const struct tiles_view *view,
                                  const struct data_scope *scope, const struct tiles_request *request,
                                  struct base_diag *diag, struct base_buf *tile, struct base_buf *homes)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < request->set.count && !err; i++) {
        const struct tiles_layer *layer = request->set.layers[i];
        if (request->address.z < layer->min_zoom) {
            continue;
        }
        struct rendering rendering = {.mvt = render->mvt,
                                      .view = view,
                                      .scope = scope,
                                      .layer = layer,
                                      .address = request->address,
                                      .extent = tiles_world_extent(request->address),
                                      .rule = tiles_rule_of(layer, request, render->limit_shift)};
        err = layer_of(&rendering, request->filter ? request->filter->filters[i] : NULL, diag, tile, homes);
    }
    return err;
}
