/* Pages of 1,000 buildings as GeoJSON over HTTP, beside the same rows made into GeoJSON by PostGIS, in the same run and
 * over as many connections. */
#include "http_client.h"

#include <libpq-fe.h>

enum { BUILDINGS = 50000, PAGE = 1000, PAGES = BUILDINGS / PAGE, REQUESTS = 600, CLIENTS = 2 };

static struct test_server on;
static const char *database;
static atomic_size_t next;

/* Eight to thirty vertices, as footprints have. */
static void fill(void)
{
    test_sql(
        on.pg,
        "insert into estate (id, dataset, key, name, geom) values (1, 't', '1', '一', st_multi(st_makeenvelope(121, 31,"
        " 122, 32, 4326)))");
    test_sql(
        on.pg,
        "insert into building (estate_id, id, dataset, key, codes, name, use, levels, levels_source, height_m,"
        " height_source, area_m2, lon, lat, geom) select 1, n, 't', 'k' || n, array['B-' || n], n || '号楼',"
        " 'residential', n % 30 + 1, 'given', 3 * (n % 30 + 1), 'levels', 400, x, y, st_multi(st_transform(st_buffer("
        "st_transform(st_setsrid(st_point(x, y), 4326), 32651), 12, 2 + n % 6), 4326)) from generate_series(1, 50000) "
        "n,"
        " lateral (select 121 + (n % 250) * 0.0004 as x, 31 + (n / 250) * 0.0004 as y) p");
    test_sql(on.pg, "analyze building");
}

/* base64url of "[id]", as the links to next pages have it. */
static void token_of(long id, char token[64])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char json[32];
    size_t len = (size_t)snprintf(json, sizeof json, "[%ld]", id), out = 0;
    unsigned bits = 0, held = 0;
    for (size_t i = 0; i < len; i++) {
        bits = (bits << 8 | (unsigned char)json[i]) & 0xffffu;
        for (held += 8; held >= 6; held -= 6) {
            token[out++] = letters[bits >> (held - 6) & 63];
        }
    }
    if (held) {
        token[out++] = letters[bits << (6 - held) & 63];
    }
    token[out] = '\0';
}

static double over_http(void)
{
    static char heads[PAGES][300];
    static const char *requests[PAGES];
    for (int i = 0; i < PAGES; i++) {
        char token[64];
        token_of((long)i * PAGE, token);
        snprintf(heads[i], sizeof heads[i],
                 "GET /api/collections/buildings/items?limit=%d&after=%s HTTP/1.1\r\nHost: localhost\r\n\r\n", PAGE,
                 token);
        requests[i] = heads[i];
    }
    struct load load = {.port = on.port, .heads = requests, .head_count = PAGES, .requests = REQUESTS, .status = 200};
    double rate = load_run(&load, CLIENTS);
    printf("bench items_http_bytes %.0f B\n", (double)load.bytes / REQUESTS);
    return rate;
}

static void *sql_client(void *unused)
{
    static const char query[] =
        "select json_build_object('type', 'FeatureCollection', 'features', json_agg(st_asgeojson(b.*)::json)) from ("
        "select id, geom, estate_id, codes, name, name_en, use, levels, height_m, min_height_m, dwellings, year_built,"
        " area_m2, valid_from, valid_to from building where valid_to is null and id > $1::bigint order by id limit "
        "1000) b";
    (void)unused;
    PGconn *pg = test_pg(database);
    size_t at;
    PQclear(PQprepare(pg, "page", query, 1, NULL));
    while ((at = atomic_fetch_add(&next, 1)) < REQUESTS) {
        char after[24];
        const char *values[] = {after};
        snprintf(after, sizeof after, "%zu", at % PAGES * PAGE);
        PGresult *result = PQexecPrepared(pg, "page", 1, values, NULL, NULL, 0);
        if (PQresultStatus(result) != PGRES_TUPLES_OK || PQgetlength(result, 0, 0) < PAGE) {
            fail_msg("%s", PQerrorMessage(pg));
        }
        PQclear(result);
    }
    PQfinish(pg);
    return NULL;
}

static double in_sql(void)
{
    pthread_t threads[CLIENTS];
    atomic_store(&next, 0);
    int64_t begun = base_clock_mono_us();
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, sql_client, NULL), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
    }
    return REQUESTS * 1e6 / (double)(base_clock_mono_us() - begun);
}

static void all(void **state)
{
    (void)state;
    database = fixture_database();
    on = test_server_on(database, (struct api_config){.port = 0});
    on.pg = test_pg(database);
    fill();
    double http = over_http(), sql = in_sql();
    printf("bench items_http %.1f pages/s\nbench items_sql %.1f pages/s\nbench items_ratio %.2f\n", http, sql,
           http / sql);
    test_server_end(&on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
