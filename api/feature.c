/* A row of data/query/items_*.sql as a GeoJSON feature (RFC 7946). */
#include "api/collection.h"
#include "api/json.h"

#include <string.h>

enum { NUMBER_DECIMALS = 6 };

static void property_out(const struct api_property *property, const struct api_json_row *at, int column)
{
    base_json_out_key(at->out, property->name);
    if (data_rows_null(at->rows, at->row, column)) {
        base_json_out_null(at->out);
        return;
    }
    switch (property->kind) {
    case API_KIND_INTEGER:
        base_json_out_i64(at->out, data_rows_i64(at->rows, at->row, column));
        break;
    case API_KIND_NUMBER:
        base_json_out_f64(at->out, data_rows_f64(at->rows, at->row, column), NUMBER_DECIMALS);
        break;
    case API_KIND_BOOLEAN:
        base_json_out_bool(at->out, data_rows_bool(at->rows, at->row, column));
        break;
    case API_KIND_TIME:
        base_json_out_time(at->out, data_rows_time(at->rows, at->row, column));
        break;
    case API_KIND_TEXTS:
    case API_KIND_OBJECT:
        base_json_out_raw(at->out, data_rows_bytes(at->rows, at->row, column));
        break;
    case API_KIND_TEXT:
        base_json_out_str(at->out, data_rows_bytes(at->rows, at->row, column));
        break;
    }
}

static enum base_err geometry_out(const struct api_items *items, const struct api_json_row *at, struct geo_shape *shape,
                                  struct base_diag *diag)
{
    const char *type = items->collection->geometry;
    const struct geo_geojson as = {.decimals =
                                       items->crs.degrees ? GEO_GEOJSON_DECIMALS_DEGREES : GEO_GEOJSON_DECIMALS_METRES,
                                   .multi = type && strncmp(type, "Multi", 5) == 0,
                                   .swap = items->crs.swap};
    base_json_out_key(at->out, "geometry");
    if (!type || data_rows_null(at->rows, at->row, API_FEATURE_GEOMETRY)) {
        base_json_out_null(at->out);
        return BASE_OK;
    }
    struct base_str wkb = data_rows_bytes(at->rows, at->row, API_FEATURE_GEOMETRY);
    enum base_err err = geo_wkb_in(wkb.at, wkb.len, diag, shape);
    if (!err && items->into) {
        err = geo_crs_from_wgs84(items->into, shape->xy, shape->vertices, diag);
        err = err ? base_diag_prefix(diag, err, "an item has no place in this crs") : BASE_OK;
    }
    if (!err) {
        base_json_out_raw(at->out, (struct base_str){"", 0});
        geo_geojson_out(shape, &as, at->out->buf);
    }
    return err;
}

enum base_err api_feature_out(const struct api_items *items, const struct data_rows *rows, size_t row,
                              struct geo_shape *shape, struct base_diag *diag, struct base_json_out *out)
{
    const struct api_json_row at = {out, rows, row};
    base_json_out_key(out, "type");
    base_json_out_text(out, "Feature");
    base_json_out_key(out, "id");
    if (items->collection->keyed) {
        base_json_out_str(out, data_rows_bytes(rows, row, API_FEATURE_ID));
    } else {
        base_json_out_i64(out, data_rows_i64(rows, row, API_FEATURE_ID));
    }
    enum base_err err = geometry_out(items, &at, shape, diag);
    base_json_out_key(out, "properties");
    base_json_out_object(out);
    for (size_t i = 0; i < items->collection->count; i++) {
        if (items->shown[i]) {
            property_out(&items->collection->properties[i], &at, API_FEATURE_PROPERTIES + (int)i);
        }
    }
    base_json_out_object_end(out);
    return err;
}
