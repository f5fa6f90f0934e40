/* The mirror of a million buildings: how long until it is ready, what memory it takes, whether that grows while rows
 * change, and how old news of a change are. A thousand changes a second, in transactions of ten: state of buildings,
 * figures, outlines. Prints:
 *   bench mirror_ready_1m S s            from the start to the first view
 *   bench mirror_ready_cpu S s           of this process in that time: what others on the machine do not change
 *   bench mirror_rss_1m N MB             of this process, which holds nothing else
 *   bench mirror_rss_minute_2 N MB       and mirror_rss_last: the most in the second and in the last minute
 *   bench mirror_rss_growth R ratio
 *   bench mirror_news_p50 N ms           from the commit to the news; mirror_news_p99
 * HUTONG_BENCH_BUILDINGS (1000000) and HUTONG_BENCH_SECONDS (600) make it smaller. */
#include "fixture/fixture.h"
#include "tiles/tiles.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { A_SECOND = 1000, TOGETHER = 10, DELAY_MAX = 4000000 };

struct bench {
    PGconn *pg;
    struct tiles_mirror *mirror;
    pthread_mutex_t lock;
    int64_t *delays_us;
    size_t delay_count, changes, told;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_mirror: %s: %s\n", what, why);
    exit(1);
}

static void run(struct bench *bench, const char *sql)
{
    PGresult *result = PQexec(bench->pg, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        die(sql, PQerrorMessage(bench->pg));
    }
    PQclear(result);
}

static int64_t setting(const char *name, int64_t standard)
{
    int64_t value = standard;
    const char *given = getenv(name);
    if (given && !base_str_i64(base_str_of(given), &value)) {
        die(name, "is no number");
    }
    return value;
}

static double rss_mb(void)
{
    char line[256];
    int64_t kb = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && kb == 0 && fgets(line, sizeof line, status)) {
        struct base_str rest = base_str_of(line), name, number;
        base_str_next(&rest, ':', &name);
        rest = base_str_trim(rest);
        if (base_str_is(name, "VmRSS") && base_str_next(&rest, ' ', &number) && !base_str_i64(number, &kb)) {
            die("/proc/self/status", "VmRSS is no number");
        }
    }
    if (status) {
        fclose(status);
    }
    return (double)kb / 1024;
}

/* A grid of houses with an L for a footprint, 500 to an estate; each fourth has state. */
static void fill(struct bench *bench, int64_t buildings)
{
    char sql[2048];
    run(bench, "set search_path = hutong, public; set synchronous_commit = off");
    snprintf(
        sql, sizeof sql,
        "insert into estate (id, dataset, key, name, geom) select n, 'bench', n, '小区 ' || n, "
        "st_multi(st_makeenvelope(x, y, x + 0.008, y + 0.008, 4326)) from generate_series(1, %lld) n, lateral (select "
        "120 + (n %% 45) * 0.01 as x, 30 + (n / 45) * 0.01 as y) at",
        (long long)(buildings / 500));
    run(bench, sql);
    snprintf(
        sql, sizeof sql,
        "insert into building (estate_id, id, dataset, key, codes, name, levels, levels_source, height_m, "
        "height_source, area_m2, lon, lat, geom) select 1 + n / 500, n, 'bench', n, array[(n %% 500)::text], "
        "(n %% 500) || '号楼', 6, 'given', 18, 'levels', 600, x, y, st_geomfromtext(format("
        "'MULTIPOLYGON(((%%s %%s,%%s %%s,%%s %%s,%%s %%s,%%s %%s,%%s %%s,%%s %%s)))', x, y, x + 0.0002, y, "
        "x + 0.0002, y + 0.0001, x + 0.0001, y + 0.0001, x + 0.0001, y + 0.0002, x, y + 0.0002, x, y), 4326) "
        "from generate_series(0, %lld - 1) n, lateral (select (120 + (n / 500 %% 45) * 0.01 + (n %% 22) * "
        "0.00035)::numeric(10, 7) as x, (30 + (n / 500 / 45) * 0.01 + (n %% 500 / 22) * 0.00035)::numeric(10, 7) as "
        "y) at",
        (long long)buildings);
    run(bench, sql);
    run(bench, "insert into building_state (estate_id, building_id, last_pass_at, last_pass_subject_type) select "
               "estate_id, id, now(), 'guard' from building where id % 4 = 0");
    run(bench, "analyze building; analyze building_state");
}

static void listen_to(void *of, const struct tiles_news *news)
{
    struct bench *bench = of;
    if (news->snapshot) {
        return;
    }
    pthread_mutex_lock(&bench->lock);
    bench->told += news->count;
    if (bench->delay_count < DELAY_MAX) {
        bench->delays_us[bench->delay_count++] = base_clock_now_us() - news->committed_us;
    }
    pthread_mutex_unlock(&bench->lock);
}

