/* HMAC-SHA-256 against the test cases of RFC 4231. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_cases_of_rfc_4231(void **state)
{
    (void)state;
    char hex[BASE_HMAC_TEXT], twenty[21], long_key[132];
    memset(twenty, 0x0B, sizeof twenty - 1);
    twenty[sizeof twenty - 1] = '\0';
    memset(long_key, 0xAA, sizeof long_key - 1);
    long_key[sizeof long_key - 1] = '\0';
    const struct {
        const char *secret, *data, *hex;
    } cases[] = {
        {twenty, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        /* the parts stand one behind the other */
        const struct base_str parts[] = {{cases[i].data, 3}, {NULL, 0}, base_str_of(cases[i].data + 3)};
        struct base_hmac hmac = base_hmac_of(base_str_of(cases[i].secret), parts, BASE_COUNT(parts));
        assert_string_equal(base_hmac_hex(hmac, hex), cases[i].hex);
    }
}

static void base64_has_its_padding(void **state)
{
    (void)state;
    char text[BASE_HMAC_TEXT];
    const struct base_str data = base_str_of("what do ya want for nothing?");
    assert_string_equal(base_hmac_base64(base_hmac_of(base_str_of("Jefe"), &data, 1), text),
                        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
}

static void no_secret_and_nothing_to_sign(void **state)
{
    (void)state;
    char hex[BASE_HMAC_TEXT];
    assert_string_equal(base_hmac_hex(base_hmac_of((struct base_str){NULL, 0}, NULL, 0), hex),
                        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cases_of_rfc_4231),
        cmocka_unit_test(base64_has_its_padding),
        cmocka_unit_test(no_secret_and_nothing_to_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
