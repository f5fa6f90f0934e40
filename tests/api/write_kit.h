/* What the tests of writing share: requests with a body, and people of two estates (access_kit.h). */
#ifndef HUTONG_TESTS_WRITE_KIT_H
#define HUTONG_TESTS_WRITE_KIT_H

#include "api/access_kit.h"

/* headers: lines, each ending in \r\n. body NULL: none. */
static inline int write_ask(int port, const char *method, const char *path, const char *headers, const char *body,
                            struct test_answer *ret_answer)
{
    size_t len = body ? strlen(body) : 0;
    char head[4096];
    char *rest = malloc(len + 200);
    assert_non_null(rest);
    snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s", method, path, port, headers);
    snprintf(rest, len + 200, "Content-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
             len, body ? body : "");
    test_whole(port, head, rest, ret_answer);
    free(rest);
    return ret_answer->status;
}

/* The same, with an If-Match. */
static inline int write_match(int port, const char *method, const char *path, const char *headers, const char *tag,
                              const char *body, struct test_answer *ret_answer)
{
    char lines[1024];
    snprintf(lines, sizeof lines, "%sIf-Match: %s\r\n", headers, tag);
    return write_ask(port, method, path, lines, body, ret_answer);
}

#define WRITE_EXPECT(status, answer_of)                                                                \
    do {                                                                                               \
        int write_got = (answer_of);                                                                   \
        if (write_got != (status)) {                                                                   \
            fail_msg("%s: %d instead of %d: %.600s", #answer_of, write_got, (status), answer.body.at); \
        }                                                                                              \
    } while (0)

/* The field that a 422 names. */
static inline void write_field(const struct test_answer *answer, const char *field)
{
    AUTO(base_json) json = test_json(answer);
    assert_string_equal(test_text(json, "field"), field);
    assert_string_equal(test_text(json, "type"), "/problems/field");
}

static const struct access_user write_users[] = {
    {"company", "company", "{1}", "inspection", NULL}, {"district", "district", NULL, "inspection", NULL},
    {"street", "street", "{1}", "inspection", NULL},   {"committee", "committee", "{1}", NULL, NULL},
    {"planner", "planner", NULL, NULL, NULL},
};

/* Estates 1 and 2 with everything, and people; returns when the server knows them. */
static inline struct test_server write_server(struct api_config config)
{
    struct test_server test = test_server_new(config);
    access_fill(test.pg);
    /* What the kit made has ids of its own choice. */
    test_sql(test.pg, "select setval(pg_get_serial_sequence(t, 'id'), 5000) from unnest(array['zone', 'route',"
                      " 'checkpoint', 'shift', 'source', 'waiver', 'duty']) t");
    for (size_t i = 0; i < BASE_COUNT(write_users); i++) {
        access_add(test.pg, &write_users[i]);
    }
    access_await_asked(test.port);
    return test;
}

#endif
