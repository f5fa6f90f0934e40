/* Filters over rows of the mirror: properties are columns by their name, geometry goes back to degrees when it is asked
 * for. */
#include "tiles/render_private.h"

#include <stdlib.h>
#include <string.h>

enum { NO_COLUMN = -3, GEOMETRY = -4 };

static int column_of(const struct tiles_layer *layer, const char *name)
{
    int column = tiles_table_column(&tiles_tables[layer->table], name);
    return column >= 0                      ? column
           : strcmp(name, "id") == 0        ? RENDER_ID
           : strcmp(name, "estate_id") == 0 ? RENDER_ESTATE_ID
           : strcmp(name, "geom") == 0      ? GEOMETRY
                                            : NO_COLUMN;
}

enum base_err render_filter_init(struct render_filter *filter, const struct tiles_layer *layer,
                                 const struct geo_cql2 *cql2, struct base_diag *diag)
{
    *filter = (struct render_filter){.schema = layer->queryables};
    geo_shape_init(&filter->shape);
    if (!cql2) {
        return BASE_OK;
    }
    if (layer->queryables->count > RENDER_PROPERTIES_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "layer \"%s\" has too many queryables", layer->name);
    }
    for (size_t i = 0; i < layer->queryables->count; i++) {
        filter->columns[i] = column_of(layer, layer->queryables->properties[i].name);
    }
    filter->now_us = base_clock_now_us();
    return geo_cql2_run_new(cql2, diag, &filter->run);
}

void render_filter_release(struct render_filter *filter)
{
    geo_cql2_run_free(filter->run);
    geo_shape_release(&filter->shape);
    free(filter->items);
    *filter = (struct render_filter){.run = NULL};
}

static void geometry(struct render_filter *filter, struct geo_cql2_value *value)
{
    struct geo_shape *shape = &filter->shape;
    struct tiles_shape world = tiles_page_shape(filter->page, filter->row);
    geo_shape_reset(shape, world.type);
    for (uint32_t part = 0, ring = 0, at = 0; part < world.parts; part++) {
        for (; ring < world.part_ends[part]; ring++) {
            for (; at < world.ring_ends[ring]; at++) {
                geo_shape_vertex(shape, tiles_world_lon(world.points[at].x), tiles_world_lat(world.points[at].y));
            }
            geo_shape_ring_end(shape);
        }
        geo_shape_part_end(shape);
    }
    value->null = shape->err != BASE_OK;
    value->geometry.shapes = shape;
    value->geometry.count = 1;
}

/* Terminated strings end to end. */
static void texts(struct render_filter *filter, struct base_str all, struct geo_cql2_value *value)
{
    uint32_t count = 0;
    for (size_t i = 0; i < all.len; i++) {
        count += all.at[i] == '\0';
    }
    if (!mvt_room(&filter->items, &filter->item_cap, count, sizeof *filter->items)) {
        value->null = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct base_str one = {all.at, strlen(all.at)};
        filter->items[i] = (struct geo_cql2_value){.type = GEO_CQL2_TEXT, .text = one};
        all.at += one.len + 1;
    }
    value->array.items = filter->items;
    value->array.count = count;
}

static void cell(struct render_filter *filter, int column, struct geo_cql2_value *value)
{
    const struct tiles_page *page = filter->page;
    struct base_str text = {"", 0};
    switch (page->table->columns[column].kind) {
    case TILES_INT:
    case TILES_TIME:
        value->null = !tiles_page_i64(page, filter->row, column, &value->integer);
        break;
    case TILES_BOOL: {
        int64_t set = 0;
        value->null = !tiles_page_i64(page, filter->row, column, &set);
        value->boolean = set != 0;
        break;
    }
    case TILES_REAL:
    case TILES_DOUBLE:
        value->null = !tiles_page_f64(page, filter->row, column, &value->number);
        break;
    case TILES_TEXT:
        value->null = !tiles_page_text(page, filter->row, column, &value->text);
        break;
    case TILES_TEXTS:
        value->null = !tiles_page_text(page, filter->row, column, &text);
        if (!value->null) {
            texts(filter, text, value);
        }
        break;
    }
}

static void value_of(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    struct render_filter *filter = *(struct render_filter *const *)of;
    int column = filter->columns[property];
    *ret_value = (struct geo_cql2_value){.type = filter->schema->properties[property].type};
    if (column >= 0) {
        cell(filter, column, ret_value);
    } else if (column == RENDER_ID) {
        ret_value->integer = filter->page->ids[filter->row];
    } else if (column == RENDER_ESTATE_ID) {
        ret_value->integer = filter->page->estates[filter->row];
    } else if (column == GEOMETRY) {
        geometry(filter, ret_value);
    } else {
        ret_value->null = true;
    }
}

bool render_filter_passes(struct render_filter *filter, const struct tiles_page *page, uint32_t row)
{
    if (!filter->run) {
        return true;
    }
    filter->page = page;
    filter->row = row;
    struct geo_cql2_feature feature = {.of = &filter, .value = value_of};
    return geo_cql2_run_feature(filter->run, &feature, filter->now_us) == GEO_CQL2_TRUE;
}
