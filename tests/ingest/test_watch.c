/* $SYS messages: numbers are taken as they are meant, and nothing else is taken at all. */
#include "ingest/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void take(struct ingest_watch_state *state, const char *topic, const char *payload)
{
    ingest_watch_read(state, base_str_of(topic), base_str_of(payload));
}

static void mosquitto_is_read(void **state)
{
    (void)state;
    struct ingest_watch watch;
    ingest_watch_start(&watch, "test");
    struct ingest_watch_state *seen = &watch.state;
    assert_false(seen->known);
    take(seen, "$SYS/broker/uptime", "4711 seconds");
    take(seen, "$SYS/broker/publish/messages/dropped", "12");
    take(seen, "$SYS/broker/store/messages/count", "34");
    take(seen, "$SYS/broker/clients/disconnected", "5");
    take(seen, "$SYS/broker/version", "mosquitto version 2.0.11");
    assert_true(seen->sys && seen->known);
    assert_int_equal(seen->uptime_s, 4711);
    assert_int_equal(seen->dropped, 12);
    assert_int_equal(seen->stored, 34);
    assert_int_equal(seen->disconnected, 5);
    assert_string_equal(seen->version, "mosquitto version 2.0.11");
    assert_string_equal(watch.client, "hutong-watch-test");
}

static void other_things_are_left(void **state)
{
    (void)state;
    struct ingest_watch watch;
    char long_text[300];
    ingest_watch_start(&watch, "test");
    struct ingest_watch_state *seen = &watch.state;
    take(seen, "$SYS/broker/uptime", "");
    take(seen, "$SYS/broker/uptime", "soon");
    take(seen, "$SYS/broker/publish/messages/dropped", "-3");
    take(seen, "$SYS/broker/publish/messages/dropped", "99999999999999999999");
    take(seen, "$SYS/broker/publish/messages/dropped", "1.5");
    take(seen, "$SYS/broker/load", "7");
    take(seen, "$SYS/broker/version", "\xff\xfe");
    assert_false(seen->sys || seen->known);
    assert_int_equal(seen->uptime_s, -1);
    assert_int_equal(seen->dropped, -1);
    assert_string_equal(seen->version, "");
    memset(long_text, 'v', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    take(seen, "$SYS/broker/version", long_text);
    assert_int_equal(strlen(seen->version), sizeof seen->version - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mosquitto_is_read), cmocka_unit_test(other_things_are_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
