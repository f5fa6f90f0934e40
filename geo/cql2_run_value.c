/* What gives a number or a text: properties, arithmetic, folding. */
#include "geo/cql2_run_private.h"

#include <math.h>

/* What the layer hands out is made to fit the schema once more: a filter must not read the wrong member. */
static void fit(enum geo_cql2_type type, struct geo_cql2_value *value)
{
    if (type == GEO_CQL2_NUMBER && value->type == GEO_CQL2_INTEGER) {
        value->number = (double)value->integer;
    } else if (value->type != type) {
        value->null = true;
    }
    value->type = type;
}

void cql2_run_give_property(struct geo_cql2_run *run, const struct cql2_step *step, struct geo_cql2_value *ret_value)
{
    run->feature->value(run->feature->of, step->property, ret_value);
    if (ret_value->type != step->type) {
        fit(step->type, ret_value);
    }
    if (step->type == GEO_CQL2_NUMBER && !ret_value->null && isnan(ret_value->number)) {
        ret_value->null = true;
    }
}

double cql2_run_number(const struct geo_cql2_value *value)
{
    return value->type == GEO_CQL2_INTEGER ? (double)value->integer : value->number;
}

static double calculate(enum cql2_op op, double a, double b)
{
    switch (op) {
    case CQL2_ADD:
        return a + b;
    case CQL2_SUB:
        return a - b;
    case CQL2_MUL:
        return a * b;
    case CQL2_DIV:
        return a / b;
    case CQL2_IDIV:
        return trunc(a / b);
    case CQL2_MOD:
        return a - b * trunc(a / b);
    case CQL2_POW:
        return pow(a, b);
    default:
        return NAN;
    }
}

/* Division by zero, a root of what is negative, and too much for a double are all infinite or no number: null. */
static void give_arithmetic(struct geo_cql2_run *run, const struct cql2_step *step, struct geo_cql2_value *ret_value)
{
    struct geo_cql2_value a, b;
    step->args[0].give(run, &step->args[0], &a);
    step->args[1].give(run, &step->args[1], &b);
    ret_value->type = GEO_CQL2_NUMBER;
    ret_value->null = a.null || b.null;
    if (!ret_value->null) {
        ret_value->number = calculate(step->op, cql2_run_number(&a), cql2_run_number(&b));
        ret_value->null = !isfinite(ret_value->number);
    }
}

enum base_err cql2_run_plan_arithmetic(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->give = give_arithmetic;
    return BASE_OK;
}

static void give_fold(struct geo_cql2_run *run, const struct cql2_step *step, struct geo_cql2_value *ret_value)
{
    step->args[0].give(run, &step->args[0], ret_value);
    if (!ret_value->null && cql2_fold(step->op, ret_value->text, run->room, &ret_value->text)) {
        ret_value->null = true;
    }
}

enum base_err cql2_run_plan_fold(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->give = give_fold;
    return BASE_OK;
}
