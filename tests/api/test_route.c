/* api/route.c: which row answers a path, what its {} take, and which parameters it knows. */
#include "api/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct base_arena arena;
static struct api_target target;
static struct base_str captured[API_CAPTURES_MAX];
static struct base_diag diag;

static const char *row(const char *raw)
{
    base_arena_reset(&arena);
    assert_int_equal(api_target_in(base_str_of(raw), &arena, &diag, &target), BASE_OK);
    const struct api_route *route = api_route_find(&target, captured);
    return route->pattern ? route->pattern : "static";
}

static void rows_and_captures(void **state)
{
    (void)state;
    assert_string_equal(row("/healthz"), "/healthz");
    assert_string_equal(row("/tiles/roads,water.json"), "/tiles/{layers}.json");
    assert_true(base_str_is(captured[0], "roads,water"));
    assert_string_equal(row("/tiles/roads/14/1/2"), "/tiles/{layers}/{z}/{x}/{y}");
    assert_true(base_str_is(captured[0], "roads") && base_str_is(captured[3], "2"));
    assert_string_equal(row("/api/buildings/12/dossier"), "/api/buildings/{id}/dossier");
    assert_true(base_str_is(captured[0], "12"));
}

/* A row that forgot to say who may would be public by accident: every one that is public stands here. */
static void only_these_are_public(void **state)
{
    (void)state;
    static const char *const public[] = {"/healthz", "/readyz", "/styles/{style}.json", "/api/session",
                                         "/api/notices/{key}/ack"};
    for (size_t i = 0; api_routes[i].pattern; i++) {
        bool listed = false;
        for (size_t k = 0; k < BASE_COUNT(public); k++) {
            listed = listed || strcmp(api_routes[i].pattern, public[k]) == 0;
        }
        if (listed != (api_routes[i].access == API_PUBLIC)) {
            fail_msg("%s", api_routes[i].pattern);
        }
        assert_true(api_routes[i].methods != 0);
        assert_true(api_routes[i].lane != API_INLINE || listed);
    }
}

static void no_row(void **state)
{
    (void)state;
    static const char *const paths[] = {"/",
                                        "/healthz/",
                                        "/Healthz",
                                        "/tiles/.json",
                                        "/tiles/roads",
                                        "/tiles/roads/1/2",
                                        "/tiles/roads/1/2/3/4",
                                        "/tiles//1/2/3",
                                        "/api/buildings//dossier",
                                        "/api/buildings/1/dossier/x",
                                        "/api/nothing"};
    for (size_t i = 0; i < BASE_COUNT(paths); i++) {
        if (strcmp(row(paths[i]), "static") != 0) {
            fail_msg("%s has a row", paths[i]);
        }
    }
}

static enum base_err checked(const char *raw)
{
    row(raw);
    return api_route_check(api_route_find(&target, captured), &target, &diag);
}

static void parameters(void **state)
{
    (void)state;
    assert_int_equal(checked("/api/stream?topics=assets"), BASE_OK);
    assert_int_equal(checked("/api/stream?topic=assets"), BASE_INVALID);
    assert_non_null(strstr(diag.text, "topics"));
    assert_int_equal(checked("/api/estates?limit=1"), BASE_INVALID);
    assert_int_equal(checked("/index.html?v=1"), BASE_OK);
    assert_int_equal(checked("/api/measures?estate=1"), BASE_INVALID);
    assert_int_equal(checked("/api/measures/duty_rate?whatever=1"), BASE_OK); /* the handler knows */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_captures),
        cmocka_unit_test(only_these_are_public),
        cmocka_unit_test(no_row),
        cmocka_unit_test(parameters),
    };
    base_arena_init(&arena, 96 * 1024);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_arena_release(&arena);
    return failed;
}