static double cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static bool ready(void *of)
{
    const struct bench *bench = of;
    struct tiles_mirror_health health = tiles_mirror_health(bench->mirror);
    return health.ready;
}

static void start(struct bench *bench, const char *const *conninfo)
{
    struct base_diag diag;
    const struct tiles_mirror_config config = {.upstreams = conninfo, .count = 1, .news = listen_to, .of = bench};
    int64_t began = base_clock_mono_us();
    double cpu = cpu_s();
    if (tiles_mirror_new(&config, &diag, &bench->mirror)) {
        die("mirror", diag.text);
    }
    if (!fixture_poll(ready, bench, 600000000)) {
        die("mirror", tiles_mirror_health(bench->mirror).upstreams[0].reason);
    }
    printf("bench mirror_ready_1m %.2f s\n", (double)(base_clock_mono_us() - began) / 1e6);
    printf("bench mirror_ready_cpu %.2f s\n", cpu_s() - cpu);
    struct tiles_mirror_health health = tiles_mirror_health(bench->mirror);
    printf("bench mirror_rss_1m %.0f MB\n", rss_mb());
    fprintf(stderr, "bench_mirror: %llu rows, %llu MB by the mirror's own count\n", (unsigned long long)health.rows,
            (unsigned long long)health.bytes >> 20);
    fflush(stdout);
}

/* Ten rows in a transaction: seven states, two figures, one outline. */
static void change(struct bench *bench, uint64_t buildings)
{
    static uint64_t seed = 4711;
    char sql[1024];
    long long ids[3];
    for (size_t i = 0; i < BASE_COUNT(ids); i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        ids[i] = (long long)((seed >> 33) % (buildings - 10));
    }
    snprintf(
        sql, sizeof sql,
        "begin; insert into building_state (estate_id, building_id, last_pass_at, last_pass_subject_type) select 1 + "
        "n / 500, n, now(), 'guard' from generate_series(%lld::bigint, %lld) n on conflict (estate_id, building_id) "
        "do update set last_pass_at = excluded.last_pass_at; update building set levels = 1 + levels %% 30 where "
        "id in (%lld, %lld); update building set geom = st_translate(geom, 0.000001, 0) where id = %lld; commit",
        ids[0], ids[0] + 6, ids[1], ids[1] + 1, ids[2]);
    run(bench, sql);
    bench->changes += TOGETHER;
}

static void churn(struct bench *bench, uint64_t buildings, int64_t seconds, double *ret_early, double *ret_late)
{
    int64_t began = base_clock_mono_us();
    double early = 0, late = 0;
    for (int64_t second = 0; second < seconds; second++) {
        for (int i = 0; i < A_SECOND / TOGETHER; i++) {
            change(bench, buildings);
            int64_t ahead = began + second * 1000000 + (i + 1) * INT64_C(1000000) * TOGETHER / A_SECOND;
            int64_t wait = ahead - base_clock_mono_us();
            if (wait > 0) {
                nanosleep(&(struct timespec){.tv_nsec = wait * 1000}, NULL);
            }
        }
        double now = rss_mb();
        early = second >= 60 && second < 120 && now > early ? now : early;
        late = second >= seconds - 60 && now > late ? now : late;
    }
    *ret_early = early;
    *ret_late = late;
}

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void report(struct bench *bench, double early, double late)
{
    printf("bench mirror_rss_minute_2 %.0f MB\nbench mirror_rss_last %.0f MB\n", early, late);
    if (early > 0) {
        printf("bench mirror_rss_growth %.3f ratio\n", late / early);
    }
    qsort(bench->delays_us, bench->delay_count, sizeof *bench->delays_us, by_size);
    if (bench->delay_count) {
        printf("bench mirror_news_p50 %.1f ms\nbench mirror_news_p99 %.1f ms\n",
               (double)bench->delays_us[bench->delay_count / 2] / 1e3,
               (double)bench->delays_us[bench->delay_count * 99 / 100] / 1e3);
    }
    fprintf(stderr, "bench_mirror: %zu changes, %zu told in %zu news\n", bench->changes, bench->told,
            bench->delay_count);
}

int main(void)
{
    struct bench bench = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const char *conninfo = fixture_database();
    int64_t buildings = setting("HUTONG_BENCH_BUILDINGS", 1000000), seconds = setting("HUTONG_BENCH_SECONDS", 600);
    double early = 0, late = 0;
    bench.delays_us = malloc(DELAY_MAX * sizeof *bench.delays_us);
    bench.pg = PQconnectdb(conninfo);
    if (!bench.delays_us || PQstatus(bench.pg) != CONNECTION_OK) {
        die("database", PQerrorMessage(bench.pg));
    }
    fill(&bench, buildings);
    start(&bench, &conninfo);
    churn(&bench, (uint64_t)buildings, seconds, &early, &late);
    tiles_mirror_free(bench.mirror);
    report(&bench, early, late);
    PQfinish(bench.pg);
    free(bench.delays_us);
    return 0;
}
