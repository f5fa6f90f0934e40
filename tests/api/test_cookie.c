/* api/cookie.c: one cookie found among whatever a header holds. */
#include "api/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void found(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum api_cookie result;
        const char *value;
    } tries[] = {
        {"s=abc", API_COOKIE_FOUND, "abc"},
        {"a=1; s=abc; b=2", API_COOKIE_FOUND, "abc"},
        {"a=1;s=abc", API_COOKIE_FOUND, "abc"},
        {" s = abc ", API_COOKIE_FOUND, "abc"},
        {"s=a=b", API_COOKIE_FOUND, "a=b"},
        {"s=abc; s=abc", API_COOKIE_FOUND, "abc"},
        {"s=; s=abc", API_COOKIE_FOUND, "abc"},
        {"s=abc; s=abd", API_COOKIE_TWICE, NULL},
        {"", API_COOKIE_NONE, NULL},
        {";;;", API_COOKIE_NONE, NULL},
        {"s", API_COOKIE_NONE, NULL},
        {"s=", API_COOKIE_NONE, NULL},
        {"S=abc", API_COOKIE_NONE, NULL},
        {"xs=abc; ss=abc", API_COOKIE_NONE, NULL},
        {"a=\"s=abc\"", API_COOKIE_NONE, NULL},
    };
    for (size_t i = 0; i < BASE_COUNT(tries); i++) {
        struct base_str value = {NULL, 0};
        if (api_cookie_find(base_str_of(tries[i].header), "s", &value) != tries[i].result) {
            fail_msg("%s", tries[i].header);
        }
        assert_true(!tries[i].value || base_str_is(value, tries[i].value));
    }
}

static void same_in_constant_time(void **state)
{
    (void)state;
    assert_true(api_credential_same("abc", "abc"));
    assert_false(api_credential_same("abd", "abc"));
    assert_false(api_credential_same("ab", "abc"));
    assert_false(api_credential_same(NULL, "abc"));
    assert_false(api_credential_same("", "")); /* no token is nobody's token */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found),
        cmocka_unit_test(same_in_constant_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
