/* Tiles of the New York set against ST_AsMVT, and cached ones against nginx, in the same run.
 *
 *   cold     every tile encoded and compressed for each request (no cache of tiles), over HTTP; ST_AsMVT of the same
 *            features, attributes and simplification over libpq - statement prepared, connections open and warm,
 * geometry stored in EPSG:3857 with a GiST index - and compressed likewise. One client and eight. The first run, when
 *            no geometry was simplified yet, is told apart.
 *   encode   the same without HTTP and compression
 *   cached   requests a second of one tile from the cache and of its 304, and of nginx serving the same bytes
 *
 * Runs are interleaved: ours, theirs, ours ... Prints `bench NAME MEDIAN UNIT min A max B`. */
#include "http_client.h"
#include "tiles/private.h"

#include <math.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

enum { RUNS = 5, TILES = 60, PASSES = 5, CACHED_REQUESTS = 20000, GZIP_LEVEL = 1, ZOOM_FIRST = 13, ZOOM_LAST = 16 };

static const char *database;
static PGconn *pg;

struct tile_list {
    struct tiles_address at[TILES];
    size_t count;
    char heads[TILES][200];
    const char *pointers[TILES];
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double print_median(const char *name, double runs[RUNS], const char *unit)
{
    qsort(runs, RUNS, sizeof runs[0], by_size);
    printf("bench %s %.2f %s min %.2f max %.2f\n", name, runs[RUNS / 2], unit, runs[0], runs[RUNS - 1]);
    fflush(stdout);
    return runs[RUNS / 2];
}

/* Pairs of runs: the ratio of each pair, so that a slow moment of the machine is in both. */
static void print_pair(const char *name, double ours[RUNS], double theirs[RUNS], const char *unit)
{
    char text[96];
    double ratios[RUNS];
    for (int i = 0; i < RUNS; i++) {
        ratios[i] = ours[i] / theirs[i];
    }
    snprintf(text, sizeof text, "%s_hutong", name);
    print_median(text, ours, unit);
    snprintf(text, sizeof text, "%s_peer", name);
    print_median(text, theirs, unit);
    snprintf(text, sizeof text, "%s_ratio", name);
    print_median(text, ratios, "x");
}

static uint32_t number(PGresult *rows, int row, int column)
{
    int64_t value = 0;
    assert_true(base_str_i64(base_str_of(PQgetvalue(rows, row, column)), &value));
    return (uint32_t)value;
}

/* The tiles that hold the most buildings. */
static void addresses(uint32_t zoom, struct tile_list *list)
{
    char sql[500];
    snprintf(sql, sizeof sql,
             "select floor((lon + 180) / 360 * 2 ^ %u)::int, floor((1 - asinh(tan(radians(lat))) / pi()) / 2 * 2 ^ %u)"
             "::int from building where valid_to is null group by 1, 2 order by count(*) desc limit %d",
             zoom, zoom, TILES);
    PGresult *rows = PQexec(pg, sql);
    list->count = (size_t)PQntuples(rows);
    for (size_t i = 0; i < list->count; i++) {
        list->at[i] = (struct tiles_address){zoom, number(rows, (int)i, 0), number(rows, (int)i, 1)};
        snprintf(list->heads[i], sizeof list->heads[i],
                 "GET /tiles/buildings/%u/%u/%u HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n", zoom,
                 list->at[i].x, list->at[i].y);
        list->pointers[i] = list->heads[i];
    }
    PQclear(rows);
}

/* --- the peer: ST_AsMVT --- */

struct peer {
    PGconn *pgs[CLIENTS_MAX];
    const struct tile_list *list;
    bool gzip;
    size_t requests;
    atomic_size_t next;
    atomic_int client;
};

static void peer_table(void)
{
    test_sql(pg,
             "create table bench_building as select id, estate_id, name, name_en, codes[1] as code, levels, height_m,"
             " min_height_m, area_m2, st_transform(geom, 3857) as geom from building where valid_to is null");
    test_sql(pg, "create index on bench_building using gist (geom)");
    test_sql(pg, "vacuum analyze bench_building");
}

static void peer_prepare(struct peer *peer, uint32_t zoom)
{
    char sql[1600];
    double unit = 40075016.685578488 / 4096 / exp2(zoom);
    char shape[120] = "geom";
    double tolerance = tiles_mvt_tolerance(zoom);
    if (tolerance > 0) {
        snprintf(shape, sizeof shape, "st_simplify(geom, %.9f, true)", unit * tolerance);
    }
    snprintf(
        sql, sizeof sql,
        "select st_asmvt(feature, 'buildings', 4096, 'geom', 'feature_id') from (select id as feature_id, id, "
        "estate_id,"
        " name, name_en, %s as code, levels, height_m, min_height_m, st_asmvtgeom(%s, st_tileenvelope($1, $2, $3),"
        " 4096, 64, true) as geom from (select * from bench_building where geom && st_expand(st_tileenvelope($1, $2,"
        " $3), %.9f) and area_m2 >= %d order by area_m2 desc, id limit 14000) largest) feature",
        zoom >= 14 ? "code" : "null::text", shape, unit * 64, zoom >= 14 ? 0 : 40);
    for (int i = 0; i < CLIENTS_MAX; i++) {
        PGresult *result = PQexec(peer->pgs[i], "deallocate all");
        PQclear(result);
        result = PQprepare(peer->pgs[i], "tile", sql, 3, (const Oid[]){23, 23, 23});
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            fail_msg("%s", PQerrorMessage(peer->pgs[i]));
        }
        PQclear(result);
    }
}

