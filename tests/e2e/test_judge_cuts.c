/* Half a night in which tracker, broker and database are away for an hour each (cuts.day), the servers really so, with
 * the backlog arriving afterwards. Every affected window is as the hand-made table says - met where proven without the
 * blind time, missed where nothing could have saved it, unknown else -, and none outside is touched.
 *
 * What the worker writes down about a broker that was away bears the clock of the day on which the test runs, so the
 * table's outage is a line of the day's file; that workers write it is tests/ingest/test_outage.c's. */
#include "day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void three_cuts(void **state)
{
    (void)state;
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH);
    struct day *day =
        day_new("cuts", fixture_server_database(server), fixture_server_broker(server), fixture_scratch());
    day_say(day, 1, NULL, "22:00");
    fixture_server_stop(server, FIXTURE_BROKER);
    fixture_server_start(server, FIXTURE_BROKER);
    fixture_server_stop(server, FIXTURE_POSTGRES);
    day_say(day, 1, "22:00", "00:00");
    day_say(day, 2, "22:00", "00:00"); /* what P2's phone had kept */
    fixture_server_start(server, FIXTURE_POSTGRES);
    day_say(day, 1, "00:00", NULL);
    day_judge(day);
    const char *differences = day_differences(day, 1);
    if (*differences) {
        fail_msg("verdicts that are not as expected:\n%s", differences);
    }
    day_free(day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(three_cuts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
