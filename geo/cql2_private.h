/* The tree of a filter, shared by readers (cql2_text_in.c, cql2_json_in.c), the check of types (cql2_check.c), writers
 * (cql2_text_out.c, cql2_json_out.c) and back ends (cql2_sql.c, cql2_run.c). Private to geo/.
 *
 * NOT LIKE, NOT BETWEEN, NOT IN, IS NOT NULL are NOT over the plain one; -x is -1 * x; chains of AND (OR) are one node;
 * BBOX(...) stays a literal that remembers it was a box. */
#ifndef HUTONG_GEO_CQL2_PRIVATE_H
#define HUTONG_GEO_CQL2_PRIVATE_H

#include "geo/geo.h"

/* Constant, name in text, name in JSON, least and most arguments, class. A name that is a word (S_CONTAINS) is a
 * function in text; matching is without case. One row a new operation. */
#define CQL2_OPS(X)                                                       \
    X(AND, "AND", "and", 2, 65535, LOGIC)                                 \
    X(OR, "OR", "or", 2, 65535, LOGIC)                                    \
    X(NOT, "NOT", "not", 1, 1, LOGIC)                                     \
    X(EQ, "=", "=", 2, 2, COMPARE)                                        \
    X(NE, "<>", "<>", 2, 2, COMPARE)                                      \
    X(LT, "<", "<", 2, 2, COMPARE)                                        \
    X(LE, "<=", "<=", 2, 2, COMPARE)                                      \
    X(GT, ">", ">", 2, 2, COMPARE)                                        \
    X(GE, ">=", ">=", 2, 2, COMPARE)                                      \
    X(LIKE, "LIKE", "like", 2, 2, SPECIAL)                                \
    X(BETWEEN, "BETWEEN", "between", 3, 3, SPECIAL)                       \
    X(IN, "IN", "in", 2, 65535, SPECIAL)                                  \
    X(IS_NULL, "IS NULL", "isNull", 1, 1, SPECIAL)                        \
    X(ADD, "+", "+", 2, 2, ARITHMETIC)                                    \
    X(SUB, "-", "-", 2, 2, ARITHMETIC)                                    \
    X(MUL, "*", "*", 2, 2, ARITHMETIC)                                    \
    X(DIV, "/", "/", 2, 2, ARITHMETIC)                                    \
    X(IDIV, "DIV", "div", 2, 2, ARITHMETIC)                               \
    X(MOD, "%", "%", 2, 2, ARITHMETIC)                                    \
    X(POW, "^", "^", 2, 2, ARITHMETIC)                                    \
    X(CASEI, "CASEI", "casei", 1, 1, FOLD)                                \
    X(ACCENTI, "ACCENTI", "accenti", 1, 1, FOLD)                          \
    X(S_CONTAINS, "S_CONTAINS", "s_contains", 2, 2, SPATIAL)              \
    X(S_CROSSES, "S_CROSSES", "s_crosses", 2, 2, SPATIAL)                 \
    X(S_DISJOINT, "S_DISJOINT", "s_disjoint", 2, 2, SPATIAL)              \
    X(S_EQUALS, "S_EQUALS", "s_equals", 2, 2, SPATIAL)                    \
    X(S_INTERSECTS, "S_INTERSECTS", "s_intersects", 2, 2, SPATIAL)        \
    X(S_OVERLAPS, "S_OVERLAPS", "s_overlaps", 2, 2, SPATIAL)              \
    X(S_TOUCHES, "S_TOUCHES", "s_touches", 2, 2, SPATIAL)                 \
    X(S_WITHIN, "S_WITHIN", "s_within", 2, 2, SPATIAL)                    \
    X(T_AFTER, "T_AFTER", "t_after", 2, 2, TEMPORAL)                      \
    X(T_BEFORE, "T_BEFORE", "t_before", 2, 2, TEMPORAL)                   \
    X(T_CONTAINS, "T_CONTAINS", "t_contains", 2, 2, TEMPORAL)             \
    X(T_DISJOINT, "T_DISJOINT", "t_disjoint", 2, 2, TEMPORAL)             \
    X(T_DURING, "T_DURING", "t_during", 2, 2, TEMPORAL)                   \
    X(T_EQUALS, "T_EQUALS", "t_equals", 2, 2, TEMPORAL)                   \
    X(T_FINISHEDBY, "T_FINISHEDBY", "t_finishedBy", 2, 2, TEMPORAL)       \
    X(T_FINISHES, "T_FINISHES", "t_finishes", 2, 2, TEMPORAL)             \
    X(T_INTERSECTS, "T_INTERSECTS", "t_intersects", 2, 2, TEMPORAL)       \
    X(T_MEETS, "T_MEETS", "t_meets", 2, 2, TEMPORAL)                      \
    X(T_METBY, "T_METBY", "t_metBy", 2, 2, TEMPORAL)                      \
    X(T_OVERLAPPEDBY, "T_OVERLAPPEDBY", "t_overlappedBy", 2, 2, TEMPORAL) \
    X(T_OVERLAPS, "T_OVERLAPS", "t_overlaps", 2, 2, TEMPORAL)             \
    X(T_STARTEDBY, "T_STARTEDBY", "t_startedBy", 2, 2, TEMPORAL)          \
    X(T_STARTS, "T_STARTS", "t_starts", 2, 2, TEMPORAL)                   \
    X(A_CONTAINEDBY, "A_CONTAINEDBY", "a_containedBy", 2, 2, ARRAY)       \
    X(A_CONTAINS, "A_CONTAINS", "a_contains", 2, 2, ARRAY)                \
    X(A_EQUALS, "A_EQUALS", "a_equals", 2, 2, ARRAY)                      \
    X(A_OVERLAPS, "A_OVERLAPS", "a_overlaps", 2, 2, ARRAY)                \
    X(INTERVAL, "INTERVAL", "interval", 2, 2, SPECIAL)                    \
    X(ARRAY, "(", "", 0, 65535, SPECIAL)                                  \
    X(NOW, "NOW", "now", 0, 0, SPECIAL)                                   \
    X(ZONE, "ZONE", "zone", 1, 1, SPECIAL)                                \
    X(ESTATE, "ESTATE", "estate", 0, 0, SPECIAL)                          \
    X(PROPERTY, "", "", 0, 0, LEAF)                                       \
    X(LITERAL, "", "", 0, 0, LEAF)

