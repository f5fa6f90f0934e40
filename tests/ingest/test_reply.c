/* worker_reply.c: what must be asked of devices reaches the broker, seldom enough, and waits for nobody. */
#include "fixture/fixture.h"
#include "ingest/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct base_diag diag;

struct heard {
    struct ingest_session session;
    size_t count;
    char last[64];
};

static bool hear(void *at, const struct mosquitto_message *message)
{
    struct heard *heard = at;
    heard->count++;
    snprintf(heard->last, sizeof heard->last, "%s %.*s", strrchr(message->topic, '/') + 1, message->payloadlen,
             (const char *)message->payload);
    return true;
}

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

struct world {
    struct ingest_worker worker;
    struct ingest_source source;
    struct heard heard;
};

static bool turn(struct world *world)
{
    ingest_worker_reply_keep(&world->worker);
    ingest_session_misc(&world->heard.session);
    ingest_session_write(&world->heard.session);
    ingest_session_read(&world->heard.session, base_clock_mono_us());
    nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
    return true;
}

static void until_heard(struct world *world, size_t count)
{
    int64_t end = base_clock_mono_us() + INT64_C(20000000);
    while (world->heard.count < count && base_clock_mono_us() < end && turn(world)) {
    }
    assert_int_equal(world->heard.count, count);
}

static void ask(struct world *world, const char *topic, const char *payload)
{
    struct ingest_batch *batch = &world->source.batch;
    batch->reply_count = 1;
    batch->replies[0] = (struct ingest_reply){base_str_of(topic), base_str_of(payload)};
    ingest_worker_reply_take(&world->worker, &world->source);
}

static void a_device_is_asked_but_not_again_at_once(void **state)
{
    (void)state;
    struct world *world = calloc(1, sizeof *world);
    char filter[100], one[100], two[100];
    const char *root = fixture_unique();
    snprintf(filter, sizeof filter, "%s/#", root);
    snprintf(one, sizeof one, "%s/one", root);
    snprintf(two, sizeof two, "%s/two", root);
    ok(ingest_broker_parse(fixture_broker(), &diag, &world->worker.broker));
    mosquitto_lib_init();
    world->source.name = (char[]){"nodes"};
    ingest_worker_reply_keep(&world->worker); /* nobody was asked: nothing happens */
    assert_null(world->worker.replies);
    ok(ingest_session_open(&world->heard.session,
                           &(struct ingest_session_options){.broker = &world->worker.broker,
                                                            .client_id = fixture_unique(),
                                                            .topics = filter,
                                                            .held = "",
                                                            .fleeting = true,
                                                            .message = hear,
                                                            .at = &world->heard},
                           &diag));
    while (!ingest_session_settled(&world->heard.session)) {
        turn(world);
    }
    ask(world, one, "rebirth");
    ask(world, one, "rebirth");
    until_heard(world, 1);
    assert_string_equal(world->heard.last, "one rebirth");
    ask(world, one, "rebirth");
    ask(world, two, "");
    until_heard(world, 2); /* in order: had "one" been asked again, it would have come before */
    assert_string_equal(world->heard.last, "two ");
    ingest_session_close(&world->heard.session);
    ingest_worker_reply_end(&world->worker);
    assert_null(world->worker.replies);
    mosquitto_lib_cleanup();
    free(world);
}

static void a_broker_that_is_away_holds_up_nobody(void **state)
{
    (void)state;
    struct world *world = calloc(1, sizeof *world);
    ok(ingest_broker_parse("mqtt://127.0.0.1:1", &diag, &world->worker.broker));
    mosquitto_lib_init();
    world->source.name = (char[]){"nodes"};
    for (int i = 0; i < 100; i++) {
        char topic[20];
        snprintf(topic, sizeof topic, "n/%d", i);
        ask(world, topic, "rebirth");
        ingest_worker_reply_keep(&world->worker);
    }
    ingest_worker_reply_end(&world->worker);
    mosquitto_lib_cleanup();
    free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_asked_but_not_again_at_once),
        cmocka_unit_test(a_broker_that_is_away_holds_up_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
