/* Gives each node of a tree its type, from the leaves up, and refuses what does not fit. After it a back end may rely
 * on these: names are properties of the schema; numbers of arguments are those of cql2_ops; a condition is never
 * compared, listed or computed with; the pattern of LIKE is a literal or folds of one; zones are outlines. */
#include "geo/cql2_private.h"

#include <string.h>

struct check {
    struct geo_cql2 *filter;
    struct base_diag *diag;
};

static enum base_err check_node(struct check *check, struct cql2_node *node);

static const char *const type_names[] = {
    [GEO_CQL2_ANY] = "anything",          [GEO_CQL2_BOOLEAN] = "a BOOLEAN",    [GEO_CQL2_INTEGER] = "an INTEGER",
    [GEO_CQL2_NUMBER] = "a NUMBER",       [GEO_CQL2_TEXT] = "a TEXT",          [GEO_CQL2_DATE] = "a DATE",
    [GEO_CQL2_TIMESTAMP] = "a TIMESTAMP", [GEO_CQL2_INTERVAL] = "an INTERVAL", [GEO_CQL2_GEOMETRY] = "a GEOMETRY",
    [GEO_CQL2_ARRAY] = "an ARRAY",
};

/* --- types --- */
static bool is_condition(const struct cql2_node *node)
{
    return node->type == GEO_CQL2_BOOLEAN && node->op != CQL2_PROPERTY && node->op != CQL2_LITERAL;
}

static const char *describe(const struct cql2_node *node)
{
    return is_condition(node) ? "a condition" : type_names[node->type];
}

static bool is_scalar(enum geo_cql2_type type)
{
    return cql2_is_number(type) || cql2_is_instant(type) || type == GEO_CQL2_TEXT || type == GEO_CQL2_BOOLEAN;
}

static bool alike(enum geo_cql2_type a, enum geo_cql2_type b)
{
    return a == GEO_CQL2_ANY || b == GEO_CQL2_ANY || a == b || (cql2_is_number(a) && cql2_is_number(b)) ||
           (cql2_is_instant(a) && cql2_is_instant(b));
}

static const char *hint(enum geo_cql2_type a, enum geo_cql2_type b)
{
    enum geo_cql2_type other = a == GEO_CQL2_TEXT ? b : b == GEO_CQL2_TEXT ? a : GEO_CQL2_ANY;
    return other == GEO_CQL2_DATE        ? "; a date is written DATE('2026-05-01')"
           : other == GEO_CQL2_TIMESTAMP ? "; a time is written TIMESTAMP('2026-05-01T08:30:00Z')"
           : cql2_is_number(other)       ? "; a number is written without quotes"
                                         : "";
}

static const char *op_name(const struct cql2_node *node)
{
    return node->op == CQL2_ARRAY ? "a list" : cql2_ops[node->op].text;
}

static enum base_err wants(struct check *check, const struct cql2_node *node, const struct cql2_node *arg,
                           const char *what)
{
    return cql2_wrong(check->diag, BASE_INVALID, arg->at, "%s takes %s, not %s", op_name(node), what, describe(arg));
}

/* All arguments from first on are scalars of one type. */
static enum base_err check_alike(struct check *check, struct cql2_node *node, uint32_t first)
{
    enum geo_cql2_type type = GEO_CQL2_ANY;
    for (uint32_t i = first; i < node->count; i++) {
        const struct cql2_node *arg = node->args[i];
        if (is_condition(arg) || (arg->type != GEO_CQL2_ANY && !is_scalar(arg->type))) {
            return wants(check, node, arg, "texts, numbers, booleans, dates or times");
        }
        if (!alike(type, arg->type)) {
            return cql2_wrong(check->diag, BASE_INVALID, arg->at, "%s takes values of one type, not %s and %s%s",
                              op_name(node), type_names[type], type_names[arg->type], hint(type, arg->type));
        }
        type = cql2_common(type, arg->type);
    }
    node->element = type;
    return BASE_OK;
}

static enum base_err check_all(struct check *check, struct cql2_node *node, bool (*fits)(enum geo_cql2_type),
                               const char *what)
{
    for (uint32_t i = 0; i < node->count; i++) {
        const struct cql2_node *arg = node->args[i];
        if (arg->type != GEO_CQL2_ANY && !fits(arg->type)) {
            return wants(check, node, arg, what);
        }
    }
    return BASE_OK;
}

