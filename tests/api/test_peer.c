/* api/peer.c: which address of X-Forwarded-For is the client's. */
#include "api/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char proxies[] = "127.0.0.1, 10.0.0.7,::1";

static void only_listed_addresses_are_proxies(void **state)
{
    (void)state;
    assert_true(api_peer_listed(proxies, "127.0.0.1"));
    assert_true(api_peer_listed(proxies, "10.0.0.7"));
    assert_true(api_peer_listed(proxies, "::1"));
    assert_false(api_peer_listed(proxies, "10.0.0.70"));
    assert_false(api_peer_listed(proxies, ""));
    assert_false(api_peer_listed(NULL, "127.0.0.1"));
    assert_false(api_peer_listed("", ""));
}

static void the_client_is_the_last_that_is_not_ours(void **state)
{
    (void)state;
    static const struct {
        const char *header, *client; /* NULL: not to be known */
    } rows[] = {
        {"203.0.113.9", "203.0.113.9"},
        {" 203.0.113.9 ", "203.0.113.9"},
        {"198.51.100.1, 203.0.113.9", "203.0.113.9"}, /* the first is what the client claims */
        {"198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"},
        {"2001:db8::5,::1", "2001:db8::5"},
        {"10.0.0.7", NULL},
        {"", NULL},
        {",", NULL},
        {"unknown", NULL},
        {"203.0.113.9, evil", NULL},
        {"203.0.113.9:8080", NULL},
        {"203.0.113.9, 1111111111111111111111111111111111111111111111111111111111111111111111", NULL},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        char address[64] = "kept";
        bool known = api_peer_forwarded(rows[i].header, proxies, address);
        assert_int_equal(known, rows[i].client != NULL);
        assert_string_equal(address, known ? rows[i].client : "kept");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_listed_addresses_are_proxies),
        cmocka_unit_test(the_client_is_the_last_that_is_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
