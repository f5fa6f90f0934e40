/* How long judge takes for a day: 10,000 buildings with 16 windows each, 2,000 zones, 1,000 guards whose 17 million
 * positions of that day are read for gaps and coverage. Beside it, in the same run, what a plain query takes for the
 * same windows without zones, evidence or unknown. With more days, passes of those before are loaded too, all verdicts
 * are deleted, and judged anew they must give the same SHA-256.
 *
 *   bench_judge [DAYS [ESTATES]]     1 and 50 when not given; `make soak` takes 30 days */
#include "duty/duty.h"
#include "fixture/ingest_kit.h"

enum { GUARDS = 20, FIX_EVERY_S = 5, EVIDENCE = 2000, FILE_MAX = 1 << 20 };

static int days = 1, estates = 50;
static const char *database;
static PGconn *pg;
static int64_t start_s;
static struct base_diag diag;

static void ok(enum base_err err)
{
    if (err) {
        kit_die(base_error_name(err), diag.text);
    }
}

/* --- the world --- */
static void replace(struct base_buf *text, const char *word, int64_t number)
{
    struct base_buf out;
    const char *at = base_buf_cstr(text), *found;
    base_buf_init(&out, FILE_MAX);
    while ((found = strstr(at, word))) {
        base_buf_append(&out, at, (size_t)(found - at));
        base_buf_printf(&out, "%lld", (long long)number);
        at = found + strlen(word);
    }
    base_buf_text(&out, at);
    base_buf_release(text);
    *text = out;
}

static void make_places(void)
{
    char path[4200];
    struct base_buf sql;
    base_buf_init(&sql, FILE_MAX);
    snprintf(path, sizeof path, "%s/tests/bench/judge_load.sql", fixture_source());
    ok(base_file_read(path, FILE_MAX, &diag, &sql));
    replace(&sql, "$ESTATES", estates);
    replace(&sql, "$DAYS", days);
    replace(&sql, "$START", start_s);
    kit_value(pg, base_buf_cstr(&sql));
    base_buf_release(&sql);
}

static void make_partitions(void)
{
    static const char *const tables[] = {"fix", "pass", "coverage"};
    AUTO(data_conn) conn = NULL;
    ok(data_conn_open(database, "bench", &diag, &conn));
    for (int day = -1; day <= days; day++) {
        for (size_t i = 0; i < BASE_COUNT(tables); i++) {
            ok(data_partition_ensure(conn, tables[i], (start_s + day * INT64_C(86400)) * 1000000, &diag));
        }
    }
    ok(data_partition_ensure(conn, "outage", base_clock_now_us(), &diag));
}

/* Each hour a guard walks along the row of houses in half an hour, ten metres from their walls, and back on the other
 * side of the zones. One guard in ninety-seven has his tracker off for the hour, and every thirty-first pass was
 * skipped. */
#define WALK                                                                                                        \
    "site.lon + 780 * (1 - abs(1 - 2 * (s %% 3600) / 3600.0)) / 95500.0 as lon, site.lat + ((g %% 10) * 60 + case " \
    "when "                                                                                                         \
    "s %% 3600 < 1800 then 20 else 38 end) / 110880.0 as lat"

static void load_fixes(int estate)
{
    char sql[1500];
    snprintf(sql, sizeof sql,
             "insert into fix (estate_id, t_event, dedup, t_recv, t_source, source_id, subject, subject_type, "
             "shift_id, pos_source, "
             "lon, lat, acc_m, place_method) select e, t, md5(e || '-' || g || '-' || s)::uuid, t + interval '1 "
             "second', 'device', e, "
             "md5('g' || e || '-' || g)::uuid, 'guard', h.id, 'gnss', w.lon, w.lat, 5, 'none' from site, "
             "generate_series(0, 86399, %d) "
             "s, generate_series(0, %d) g, lateral (select to_timestamp(%lld) + (s + g %% %d) * interval '1 second' as "
             "t, " WALK ") w, lateral (select id from shift x where x.estate_id = e and x.label = '巡逻' || g || '组') "
             "h where e = %d and (e * 31 + "
             "g * 7 + s / 3600) %% 97 <> 0",
             FIX_EVERY_S, GUARDS - 1, (long long)(start_s + (days - 1) * INT64_C(86400)), FIX_EVERY_S, estate);
    kit_value(pg, sql);
}

