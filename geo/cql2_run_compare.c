/* Comparisons. A property against a constant, which most filters are made of, has functions of its own. */
#include "geo/cql2_run_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t wanted_of[CQL2_OP_COUNT] = {
    [CQL2_EQ] = CQL2_ORDER_SAME, [CQL2_NE] = CQL2_ORDER_LESS | CQL2_ORDER_MORE,
    [CQL2_LT] = CQL2_ORDER_LESS, [CQL2_LE] = CQL2_ORDER_LESS | CQL2_ORDER_SAME,
    [CQL2_GT] = CQL2_ORDER_MORE, [CQL2_GE] = CQL2_ORDER_MORE | CQL2_ORDER_SAME,
};

static uint8_t mirrored(uint8_t wanted)
{
    return (uint8_t)((wanted & CQL2_ORDER_SAME) | (wanted & CQL2_ORDER_LESS ? CQL2_ORDER_MORE : 0) |
                     (wanted & CQL2_ORDER_MORE ? CQL2_ORDER_LESS : 0));
}

static inline enum cql2_order order_f64(double a, double b)
{
    return a < b ? CQL2_ORDER_LESS : a > b ? CQL2_ORDER_MORE : a == b ? CQL2_ORDER_SAME : CQL2_ORDER_UNKNOWN;
}

static inline enum cql2_order order_text(struct base_str a, struct base_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.at, b.at, common) : 0;
    return order ? cql2_order_i64(order, 0) : cql2_order_i64((int64_t)a.len, (int64_t)b.len);
}

static int64_t instant(const struct geo_cql2_value *value)
{
    return value->type == GEO_CQL2_DATE ? cql2_run_midnight(value->integer) : value->integer;
}

static enum cql2_order order_mixed(const struct geo_cql2_value *a, const struct geo_cql2_value *b)
{
    if (cql2_is_number(a->type) && cql2_is_number(b->type)) {
        return order_f64(cql2_run_number(a), cql2_run_number(b));
    }
    if (cql2_is_instant(a->type) && cql2_is_instant(b->type)) {
        return cql2_order_i64(instant(a), instant(b));
    }
    return CQL2_ORDER_UNKNOWN;
}

enum cql2_order cql2_run_order(const struct geo_cql2_value *a, const struct geo_cql2_value *b)
{
    if (a->null || b->null) {
        return CQL2_ORDER_UNKNOWN;
    }
    if (a->type != b->type) {
        return order_mixed(a, b);
    }
    switch (a->type) {
    case GEO_CQL2_BOOLEAN:
        return cql2_order_i64(a->boolean, b->boolean);
    case GEO_CQL2_INTEGER:
    case GEO_CQL2_DATE:
    case GEO_CQL2_TIMESTAMP:
        return cql2_order_i64(a->integer, b->integer);
    case GEO_CQL2_NUMBER:
        return order_f64(a->number, b->number);
    case GEO_CQL2_TEXT:
        return order_text(a->text, b->text);
    default:
        return CQL2_ORDER_UNKNOWN;
    }
}

static inline enum geo_cql2_truth is_wanted(uint8_t wanted, enum cql2_order order)
{
    return order ? cql2_truth((wanted & order) != 0) : GEO_CQL2_UNKNOWN;
}

static enum geo_cql2_truth test_compare(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value a, b;
    step->args[0].give(run, &step->args[0], &a);
    step->args[1].give(run, &step->args[1], &b);
    return is_wanted(step->wanted, cql2_run_order(&a, &b));
}

/* A property against step->value, which has its type and is not null. */
static enum geo_cql2_truth test_integer(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value value;
    cql2_run_give_property(run, step->args, &value);
    return value.null ? GEO_CQL2_UNKNOWN : is_wanted(step->wanted, cql2_order_i64(value.integer, step->value.integer));
}

static enum geo_cql2_truth test_number(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value value;
    cql2_run_give_property(run, step->args, &value);
    return value.null ? GEO_CQL2_UNKNOWN : is_wanted(step->wanted, order_f64(value.number, step->value.number));
}

static enum geo_cql2_truth test_text(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value value;
    cql2_run_give_property(run, step->args, &value);
    return value.null ? GEO_CQL2_UNKNOWN : is_wanted(step->wanted, order_text(value.text, step->value.text));
}

static cql2_test *short_way(enum geo_cql2_type type)
{
    switch (type) {
    case GEO_CQL2_INTEGER:
    case GEO_CQL2_DATE:
    case GEO_CQL2_TIMESTAMP:
        return test_integer;
    case GEO_CQL2_NUMBER:
        return test_number;
    case GEO_CQL2_TEXT:
        return test_text;
    default:
        return test_compare;
    }
}

