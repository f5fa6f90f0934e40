/* tiles/store*.c, page*.c, directory.c: a table under random change against a naive one. */
#include "store_model.h"
#include "tiles/store_private.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS = 3000, CHANGES = 20000, CHECKS = 6, FOREVER = -1 };

/* --- memory that runs out: the linker gives these to all of the program's own code --- */
static long left = FOREVER; /* allocations that still succeed */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool refused(void)
{
    bool none = left == 0;
    left -= left > 0;
    return none;
}

void *__wrap_malloc(size_t size)
{
    return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return refused() ? NULL : __real_realloc(memory, size);
}

static const struct tiles_extent world = {0, 0, UINT32_MAX, UINT32_MAX};

struct kit {
    struct model *model;
    struct tiles_store *store;
    struct data_scope *scope;
    struct tiles_view *view;
    bool poor; /* each call is tried without memory, then with one allocation, with two ... until it works */
    uint64_t refusals;
};

static struct kit kit_of(enum tiles_table_id table, size_t keys, uint64_t seed)
{
    struct kit kit = {.model = model_new(table, keys, seed)};
    model_ok(tiles_store_new(&tiles_tables[table], &model_diag, &kit.store));
    model_ok(data_scope_everything(&model_diag, &kit.scope));
    return kit;
}

static void kit_release(struct kit *kit)
{
    tiles_view_unref(kit->view);
    tiles_store_free(kit->store);
    data_scope_free(kit->scope);
    model_free(kit->model);
}

static void publish(struct kit *kit)
{
    struct tiles_directory *directory = NULL;
    enum base_err err = BASE_NOMEM;
    for (long given = 0; err == BASE_NOMEM; given++) {
        left = kit->poor ? given : FOREVER;
        err = tiles_store_publish(kit->store, &model_diag, &directory);
        left = FOREVER;
        kit->refusals += err == BASE_NOMEM;
        assert_true(!err || !directory);
    }
    model_ok(err);
    tiles_view_unref(kit->view);
    kit->view = model_view(kit->model->table, directory);
}

static unsigned put(struct kit *kit, const struct model_row *row, uint32_t columns, bool shape, uint8_t upstream)
{
    struct tiles_row given = row->row;
    unsigned effect = 99;
    if (!shape) {
        given.shape = (struct tiles_shape){.type = GEO_SHAPE_NONE};
    }
    enum base_err err = BASE_NOMEM;
    for (long allocations = 0; err == BASE_NOMEM; allocations++) {
        left = kit->poor ? allocations : FOREVER;
        err = tiles_store_put(kit->store, &given, columns, upstream, &model_diag, &effect);
        left = FOREVER;
        kit->refusals += err == BASE_NOMEM;
    }
    model_ok(err);
    return effect;
}

static bool took(struct kit *kit, const struct model_row *row, uint8_t upstream)
{
    left = kit->poor && row->row.id % 2 ? 0 : FOREVER; /* it cannot fail */
    bool removed = tiles_store_remove(kit->store, row->row.estate_id, row->row.id, upstream);
    left = FOREVER;
    return removed;
}

/* --- random changes --- */
static void change_there(struct kit *kit, struct model_row *row)
{
    struct model *model = kit->model;
    const uint32_t live = model_live(model->columns), all = UINT32_MAX;
    const uint32_t kind = model_below(&model->seed, 10);
    const uint32_t columns = kind < 4 ? live : kind < 6 ? all & ~live : kind < 8 ? all : 1 + (kind == 8);
    const bool shape = kind == 7 || kind == 5;
    const struct tiles_sum before[2] = {model_sum(model, row, false), model_sum(model, row, true)};
    if (shape) {
        model_shape(model, row);
    }
    model_cells(model, row, columns);
    unsigned want = 0;
    for (size_t b = 0; b < 2; b++) {
        const struct tiles_sum after = model_sum(model, row, b);
        want |= memcmp(&after, &before[b], sizeof after) == 0 ? 0 : b ? TILES_LIVE : TILES_STATIC;
    }
    assert_int_equal(put(kit, row, columns, shape, row->upstream), want);
}

