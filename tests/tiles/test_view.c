/* tiles/view.c under threads: readers walk views while a writer changes the table. Each view is of one moment: the sum
 * that its rows have is the one that the writer said it has. */
#include "store_model.h"

#include <pthread.h>
#include <stdlib.h>

enum { READERS = 3, PUBLISHES = 80, ROWS = 900, CHANGES = 20, LOOKS = 20 };

static const struct tiles_extent world = {0, 0, UINT32_MAX, UINT32_MAX};

static struct kit {
    pthread_mutex_t lock; /* of the two below, held as the mirror holds it: for a reference */
    struct tiles_view *view;
    struct tiles_sum sum; /* of all its rows, static */
    atomic_bool ended;
    struct data_scope *scope;
} kit = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct tiles_view *view_now(struct tiles_sum *ret_sum)
{
    pthread_mutex_lock(&kit.lock);
    struct tiles_view *view = tiles_view_ref(kit.view);
    *ret_sum = kit.sum;
    pthread_mutex_unlock(&kit.lock);
    return view;
}

static bool reads_right(const struct tiles_view *view, struct tiles_sum want)
{
    const struct tiles_page *page;
    uint32_t rows[TILES_PAGE_ROWS * 2], count;
    struct tiles_sum sum = {0, 0}, total;
    uint64_t bytes = 0;
    struct tiles_walk walk = tiles_view_walk(view, TILES_TABLE_BUILDING, &world, kit.scope, DATA_LOOK_PLACE);
    total = tiles_view_sum(walk, false);
    while ((count = tiles_walk_next(&walk, &page, rows))) {
        for (uint32_t i = 0; i < count; i++) {
            struct tiles_shape shape = tiles_page_shape(page, rows[i]);
            struct base_str name = {NULL, 0};
            tiles_sum_add(&sum, page->fixed->sums[rows[i]]);
            tiles_page_text(page, rows[i], 0, &name);
            bytes += name.len + shape.points[shape.vertices - 1].x % 2;
        }
    }
    return bytes && sum.low == want.low && sum.high == want.high && total.low == want.low && total.high == want.high;
}

struct reader {
    pthread_t thread;
    uint64_t looks, wrong;
};

static void *reader(void *at)
{
    struct reader *me = at;
    while (!atomic_load(&kit.ended) || me->looks < LOOKS) {
        struct tiles_sum sum;
        struct tiles_view *view = view_now(&sum);
        me->wrong += !reads_right(view, sum);
        me->looks++;
        tiles_view_unref(view);
    }
    return NULL;
}

static void publish(struct model *model, struct tiles_store *store, struct tiles_sum sum)
{
    struct tiles_directory *directory = NULL;
    model_ok(tiles_store_publish(store, &model_diag, &directory));
    struct tiles_view *view = model_view(model->table, directory);
    pthread_mutex_lock(&kit.lock);
    struct tiles_view *old = kit.view;
    kit.view = view;
    kit.sum = sum;
    pthread_mutex_unlock(&kit.lock);
    tiles_view_unref(old);
}

static void sum_take(struct tiles_sum *sum, struct tiles_sum less)
{
    sum->high -= less.high + (sum->low < less.low);
    sum->low -= less.low;
}

/* The sum as it is kept when rows come, go and change: in step with what the pages say. */
static void change(struct model *model, struct tiles_store *store, struct tiles_sum *sum)
{
    struct model_row *row = &model->rows[model_below(&model->seed, (uint32_t)model->count)];
    unsigned effect;
    if (row->there) {
        sum_take(sum, model_sum(model, row, false));
        if (model_below(&model->seed, 4) == 0) {
            assert_true(tiles_store_remove(store, row->row.estate_id, row->row.id, 0));
            row->there = false;
            return;
        }
    }
    if (!row->there || model_below(&model->seed, 2)) {
        model_shape(model, row);
    }
    model_cells(model, row, UINT32_MAX);
    model_ok(tiles_store_put(store, &row->row, UINT32_MAX, 0, &model_diag, &effect));
    row->there = true;
    tiles_sum_add(sum, model_sum(model, row, false));
}

static void readers_see_whole_moments(void **state)
{
    (void)state;
    struct model *model = model_new(TILES_TABLE_BUILDING, ROWS, 77);
    struct tiles_store *store = NULL;
    struct tiles_sum sum = {0, 0};
    struct reader readers[READERS] = {{.looks = 0}};
    model_ok(data_scope_everything(&model_diag, &kit.scope));
    model_ok(tiles_store_new(model->columns, &model_diag, &store));
    for (int i = 0; i < ROWS; i++) {
        change(model, store, &sum);
    }
    publish(model, store, sum);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&readers[i].thread, NULL, reader, &readers[i]), 0);
    }
    for (int i = 0; i < PUBLISHES; i++) {
        for (int c = 0; c < CHANGES; c++) {
            change(model, store, &sum);
        }
        publish(model, store, sum);
    }
    tiles_store_free(store); /* what it made outlives it */
    atomic_store(&kit.ended, true);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
        assert_int_equal(readers[i].wrong, 0);
        assert_true(readers[i].looks >= LOOKS);
    }
    tiles_view_unref(kit.view);
    data_scope_free(kit.scope);
    model_free(model);
}

static void a_table_that_is_not_there_has_no_rows(void **state)
{
    (void)state;
    const struct tiles_page *page;
    uint32_t rows[TILES_PAGE_ROWS * 2];
    struct data_scope *scope = NULL;
    struct tiles_view view = {.tables = {NULL}};
    model_ok(data_scope_everything(&model_diag, &scope));
    struct tiles_walk walk = tiles_view_walk(&view, TILES_TABLE_ZONE, &world, scope, DATA_LOOK_PLACE);
    struct tiles_sum sum = tiles_view_sum(walk, false);
    assert_true(sum.low == 0 && sum.high == 0);
    assert_int_equal(tiles_walk_next(&walk, &page, rows), 0);
    assert_int_equal(tiles_view_stamp(&view, TILES_TABLE_ZONE, &world, true), 0);
    data_scope_free(scope);
    tiles_view_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_whole_moments),
        cmocka_unit_test(a_table_that_is_not_there_has_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
