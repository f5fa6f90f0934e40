/* ingest/names.c: every name is found again, also when there are many, and nothing else is. */
#include "ingest/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 5000 };
static char texts[MANY][16];

static void names_are_found_by_all_their_bytes(void **state)
{
    (void)state;
    struct ingest_names names = {.slots = NULL};
    assert_null(ingest_names_find(&names, base_str_of("a")));
    assert_int_equal(ingest_names_add(&names, (struct base_str){"a\0b", 3}, &texts[0]), BASE_OK);
    assert_int_equal(ingest_names_add(&names, (struct base_str){"", 0}, &texts[1]), BASE_OK);
    assert_ptr_equal(ingest_names_find(&names, (struct base_str){"a\0b", 3}), &texts[0]);
    assert_ptr_equal(ingest_names_find(&names, (struct base_str){NULL, 0}), &texts[1]);
    assert_null(ingest_names_find(&names, base_str_of("a")));
    ingest_names_release(&names);
    assert_int_equal(names.count, 0);
}

static void many_names_stay_apart(void **state)
{
    (void)state;
    struct ingest_names names = {.slots = NULL};
    for (int i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "room-%d", i);
        assert_int_equal(ingest_names_add(&names, base_str_of(texts[i]), texts[i]), BASE_OK);
    }
    assert_int_equal(names.count, MANY);
    for (int i = 0; i < MANY; i++) {
        char copy[16];
        memcpy(copy, texts[i], sizeof copy);
        assert_ptr_equal(ingest_names_find(&names, base_str_of(copy)), texts[i]);
    }
    assert_null(ingest_names_find(&names, base_str_of("room-5000")));
    ingest_names_release(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_by_all_their_bytes),
        cmocka_unit_test(many_names_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