static void change(struct kit *kit)
{
    struct model *model = kit->model;
    struct model_row *row = &model->rows[model_below(&model->seed, (uint32_t)model->count)];
    const uint32_t kind = model_below(&model->seed, 16);
    if (!row->there) {
        row->upstream = (uint8_t)model_below(&model->seed, 2);
        model_shape(model, row);
        model_cells(model, row, UINT32_MAX);
        struct tiles_sum live = model_sum(model, row, true);
        const unsigned want = TILES_NEW | TILES_STATIC | (live.low || live.high ? TILES_LIVE : 0);
        assert_int_equal(put(kit, row, UINT32_MAX, true, row->upstream), want);
        row->there = true;
    } else if (kind == 0) {
        assert_false(took(kit, row, row->upstream ^ 1));
    } else if (kind < 5) {
        assert_true(took(kit, row, row->upstream));
        assert_false(took(kit, row, row->upstream));
        row->there = false;
        if (kind < 2) { /* and back, as it was: what it was is forgotten */
            put(kit, row, UINT32_MAX, true, row->upstream);
            row->there = true;
        }
    } else if (kind == 5) {
        assert_int_equal(put(kit, row, UINT32_MAX, true, row->upstream), TILES_SAME);
    } else {
        change_there(kit, row);
    }
}

/* --- what has to hold after each publish --- */
static void check_pages(const struct tiles_directory *directory)
{
    uint64_t rows = 0;
    const struct tiles_page *before = NULL;
    for (uint32_t i = 0; i < directory->count; i++) {
        const struct tiles_page *page = directory->pages[i];
        assert_in_range(page->count, 1, TILES_PAGE_ROWS * 2);
        assert_memory_equal(&page->extent, &directory->extents[i], sizeof page->extent);
        for (uint32_t r = 0; r < page->count; r++, before = page) {
            const struct tiles_page *last = r ? page : before;
            const uint32_t at = r ? r - 1 : before ? before->count - 1 : 0;
            const struct tiles_extent *extent = &page->shapes->extents[r];
            assert_true(!last || last->hilberts[at] < page->hilberts[r] ||
                        (last->hilberts[at] == page->hilberts[r] &&
                         (last->estates[at] < page->estates[r] ||
                          (last->estates[at] == page->estates[r] && last->ids[at] < page->ids[r]))));
            assert_int_equal(page->hilberts[r],
                             tiles_world_hilbert(extent->min_x + (extent->max_x - extent->min_x) / 2,
                                                 extent->min_y + (extent->max_y - extent->min_y) / 2));
            assert_true(tiles_extent_within(extent, &page->extent));
            assert_in_range(page->estates[r], page->min_estate, page->max_estate);
        }
        rows += page->count;
    }
    assert_int_equal(rows, directory->rows);
}

static void check_all(struct kit *kit)
{
    check_pages(kit->view->tables[kit->model->table]);
    model_check(kit->model, kit->view, &world, kit->scope, DATA_LOOK_PLACE);
    for (int i = 0; i < CHECKS; i++) {
        struct tiles_extent extent = model_extent(kit->model);
        model_check(kit->model, kit->view, &extent, kit->scope, DATA_LOOK_PLACE);
    }
    for (size_t i = 0; i < kit->model->count; i++) {
        const struct model_row *row = &kit->model->rows[i];
        const struct tiles_page *page = NULL;
        uint32_t at = 0;
        assert_true(tiles_store_find(kit->store, row->row.estate_id, row->row.id, &page, &at) == row->there);
        if (row->there) {
            model_same(kit->model, row, page, at);
        }
    }
}

/* Equal stamps say that nothing changed; and they say so more often than never. */
struct watch {
    struct tiles_extent extent;
    uint64_t stamps[2];
    struct tiles_sum sums[2];
};

static struct tiles_sum sum_in(const struct kit *kit, const struct tiles_extent *extent, bool live)
{
    return tiles_view_sum(tiles_view_walk(kit->view, kit->model->table, extent, kit->scope, DATA_LOOK_PLACE), live);
}

static uint32_t look_again(const struct kit *kit, struct watch *watch)
{
    uint32_t same = 0;
    for (size_t live = 0; live < 2; live++) {
        uint64_t stamp = tiles_view_stamp(kit->view, kit->model->table, &watch->extent, live);
        struct tiles_sum sum = sum_in(kit, &watch->extent, live), *before = &watch->sums[live];
        assert_true(stamp != watch->stamps[live] || (sum.low == before->low && sum.high == before->high));
        same += stamp == watch->stamps[live] && stamp;
        watch->stamps[live] = stamp;
        *before = sum;
    }
    return same;
}

