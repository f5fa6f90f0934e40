/* base/arena.c: alignment, zeroing, the ceiling, and reuse after a reset. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void gives_aligned_zeroed_memory(void **state)
{
    (void)state;
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, 1 << 20);
    for (size_t size = 1; size < 40000; size = size * 3 + 1) {
        unsigned char *at = base_arena_alloc(&arena, size);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % 16, 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(at[i], 0);
        }
        memset(at, 0xAB, size); /* the next round must not see this */
    }
    base_arena_reset(&arena);
    unsigned char *again = base_arena_alloc(&arena, 1000);
    assert_non_null(again);
    assert_int_equal(again[999], 0);
}

static void stops_at_the_ceiling(void **state)
{
    (void)state;
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, 100);
    assert_non_null(base_arena_alloc(&arena, 60));
    assert_false(arena.full);
    assert_null(base_arena_alloc(&arena, 41));
    assert_true(arena.full);
    assert_non_null(base_arena_alloc(&arena, 40));
    assert_null(base_arena_alloc(&arena, 1));
    assert_null(base_arena_alloc(&arena, SIZE_MAX));
    base_arena_reset(&arena);
    assert_non_null(base_arena_alloc(&arena, 100));
}

static void copies_text_with_a_terminator(void **state)
{
    (void)state;
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, 100);
    assert_string_equal(base_arena_text(&arena, (struct base_str){"abcdef", 3}), "abc");
    assert_string_equal(base_arena_text(&arena, (struct base_str){NULL, 0}), "");
    assert_null(base_arena_text(&arena, (struct base_str){"x", SIZE_MAX}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_aligned_zeroed_memory),
        cmocka_unit_test(stops_at_the_ceiling),
        cmocka_unit_test(copies_text_with_a_terminator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
