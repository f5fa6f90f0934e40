/* A client for benchmarks: keep-alive connections, one a thread, answers counted and thrown away in the kernel, so that
 * what is measured is the server. */
#ifndef HUTONG_TESTS_HTTP_CLIENT_H
#define HUTONG_TESTS_HTTP_CLIENT_H

#include "fixture/serving.h"

#include <pthread.h>
#include <stdatomic.h>

enum { CLIENTS_MAX = 8, ANSWER_HEAD_MAX = 8192 };

struct load {
    int port;
    const char *const *heads; /* requests, asked in turn */
    size_t head_count;
    size_t requests; /* all in all */
    int status;      /* that every answer must have */
    double *took_ms; /* of each request, or NULL */
    atomic_size_t next;
    atomic_size_t bytes; /* of bodies */
};

static inline void load_send(int fd, const char *head)
{
    size_t len = strlen(head);
    if (send(fd, head, len, MSG_NOSIGNAL) != (ssize_t)len) {
        fail_msg("send: %s", strerror(errno));
    }
}

/* Reads a head and throws its body away. */
static inline size_t load_answer(int fd, int status)
{
    char head[ANSWER_HEAD_MAX + 1];
    size_t len = 0;
    const char *end = NULL;
    while (!end) {
        ssize_t got = recv(fd, head + len, ANSWER_HEAD_MAX - len, 0);
        if (got <= 0) {
            fail_msg("the server closed the connection");
        }
        len += (size_t)got;
        head[len] = '\0';
        end = strstr(head, "\r\n\r\n");
        assert_true(end || len < ANSWER_HEAD_MAX);
    }
    int64_t answered = 0, body = 0;
    assert_true(base_str_i64((struct base_str){head + strlen("HTTP/1.1 "), 3}, &answered) && answered == status);
    const char *length = strcasestr(head, "\r\nContent-Length: ");
    if (length && length < end) {
        length += strlen("\r\nContent-Length: ");
        assert_true(base_str_i64((struct base_str){length, strcspn(length, "\r")}, &body));
    }
    for (size_t left = (size_t)body - (len - (size_t)(end + 4 - head)); left;) {
        ssize_t got = recv(fd, NULL, left, MSG_TRUNC);
        assert_true(got > 0);
        left -= (size_t)got;
    }
    return (size_t)body;
}

static inline void *load_client(void *of)
{
    struct load *load = of;
    int fd = test_connect(load->port);
    size_t at;
    while ((at = atomic_fetch_add(&load->next, 1)) < load->requests) {
        int64_t begun = base_clock_mono_us();
        load_send(fd, load->heads[at % load->head_count]);
        atomic_fetch_add(&load->bytes, load_answer(fd, load->status));
        if (load->took_ms) {
            load->took_ms[at] = (double)(base_clock_mono_us() - begun) / 1e3;
        }
    }
    close(fd);
    return NULL;
}

/* Requests a second. */
static inline double load_run(struct load *load, int clients)
{
    pthread_t threads[CLIENTS_MAX];
    atomic_store(&load->next, 0);
    atomic_store(&load->bytes, 0);
    int64_t begun = base_clock_mono_us();
    for (int i = 0; i < clients; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, load_client, load), 0);
    }
    for (int i = 0; i < clients; i++) {
        pthread_join(threads[i], NULL);
    }
    return (double)load->requests * 1e6 / (double)(base_clock_mono_us() - begun);
}

#endif
