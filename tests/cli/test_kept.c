/* Ports and passwords stay the same, and a taken port is named. */
#include "cli/cli.h"
#include "fixture/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

static void test_port_is_kept(void **state)
{
    (void)state;
    const char *var = fixture_scratch();
    struct base_diag diag;
    int first;
    int again;
    assert_int_equal(cli_kept_port(var, "x.port", "127.0.0.1", 0, &diag, &first), BASE_OK);
    assert_in_range(first, 20000, 29999);
    assert_int_equal(cli_kept_port(var, "x.port", "127.0.0.1", 0, &diag, &again), BASE_OK);
    assert_int_equal(first, again);
}

static int listen_anywhere(int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 1) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static void test_taken_port(void **state)
{
    (void)state;
    const char *var = fixture_scratch();
    struct base_diag diag;
    int port;
    int got = -1;
    int fd = listen_anywhere(&port);
    assert_int_equal(cli_kept_port(var, "x.port", "127.0.0.1", port, &diag, &got), BASE_CONFLICT);
    assert_non_null(strstr(diag.text, "taken by another program"));
    assert_int_equal(got, -1);
    assert_int_equal(cli_kept_port_free("map", "127.0.0.1", port, &diag), BASE_CONFLICT);
    close(fd);
    assert_int_equal(cli_kept_port(var, "x.port", "127.0.0.1", port, &diag, &got), BASE_OK);
    assert_int_equal(got, port);
}

static void test_address(void **state)
{
    (void)state;
    struct base_diag diag;
    assert_int_equal(cli_kept_port_free("map", "192.0.2.1", 20001, &diag), BASE_INVALID);
    assert_int_equal(cli_kept_port_free("map", "not-an-address", 20001, &diag), BASE_INVALID);
}

static void test_password(void **state)
{
    (void)state;
    const char *var = fixture_scratch();
    struct base_diag diag;
    char first[CLI_KEPT_PASSWORD];
    char again[CLI_KEPT_PASSWORD];
    assert_int_equal(cli_kept_password(var, "x.password", &diag, first), BASE_OK);
    assert_int_equal(strlen(first), CLI_KEPT_PASSWORD - 1);
    assert_int_equal(cli_kept_password(var, "x.password", &diag, again), BASE_OK);
    assert_string_equal(first, again);

    char path[256];
    struct stat info;
    snprintf(path, sizeof path, "%s/kept/x.password", var);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(base_file_write(path, 0600, "short", 5, &diag), BASE_OK);
    assert_int_equal(cli_kept_password(var, "x.password", &diag, again), BASE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_port_is_kept),
        cmocka_unit_test(test_taken_port),
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
