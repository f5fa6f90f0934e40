/* data/feed*.c against a real server: what is loaded and what follows is everything, once, in order. */
#include "feed_test.h"

static const char *const zone_columns[] = {"estate_id", "id", "kind", "name", "geom", "valid_to"};
static const struct data_feed_table zones[] = {{"zone", zone_columns, 6, 2, NULL}};
enum { ESTATE, ID, KIND, NAME, GEOM, VALID_TO };

#define ZONE                                                                                               \
    "insert into zone (estate_id, dataset, key, kind, name, geom) select 0, 'd', g::text, 'k', 'n' || g, " \
    "st_multi(st_makeenvelope(116, 40, 116.001, 40.001, 4326)) from generate_series"

static enum base_err count_row(void *of, const struct data_field *row)
{
    assert_true(row[ID].len == 8 && data_field_i64(row[ID]) > 0);
    ++*(size_t *)of;
    return BASE_OK;
}

static void loads_then_streams(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = NULL;
    test_ok(data_conn_open(database, "test", &test_diag, &conn));
    test_sql(conn, ZONE "(1, 5) g");
    AUTO(data_feed) feed = test_feed(database, zones, 1);
    test_sql(conn, ZONE "(6, 7) g");
    size_t rows = 0;
    test_ok(data_feed_load(feed, 0, count_row, &rows, &test_diag));
    test_ok(data_feed_loaded(feed, &test_diag));
    assert_int_equal(rows, 5);
    const struct data_feed_transaction *transaction = test_next(feed);
    assert_int_equal(transaction->count, 2);
    assert_true(base_str_is(data_field_str(transaction->changes[1].row[NAME]), "n7"));
    assert_true(transaction->lsn > data_feed_snapshot_lsn(feed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_then_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
