/* api/bind.c: who can reach the socket is known, and a taken port is said to be taken. */
#include "api/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct base_diag diag;

static void addresses_only(void **state)
{
    (void)state;
    static const char *const refused[] = {"example.org", "127.0.0.1.evil", "192.0.2.1x", "300.1.1.1"};
    struct api_bound bound = {.socket = -1};
    for (size_t i = 0; i < BASE_COUNT(refused); i++) {
        assert_int_equal(api_bind(refused[i], 0, false, &diag, &bound), BASE_USAGE);
        assert_non_null(strstr(diag.text, refused[i]));
    }
    assert_int_equal(bound.socket, -1);
}

static void who_can_reach_it(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool loopback;
    } taken[] = {{NULL, true},        {"", true},          {"127.0.0.1", true},
                 {"127.0.0.2", true}, {"localhost", true}, {"0.0.0.0", false}};
    for (size_t i = 0; i < BASE_COUNT(taken); i++) {
        struct api_bound bound = {.socket = -1};
        assert_int_equal(api_bind(taken[i].address, 0, i % 2, &diag, &bound), BASE_OK);
        assert_int_equal(bound.loopback, taken[i].loopback);
        assert_int_equal(strncmp(bound.url, i % 2 ? "https://" : "http://1", 8), 0);
        close(bound.socket);
    }
}

static void a_taken_port(void **state)
{
    (void)state;
    struct api_bound bound = {.socket = -1}, other = {.socket = -1};
    assert_int_equal(api_bind(NULL, 0, false, &diag, &bound), BASE_OK);
    int64_t port = 0;
    assert_true(base_str_i64(base_str_of(strrchr(bound.url, ':') + 1), &port));
    assert_int_equal(api_bind(NULL, (int)port, false, &diag, &other), BASE_CONFLICT);
    assert_non_null(strstr(diag.text, "taken"));
    assert_non_null(strstr(diag.text, "--port"));
    close(bound.socket);
    assert_int_equal(api_bind(NULL, 65536, false, &diag, &other), BASE_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_only),
        cmocka_unit_test(who_can_reach_it),
        cmocka_unit_test(a_taken_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
