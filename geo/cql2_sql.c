/* A filter as a condition of PostgreSQL with PostGIS. Nothing of the filter's own text gets into the SQL: values are
 * parameters with a cast that gives them their type, properties are the schema's own expressions, all else is here.
 *
 * Unknown and false differ only below NOT and where a condition is itself a value. Elsewhere (exact is false) a
 * relation that must not be asked of every row - a column may hold NaN, an interval may lack an end - is written as
 * (relation and ...), from which an index can serve; else as (case when ... then relation end). */
#include "geo/cql2_sql.h"
#include "geo/cql2_run_private.h"

enum { TEXT_MAX = 8 << 20, MEMORY_MAX = 64 << 20 };

static void condition(struct cql2_sql_writer *w, const struct cql2_node *node);
static void value(struct cql2_sql_writer *w, const struct cql2_node *node, enum geo_cql2_type as);

static void put(struct cql2_sql_writer *w, const char *text)
{
    base_buf_text(&w->sql->text, text);
}

/* --- values --- */

static bool constant(const struct cql2_node *node)
{
    return node->op == CQL2_LITERAL || node->op == CQL2_ZONE || node->op == CQL2_ESTATE || node->op == CQL2_NOW;
}

static bool may_be_nan(const struct cql2_node *node)
{
    return node->op == CQL2_PROPERTY && node->type == GEO_CQL2_NUMBER;
}

static void column(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    const char *sql = node->property < w->schema->count ? w->schema->properties[node->property].sql : NULL;
    if (!sql) {
        cql2_sql_fail(w, BASE_UNSUPPORTED, "a property of the filter is not in the database");
        return;
    }
    base_buf_printf(&w->sql->text, "(%s)", sql);
}

static void property(struct cql2_sql_writer *w, const struct cql2_node *node, enum geo_cql2_type as)
{
    if (as == GEO_CQL2_TIMESTAMP && node->type == GEO_CQL2_DATE) {
        put(w, "cql2_midnight(");
        column(w, node);
        put(w, ")");
    } else if (may_be_nan(node)) {
        put(w, "nullif(");
        column(w, node);
        put(w, ", 'NaN'::float8)");
    } else {
        column(w, node);
        put(w, as == GEO_CQL2_NUMBER ? "::float8" : "");
    }
}

static const char *function_of(enum cql2_op op)
{
    static const char *const functions[CQL2_OP_COUNT] = {
        [CQL2_ADD] = "cql2_add(",    [CQL2_SUB] = "cql2_subtract(", [CQL2_MUL] = "cql2_multiply(",
        [CQL2_DIV] = "cql2_divide(", [CQL2_IDIV] = "cql2_div(",     [CQL2_MOD] = "cql2_modulo(",
        [CQL2_POW] = "cql2_power(",  [CQL2_CASEI] = "cql2_casei(",  [CQL2_ACCENTI] = "cql2_accenti(",
    };
    return functions[op];
}

/* Arithmetic and folding: a function of the schema, of as many arguments as there are. */
static void call(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    enum geo_cql2_type as = cql2_ops[node->op].class == CQL2_CLASS_FOLD ? GEO_CQL2_TEXT : GEO_CQL2_NUMBER;
    put(w, function_of(node->op));
    for (uint32_t i = 0; i < node->count; i++) {
        put(w, i ? ", " : "");
        value(w, node->args[i], as);
    }
    put(w, ")");
}

static void value(struct cql2_sql_writer *w, const struct cql2_node *node, enum geo_cql2_type as)
{
    if (node->op == CQL2_PROPERTY) {
        property(w, node, as);
    } else if (node->op == CQL2_NOW) {
        cql2_sql_arg(w, (struct geo_cql2_arg){.type = GEO_CQL2_TIMESTAMP, .now = true});
    } else if (node->op == CQL2_LITERAL) {
        cql2_sql_arg_literal(w, node, as);
    } else if (function_of(node->op)) {
        call(w, node);
    } else { /* a condition as a value: (a = 1) IS NULL */
        bool exact = w->exact;
        w->exact = true;
        condition(w, node);
        w->exact = exact;
    }
}

/* --- what must hold of a row before a relation may be asked --- */
struct needs {
    const struct cql2_node *nodes[4];
    size_t count;
};

static void need(struct needs *needs, const struct cql2_node *node)
{
    needs->nodes[needs->count++] = node;
}

