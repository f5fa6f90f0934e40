/* Plans a filter, keeps its memory, and does the logic of three values: true, false, unknown. */
#include "geo/cql2_run_private.h"

#include <stdlib.h>
#include <string.h>

void *cql2_run_room(struct geo_cql2_run *run, size_t size, struct base_diag *diag)
{
    void *memory = base_arena_alloc(&run->plan, size);
    if (!memory) {
        (void)base_diag_set(diag, BASE_LIMIT, "the filter needs more than %d MiB of memory to run",
                            CQL2_RUN_PLAN_MAX >> 20);
    }
    return memory;
}

/* A truth holds no memory: what one condition needed is free for the next, so that a long filter needs no more. */
static enum geo_cql2_truth test_one(struct geo_cql2_run *run, const struct cql2_step *step)
{
    enum geo_cql2_truth truth = step->test(run, step);
    if (run->scratch.used || run->scratch.full) {
        base_arena_reset(&run->scratch);
    }
    return truth;
}

static enum geo_cql2_truth test_and(struct geo_cql2_run *run, const struct cql2_step *step)
{
    enum geo_cql2_truth all = GEO_CQL2_TRUE;
    for (uint32_t i = 0; i < step->count; i++) {
        enum geo_cql2_truth one = test_one(run, &step->args[i]);
        if (one == GEO_CQL2_FALSE) {
            return one;
        }
        all = one == GEO_CQL2_UNKNOWN ? one : all;
    }
    return all;
}

static enum geo_cql2_truth test_or(struct geo_cql2_run *run, const struct cql2_step *step)
{
    enum geo_cql2_truth any = GEO_CQL2_FALSE;
    for (uint32_t i = 0; i < step->count; i++) {
        enum geo_cql2_truth one = test_one(run, &step->args[i]);
        if (one == GEO_CQL2_TRUE) {
            return one;
        }
        any = one == GEO_CQL2_UNKNOWN ? one : any;
    }
    return any;
}

static enum geo_cql2_truth test_not(struct geo_cql2_run *run, const struct cql2_step *step)
{
    return cql2_truth_not(step->args[0].test(run, &step->args[0]));
}

static enum geo_cql2_truth test_is_null(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value value;
    step->args[0].give(run, &step->args[0], &value);
    return cql2_truth(value.null);
}

/* A boolean property may stand alone as a condition, and IS NULL takes a condition for a value: each way round. */
static enum geo_cql2_truth test_value(struct geo_cql2_run *run, const struct cql2_step *step)
{
    struct geo_cql2_value value;
    step->give(run, step, &value);
    return value.null || value.type != GEO_CQL2_BOOLEAN ? GEO_CQL2_UNKNOWN : cql2_truth(value.boolean);
}

static void give_truth(struct geo_cql2_run *run, const struct cql2_step *step, struct geo_cql2_value *ret_value)
{
    enum geo_cql2_truth truth = step->test(run, step);
    *ret_value = (struct geo_cql2_value){
        .type = GEO_CQL2_BOOLEAN, .null = truth == GEO_CQL2_UNKNOWN, .boolean = truth == GEO_CQL2_TRUE};
}

static void give_constant(struct geo_cql2_run *run, const struct cql2_step *step, struct geo_cql2_value *ret_value)
{
    (void)run;
    *ret_value = step->value;
}

static void give_now(struct geo_cql2_run *run, const struct cql2_step *step, struct geo_cql2_value *ret_value)
{
    (void)step;
    *ret_value = (struct geo_cql2_value){.type = GEO_CQL2_TIMESTAMP, .integer = run->now_us};
}

static enum base_err plan_logic(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->test = step->op == CQL2_AND ? test_and : step->op == CQL2_OR ? test_or : test_not;
    return BASE_OK;
}

static enum base_err plan_is_null(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->test = test_is_null;
    return BASE_OK;
}

static enum base_err plan_now(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->give = give_now;
    return BASE_OK;
}

static enum base_err plan_property(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->give = cql2_run_give_property;
    return BASE_OK;
}

static enum base_err plan_constant(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag)
{
    (void)run;
    (void)diag;
    step->give = give_constant;
    step->constant = true;
    return BASE_OK;
}

