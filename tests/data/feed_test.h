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

/* The next transaction, which must come. */
static inline const struct data_feed_transaction *test_next(struct data_feed *feed)
{
    const struct data_feed_transaction *transaction = NULL;
    test_ok(data_feed_next(feed, PATIENCE_MS, &test_diag, &transaction));
    assert_non_null(transaction);
    return transaction;
}

#endif
