/* ingest/tracks.c: what is remembered, replaced, forgotten, and begun anew when there is too much of it. */
#include "ingest/tracks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct base_id id_of(uint64_t number)
{
    struct base_id id = {.bytes = {0}};
    memcpy(id.bytes, &number, sizeof number); /* neighbours: the worst case for the table */
    return id;
}

static void put(struct ingest_tracks *tracks, uint64_t number, int64_t stamp, const char *text)
{
    ingest_tracks_put(tracks, id_of(number), stamp, base_str_of(text));
}

static void expect(const struct ingest_tracks *tracks, uint64_t number, int64_t stamp, const char *text)
{
    const struct ingest_tracks_entry *entry = ingest_tracks_find(tracks, id_of(number));
    assert_non_null(entry);
    assert_int_equal(entry->stamp, stamp);
    assert_true(base_str_is((struct base_str){entry->bytes, entry->len}, text));
}

static void the_newest_is_remembered(void **state)
{
    (void)state;
    struct ingest_tracks tracks = {.slots = NULL};
    char text[300];
    assert_null(ingest_tracks_find(&tracks, id_of(1)));
    ingest_tracks_forget(&tracks, id_of(1));
    put(&tracks, 1, 5, "a");
    put(&tracks, 2, 6, "");
    expect(&tracks, 1, 5, "a");
    expect(&tracks, 2, 6, "");
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    put(&tracks, 1, 7, text);
    expect(&tracks, 1, 7, text);
    ingest_tracks_forget(&tracks, id_of(1));
    assert_null(ingest_tracks_find(&tracks, id_of(1)));
    put(&tracks, 1, 8, "b");
    expect(&tracks, 1, 8, "b");
    ingest_tracks_release(&tracks);
}

static void many_and_too_many(void **state)
{
    (void)state;
    struct ingest_tracks tracks = {.slots = NULL};
    for (uint64_t i = 0; i < 20000; i++) {
        put(&tracks, i, (int64_t)i + 1, "track");
        if (i % 3 == 0) {
            ingest_tracks_forget(&tracks, id_of(i));
        }
    }
    for (uint64_t i = 0; i < 20000; i++) {
        if (i % 3) {
            expect(&tracks, i, (int64_t)i + 1, "track");
        } else {
            assert_null(ingest_tracks_find(&tracks, id_of(i)));
        }
    }
    for (uint64_t i = 20000; i < INGEST_TRACKS_MAX + 10; i++) {
        put(&tracks, i, 1, "track");
    }
    assert_true(tracks.count <= 10);
    assert_null(ingest_tracks_find(&tracks, id_of(20001)));
    expect(&tracks, INGEST_TRACKS_MAX + 9, 1, "track");
    ingest_tracks_release(&tracks);
    assert_int_equal(tracks.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_is_remembered),
        cmocka_unit_test(many_and_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