static cql2_plan *plan_of(enum cql2_op op)
{
    static cql2_plan *const by_class[] = {
        [CQL2_CLASS_LOGIC] = plan_logic,
        [CQL2_CLASS_COMPARE] = cql2_run_plan_compare,
        [CQL2_CLASS_ARITHMETIC] = cql2_run_plan_arithmetic,
        [CQL2_CLASS_FOLD] = cql2_run_plan_fold,
        [CQL2_CLASS_SPATIAL] = cql2_run_plan_spatial,
        [CQL2_CLASS_TEMPORAL] = cql2_run_plan_temporal,
        [CQL2_CLASS_ARRAY] = cql2_run_plan_arrays,
        [CQL2_CLASS_LEAF] = plan_constant,
    };
    static cql2_plan *const by_op[CQL2_OP_COUNT] = {
        [CQL2_LIKE] = cql2_run_plan_like,
        [CQL2_BETWEEN] = cql2_run_plan_between,
        [CQL2_IN] = cql2_run_plan_in,
        [CQL2_IS_NULL] = plan_is_null,
        [CQL2_INTERVAL] = cql2_run_plan_interval,
        [CQL2_ARRAY] = cql2_run_plan_array,
        [CQL2_NOW] = plan_now,
        [CQL2_ZONE] = plan_constant,
        [CQL2_ESTATE] = plan_constant,
        [CQL2_PROPERTY] = plan_property,
    };
    return by_op[op] ? by_op[op] : by_class[cql2_ops[op].class];
}

static bool all_constant(const struct cql2_step *step)
{
    for (uint32_t i = 0; i < step->count; i++) {
        if (!step->args[i].constant) {
            return false;
        }
    }
    return step->op != CQL2_PROPERTY && step->op != CQL2_NOW;
}

static enum base_err plan_step(struct geo_cql2_run *run, const struct cql2_node *node, struct cql2_step *step,
                               struct base_diag *diag)
{
    bool whole = node->op == CQL2_ZONE || node->op == CQL2_ESTATE; /* their argument is used up */
    *step = (struct cql2_step){.op = node->op,
                               .type = node->type,
                               .property = node->property,
                               .count = whole ? 0 : node->count,
                               .value = node->value};
    step->args = step->count ? cql2_run_room(run, step->count * sizeof *step->args, diag) : NULL;
    if (step->count && !step->args) {
        return BASE_LIMIT;
    }
    for (uint32_t i = 0; i < step->count; i++) {
        enum base_err err = plan_step(run, node->args[i], &step->args[i], diag);
        if (err) {
            return err;
        }
    }
    enum base_err err = plan_of(step->op)(run, step, diag);
    if (err) {
        return err;
    }
    step->give = step->give ? step->give : give_truth;
    if (!step->constant && all_constant(step)) {
        struct geo_cql2_value value;
        step->give(run, step, &value);
        step->value = value;
        step->give = give_constant;
        step->test = NULL;
        step->constant = true;
    }
    step->test = step->test ? step->test : test_value;
    return BASE_OK;
}

enum base_err geo_cql2_run_new(const struct geo_cql2 *filter, struct base_diag *diag, struct geo_cql2_run **ret_run)
{
    if (!filter->schema) {
        return base_diag_set(diag, BASE_INVALID, "a filter read without a schema cannot run: its names have no types");
    }
    AUTO(geo_cql2_run) run = calloc(1, sizeof *run);
    if (!run) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    run->filter = filter;
    base_arena_init(&run->plan, CQL2_RUN_PLAN_MAX);
    base_arena_init(&run->scratch, CQL2_RUN_SCRATCH_MAX);
    run->room = &run->plan;
    enum base_err err = plan_step(run, filter->root, &run->root, diag);
    if (err) {
        return err;
    }
    if (run->plan.full) {
        return base_diag_set(diag, BASE_LIMIT, "the filter needs more than %d MiB of memory to run",
                             CQL2_RUN_PLAN_MAX >> 20);
    }
    run->room = &run->scratch;
    *ret_run = run;
    run = NULL;
    return BASE_OK;
}

void geo_cql2_run_free(struct geo_cql2_run *run)
{
    if (run) {
        cql2_relate_free(run->relate);
        base_arena_release(&run->plan);
        base_arena_release(&run->scratch);
        free(run);
    }
}

enum geo_cql2_truth geo_cql2_run_feature(struct geo_cql2_run *run, const struct geo_cql2_feature *feature,
                                         int64_t now_us)
{
    run->feature = feature;
    run->now_us = now_us;
    enum geo_cql2_truth truth = test_one(run, &run->root);
    if (run->relate) {
        cql2_relate_next(run->relate);
    }
    return truth;
}
