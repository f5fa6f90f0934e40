/* api/host.c: a name from elsewhere that points at this machine is not this machine. */
#include "api/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void this_machine(void **state)
{
    (void)state;
    static const char *const good[] = {"127.0.0.1",   "127.0.0.1:8080", "127.8.9.1",  "localhost",
                                       "LocalHost:1", "[::1]",          "[::1]:8080", "localhost:"};
    for (size_t i = 0; i < BASE_COUNT(good); i++) {
        assert_true(api_host_local(good[i]));
    }
}

static void elsewhere(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "evil.example",
                                      "evil.example:8080",
                                      "127.0.0.1.evil.example",
                                      "10.0.0.1",
                                      "localhost.evil",
                                      "localhost:80x",
                                      "[::2]",
                                      "[::1",
                                      "[::1]x",
                                      "::1",
                                      "127.0.0.1:80@evil",
                                      "2130706433",
                                      "localhost\"><script>"};
    for (size_t i = 0; i < BASE_COUNT(bad); i++) {
        if (api_host_local(bad[i])) {
            fail_msg("%s passed", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_machine),
        cmocka_unit_test(elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