static void peer_tile(PGconn *conn, struct tiles_address at, bool gzip, struct base_buf *buf)
{
    char z[12], x[12], y[12];
    snprintf(z, sizeof z, "%u", at.z);
    snprintf(x, sizeof x, "%u", at.x);
    snprintf(y, sizeof y, "%u", at.y);
    PGresult *result = PQexecPrepared(conn, "tile", 3, (const char *const[]){z, x, y}, NULL, NULL, 1);
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQgetisnull(result, 0, 0)) {
        fail_msg("%s", PQerrorMessage(conn));
    }
    base_buf_reset(buf);
    if (gzip) {
        test_ok(base_gzip(PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0), GZIP_LEVEL, buf));
    }
    PQclear(result);
}

static void *peer_client(void *of)
{
    struct peer *peer = of;
    PGconn *conn = peer->pgs[atomic_fetch_add(&peer->client, 1)];
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 64 << 20);
    size_t at;
    while ((at = atomic_fetch_add(&peer->next, 1)) < peer->requests) {
        peer_tile(conn, peer->list->at[at % peer->list->count], peer->gzip, &buf);
    }
    return NULL;
}

static double peer_run(struct peer *peer, int clients)
{
    pthread_t threads[CLIENTS_MAX];
    atomic_store(&peer->next, 0);
    atomic_store(&peer->client, 0);
    int64_t begun = base_clock_mono_us();
    for (int i = 0; i < clients; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, peer_client, peer), 0);
    }
    for (int i = 0; i < clients; i++) {
        pthread_join(threads[i], NULL);
    }
    return (double)peer->requests * 1e6 / (double)(base_clock_mono_us() - begun);
}

/* --- cold --- */

static void cold(struct peer *peer)
{
    struct test_server on = test_server_on(database, (struct api_config){.cache_memory = 1});
    on.pg = pg;
    test_caught_up(&on);
    for (uint32_t zoom = ZOOM_FIRST; zoom <= ZOOM_LAST; zoom++) {
        static struct tile_list list;
        addresses(zoom, &list);
        peer->list = &list;
        peer->gzip = true;
        peer->requests = list.count;
        peer_prepare(peer, zoom);
        struct load load = {
            .port = on.port, .heads = list.pointers, .head_count = list.count, .requests = list.count, .status = 200};
        printf("bench tiles_z%u_first_run %.2f tiles/s\n", zoom, load_run(&load, 1));
        load.requests = list.count * PASSES;
        peer_run(peer, CLIENTS_MAX); /* its caches are warm, too */
        for (int clients = 1; clients <= CLIENTS_MAX; clients += CLIENTS_MAX - 1) {
            double ours[RUNS], theirs[RUNS];
            char name[64];
            for (int i = 0; i < RUNS; i++) {
                ours[i] = load_run(&load, clients);
                theirs[i] = peer_run(peer, clients);
            }
            snprintf(name, sizeof name, "tiles_z%u_clients%d", zoom, clients);
            print_pair(name, ours, theirs, "tiles/s");
        }
    }
    api_server_free(on.server);
}

