/* data/feed*.c against a real server: what is loaded and what follows is everything, once, in order. */
#include "feed_test.h"

#include <pthread.h>

static const char *const zone_columns[] = {"estate_id", "id", "kind", "name", "geom", "valid_to"};
static const char *const checkpoint_columns[] = {"estate_id", "id", "name"};
static const struct data_feed_table tables[] = {
    {"zone", zone_columns, BASE_COUNT(zone_columns), 2, "valid_to is null"},
    {"checkpoint", checkpoint_columns, BASE_COUNT(checkpoint_columns), 2, NULL},
};
enum { ZONE, CHECKPOINT };
enum { ESTATE, ID, KIND, NAME, GEOM, VALID_TO };

#define ZONES                                                                                 \
    "insert into zone (estate_id, id, dataset, key, kind, name, geom) "                       \
    "select 0, g, 'd', g, 'k', g, st_multi(st_makeenvelope(116, 40, 116.001, 40.001, 4326)) " \
    "from generate_series"
#define CHECKPOINTS                                                     \
    "insert into checkpoint (estate_id, id, dataset, key, name, geom) " \
    "select 0, g, 'd', g, g, st_setsrid(st_point(116, 40), 4326) from generate_series"

/* With a list of columns the server takes no updates under that identity. */
#define WHOLE_ROWS "alter publication hutong_feed set table zone; alter table zone replica identity full; "

struct here {
    const char *database;
    struct data_conn *conn;
    struct data_feed *feed; /* loaded; nothing was there */
};

static struct here begin(void)
{
    struct here here = {.database = fixture_database()};
    here.conn = test_conn_to(here.database);
    here.feed = test_feed(here.database, tables, BASE_COUNT(tables));
    for (size_t i = 0; i < BASE_COUNT(tables); i++) {
        test_ok(data_feed_load(here.feed, i, test_visit_none, NULL, &test_diag));
    }
    test_ok(data_feed_loaded(here.feed, &test_diag));
    return here;
}

static void end(struct here *here)
{
    data_feed_free(here->feed);
    data_conn_free(here->conn);
}

static int64_t name_of(const struct data_field *row)
{
    int64_t name = 0;
    assert_true(base_str_i64(data_field_str(row[NAME]), &name));
    return name;
}

/* --- loading while others write --- */
enum { SEEN_MAX = 100000 };
struct writer {
    const char *database;
    atomic_bool stop;
    atomic_int last; /* committed */
};

static void *write_on(void *of)
{
    struct writer *writer = of;
    struct base_diag diag = {.text = ""};
    AUTO(data_conn) conn = NULL;
    char sql[512];
    if (data_conn_open(writer->database, "writer", &diag, &conn)) {
        return NULL;
    }
    for (int i = 1; i < SEEN_MAX && !atomic_load(&writer->stop); i++) {
        snprintf(sql, sizeof sql, ZONES "(%d, %d) g", i, i);
        if (data_conn_command(conn, "writer", sql, &diag)) {
            break;
        }
        atomic_store(&writer->last, i);
    }
    return NULL;
}

static bool has_written(void *of)
{
    return atomic_load(&((struct writer *)of)->last) >= 100;
}

struct seen {
    struct writer *writer;
    int count;
    uint8_t times[SEEN_MAX];
};

static enum base_err see(void *of, const struct data_field *row)
{
    struct seen *seen = of;
    int before = atomic_load(&seen->writer->last);
    seen->times[name_of(row)]++;
    seen->count++;
    for (int i = 0; seen->count == 1 && atomic_load(&seen->writer->last) < before + 50 && i < 20000; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* so that much is written while we load */
    }
    return BASE_OK;
}

