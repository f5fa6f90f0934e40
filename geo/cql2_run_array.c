/* Arrays as sets: order and repetition do not count, and an element that is null equals nothing. */
#include "geo/cql2_run_private.h"

#include <stdlib.h>

static void give_array(struct geo_cql2_run *run, const struct cql2_step *step, struct geo_cql2_value *ret_value)
{
    struct geo_cql2_value *items = step->count ? base_arena_room(run->room, step->count * sizeof *items) : NULL;
    ret_value->type = GEO_CQL2_ARRAY;
    ret_value->null = step->count && !items;
    ret_value->array.items = items;
    ret_value->array.count = ret_value->null ? 0 : step->count;
    for (uint32_t i = 0; i < ret_value->array.count; i++) {
        step->args[i].give(run, &step->args[i], &items[i]);
    }
}

enum base_err cql2_run_plan_array(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->give = give_array;
    return BASE_OK;
}

static bool has_number(const struct geo_cql2_value *array)
{
    for (uint32_t i = 0; i < array->array.count; i++) {
        if (array->array.items[i].type == GEO_CQL2_NUMBER) {
            return true;
        }
    }
    return false;
}

/* Elements are of one type: a NUMBER among them makes the integers numbers, too. */
static void as_numbers(struct geo_cql2_run *run, struct geo_cql2_value *array)
{
    uint32_t count = array->array.count;
    struct geo_cql2_value *items = count ? base_arena_room(run->room, count * sizeof *items) : NULL;
    array->null = count && !items;
    array->array.count = array->null ? 0 : count;
    for (uint32_t i = 0; i < array->array.count; i++) {
        items[i] = array->array.items[i];
        if (items[i].type == GEO_CQL2_INTEGER && !items[i].null) {
            items[i].type = GEO_CQL2_NUMBER;
            items[i].number = (double)items[i].integer;
        }
    }
    array->array.items = items;
}

/* An array in which elements are looked for; a long one in order, without what equals nothing. */
struct set {
    const struct geo_cql2_value *items;
    uint32_t count;
    bool sorted;
};

enum { SORTED_LEAST = 16 };

static struct set set_of(struct geo_cql2_run *run, const struct geo_cql2_value *array, uint32_t questions)
{
    struct set set = {.items = array->array.items, .count = array->array.count};
    bool pays = set.count > SORTED_LEAST && questions > SORTED_LEAST;
    struct geo_cql2_value *items = pays ? base_arena_room(run->room, set.count * sizeof *items) : NULL;
    if (!items) {
        return set;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < set.count; i++) {
        if (cql2_run_order(&set.items[i], &set.items[i]) == CQL2_ORDER_SAME) {
            items[count++] = set.items[i];
        }
    }
    qsort(items, count, sizeof *items, cql2_run_by_order);
    return (struct set){.items = items, .count = count, .sorted = true};
}

static bool holds(const struct set *set, const struct geo_cql2_value *item)
{
    if (set->sorted) {
        return cql2_run_order(item, item) == CQL2_ORDER_SAME &&
               bsearch(item, set->items, set->count, sizeof *item, cql2_run_by_order) != NULL;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        if (cql2_run_order(&set->items[i], item) == CQL2_ORDER_SAME) {
            return true;
        }
    }
    return false;
}

static bool holds_all(struct geo_cql2_run *run, const struct geo_cql2_value *array, const struct geo_cql2_value *items)
{
    struct set set = set_of(run, array, items->array.count);
    for (uint32_t i = 0; i < items->array.count; i++) {
        if (!holds(&set, &items->array.items[i])) {
            return false;
        }
    }
    return true;
}

static bool share_one(struct geo_cql2_run *run, const struct geo_cql2_value *a, const struct geo_cql2_value *b)
{
    struct set set = set_of(run, a, b->array.count);
    for (uint32_t i = 0; i < b->array.count; i++) {
        if (holds(&set, &b->array.items[i])) {
            return true;
        }
    }
    return false;
}

static enum geo_cql2_truth test_arrays(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value a, b;
    step->args[0].give(run, &step->args[0], &a);
    step->args[1].give(run, &step->args[1], &b);
    if (!a.null && !b.null && (has_number(&a) || has_number(&b))) {
        as_numbers(run, &a);
        as_numbers(run, &b);
    }
    if (a.null || b.null) {
        return GEO_CQL2_UNKNOWN;
    }
    switch (step->op) {
    case CQL2_A_CONTAINEDBY:
        return cql2_truth(holds_all(run, &b, &a));
    case CQL2_A_CONTAINS:
        return cql2_truth(holds_all(run, &a, &b));
    case CQL2_A_EQUALS:
        return cql2_truth(holds_all(run, &a, &b) && holds_all(run, &b, &a));
    default: /* CQL2_A_OVERLAPS */
        return cql2_truth(share_one(run, &a, &b));
    }
}

enum base_err cql2_run_plan_arrays(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->test = test_arrays;
    return BASE_OK;
}