/* --- encode --- */

static double encode_run(struct tiles_render *render, const struct tiles_view *view, const struct data_scope *scope,
                         const struct tile_list *list)
{
    AUTO_VALUE(base_buf) tile;
    AUTO_VALUE(base_buf) homes;
    base_buf_init(&tile, 64 << 20);
    base_buf_init(&homes, 1 << 20);
    struct tiles_request request = {.scope = scope};
    test_ok(tiles_set_in(base_str_of("buildings"), &test_diag, &request.set));
    int64_t begun = base_clock_mono_us();
    for (size_t i = 0; i < list->count * PASSES; i++) {
        base_buf_reset(&tile);
        request.address = list->at[i % list->count];
        test_ok(tiles_render_layers(render, view, scope, &request, &test_diag, &tile, &homes));
    }
    return (double)(list->count * PASSES) * 1e6 / (double)(base_clock_mono_us() - begun);
}

static struct tiles_view *loaded(struct tiles_mirror *mirror)
{
    struct tiles_view *view = NULL;
    while (!(view = tiles_mirror_view(mirror))) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return view;
}

static void encode(struct peer *peer)
{
    AUTO(tiles_mirror) mirror = NULL;
    AUTO(data_scope) scope = NULL;
    AUTO(tiles_mvt) mvt = NULL;
    test_ok(tiles_mirror_new(&(struct tiles_mirror_config){.upstreams = &database, .count = 1}, &test_diag, &mirror));
    test_ok(data_scope_everything(&test_diag, &scope));
    test_ok(tiles_mvt_new(&test_diag, &mvt));
    struct tiles_render render = {.mvt = mvt};
    struct tiles_view *view = loaded(mirror);
    for (uint32_t zoom = ZOOM_FIRST; zoom <= ZOOM_LAST; zoom++) {
        static struct tile_list list;
        double ours[RUNS], theirs[RUNS];
        char name[64];
        addresses(zoom, &list);
        peer->list = &list;
        peer->gzip = false;
        peer->requests = list.count;
        peer_prepare(peer, zoom);
        encode_run(&render, view, scope, &list);
        peer_run(peer, 1);
        for (int i = 0; i < RUNS; i++) {
            ours[i] = encode_run(&render, view, scope, &list);
            theirs[i] = peer_run(peer, 1);
        }
        snprintf(name, sizeof name, "encode_z%u", zoom);
        print_pair(name, ours, theirs, "tiles/s");
    }
    tiles_view_unref(view);
}

/* --- cached --- */

struct nginx {
    pid_t pid;
    int port;
    char directory[300];
};

static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
                getsockname(fd, (struct sockaddr *)&at, &len) == 0);
    close(fd);
    return ntohs(at.sin_port);
}

static bool answers(void *of)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)((struct nginx *)of)->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool open = connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return open;
}