static void need_number(struct needs *needs, const struct cql2_node *node)
{
    if (may_be_nan(node)) {
        need(needs, node);
    }
}

static void needs_put(struct cql2_sql_writer *w, const struct needs *needs)
{
    for (size_t i = 0; i < needs->count; i++) {
        put(w, i ? " and " : "");
        if (may_be_nan(needs->nodes[i])) {
            column(w, needs->nodes[i]);
            put(w, " <> 'NaN'::float8");
        } else {
            value(w, needs->nodes[i], GEO_CQL2_TIMESTAMP);
            put(w, " is not null");
        }
    }
}

static void begin(struct cql2_sql_writer *w, const struct needs *needs)
{
    put(w, "(");
    if (needs->count && w->exact) {
        put(w, "case when ");
        needs_put(w, needs);
        put(w, " then ");
    }
}

static void end(struct cql2_sql_writer *w, const struct needs *needs)
{
    if (needs->count && w->exact) {
        put(w, " end");
    } else if (needs->count) {
        put(w, " and ");
        needs_put(w, needs);
    }
    put(w, ")");
}

/* --- comparisons --- */

/* A side of a relation that has its needs written besides. */
static void side(struct cql2_sql_writer *w, const struct cql2_node *node, enum geo_cql2_type as)
{
    if (may_be_nan(node)) {
        column(w, node);
    } else {
        value(w, node, as);
    }
}

static void by_code_point(struct cql2_sql_writer *w, enum geo_cql2_type type)
{
    put(w, type == GEO_CQL2_TEXT ? " collate \"C\"" : "");
}

/* Equal bytes are equal texts in every collation that a column may have, so that an index of any serves; two columns
 * need to be told which. */
static bool equality(enum cql2_op op)
{
    return op == CQL2_EQ || op == CQL2_NE;
}

static void relation(struct cql2_sql_writer *w, const struct cql2_node *a, enum cql2_op op, const struct cql2_node *b)
{
    enum geo_cql2_type as = cql2_common(a->type, b->type);
    struct needs needs = {.count = 0};
    need_number(&needs, a);
    need_number(&needs, b);
    begin(w, &needs);
    side(w, a, as);
    if (!equality(op) || (!constant(a) && !constant(b))) {
        by_code_point(w, as);
    }
    base_buf_printf(&w->sql->text, " %s ", cql2_ops[op].text);
    side(w, b, as);
    end(w, &needs);
}

static void compare(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    relation(w, node->args[0], node->op, node->args[1]);
}

/* Two relations: each end may be unknown by itself. */
static void between(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    put(w, "(");
    relation(w, node->args[0], CQL2_GE, node->args[1]);
    put(w, " and ");
    relation(w, node->args[0], CQL2_LE, node->args[2]);
    put(w, ")");
}

/* The items that meet the value in one type, as a list; false when there are none. */
static bool in_list(struct cql2_sql_writer *w, const struct cql2_node *node, enum geo_cql2_type as, bool first)
{
    const struct cql2_node *x = node->args[0];
    bool found = false, constants = true;
    for (uint32_t i = 1; i < node->count; i++) {
        constants = constants && constant(node->args[i]);
    }
    for (uint32_t i = 1; i < node->count; i++) {
        if (cql2_common(x->type, node->args[i]->type) != as) {
            continue;
        }
        if (!found) {
            put(w, first ? "" : " or ");
            side(w, x, as);
            if (!constants) {
                by_code_point(w, as);
            }
            put(w, " in (");
        }
        put(w, found ? ", " : "");
        value(w, node->args[i], as);
        found = true;
    }
    put(w, found ? ")" : "");
    return found;
}

static void in(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    const struct cql2_node *x = node->args[0];
    struct needs needs = {.count = 0};
    need_number(&needs, x);
    begin(w, &needs);
    put(w, "(");
    bool found = in_list(w, node, x->type, true);
    if (x->type == GEO_CQL2_INTEGER) {
        in_list(w, node, GEO_CQL2_NUMBER, !found);
    } else if (x->type == GEO_CQL2_DATE) {
        in_list(w, node, GEO_CQL2_TIMESTAMP, !found);
    }
    put(w, ")");
    end(w, &needs);
}

/* --- space --- */

static void geometry(struct cql2_sql_writer *w, const struct cql2_node *node, uint32_t member)
{
    if (node->op == CQL2_PROPERTY) {
        column(w, node);
    } else {
        cql2_sql_arg_shape(w, &node->value.geometry.shapes[member]);
    }
}

