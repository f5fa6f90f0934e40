/* A worker takes mapping files from its folder, reads them again on SIGHUP, and keeps what it has when they are wrong.
 */
#include "fixture/ingest_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE INT64_C(20000000)

static const char right[] =
    "{\"map\":\"bins\",\"version\":1,\"topic\":\"+/bin/{id}\",\"emit\":[{\"kind\":\"measurement\","
    "\"device\":\"topic:id\",\"measure\":[{\"name\":\"distance\",\"from\":\"/mm\",\"unit\":\"mm\"}]}]}";

struct world {
    const char *database, *root, *var;
    char log[300];
    struct ingest_publisher *publisher;
};

static struct base_diag diag;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

static void send_bin(const struct world *world, int number)
{
    char topic[200], payload[64];
    snprintf(topic, sizeof topic, "%s/bin/7", world->root);
    snprintf(payload, sizeof payload, "{\"mm\":%d}", number);
    ok(ingest_publisher_send(world->publisher, topic, payload, strlen(payload), 1, false, &diag));
    ok(ingest_publisher_wait(world->publisher, 10000, &diag));
}

static void write_mapping(const struct world *world, const char *text)
{
    char path[400];
    snprintf(path, sizeof path, "%s/mapping", world->var);
    ok(base_file_mkdirs(path, 0700, &diag));
    snprintf(path, sizeof path, "%s/mapping/bins.json", world->var);
    ok(base_file_write(path, 0600, text, strlen(text), &diag));
}

static bool logged(const struct world *world, const char *words)
{
    for (int i = 0; i < 200; i++) {
        AUTO_VALUE(base_buf) text;
        base_buf_init(&text, 4 << 20);
        if (base_file_read(world->log, 2 << 20, &diag, &text) == BASE_OK && strstr(base_buf_cstr(&text), words)) {
            return true;
        }
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL); /* polled up to ten seconds */
    }
    return false;
}

static void a_folder_is_read_again_when_told_to(void **state)
{
    (void)state;
    struct world world = {.database = fixture_database(), .root = fixture_unique(), .var = fixture_scratch()};
    char topic[200];
    int number = 0;
    snprintf(topic, sizeof topic, "%s/#", world.root);
    snprintf(world.log, sizeof world.log, "%s/mapping.log", world.var);
    kit_source(world.database, "bins", topic, false);
    PGconn *pg = kit_connect(world.database);
    kit_value(pg, "update source set format = 'bins', subject_type = null");
    ok(ingest_publisher_new(fixture_broker(), fixture_unique(), &diag, &world.publisher));
    const struct kit_worker worker = {
        .database = world.database, .broker = fixture_broker(), .var = world.var, .log = world.log};
    pid_t pid = kit_worker_start(&worker);
    for (int64_t seen = 0; seen != 1 && number < 100;) { /* nobody knows the format yet */
        send_bin(&world, ++number);
        seen = kit_until(world.database, "select least(dead, 1) from hutong.source_stat", 1, INT64_C(200000));
    }
    assert_string_equal(kit_value(pg, "select distinct reason from dead_letter"), "unknown format");
    write_mapping(&world, right);
    kill(pid, SIGHUP);
    assert_true(logged(&world, "mappings reloaded"));
    for (int64_t seen = 0; seen != 1 && number < 200;) { /* its source is listed again within a moment */
        send_bin(&world, ++number);
        seen = kit_until(world.database, "select least(stored, 1) from hutong.source_stat", 1, INT64_C(200000));
    }
    write_mapping(&world, "{\"map\":\"bins\",\n\"topics\":1}");
    kill(pid, SIGHUP);
    assert_true(logged(&world, "bins.json line 2 /topics: no such member"));
    send_bin(&world, 4000); /* those of before may still be on their way */
    assert_int_equal(kit_until(world.database,
                               "select count(*) from hutong.event where measures -> 'distance' ->> 'value' = '4'", 1,
                               PATIENCE),
                     1);
    assert_int_equal(kit_worker_end(pid, SIGTERM), 0);
    ingest_publisher_free(world.publisher);
    PQfinish(pg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_folder_is_read_again_when_told_to)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
