/* The re-delivery list: what it absorbs, how often, and when it forgets. */
#include "ingest/redelivery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct base_id id_of(unsigned char number)
{
    struct base_id id;
    memset(id.bytes, number, sizeof id.bytes);
    return id;
}

static bool take(struct ingest_redelivery *list, unsigned char number)
{
    bool again = false;
    assert_int_equal(ingest_redelivery_take(list, id_of(number), &again), BASE_OK);
    return again;
}

/* What the lease would hold is what the next connection starts with. */
static void reconnect(struct ingest_redelivery *list)
{
    struct base_id ids[16];
    size_t count = list->count;
    for (size_t i = 0; i < count; i++) {
        ids[i] = list->entries[i].id;
    }
    ingest_redelivery_clear(list);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ingest_redelivery_owe(list, ids[i]), BASE_OK);
    }
}

static void a_repeat_on_the_same_connection_is_another_message(void **state)
{
    (void)state;
    struct ingest_redelivery list = {.entries = NULL};
    assert_false(take(&list, 1));
    ingest_redelivery_stored(&list, 1);
    assert_false(take(&list, 1));
    assert_int_equal(list.count, 2);
    ingest_redelivery_release(&list);
}

static void each_entry_absorbs_one(void **state)
{
    (void)state;
    struct ingest_redelivery list = {.entries = NULL};
    take(&list, 1);
    take(&list, 1);
    take(&list, 2);
    ingest_redelivery_stored(&list, 1);
    reconnect(&list);
    assert_true(ingest_redelivery_owes(&list, id_of(1)));
    assert_true(take(&list, 1));
    assert_true(take(&list, 1));
    assert_false(take(&list, 1)); /* a third is new */
    assert_false(take(&list, 3));
    assert_int_equal(list.owed, 1);
    ingest_redelivery_release(&list);
}

static void what_was_absorbed_is_owed_until_its_own_acknowledgement_is_known(void **state)
{
    (void)state;
    struct ingest_redelivery list = {.entries = NULL};
    take(&list, 1);
    ingest_redelivery_stored(&list, 1);
    reconnect(&list);
    assert_true(take(&list, 1));
    ingest_redelivery_stored(&list, 1);
    reconnect(&list); /* the second acknowledgement was lost as well */
    assert_true(take(&list, 1));
    ingest_redelivery_release(&list);
}

static void a_barrier_ends_what_was_stored_before_it(void **state)
{
    (void)state;
    struct ingest_redelivery list = {.entries = NULL};
    take(&list, 1);
    ingest_redelivery_stored(&list, 1);
    take(&list, 2);
    ingest_redelivery_stored(&list, 2); /* while the first barrier was on its way */
    ingest_redelivery_settle(&list, 1, false);
    assert_int_equal(list.count, 1);
    assert_true(list.changed);
    reconnect(&list);
    assert_false(take(&list, 1)); /* a genuine repeat */
    assert_true(take(&list, 2));
    ingest_redelivery_release(&list);
}

static void what_never_came_again_goes_with_the_barrier_that_ends_it(void **state)
{
    (void)state;
    struct ingest_redelivery list = {.entries = NULL};
    take(&list, 1);
    ingest_redelivery_stored(&list, 1);
    reconnect(&list);
    ingest_redelivery_settle(&list, 1, false); /* sent too early to say so */
    assert_int_equal(list.owed, 1);
    ingest_redelivery_settle(&list, 2, true);
    assert_int_equal(list.count, 0);
    assert_false(take(&list, 1));
    ingest_redelivery_release(&list);
}

static void the_open_batch_is_not_settled(void **state)
{
    (void)state;
    struct ingest_redelivery list = {.entries = NULL};
    take(&list, 1);
    ingest_redelivery_settle(&list, 7, true);
    assert_int_equal(list.count, 1);
    ingest_redelivery_release(&list);
}

static void its_text_is_an_array(void **state)
{
    (void)state;
    struct ingest_redelivery list = {.entries = NULL};
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1000);
    ingest_redelivery_text(&list, &text);
    assert_string_equal(base_buf_cstr(&text), "{}");
    take(&list, 0x0a);
    take(&list, 0xff);
    ingest_redelivery_text(&list, &text);
    assert_string_equal(base_buf_cstr(&text), "{0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a,ffffffffffffffffffffffffffffffff}");
    ingest_redelivery_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeat_on_the_same_connection_is_another_message),
        cmocka_unit_test(each_entry_absorbs_one),
        cmocka_unit_test(what_was_absorbed_is_owed_until_its_own_acknowledgement_is_known),
        cmocka_unit_test(a_barrier_ends_what_was_stored_before_it),
        cmocka_unit_test(what_never_came_again_goes_with_the_barrier_that_ends_it),
        cmocka_unit_test(the_open_batch_is_not_settled),
        cmocka_unit_test(its_text_is_an_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
