/* TileJSON 3.0.0, with what our screens need besides: approval, demo, tz. */
#include "tiles/tiles.h"

#include <math.h>

static void number(struct base_json_out *out, double degrees)
{
    base_json_out_f64(out, degrees, 6);
}

/* The deepest zoom at which the whole box still fits a screen of two by two tiles. */
static int64_t zoom_of(const struct tiles_box *box)
{
    double span = fmax(box->east - box->west, (box->north - box->south) / cos(box->north * M_PI / 180));
    double zoom = span > 0 ? floor(log2(360 * 2 / span)) : TILES_ZOOM_FULL;
    return (int64_t)fmin(fmax(zoom, 0), TILES_ZOOM_FULL);
}

static void bounds(struct base_json_out *out, const struct tiles_box *box)
{
    base_json_out_key(out, "bounds");
    base_json_out_array(out);
    number(out, box->west);
    number(out, box->south);
    number(out, box->east);
    number(out, box->north);
    base_json_out_array_end(out);
    base_json_out_key(out, "center");
    base_json_out_array(out);
    number(out, (box->west + box->east) / 2);
    number(out, (box->south + box->north) / 2);
    base_json_out_i64(out, zoom_of(box));
    base_json_out_array_end(out);
}

/* What a filter may ask of the layer: the words of JSON Schema, and of CQL2 where it has none. */
static void queryables(struct base_json_out *out, const struct geo_cql2_schema *schema)
{
    static const char *const types[] = {
        [GEO_CQL2_BOOLEAN] = "boolean",   [GEO_CQL2_INTEGER] = "integer", [GEO_CQL2_NUMBER] = "number",
        [GEO_CQL2_TEXT] = "string",       [GEO_CQL2_DATE] = "date",       [GEO_CQL2_TIMESTAMP] = "timestamp",
        [GEO_CQL2_GEOMETRY] = "geometry", [GEO_CQL2_ARRAY] = "array",
    };
    base_json_out_key(out, "queryables");
    base_json_out_object(out);
    for (size_t i = 0; i < schema->count; i++) {
        base_json_out_key(out, schema->properties[i].name);
        base_json_out_text(out, types[schema->properties[i].type]);
    }
    base_json_out_object_end(out);
}

static void layer(struct base_json_out *out, const struct tiles_layer *layer)
{
    base_json_out_object(out);
    base_json_out_key(out, "id");
    base_json_out_text(out, layer->name);
    base_json_out_key(out, "description");
    base_json_out_text(out, layer->description);
    base_json_out_key(out, "minzoom");
    base_json_out_i64(out, layer->min_zoom);
    base_json_out_key(out, "maxzoom");
    base_json_out_i64(out, TILES_ZOOM_FULL);
    base_json_out_key(out, "fields");
    base_json_out_object(out);
    for (const struct tiles_field *field = layer->fields; field->name; field++) {
        base_json_out_key(out, field->name);
        base_json_out_text(out, field->type);
    }
    base_json_out_object_end(out);
    queryables(out, layer->queryables);
    base_json_out_object_end(out);
}

static void tiles_url(struct base_json_out *out, const struct tiles_set *set, const char *origin, const char *version)
{
    AUTO_VALUE(base_buf) url;
    base_buf_init(&url, 4096);
    base_buf_printf(&url, "%s/tiles/", origin);
    for (size_t i = 0; i < set->count; i++) {
        base_buf_printf(&url, "%s%s", i ? "," : "", set->layers[i]->name);
    }
    base_buf_text(&url, "/{z}/{x}/{y}");
    base_buf_printf(&url, "%s%s", *version ? "?v=" : "", version);
    base_json_out_key(out, "tiles");
    base_json_out_array(out);
    base_json_out_str(out, base_buf_str(&url));
    base_json_out_array_end(out);
}

void tiles_tilejson(const struct tiles_set *set, const struct tiles_about *about, const char *origin,
                    const char *version, struct base_buf *buf)
{
    struct base_json_out out = base_json_out_of(buf);
    base_json_out_object(&out);
    base_json_out_key(&out, "tilejson");
    base_json_out_text(&out, "3.0.0");
    tiles_url(&out, set, origin, version);
    base_json_out_key(&out, "minzoom");
    base_json_out_i64(&out, 0);
    base_json_out_key(&out, "maxzoom");
    base_json_out_i64(&out, TILES_ZOOM_FULL);
    bounds(&out, &about->bounds);
    base_json_out_key(&out, "vector_layers");
    base_json_out_array(&out);
    for (size_t i = 0; i < set->count; i++) {
        layer(&out, set->layers[i]);
    }
    base_json_out_array_end(&out);
    if (about->attribution[0]) {
        base_json_out_key(&out, "attribution");
        base_json_out_text(&out, about->attribution);
    }
    if (about->approval[0]) {
        base_json_out_key(&out, "approval");
        base_json_out_text(&out, about->approval);
    }
    base_json_out_key(&out, "demo");
    base_json_out_bool(&out, about->demo);
    base_json_out_key(&out, "tz");
    base_json_out_text(&out, about->tz);
    base_json_out_object_end(&out);
}
