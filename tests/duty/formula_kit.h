/* What the tests of measures share: a fresh database with two estates, SQL of the test's own, and a measure's rows as
 * text.
 *
 * Every test runs in a transaction that is rolled back, so all start from the same. Facts lie in default partitions
 * here. Ownership  texts are the kit's, overwritten by the next call. Threads: one.
 */
#ifndef HUTONG_TESTS_FORMULA_KIT_H
#define HUTONG_TESTS_FORMULA_KIT_H

#include "fixture/fixture.h"

#include <libpq-fe.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIT_NULL "\\N" /* as a parameter */
enum { KIT_PARAMS = 12, KIT_TEXT = 32768 };

static PGconn *kit_pg;

static inline void kit_sql(const char *sql)
{
    PGresult *result = PQexec(kit_pg, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(kit_pg));
    }
    PQclear(result);
}

static inline void BASE_PRINTF(1, 2) kit_format(const char *format, ...)
{
    static char sql[KIT_TEXT];
    va_list list;
    va_start(list, format);
    int len = vsnprintf(sql, sizeof sql, format, list);
    va_end(list);
    assert_in_range(len, 1, sizeof sql - 1);
    kit_sql(sql);
}

/* The text of data/query/NAME.sql. */
static inline const char *kit_query(const char *name)
{
    static char sql[KIT_TEXT];
    char path[512];
    snprintf(path, sizeof path, "%s/data/query/%s.sql", fixture_source(), name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        fail_msg("%s: cannot be opened", path);
        return "";
    }
    size_t len = fread(sql, 1, sizeof sql - 1, file);
    fclose(file);
    sql[len] = '\0';
    return sql;
}

/* A result as text: columns by a blank, rows by "; ", null as "-". */
static inline const char *kit_text(PGresult *result)
{
    static char text[KIT_TEXT];
    size_t len = 0;
    text[0] = '\0';
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s", PQerrorMessage(kit_pg));
    }
    for (int row = 0; row < PQntuples(result); row++) {
        for (int column = 0; column < PQnfields(result); column++) {
            const char *value = PQgetisnull(result, row, column) ? "-" : PQgetvalue(result, row, column);
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", column ? " " : row ? "; " : "", value);
            assert_in_range(len, 0, sizeof text - 1);
        }
    }
    PQclear(result);
    return text;
}

/* Columns of a measure's rows; its parameters as text, ended by NULL. */
static inline const char *kit_ask(const char *name, const char *columns, ...)
{
    static char sql[KIT_TEXT];
    const char *params[KIT_PARAMS];
    int count = 0;
    va_list list;
    va_start(list, columns);
    for (const char *param = va_arg(list, const char *); param; param = va_arg(list, const char *)) {
        assert_in_range(count, 0, KIT_PARAMS - 1);
        params[count++] = strcmp(param, KIT_NULL) == 0 ? NULL : param;
    }
    va_end(list);
    char *query = strdup(kit_query(name));
    assert_non_null(query);
    char *end = strrchr(query, ';');
    assert_non_null(end);
    *end = '\0';
    int len = snprintf(sql, sizeof sql, "select %s from (%s) asked", columns, query);
    free(query);
    assert_in_range(len, 1, sizeof sql - 1);
    return kit_text(PQexecParams(kit_pg, sql, count, NULL, params, NULL, NULL, 0));
}

static inline const char *kit_value(const char *sql)
{
    return kit_text(PQexec(kit_pg, sql));
}

/* Estates 1 and 2 in Shanghai, 3 in Berlin; sources 1 (Frigate) and 2 (a mapping) of estate 1; organisation 7. */
static inline int kit_open(void **state)
{
    static const char *const facts[] = {"fix",    "event",  "pass",    "coverage",
                                        "waiver", "outage", "verdict", "duty_window"};
    (void)state;
    kit_pg = PQconnectdb(fixture_database());
    assert_int_equal(PQstatus(kit_pg), CONNECTION_OK);
    kit_sql("set search_path = hutong, public; set timezone = 'UTC'; set extra_float_digits = 0");
    for (size_t i = 0; i < BASE_COUNT(facts); i++) {
        kit_format("create table %s_default partition of %s default", facts[i], facts[i]);
    }
    kit_sql("insert into organisation (id, kind, code, name) values (7, 'company', 'o7', 'o7');"
            "insert into estate (id, dataset, key, name, tz, valid_from)"
            " select n, 'test', n, 'estate ' || n, case n when 3 then 'Europe/Berlin' else 'Asia/Shanghai' end, "
            "'2020-01-01'"
            " from generate_series(1, 3) n;"
            "insert into source (id, estate_id, name, topics, format, purpose) values (1, 1, 's1', '{a}', 'frigate', "
            "'test'),"
            " (2, 1, 's2', '{b}', 'mapping', 'test'), (3, 3, 's3', '{c}', 'onvif', 'test')");
    return 0;
}