static void random_changes(enum tiles_table_id table, size_t keys, uint64_t seed)
{
    struct kit kit = kit_of(table, keys, seed);
    for (uint32_t i = 0; i < CHANGES; i++) {
        change(&kit);
        if (model_below(&kit.model->seed, 300) == 0) {
            kit.store->fold_at = 0; /* as if much had gathered */
        }
        if (model_below(&kit.model->seed, i < CHANGES / 2 ? 2000 : 200) == 0) {
            publish(&kit);
            check_all(&kit);
        }
    }
    publish(&kit);
    check_all(&kit);
    kit_release(&kit);
}

static void buildings_under_change(void **state)
{
    (void)state;
    random_changes(TILES_TABLE_BUILDING, KEYS, 20260101);
}

static void few_buildings_under_change(void **state)
{
    (void)state;
    random_changes(TILES_TABLE_BUILDING, 40, 7);
}

static void assets_under_change(void **state)
{
    (void)state;
    random_changes(TILES_TABLE_ASSET, KEYS, 4711); /* points; no live columns */
}

static void roads_under_change(void **state)
{
    (void)state;
    random_changes(TILES_TABLE_ROAD, 500, 99);
}

/* --- without memory --- */
static void memory_runs_out(void **state)
{
    (void)state;
    struct kit kit = kit_of(TILES_TABLE_BUILDING, 1200, 5);
    kit.poor = true;
    for (uint32_t i = 0; i < 5000; i++) {
        kit.store->fold_at = i % 100 == 0 ? 0 : kit.store->fold_at;
        change(&kit);
        if (model_below(&kit.model->seed, 400) == 0) {
            publish(&kit);
            check_all(&kit);
        }
    }
    publish(&kit);
    check_all(&kit);
    assert_true(kit.refusals > 200);
    kit_release(&kit);
}

/* --- stamps, and what is shared --- */
static void stamps_tell_changes(void **state)
{
    (void)state;
    enum { WATCHES = 40 };
    struct kit kit = kit_of(TILES_TABLE_BUILDING, KEYS, 11);
    struct watch watches[WATCHES] = {{.extent = world}};
    uint32_t same = 0, looks = 0;
    for (size_t i = 1; i < WATCHES; i++) {
        watches[i].extent = model_extent(kit.model);
    }
    for (int i = 0; i < 6000; i++) {
        change(&kit);
        if (i > 4000 && i % 20 == 0) {
            publish(&kit);
            for (size_t w = 0; w < WATCHES; w++, looks += 2) {
                same += look_again(&kit, &watches[w]);
            }
        }
    }
    assert_in_range(same, looks / 50, looks - looks / 50);
    kit_release(&kit);
}

static void fill(struct kit *kit)
{
    for (size_t i = 0; i < kit->model->count; i++) {
        struct model_row *row = &kit->model->rows[i];
        model_shape(kit->model, row);
        model_cells(kit->model, row, ~model_live(kit->model->columns));
        put(kit, row, UINT32_MAX, true, 0);
        row->there = true;
    }
    publish(kit);
}

static const struct tiles_page *page_with(const struct kit *kit, const struct model_row *row)
{
    const struct tiles_page *page = NULL;
    uint32_t at = 0;
    assert_true(tiles_store_find(kit->store, row->row.estate_id, row->row.id, &page, &at));
    return page;
}

static void what_did_not_change_is_shared(void **state)
{
    (void)state;
    struct kit kit = kit_of(TILES_TABLE_BUILDING, 2000, 12);
    fill(&kit);
    struct tiles_view *before = tiles_view_ref(kit.view);
    struct model_row *row = &kit.model->rows[77];
    const uint32_t live = model_live(kit.model->columns);
    const struct tiles_page *old = page_with(&kit, row), *now;
    const uint64_t stamp = tiles_view_stamp(kit.view, TILES_TABLE_BUILDING, &world, false);
    assert_null(old->live);
    row->cells[tiles_table_column(kit.model->columns, "last_pass_at")] = (struct tiles_cell){.i64 = 5};
    assert_int_equal(put(&kit, row, live, false, 0), TILES_LIVE);
    publish(&kit);
    now = page_with(&kit, row);
    assert_true(now != old && now->shapes == old->shapes && now->fixed == old->fixed && now->live);
    assert_true(tiles_view_stamp(kit.view, TILES_TABLE_BUILDING, &world, false) == stamp);
    assert_true(tiles_view_stamp(kit.view, TILES_TABLE_BUILDING, &world, true) != 0);
    row->cells[tiles_table_column(kit.model->columns, "levels")] = (struct tiles_cell){.i64 = 99};
    assert_int_equal(put(&kit, row, UINT32_MAX, true, 0), TILES_STATIC);
    struct tiles_view *between = tiles_view_ref(kit.view);
    publish(&kit);
    old = now;
    now = page_with(&kit, row);
    assert_true(now->shapes == old->shapes && now->fixed != old->fixed && now->live == old->live);
    const struct tiles_directory *first = before->tables[TILES_TABLE_BUILDING];
    const struct tiles_directory *last = kit.view->tables[TILES_TABLE_BUILDING];
    uint32_t shared = 0;
    for (uint32_t i = 0; i < first->count; i++) {
        shared += first->pages[i] == last->pages[i];
    }
    assert_int_equal(shared, first->count - 1);
    tiles_view_unref(before);
    tiles_view_unref(between);
    kit_release(&kit);
}

