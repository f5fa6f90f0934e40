/* api/server.c, api/guard.c: clients that send half, too much, too slowly or nonsense cost nobody else anything. */
#include "fixture/serving.h"

enum { PATIENCE_US = 5000000 };

static struct test_server on;

static void still_serving(void)
{
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, "/api/estates", NULL, &answer), 200);
}

/* Whether the server has closed the connection (what it said before does not matter). */
static bool closed(int fd)
{
    char bytes[4096];
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, 20) <= 0) {
            return false;
        }
        if (recv(fd, bytes, sizeof bytes, 0) <= 0) {
            return true;
        }
    }
}

static bool closed_by(void *fd)
{
    return closed(*(int *)fd);
}

static void half_a_request(void **state)
{
    (void)state;
    int fd = test_connect(on.port);
    test_send(fd, "GET /api/estates HTTP/1.1\r\nHost: localhost\r\nAccept-Enc");
    still_serving();
    assert_true(fixture_poll(closed_by, &fd, PATIENCE_US));
    close(fd);
}

static bool trickle(void *fd)
{
    test_send(*(int *)fd, "x"); /* each byte is progress: an idle time-out would never end this */
    return closed(*(int *)fd);
}

static void one_byte_at_a_time(void **state)
{
    (void)state;
    int fd = test_connect(on.port);
    test_send(fd, "GET / HTTP/1.1\r\nX-Long: ");
    assert_true(fixture_poll(trickle, &fd, PATIENCE_US));
    close(fd);
    still_serving();
}

static void nothing_at_all(void **state)
{
    (void)state;
    int fds[200];
    for (size_t i = 0; i < BASE_COUNT(fds); i++) {
        fds[i] = test_connect(on.port);
    }
    still_serving();
    for (size_t i = 0; i < BASE_COUNT(fds); i++) {
        assert_true(fixture_poll(closed_by, &fds[i], PATIENCE_US));
        close(fds[i]);
    }
}

static void an_answer_that_nobody_reads(void **state)
{
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)on.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    for (int i = 0; i < 50; i++) {
        test_send(fd, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    still_serving();
    close(fd);
}

static void too_large(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    base_buf_text(&text, "GET /");
    while (text.len < 10000) {
        base_buf_u8(&text, 'a');
    }
    base_buf_text(&text, " HTTP/1.1\r\nHost: localhost\r\n");
    AUTO_VALUE(test_answer) target;
    test_raw(on.port, base_buf_cstr(&text), &target);
    assert_int_equal(target.status, 414);
    base_buf_reset(&text);
    base_buf_text(&text, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ");
    while (text.len < 60000) {
        base_buf_u8(&text, 'a');
    }
    base_buf_text(&text, "\r\n");
    AUTO_VALUE(test_answer) header;
    test_raw(on.port, base_buf_cstr(&text), &header);
    assert_true(header.status == 431 || header.status == 413);
}

static void a_body_that_nobody_wants(void **state)
{
    (void)state;
    int fd = test_connect(on.port);
    test_send(fd, "POST /api/estates HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n");
    char bytes[4097];
    memset(bytes, 'x', sizeof bytes - 1);
    bytes[sizeof bytes - 1] = '\0';
    for (int i = 0; i < 200; i++) {
        test_send(fd, bytes);
    }
    assert_true(fixture_poll(closed_by, &fd, PATIENCE_US));
    close(fd);
    still_serving();
}

/* Seeded, so that what fails can be tried again. */
static void garbage(void **state)
{
    (void)state;
    static const char *const pieces[] = {"GET ",
                                         "/tiles/",
                                         "roads",
                                         " HTTP/1.1\r\n",
                                         "Host: localhost\r\n",
                                         "\r\n",
                                         "\x00\xff",
                                         "%",
                                         "?a=b&",
                                         "Content-Length: -1\r\n",
                                         "Transfer-Encoding: chunked\r\n",
                                         "If-None-Match: \"",
                                         "Accept-Encoding: gzip;q=,,;=\r\n",
                                         "zzzz\r\n",
                                         "{",
                                         "\n\n",
                                         "/../"};
    uint64_t seed = 20261121;
    for (int i = 0; i < 300; i++) {
        int fd = test_connect(on.port);
        for (int k = 0; k < 12; k++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            test_send(fd, pieces[(seed >> 33) % BASE_COUNT(pieces)]);
        }
        close(fd);
    }
    still_serving();
}

static void many_requests_on_one_connection(void **state)
{
    (void)state;
    int fd = test_connect(on.port);
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 24);
    for (int i = 0; i < 100; i++) {
        test_send(fd, i % 2 ? "GET /api/estates HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            : "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    test_send(fd, "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
    test_await(fd, &buf, "404 Not Found", 20000000);
    size_t answers = 0;
    for (const char *at = base_buf_cstr(&buf); (at = strstr(at, "HTTP/1.1 200")); at++) {
        answers++;
    }
    assert_int_equal(answers, 100);
    close(fd);
}

static int open_all(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.port = 0, .patience_us = 1000000});
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    test_server_end(&on);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_a_request), cmocka_unit_test(one_byte_at_a_time),
        cmocka_unit_test(nothing_at_all), cmocka_unit_test(an_answer_that_nobody_reads),
        cmocka_unit_test(too_large),      cmocka_unit_test(a_body_that_nobody_wants),
        cmocka_unit_test(garbage),        cmocka_unit_test(many_requests_on_one_connection),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