static void no_gap_and_no_doubling(void **state)
{
    (void)state;
    struct writer writer = {.database = fixture_database()};
    struct seen *seen = calloc(1, sizeof *seen);
    assert_non_null(seen);
    seen->writer = &writer;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_on, &writer), 0);
    assert_true(fixture_poll(has_written, &writer, 20000000));
    AUTO(data_feed) feed = test_feed(writer.database, tables, BASE_COUNT(tables));
    test_ok(data_feed_load(feed, ZONE, see, seen, &test_diag));
    test_ok(data_feed_loaded(feed, &test_diag));
    int loaded = seen->count;
    atomic_store(&writer.stop, true);
    pthread_join(thread, NULL);
    int last = atomic_load(&writer.last);
    for (uint64_t lsn = data_feed_snapshot_lsn(feed); seen->count < last;) {
        const struct data_feed_transaction *transaction = test_next(feed);
        assert_true(transaction->lsn > lsn);
        assert_int_equal(transaction->count, 1);
        assert_int_equal(name_of(transaction->changes[0].row), seen->count + 1); /* in the order of the commits */
        lsn = transaction->lsn;
        seen->times[seen->count + 1]++;
        seen->count++;
    }
    assert_true(loaded >= 100 && loaded < last);
    for (int i = 1; i <= last; i++) {
        assert_int_equal(seen->times[i], 1);
    }
    const struct data_feed_transaction *more = NULL;
    test_ok(data_feed_next(feed, 200, &test_diag, &more));
    assert_null(more);
    free(seen);
}

/* --- kinds of changes --- */
static void every_kind_of_change(void **state)
{
    (void)state;
    struct here here = begin();
    int64_t before = base_clock_now_us();
    test_sql(here.conn, ZONES "(1, 2) g; " CHECKPOINTS "(1, 1) g");
    const struct data_feed_transaction *transaction = test_next(here.feed);
    assert_int_equal(transaction->count, 3);
    assert_true(transaction->committed_us >= before - 1000000 &&
                transaction->committed_us <= base_clock_now_us() + 1000000);
    assert_int_equal(transaction->changes[2].table, CHECKPOINT);
    assert_int_equal(transaction->changes[1].kind, DATA_FEED_INSERT);
    assert_null(transaction->changes[1].old);
    const struct data_field *row = transaction->changes[1].row;
    assert_true(row[ESTATE].len == 8 && data_field_i64(row[ID]) == 2 && row[VALID_TO].len == DATA_FIELD_NULL);
    assert_true(base_str_is(data_field_str(row[KIND]), "k") && row[GEOM].len > 60);

    test_sql(here.conn, "update zone set kind = 'other', name = null where id = 2");
    transaction = test_next(here.feed);
    assert_int_equal(transaction->count, 1);
    assert_int_equal(transaction->changes[0].kind, DATA_FEED_UPDATE);
    assert_null(transaction->changes[0].old);
    assert_true(base_str_is(data_field_str(transaction->changes[0].row[KIND]), "other"));
    assert_int_equal(transaction->changes[0].row[NAME].len, DATA_FIELD_NULL);

    test_sql(here.conn, "delete from zone where id = 1");
    transaction = test_next(here.feed);
    assert_int_equal(transaction->changes[0].kind, DATA_FEED_DELETE);
    assert_true(data_field_i64(transaction->changes[0].row[ID]) == 1);

    test_sql(here.conn, "truncate zone, landuse, checkpoint");
    transaction = test_next(here.feed);
    assert_int_equal(transaction->count, 2);
    assert_int_equal(transaction->changes[0].kind, DATA_FEED_TRUNCATE);
    assert_true(transaction->changes[0].table != transaction->changes[1].table);
    assert_null(transaction->changes[0].row);
    end(&here);
}

static void a_key_that_changes(void **state)
{
    (void)state;
    struct here here = begin();
    test_sql(here.conn, ZONES "(1, 1) g");
    test_next(here.feed);
    test_sql(here.conn, "update zone set id = 7, name = 'moved'");
    const struct data_feed_change *change = &test_next(here.feed)->changes[0];
    assert_int_equal(change->kind, DATA_FEED_UPDATE);
    assert_non_null(change->old);
    assert_true(data_field_i64(change->old[ID]) == 1 && data_field_i64(change->row[ID]) == 7);
    test_sql(here.conn, WHOLE_ROWS "update zone set name = 'again'");
    change = &test_next(here.feed)->changes[0]; /* the whole old row comes, but the key is what it was */
    assert_null(change->old);
    assert_true(base_str_is(data_field_str(change->row[NAME]), "again"));
    test_sql(here.conn, "delete from zone");
    change = &test_next(here.feed)->changes[0];
    assert_true(change->kind == DATA_FEED_DELETE && data_field_i64(change->row[ID]) == 7);
    end(&here);
}