static bool is_boolean(enum geo_cql2_type type)
{
    return type == GEO_CQL2_BOOLEAN;
}

static bool is_text(enum geo_cql2_type type)
{
    return type == GEO_CQL2_TEXT;
}

static bool is_geometry(enum geo_cql2_type type)
{
    return type == GEO_CQL2_GEOMETRY;
}

static bool is_temporal(enum geo_cql2_type type)
{
    return cql2_is_instant(type) || type == GEO_CQL2_INTERVAL;
}

static bool is_array(enum geo_cql2_type type)
{
    return type == GEO_CQL2_ARRAY;
}

/* --- names --- */
enum { NAME_COMPARED = 64, NAMES_LISTED = 12 };

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance of names of up to NAME_COMPARED bytes. */
static uint32_t distance(struct base_str a, struct base_str b)
{
    uint32_t row[NAME_COMPARED + 1];
    for (uint32_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (uint32_t i = 0; i < a.len; i++) {
        uint32_t corner = row[0]++;
        for (uint32_t j = 0; j < b.len; j++) {
            uint32_t changed = corner + ((a.at[i] | 0x20) != (b.at[j] | 0x20));
            corner = row[j + 1];
            row[j + 1] = least(changed, least(row[j], corner) + 1);
        }
    }
    return row[b.len];
}

/* The property whose name is nearest, when less than half of it differs. */
static const char *nearest(const struct geo_cql2_schema *schema, struct base_str name)
{
    const char *found = NULL;
    uint32_t best = UINT32_MAX;
    for (size_t i = 0; i < schema->count; i++) {
        struct base_str other = base_str_of(schema->properties[i].name);
        if (other.len > NAME_COMPARED || name.len > NAME_COMPARED) {
            continue;
        }
        uint32_t differs = distance(name, other);
        if (differs < best && differs * 2 < (name.len > other.len ? name.len : other.len)) {
            best = differs;
            found = schema->properties[i].name;
        }
    }
    return found;
}

static enum base_err no_property(struct check *check, const struct cql2_node *node)
{
    const struct geo_cql2_schema *schema = check->filter->schema;
    char names[512] = "";
    size_t len = 0;
    int shown = cql2_shown(node->name);
    const char *near = nearest(schema, node->name);
    if (near) {
        return cql2_wrong(check->diag, BASE_INVALID, node->at, "there is no property \"%.*s\"; did you mean \"%s\"?",
                          shown, node->name.at, near);
    }
    for (size_t i = 0; i < schema->count && schema->count <= NAMES_LISTED && len < sizeof names; i++) {
        len += (size_t)snprintf(names + len, sizeof names - len, "%s%s",
                                i ? ", " : "; there are: ", schema->properties[i].name);
    }
    return cql2_wrong(check->diag, BASE_INVALID, node->at, "there is no property \"%.*s\"%s", shown, node->name.at,
                      names);
}

static enum base_err check_property(struct check *check, struct cql2_node *node)
{
    const struct geo_cql2_schema *schema = check->filter->schema;
    for (size_t i = 0; schema && i < schema->count; i++) {
        const struct geo_cql2_property *property = &schema->properties[i];
        if (property->name[0] == node->name.at[0] && base_str_is(node->name, property->name)) {
            node->property = (uint32_t)i;
            node->type = property->type;
            node->element = property->element;
            return BASE_OK;
        }
    }
    node->type = GEO_CQL2_ANY;
    return schema ? no_property(check, node) : BASE_OK;
}

/* --- operations that are not of a class --- */
static enum base_err check_like(struct check *check, struct cql2_node *node)
{
    enum base_err err = check_all(check, node, is_text, "texts");
    const struct cql2_node *pattern = node->args[1];
    while (pattern->op == CQL2_CASEI || pattern->op == CQL2_ACCENTI) {
        pattern = pattern->args[0];
    }
    if (err) {
        return err;
    }
    if (pattern->op != CQL2_LITERAL) {
        return cql2_wrong(check->diag, BASE_INVALID, pattern->at, "the pattern of LIKE is a text in quotes");
    }
    size_t slashes = 0;
    struct base_str text = pattern->value.text;
    while (slashes < text.len && text.at[text.len - 1 - slashes] == '\\') {
        slashes++;
    }
    return slashes % 2 ? cql2_wrong(check->diag, BASE_INVALID, pattern->at,
                                    "the pattern of LIKE ends in a \\ that escapes nothing (write \\\\ for one)")
                       : BASE_OK;
}

static int64_t literal_us(const struct cql2_node *node)
{
    return node->value.integer * (node->type == GEO_CQL2_DATE ? CQL2_DAY_US : 1);
}

static enum base_err check_interval(struct check *check, struct cql2_node *node)
{
    const struct cql2_node *from = node->args[0], *to = node->args[1];
    for (uint32_t i = 0; i < node->count; i++) {
        const struct cql2_node *arg = node->args[i];
        bool open = arg->op == CQL2_LITERAL && arg->type == GEO_CQL2_INTERVAL;
        if (arg->type != GEO_CQL2_ANY && !cql2_is_instant(arg->type) && !open) {
            return wants(check, node, arg, "dates, times or '..'");
        }
    }
    if (from->op == CQL2_LITERAL && cql2_is_instant(from->type) && to->op == CQL2_LITERAL &&
        cql2_is_instant(to->type) && literal_us(from) > literal_us(to)) {
        return cql2_wrong(check->diag, BASE_INVALID, node->at, "an interval ends before it begins");
    }
    return BASE_OK;
}

/* Relations of a mixed collection's inside and edge are PostGIS's own; disjoint and intersects are plain. */
static enum base_err check_spatial(struct check *check, struct cql2_node *node)
{
    enum base_err err = check_all(check, node, is_geometry, "geometries");
    for (uint32_t i = 0; i < node->count && !err; i++) {
        const struct cql2_node *arg = node->args[i];
        if (arg->op == CQL2_LITERAL && arg->value.geometry.count > 1 && node->op != CQL2_S_INTERSECTS &&
            node->op != CQL2_S_DISJOINT) {
            err = cql2_wrong(check->diag, BASE_UNSUPPORTED, arg->at,
                             "%s of a GEOMETRYCOLLECTION; S_INTERSECTS and S_DISJOINT take one", op_name(node));
        }
    }
    return err;
}

static enum base_err check_array_function(struct check *check, struct cql2_node *node)
{
    enum base_err err = check_all(check, node, is_array, "arrays");
    const struct cql2_node *a = node->args[0], *b = node->args[1];
    if (!err && !alike(a->element, b->element)) {
        err = cql2_wrong(check->diag, BASE_INVALID, b->at, "%s of an array of %s and one of %s", op_name(node),
                         type_names[a->element], type_names[b->element]);
    }
    return err;
}

/* zone('name') and estate() are asked for once, here. */
static enum base_err check_outline(struct check *check, struct cql2_node *node)
{
    const struct geo_cql2_schema *schema = check->filter->schema;
    const char *function = cql2_ops[node->op].json;
    struct base_str name = {"", 0};
    struct base_diag said = {.text = ""};
    if (schema && !schema->outline) {
        return cql2_wrong(check->diag, BASE_INVALID, node->at, "there is no function \"%s\" here", function);
    }
    if (node->count && (node->args[0]->op != CQL2_LITERAL || node->args[0]->type != GEO_CQL2_TEXT)) {
        return wants(check, node, node->args[0], "the name of a zone in quotes");
    }
    if (!schema) {
        return BASE_OK;
    }
    name = node->count ? node->args[0]->value.text : name;
    struct geo_shape *shape = cql2_shape_new(check->filter);
    if (!shape) {
        return base_diag_set(check->diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = schema->outline(schema->of, function, name, &said, shape);
    if (err == BASE_NOT_FOUND) {
        return cql2_wrong(check->diag, BASE_INVALID, node->at, "%s",
                          said.text[0] ? said.text : "there is no such zone");
    }
    node->value = (struct geo_cql2_value){.type = GEO_CQL2_GEOMETRY, .geometry = {.shapes = shape, .count = 1}};
    return err ? cql2_wrong(check->diag, err, node->at, "%s", said.text) : BASE_OK;
}

static enum base_err check_special(struct check *check, struct cql2_node *node)
{
    switch (node->op) {
    case CQL2_LIKE:
        return check_like(check, node);
    case CQL2_BETWEEN:
    case CQL2_IN:
    case CQL2_ARRAY:
        return check_alike(check, node, 0);
    case CQL2_INTERVAL:
        return check_interval(check, node);
    case CQL2_ZONE:
    case CQL2_ESTATE:
        return check_outline(check, node);
    case CQL2_NOW:
        return check->filter->schema && !check->filter->schema->rules
                   ? cql2_wrong(check->diag, BASE_INVALID, node->at, "now() is for rules only")
                   : BASE_OK;
    default: /* IS NULL takes anything that has a way to be written before it */
        return node->args[0]->op == CQL2_ARRAY ? wants(check, node, node->args[0], "a value") : BASE_OK;
    }
}

/* --- all of them --- */
static enum geo_cql2_type type_of(const struct cql2_node *node)
{
    switch (node->op) {
    case CQL2_INTERVAL:
        return GEO_CQL2_INTERVAL;
    case CQL2_ARRAY:
        return GEO_CQL2_ARRAY;
    case CQL2_NOW:
        return GEO_CQL2_TIMESTAMP;
    case CQL2_ZONE:
    case CQL2_ESTATE:
        return GEO_CQL2_GEOMETRY;
    default:
        return cql2_ops[node->op].class == CQL2_CLASS_ARITHMETIC ? GEO_CQL2_NUMBER
               : cql2_ops[node->op].class == CQL2_CLASS_FOLD     ? GEO_CQL2_TEXT
                                                                 : GEO_CQL2_BOOLEAN;
    }
}

static enum base_err check_count(struct check *check, const struct cql2_node *node)
{
    const struct cql2_op_row *row = &cql2_ops[node->op];
    if (node->count >= row->least && node->count <= row->most) {
        return BASE_OK;
    }
    bool few = node->count < row->least;
    uint32_t wanted = few ? row->least : row->most;
    return cql2_wrong(check->diag, BASE_INVALID, node->at, "%s takes %s%u argument%s, not %u", op_name(node),
                      row->least == row->most ? ""
                      : few                   ? "at least "
                                              : "at most ",
                      wanted, wanted == 1 ? "" : "s", node->count);
}

static enum base_err check_operation(struct check *check, struct cql2_node *node)
{
    switch (cql2_ops[node->op].class) {
    case CQL2_CLASS_LOGIC:
        return check_all(check, node, is_boolean, "conditions");
    case CQL2_CLASS_COMPARE:
        return check_alike(check, node, 0);
    case CQL2_CLASS_ARITHMETIC:
        return check_all(check, node, cql2_is_number, "numbers");
    case CQL2_CLASS_FOLD:
        return check_all(check, node, is_text, "a text");
    case CQL2_CLASS_SPATIAL:
        return check_spatial(check, node);
    case CQL2_CLASS_TEMPORAL:
        return check_all(check, node, is_temporal, "dates, times or intervals");
    case CQL2_CLASS_ARRAY:
        return check_array_function(check, node);
    default:
        return check_special(check, node);
    }
}

static enum base_err check_node(struct check *check, struct cql2_node *node)
{
    if (node->op == CQL2_LITERAL) {
        return BASE_OK;
    }
    if (node->op == CQL2_PROPERTY) {
        return check_property(check, node);
    }
    enum base_err err = check_count(check, node);
    for (uint32_t i = 0; i < node->count && !err; i++) {
        err = check_node(check, node->args[i]);
    }
    err = err ? err : check_operation(check, node);
    node->type = type_of(node);
    return err;
}

enum base_err cql2_check(struct geo_cql2 *filter, struct base_diag *diag)
{
    struct check check = {filter, diag};
    enum base_err err = check_node(&check, filter->root);
    if (!err && filter->root->type != GEO_CQL2_BOOLEAN && filter->root->type != GEO_CQL2_ANY) {
        err =
            cql2_wrong(diag, BASE_INVALID, filter->root->at, "a filter is a condition, not %s", describe(filter->root));
    }
    return err;
}
