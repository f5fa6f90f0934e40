/* What the tests of tiles/source.c and tiles/version.c share: two servers' worth of tiles of one database. */
#ifndef HUTONG_TESTS_SITE_H
#define HUTONG_TESTS_SITE_H

#include "fixture/serving.h"
#include "mvt.h"
#include "tiles/tiles.h"

/* A mirror of a database and what is asked of it. */
struct site {
    PGconn *pg;
    struct data_conn *conn;
    struct tiles_mirror *mirror;
    struct tiles_source *source;
};

static const char *database;
static struct site site, twin; /* the twin: another server of the same database */
static struct data_scope *everything;

static inline enum base_err take(void *of, struct base_diag *diag, struct data_conn **ret_conn)
{
    (void)diag;
    *ret_conn = of;
    return BASE_OK;
}

static inline uint64_t seen(void *of)
{
    struct tiles_mirror_health health = tiles_mirror_health(of);
    return health.upstreams[0].loaded ? health.upstreams[0].lsn : 0;
}

static inline void caught_up(const struct site *on)
{
    test_caught_up_with(on->pg, seen, on->mirror);
}

static inline void change(const char *sql)
{
    test_sql(site.pg, sql);
    caught_up(&site);
}

/* --- asking --- */

static inline enum base_err try_tile(const struct site *on, struct tiles_request request, const char *layers,
                                     const char *filter, struct tiles_tile *ret_tile)
{
    struct tiles_database lent = {.of = on->conn, .take = take};
    AUTO_VALUE(tiles_filter) read = {.filters = {NULL}};
    request.scope = request.scope ? request.scope : everything;
    test_ok(tiles_set_in(base_str_of(layers), &test_diag, &request.set));
    if (filter) {
        test_ok(tiles_filter_in(base_str_of(filter), TILES_FILTER_TEXT, &request.set, &test_diag, &read));
        request.filter = &read;
    }
    return tiles_source_tile(on->source, &lent, &request, &test_diag, ret_tile);
}

static inline struct tiles_tile tile_by(const struct site *on, struct tiles_request request, const char *layers,
                                        const char *filter)
{
    struct tiles_tile tile;
    test_ok(try_tile(on, request, layers, filter, &tile));
    assert_true(tile.body ? !tile.empty : tile.empty || tile.unchanged);
    return tile;
}

static inline struct tiles_tile tile_of(const char *layers, struct tiles_address at)
{
    return tile_by(&site, (struct tiles_request){.address = at}, layers, NULL);
}

static inline const struct mvt_layer *layer_of(const struct tiles_tile *tile, const char *name)
{
    return tile->body ? mvt_find(mvt_read(tile->body->at, tile->body->len), name) : NULL;
}

/* Its tag; "" of an empty one. Overwritten by the call after the next seven. */
static inline const char *tag(const struct site *on, const char *layers, struct tiles_address at, const char *filter)
{
    static char tags[8][TILES_ETAG_TEXT];
    static int next;
    AUTO_VALUE(tiles_tile) tile = tile_by(on, (struct tiles_request){.address = at, .gzip = true}, layers, filter);
    next = (next + 1) % 8;
    memcpy(tags[next], tile.etag, TILES_ETAG_TEXT);
    return tags[next];
}

/* The tile of zoom z that holds a point. */
static inline struct tiles_address at_point(uint32_t z, double lon, double lat)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "select format('%%s %%s', floor((%.6f + 180) / 360 * 2 ^ %u), floor((1 - asinh(tan(radians(%.6f))) "
             "/ pi()) / 2 * 2 ^ %u))",
             lon, z, lat, z);
    struct base_str y = base_str_of(test_sql(site.pg, sql)), x;
    base_str_next(&y, ' ', &x);
    int64_t column = 0, row = 0;
    assert_true(base_str_i64(x, &column) && base_str_i64(y, &row));
    return (struct tiles_address){z, (uint32_t)column, (uint32_t)row};
}

/* In the middle of the test district. */
static inline struct tiles_address around(uint32_t z)
{
    return at_point(z, 121.4145, 31.203);
}

static inline size_t features(struct tiles_address at, const char *layer, const char *filter)
{
    AUTO_VALUE(tiles_tile) tile = tile_by(&site, (struct tiles_request){.address = at}, layer, filter);
    const struct mvt_layer *found = layer_of(&tile, layer);
    return found ? found->feature_count : 0;
}

/* Beyond what all of the server's tests have: states, devices, a grid. */
static inline void fill_more(void)
{
    test_sql(site.pg, "insert into building_state (estate_id, building_id, last_pass_at, last_pass_subject_type)"
                      " select estate_id, id, now(), 'guard' from building where id between 2 and 9");
    test_sql(site.pg, "insert into zone_state (estate_id, zone_id, last_pass_at, last_pass_subject_type)"
                      " values (1, 1, now(), 'guard')");
    test_sql(site.pg,
             "insert into device (estate_id, id, source_id, native_id, kind, name, lon, lat) values"
             " (1, 1, 1, 'a', 'bin', 'bin', 121.4141, 31.2031), (1, 2, 1, 'b', 'lift', null, 121.4142, 31.2032),"
             " (1, 3, 1, 'c', 'camera', 'eye', 121.4143, 31.2033)");
    test_sql(site.pg, "insert into device_state (estate_id, device_id, kind, t_event, t_recv, phase, severity) values"
                      " (1, 1, 'alarm', now(), now(), 'start', 2)");
    test_sql(site.pg,
             "insert into grid (dataset, key, kind, code, name, geom) values ('t', 'g', 'governance', 'G1', '网格',"
             " st_multi(st_makeenvelope(121.40, 31.19, 121.43, 31.21, 4326)))");
}

static inline struct site site_new(void)
{
    struct site made = {.pg = test_pg(database)};
    test_ok(data_conn_open(database, "test", &test_diag, &made.conn));
    test_ok(
        tiles_mirror_new(&(struct tiles_mirror_config){.upstreams = &database, .count = 1}, &test_diag, &made.mirror));
    test_ok(tiles_source_new(&(struct tiles_source_config){.mirror = made.mirror}, &test_diag, &made.source));
    return made;
}

static inline void site_end(struct site *made)
{
    tiles_source_free(made->source);
    tiles_mirror_free(made->mirror);
    data_conn_free(made->conn);
    PQfinish(made->pg);
}

static inline int site_open_all(void **state)
{
    (void)state;
    database = fixture_database();
    site.pg = test_pg(database);
    test_fill(site.pg);
    fill_more();
    PQfinish(site.pg);
    test_ok(data_scope_everything(&test_diag, &everything));
    site = site_new();
    twin = site_new();
    caught_up(&site);
    caught_up(&twin);
    return 0;
}

static inline int site_close_all(void **state)
{
    (void)state;
    site_end(&twin);
    site_end(&site);
    data_scope_free(everything);
    return 0;
}

#endif
