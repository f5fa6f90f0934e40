/* Broker addresses: what is understood, what is refused in words, and that a host that does not answer is left. */
#include "ingest/broker.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct ingest_broker parsed(const char *url)
{
    struct base_diag diag = {.text = ""};
    struct ingest_broker broker;
    if (ingest_broker_parse(url, &diag, &broker)) {
        fail_msg("%s: %s", url, diag.text);
    }
    return broker;
}

static void refused(const char *url, const char *because)
{
    struct base_diag diag = {.text = ""};
    struct ingest_broker broker;
    assert_int_not_equal(ingest_broker_parse(url, &diag, &broker), BASE_OK);
    if (!strstr(diag.text, because) || strstr(diag.text, "secret")) {
        fail_msg("%s: %s", url, diag.text);
    }
}

static void addresses_are_understood(void **state)
{
    (void)state;
    char text[INGEST_BROKER_TEXT];
    struct ingest_broker broker = parsed("mqtt://us%65r:p%40ss:w@a.example:1884,b,[::1]:1885,[::2]/ignored");
    assert_string_equal(broker.user, "user");
    assert_string_equal(broker.password, "p@ss:w");
    assert_int_equal(broker.count, 4);
    assert_false(broker.tls);
    assert_string_equal(ingest_broker_text(ingest_broker_at(&broker, 0), text), "a.example:1884");
    assert_string_equal(ingest_broker_text(ingest_broker_at(&broker, 1), text), "b:1883");
    assert_string_equal(ingest_broker_text(ingest_broker_at(&broker, 2), text), "[::1]:1885");
    assert_string_equal(ingest_broker_text(ingest_broker_at(&broker, 3), text), "[::2]:1883");
    assert_string_equal(ingest_broker_text(ingest_broker_at(&broker, 4), text), "a.example:1884"); /* in turn */
    broker = parsed("mqtts://host");
    assert_true(broker.tls);
    assert_int_equal(broker.addresses[0].port, 8883);
    assert_string_equal(broker.user, "");
}

static void wrong_addresses_are_refused(void **state)
{
    (void)state;
    refused("http://host", "mqtt://");
    refused("mqtt://", "host:port");
    refused("mqtt://u:secret@", "host:port");
    refused("mqtt://u:secret@host:0", "host:port");
    refused("mqtt://u:secret@host:65536", "host:port");
    refused("mqtt://u:secret@host:port", "host:port");
    refused("mqtt://u:secret@a,,b", "commas");
    refused("mqtt://u:secret@a,mqtt://b", "commas");
    refused("mqtt://u:secret@a,b,c,d,e,f,g,h,i", "at most 8");
    refused("mqtt://u:secret%4@host", "host:port");
    refused("mqtt://u:secret@[::1", "host:port");
    refused("mqtt://u:secret@[::1]1883", "host:port");
    setenv("HUTONG_BROKER_CA", "/nowhere/ca.pem", 1);
    refused("mqtts://u:secret@host", "HUTONG_BROKER_CA: /nowhere/ca.pem: No such file");
    unsetenv("HUTONG_BROKER_CA");
    unsetenv("HUTONG_BROKER");
    refused(NULL, "HUTONG_BROKER is not set");
}

static int listen_on_any(int backlog, int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static void a_host_is_reached_or_left(void **state)
{
    (void)state;
    struct ingest_broker_address address = {.host = "127.0.0.1"};
    struct ingest_broker_reach reach;
    int fd = listen_on_any(16, &address.port);
    assert_int_equal(ingest_broker_reach_wait(&reach, &address, 5000), INGEST_BROKER_REACHED);
    assert_string_equal(reach.number, "127.0.0.1");
    close(fd);
    assert_int_equal(ingest_broker_reach_wait(&reach, &address, 5000), INGEST_BROKER_FAILED);
    assert_string_equal(ingest_broker_reach_why(&reach), "Connection refused");
    snprintf(address.host, sizeof address.host, "no-such-host.invalid");
    assert_int_equal(ingest_broker_reach_wait(&reach, &address, 5000), INGEST_BROKER_FAILED);
    assert_string_equal(ingest_broker_reach_why(&reach), "no such host");
}

/* A listener whose queue is full answers nothing at all, as a host without power does. */
static void a_dead_host_costs_no_more_than_the_patience(void **state)
{
    (void)state;
    struct ingest_broker_address address = {.host = "127.0.0.1"};
    struct ingest_broker_reach held[8], reach;
    int fd = listen_on_any(0, &address.port);
    int pending = 0;
    for (size_t i = 0; i < BASE_COUNT(held); i++) {
        pending += ingest_broker_reach_begin(&held[i], &address) == INGEST_BROKER_PENDING;
        held[i].next = NULL;
    }
    assert_int_equal(pending, (int)BASE_COUNT(held));
    assert_int_equal(ingest_broker_reach_wait(&reach, &address, 200), INGEST_BROKER_FAILED);
    assert_string_equal(ingest_broker_reach_why(&reach), "Connection timed out");
    for (size_t i = 0; i < BASE_COUNT(held); i++) {
        ingest_broker_reach_end(&held[i]);
    }
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_understood),
        cmocka_unit_test(wrong_addresses_are_refused),
        cmocka_unit_test(a_host_is_reached_or_left),
        cmocka_unit_test(a_dead_host_costs_no_more_than_the_patience),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
