/* base/diag.c and base/error.c: sentences, prefixes, truncation, and the one table of errors. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void sets_and_prefixes(void **state)
{
    (void)state;
    struct base_diag diag;
    assert_int_equal(base_diag_set(&diag, BASE_INVALID, "line %d is empty", 7), BASE_INVALID);
    assert_int_equal(base_diag_prefix(&diag, BASE_INVALID, "import: %s", "a.csv"), BASE_INVALID);
    assert_string_equal(diag.text, "import: a.csv: line 7 is empty");
    assert_int_equal(base_diag_set(NULL, BASE_IO, "nobody listens"), BASE_IO);
    assert_int_equal(base_diag_prefix(NULL, BASE_IO, "nobody"), BASE_IO);
}

static void cuts_what_is_too_long(void **state)
{
    (void)state;
    struct base_diag diag;
    char big[3000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    (void)base_diag_set(&diag, BASE_IO, "%s", big);
    assert_int_equal(strlen(diag.text), sizeof diag.text - 1);
    (void)base_diag_prefix(&diag, BASE_IO, "%s", big);
    assert_int_equal(strlen(diag.text), sizeof diag.text - 1);
}

static void every_error_has_words(void **state)
{
    (void)state;
    assert_string_equal(base_error_name(BASE_OK), "OK");
    for (enum base_err err = BASE_OK; err <= BASE_INTERRUPTED; err++) {
        assert_true(strlen(base_error_text(err)) > 0);
        assert_in_range(base_error_http(err), 200, 599);
    }
    assert_true(base_error_retryable(BASE_DATABASE_AWAY));
    assert_false(base_error_retryable(BASE_INVALID));
    assert_string_equal(base_error_name((enum base_err)999), "INVALID");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_and_prefixes),
        cmocka_unit_test(cuts_what_is_too_long),
        cmocka_unit_test(every_error_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