/* So that 5 < height is height > 5. */
static void swap_constant(struct cql2_step *step)
{
    if (step->args[0].constant && !step->args[1].constant) {
        struct cql2_step first = step->args[0];
        step->args[0] = step->args[1];
        step->args[1] = first;
        step->wanted = mirrored(step->wanted);
    }
}

enum base_err cql2_run_plan_compare(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->wanted = wanted_of[step->op];
    step->test = test_compare;
    swap_constant(step);
    struct cql2_step *constant = &step->args[1];
    if (!constant->constant || constant->value.null || step->args[0].op != CQL2_PROPERTY) {
        return BASE_OK;
    }
    step->value = constant->value;
    if (step->args[0].type == GEO_CQL2_NUMBER && constant->value.type == GEO_CQL2_INTEGER) {
        step->value.type = GEO_CQL2_NUMBER;
        step->value.number = (double)constant->value.integer;
    }
    if (step->value.type == step->args[0].type) {
        step->test = short_way(step->value.type);
    }
    return BASE_OK;
}

/* a BETWEEN b AND c is a >= b AND a <= c, with three values. */
static enum geo_cql2_truth test_between(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value value, end;
    step->args[0].give(run, &step->args[0], &value);
    step->args[1].give(run, &step->args[1], &end);
    enum geo_cql2_truth low = is_wanted(wanted_of[CQL2_GE], cql2_run_order(&value, &end));
    if (low == GEO_CQL2_FALSE) {
        return low;
    }
    step->args[2].give(run, &step->args[2], &end);
    enum geo_cql2_truth high = is_wanted(wanted_of[CQL2_LE], cql2_run_order(&value, &end));
    return high == GEO_CQL2_FALSE || low == GEO_CQL2_TRUE ? high : low;
}

enum base_err cql2_run_plan_between(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->test = test_between;
    return BASE_OK;
}

/* a IN (b, c) is a = b OR a = c, with three values. */
static enum geo_cql2_truth test_in(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value value, item;
    enum geo_cql2_truth any = GEO_CQL2_FALSE;
    step->args[0].give(run, &step->args[0], &value);
    if (value.null) {
        return GEO_CQL2_UNKNOWN;
    }
    for (uint32_t i = 1; i < step->count; i++) {
        step->args[i].give(run, &step->args[i], &item);
        enum cql2_order order = cql2_run_order(&value, &item);
        if (order == CQL2_ORDER_SAME) {
            return GEO_CQL2_TRUE;
        }
        any = order ? any : GEO_CQL2_UNKNOWN;
    }
    return any;
}

/* Long lists of constants are sorted once and searched by halves. */
struct in_set {
    uint32_t count;
    struct geo_cql2_value items[];
};

int cql2_run_by_order(const void *a, const void *b)
{
    enum cql2_order order = cql2_run_order(a, b);
    return order == CQL2_ORDER_LESS ? -1 : order == CQL2_ORDER_MORE;
}

static enum geo_cql2_truth test_in_set(struct geo_cql2_run *run, const struct cql2_step *step)
{
    const struct in_set *set = step->plan;
    struct geo_cql2_value value;
    step->args[0].give(run, &step->args[0], &value);
    if (value.null) {
        return GEO_CQL2_UNKNOWN;
    }
    return cql2_truth(bsearch(&value, set->items, set->count, sizeof value, cql2_run_by_order) != NULL);
}

enum { SET_LEAST = 8 };

static bool fits_a_set(const struct cql2_step *step)
{
    for (uint32_t i = 1; i < step->count; i++) {
        const struct cql2_step *item = &step->args[i];
        if (!item->constant || item->value.null || item->value.type != step->args[0].type) {
            return false;
        }
    }
    return step->count > SET_LEAST;
}

enum base_err cql2_run_plan_in(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    step->test = test_in;
    if (!fits_a_set(step)) {
        return BASE_OK;
    }
    struct in_set *set = cql2_run_room(run, sizeof *set + (step->count - 1) * sizeof set->items[0], diag);
    if (!set) {
        return BASE_LIMIT;
    }
    for (uint32_t i = 1; i < step->count; i++) {
        set->items[set->count++] = step->args[i].value;
    }
    qsort(set->items, set->count, sizeof set->items[0], cql2_run_by_order);
    step->plan = set;
    step->test = test_in_set;
    return BASE_OK;
}
