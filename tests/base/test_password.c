/* base/password.c: only the right password opens, nobody's takes as long, and the worst ones are refused. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct base_diag diag;

static void only_the_right_password_opens(void **state)
{
    (void)state;
    char first[BASE_PASSWORD_TEXT], second[BASE_PASSWORD_TEXT];
    struct base_str password = base_str_of("柳树下 的 第三块砖");
    assert_int_equal(base_password_hash(password, &diag, first), BASE_OK);
    assert_int_equal(base_password_hash(password, &diag, second), BASE_OK);
    assert_true(strncmp(first, "$argon2id$", strlen("$argon2id$")) == 0);
    assert_string_not_equal(first, second); /* salted */
    assert_true(base_password_verify(first, password));
    assert_true(base_password_verify(second, password));
    assert_false(base_password_verify(first, base_str_of("柳树下 的 第三块砖 ")));
    assert_false(base_password_verify(first, base_str_of("")));
    assert_false(base_password_verify(first, (struct base_str){password.at, password.len - 1}));
}

static void nobody_s_password_is_never_right(void **state)
{
    (void)state;
    assert_false(base_password_verify(NULL, base_str_of("whatever it is")));
    assert_false(base_password_verify("", base_str_of("")));
    assert_false(base_password_verify("not a hash", base_str_of("not a hash")));
    char *large = malloc(BASE_PASSWORD_BYTES + 1);
    assert_non_null(large);
    memset(large, 'a', BASE_PASSWORD_BYTES + 1);
    assert_false(base_password_verify(NULL, (struct base_str){large, BASE_PASSWORD_BYTES + 1}));
    free(large);
}

/* KiB that a process of its own needs to say no. */
static long taken(const char *text)
{
    struct rusage usage = {.ru_maxrss = 0};
    int status = 1;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(base_password_verify(text, base_str_of("whatever it is")) ? 1 : 0);
    }
    assert_true(pid > 0 && wait4(pid, &status, 0, &usage) == pid && status == 0);
    return usage.ru_maxrss;
}

/* Not by the clock: who goes through Argon2id has filled its 64 MiB. */
static void nobody_s_password_is_tried_all_the_same(void **state)
{
    (void)state;
    assert_true(taken(NULL) > 64 << 10);
    assert_true(taken("") > 64 << 10);
}

static void refused(const char *name, const char *password, const char *why)
{
    assert_int_equal(base_password_check(name, base_str_of(password), &diag), BASE_INVALID);
    if (!strstr(diag.text, why)) {
        fail_msg("\"%s\": %s", password, diag.text);
    }
    assert_null(strstr(diag.text, password)); /* it never shows */
}

static void the_worst_passwords_are_refused(void **state)
{
    (void)state;
    refused("zhang", "too short", "9 characters");
    refused("zhang.wei@hutong", "Zhang.Wei@Hutong", "account's name");
    refused("zhang", "PASSWORD123", "first that are tried");
    refused("zhang", "woaini1314520", "first that are tried");
    refused("zhang", "aaaaaaaaaaaa", "first that are tried");
    refused("zhang", "ababababababab", "first that are tried");
    refused("zhang", "\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe", "UTF-8");
    char large[BASE_PASSWORD_MOST + 2];
    memset(large, 'a', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    refused("zhang", large, "129 characters");
    assert_int_equal(base_password_check("zhang", base_str_of("correct horse"), &diag), BASE_OK);
    assert_int_equal(base_password_check("zhang", base_str_of("柳树下的第三块砖头上"), &diag), BASE_OK); /* ten */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_right_password_opens),
        cmocka_unit_test(nobody_s_password_is_never_right),
        cmocka_unit_test(nobody_s_password_is_tried_all_the_same),
        cmocka_unit_test(the_worst_passwords_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
