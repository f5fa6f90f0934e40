/* api/bind.c: addresses that can be served, which of them are this machine's own, and a taken port said to be taken. */
#include "api/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct base_diag diag;

static bool loopback;

static void not_an_address(void **state)
{
    (void)state;
    static const char *const refused[] = {"example.org", "127.0.0.1.evil", "256.0.0.1", "::g"};
    char url[64];
    int fd = -1;
    for (size_t i = 0; i < BASE_COUNT(refused); i++) {
        assert_int_equal(api_bind(refused[i], 0, &diag, &fd, url, &loopback), BASE_USAGE);
        assert_non_null(strstr(diag.text, refused[i]));
    }
    assert_int_equal(fd, -1);
}

/* Whether that may be without accounts is for the server to say. */
static void beyond_this_machine(void **state)
{
    (void)state;
    char url[64];
    int fd = -1;
    loopback = true;
    assert_int_equal(api_bind("0.0.0.0", 0, &diag, &fd, url, &loopback), BASE_OK);
    assert_false(loopback);
    close(fd);
}

static void loopback_names(void **state)
{
    (void)state;
    static const char *const taken[] = {NULL, "", "127.0.0.1", "127.0.0.2", "localhost"};
    for (size_t i = 0; i < BASE_COUNT(taken); i++) {
        char url[64];
        int fd = -1;
        loopback = false;
        assert_int_equal(api_bind(taken[i], 0, &diag, &fd, url, &loopback), BASE_OK);
        assert_int_equal(strncmp(url, "http://", 7), 0);
        assert_true(loopback);
        close(fd);
    }
}

static void a_taken_port(void **state)
{
    (void)state;
    char url[64], other[64];
    int fd = -1, second = -1;
    assert_int_equal(api_bind(NULL, 0, &diag, &fd, url, &loopback), BASE_OK);
    int64_t port = 0;
    assert_true(base_str_i64(base_str_of(strrchr(url, ':') + 1), &port));
    assert_int_equal(api_bind(NULL, (int)port, &diag, &second, other, &loopback), BASE_CONFLICT);
    assert_non_null(strstr(diag.text, "taken"));
    assert_non_null(strstr(diag.text, "--port"));
    close(fd);
    assert_int_equal(api_bind(NULL, 65536, &diag, &second, other, &loopback), BASE_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_an_address),
        cmocka_unit_test(beyond_this_machine),
        cmocka_unit_test(loopback_names),
        cmocka_unit_test(a_taken_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