static void large_values_left_as_they_were(void **state)
{
    (void)state;
    struct here here = begin();
    test_sql(here.conn, "alter table zone alter column geom set storage external");
    test_sql(here.conn, ZONES "(1, 1) g");
    test_sql(here.conn, "update zone set geom = st_multi(st_buffer(st_setsrid(st_point(116, 40), 4326), 0.01, 200))");
    test_next(here.feed);
    assert_true(test_next(here.feed)->changes[0].row[GEOM].len > 8000);
    test_sql(here.conn, "update zone set name = 'x'");
    const struct data_field *row = test_next(here.feed)->changes[0].row;
    assert_int_equal(row[GEOM].len, DATA_FIELD_UNCHANGED);
    assert_null(row[GEOM].at);
    assert_true(base_str_is(data_field_str(row[NAME]), "x"));
    test_sql(here.conn, WHOLE_ROWS "update zone set name = 'y'");
    assert_true(test_next(here.feed)->changes[0].row[GEOM].len > 8000); /* the old row has it */
    end(&here);
}

static void what_was_rolled_back_is_not_told(void **state)
{
    (void)state;
    struct here here = begin();
    test_sql(here.conn, "begin; " ZONES "(1, 100) g; rollback");
    test_sql(here.conn, "insert into organisation (kind, code, name) values ('k', 'c', 'n')"); /* nothing of ours */
    test_sql(here.conn,
             "begin; " ZONES "(1, 1) g; savepoint s; " ZONES "(2, 50) g; rollback to s; " ZONES "(60, 60) g; commit");
    const struct data_feed_transaction *transaction = test_next(here.feed);
    assert_int_equal(transaction->count, 2);
    assert_int_equal(name_of(transaction->changes[1].row), 60);
    const struct data_feed_transaction *more = NULL;
    test_ok(data_feed_next(here.feed, 100, &test_diag, &more));
    assert_null(more);
    end(&here);
}

/* What touches none of our tables moves us on all the same: the server may forget it. */
static bool is_level(void *of)
{
    struct here *here = of;
    const struct data_feed_transaction *none = NULL;
    test_ok(data_feed_next(here->feed, 10, &test_diag, &none));
    assert_null(none);
    char sql[256];
    snprintf(sql, sizeof sql,
             "select confirmed_flush_lsn > '%X/%X' from pg_replication_slots where database = current_database()",
             (unsigned)(data_feed_snapshot_lsn(here->feed) >> 32), (unsigned)data_feed_snapshot_lsn(here->feed));
    return strcmp(test_value(here->conn, sql), "t") == 0;
}

static void others_are_passed_over(void **state)
{
    (void)state;
    struct here here = begin();
    test_sql(here.conn, "insert into landuse (dataset, key, geom) select 'd', g, "
                        "st_multi(st_makeenvelope(116, 40, 116.001, 40.001, 4326)) from generate_series(1, 1000) g");
    assert_true(fixture_poll(is_level, &here, 40000000));
    struct data_feed_status status = data_feed_status(here.feed);
    assert_true(status.lsn > data_feed_snapshot_lsn(here.feed) && status.server_lsn >= status.lsn);
    assert_true(base_clock_mono_us() - status.heard_us < 40000000);
    end(&here);
}

/* --- cut off --- */
static bool slots_gone(void *of)
{
    return strcmp(test_value(of, "select count(*) from pg_replication_slots where database = current_database()"),
                  "0") == 0;
}

