/* data/retention.c: what is too old goes, what is not stays; readers in the way and other workers change nothing but
 * when. */
#include "data_test.h"

#include <pthread.h>

#define DAY INT64_C(86400000000)

static int64_t days_ago(int days)
{
    return base_clock_now_us() - days * DAY;
}

/* A source that keeps its facts for so long. Its id. */
static int64_t source_new(struct data_conn *conn, const char *name, const char *retention)
{
    char sql[300];
    int64_t id = 0;
    snprintf(sql, sizeof sql,
             "insert into source (estate_id, name, topics, format, purpose, retention) values (0, '%s', '{x}', "
             "'owntracks', 'test', '%s') returning id",
             name, retention);
    base_str_i64(base_str_of(test_value(conn, sql)), &id);
    return id;
}

/* So many facts of the source, spread over one day that long ago. */
static void facts(struct data_conn *conn, const char *table, int64_t source, int days, int count)
{
    static const struct {
        const char *table, *time, *columns, *values;
    } kinds[] = {
        {"fix", "t_event", "t_recv, t_source, pos_source, lon, lat, place_method",
         "now(), 'device', 'gnss', 121, 31, 'none'"},
        {"event", "t_event", "t_recv, t_source, kind, phase, place_method",
         "now(), 'device', 'alarm', 'pulse', 'none'"},
        {"dead_letter", "recorded_at", "reason, size, topic_sealed, payload_sealed", "'not JSON', 2, '', ''"},
    };
    size_t kind = 0;
    while (strcmp(kinds[kind].table, table) != 0) {
        kind++;
    }
    char sql[1000];
    test_ok(data_partition_ensure(conn, table, days_ago(days), &test_diag));
    snprintf(sql, sizeof sql,
             "insert into %s (estate_id, %s, dedup, source_id, %s) select 0, date_trunc('day', now() - interval '%d "
             "days') + n * interval '1 day' / %d, gen_random_uuid(), %lld, %s from generate_series(0, %d - 1) n",
             table, kinds[kind].time, kinds[kind].columns, days, count, (long long)source, kinds[kind].values, count);
    test_sql(conn, sql);
}

/* A whole round; what it did is in retention. */
static void upkeep(struct data_retention *retention, struct data_conn *conn)
{
    bool more = true;
    test_ok(data_retention_begin(retention, conn, &test_diag));
    while (more) {
        test_ok(data_retention_step(retention, conn, &test_diag, &more));
    }
}

static struct data_retention standard(void)
{
    struct data_retention retention;
    struct data_keeps keeps = data_retention_standard();
    data_retention_init(&retention, &keeps);
    return retention;
}

static int64_t number(struct data_conn *conn, const char *sql)
{
    int64_t value = -1;
    base_str_i64(base_str_of(test_value(conn, sql)), &value);
    return value;
}

static void days_past_the_keep_vanish_with_their_space(void **state)
{
    (void)state;
    static const char size[] = "select sum(pg_total_relation_size(relid)) from pg_partition_tree('fix')";
    static const char count[] =
        "select count(*) from pg_class where relname ~ '^fix_[0-9]{8}' and relkind in ('r', 'i')";
    AUTO(data_conn) conn = test_conn();
    int64_t source = source_new(conn, "a", "365 days");
    facts(conn, "fix", source, 29, 100);
    int64_t small = number(conn, size), few = number(conn, count);
    facts(conn, "fix", source, 40, 20000);
    facts(conn, "fix", source, 33, 1000);
    facts(conn, "event", source, 40, 100);
    assert_true(number(conn, size) > small + 2000000);
    assert_true(number(conn, count) > few);
    struct data_retention retention = standard();
    upkeep(&retention, conn);
    assert_int_equal(retention.partitions, 2);
    assert_int_equal(retention.rows, 0);
    assert_int_equal(number(conn, size), small);
    assert_int_equal(number(conn, count), few);
    assert_int_equal(number(conn, "select count(*) from fix"), 100);
    assert_int_equal(number(conn, "select count(*) from event"), 100);
    upkeep(&retention, conn);
    assert_int_equal(retention.partitions + retention.rows, 0);
}

