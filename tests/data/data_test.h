/* What the tests of data/ share: a connection to a fresh database, and SQL of the test's own (data/ itself runs
 * embedded queries only, so tests reach past it to libpq). */
#ifndef HUTONG_TESTS_DATA_TEST_H
#define HUTONG_TESTS_DATA_TEST_H

#include "data/conn_private.h"
#include "data/data.h"
#include "fixture/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct base_diag test_diag;

static inline void test_ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), test_diag.text);
    }
}

static inline struct data_conn *test_conn(void)
{
    struct data_conn *conn = NULL;
    test_ok(data_conn_open(fixture_database(), "test", &test_diag, &conn));
    return conn;
}

static inline void test_sql(struct data_conn *conn, const char *sql)
{
    test_ok(data_conn_command(conn, "test", sql, &test_diag));
}

/* The first column of the first row as text; "" when null or without a row. Overwritten by the next call. */
static inline const char *test_value(struct data_conn *conn, const char *sql)
{
    static char text[4096];
    PGresult *result = PQexec(conn->pg, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(conn->pg));
    }
    snprintf(text, sizeof text, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return text;
}

#endif
