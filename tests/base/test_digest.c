/* SHA-256 against FIPS 180-4's examples, and the one way a digest is written. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void examples(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                                           {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                                           {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                                            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"}};
    for (size_t i = 0; i < BASE_COUNT(pairs); i++) {
        char hex[BASE_DIGEST_TEXT];
        assert_string_equal(base_digest_hex(base_digest_of(base_str_of(pairs[i][0])), hex), pairs[i][1]);
    }
}

static void names(void **state)
{
    (void)state;
    char hex[BASE_DIGEST_TEXT] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         again[BASE_DIGEST_TEXT];
    struct base_digest digest;
    assert_true(base_digest_in(base_str_of(hex), &digest));
    assert_string_equal(base_digest_hex(digest, again), hex);
    assert_false(base_digest_in((struct base_str){hex, 63}, &digest));
    hex[0] = 'B';
    assert_false(base_digest_in(base_str_of(hex), &digest));
    hex[0] = 'g';
    assert_false(base_digest_in(base_str_of(hex), &digest));
    hex[0] = '\0';
    assert_false(base_digest_in((struct base_str){hex, 64}, &digest));
    assert_false(base_digest_in(base_str_of("../../etc/passwd"), &digest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(examples), cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
