/* data/feed_open.c: why a feed does not begin, and what the message says to do. */
#include "cli/cli.h"
#include "data/embedded.h"
#include "feed_test.h"

#include <pthread.h>

static const char *const zone_columns[] = {"estate_id", "id", "name"};
static const struct data_feed_table zones[] = {{"zone", zone_columns, 3, 2, NULL}};
static const char *const odd_columns[] = {"estate_id", "id", "attributes"};
static const struct data_feed_table odd[] = {{"zone", odd_columns, 3, 2, NULL}};
enum { PATIENCE_US = 20000000, SOON_US = 1000000 };

static void refused(const char *conninfo, const struct data_feed_table *tables, enum base_err expected,
                    const char *words)
{
    struct data_feed *feed = NULL;
    const struct data_feed_config config = {.conninfo = conninfo, .name = "test feed", .tables = tables, .count = 1};
    test_expect(data_feed_open(&config, &test_diag, &feed), expected, words);
    assert_null(feed);
}

static void what_is_not_published(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = test_conn_to(database);
    refused(database, odd, BASE_DATABASE, "table zone: column attributes is not in the publication");
    test_sql(conn, "alter publication hutong_feed set (publish = 'insert')");
    refused(database, zones, BASE_DATABASE, "leaves changes out");
    test_sql(conn, "alter publication hutong_feed set (publish = 'insert, update, delete, truncate')");
    test_sql(conn, "alter publication hutong_feed set table zone where (id > 5)");
    refused(database, zones, BASE_DATABASE, "table zone: column estate_id");
    test_sql(conn, "drop publication hutong_feed");
    refused(database, zones, BASE_DATABASE, "hutong migrate");
    refused("host=127.0.0.1 port=1 dbname=none", zones, BASE_DATABASE_AWAY, "cannot connect");
}

static void no_right_to_replicate(void **state)
{
    (void)state;
    const char *database = fixture_database();
    const char *role = fixture_unique();
    AUTO(data_conn) conn = test_conn_to(database);
    char sql[256];
    char words[256];
    snprintf(sql, sizeof sql, "create role %s login password 'x'", role);
    test_sql(conn, sql);
    char *plain = NULL;
    assert_true(asprintf(&plain, "%s user=%s password=x", database, role) > 0);
    snprintf(words, sizeof words, "alter role \"%s\" replication", role);
    refused(plain, zones, BASE_DATABASE, words);
    free(plain);
    snprintf(sql, sizeof sql, "drop role %s", role);
    test_sql(conn, sql);
}

static const char *step(const char *name)
{
    const struct data_embedded *found = data_embedded_migrations;
    while (found->name && strcmp(found->name, name) != 0) {
        found++;
    }
    assert_non_null(found->name);
    return found->sql;
}

/* The migration by a role that may not publish says what is missing. */
static void no_right_to_publish(void **state)
{
    (void)state;
    const char *database = fixture_database();
    const char *role = fixture_unique();
    AUTO(data_conn) conn = test_conn_to(database);
    char sql[256];
    snprintf(sql, sizeof sql, "create role %s login password 'x'; grant usage on schema hutong to %s", role, role);
    test_sql(conn, sql);
    test_sql(conn, "drop publication hutong_feed");
    char *plain = NULL;
    assert_true(asprintf(&plain, "%s user=%s password=x", database, role) > 0);
    struct data_conn *other = test_conn_to(plain);
    test_expect(data_conn_command(other, "test", step("0019_feed"), &test_diag), BASE_DATABASE,
                "grant create on database");
    data_conn_free(other);
    free(plain);
    snprintf(sql, sizeof sql, "revoke usage on schema hutong from %s; drop role %s", role, role);
    test_sql(conn, sql);
    test_sql(conn, step("0019_feed")); /* the owner may */
    AUTO(data_feed) feed = test_feed(database, zones, 1);
}

/* --- open transactions --- */
static bool slots_gone(void *of)
{
    return strcmp(test_value(of, "select count(*) from pg_replication_slots where database = current_database()"),
                  "0") == 0;
}

