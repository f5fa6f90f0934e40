/* The private servers: what the broker lets whom do, crash and come back, what is missing is named. */
#include "cli/cli.h"
#include "data/data.h"
#include "fixture/fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_answers(const char *database)
{
    struct base_diag diag = {.text = ""};
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    if (data_conn_open(database, "test", &diag, &conn) ||
        data_run(conn, DATA_SOURCE_LIST, DATA_NO_ARGS, &diag, &rows)) {
        fail_msg("%s", diag.text);
    }
}

static void test_killed_and_back(void **state)
{
    (void)state;
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH);
    for (int round = 0; round < 3; round++) {
        pid_t before = fixture_server_pid(server, FIXTURE_POSTGRES);
        fixture_server_kill(server, FIXTURE_BOTH);
        fixture_server_start(server, FIXTURE_BOTH);
        assert_int_not_equal(fixture_server_pid(server, FIXTURE_POSTGRES), before);
        expect_answers(fixture_server_database(server));
    }
    fixture_server_stop(server, FIXTURE_BOTH);
    assert_int_equal(fixture_server_pid(server, FIXTURE_POSTGRES), 0);
}

static void test_fresh_databases(void **state)
{
    (void)state;
    const char *first = fixture_database();
    const char *second = fixture_database();
    assert_string_not_equal(first, second);
    expect_answers(first);
    expect_answers(second);
}

static void expect_missing(const char *variable, const char *package)
{
    struct base_diag diag = {.text = ""};
    struct cli_user user;
    struct cli_server_postgres *postgres = NULL;
    struct cli_server_broker *broker = NULL;
    const char *var = fixture_scratch();
    assert_int_equal(cli_user_find(&diag, &user), BASE_OK);
    const struct cli_server server = {.var = var, .user = &user};
    assert_int_equal(setenv(variable, var, 1), 0); /* a directory without programs */
    enum base_err err = strcmp(variable, "HUTONG_PG_BIN") == 0 ? cli_server_postgres_new(&server, &diag, &postgres)
                                                               : cli_server_broker_new(&server, &diag, &broker);
    unsetenv(variable);
    assert_int_equal(err, BASE_NOT_FOUND);
    assert_non_null(strstr(diag.text, package));
    assert_null(postgres);
    assert_null(broker);
}

static void test_missing_programs(void **state)
{
    (void)state;
    expect_missing("HUTONG_PG_BIN", "postgresql-15");
    expect_missing("HUTONG_MOSQUITTO_BIN", "package mosquitto");
}

/* mosquitto_sub gets what mosquitto_pub sends, as these users? */
static bool passes(const struct cli_server_broker *broker, enum cli_broker_user writer, enum cli_broker_user reader,
                   const char *topic)
{
    struct base_diag diag = {.text = ""};
    AUTO_VALUE(base_buf) output;
    base_buf_init(&output, 65536);
    char script[2048];
    snprintf(script, sizeof script,
             "out=$(mktemp) && { mosquitto_sub -L '%s/%s' -q 1 -C 1 -W 3 >$out & } && sub=$! && "
             "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do "
             "  mosquitto_pub -L '%s/%s' -q 1 -m hello 2>/dev/null; "
             "  kill -0 $sub 2>/dev/null || break; sleep 0.2; done; "
             "wait $sub; cat $out; rm -f $out",
             cli_server_broker_url(broker, reader), topic, cli_server_broker_url(broker, writer), topic);
    if (cli_process_run(&(struct cli_process){.argv = (const char *const[]){"/bin/sh", "-c", script, NULL},
                                              .death_signal = SIGKILL},
                        &diag, &output)) {
        fail_msg("%s", diag.text);
    }
    return strstr(base_buf_cstr(&output), "hello") != NULL;
}

static void test_topics(void **state)
{
    (void)state;
    char *tool = cli_process_find(NULL, "mosquitto_pub");
    free(tool);
    if (!tool) {
        fprintf(stderr, "SKIP: mosquitto_pub is not installed\n");
        skip();
    }
    struct base_diag diag = {.text = ""};
    struct cli_user user;
    AUTO(cli_server_broker) broker = NULL;
    assert_int_equal(cli_user_find(&diag, &user), BASE_OK);
    const struct cli_server server = {.var = fixture_scratch(), .user = &user};
    if (cli_server_broker_new(&server, &diag, &broker) || cli_server_broker_start(broker, &diag)) {
        fail_msg("%s", diag.text);
    }
    assert_true(passes(broker, CLI_BROKER_DEVICE, CLI_BROKER_INGEST, "owntracks/demo/g1"));
    assert_true(passes(broker, CLI_BROKER_PHONE, CLI_BROKER_INGEST, "owntracks/phone/p1"));
    /* A phone writes nobody else's position, and sees nobody's. */
    assert_false(passes(broker, CLI_BROKER_PHONE, CLI_BROKER_INGEST, "owntracks/demo/g1"));
    assert_false(passes(broker, CLI_BROKER_DEVICE, CLI_BROKER_PHONE, "owntracks/demo/g1"));
    assert_false(passes(broker, CLI_BROKER_INGEST, CLI_BROKER_HUTONG, "owntracks/demo/g1"));
    /* A check-in comes through the API and on no other way, and nothing else does. */
    assert_true(passes(broker, CLI_BROKER_SERVE, CLI_BROKER_INGEST, "hutong/checkins/1"));
    assert_false(passes(broker, CLI_BROKER_DEVICE, CLI_BROKER_INGEST, "hutong/checkins/1"));
    assert_false(passes(broker, CLI_BROKER_SERVE, CLI_BROKER_INGEST, "owntracks/demo/g1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_and_back),
        cmocka_unit_test(test_fresh_databases),
        cmocka_unit_test(test_missing_programs),
        cmocka_unit_test(test_topics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
