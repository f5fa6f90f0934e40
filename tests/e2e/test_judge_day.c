/* A night made by hand with known answers (night.day): every verdict as expected, with the six traps - a late fix,
 * duplicates, an outage, a GPS jump, a wrong tag, a boundary second - through a real broker, real workers and judge. */
#include "day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void same(struct day *day, int phase)
{
    const char *differences = day_differences(day, phase);
    if (*differences) {
        fail_msg("verdicts that are not as expected:\n%s", differences);
    }
}

static void a_night_with_six_traps(void **state)
{
    (void)state;
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH);
    struct day *day =
        day_new("night", fixture_server_database(server), fixture_server_broker(server), fixture_scratch());
    day_say(day, 1, NULL, NULL);
    day_judge(day);
    same(day, 1);
    /* the night ended more than a day ago: since then nobody and nothing has looked at any of the houses */
    assert_int_equal(day_count(day, "select count(*) from building_state where blind"), 7);
    day_say(day, 2, NULL, NULL);
    day_judge(day);
    same(day, 2);
    day_free(day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_night_with_six_traps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
