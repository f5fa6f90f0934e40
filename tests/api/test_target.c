/* api/target.c: what a client may write behind the method, and what it may not. */
#include "api/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct base_arena arena;
static struct api_target target;
static struct base_diag diag;

static enum base_err parse(const char *raw)
{
    base_arena_reset(&arena);
    return api_target_in(base_str_of(raw), &arena, &diag, &target);
}

static void paths(void **state)
{
    (void)state;
    assert_int_equal(parse("/"), BASE_OK);
    assert_int_equal(target.segment_count, 1);
    assert_int_equal(target.segments[0].len, 0);
    assert_int_equal(parse("/tiles/a%2Cb,c/1/2/3"), BASE_OK);
    assert_int_equal(target.segment_count, 5);
    assert_true(base_str_is(target.segments[1], "a,b,c"));
    assert_true(base_str_is(target.path, "/tiles/a,b,c/1/2/3"));
    assert_int_equal(parse("/%E6%A5%BC+1"), BASE_OK); /* '+' is itself in a path */
    assert_true(base_str_is(target.segments[0], "楼+1"));
    assert_int_equal(parse("//a/"), BASE_OK);
    assert_int_equal(target.segment_count, 3);
    assert_int_equal(parse("http://host:80/a?b=c"), BASE_OK);
    assert_true(base_str_is(target.path, "/a"));
    assert_int_equal(parse("http://host"), BASE_OK);
    assert_true(base_str_is(target.path, "/"));
}

static void queries(void **state)
{
    (void)state;
    assert_int_equal(parse("/?a=1&b=x+y%26&c&&d="), BASE_OK);
    assert_int_equal(target.param_count, 4);
    assert_true(base_str_is(api_target_param(&target, "a"), "1"));
    assert_true(base_str_is(api_target_param(&target, "b"), "x y&"));
    assert_true(base_str_is(api_target_param(&target, "c"), ""));
    assert_non_null(api_target_param(&target, "d").at);
    assert_null(api_target_param(&target, "e").at);
    assert_int_equal(parse("/?a=b=c?d"), BASE_OK);
    assert_true(base_str_is(api_target_param(&target, "a"), "b=c?d"));
    assert_int_equal(parse("/?"), BASE_OK);
    assert_int_equal(target.param_count, 0);
}

static void refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",       "*",        "a",     "?a=b",         "/%",    "/%4",
                                      "/%4g",   "/%zz",     "/%00",  "/%2F",         "/%ff",  "/%C3",
                                      "/a?b=%", "/a?%00=1", "/\xff", "/?a=\xc0\x80", "/?a&a", "/?a=1&%61=2"};
    for (size_t i = 0; i < BASE_COUNT(bad); i++) {
        if (parse(bad[i]) != BASE_INVALID) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    assert_int_equal(parse("/1/2/3/4/5/6/7/8/9/10/11/12/13"), BASE_LIMIT);
    assert_int_equal(parse("/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q"), BASE_LIMIT);
}

static void long_ones(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 65536);
    base_buf_u8(&text, '/');
    while (text.len < API_TARGET_MAX) {
        base_buf_u8(&text, 'x');
    }
    base_arena_reset(&arena);
    assert_int_equal(api_target_in(base_buf_str(&text), &arena, &diag, &target), BASE_OK);
    base_buf_u8(&text, 'x');
    base_arena_reset(&arena);
    assert_int_equal(api_target_in(base_buf_str(&text), &arena, &diag, &target), BASE_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(queries),
        cmocka_unit_test(refused),
        cmocka_unit_test(long_ones),
    };
    base_arena_init(&arena, 96 * 1024);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_arena_release(&arena);
    return failed;
}
