/* A request for items: every parameter that a client can write, of any collection. What is taken becomes SQL. */
#include "api/collection.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct api_crs_kept kept; /* a transformation takes milliseconds to make */

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void taken(const struct api_items *items)
{
    struct base_diag diag;
    AUTO_VALUE(base_buf) order;
    base_buf_init(&order, 65536);
    geo_cql2_order(api_collection_queryables(items->collection), items->sort, items->sort_count, &order);
    check(!order.err && order.len && items->sort_count <= API_SORT_MAX);
    check(items->limit >= 1 && items->limit <= API_ITEMS_LIMIT_MAX);
    const struct geo_cql2 *filter = items->page ? items->page : items->filter;
    if (filter) {
        AUTO_VALUE(geo_cql2_sql) sql = {.args = NULL};
        enum base_err err = geo_cql2_sql(filter, 6, &diag, &sql);
        check(err == BASE_OK || err == BASE_LIMIT || err == BASE_UNSUPPORTED);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_diag diag;
    struct base_arena arena;
    struct api_target target;
    size_t count = 0;
    while (api_collections[count].name) {
        count++;
    }
    if (size < 1) {
        return 0;
    }
    const struct api_collection *collection = &api_collections[data[0] / 2 % count];
    base_arena_init(&arena, 96 * 1024);
    if (api_target_in((struct base_str){(const char *)data + 1, size - 1}, &arena, &diag, &target) == BASE_OK) {
        AUTO_VALUE(api_items) items = {.filter = NULL};
        if (api_items_ask(&target, collection, &kept, data[0] % 2, &diag, &items) == BASE_OK) {
            taken(&items);
        }
        AUTO_VALUE(api_items) one = {.filter = NULL};
        if (api_items_ask_one(&target, collection, target.segments[0], &kept, data[0] % 2, &diag, &one) == BASE_OK) {
            check(one.id.type != DATA_ARG_NULL);
        }
    }
    base_arena_release(&arena);
    return 0;
}
