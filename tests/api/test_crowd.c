/* api/guard.c: ten thousand connections that ask nothing, some of them half closed, keep nobody from being answered.
 * The server is a child of its own, because each connection takes a descriptor at both ends. */
#include "fixture/serving.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { IDLE = 10000, ASKED = 200, PATIENCE_US = 20000000 };

static void raise_descriptors(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* As many as the machine allows, at most IDLE. */
static size_t crowd_size(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_cur > IDLE + 500 ? IDLE : (size_t)limit.rlim_cur - 500;
}

/* Returns the child; *ret_port is where it answers. */
static pid_t serve_apart(const char *database, struct api_config config, int *ret_port)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        struct test_server on = test_server_on(database, config);
        ssize_t written = write(ends[1], &on.port, sizeof on.port);
        for (; written == sizeof on.port;) {
            pause();
        }
        _exit(1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], ret_port, sizeof *ret_port), sizeof *ret_port);
    close(ends[0]);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void ask(int port)
{
    for (int i = 0; i < ASKED; i++) {
        AUTO_VALUE(test_answer) answer;
        assert_int_equal(test_get(port, i % 2 ? "/api/estates" : "/healthz", NULL, &answer), 200);
    }
}

static void ten_thousand_idle(void **state)
{
    (void)state;
    int port;
    pid_t server = serve_apart(fixture_database(), (struct api_config){.bind = NULL}, &port);
    static int fds[IDLE];
    size_t count = crowd_size();
    for (size_t i = 0; i < count; i++) {
        fds[i] = test_connect(port);
        if (i % 3 == 1) {
            test_send(fds[i], "GET /api/est"); /* half a request */
        } else if (i % 3 == 2) {
            shutdown(fds[i], SHUT_WR); /* half closed */
        }
    }
    ask(port);
    for (size_t i = 0; i < count; i++) {
        close(fds[i]);
    }
    ask(port);
    end(server);
}

struct place {
    int port;
};

static bool answers(void *of)
{
    const struct place *at = of;
    AUTO_VALUE(base_buf) came;
    base_buf_init(&came, 1 << 20);
    int fd = test_connect(at->port);
    test_send(fd, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    test_receive(fd, &came, 1000);
    close(fd);
    return strstr(base_buf_cstr(&came), " 200 ") != NULL;
}

/* More idle clients than there may be at all: they make room for who asks, long before their own time is up. */
static void more_than_there_may_be(void **state)
{
    (void)state;
    struct place at;
    pid_t server = serve_apart(fixture_database(),
                               (struct api_config){.connections = 100, .patience_us = INT64_C(3600000000)}, &at.port);
    int fds[300];
    for (size_t i = 0; i < BASE_COUNT(fds); i++) {
        fds[i] = test_connect(at.port);
    }
    assert_true(fixture_poll(answers, &at, PATIENCE_US));
    for (size_t i = 0; i < BASE_COUNT(fds); i++) {
        close(fds[i]);
    }
    end(server);
}

int main(void)
{
    raise_descriptors();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_idle),
        cmocka_unit_test(more_than_there_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
