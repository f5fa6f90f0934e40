/* How a filter runs in memory, shared by cql2_run.c (plan and logic), cql2_run_compare.c, cql2_run_like.c,
 * cql2_run_value.c, cql2_run_time.c and cql2_run_array.c. Private to geo/.
 *
 * geo_cql2_run_new turns the tree into steps: one a node, the arguments of a step side by side, each with the function
 * that does exactly what it needs. What depends on no property is worked out then and becomes a constant. */
#ifndef HUTONG_GEO_CQL2_RUN_PRIVATE_H
#define HUTONG_GEO_CQL2_RUN_PRIVATE_H

#include "geo/cql2_private.h"

struct cql2_step;
typedef enum geo_cql2_truth cql2_test(struct geo_cql2_run *run, const struct cql2_step *step);
/* A null value has its type, too. */
typedef void cql2_give(struct geo_cql2_run *run, const struct cql2_step *step, struct geo_cql2_value *ret_value);

struct cql2_step {
    cql2_test *test; /* of a BOOLEAN: is it true? */
    cql2_give *give;
    struct cql2_step *args;
    uint32_t count;
    uint32_t property;
    enum cql2_op op;
    enum geo_cql2_type type;
    bool constant;  /* value is what it gives */
    uint8_t wanted; /* of a comparison: the orders (enum cql2_order) that make it true */
    struct geo_cql2_value value;
    const void *plan; /* the operation's own: a pattern, a set, two sides of a relation */
};

struct geo_cql2_run {
    const struct geo_cql2 *filter;
    const struct geo_cql2_feature *feature;
    int64_t now_us;
    struct cql2_step root;
    struct base_arena plan;     /* steps and constants */
    struct base_arena scratch;  /* of the feature at hand; full: unknown */
    struct base_arena *room;    /* plan while planning, then scratch */
    struct cql2_relate *relate; /* NULL when nothing is spatial */
};

enum { CQL2_RUN_PLAN_MAX = 64 << 20, CQL2_RUN_SCRATCH_MAX = 64 << 20 };

/* How two values stand; a set of them is a mask. 0: unknown, because one is null. */
enum cql2_order { CQL2_ORDER_UNKNOWN = 0, CQL2_ORDER_LESS = 1, CQL2_ORDER_SAME = 2, CQL2_ORDER_MORE = 4 };

static inline enum cql2_order cql2_order_i64(int64_t a, int64_t b)
{
    return a < b ? CQL2_ORDER_LESS : a > b ? CQL2_ORDER_MORE : CQL2_ORDER_SAME;
}

static inline enum geo_cql2_truth cql2_truth(bool is)
{
    return is ? GEO_CQL2_TRUE : GEO_CQL2_FALSE;
}

static inline enum geo_cql2_truth cql2_truth_not(enum geo_cql2_truth truth)
{
    return truth == GEO_CQL2_UNKNOWN ? truth : cql2_truth(truth == GEO_CQL2_FALSE);
}

/* Planning: step has op, type, and arguments that are planned; these choose the function and make step->plan. */
typedef enum base_err cql2_plan(struct geo_cql2_run *run, struct cql2_step *step, struct base_diag *diag);
cql2_plan cql2_run_plan_compare;    /* = <> < <= > >= */
cql2_plan cql2_run_plan_between;    /* compare, too */
cql2_plan cql2_run_plan_in;         /* compare, too */
cql2_plan cql2_run_plan_like;       /* cql2_run_like.c */
cql2_plan cql2_run_plan_arithmetic; /* value */
cql2_plan cql2_run_plan_fold;       /* value: CASEI, ACCENTI */
cql2_plan cql2_run_plan_array;      /* array: a list of values */
cql2_plan cql2_run_plan_arrays;     /* array: A_CONTAINS and its like */
cql2_plan cql2_run_plan_interval;   /* time */
cql2_plan cql2_run_plan_temporal;   /* time */
cql2_plan cql2_run_plan_spatial;    /* cql2_relate.c */

/* Memory for the plan; NOMEM or LIMIT in *diag when there is none. */
void *cql2_run_room(struct geo_cql2_run *run, size_t size, struct base_diag *diag);

/* cql2_run_value.c */
cql2_give cql2_run_give_property;
double cql2_run_number(const struct geo_cql2_value *value); /* of an INTEGER or NUMBER */

/* cql2_run_compare.c: by type; INTEGER meets NUMBER as doubles, DATE meets TIMESTAMP as its midnight UTC. */
enum cql2_order cql2_run_order(const struct geo_cql2_value *a, const struct geo_cql2_value *b);
int cql2_run_by_order(const void *a, const void *b); /* for qsort and bsearch, of what is never unknown */

/* cql2_run_time.c: the midnight of a date, us; days beyond what us can hold are the end of time. */
int64_t cql2_run_midnight(int64_t days);

/* --- cql2_fold.c: op is CASEI or ACCENTI. NOMEM: the arena is full. *ret_text may be text itself. --- */
enum base_err cql2_fold(enum cql2_op op, struct base_str text, struct base_arena *arena,
                        struct base_str *ret_text) BASE_MUST_CHECK;

/* --- cql2_relate.c: spatial relations by GEOS, as PostGIS has them --- */
void cql2_relate_free(struct cql2_relate *relate);
void cql2_relate_next(struct cql2_relate *relate); /* forgets the feature's shapes */

#endif
