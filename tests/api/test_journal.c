/* api/journal.c: what changed since, each row once; ids that come back; what falls out of the window. */
#include "api/stream.h"
#include "fixture/fixture.h"
#include "tiles/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = 1000000 };
static struct base_diag diag;
static struct tiles_store *stores[TILES_TABLES];
static struct data_scope *everything;
static struct api_journal *journal;
static int64_t now_us;
static uint64_t lsn;

static struct api_viewer viewer_of(unsigned topics, bool cameras)
{
    return (struct api_viewer){everything, {topics, cameras}};
}

/* One row of a table with the columns of the bits, all of them the number. */
static unsigned put(enum tiles_table_id table, int64_t estate_id, int64_t id, uint32_t columns, int64_t number)
{
    static const struct tiles_point corners[] = {{10, 10}, {20, 10}, {20, 20}};
    static const uint32_t three = 3, one = 1;
    const struct tiles_table *kind = &tiles_tables[table];
    struct tiles_cell cells[TILES_COLUMN_MAX];
    bool area = kind->type == GEO_SHAPE_AREA;
    for (int i = 0; i < TILES_COLUMN_MAX; i++) {
        enum tiles_kind type = kind->columns[i].kind;
        cells[i] = (struct tiles_cell){.null = !(columns & 1U << i), .i64 = number};
        if (type == TILES_TEXT) {
            cells[i].text = base_str_of(number == 7 ? "Dome Camera" : "lamp");
        } else if (type == TILES_REAL || type == TILES_DOUBLE) {
            cells[i].f64 = (double)number;
        }
    }
    struct tiles_row row = {.estate_id = estate_id, .id = id, .cells = cells};
    row.shape = (struct tiles_shape){.type = kind->type,
                                     .vertices = area ? 3 : 1,
                                     .rings = area,
                                     .parts = area,
                                     .points = corners,
                                     .ring_ends = area ? &three : NULL,
                                     .part_ends = area ? &one : NULL};
    unsigned effect = 0;
    assert_int_equal(tiles_store_put(stores[table], &row, UINT32_MAX, 0, &diag, &effect), BASE_OK);
    return effect;
}

static struct tiles_change change_of(enum tiles_table_id table, int64_t estate_id, int64_t id, unsigned effect)
{
    struct tiles_change change = {.table = table, .estate_id = estate_id, .id = id, .effect = effect};
    struct tiles_directory *directory;
    assert_int_equal(tiles_store_publish(stores[table], &diag, &directory), BASE_OK);
    assert_true(effect == 0 || tiles_store_find(stores[table], estate_id, id, &change.page, &change.row));
    tiles_directory_unref(directory); /* the store holds one, too */
    return change;
}

static void take(const struct tiles_change *changes, size_t count)
{
    lsn += 16;
    api_journal_take(journal, &(struct tiles_news){.changes = changes, .count = count, .lsn = lsn}, now_us);
    now_us += SECOND / 10;
}

static void take_put(enum tiles_table_id table, int64_t estate_id, int64_t id, uint32_t columns, int64_t number)
{
    unsigned effect = put(table, estate_id, id, columns, number);
    struct tiles_change change = change_of(table, estate_id, id, effect);
    take(&change, 1);
}

static void take_gone(enum tiles_table_id table, int64_t estate_id, int64_t id)
{
    assert_true(tiles_store_remove(stores[table], estate_id, id, 0));
    struct tiles_change change = change_of(table, estate_id, id, 0);
    take(&change, 1);
}

/* What changed after since, as JSON. Overwritten by the next call. */
static const char *told(uint64_t since, unsigned topics, bool cameras)
{
    static char text[4096];
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, sizeof text - 1);
    struct base_json_out out = base_json_out_of(&buf);
    base_json_out_object(&out);
    bool some = api_journal_rows(journal, since, viewer_of(topics, cameras), &out);
    base_json_out_object_end(&out);
    snprintf(text, sizeof text, "%s", base_buf_cstr(&buf));
    assert_int_equal(some, strcmp(text, "{}") != 0);
    return text;
}

static const char *tiles(uint64_t since, int64_t since_us)
{
    static char text[4096];
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, sizeof text - 1);
    struct base_json_out out = base_json_out_of(&buf);
    base_json_out_object(&out);
    api_journal_tiles(journal, since, since_us, viewer_of(1, false), &out);
    base_json_out_object_end(&out);
    snprintf(text, sizeof text, "%s", base_buf_cstr(&buf));
    return text;
}