/* A day goes when its last moment is old enough, not before. */
static void a_day_goes_as_a_whole(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct data_retention retention = standard();
    int64_t source = source_new(conn, "a", "365 days");
    facts(conn, "fix", source, 30, 24);
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select count(*) from fix"), 24);
    retention.keeps.us[DATA_KEEP_FIX] = 28 * DAY;
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select count(*) from fix"), 0);
}

static void partitions_of_other_making(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct data_retention retention = standard();
    test_sql(conn, "create table \"fix Rest\" partition of fix default");
    test_sql(conn, "create table \"Fix, 1999\" partition of fix for values from ('1999-01-01') to ('2000-01-01')");
    test_sql(conn, "create table fix_first partition of fix for values from (minvalue) to ('1990-01-01')");
    upkeep(&retention, conn);
    assert_int_equal(retention.partitions, 2);
    assert_string_equal(test_value(conn, "select string_agg(inhrelid::regclass::text, ' ') from pg_inherits where "
                                         "inhparent = 'fix'::regclass"),
                        "\"fix Rest\"");
}

static void a_source_may_keep_its_own_shorter(void **state)
{
    (void)state;
    static const char left[] =
        "select string_agg(source_id || ':' || n, ' ' order by source_id) from (select source_id, "
        "count(*) as n from fix group by 1) x";
    AUTO(data_conn) conn = test_conn();
    struct data_retention retention = standard();
    int64_t long_lived = source_new(conn, "long", "365 days");
    int64_t week = source_new(conn, "week", "7 days");
    int64_t hour = source_new(conn, "hour", "1 hour");
    static const int ages[] = {20, 9, 5, 2};
    for (size_t i = 0; i < BASE_COUNT(ages); i++) {
        facts(conn, "fix", long_lived, ages[i], 500);
        facts(conn, "fix", week, ages[i], 500);
        facts(conn, "fix", hour, ages[i], 500);
    }
    facts(conn, "event", week, 100, 300);
    facts(conn, "event", long_lived, 100, 300);
    test_sql(conn, "update source set removed_at = now() where name = 'week'"); /* its facts are still somebody's */
    upkeep(&retention, conn);
    char wanted[100];
    snprintf(wanted, sizeof wanted, "%lld:2000 %lld:1000", (long long)long_lived, (long long)week);
    assert_string_equal(test_value(conn, left), wanted);
    assert_int_equal(retention.partitions, 0);
    assert_int_equal(retention.rows, 1000 + 2000 + 300);
    assert_int_equal(number(conn, "select count(*) from event"), 300);
    assert_int_equal(number(conn, "select count(*) from event where source_id = (select id from source where name = "
                                  "'week')"),
                     0);
}

/* Longer for a while, and shorter again: what came in between goes, too. */
static void a_retention_that_changes(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct data_retention retention = standard();
    int64_t source = source_new(conn, "a", "7 days");
    facts(conn, "fix", source, 20, 100);
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select count(*) from fix"), 0);
    test_sql(conn, "update source set retention = '25 days'");
    facts(conn, "fix", source, 20, 100);
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select count(*) from fix"), 100);
    test_sql(conn, "update source set retention = '100 days'");
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select count(*) from fix"), 100);
    test_sql(conn, "update source set retention = '7 days'");
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select count(*) from fix"), 0);
}

/* Stored a moment after the mark went over it: a worker had held the batch. */
static void what_was_held_goes_the_next_time(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct data_retention retention = standard();
    int64_t source = source_new(conn, "a", "7 days");
    facts(conn, "fix", source, 7, 10);
    upkeep(&retention, conn);
    char sql[400];
    snprintf(sql, sizeof sql,
             "insert into fix (estate_id, t_event, dedup, source_id, t_recv, t_source, pos_source, lon, lat, "
             "place_method) values (0, now() - interval '7 days 40 seconds', gen_random_uuid(), %lld, now(), "
             "'device', 'gnss', 121, 31, 'none')",
             (long long)source);
    test_ok(data_partition_ensure(conn, "fix", days_ago(7) - 40 * INT64_C(1000000), &test_diag));
    test_sql(conn, sql);
    upkeep(&retention, conn);
    assert_int_equal(retention.rows, 1);
}