static void back_and_forth_is_nothing(void **state)
{
    (void)state;
    struct kit kit = kit_of(TILES_TABLE_BUILDING, 900, 13);
    fill(&kit);
    struct tiles_directory *before = kit.view->tables[TILES_TABLE_BUILDING];
    struct model_row *row = &kit.model->rows[5];
    struct tiles_row given = row->row;
    struct tiles_point points[] = {{1, 2}, {30, 2}, {1, 40}};
    const uint32_t ring = 3, part = 1;
    unsigned effect;
    given.shape = (struct tiles_shape){GEO_SHAPE_AREA, 3, 1, 1, points, &ring, &part};
    model_ok(tiles_store_put(kit.store, &given, UINT32_MAX, 0, &model_diag, &effect));
    assert_int_equal(effect, TILES_STATIC);
    assert_int_equal(put(&kit, row, UINT32_MAX, true, 0), TILES_STATIC);
    assert_true(tiles_store_remove(kit.store, row->row.estate_id, row->row.id, 0));
    assert_int_equal(put(&kit, row, UINT32_MAX, true, 0), TILES_NEW | TILES_STATIC);
    publish(&kit);
    assert_true(kit.view->tables[TILES_TABLE_BUILDING] == before);
    kit_release(&kit);
}

/* --- snapshots of upstreams --- */
static size_t gone_count;
static void gone(void *of, int64_t estate_id, int64_t id)
{
    struct model *model = of;
    struct model_row *row = &model->rows[id - 1];
    assert_true(row->there && row->row.estate_id == estate_id);
    row->there = false;
    gone_count++;
}

static void what_is_not_put_again_goes(void **state)
{
    (void)state;
    struct kit kit = kit_of(TILES_TABLE_BUILDING, 1000, 14);
    for (size_t i = 0; i < 1000; i++) {
        model_shape(kit.model, &kit.model->rows[i]);
        kit.model->rows[i].there = true;
        put(&kit, &kit.model->rows[i], UINT32_MAX, true, (uint8_t)(i % 2));
    }
    model_ok(tiles_store_sweep(kit.store, 0, gone, kit.model, &model_diag)); /* without a mark: nothing */
    publish(&kit);
    tiles_store_mark(kit.store, 0);
    for (size_t i = 0; i < 1000; i++) {
        if (i % 3 == 0) {
            assert_int_equal(put(&kit, &kit.model->rows[i], UINT32_MAX, true, 0), TILES_SAME); /* 1's become 0's */
        }
    }
    model_ok(tiles_store_sweep(kit.store, 0, gone, kit.model, &model_diag));
    assert_int_equal(gone_count, 333); /* of 500, less the 167 that were put again */
    model_ok(tiles_store_sweep(kit.store, 0, gone, kit.model, &model_diag));
    assert_int_equal(gone_count, 333);
    assert_false(tiles_store_remove(kit.store, kit.model->rows[3].row.estate_id, 4, 1));
    assert_true(tiles_store_remove(kit.store, kit.model->rows[3].row.estate_id, 4, 0));
    kit.model->rows[3].there = false;
    publish(&kit);
    check_all(&kit);
    kit_release(&kit);
}