static uint32_t members(const struct cql2_node *node)
{
    return node->op == CQL2_PROPERTY ? 1 : node->value.geometry.count;
}

/* A collection intersects what one of its members does. */
static void intersects(struct cql2_sql_writer *w, const struct cql2_node *a, const struct cql2_node *b)
{
    for (uint32_t i = 0; i < members(a) && !w->err; i++) {
        for (uint32_t k = 0; k < members(b) && !w->err; k++) {
            put(w, i || k ? " or st_intersects(" : "st_intersects(");
            geometry(w, a, i);
            put(w, ", ");
            geometry(w, b, k);
            put(w, ")");
        }
    }
}

static void spatial(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    const struct cql2_node *a = node->args[0], *b = node->args[1];
    static const char *const functions[CQL2_OP_COUNT] = {
        [CQL2_S_CONTAINS] = "(st_contains(", [CQL2_S_CROSSES] = "(st_crosses(", [CQL2_S_EQUALS] = "(st_equals(",
        [CQL2_S_OVERLAPS] = "(st_overlaps(", [CQL2_S_TOUCHES] = "(st_touches(", [CQL2_S_WITHIN] = "(st_within(",
    };
    if (!functions[node->op]) {
        put(w, node->op == CQL2_S_DISJOINT ? "(not (" : "((");
        intersects(w, a, b);
        put(w, "))");
        return;
    }
    if (members(a) != 1 || members(b) != 1) {
        if (!w->err) {
            w->err = cql2_wrong(w->diag, BASE_UNSUPPORTED, node->at, "%s of a collection of geometries is not done",
                                cql2_ops[node->op].text);
        }
        return;
    }
    put(w, functions[node->op]);
    geometry(w, a, 0);
    put(w, ", ");
    geometry(w, b, 0);
    put(w, "))");
}

/* --- time --- */

static void need_ends(struct needs *needs, const struct cql2_node *node)
{
    for (uint32_t i = 0; node->op == CQL2_INTERVAL && i < 2; i++) {
        if (!constant(node->args[i])) {
            need(needs, node->args[i]);
        }
    }
}

/* When an instant or an interval begins (last: ends). */
static void moment(struct cql2_sql_writer *w, const struct cql2_node *node, bool last, enum geo_cql2_type as)
{
    const struct cql2_node *at = node->op == CQL2_INTERVAL ? node->args[last] : node;
    if (at->type != GEO_CQL2_INTERVAL) {
        value(w, at, as);
    } else if (at->op == CQL2_LITERAL) {
        cql2_sql_arg_time(w, last ? at->value.interval.to : at->value.interval.from);
    } else {
        put(w, last ? "cql2_last(" : "cql2_first(");
        column(w, at);
        put(w, ")");
    }
}

/* Allen's relations: 0 and 1 stand for the first's begin and end, 2 and 3 for the second's. */
static const char *const relations[CQL2_OP_COUNT] = {
    [CQL2_T_AFTER] = "0 > 3",
    [CQL2_T_BEFORE] = "1 < 2",
    [CQL2_T_CONTAINS] = "0 < 2 and 1 > 3",
    [CQL2_T_DISJOINT] = "(0 > 3 or 1 < 2)",
    [CQL2_T_DURING] = "0 > 2 and 1 < 3",
    [CQL2_T_EQUALS] = "0 = 2 and 1 = 3",
    [CQL2_T_FINISHEDBY] = "0 < 2 and 1 = 3",
    [CQL2_T_FINISHES] = "0 > 2 and 1 = 3",
    [CQL2_T_INTERSECTS] = "0 <= 3 and 1 >= 2",
    [CQL2_T_MEETS] = "1 = 2",
    [CQL2_T_METBY] = "0 = 3",
    [CQL2_T_OVERLAPPEDBY] = "0 > 2 and 0 < 3 and 1 > 3",
    [CQL2_T_OVERLAPS] = "0 < 2 and 1 > 2 and 1 < 3",
    [CQL2_T_STARTEDBY] = "0 = 2 and 1 > 3",
    [CQL2_T_STARTS] = "0 = 2 and 1 < 3",
};

