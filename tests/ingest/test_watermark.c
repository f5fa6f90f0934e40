/* The moment until which a source is read is never put too late: by what came since a barrier, and by what may have
 * kept the broker from sending. */
#include "ingest/watermark.h"

#include <mqtt_protocol.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* An open session of that protocol with everything subscribed. */
static struct ingest_session session_of(int protocol)
{
    return (struct ingest_session){
        .state = INGEST_SESSION_UP, .protocol = protocol, .up_us = base_clock_mono_us() - 5000000};
}

/* As if a barrier had been sent behind the acknowledgements of all that came until now. */
static struct ingest_watermark marked(struct ingest_session *session, int64_t at_us)
{
    session->barriers_sent++;
    return (struct ingest_watermark){
        .marked_us = at_us, .barrier = session->barriers_sent, .delivered = session->delivered, .unanswered = 500};
}

static void an_answered_barrier_tells(void **state)
{
    (void)state;
    struct ingest_session session = session_of(MQTT_PROTOCOL_V5);
    struct ingest_watermark watermark = marked(&session, 1000);
    ingest_watermark_look(&watermark, &session, 0, base_clock_mono_us());
    assert_int_equal(watermark.dry_us, 0); /* not answered yet */
    session.delivered += 100;
    session.barriers_answered++;
    ingest_watermark_look(&watermark, &session, 100, 0);
    assert_int_equal(watermark.dry_us, 1000);
    assert_int_equal(watermark.marked_us, 0);
}

static void a_full_window_tells_nothing(void **state)
{
    (void)state;
    struct ingest_session session = session_of(MQTT_PROTOCOL_V5);
    struct ingest_watermark watermark = marked(&session, 1000);
    session.delivered += 500; /* as many as were ever unacknowledged: more may wait */
    session.barriers_answered++;
    ingest_watermark_look(&watermark, &session, 500, 0);
    assert_int_equal(watermark.dry_us, 0);
    watermark = marked(&session, 2000);
    watermark.unanswered = INT64_C(1) << 20;
    session.delivered += INGEST_SESSION_WINDOW;
    session.barriers_answered++;
    ingest_watermark_look(&watermark, &session, 0, 0);
    assert_int_equal(watermark.dry_us, 0);
}

static void the_first_batch_of_a_connection_tells_nothing(void **state)
{
    (void)state;
    struct ingest_session session = session_of(MQTT_PROTOCOL_V5);
    struct ingest_watermark watermark = marked(&session, 1000);
    watermark.unanswered = 0;
    session.delivered += 20; /* the window may be 20 */
    session.barriers_answered++;
    ingest_watermark_look(&watermark, &session, 20, 0);
    assert_int_equal(watermark.dry_us, 0);
    assert_int_equal(watermark.unanswered, 20);
}

static void it_never_goes_back_and_outlives_the_connection(void **state)
{
    (void)state;
    struct ingest_session session = session_of(MQTT_PROTOCOL_V5);
    struct ingest_watermark watermark = marked(&session, 1000);
    watermark.dry_us = 3000;
    session.barriers_answered++;
    ingest_watermark_look(&watermark, &session, 0, 0);
    assert_int_equal(watermark.dry_us, 3000);
    watermark.marked_us = 9000;
    ingest_watermark_connected(&watermark);
    assert_int_equal(watermark.dry_us, 3000);
    assert_int_equal(watermark.marked_us, 0);
}

static void an_open_subscription_tells_nothing(void **state)
{
    (void)state;
    struct ingest_session session = session_of(MQTT_PROTOCOL_V5);
    struct ingest_watermark watermark = marked(&session, 1000);
    session.barriers_answered++;
    session.unanswered = 1;
    ingest_watermark_look(&watermark, &session, 0, 0);
    assert_int_equal(watermark.dry_us, 0);
}

static void with_3_1_1_an_empty_socket_counts(void **state)
{
    (void)state;
    struct ingest_session session = session_of(MQTT_PROTOCOL_V311);
    struct ingest_watermark watermark = {.unanswered = 500};
    int64_t now = base_clock_mono_us();
    ingest_watermark_look(&watermark, &session, 100, 0); /* there was more to read */
    assert_int_equal(watermark.dry_us, 0);
    ingest_watermark_look(&watermark, &session, 100, now); /* not for long enough */
    assert_int_equal(watermark.dry_us, 0);
    ingest_watermark_look(&watermark, &session, 500, now - 10000); /* it may wait for acknowledgements */
    assert_int_equal(watermark.dry_us, 0);
    ingest_watermark_look(&watermark, &session, 100, now - 10000);
    assert_int_equal(watermark.dry_us, now - 10000);
    ingest_watermark_look(&watermark, &session, 0, now);
    assert_int_equal(watermark.dry_us, now);
    session.up_us = base_clock_mono_us(); /* it has come back a moment ago */
    ingest_watermark_look(&watermark, &session, 0, now + 1000);
    assert_int_equal(watermark.dry_us, now);
}

static void without_a_clock_there_is_no_time(void **state)
{
    (void)state;
    struct ingest_watermark watermark = {.dry_us = 7};
    assert_int_equal(ingest_watermark_dry(&watermark, 0).type, DATA_ARG_NULL);
    assert_int_equal(ingest_watermark_dry(&watermark, 100).i64, 107);
    watermark.dry_us = 0;
    assert_int_equal(ingest_watermark_dry(&watermark, 100).type, DATA_ARG_NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answered_barrier_tells),
        cmocka_unit_test(a_full_window_tells_nothing),
        cmocka_unit_test(the_first_batch_of_a_connection_tells_nothing),
        cmocka_unit_test(it_never_goes_back_and_outlives_the_connection),
        cmocka_unit_test(an_open_subscription_tells_nothing),
        cmocka_unit_test(with_3_1_1_an_empty_socket_counts),
        cmocka_unit_test(without_a_clock_there_is_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