static void dead_letters_expire(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct data_retention retention = standard();
    int64_t usual = source_new(conn, "usual", "365 days");
    int64_t week = source_new(conn, "week", "7 days");
    static const int ages[] = {100, 45, 31, 29, 8, 1};
    for (size_t i = 0; i < BASE_COUNT(ages); i++) {
        facts(conn, "dead_letter", usual, ages[i], 10);
        facts(conn, "dead_letter", week, ages[i], 10);
    }
    upkeep(&retention, conn);
    assert_true(retention.partitions >= 1); /* the month of 100 days ago; that of 45 days ago may still have a part */
    assert_int_equal(number(conn, "select count(*) from dead_letter where recorded_at < now() - interval '30 days'"),
                     0);
    char sql[200];
    snprintf(sql, sizeof sql, "select count(*) from dead_letter where source_id = %lld", (long long)week);
    assert_int_equal(number(conn, sql), 10);
    snprintf(sql, sizeof sql, "select count(*) from dead_letter where source_id = %lld", (long long)usual);
    assert_int_equal(number(conn, sql), 30);
}

/* Many rows, in steps: whatever a single statement is allowed, all of it goes. */
static void a_large_purge_goes_in_steps(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct data_retention retention = standard();
    facts(conn, "fix", source_new(conn, "a", "1 day"), 10, 200000);
    facts(conn, "fix", source_new(conn, "b", "300 days"), 10, 200000);
    int steps = 0;
    bool more = true;
    test_ok(data_retention_begin(&retention, conn, &test_diag));
    for (; more; steps++) {
        test_ok(data_retention_step(&retention, conn, &test_diag, &more));
    }
    assert_int_equal(retention.rows, 200000);
    assert_int_equal(number(conn, "select count(*) from fix"), 200000);
    assert_true(steps > 3);
}

static void a_reader_delays_and_breaks_nothing(void **state)
{
    (void)state;
    const char *conninfo = fixture_database();
    AUTO(data_conn) conn = NULL;
    AUTO(data_conn) reader = NULL;
    AUTO(data_conn) other = NULL;
    test_ok(data_conn_open(conninfo, "test", &test_diag, &conn));
    test_ok(data_conn_open(conninfo, "test", &test_diag, &reader));
    test_ok(data_conn_open(conninfo, "test", &test_diag, &other));
    struct data_retention retention = standard();
    int64_t source = source_new(conn, "a", "365 days");
    facts(conn, "fix", source, 50, 10);
    facts(conn, "fix", source, 40, 10);
    facts(conn, "event", source, 200, 10);
    test_sql(reader, "begin");
    assert_int_equal(number(reader, "select count(*) from fix"), 20);
    upkeep(&retention, conn);
    assert_true(retention.put_off == 1); /* fix; event had no reader */
    assert_int_equal(retention.partitions, 1);
    assert_int_equal(number(reader, "select count(*) from fix"), 20);
    facts(other, "fix", source, 1, 10); /* a partition is made and written while the reader reads */
    assert_int_equal(number(reader, "select count(*) from fix"), 30);
    test_sql(reader, "commit");
    upkeep(&retention, conn);
    assert_int_equal(retention.partitions, 2);
    assert_int_equal(number(reader, "select count(*) from fix"), 10);
}

/* Nothing younger waits for a row that somebody holds: the table has its turn the next time. */
static void a_row_held_puts_off(void **state)
{
    (void)state;
    const char *conninfo = fixture_database();
    AUTO(data_conn) conn = NULL;
    AUTO(data_conn) holder = NULL;
    test_ok(data_conn_open(conninfo, "test", &test_diag, &conn));
    test_ok(data_conn_open(conninfo, "test", &test_diag, &holder));
    struct data_retention retention = standard();
    int64_t source = source_new(conn, "a", "7 days");
    facts(conn, "dead_letter", source, 9, 10);
    facts(conn, "fix", source, 9, 10);
    test_sql(holder, "begin; select from dead_letter for update");
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select count(*) from dead_letter"), 10);
    assert_int_equal(number(conn, "select count(*) from fix"), 0);
    assert_true(retention.put_off != 0);
    test_sql(holder, "commit");
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select count(*) from dead_letter"), 0);
}

struct worker {
    const char *conninfo;
    int64_t partitions, rows;
    enum base_err err;
};