static inline int kit_close(void **state)
{
    (void)state;
    PQfinish(kit_pg);
    return 0;
}

static inline int kit_begin(void **state)
{
    (void)state;
    kit_sql("begin");
    return 0;
}

static inline int kit_rollback(void **state)
{
    (void)state;
    kit_sql("rollback");
    return 0;
}

#define kit_test(function) cmocka_unit_test_setup_teardown(function, kit_begin, kit_rollback)

/* A house of 10 m x 10 m at (x, y) metres of the estate's corner, 121.4 31.0. */
static inline void kit_building(int estate, int id, double x, double y, int dwellings)
{
    kit_format("insert into building (estate_id, id, dataset, key, levels, levels_source, height_m, height_source, "
               "area_m2, lon, lat,"
               " geom, dwellings, valid_from) select %d, %d, 'test', '%d', 6, 'given', 18, 'levels', 100, p.lon, p.lat,"
               " st_multi(st_makeenvelope(p.lon - 5 / metres_east(31), p.lat - 5 / metres_north(31),"
               " p.lon + 5 / metres_east(31), p.lat + 5 / metres_north(31), 4326)), nullif(%d, 0), '2020-01-01'"
               " from (select 121.4 + %.9f / metres_east(31) as lon, 31.0 + %.9f / metres_north(31) as lat) p",
               estate, id, id, dwellings, x, y);
}

/* More columns of duty as "name = value, ..." text. */
static inline void kit_duty(int estate, int id, const char *kind, const char *proof, const char *changes)
{
    kit_format("insert into duty (estate_id, id, key, name, subject_kind, schedule, proof, valid_from)"
               " values (%d, %d, 'd%d', 'd', '%s', 'every 2h', '%s', '2020-01-01')",
               estate, id, id, kind, proof);
    if (changes) {
        kit_format("update duty set %s where estate_id = %d and id = %d", changes, estate, id);
    }
}

static inline void kit_window(int estate, int duty, const char *kind, int place, const char *from, const char *to,
                              const char *verdict)
{
    kit_format(
        "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at,"
        " organisation_id, verdict) values (%d, '%s', %d, %d, 1, '%s', '%s', '%s', 7, nullif('%s', '')::verdict_kind)",
        estate, from, duty, place, kind, to, to, verdict);
}

/* By subject number, from its start to its last evidence. */
static inline void kit_pass(int estate, const char *kind, int place, int subject, const char *type, const char *from,
                            const char *to, double nearest)
{
    kit_format("insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m, "
               "acc_m, fixes)"
               " values (%d, '%s', md5('%d')::uuid, '%s', %d, '%s', '%s', %.3f, 5, 3)",
               estate, from, subject, kind, place, to, type, nearest);
}

/* What a device told; columns and values of more. */
static inline void kit_event(int source, int device, const char *kind, const char *phase, const char *at,
                             const char *columns, const char *values)
{
    kit_format("insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, device_id, kind, phase, "
               "place_method%s)"
               " select s.estate_id, '%s', gen_random_uuid(), '%s', 'device', s.id, %d, '%s', '%s', 'registered'%s"
               " from source s where s.id = %d",
               columns, at, at, device, kind, phase, values, source);
}

static inline void kit_device(int source, int id, const char *native, const char *kind, const char *from)
{
    kit_format("insert into device (estate_id, id, source_id, native_id, kind, valid_from)"
               " select s.estate_id, %d, s.id, '%s', '%s', '%s' from source s where s.id = %d",
               id, native, kind, from, source);
}

#endif
