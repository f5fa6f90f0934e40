/* What the tests of judge share: the site (site.h), judge in this process at a moment of the test's choosing, rows made
 * by hand. Facts lie in default partitions here; windows and verdicts in those that judge makes. Times are Shanghai's
 * unless they say otherwise.
 *
 * Ownership  texts are overwritten by the next call. Threads: one. */
#ifndef HUTONG_TESTS_DUTY_JUDGE_KIT_H
#define HUTONG_TESTS_DUTY_JUDGE_KIT_H

#include "duty/duty.h"
#include "duty/site.h"

#include <stdio.h>

static const char *kit_database; /* of the newest site */
static struct data_conn *kit_conn;

static inline const char *BASE_PRINTF(1, 2) value(const char *format, ...)
{
    static char sql[16384];
    va_list list;
    va_start(list, format);
    vsnprintf(sql, sizeof sql, format, list);
    va_end(list);
    return site_value(sql);
}
#define sql(...) ((void)value(__VA_ARGS__))

static inline int64_t kit_time(const char *text)
{
    return strtoll(value("select (extract(epoch from timestamptz '%s') * 1000000)::bigint", text), NULL, 10);
}

/* All that is due at that moment. */
static inline enum base_err judge_try(const char *at)
{
    struct duty_judge_options options = {.conninfo = kit_database, .once = true, .at_us = kit_time(at)};
    return duty_judge_run(&options, &test_diag);
}

static inline void judge(const char *at)
{
    test_ok(judge_try(at));
}

/* subject_kind is 'building' and proof 'pass', each hour, radius 15 m, unless columns and values say otherwise. */
static inline void duty(int id, const char *schedule, const char *columns, const char *values)
{
    bool kind = strstr(columns, "subject_kind") != NULL, proof = strstr(columns, "proof") != NULL;
    bool from = strstr(columns, "valid_from") != NULL;
    sql("insert into duty (estate_id, id, key, name, schedule%s%s%s%s) values (101, %d, 'd%d-' || gen_random_uuid(), "
        "'义务', '%s'%s%s%s%s)",
        kind ? "" : ", subject_kind", proof ? "" : ", proof", from ? "" : ", valid_from", columns, id, id, schedule,
        kind ? "" : ", 'building'", proof ? "" : ", 'pass'", from ? "" : ", '2026-01-01'", values);
}

/* A pass at a building by guard number `who`: its first and last second, nearest metres. */
static inline void pass(int building, int who, const char *from, const char *to, const char *columns,
                        const char *values)
{
    bool near = strstr(columns, "nearest_m") != NULL, type = strstr(columns, "subject_type") != NULL;
    sql("insert into pass (estate_id, t_event, t_to, subject, place_kind, place_id, fixes%s%s%s) values (101, '%s', "
        "'%s', "
        "'00000000-0000-0000-0000-%012d', 'building', %d, 3%s%s%s)",
        near ? "" : ", nearest_m", type ? "" : ", subject_type", columns, from, to, who, building, near ? "" : ", 5",
        type ? "" : ", 'guard'", values);
}

/* A gap of guard number `who`'s tracker, seen before and after in front of building 1. */
static inline void gap(int who, const char *from, const char *to, const char *cause)
{
    sql("insert into outage (estate_id, scope, source_id, t_from, t_to, subject, subject_type, cause, lon_from, "
        "lat_from, "
        "lon_to, lat_to) values (101, 'tracker', 1, '%s', '%s', '00000000-0000-0000-0000-%012d', 'guard', '%s', "
        "120.002, "
        "30.0049, 120.002, 30.0049)",
        from, to, who, cause);
}

/* A verdict with its reason and figures: "missed no_evidence 0/0/1 v1"; of the newest version. */
static inline const char *verdict(int duty, int place, const char *t_from)
{
    return value(
        "select format('%%s %%s %%s/%%s/%%s v%%s', verdict, reason, found, best, needed, version) from verdict where "
        "estate_id = 101 and duty_id = %d and place_id = %d and t_from = '%s' order by version desc limit 1",
        duty, place, t_from);
}

static inline int kit_open(void **state)
{
    (void)state;
    kit_conn = site_open();
    kit_database = site_database;
    sql("set timezone = 'Asia/Shanghai'");
    sql("do $$ declare t text; begin foreach t in array array['pass', 'event', 'coverage', 'waiver', 'fix'] loop "
        "execute format('create table %%I partition of %%I default', t || '_default', t); end loop; end $$");
    test_ok(data_partition_ensure(kit_conn, "outage", base_clock_now_us(), &test_diag));
    sql("insert into source_stat (estate_id, source_id, dry_at) select estate_id, id, '2027-01-01' from source "
        "on conflict (estate_id, source_id) do update set dry_at = excluded.dry_at");
    return 0;
}

static inline int kit_close(void **state)
{
    (void)state;
    site_close(kit_conn);
    return 0;
}

#define kit_test(name) cmocka_unit_test_setup_teardown(name, kit_open, kit_close)

#endif
