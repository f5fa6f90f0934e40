/* geo/rtree.c against looking at every box. */
#include "geo_test.h"

enum { BOXES = 5000 };

static double uniform(uint64_t *seed) /* xorshift64*: the same boxes in every run */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)(*seed * UINT64_C(2685821657736338717) >> 11) / 9007199254740992.0;
}

struct found {
    bool seen[BOXES];
    int count, limit;
};

static bool visit(void *at, uint32_t box)
{
    struct found *found = at;
    assert_false(found->seen[box]); /* each once */
    found->seen[box] = true;
    return ++found->count != found->limit;
}

static void finds_all(uint32_t count)
{
    uint64_t seed = 20260101;
    struct geo_bbox boxes[BOXES];
    for (uint32_t i = 0; i < count; i++) {
        double lon = 121 + uniform(&seed), lat = 31 + uniform(&seed);
        boxes[i] = (struct geo_bbox){lon, lat, lon + uniform(&seed) * 0.01, lat + uniform(&seed) * 0.01};
    }
    AUTO(geo_rtree) tree = NULL;
    test_ok(geo_rtree_new(boxes, count, &test_diag, &tree));
    for (int q = 0; q < 200; q++) {
        double lon = 120.9 + uniform(&seed) * 1.2, lat = 30.9 + uniform(&seed) * 1.2, side = uniform(&seed) * 0.05;
        struct geo_bbox query = {lon, lat, lon + side, lat + side};
        struct found found = {.limit = -1};
        geo_rtree_search(tree, &query, visit, &found);
        for (uint32_t i = 0; i < count; i++) {
            if (geo_bbox_intersects(&boxes[i], &query)) {
                assert_true(found.seen[i]);
            } else if (found.seen[i]) { /* floats round outwards, a little */
                struct geo_bbox wide = {query.min_lon - 2e-5, query.min_lat - 2e-5, query.max_lon + 2e-5,
                                        query.max_lat + 2e-5};
                assert_true(geo_bbox_intersects(&boxes[i], &wide));
            }
        }
    }
}

static void any_size(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 2, 15, 16, 17, 255, 256, 257, 4096, 4097, BOXES};
    for (size_t i = 0; i < BASE_COUNT(sizes); i++) {
        finds_all(sizes[i]);
    }
}

static void stops(void **state)
{
    (void)state;
    struct geo_bbox boxes[100];
    for (size_t i = 0; i < BASE_COUNT(boxes); i++) {
        boxes[i] = (struct geo_bbox){0, 0, 1, 1}; /* all the same: no extent to sort by */
    }
    AUTO(geo_rtree) tree = NULL;
    test_ok(geo_rtree_new(boxes, BASE_COUNT(boxes), &test_diag, &tree));
    struct found found = {.limit = 7};
    geo_rtree_search(tree, &boxes[0], visit, &found);
    assert_int_equal(found.count, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_size),
        cmocka_unit_test(stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