static void temporal(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    const struct cql2_node *a = node->args[0], *b = node->args[1];
    enum geo_cql2_type as = a->type == GEO_CQL2_DATE && b->type == GEO_CQL2_DATE ? GEO_CQL2_DATE : GEO_CQL2_TIMESTAMP;
    struct needs needs = {.count = 0};
    need_ends(&needs, a);
    need_ends(&needs, b);
    begin(w, &needs);
    for (const char *c = relations[node->op]; *c; c++) {
        if (*c >= '0' && *c <= '3') {
            moment(w, *c < '2' ? a : b, (*c - '0') % 2, as);
        } else {
            base_buf_u8(&w->sql->text, (uint8_t)*c);
        }
    }
    end(w, &needs);
}

/* --- arrays --- */

/* smallint[] and integer[] have no operators with bigint[]; of numbers, NaN is one that is missing. */
static void array_column(struct cql2_sql_writer *w, const struct cql2_node *node, enum geo_cql2_type element)
{
    bool number = element == GEO_CQL2_NUMBER;
    put(w, number ? "array_replace(" : "");
    column(w, node);
    if (number || element == GEO_CQL2_INTEGER || element != node->element) {
        base_buf_printf(&w->sql->text, "::%s[]", cql2_sql_casts[element]);
    }
    put(w, number ? ", 'NaN'::float8, null)" : "");
}

static void array(struct cql2_sql_writer *w, const struct cql2_node *node, enum geo_cql2_type element)
{
    if (node->op == CQL2_PROPERTY) {
        array_column(w, node, element);
        return;
    }
    put(w, "array[");
    for (uint32_t i = 0; i < node->count; i++) {
        put(w, i ? ", " : "");
        value(w, node->args[i], element);
    }
    base_buf_printf(&w->sql->text, "]::%s[]", cql2_sql_casts[element]);
}

static bool constants(const struct cql2_node *node)
{
    bool all = node->op == CQL2_ARRAY;
    for (uint32_t i = 0; i < node->count && all; i++) {
        all = constant(node->args[i]);
    }
    return all;
}

static void array_relation(struct cql2_sql_writer *w, const struct cql2_node *node, const char *operator)
{
    const struct cql2_node *a = node->args[0], *b = node->args[1];
    enum geo_cql2_type element = cql2_common(a->element, b->element);
    element = element == GEO_CQL2_ANY ? GEO_CQL2_TEXT : element; /* both are empty */
    array(w, a, element);
    if (!constants(a) && !constants(b)) {
        by_code_point(w, element);
    }
    put(w, operator);
    array(w, b, element);
}

static void arrays(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    put(w, "(");
    if (node->op == CQL2_A_EQUALS || node->op == CQL2_A_CONTAINS) {
        array_relation(w, node, " @> ");
    }
    put(w, node->op == CQL2_A_EQUALS ? " and " : "");
    if (node->op == CQL2_A_EQUALS || node->op == CQL2_A_CONTAINEDBY) {
        array_relation(w, node, " <@ ");
    }
    if (node->op == CQL2_A_OVERLAPS) {
        array_relation(w, node, " && ");
    }
    put(w, ")");
}

/* --- LIKE and IS NULL --- */

/* The pattern, folded here: what folding leaves of it must still be one. */
static struct base_str pattern_of(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    if (node->op == CQL2_LITERAL) {
        return node->value.text;
    }
    struct base_str text = pattern_of(w, node->args[0]);
    if (!w->err && cql2_fold(node->op, text, &w->sql->arena, &text)) {
        cql2_sql_fail(w, BASE_LIMIT, "the filter's texts are too long");
    }
    return text;
}

/* Folding may take away the mark that a last \ stands before: then it is one itself, as in memory. */
static struct base_str ended(struct cql2_sql_writer *w, struct base_str pattern)
{
    size_t slashes = 0;
    while (slashes < pattern.len && pattern.at[pattern.len - 1 - slashes] == '\\') {
        slashes++;
    }
    char *copy = slashes % 2 ? base_arena_text(&w->sql->arena, pattern) : NULL;
    if (copy) {
        copy[pattern.len] = '\\';
    } else if (slashes % 2) {
        cql2_sql_fail(w, BASE_LIMIT, "the filter's texts are too long");
    }
    return copy ? (struct base_str){copy, pattern.len + 1} : pattern;
}

