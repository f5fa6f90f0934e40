/* What the tests of the feed share: the table of buildings as a feed wants it, and a feed with everything loaded. */
#ifndef HUTONG_TESTS_FEED_TEST_H
#define HUTONG_TESTS_FEED_TEST_H

#include "data/feed_private.h"
#include "data_test.h"

enum { PATIENCE_MS = 20000 };

static inline struct data_feed *test_feed(const char *conninfo, const struct data_feed_table *tables, size_t count)
{
    struct data_feed *feed = NULL;
    test_ok(data_feed_open(
        &(struct data_feed_config){.conninfo = conninfo, .name = "test feed", .tables = tables, .count = count},
        &test_diag, &feed));
    return feed;
}

static inline struct data_conn *test_conn_to(const char *conninfo)
{
    struct data_conn *conn = NULL;
    test_ok(data_conn_open(conninfo, "test", &test_diag, &conn));
    return conn;
}

static inline void test_expect(enum base_err err, enum base_err expected, const char *words)
{
    if (err != expected || !strstr(test_diag.text, words)) {
        fail_msg("expected %s with \"%s\": %s: %s", base_error_name(expected), words, base_error_name(err),
                 test_diag.text);
    }
}

/* Ends whoever streams from the connection's database, and returns when they are gone. */
static inline void test_cut(struct data_conn *conn)
{
    assert_string_equal(test_value(conn, "select count(pg_terminate_backend(pid, 20000)) > 0 from pg_stat_activity "
                                         "where backend_type = 'walsender' and datname = current_database()"),
                        "t");
}

static inline enum base_err test_visit_none(void *of, const struct data_field *row)
{
    (void)of;
    (void)row;
    return BASE_OK;
}

/* The next transaction, which must come. */
static inline const struct data_feed_transaction *test_next(struct data_feed *feed)
{
    const struct data_feed_transaction *transaction = NULL;
    test_ok(data_feed_next(feed, PATIENCE_MS, &test_diag, &transaction));
    assert_non_null(transaction);
    return transaction;
}

#endif
