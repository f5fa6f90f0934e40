/* A small site for tests of duties: two estates side by side, and something of every kind in the first. */
#ifndef HUTONG_TESTS_DUTY_SITE_H
#define HUTONG_TESTS_DUTY_SITE_H

#include "data/data.h"
#include "fixture/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

static struct base_diag test_diag;
static PGconn *site_pg;           /* SQL of the test's own */
static const char *site_database; /* of the newest site */

static inline void test_ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), test_diag.text);
    }
}

/* The first column of the first row as text; "" when null or without a row. Overwritten by the next call. */
static inline const char *site_value(const char *sql)
{
    static char text[4096];
    PGresult *result = PQexec(site_pg, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(site_pg));
    }
    snprintf(text, sizeof text, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return text;
}

static inline void site_close(struct data_conn *conn)
{
    data_conn_free(conn);
    PQfinish(site_pg);
}

/* Estate 101 (code A1) is the square 120.000-120.010 E, 30.000-30.010 N, estate 102 (A2) the next one to the east.
 * Buildings 1 and 2 (B1 residential, B2 commercial) and 3 (B3, gone since June 2026) are in 101, building 9 in 102. */
static inline struct data_conn *site_open(void)
{
    struct data_conn *conn = NULL;
    const char *database = site_database = fixture_database();
    test_ok(data_conn_open(database, "test", &test_diag, &conn));
    site_pg = PQconnectdb(database);
    site_value("set search_path = hutong, public");
    site_value(
        "create function pg_temp.box(w float8, s float8, e float8, n float8) returns geometry language sql as "
        "$$ select st_multi(st_makeenvelope(w, s, e, n, 4326)) $$;"
        "insert into estate (id, dataset, key, code, name, geom) values "
        "(101, 't', '1', 'A1', '一号小区', pg_temp.box(120, 30, 120.01, 30.01)), "
        "(102, 't', '2', 'A2', '二号小区', pg_temp.box(120.01, 30, 120.02, 30.01));"
        "insert into building (estate_id, id, dataset, key, codes, name, use, levels, levels_source, height_m, "
        "height_source, area_m2, lon, lat, geom, valid_from, valid_to) "
        "select e, id, 't', id::text, array['B' || id], '楼' || id, use, 6, 'given', 18, 'levels', 400, x, 30.005, "
        "pg_temp.box(x - 0.0001, 30.0049, x + 0.0001, 30.0051), '2026-01-01', gone::timestamptz from (values "
        "(101, 1, 'residential', 120.002, null), (101, 2, 'commercial', 120.004, null), "
        "(101, 3, 'residential', 120.006, '2026-06-01'), (102, 9, 'residential', 120.012, null)) "
        "v (e, id, use, x, gone);"
        "insert into entrance (estate_id, id, building_id, name, lon, lat, valid_from) values "
        "(101, 11, 1, '1单元', 120.0021, 30.005, '2026-01-01'), (101, 12, 2, '2单元', 120.004, 30.005, "
        "'2026-01-01');"
        "insert into zone (estate_id, id, dataset, key, kind, name, geom, valid_from) values "
        "(101, 21, 't', 'z1', 'sanitation', '环卫一区', pg_temp.box(120.001, 30.001, 120.003, 30.003), '2026-01-01'), "
        "(101, 22, 't', 'z2', 'fire_lane', '消防通道', pg_temp.box(120.005, 30.001, 120.0051, 30.003), "
        "'2026-01-01');"
        "insert into route (estate_id, id, dataset, key, name, geom, valid_from) values (101, 31, 't', 'r1', "
        "'夜巡线', st_multi(st_geomfromtext('linestring(120.001 30.001, 120.009 30.009)', 4326)), '2026-01-01');"
        "insert into checkpoint (estate_id, id, dataset, key, name, tag, building_id, geom, valid_from) values "
        "(101, 41, 't', 'c1', '东门', 'NFC-1', null, st_point(120.009, 30.005, 4326), '2026-01-01'), "
        "(101, 42, 't', 'c2', '西门', null, 1, st_point(120.001, 30.005, 4326), '2026-01-01');"
        "insert into facility (estate_id, id, dataset, key, kind, name, geom, valid_from) values (101, 51, 't', "
        "'f1', 'pump', '水泵房', st_point(120.003, 30.007, 4326), '2026-01-01');"
        "insert into source (id, estate_id, name, topics, format, subject_type, purpose) values "
        "(1, 101, 'patrol', '{o/#}', 'owntracks', 'guard', 'p'), (2, 0, 'cams', '{f/#}', 'frigate', null, 'p'), "
        "(3, 0, 'bins', '{b/#}', 'ttn', null, 'p');"
        "insert into device (estate_id, id, source_id, native_id, kind, building_estate_id, building_id, lon, lat, "
        "state, valid_from, valid_to) values "
        "(0, 61, 2, 'gate', 'camera', null, null, 120.001, 30.001, 'accepted', '2026-01-01', null), "
        "(0, 62, 2, 'hall', 'camera', 101, 1, null, null, 'accepted', '2026-01-01', '2026-05-01'), "
        "(0, 63, 2, 'hall', 'camera', 101, 2, null, null, 'accepted', '2026-05-01', null), "
        "(0, 64, 2, 'east', 'camera', null, null, 120.015, 30.005, 'accepted', '2026-01-01', null), "
        "(0, 65, 2, 'new', 'camera', 101, 1, null, null, 'quarantined', '2026-01-01', null), "
        "(0, 66, 2, 'loose', 'camera', null, null, null, null, 'accepted', '2026-01-01', null), "
        "(0, 71, 3, 'bin-1', 'bin', 101, 1, null, null, 'accepted', '2026-01-01', null), "
        "(0, 72, 3, 'lift-1', 'unit', 101, 1, null, null, 'accepted', '2026-01-01', null);");
    return conn;
}

#endif
