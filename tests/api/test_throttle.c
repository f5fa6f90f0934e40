/* api/throttle.c: tries of an address come back with time; names of nobody are locked like accounts. */
#include "api/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t second = 1000000, start = 5000000000;
static struct api_throttle *throttle;

static int begin(void **state)
{
    (void)state;
    throttle = api_throttle_new();
    return throttle ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    api_throttle_free(throttle);
    return 0;
}

static void twenty_a_minute(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(api_throttle_address(throttle, "10.0.0.1", start), 0);
    }
    assert_int_equal(api_throttle_address(throttle, "10.0.0.1", start), 3);
    assert_int_equal(api_throttle_address(throttle, "10.0.0.1", start + second), 2);
    assert_int_equal(api_throttle_address(throttle, "10.0.0.2", start), 0); /* another is free */
    assert_int_equal(api_throttle_address(throttle, "10.0.0.1", start + 3 * second), 0);
    assert_int_equal(api_throttle_address(throttle, "10.0.0.1", start + 3 * second), 3);
    for (int i = 0; i < 20; i++) { /* a minute later all are back, and no more than all */
        assert_int_equal(api_throttle_address(throttle, "10.0.0.1", start + 300 * second), 0);
    }
    assert_int_equal(api_throttle_address(throttle, "10.0.0.1", start + 300 * second), 3);
}

static void one_subscriber_of_ipv6(void **state)
{
    (void)state;
    char address[64];
    for (int i = 0; i < 20; i++) {
        snprintf(address, sizeof address, "2001:db8:1:2::%x", i + 1);
        assert_int_equal(api_throttle_address(throttle, address, start), 0);
    }
    assert_int_equal(api_throttle_address(throttle, "2001:db8:1:2:ffff::1", start), 3);
    assert_int_equal(api_throttle_address(throttle, "2001:db8:1:3::1", start), 0);
}

static void a_flood_from_everywhere(void **state)
{
    (void)state;
    char address[64];
    int refused = 0;
    for (int i = 0; i < 6000; i++) {
        snprintf(address, sizeof address, "10.1.%d.%d", i / 250, i % 250);
        refused += api_throttle_address(throttle, address, start) != 0;
    }
    assert_int_equal(refused, 6000 - 4096 - 20);                            /* strangers share one bucket */
    assert_int_equal(api_throttle_address(throttle, "10.1.0.0", start), 0); /* who is known is not among them */
    assert_int_equal(api_throttle_address(throttle, "10.2.0.0", start + 60 * second), 0); /* room again */
}

static void names_are_locked(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(api_throttle_locked(throttle, "nobody", start), 0);
        api_throttle_failed(throttle, "nobody", start + i * second);
    }
    assert_int_equal(api_throttle_locked(throttle, "nobody", start + 4 * second), 900);
    assert_int_equal(api_throttle_locked(throttle, "other", start + 4 * second), 0);
    assert_int_equal(api_throttle_locked(throttle, "nobody", start + 903 * second), 1);
    assert_int_equal(api_throttle_locked(throttle, "nobody", start + 904 * second), 0);
    api_throttle_failed(throttle, "nobody", start + 904 * second); /* counts from one again */
    assert_int_equal(api_throttle_locked(throttle, "nobody", start + 905 * second), 0);
}

static void failures_are_forgotten(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++) { /* never five in a quarter of an hour */
        api_throttle_failed(throttle, "slow", start + i * 300 * second);
        assert_int_equal(api_throttle_locked(throttle, "slow", start + i * 300 * second), 0);
    }
}

int main(void)
{
#define FRESH(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        FRESH(twenty_a_minute),  FRESH(one_subscriber_of_ipv6), FRESH(a_flood_from_everywhere),
        FRESH(names_are_locked), FRESH(failures_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
