/* What the tests of writing share: one server for a whole program, people of two estates (access_kit.h), requests with
 * a body, and the newest answer. */
#ifndef HUTONG_TESTS_WRITE_KIT_H
#define HUTONG_TESTS_WRITE_KIT_H

#include "api/access_kit.h"
#include "geo/geo.h"

#include <pthread.h>

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

/* --- one server, and its newest answer --- */
static struct test_server on;
static struct test_answer answer;                                                   /* freed by the next */
static char company[160], district[160], street[160], committee[160], planner[160]; /* as header lines */

/* PROJ gives up its state at exit, and breaks a fork after that. Who uses it begins with it, so that the fixture, which
 * forks to drop its database, has done so before. */
static inline void write_proj(void)
{
    AUTO(geo_crs) crs = NULL;
    test_ok(geo_crs_new("EPSG:3857", &test_diag, &crs));
}

static inline int write_open(struct api_config config)
{
    on = write_server(config);
    access_header("company", company);
    access_header("district", district);
    access_header("street", street);
    access_header("committee", committee);
    access_header("planner", planner);
    return 0;
}

static inline int write_close(void **state)
{
    (void)state;
    test_answer_release(&answer);
    test_server_end(&on);
    return 0;
}

static inline int ask(const char *method, const char *path, const char *who, const char *body)
{
    test_answer_release(&answer);
    return write_ask(on.port, method, path, who, body, &answer);
}

static inline int get(const char *path, const char *who)
{
    test_answer_release(&answer);
    return test_get(on.port, path, who, &answer);
}

static inline int match(const char *method, const char *path, const char *who, const char *tag, const char *body)
{
    test_answer_release(&answer);
    return write_match(on.port, method, path, who, tag, body, &answer);
}

/* Path and tag of what was just made. */
static inline void noted(char path[64], char tag[64])
{
    snprintf(path, 64, "%s", test_header(&answer, "Location"));
    snprintf(tag, 64, "%s", test_header(&answer, "ETag"));
}

struct write_wrong {
    const char *body, *field;
};

/* Each is refused, by the field that is wrong. */
static inline void write_refuse(const char *path, const char *who, const struct write_wrong *wrong, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int status = ask("POST", path, who, wrong[i].body);
        if (status != 422) {
            fail_msg("%s: %d: %s", wrong[i].body, status, answer.body.at);
        }
        write_field(&answer, wrong[i].field);
    }
}

/* --- at once --- */
enum { WRITE_RACERS = 6 };
struct write_racer {
    const char *path, *who, *tag, *body;
    pthread_t thread;
    int status;
};

static inline void *write_put_at_once(void *of)
{
    struct write_racer *racer = of;
    struct test_answer mine;
    racer->status = write_match(on.port, "PUT", racer->path, racer->who, racer->tag, racer->body, &mine);
    test_answer_release(&mine);
    return NULL;
}

/* Of several who change the same version at once one wins, and the others are told. */
static inline void write_race(const char *path, const char *who, const char *tag,
                              const char *const bodies[WRITE_RACERS])
{
    struct write_racer racers[WRITE_RACERS];
    int won = 0, lost = 0;
    for (size_t i = 0; i < WRITE_RACERS; i++) {
        racers[i] = (struct write_racer){.path = path, .who = who, .tag = tag, .body = bodies[i]};
        assert_int_equal(pthread_create(&racers[i].thread, NULL, write_put_at_once, &racers[i]), 0);
    }
    for (size_t i = 0; i < WRITE_RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        won += racers[i].status == 200;
        lost += racers[i].status == 412;
    }
    assert_int_equal(won, 1);
    assert_int_equal(lost, WRITE_RACERS - 1);
}

#endif
