/* api/bind.c: loopback only, and a taken port is said to be taken. */
#include "api/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct base_diag diag;

static void only_this_machine(void **state)
{
    (void)state;
    static const char *const refused[] = {"0.0.0.0",        "::",       "10.0.0.1", "192.168.1.2", "example.org",
                                          "127.0.0.1.evil", "128.0.0.1"};
    char url[64];
    int fd = -1;
    for (size_t i = 0; i < BASE_COUNT(refused); i++) {
        assert_int_equal(api_bind(refused[i], 0, &diag, &fd, url), BASE_USAGE);
        assert_non_null(strstr(diag.text, refused[i]));
    }
    assert_int_equal(api_bind("0.0.0.0", 0, &diag, &fd, url), BASE_USAGE);
    assert_non_null(strstr(diag.text, "no users"));
    assert_int_equal(fd, -1);
}

static void loopback_names(void **state)
{
    (void)state;
    static const char *const taken[] = {NULL, "", "127.0.0.1", "127.0.0.2", "localhost"};
    for (size_t i = 0; i < BASE_COUNT(taken); i++) {
        char url[64];
        int fd = -1;
        assert_int_equal(api_bind(taken[i], 0, &diag, &fd, url), BASE_OK);
        assert_int_equal(strncmp(url, "http://", 7), 0);
        close(fd);
    }
}

static void a_taken_port(void **state)
{
    (void)state;
    char url[64], other[64];
    int fd = -1, second = -1;
    assert_int_equal(api_bind(NULL, 0, &diag, &fd, url), BASE_OK);
    int64_t port = 0;
    assert_true(base_str_i64(base_str_of(strrchr(url, ':') + 1), &port));
    assert_int_equal(api_bind(NULL, (int)port, &diag, &second, other), BASE_CONFLICT);
    assert_non_null(strstr(diag.text, "taken"));
    assert_non_null(strstr(diag.text, "--port"));
    close(fd);
    assert_int_equal(api_bind(NULL, 65536, &diag, &second, other), BASE_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_this_machine),
        cmocka_unit_test(loopback_names),
        cmocka_unit_test(a_taken_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