static void *work(void *of)
{
    struct worker *worker = of;
    struct base_diag diag = {""};
    AUTO(data_conn) conn = NULL;
    struct data_retention retention = standard();
    worker->err = data_conn_open(worker->conninfo, "test", &diag, &conn);
    for (int round = 0; round < 20 && !worker->err; round++) {
        bool more = true;
        worker->err = data_partition_ahead(conn, base_clock_now_us(), &diag);
        worker->err = worker->err ? worker->err : data_retention_begin(&retention, conn, &diag);
        while (more && !worker->err) {
            worker->err = data_retention_step(&retention, conn, &diag, &more);
        }
        worker->partitions += retention.partitions;
        worker->rows += retention.rows;
    }
    return NULL;
}

static void several_workers_at_once(void **state)
{
    (void)state;
    const char *conninfo = fixture_database();
    AUTO(data_conn) conn = NULL;
    test_ok(data_conn_open(conninfo, "test", &test_diag, &conn));
    int64_t usual = source_new(conn, "usual", "365 days"), week = source_new(conn, "week", "7 days");
    for (int day = 10; day < 50; day++) {
        facts(conn, "fix", usual, day, 20);
        facts(conn, "fix", week, day, 20);
    }
    struct worker workers[3];
    pthread_t threads[BASE_COUNT(workers)];
    for (size_t i = 0; i < BASE_COUNT(workers); i++) {
        workers[i] = (struct worker){.conninfo = conninfo};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    int64_t partitions = 0, rows = 0;
    for (size_t i = 0; i < BASE_COUNT(workers); i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].err, BASE_OK);
        partitions += workers[i].partitions;
        rows += workers[i].rows;
    }
    int64_t days = 40 - number(conn, "select count(distinct t_event::date) from fix");
    assert_in_range(days, 18, 19); /* 31 or 32 days ago begins what is too old */
    assert_int_equal(partitions, days);
    assert_int_equal(rows, 20 * (40 - days)); /* each row once; the rest of the week's went with its day */
    assert_int_equal(number(conn, "select count(*) from fix"), 20 * (40 - days));
}

static void the_state_says_what_is_behind(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct data_keeps keeps = data_retention_standard();
    AUTO(data_rows) before = NULL;
    AUTO(data_rows) after = NULL;
    test_ok(data_retention_list(conn, &keeps, true, &test_diag, &before));
    assert_int_equal(data_rows_count(before), 13);
    assert_string_equal(data_rows_text(before, 0, 0), "fix");
    assert_int_equal(data_rows_i64(before, 0, 1), 30 * 86400);
    assert_true(data_rows_null(before, 0, 2));
    assert_true(data_rows_bool(before, 0, 7)); /* no partition for tomorrow */
    facts(conn, "fix", source_new(conn, "a", "365 days"), 40, 1000);
    test_ok(data_partition_ahead(conn, base_clock_now_us(), &test_diag));
    test_ok(data_retention_list(conn, &keeps, true, &test_diag, &after));
    assert_int_equal(data_rows_i64(after, 0, 4), 4);
    assert_true(data_rows_i64(after, 0, 5) > 100000);
    assert_int_equal(data_rows_i64(after, 0, 6), 1);
    for (size_t row = 0; row < data_rows_count(after); row++) {
        assert_false(data_rows_bool(after, row, 7));
    }
}

/* What went can be told afterwards, and what is told is gone. */
static void what_went_is_proven(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    struct data_retention retention = standard();
    int64_t source = source_new(conn, "a", "365 days"), week = source_new(conn, "week", "7 days");
    facts(conn, "fix", source, 40, 700);
    facts(conn, "fix", source, 29, 10);
    facts(conn, "fix", week, 20, 300);
    facts(conn, "dead_letter", week, 9, 40);
    upkeep(&retention, conn);
    assert_string_equal(test_value(conn,
                                   "select string_agg(concat_ws(' ', table_name, partition is null, rows, exact), ', ' "
                                   "order by table_name, rows) from retention_drop"),
                        "dead_letter t 40 t, fix t 300 t, fix f 700 t");
    assert_int_equal(number(conn,
                            "select count(*) from retention_drop d join fix f on f.t_event >= d.t_from and f.t_event < "
                            "d.t_to where d.partition is not null"),
                     0);
    assert_int_equal(number(conn, "select count(*) from retention_drop where to_regclass(partition) is not null"), 0);
    assert_string_equal(test_value(conn, "select t_to - t_from from retention_drop where partition is not null"),
                        "1 day");
    assert_int_equal(
        number(conn, "select count(*) from fix where source_id = (select id from source where name = 'week')"), 0);
    facts(conn, "fix", week, 8, 5);
    test_sql(conn, "delete from retention_mark");
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select rows from retention_drop where partition is null and table_name = 'fix'"),
                     305);
    AUTO(data_rows) last = NULL;
    test_ok(data_run(conn, DATA_RETENTION_LAST, DATA_NO_ARGS, &test_diag, &last));
    assert_int_equal(data_rows_count(last), 2);
}