/* --- many, then few --- */
static void pages_split_and_join(void **state)
{
    (void)state;
    struct kit kit = kit_of(TILES_TABLE_CHECKPOINT, 70000, 15);
    fill(&kit);
    const struct tiles_directory *many = kit.view->tables[TILES_TABLE_CHECKPOINT];
    assert_in_range(many->count, 70000 / 512, 70000 / 250);
    assert_true(many->group_count > 1);
    for (size_t i = 0; i < kit.model->count; i++) {
        struct model_row *row = &kit.model->rows[i];
        if (i % 100) {
            assert_true(tiles_store_remove(kit.store, row->row.estate_id, row->row.id, 0));
            row->there = false;
        }
    }
    publish(&kit);
    check_pages(kit.view->tables[TILES_TABLE_CHECKPOINT]);
    model_check(kit.model, kit.view, &world, kit.scope, DATA_LOOK_PLACE);
    assert_in_range(kit.view->tables[TILES_TABLE_CHECKPOINT]->count, 2, 11);
    for (size_t i = 0; i < kit.model->count; i += 100) {
        tiles_store_remove(kit.store, kit.model->rows[i].row.estate_id, kit.model->rows[i].row.id, 0);
    }
    publish(&kit);
    assert_int_equal(kit.view->tables[TILES_TABLE_CHECKPOINT]->count, 0);
    assert_int_equal(kit.store->index.count, 0);
    kit_release(&kit);
}

/* --- what is refused --- */
static void refusals(void **state)
{
    (void)state;
    struct kit kit = kit_of(TILES_TABLE_BUILDING, 2, 16);
    struct model_row *row = &kit.model->rows[0];
    struct tiles_row given = row->row;
    unsigned effect = 99;
    assert_int_equal(tiles_store_put(kit.store, &given, UINT32_MAX, 0, &model_diag, &effect), BASE_NOT_FOUND);
    model_shape(kit.model, row);
    given.shape = row->row.shape;
    given.shape.type = GEO_SHAPE_LINE;
    assert_int_equal(tiles_store_put(kit.store, &given, UINT32_MAX, 0, &model_diag, &effect), BASE_INVALID);
    given.shape = (struct tiles_shape){.type = GEO_SHAPE_AREA};
    assert_int_equal(tiles_store_put(kit.store, &given, UINT32_MAX, 0, &model_diag, &effect), BASE_INVALID);
    given.shape = row->row.shape;
    struct base_str *name = &row->cells[0].text;
    row->cells[0].null = false;
    char *text = calloc(1, TILES_TEXT_MAX + 1);
    assert_non_null(text);
    *name = (struct base_str){text, TILES_TEXT_MAX + 1};
    assert_int_equal(tiles_store_put(kit.store, &given, UINT32_MAX, 0, &model_diag, &effect), BASE_LIMIT);
    assert_int_equal(effect, 99);
    name->len--;
    model_ok(tiles_store_put(kit.store, &given, UINT32_MAX, 0, &model_diag, &effect));
    row->there = true;
    publish(&kit);
    const struct tiles_page *page = NULL;
    struct base_str found;
    uint32_t at = 0;
    assert_true(tiles_store_find(kit.store, given.estate_id, given.id, &page, &at));
    assert_true(tiles_page_text(page, at, 0, &found) && found.len == TILES_TEXT_MAX);
    free(text);
    kit_release(&kit);
}

/* --- sums --- */
static struct tiles_sum sum_of(const struct kit *kit, bool live)
{
    return sum_in(kit, &world, live);
}

static void sums_do_not_know_history(void **state)
{
    (void)state;
    struct kit kit = kit_of(TILES_TABLE_BUILDING, 1500, 3), other = kit_of(TILES_TABLE_BUILDING, 1500, 3);
    for (int i = 0; i < 9000; i++) {
        change(&kit);
        if (i % 1000 == 0) {
            publish(&kit);
        }
    }
    for (size_t i = other.model->count; i-- > 0;) {
        if (kit.model->rows[i].there) {
            put(&other, &kit.model->rows[i], UINT32_MAX, true, 9);
        }
    }
    publish(&kit);
    publish(&other);
    assert_true(kit.view->tables[TILES_TABLE_BUILDING]->rows > 500);
    for (int live = 0; live < 2; live++) {
        struct tiles_sum a = sum_of(&kit, live), b = sum_of(&other, live);
        assert_true(a.low == b.low && a.high == b.high && (a.low || a.high));
    }
    kit_release(&kit);
    kit_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buildings_under_change),
        cmocka_unit_test(few_buildings_under_change),
        cmocka_unit_test(assets_under_change),
        cmocka_unit_test(roads_under_change),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(stamps_tell_changes),
        cmocka_unit_test(what_did_not_change_is_shared),
        cmocka_unit_test(back_and_forth_is_nothing),
        cmocka_unit_test(what_is_not_put_again_goes),
        cmocka_unit_test(pages_split_and_join),
        cmocka_unit_test(refusals),
        cmocka_unit_test(sums_do_not_know_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