/* As its manual would have it for files: sendfile, a worker a core, no log. False: it is not installed. */
static bool nginx_start(struct nginx *nginx, const void *bytes, size_t len)
{
    if (system("command -v nginx >/dev/null 2>&1 || test -x /usr/sbin/nginx") != 0) {
        return false;
    }
    char path[400];
    snprintf(nginx->directory, sizeof nginx->directory, "%s", fixture_scratch());
    nginx->port = free_port();
    snprintf(path, sizeof path, "%s/tile", nginx->directory);
    FILE *file = fopen(path, "w");
    assert_true(file && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
    snprintf(path, sizeof path, "%s/nginx.conf", nginx->directory);
    file = fopen(path, "w");
    fprintf(
        file,
        "daemon off; worker_processes auto; pid %s/pid; error_log %s/error.log; events { worker_connections 512; }\n"
        "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000; open_file_cache max=10;\n"
        "client_body_temp_path %s/a; proxy_temp_path %s/b; fastcgi_temp_path %s/c; uwsgi_temp_path %s/d;"
        " scgi_temp_path %s/e;\n"
        "server { listen 127.0.0.1:%d; root %s; default_type application/vnd.mapbox-vector-tile;"
        " add_header Content-Encoding gzip; } }\n",
        nginx->directory, nginx->directory, nginx->directory, nginx->directory, nginx->directory, nginx->directory,
        nginx->directory, nginx->port, nginx->directory);
    fclose(file);
    nginx->pid = fork();
    if (nginx->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execlp("nginx", "nginx", "-c", path, (char *)NULL);
        execl("/usr/sbin/nginx", "nginx", "-c", path, (char *)NULL);
        _exit(127);
    }
    return fixture_poll(answers, nginx, 5000000);
}

static void nginx_end(struct nginx *nginx)
{
    kill(nginx->pid, SIGTERM);
    waitpid(nginx->pid, NULL, 0);
}

/* One tile from the cache, its 304, and nginx with the same bytes. */
static void cached_zoom(struct test_server *on, uint32_t zoom)
{
    static struct tile_list list;
    AUTO_VALUE(test_answer) answer;
    char path[100], held[400], name[64];
    addresses(zoom, &list);
    snprintf(path, sizeof path, "/tiles/buildings/%u/%u/%u", zoom, list.at[0].x, list.at[0].y);
    assert_int_equal(test_get(on->port, path, "Accept-Encoding: gzip\r\n", &answer), 200);
    const char *etag = test_header(&answer, "ETag");
    assert_non_null(etag);
    snprintf(held, sizeof held,
             "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nIf-None-Match: %s\r\n\r\n", path, etag);
    struct nginx nginx;
    if (!nginx_start(&nginx, answer.body.at, answer.body.len)) {
        printf("nginx is not installed: cached tiles are not compared\n");
        return;
    }
    const char *held_head = held;
    const char *file = "GET /tile HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n";
    struct load tile = {
        .port = on->port, .heads = list.pointers, .head_count = 1, .requests = CACHED_REQUESTS, .status = 200};
    struct load same = {
        .port = on->port, .heads = &held_head, .head_count = 1, .requests = CACHED_REQUESTS, .status = 304};
    struct load peer = {
        .port = nginx.port, .heads = &file, .head_count = 1, .requests = CACHED_REQUESTS, .status = 200};
    double ours[RUNS], unchanged[RUNS], theirs[RUNS], again[RUNS];
    for (int i = 0; i < RUNS; i++) {
        ours[i] = load_run(&tile, 4);
        theirs[i] = again[i] = load_run(&peer, 4);
        unchanged[i] = load_run(&same, 4);
    }
    printf("bench cached_z%u_bytes %zu B\n", zoom, answer.body.len);
    snprintf(name, sizeof name, "cached_z%u", zoom);
    print_pair(name, ours, theirs, "1/s");
    snprintf(name, sizeof name, "unchanged_z%u", zoom);
    print_pair(name, unchanged, again, "1/s");
    nginx_end(&nginx);
}

static void cached(void)
{
    struct test_server on = test_server_on(database, (struct api_config){.port = 0});
    on.pg = pg;
    test_caught_up(&on);
    for (uint32_t zoom = 14; zoom <= 16; zoom++) {
        cached_zoom(&on, zoom);
    }
    api_server_free(on.server);
}

/* --- the set --- */

static bool import(void)
{
    const char *shared = fixture_shared();
    char command[2000];
    if (!shared) {
        return false;
    }
    snprintf(command, sizeof command,
             "HUTONG_DATABASE='%s' '%s' import buildings '/vsizip/%s/data/a5_nyc_large/nyc_osm.gpkg.zip' --layer "
             "buildings >&2",
             database, fixture_binary(), shared);
    return system(command) == 0;
}

static void all(void **state)
{
    (void)state;
    static struct peer peer;
    database = fixture_database();
    if (!import()) {
        skip();
    }
    pg = test_pg(database);
    test_sql(pg, "vacuum analyze building");
    peer_table();
    for (int i = 0; i < CLIENTS_MAX; i++) {
        peer.pgs[i] = test_pg(database);
    }
    cold(&peer);
    encode(&peer);
    cached();
    for (int i = 0; i < CLIENTS_MAX; i++) {
        PQfinish(peer.pgs[i]);
    }
    PQfinish(pg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
