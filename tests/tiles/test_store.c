/* tiles/store*.c, page*.c, directory.c: a table under random change against a naive one. */
#include "store_model.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS = 3000, CHANGES = 20000, CHECKS = 6 };

static const struct tiles_extent world = {0, 0, UINT32_MAX, UINT32_MAX};

struct kit {
    struct model *model;
    struct tiles_store *store;
    struct data_scope *scope;
    struct tiles_view *view;
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
    model_ok(tiles_store_publish(kit->store, &model_diag, &directory));
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
    model_ok(tiles_store_put(kit->store, &given, columns, upstream, &model_diag, &effect));
    return effect;
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
        assert_false(tiles_store_remove(kit->store, row->row.estate_id, row->row.id, row->upstream ^ 1));
    } else if (kind < 5) {
        assert_true(tiles_store_remove(kit->store, row->row.estate_id, row->row.id, row->upstream));
        assert_false(tiles_store_remove(kit->store, row->row.estate_id, row->row.id, row->upstream));
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

static void random_changes(enum tiles_table_id table, size_t keys, uint64_t seed)
{
    struct kit kit = kit_of(table, keys, seed);
    for (uint32_t i = 0; i < CHANGES; i++) {
        change(&kit);
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

/* --- sums --- */
static struct tiles_sum sum_of(const struct kit *kit, bool live)
{
    return tiles_view_sum(tiles_view_walk(kit->view, kit->model->table, &world, kit->scope, DATA_LOOK_PLACE), live);
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
        cmocka_unit_test(buildings_under_change),   cmocka_unit_test(few_buildings_under_change),
        cmocka_unit_test(assets_under_change),      cmocka_unit_test(roads_under_change),
        cmocka_unit_test(sums_do_not_know_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
