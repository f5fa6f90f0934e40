/* What the tests of layers share: a filtered layer of ours holds what ST_AsMVT makes of the same rows. */
#ifndef HUTONG_TESTS_ASKED_H
#define HUTONG_TESTS_ASKED_H

#include "mvt_compare.h"
#include "site.h"

struct asked {
    const char *layer, *filter;
    size_t count; /* of features */
};

static inline struct mvt_tile *read_tile(struct base_str bytes, enum mvt_rules dialect)
{
    struct mvt_tile *tile = NULL;
    test_ok(mvt_tile_in(bytes.at, bytes.len, dialect, &test_diag, &tile));
    return tile;
}

/* The layer from the database, at the query's marker filtered. */
static inline struct mvt_tile *by_sql(const char *name, struct tiles_address at, const char *text, int64_t at_us)
{
    const struct tiles_layer *layer = tiles_layer_find(base_str_of(name));
    struct tiles_box box = tiles_address_box(at, 64.0 / 4096);
    const struct data_arg args[] = {
        data_i64(at.z),      data_i64(at.x),     data_i64(at.y),      data_f64(box.west),
        data_f64(box.south), data_f64(box.east), data_f64(box.north), at_us ? data_time(at_us) : data_null()};
    AUTO(geo_cql2) filter = NULL;
    AUTO(data_rows) rows = NULL;
    test_ok(geo_cql2_text_in(base_str_of(text), layer->queryables, &test_diag, &filter));
    test_ok(data_run_filtered(site.conn, layer->query, filter, args, BASE_COUNT(args), &test_diag, &rows));
    return read_tile(data_rows_bytes(rows, 0, 0), MVT_SPEC);
}

static inline void same_features(const char *name, const struct mvt_layer *oracle, const struct mvt_layer *ours)
{
    AUTO_VALUE(mvt_compared) all = {.pairs = NULL};
    assert_true(mvt_compare(oracle, ours, 2, &all));
    for (size_t i = 0; i < all.count; i++) {
        const char *key = "";
        const struct mvt_pair *pair = &all.pairs[i];
        if (!pair->oracle || !pair->ours) {
            fail_msg("%s: a feature that only %s", name, pair->ours ? "ours has" : "SQL has");
        }
        if (!mvt_same_tags(oracle, pair->oracle, ours, pair->ours, &key)) {
            fail_msg("%s %llu: %s differs", name, (unsigned long long)pair->ours->id, key);
        }
    }
}

/* The camera, which is in ours only for a purpose, is in SQL's: it is asked with one. */
static inline void agrees(const struct asked *asked)
{
    struct tiles_address at = around(14);
    AUTO_VALUE(tiles_tile)
    made = tile_by(&site, (struct tiles_request){.address = at, .cameras = true}, asked->layer, asked->filter);
    AUTO(mvt_tile) ours = NULL;
    AUTO(mvt_tile) oracle = by_sql(asked->layer, at, asked->filter, 0);
    const struct mvt_layer *expected = mvt_find(oracle, asked->layer), *layer = NULL;
    if (made.body) {
        ours = read_tile((struct base_str){(const char *)made.body->at, made.body->len}, MVT_OURS);
        layer = mvt_find(ours, asked->layer);
    }
    size_t count = layer ? layer->feature_count : 0;
    if (count != asked->count || count != (expected ? expected->feature_count : 0)) {
        fail_msg("%s: %s: %zu features, SQL has %zu, expected are %zu", asked->layer, asked->filter, count,
                 expected ? expected->feature_count : 0, asked->count);
    }
    if (layer) {
        same_features(asked->layer, expected, layer);
    }
}

/* Microseconds of a moment as PostgreSQL reads it. */
static inline int64_t moment_of(const char *text)
{
    char sql[100];
    int64_t at_us = 0;
    snprintf(sql, sizeof sql, "select (extract(epoch from timestamptz '%s') * 1000000)::bigint", text);
    assert_true(base_str_i64(base_str_of(test_sql(site.pg, sql)), &at_us));
    return at_us;
}

#endif