static void cut_in_the_middle(void **state)
{
    (void)state;
    struct here here = begin();
    test_sql(here.conn, "alter table zone drop constraint zone_estate_id_fkey");
    test_sql(here.conn, ZONES "(1, 100000) g");
    const struct data_feed_transaction *transaction = NULL;
    for (int i = 0; i < 20000 && !transaction && here.feed->decoder.changes.len == 0; i++) {
        test_ok(data_feed_next(here.feed, 0, &test_diag, &transaction));
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    assert_true(here.feed->decoder.open && !transaction);
    test_cut(here.conn);
    enum base_err err;
    while (!(err = data_feed_next(here.feed, PATIENCE_MS, &test_diag, &transaction)) && !transaction) {
    }
    assert_int_equal(err, BASE_DATABASE_AWAY);
    assert_null(transaction);
    /* Acknowledged at most up to where the transaction's commit begins: the server sends all of it again. */
    assert_true(data_feed_status(here.feed).lsn <= here.feed->decoder.final_lsn);
    test_expect(data_feed_next(here.feed, 0, &test_diag, &transaction), BASE_DATABASE_AWAY, "open another");
    end(&here);
}

static void a_vanished_slot(void **state)
{
    (void)state;
    struct here here = begin();
    test_cut(here.conn);
    assert_true(fixture_poll(slots_gone, here.conn, 20000000));
    const struct data_feed_transaction *transaction = NULL;
    assert_int_equal(data_feed_next(here.feed, PATIENCE_MS, &test_diag, &transaction), BASE_DATABASE_AWAY);
    data_feed_free(here.feed);
    here.feed = test_feed(here.database, tables, BASE_COUNT(tables));
    assert_string_equal(test_value(here.conn, "select count(*) from pg_replication_slots where temporary and "
                                              "active and database = current_database()"),
                        "1");
    data_feed_free(here.feed);
    here.feed = NULL;
    assert_true(fixture_poll(slots_gone, here.conn, 20000000)); /* nothing is left behind */
    end(&here);
}

static void cut_while_loading(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = test_conn_to(database);
    AUTO(data_feed) feed = test_feed(database, tables, BASE_COUNT(tables));
    test_sql(conn, "select pg_terminate_backend(pid, 20000) from pg_stat_activity where application_name = 'test feed' "
                   "and backend_type = 'client backend' and datname = current_database()");
    assert_int_equal(data_feed_load(feed, ZONE, test_visit_none, NULL, &test_diag), BASE_DATABASE_AWAY);
    test_expect(data_feed_loaded(feed, &test_diag), BASE_DATABASE_AWAY, "open another");
}

/* --- limits and interruptions --- */
static void a_transaction_over_the_limit(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = test_conn_to(database);
    AUTO(data_feed) feed = NULL;
    test_ok(data_feed_open(&(struct data_feed_config){.conninfo = database,
                                                      .name = "test feed",
                                                      .tables = tables,
                                                      .count = BASE_COUNT(tables),
                                                      .transaction_max = 1 << 20},
                           &test_diag, &feed));
    test_ok(data_feed_loaded(feed, &test_diag));
    test_sql(conn, ZONES "(1, 1000) g"); /* together more than the limit, each of them less */
    test_sql(conn, ZONES "(1001, 2000) g");
    test_sql(conn, ZONES "(2001, 3000) g");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(test_next(feed)->count, 1000);
    }
    test_sql(conn, ZONES "(3001, 13000) g");
    const struct data_feed_transaction *transaction = NULL;
    test_expect(data_feed_next(feed, PATIENCE_MS, &test_diag, &transaction), BASE_LIMIT, "1 MiB");
    assert_null(transaction);
}

static void *interrupt_soon(void *of)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    data_feed_interrupt(of);
    return NULL;
}

static void interrupted_while_waiting(void **state)
{
    (void)state;
    struct here here = begin();
    pthread_t thread;
    const struct data_feed_transaction *transaction = NULL;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, here.feed), 0);
    test_expect(data_feed_next(here.feed, 600000, &test_diag, &transaction), BASE_INTERRUPTED, "interrupted");
    pthread_join(thread, NULL);
    assert_int_equal(data_feed_next(here.feed, 0, &test_diag, &transaction), BASE_INTERRUPTED);
    end(&here);
}

static enum base_err interrupt_row(void *of, const struct data_field *row)
{
    (void)row;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, of), 0);
    pthread_join(thread, NULL);
    return BASE_OK;
}

static void interrupted_while_loading(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = test_conn_to(database);
    test_sql(conn, ZONES "(1, 10) g");
    AUTO(data_feed) feed = test_feed(database, tables, BASE_COUNT(tables));
    assert_int_equal(data_feed_load(feed, ZONE, interrupt_row, feed, &test_diag), BASE_INTERRUPTED);
}