static void load_passes(int day)
{
    char sql[1500];
    snprintf(sql, sizeof sql,
             "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m, "
             "acc_m, fixes) "
             "select e, t, md5('g' || e || '-' || g)::uuid, 'building', b.id, t + interval '25 seconds', 'guard', 10, "
             "5, 5 from site "
             "join building b on b.estate_id = e, generate_series(0, 23) hour, generate_series(0, 1) turn, "
             "lateral (select split_part(b.key, '-', 2)::integer as n) k, lateral (select (n / 20) + 10 * turn as g) "
             "who, lateral "
             "(select to_timestamp(%lld) + hour * interval '1 hour' + (n %% 20) * 92 * interval '1 second' + g * "
             "interval '1 "
             "second' as t) w where (e * 31 + g * 7 + hour) %% 97 <> 0 and (n + hour * 7 + %d) %% 31 <> 0",
             (long long)(start_s + day * INT64_C(86400)), day);
    kit_value(pg, sql);
}

static void load(void)
{
    make_partitions();
    make_places();
    for (int day = 0; day < days; day++) {
        load_passes(day);
    }
    for (int estate = 1; estate <= estates; estate++) {
        load_fixes(estate);
    }
    kit_value(pg, "analyze");
}

/* --- what is measured --- */
static double judge_until(int64_t at_s)
{
    char at[BASE_TIME_TEXT];
    int status = 0;
    int64_t begin = base_clock_mono_us();
    pid_t pid = fork();
    if (pid == 0) {
        setenv("HUTONG_DATABASE", database, 1);
        execl(fixture_binary(), "hutong", "judge", "--once", "--at", base_time_out(at_s * 1000000, at), (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    if (status) {
        kit_die("hutong judge", "failed");
    }
    return (double)(base_clock_mono_us() - begin) / 1e6;
}

static double plain_query(int64_t from_s)
{
    char sql[800];
    snprintf(sql, sizeof sql,
             "select count(*) from duty_window w where w.place_kind = 'building' and w.t_from >= to_timestamp(%lld) "
             "and w.t_from < "
             "to_timestamp(%lld) and exists (select from pass p where p.estate_id = w.estate_id and p.place_kind = "
             "'building' and "
             "p.place_id = w.place_id and p.t_event < w.t_to and p.t_event > w.t_from - interval '25 hours' and p.t_to "
             ">= w.t_from)",
             (long long)from_s, (long long)(from_s + 86400));
    int64_t begin = base_clock_mono_us();
    kit_value(pg, sql);
    return (double)(base_clock_mono_us() - begin) / 1e6;
}

static void show_verdicts(void)
{
    PGresult *result =
        PQexec(pg, "select d.key, v.verdict, v.reason, count(*) from verdict v join duty d on d.estate_id = "
                   "v.estate_id and d.id = v.duty_id group by 1, 2, 3 order by 1, 2, 3");
    for (int i = 0; i < PQntuples(result); i++) {
        printf("%s %s %s: %s\n", PQgetvalue(result, i, 0), PQgetvalue(result, i, 1), PQgetvalue(result, i, 2),
               PQgetvalue(result, i, 3));
    }
    PQclear(result);
}

static struct duty_replay replay(bool look)
{
    struct duty_replay replay;
    const struct duty_replay_options options = {.conninfo = database,
                                                .from_us = (start_s - 86400) * 1000000,
                                                .to_us = (start_s + (days + 1) * INT64_C(86400)) * 1000000,
                                                .look = look};
    ok(duty_replay_run(&options, &diag, &replay));
    return replay;
}

/* --- evidence: what a click on a verdict asks of the database, as api/verdict.c does --- */
enum { FACT_FROM = 19 /* of verdict_list.sql; then fact_to, record_from, record_to */ };

static void open_verdict(struct data_conn *conn, const PGresult *keys, int row)
{
    AUTO(data_rows) versions = NULL;
    AUTO(data_rows) evidence = NULL;
    struct data_arg args[8];
    for (int i = 0; i < 4; i++) {
        args[i] = data_text(PQgetvalue(keys, row, i));
    }
    ok(data_run(conn, DATA_VERDICT_LIST, args, 4, &diag, &versions));
    for (int i = 0; i < 4; i++) {
        args[4 + i] = data_rows_null(versions, 0, FACT_FROM + i)
                          ? data_null()
                          : data_time(data_rows_time(versions, 0, FACT_FROM + i));
    }
    ok(data_run(conn, DATA_VERDICT_EVIDENCE, args, 8, &diag, &evidence));
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure_evidence(void)
{
    static double ms[EVIDENCE];
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    PGresult *keys = PQexec(
        pg, "select estate_id, duty_id, place_id, t_from from verdict order by md5(place_id::text || t_from) limit "
            "2000");
    int count = PQntuples(keys);
    ok(data_conn_open(database, "bench", &diag, &conn));
    ok(data_run(conn, DATA_METRICS_SESSION, DATA_ARGS(data_text("0")), &diag, &rows));
    for (int i = 0; i < count; i++) {
        int64_t begin = base_clock_mono_us();
        open_verdict(conn, keys, i);
        ms[i] = (double)(base_clock_mono_us() - begin) / 1000;
    }
    qsort(ms, (size_t)count, sizeof ms[0], by_time);
    printf("bench judge_evidence_p50 %.1f ms\nbench judge_evidence_p99 %.1f ms\n", ms[count / 2], ms[count * 99 / 100]);
    PQclear(keys);
}

/* What came out otherwise, should anything: a few of each kind. */
static void show_differences(void)
{
    PGresult *result = PQexec(pg, "select b.duty_id, b.verdict, b.reason, b.found, b.best, b.blind_s, "
                                  "cardinality(b.evidence), a.verdict, a.reason, a.found, "
                                  "a.best, a.blind_s, cardinality(a.evidence), count(*), min(b.t_from), "
                                  "min(b.place_id) from before b full join verdict a using "
                                  "(estate_id, t_from, duty_id, place_id) where (b.verdict, b.reason, b.found, b.best, "
                                  "b.blind_s, b.evidence) is distinct "
                                  "from (a.verdict, a.reason, a.found, a.best, a.blind_s, a.evidence) group by 1, 2, "
                                  "3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 "
                                  "order by 14 desc limit 10");
    for (int i = 0; i < PQntuples(result); i++) {
        for (int column = 0; column < PQnfields(result); column++) {
            printf("%s%s", PQgetvalue(result, i, column), column + 1 < PQnfields(result) ? " | " : "\n");
        }
    }
    PQclear(result);
}

static void measure_replay(void)
{
    struct duty_replay before = replay(true);
    kit_value(
        pg,
        "create temp table before as select distinct on (estate_id, t_from, duty_id, place_id) * from verdict order by "
        "estate_id, t_from, duty_id, place_id, version desc");
    kit_value(pg, "truncate verdict");
    int64_t begin = base_clock_mono_us();
    struct duty_replay after = replay(false);
    printf("bench judge_replay_%d_days %.1f s\n", days, (double)(base_clock_mono_us() - begin) / 1e6);
    printf("%lld verdicts, sha256 %s before, %s after\n", (long long)after.windows, before.digest, after.digest);
    show_differences();
    printf("bench judge_replay_same %d bool\n",
           strcmp(before.digest, after.digest) == 0 && before.windows == after.windows);
}

static int argument(int argc, char **argv, int at, int standard)
{
    int64_t value = standard;
    return argc > at && base_str_i64(base_str_of(argv[at]), &value) ? (int)value : standard;
}

int main(int argc, char **argv)
{
    days = argument(argc, argv, 1, days);
    estates = argument(argc, argv, 2, estates);
    database = fixture_database();
    pg = kit_connect(database);
    kit_value(pg, "set client_min_messages = error");
    start_s = base_clock_now_us() / 1000000 / 86400 * 86400 - (days + 1) * INT64_C(86400);
    int64_t day_s = start_s + (days - 1) * INT64_C(86400), begin = base_clock_mono_us();
    load();
    printf("loaded %lld positions, %lld passes in %.0f s\n", (long long)kit_number(pg, "select count(*) from fix"),
           (long long)kit_number(pg, "select count(*) from pass"), (double)(base_clock_mono_us() - begin) / 1e6);
    fflush(stdout);
    if (days > 1) {
        printf("bench judge_days_before %.1f s\n", judge_until(day_s + 600));
    }
    double judged = judge_until(day_s + 86400 + 14400);
    printf("bench judge_day %.1f s\n", judged);
    double plain = plain_query(day_s);
    printf("bench judge_day_plain_query %.1f s\nbench judge_day_of_plain %.1f ratio\n", plain, judged / plain);
    show_verdicts();
    measure_evidence();
    measure_replay();
    PQfinish(pg);
    return 0;
}