enum { ASSETS = 1 << API_TOPIC_ASSETS, BUILDINGS = 1 << API_TOPIC_BUILDINGS, DEVICES = 1 << API_TOPIC_DEVICES };

/* Columns that the tests give; levels is the one that does not tell state. */
static uint32_t at_estate, last_pass, levels, kind_of;

static uint32_t bit_of(enum tiles_table_id table, const char *column)
{
    int at = tiles_table_column(&tiles_tables[table], column);
    assert_true(at >= 0);
    return 1U << at;
}

static void each_row_once_with_its_newest(void **state)
{
    (void)state;
    uint64_t since = api_journal_number(journal);
    take_put(TILES_TABLE_ASSET, 1, 5, at_estate, 1);
    take_put(TILES_TABLE_ASSET, 1, 6, at_estate, 2);
    take_put(TILES_TABLE_ASSET, 1, 5, at_estate, 3);
    assert_string_equal(told(since, ASSETS, false), "{\"assets\":[{\"id\":5,\"estate_id\":1,\"at_estate_id\":3},"
                                                    "{\"id\":6,\"estate_id\":1,\"at_estate_id\":2}]}");
    assert_string_equal(told(api_journal_number(journal) - 1, ASSETS, false),
                        "{\"assets\":[{\"id\":5,\"estate_id\":1,\"at_estate_id\":3}]}");
    assert_string_equal(told(api_journal_number(journal), ASSETS, false), "{}");
    assert_string_equal(told(since, BUILDINGS | DEVICES, true), "{}"); /* nobody asked for assets */
    take_gone(TILES_TABLE_ASSET, 1, 6);
    assert_string_equal(told(since, ASSETS, false),
                        "{\"assets\":[{\"id\":5,\"estate_id\":1,\"at_estate_id\":3}],\"gone\":{\"assets\":[6]}}");
}

/* Under another estate it is the same asset to those who see both. */
static void what_moved_is_not_gone(void **state)
{
    (void)state;
    uint64_t since = api_journal_number(journal);
    assert_true(tiles_store_remove(stores[TILES_TABLE_ASSET], 1, 5, 0));
    put(TILES_TABLE_ASSET, 2, 5, at_estate, 4);
    struct tiles_change changes[] = {change_of(TILES_TABLE_ASSET, 1, 5, 0),
                                     change_of(TILES_TABLE_ASSET, 2, 5, TILES_NEW)};
    take(changes, 2);
    assert_string_equal(told(since, ASSETS, false), "{\"assets\":[{\"id\":5,\"estate_id\":2,\"at_estate_id\":4}]}");
}

static void buildings_tell_state_alone(void **state)
{
    (void)state;
    uint64_t since = api_journal_number(journal);
    take_put(TILES_TABLE_BUILDING, 1, 8, levels, 3); /* without state */
    assert_string_equal(told(since, BUILDINGS, false), "{}");
    assert_string_equal(tiles(since, INT64_MAX), "{\"tiles\":[\"buildings\"]}");
    since = api_journal_number(journal);
    take_put(TILES_TABLE_BUILDING, 1, 8, levels | last_pass, 3);
    assert_string_equal(
        told(since, BUILDINGS, false),
        "{\"buildings\":[{\"id\":8,\"estate_id\":1,\"last_pass_at\":\"1970-01-01T00:00:00.000003Z\"}]}");
    assert_string_equal(tiles(since, INT64_MAX), "{}"); /* no tile is other than it was */
    assert_string_equal(tiles(since, 0), "{\"tiles\":[\"buildings\"]}");
    take_put(TILES_TABLE_BUILDING, 1, 8, levels, 3); /* the state went */
    assert_string_equal(told(since, BUILDINGS, false), "{\"gone\":{\"buildings\":[8]}}");
}

static void cameras_for_a_purpose(void **state)
{
    (void)state;
    uint64_t since = api_journal_number(journal);
    take_put(TILES_TABLE_DEVICE, 1, 9, kind_of, 7);
    assert_non_null(strstr(told(since, DEVICES, true), "\"kind\":\"Dome Camera\""));
    assert_string_equal(told(since, DEVICES, false), "{}");
    since = api_journal_number(journal);
    take_put(TILES_TABLE_DEVICE, 1, 10, kind_of, 1);
    assert_non_null(strstr(told(since, DEVICES, false), "\"kind\":\"lamp\""));
    take_put(TILES_TABLE_DEVICE, 1, 10, kind_of, 7); /* what was a lamp to them */
    assert_string_equal(told(since, DEVICES, false), "{\"gone\":{\"devices\":[10]}}");
}