static void others_transactions_are_named(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = test_conn_to(database);
    AUTO(data_conn) writer = test_conn_to(database);
    struct data_feed *feed = NULL;
    const struct data_feed_config config = {.conninfo = database, .name = "test feed", .tables = zones, .count = 1};
    test_sql(writer, "begin; update place_version set version = version + 1");
    test_expect(data_feed_open_within(&config, SOON_US, &test_diag, &feed), BASE_TIMEOUT,
                "waits for open transactions");
    assert_non_null(strstr(test_diag.text, "pg_terminate_backend("));
    assert_true(fixture_poll(slots_gone, conn, PATIENCE_US)); /* the server has stopped waiting too */
    test_sql(writer, "commit");
    AUTO(data_feed) later = test_feed(database, zones, 1);
}

static void *stop_soon(void *of)
{
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    atomic_store((atomic_bool *)of, true);
    return NULL;
}

static void stopped_while_opening(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = test_conn_to(database);
    AUTO(data_conn) writer = test_conn_to(database);
    atomic_bool stop = false;
    struct data_feed *feed = NULL;
    const struct data_feed_config config = {
        .conninfo = database, .name = "test feed", .tables = zones, .count = 1, .stop = &stop};
    test_sql(writer, "begin; update place_version set version = version + 1");
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
    assert_int_equal(data_feed_open_within(&config, 10 * PATIENCE_US, &test_diag, &feed), BASE_INTERRUPTED);
    pthread_join(thread, NULL);
    assert_true(fixture_poll(slots_gone, conn, PATIENCE_US));
}

/* --- a server that is not set up for it --- */
static void start_with(struct cli_server_postgres *postgres, const struct cli_user *user, const char *var,
                       const char *settings)
{
    char path[512];
    snprintf(path, sizeof path, "%s/postgres/postgresql.auto.conf", var);
    test_ok(cli_user_write(user, path, settings, strlen(settings), &test_diag));
    test_ok(cli_server_postgres_start(postgres, &test_diag));
}

static void migrate(const char *database)
{
    AUTO(data_conn) conn = test_conn_to(database);
    test_ok(data_migrate(conn, &test_diag, NULL));
}

static void *stop_server(void *of)
{
    cli_server_postgres_stop(of);
    return NULL;
}

static void settings_of_the_server(void **state)
{
    (void)state;
    struct cli_user user;
    struct cli_server_postgres *postgres = NULL;
    char var[256];
    snprintf(var, sizeof var, "%s/server", fixture_scratch());
    test_ok(cli_user_find(&test_diag, &user));
    test_ok(base_file_mkdirs(var, 0711, &test_diag));
    test_ok(cli_server_postgres_new(&(struct cli_server){.var = var, .user = &user}, &test_diag, &postgres));
    start_with(postgres, &user, var, "wal_level = replica\n");
    const char *database = cli_server_postgres_database(postgres);
    migrate(database);
    refused(database, zones, BASE_DATABASE, "set wal_level = logical");
    cli_server_postgres_stop(postgres);
    start_with(postgres, &user, var, "max_replication_slots = 1\n");
    struct data_feed *feed = test_feed(database, zones, 1);
    refused(database, zones, BASE_DATABASE, "raise max_replication_slots");
    data_feed_free(feed);
    cli_server_postgres_stop(postgres);
    start_with(postgres, &user, var, "max_wal_senders = 1\n");
    feed = test_feed(database, zones, 1);
    refused(database, zones, BASE_DATABASE, "raise max_wal_senders");
    pthread_t thread; /* a server that stops waits until the feed has heard everything, and the feed says so */
    assert_int_equal(pthread_create(&thread, NULL, stop_server, postgres), 0);
    const struct data_feed_transaction *transaction = NULL;
    assert_int_equal(data_feed_next(feed, 3 * PATIENCE_MS, &test_diag, &transaction), BASE_DATABASE_AWAY);
    pthread_join(thread, NULL);
    data_feed_free(feed);
    cli_server_postgres_free(postgres);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_published), cmocka_unit_test(no_right_to_replicate),
        cmocka_unit_test(no_right_to_publish),   cmocka_unit_test(others_transactions_are_named),
        cmocka_unit_test(stopped_while_opening), cmocka_unit_test(settings_of_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