static enum base_err refuse_row(void *of, const struct data_field *row)
{
    (void)of;
    (void)row;
    return BASE_CONFLICT;
}

static void a_visitor_that_refuses(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = test_conn_to(database);
    test_sql(conn, ZONES "(1, 10) g");
    AUTO(data_feed) feed = test_feed(database, tables, BASE_COUNT(tables));
    assert_int_equal(data_feed_load(feed, ZONE, refuse_row, NULL, &test_diag), BASE_CONFLICT);
    assert_int_equal(data_feed_load(feed, CHECKPOINT, test_visit_none, NULL, &test_diag), BASE_CONFLICT);
}

/* --- tables that change --- */
static void columns_come_and_go(void **state)
{
    (void)state;
    struct here here = begin();
    test_sql(here.conn, ZONES "(1, 1) g");
    test_next(here.feed);
    test_sql(here.conn,
             "alter table zone add column colour text default 'red'; alter table zone drop column attributes");
    test_sql(here.conn,
             "alter publication hutong_feed set table zone (colour, valid_to, geom, name, kind, id, estate_id), "
             "checkpoint");
    test_sql(here.conn, ZONES "(2, 2) g");
    const struct data_field *row = test_next(here.feed)->changes[0].row; /* told by name, whatever the order */
    assert_true(data_field_i64(row[ID]) == 2 && base_str_is(data_field_str(row[KIND]), "k") && row[GEOM].len > 60);
    test_sql(here.conn, "alter publication hutong_feed set table zone"); /* else the server keeps the types */
    test_sql(here.conn, "alter table zone alter column name type integer using name::integer");
    test_sql(here.conn, ZONES "(3, 3) g"); /* key and name get casts of their own */
    row = test_next(here.feed)->changes[0].row;
    assert_true(row[NAME].len == 4 && data_field_i64(row[NAME]) == 3);
    test_sql(here.conn, "alter table zone rename column kind to sort");
    test_sql(here.conn, "delete from zone where id = 1");
    const struct data_feed_transaction *transaction = NULL;
    test_expect(data_feed_next(here.feed, PATIENCE_MS, &test_diag, &transaction), BASE_DATABASE,
                "table zone: column kind");
    end(&here);
}

static void a_table_that_is_replaced(void **state)
{
    (void)state;
    struct here here = begin();
    test_sql(here.conn, CHECKPOINTS "(1, 1) g");
    test_next(here.feed);
    test_sql(here.conn, "alter table checkpoint rename to old_checkpoint");
    test_sql(here.conn, "delete from old_checkpoint");
    const struct data_feed_transaction *transaction = NULL;
    test_expect(data_feed_next(here.feed, PATIENCE_MS, &test_diag, &transaction), BASE_DATABASE_AWAY,
                "table checkpoint was renamed");
    end(&here);
}

static void a_publication_that_goes(void **state)
{
    (void)state;
    struct here here = begin();
    test_sql(here.conn, "drop publication hutong_feed");
    test_sql(here.conn, ZONES "(1, 1) g");
    const struct data_feed_transaction *transaction = NULL;
    test_expect(data_feed_next(here.feed, PATIENCE_MS, &test_diag, &transaction), BASE_DATABASE, "hutong_feed");
    end(&here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_gap_and_no_doubling),
        cmocka_unit_test(every_kind_of_change),
        cmocka_unit_test(a_key_that_changes),
        cmocka_unit_test(large_values_left_as_they_were),
        cmocka_unit_test(what_was_rolled_back_is_not_told),
        cmocka_unit_test(others_are_passed_over),
        cmocka_unit_test(cut_in_the_middle),
        cmocka_unit_test(a_vanished_slot),
        cmocka_unit_test(cut_while_loading),
        cmocka_unit_test(a_transaction_over_the_limit),
        cmocka_unit_test(interrupted_while_waiting),
        cmocka_unit_test(interrupted_while_loading),
        cmocka_unit_test(a_visitor_that_refuses),
        cmocka_unit_test(columns_come_and_go),
        cmocka_unit_test(a_table_that_is_replaced),
        cmocka_unit_test(a_publication_that_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
