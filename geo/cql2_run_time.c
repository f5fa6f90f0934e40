/* Intervals and Allen's relations between them. Both ends belong to an interval; an instant is the interval of itself.
 */
#include "geo/cql2_run_private.h"

int64_t cql2_run_midnight(int64_t days)
{
    int64_t us;
    return __builtin_mul_overflow(days, CQL2_DAY_US, &us) ? (days < 0 ? INT64_MIN : INT64_MAX) : us;
}

struct span {
    int64_t from, to;
};

/* false: null. */
static bool span_of(const struct geo_cql2_value *value, struct span *ret_span)
{
    if (value->null) {
        return false;
    }
    if (value->type == GEO_CQL2_INTERVAL) {
        *ret_span = (struct span){value->interval.from, value->interval.to};
        return true;
    }
    int64_t us = value->type == GEO_CQL2_DATE ? cql2_run_midnight(value->integer) : value->integer;
    *ret_span = (struct span){us, us};
    return value->type == GEO_CQL2_DATE || value->type == GEO_CQL2_TIMESTAMP;
}

/* An end that is open is a literal interval, open at both ends, and gives the end it stands at. */
static void give_interval(struct geo_cql2_run *run, const struct cql2_step *step, struct geo_cql2_value *ret_value)
{
    struct geo_cql2_value value;
    struct span from, to;
    ret_value->type = GEO_CQL2_INTERVAL;
    step->args[0].give(run, &step->args[0], &value);
    bool whole = span_of(&value, &from);
    step->args[1].give(run, &step->args[1], &value);
    ret_value->null = !span_of(&value, &to) || !whole;
    if (!ret_value->null) {
        ret_value->interval.from = from.from;
        ret_value->interval.to = to.to;
    }
}

enum base_err cql2_run_plan_interval(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->give = give_interval;
    return BASE_OK;
}

static bool are_disjoint(struct span a, struct span b)
{
    return a.from > b.to || a.to < b.from;
}

static bool overlaps(struct span a, struct span b)
{
    return a.from < b.from && a.to > b.from && a.to < b.to;
}

static bool contains(struct span a, struct span b)
{
    return a.from < b.from && a.to > b.to;
}

static bool starts(struct span a, struct span b)
{
    return a.from == b.from && a.to < b.to;
}

static bool finishes(struct span a, struct span b)
{
    return a.from > b.from && a.to == b.to;
}

static bool related(enum cql2_op op, struct span a, struct span b)
{
    switch (op) {
    case CQL2_T_AFTER:
        return a.from > b.to;
    case CQL2_T_BEFORE:
        return a.to < b.from;
    case CQL2_T_CONTAINS:
        return contains(a, b);
    case CQL2_T_DISJOINT:
        return are_disjoint(a, b);
    case CQL2_T_DURING:
        return contains(b, a);
    case CQL2_T_EQUALS:
        return a.from == b.from && a.to == b.to;
    case CQL2_T_FINISHEDBY:
        return finishes(b, a);
    case CQL2_T_FINISHES:
        return finishes(a, b);
    case CQL2_T_INTERSECTS:
        return !are_disjoint(a, b);
    case CQL2_T_MEETS:
        return a.to == b.from;
    case CQL2_T_METBY:
        return a.from == b.to;
    case CQL2_T_OVERLAPPEDBY:
        return overlaps(b, a);
    case CQL2_T_OVERLAPS:
        return overlaps(a, b);
    case CQL2_T_STARTEDBY:
        return starts(b, a);
    default: /* CQL2_T_STARTS */
        return starts(a, b);
    }
}

static enum geo_cql2_truth test_temporal(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value value;
    struct span a, b;
    step->args[0].give(run, &step->args[0], &value);
    if (!span_of(&value, &a)) {
        return GEO_CQL2_UNKNOWN;
    }
    step->args[1].give(run, &step->args[1], &value);
    return span_of(&value, &b) ? cql2_truth(related(step->op, a, b)) : GEO_CQL2_UNKNOWN;
}

enum base_err cql2_run_plan_temporal(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->test = test_temporal;
    return BASE_OK;
}