/* A drop that is put off leaves no proof of what is still there. */
static void nothing_is_proven_that_stays(void **state)
{
    (void)state;
    const char *conninfo = fixture_database();
    AUTO(data_conn) conn = NULL;
    AUTO(data_conn) reader = NULL;
    test_ok(data_conn_open(conninfo, "test", &test_diag, &conn));
    test_ok(data_conn_open(conninfo, "test", &test_diag, &reader));
    struct data_retention retention = standard();
    int64_t source = source_new(conn, "a", "365 days");
    facts(conn, "fix", source, 40, 10);
    test_sql(reader, "begin");
    assert_int_equal(number(reader, "select count(*) from fix"), 10);
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select count(*) from retention_drop"), 0);
    test_sql(reader, "rollback");
    upkeep(&retention, conn);
    assert_int_equal(number(conn, "select rows from retention_drop"), 10);
}

static void partitions_are_made_ahead(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    int64_t at;
    assert_true(base_time_in(base_str_of("2027-01-30T22:00:00Z"), &at));
    test_ok(data_partition_ahead(conn, at, &test_diag));
    test_ok(data_partition_ahead(conn, at, &test_diag));
    assert_string_equal(test_value(conn, "select string_agg(relname, ' ' order by relname) from pg_class where relkind "
                                         "= 'r' and relname ~ '^(fix|dead_letter)_[0-9]+$'"),
                        "dead_letter_20270101 dead_letter_20270201 fix_20270130 fix_20270131 fix_20270201");
    /* As CREATE TABLE ... PARTITION OF makes them: same key, same indexes. */
    test_sql(conn, "create table event_reference partition of event for values from ('2030-01-01') to ('2030-01-02')");
    char one[4096];
    static const char *const names[] = {"event_reference", "event_20270131"};
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        char query[1200];
        snprintf(
            query, sizeof query,
            "select string_agg(x, ' | ' order by x) from (select replace(pg_get_indexdef(indexrelid), '%s', 'T') "
            "as x from pg_index where indrelid = '%s'::regclass union all select attname || ' ' || "
            "format_type(atttypid, atttypmod) || ' ' || attnotnull || ' ' || attidentity::text from pg_attribute where "
            "attrelid = '%s'::regclass and attnum > 0) y",
            names[i], names[i], names[i]);
        if (i == 0) {
            snprintf(one, sizeof one, "%s", test_value(conn, query));
            assert_non_null(strstr(one, "T_building_id_t_event_idx"));
        } else {
            assert_string_equal(test_value(conn, query), one);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_past_the_keep_vanish_with_their_space),
        cmocka_unit_test(a_day_goes_as_a_whole),
        cmocka_unit_test(partitions_of_other_making),
        cmocka_unit_test(a_source_may_keep_its_own_shorter),
        cmocka_unit_test(a_retention_that_changes),
        cmocka_unit_test(what_was_held_goes_the_next_time),
        cmocka_unit_test(dead_letters_expire),
        cmocka_unit_test(a_large_purge_goes_in_steps),
        cmocka_unit_test(a_reader_delays_and_breaks_nothing),
        cmocka_unit_test(a_row_held_puts_off),
        cmocka_unit_test(several_workers_at_once),
        cmocka_unit_test(the_state_says_what_is_behind),
        cmocka_unit_test(partitions_are_made_ahead),
        cmocka_unit_test(what_went_is_proven),
        cmocka_unit_test(nothing_is_proven_that_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
