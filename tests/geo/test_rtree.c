/* geo/rtree.c against looking at every box. */
#include "place_test.h"

enum { BOXES = 33000 };

static struct geo_bbox boxes[BOXES];
static bool seen[BOXES];

/* Walks to the end; returns how many boxes came, each once. */
static uint32_t walk(const struct geo_rtree *tree, const struct geo_bbox *query)
{
    struct geo_rtree_walk walk;
    uint32_t found[GEO_RTREE_FANOUT], count, sum = 0;
    memset(seen, 0, sizeof seen);
    geo_rtree_start(&walk, tree, query);
    while ((count = geo_rtree_next(&walk, found)) > 0) {
        for (uint32_t i = 0; i < count; i++) {
            assert_true(found[i] < BOXES && !seen[found[i]]);
            seen[found[i]] = true;
        }
        sum += count;
    }
    assert_int_equal(geo_rtree_next(&walk, found), 0); /* and stays there */
    return sum;
}

static void finds_all(uint32_t count)
{
    uint64_t seed = 20260101;
    uint32_t met = 0, given = 0;
    for (uint32_t i = 0; i < count; i++) {
        double lon = 121 + test_uniform(&seed), lat = 31 + test_uniform(&seed);
        boxes[i] = (struct geo_bbox){lon, lat, lon + test_uniform(&seed) * 0.01, lat + test_uniform(&seed) * 0.01};
    }
    AUTO(geo_rtree) tree = NULL;
    test_ok(geo_rtree_new(boxes, count, &test_diag, &tree));
    for (int q = 0; q < 200; q++) {
        double lon = 120.9 + test_uniform(&seed) * 1.2, lat = 30.9 + test_uniform(&seed) * 1.2;
        double side = q % 4 ? test_uniform(&seed) * 0.05 : 0;
        struct geo_bbox query = {lon, lat, lon + side, lat + side};
        given += walk(tree, &query);
        for (uint32_t i = 0; i < count; i++) {
            bool meets = geo_bbox_intersects(&boxes[i], &query);
            assert_true(seen[i] || !meets);
            met += meets;
        }
    }
    if (count > 4000) { /* few that miss: their neighbours cover little */
        assert_true(given < met + met / 10);
    }
}

static void any_size(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 2, 31, 32, 33, 1023, 1024, 1025, 4097, 32768, 32769, BOXES};
    for (size_t i = 0; i < BASE_COUNT(sizes); i++) {
        finds_all(sizes[i]);
    }
}

static void odd_boxes(void **state)
{
    (void)state;
    uint32_t count = 100;
    for (uint32_t i = 0; i < count; i++) {
        boxes[i] = (struct geo_bbox){0, 0, 1, 1}; /* all the same: no extent to sort by */
    }
    boxes[7] = (struct geo_bbox){-180, -90, 180, 90};
    boxes[8] = (struct geo_bbox){-1e300, -INFINITY, 1e300, INFINITY};
    boxes[9] = (struct geo_bbox){0.5, 0.5, 0.5, 0.5};
    AUTO(geo_rtree) tree = NULL;
    test_ok(geo_rtree_new(boxes, count, &test_diag, &tree));
    assert_int_equal(walk(tree, &boxes[8]), count);
    assert_int_equal(walk(tree, &boxes[9]), count);
    assert_int_equal(walk(tree, &(struct geo_bbox){170, 80, 170, 80}), 2);
    assert_int_equal(walk(tree, &(struct geo_bbox){300, 80, 400, 80}), 1);
    assert_true(walk(tree, &(struct geo_bbox){NAN, NAN, NAN, NAN}) <= count);
}

/* What is kept in the tree's order is found by its place there. */
static void renumbers(void **state)
{
    (void)state;
    uint32_t count = 2000;
    uint64_t seed = 7;
    static struct geo_bbox ordered[BOXES];
    for (uint32_t i = 0; i < count; i++) {
        double lon = test_uniform(&seed), lat = test_uniform(&seed);
        boxes[i] = (struct geo_bbox){lon, lat, lon, lat};
    }
    AUTO(geo_rtree) tree = NULL;
    test_ok(geo_rtree_new(boxes, count, &test_diag, &tree));
    for (uint32_t i = 0; i < count; i++) {
        ordered[i] = boxes[geo_rtree_order(tree)[i]];
    }
    size_t before = geo_rtree_memory(tree);
    geo_rtree_renumber(tree);
    assert_true(geo_rtree_memory(tree) < before && geo_rtree_memory(tree) < 6 * (size_t)count);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(walk(tree, &ordered[i]) > 0);
        assert_true(seen[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_size),
        cmocka_unit_test(odd_boxes),
        cmocka_unit_test(renumbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