static void like(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    struct base_str pattern = ended(w, pattern_of(w, node->args[1]));
    put(w, "(");
    value(w, node->args[0], GEO_CQL2_TEXT);
    put(w, " collate \"C\" like ");
    cql2_sql_arg(w, (struct geo_cql2_arg){.type = GEO_CQL2_TEXT, .value = {.type = GEO_CQL2_TEXT, .text = pattern}});
    put(w, ")");
}

static void is_null_number(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    column(w, node);
    put(w, " is null or ");
    column(w, node);
    put(w, " = 'NaN'::float8");
}

static void is_null_interval(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    moment(w, node, false, GEO_CQL2_TIMESTAMP);
    put(w, " is null or ");
    moment(w, node, true, GEO_CQL2_TIMESTAMP);
    put(w, " is null");
}

static void is_null(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    const struct cql2_node *x = node->args[0];
    put(w, "(");
    if (may_be_nan(x)) {
        is_null_number(w, x);
    } else if (x->type == GEO_CQL2_INTERVAL) {
        is_null_interval(w, x);
    } else {
        if (x->type == GEO_CQL2_GEOMETRY) {
            geometry(w, x, 0);
        } else if (x->type == GEO_CQL2_ARRAY) {
            array(w, x, x->element ? x->element : GEO_CQL2_TEXT);
        } else {
            value(w, x, x->type);
        }
        put(w, " is null");
    }
    put(w, ")");
}

/* --- conditions --- */

static void logic(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    bool exact = w->exact;
    w->exact = exact || node->op == CQL2_NOT;
    put(w, node->op == CQL2_NOT ? "(not " : "(");
    for (uint32_t i = 0; i < node->count && !w->err; i++) {
        put(w, i == 0 ? "" : node->op == CQL2_AND ? " and " : " or ");
        condition(w, node->args[i]);
    }
    put(w, ")");
    w->exact = exact;
}

static void special(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    switch (node->op) {
    case CQL2_LIKE:
        like(w, node);
        break;
    case CQL2_BETWEEN:
        between(w, node);
        break;
    case CQL2_IN:
        in(w, node);
        break;
    case CQL2_IS_NULL:
        is_null(w, node);
        break;
    default:
        cql2_sql_fail(w, BASE_INVALID, "the filter is not a condition");
    }
}

static void condition(struct cql2_sql_writer *w, const struct cql2_node *node)
{
    static void (*const writers[])(struct cql2_sql_writer *, const struct cql2_node *) = {
        [CQL2_CLASS_LOGIC] = logic,     [CQL2_CLASS_COMPARE] = compare,   [CQL2_CLASS_SPECIAL] = special,
        [CQL2_CLASS_SPATIAL] = spatial, [CQL2_CLASS_TEMPORAL] = temporal, [CQL2_CLASS_ARRAY] = arrays,
    };
    if (node->op == CQL2_PROPERTY) {
        column(w, node);
    } else if (node->op == CQL2_LITERAL && node->type == GEO_CQL2_BOOLEAN) {
        cql2_sql_arg_literal(w, node, GEO_CQL2_BOOLEAN);
    } else if (cql2_ops[node->op].class < BASE_COUNT(writers) && writers[cql2_ops[node->op].class]) {
        writers[cql2_ops[node->op].class](w, node);
    } else {
        cql2_sql_fail(w, BASE_INVALID, "the filter is not a condition");
    }
}

enum base_err geo_cql2_sql(const struct geo_cql2 *filter, int first, struct base_diag *diag,
                           struct geo_cql2_sql *ret_sql)
{
    if (!filter->schema) {
        return base_diag_set(diag, BASE_USAGE, "a filter that was read without a schema cannot be run");
    }
    struct geo_cql2_sql sql = {.args = NULL};
    base_buf_init(&sql.text, TEXT_MAX);
    base_arena_init(&sql.arena, MEMORY_MAX);
    struct cql2_sql_writer writer = {.schema = filter->schema, .sql = &sql, .diag = diag, .first = first};
    put(&writer, "(");
    condition(&writer, filter->root);
    put(&writer, ")");
    if (sql.text.err) {
        cql2_sql_fail(&writer, sql.text.err, "the filter's SQL would be too long");
    }
    if (writer.err) {
        geo_cql2_sql_release(&sql);
        return writer.err;
    }
    *ret_sql = sql;
    return BASE_OK;
}

void geo_cql2_sql_release(struct geo_cql2_sql *sql)
{
    base_buf_release(&sql->text);
    base_arena_release(&sql->arena);
    *sql = (struct geo_cql2_sql){.args = NULL};
}
