/* Every file of data/query is prepared against the real schema: a query that a migration broke fails here. */
#include "data_test.h"

#include "data/embedded.h"

static void every_query_prepares(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    /* Stages that ingest and import make for the session; queries that read them need them. */
    for (const struct data_embedded *query = data_embedded_queries; query->name; query++) {
        if (strstr(query->name, "_stage")) {
            test_sql(conn, query->sql);
        }
    }
    int count = 0;
    for (const struct data_embedded *query = data_embedded_queries; query->name; query++) {
        PGresult *result = PQprepare(conn->pg, query->name, query->sql, 0, NULL);
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            fail_msg("%s: %s", query->name, PQerrorMessage(conn->pg));
        }
        PQclear(result);
        count++;
    }
    assert_int_equal(count, DATA_QUERY_COUNT);
}

static void every_query_has_a_header(void **state)
{
    (void)state;
    for (const struct data_embedded *query = data_embedded_queries; query->name; query++) {
        if (strncmp(query->sql, "-- ", 3) != 0 || !strstr(query->sql, "Callers: ")) {
            fail_msg("data/query/%s.sql: no header with parameters, columns and callers", query->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_query_prepares),
        cmocka_unit_test(every_query_has_a_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