enum cql2_op {
#define CQL2_OP_ENUM(name, text, json, least, most, class) CQL2_##name,
    CQL2_OPS(CQL2_OP_ENUM)
#undef CQL2_OP_ENUM
        CQL2_OP_COUNT
};

enum cql2_class {
    CQL2_CLASS_LOGIC,
    CQL2_CLASS_COMPARE,
    CQL2_CLASS_SPECIAL,
    CQL2_CLASS_ARITHMETIC,
    CQL2_CLASS_FOLD,
    CQL2_CLASS_SPATIAL,
    CQL2_CLASS_TEMPORAL,
    CQL2_CLASS_ARRAY,
    CQL2_CLASS_LEAF
};

struct cql2_op_row {
    const char *text, *json;
    uint32_t least, most;
    enum cql2_class class;
};
extern const struct cql2_op_row cql2_ops[CQL2_OP_COUNT];

struct cql2_node {
    enum cql2_op op;
    enum geo_cql2_type type;    /* of what it gives */
    enum geo_cql2_type element; /* of an ARRAY; of COMPARE, BETWEEN, IN: what all their arguments are */
    uint32_t at;                /* byte in the text or JSON it was read from, from 1, for messages */
    uint32_t height;            /* of the tree below it; 0: a leaf */
    uint32_t count;
    struct cql2_node **args;
    /* LITERAL, and what ZONE and ESTATE stand for. An interval's open end is a literal INTERVAL of "..". */
    struct geo_cql2_value value;
    bool box;             /* a literal geometry written as BBOX(...) */
    struct base_str name; /* PROPERTY */
    uint32_t property;    /* its index in the schema */
};

#define CQL2_DAY_US INT64_C(86400000000)

static inline bool cql2_is_number(enum geo_cql2_type type)
{
    return type == GEO_CQL2_INTEGER || type == GEO_CQL2_NUMBER;
}

static inline bool cql2_is_instant(enum geo_cql2_type type)
{
    return type == GEO_CQL2_DATE || type == GEO_CQL2_TIMESTAMP;
}

/* The type in which values of two types that may meet do so. */
static inline enum geo_cql2_type cql2_common(enum geo_cql2_type a, enum geo_cql2_type b)
{
    if (a == b || b == GEO_CQL2_ANY) {
        return a;
    }
    return a == GEO_CQL2_ANY ? b : cql2_is_number(a) ? GEO_CQL2_NUMBER : GEO_CQL2_TIMESTAMP;
}

struct geo_cql2 {
    const struct geo_cql2_schema *schema; /* or NULL */
    struct cql2_node *root;
    struct base_arena arena;    /* the tree, its texts and shapes */
    struct cql2_shapes *shapes; /* what has memory outside the arena, see cql2.c */
};

/* --- cql2.c: the tree itself --- */
enum base_err cql2_new(const struct geo_cql2_schema *schema, struct base_diag *diag,
                       struct geo_cql2 **ret_filter) BASE_MUST_CHECK;
struct cql2_node *cql2_node_new(struct geo_cql2 *filter, enum cql2_op op, uint32_t at, uint32_t count); /* or NULL */
/* A shape that lives as long as the filter, or NULL. */
struct geo_shape *cql2_shape_new(struct geo_cql2 *filter);
/* "at 17: ..."; no place when at is 0. Returns err. */
enum base_err cql2_wrong(struct base_diag *diag, enum base_err err, uint32_t at, const char *format, ...)
    BASE_PRINTF(4, 5);
/* How many bytes of a text a message shows: whole characters, the first 64 bytes of them. */
int cql2_shown(struct base_str text);

/* --- cql2_check.c: names, numbers of arguments, types, ranges; folds nothing --- */
enum base_err cql2_check(struct geo_cql2 *filter, struct base_diag *diag) BASE_MUST_CHECK;

/* --- cql2_out.c: what both writers share --- */
/* The shortest that reads back as the same; point: never as an integer. */
void cql2_out_number(struct base_buf *buf, double value, bool point);
void cql2_out_box(const struct geo_shape *shape, double ret_box[4]); /* west south east north */

#endif