static void ids_come_back(void **state)
{
    (void)state;
    uint64_t seen = lsn, since = api_journal_number(journal);
    assert_int_equal(api_journal_find(journal, &seen, 1), since);
    take_put(TILES_TABLE_ASSET, 2, 5, at_estate, 100);
    assert_int_equal(api_journal_find(journal, &seen, 1), since);
    uint64_t between = seen + 1, ahead = lsn + 1, ancient = 0;
    assert_int_equal(api_journal_find(journal, &between, 1), since); /* another server's, of the same log */
    assert_int_equal(api_journal_find(journal, &ahead, 1), 0);
    assert_int_equal(api_journal_find(journal, &ancient, 1), 0);
}

static void the_window_is_two_minutes(void **state)
{
    (void)state;
    take_put(TILES_TABLE_ASSET, 2, 5, at_estate, 200);
    uint64_t seen = lsn, since = api_journal_number(journal);
    now_us += INT64_C(100) * SECOND;
    take_put(TILES_TABLE_ASSET, 2, 5, at_estate, 201);
    assert_true(api_journal_reaches(journal, since));
    assert_int_equal(api_journal_find(journal, &seen, 1), since);
    take_put(TILES_TABLE_ASSET, 2, 6, at_estate, 201);
    now_us += INT64_C(130) * SECOND;
    take_put(TILES_TABLE_ASSET, 2, 5, at_estate, 202);
    assert_false(api_journal_reaches(journal, since));
    assert_int_equal(api_journal_find(journal, &seen, 1), 0);
}

/* More than it holds at once: nobody behind it can be told the difference. */
static void more_than_the_window(void **state)
{
    (void)state;
    enum { MANY = 50001 };
    static struct tiles_change changes[MANY];
    uint64_t since = api_journal_number(journal);
    for (int64_t i = 0; i < MANY; i++) {
        changes[i] = (struct tiles_change){.table = TILES_TABLE_ASSET, .estate_id = 1, .id = 1000 + i};
    }
    take(changes, MANY);
    assert_false(api_journal_reaches(journal, since));
    assert_true(api_journal_reaches(journal, api_journal_number(journal)));
}

/* A database that was put back counts from an earlier place: no id of before means anything. */
static void another_history(void **state)
{
    (void)state;
    take_put(TILES_TABLE_ASSET, 2, 5, at_estate, 300);
    uint64_t seen = lsn;
    lsn -= 1000;
    take_put(TILES_TABLE_ASSET, 2, 5, at_estate, 301);
    assert_int_equal(api_journal_find(journal, &seen, 1), 0);
    lsn += 2000;
    take_put(TILES_TABLE_ASSET, 2, 5, at_estate, 302);
    assert_int_equal(api_journal_find(journal, &seen, 1), 0);
    assert_int_equal(api_journal_find(journal, &lsn, 1), api_journal_number(journal));
}

static int open_all(void **state)
{
    (void)state;
    static const enum tiles_table_id used[] = {TILES_TABLE_ASSET, TILES_TABLE_BUILDING, TILES_TABLE_DEVICE};
    now_us = SECOND;
    at_estate = bit_of(TILES_TABLE_ASSET, "at_estate_id");
    last_pass = bit_of(TILES_TABLE_BUILDING, "last_pass_at");
    levels = bit_of(TILES_TABLE_BUILDING, "levels");
    kind_of = bit_of(TILES_TABLE_DEVICE, "kind");
    for (size_t i = 0; i < BASE_COUNT(used); i++) {
        assert_int_equal(tiles_store_new(&tiles_tables[used[i]], &diag, &stores[used[i]]), BASE_OK);
    }
    assert_int_equal(data_scope_everything(&diag, &everything), BASE_OK);
    assert_int_equal(api_journal_new(&diag, &journal), BASE_OK);
    lsn = 0x1000;
    take(NULL, 0); /* the first view of all */
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < TILES_TABLES; i++) {
        tiles_store_free(stores[i]);
    }
    data_scope_free(everything);
    api_journal_free(journal);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_once_with_its_newest),
        cmocka_unit_test(what_moved_is_not_gone),
        cmocka_unit_test(buildings_tell_state_alone),
        cmocka_unit_test(cameras_for_a_purpose),
        cmocka_unit_test(ids_come_back),
        cmocka_unit_test(the_window_is_two_minutes),
        cmocka_unit_test(more_than_the_window),
        cmocka_unit_test(another_history),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
