/* base/secret.c: secrets differ, hash as SHA-256, and codes survive being read aloud. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct base_diag diag;

static void secrets_differ_and_fit_a_cookie(void **state)
{
    (void)state;
    char first[BASE_SECRET_TEXT], second[BASE_SECRET_TEXT];
    assert_int_equal(base_secret_new(&diag, first), BASE_OK);
    assert_int_equal(base_secret_new(&diag, second), BASE_OK);
    assert_int_equal(strlen(first), BASE_SECRET_TEXT - 1);
    assert_string_not_equal(first, second);
    assert_int_equal(strspn(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                     BASE_SECRET_TEXT - 1);
}

static void the_hash_is_sha_256(void **state)
{
    (void)state;
    static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                  0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                  0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad}; /* FIPS 180-4, B.1 */
    struct base_key hash = base_secret_hash(base_str_of("abc"));
    assert_memory_equal(hash.bytes, abc, sizeof abc);
}

static void codes_are_read_as_people_type_them(void **state)
{
    (void)state;
    char code[BASE_SECRET_CODE], again[BASE_SECRET_CODE];
    for (int i = 0; i < 100; i++) {
        assert_int_equal(base_secret_code(&diag, code), BASE_OK);
        assert_int_equal(strlen(code), BASE_SECRET_CODE - 1);
        assert_true(base_secret_code_in(base_str_of(code), again));
        assert_string_equal(again, code);
    }
    assert_true(base_secret_code_in(base_str_of(" abcde 23456 "), again));
    assert_string_equal(again, "ABCDE-23456");
    static const char *const wrong[] = {"", "ABCDE-2345", "ABCDE-234567", "ABCDE-2345O", "ABCDE_23456", "ÄBCDE-23456"};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        assert_false(base_secret_code_in(base_str_of(wrong[i]), again));
    }
    assert_false(base_secret_code_in((struct base_str){"ABCDE\0"
                                                       "23456",
                                                       11},
                                     again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_differ_and_fit_a_cookie),
        cmocka_unit_test(the_hash_is_sha_256),
        cmocka_unit_test(codes_are_read_as_people_type_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
