/* What both fuzz targets of filters share: a schema, and the way there and back. */
#ifndef HUTONG_TESTS_FUZZ_GEO_CQL2_H
#define HUTONG_TESTS_FUZZ_GEO_CQL2_H

#include "geo/geo.h"

#include <stdlib.h>
#include <string.h>

static const struct geo_cql2_property fuzz_properties[] = {
    {.name = "name", .type = GEO_CQL2_TEXT},
    {.name = "levels", .type = GEO_CQL2_INTEGER},
    {.name = "height", .type = GEO_CQL2_NUMBER},
    {.name = "date", .type = GEO_CQL2_DATE},
    {.name = "start", .type = GEO_CQL2_TIMESTAMP},
    {.name = "end", .type = GEO_CQL2_TIMESTAMP},
    {.name = "open", .type = GEO_CQL2_BOOLEAN},
    {.name = "geom", .type = GEO_CQL2_GEOMETRY},
    {.name = "tags", .type = GEO_CQL2_ARRAY, .element = GEO_CQL2_TEXT},
    {.name = "floors", .type = GEO_CQL2_ARRAY, .element = GEO_CQL2_NUMBER},
};

static inline enum base_err fuzz_outline(void *of, const char *function, struct base_str name, struct base_diag *diag,
                                         struct geo_shape *shape)
{
    (void)of;
    (void)function;
    if (name.len > 3) {
        return base_diag_set(diag, BASE_NOT_FOUND, "there is no zone '%.*s'", (int)name.len, name.at);
    }
    geo_shape_reset(shape, GEO_SHAPE_AREA);
    geo_shape_vertex(shape, 0, 0);
    geo_shape_vertex(shape, 1, 0);
    geo_shape_vertex(shape, 1, 1);
    geo_shape_ring_end(shape);
    geo_shape_part_end(shape);
    return shape->err;
}

static const struct geo_cql2_schema fuzz_schema = {
    .properties = fuzz_properties, .count = BASE_COUNT(fuzz_properties), .rules = true, .outline = fuzz_outline};

typedef enum base_err fuzz_reader(struct base_str input, const struct geo_cql2_schema *schema, struct base_diag *diag,
                                  struct geo_cql2 **ret_filter);

/* What was written must be read, and written again be the same text. */
static inline void fuzz_same(fuzz_reader *reader, const struct base_buf *written, const struct geo_cql2_schema *schema,
                             const struct base_buf *text)
{
    AUTO(geo_cql2) back = NULL;
    AUTO_VALUE(base_buf) again;
    base_buf_init(&again, 16 << 20);
    if (reader(base_buf_str(written), schema, NULL, &back)) {
        abort();
    }
    geo_cql2_text_out(back, &again);
    if (!base_str_equal(base_buf_str(&again), base_buf_str(text))) {
        abort();
    }
}

static inline void fuzz_filter(fuzz_reader *reader, struct base_str input, const struct geo_cql2_schema *schema)
{
    AUTO(geo_cql2) filter = NULL;
    AUTO_VALUE(base_buf) text;
    AUTO_VALUE(base_buf) json;
    struct base_diag diag = {.text = ""};
    base_buf_init(&text, 16 << 20);
    base_buf_init(&json, 16 << 20);
    if (reader(input, schema, &diag, &filter)) {
        if (!diag.text[0]) {
            abort();
        }
        return;
    }
    geo_cql2_text_out(filter, &text);
    geo_cql2_json_out(filter, &json);
    if (text.err || json.err) {
        abort();
    }
    if (text.len <= GEO_CQL2_TEXT_MAX) { /* spaces are added, so that what was short enough may have become too long */
        fuzz_same(geo_cql2_text_in, &text, schema, &text);
    }
    if (json.len <= GEO_CQL2_JSON_MAX) {
        fuzz_same(geo_cql2_json_in, &json, schema, &text);
    }
}

#endif
