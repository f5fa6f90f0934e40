/* A tree as text: keywords in capitals, a space around what stands between two values, parentheses only where they are
 * needed. Reading it gives the same tree. */
#include "geo/cql2_lex.h"

#include <string.h>

/* How tightly an operation holds its arguments together, loosest first; as cql2_text_in.c reads them. */
enum hold { HOLD_OR, HOLD_AND, HOLD_NOT, HOLD_PREDICATE, HOLD_SUM, HOLD_PRODUCT, HOLD_POWER, HOLD_PRIMARY };

static void write_node(const struct cql2_node *node, struct base_buf *buf);

static bool is_predicate(enum cql2_op op)
{
    return cql2_ops[op].class == CQL2_CLASS_COMPARE || op == CQL2_LIKE || op == CQL2_BETWEEN || op == CQL2_IN ||
           op == CQL2_IS_NULL;
}

/* LIKE and the like take their NOT in the middle. */
static bool has_inner_not(enum cql2_op op)
{
    return is_predicate(op) && cql2_ops[op].class != CQL2_CLASS_COMPARE;
}

static enum hold hold_of(const struct cql2_node *node)
{
    switch (node->op) {
    case CQL2_OR:
        return HOLD_OR;
    case CQL2_AND:
        return HOLD_AND;
    case CQL2_NOT:
        return has_inner_not(node->args[0]->op) ? HOLD_PREDICATE : HOLD_NOT;
    case CQL2_ADD:
    case CQL2_SUB:
        return HOLD_SUM;
    case CQL2_MUL:
    case CQL2_DIV:
    case CQL2_IDIV:
    case CQL2_MOD:
        return HOLD_PRODUCT;
    case CQL2_POW:
        return HOLD_POWER;
    default:
        return is_predicate(node->op) ? HOLD_PREDICATE : HOLD_PRIMARY;
    }
}

static void write_held(const struct cql2_node *node, enum hold least, struct base_buf *buf)
{
    bool loose = hold_of(node) < least;
    base_buf_text(buf, loose ? "(" : "");
    write_node(node, buf);
    base_buf_text(buf, loose ? ")" : "");
}

static void write_quoted(struct base_str text, char quote, struct base_buf *buf)
{
    base_buf_u8(buf, (uint8_t)quote);
    for (size_t i = 0, run = 0; i <= text.len; i++) {
        if (i == text.len || text.at[i] == quote) {
            base_buf_append(buf, text.at + run, i - run);
            base_buf_text(buf, i == text.len ? "" : quote == '"' ? "\"\"" : "''");
            run = i + 1;
        }
    }
    base_buf_u8(buf, (uint8_t)quote);
}

/* --- geometries --- */
static void write_vertices(const struct geo_shape *shape, uint32_t first, uint32_t end, struct base_buf *buf)
{
    base_buf_text(buf, "(");
    for (uint32_t i = first; i < end; i++) {
        base_buf_text(buf, i == first ? "" : ", ");
        cql2_out_number(buf, shape->xy[2 * (size_t)i], false);
        base_buf_text(buf, " ");
        cql2_out_number(buf, shape->xy[2 * (size_t)i + 1], false);
    }
    base_buf_text(buf, ")");
}

static void write_part(const struct geo_shape *shape, uint32_t part, struct base_buf *buf)
{
    bool area = shape->type == GEO_SHAPE_AREA;
    uint32_t first = part ? shape->part_ends[part - 1] : 0;
    base_buf_text(buf, area ? "(" : "");
    for (uint32_t ring = first; ring < shape->part_ends[part]; ring++) {
        base_buf_text(buf, ring == first ? "" : ", ");
        write_vertices(shape, ring ? shape->ring_ends[ring - 1] : 0, shape->ring_ends[ring], buf);
    }
    base_buf_text(buf, area ? ")" : "");
}

static void write_shape(const struct geo_shape *shape, struct base_buf *buf)
{
    static const char *const names[] = {[GEO_SHAPE_NONE] = "",
                                        [GEO_SHAPE_POINT] = "POINT",
                                        [GEO_SHAPE_LINE] = "LINESTRING",
                                        [GEO_SHAPE_AREA] = "POLYGON"};
    bool multi = shape->parts > 1;
    base_buf_printf(buf, "%s%s%s", multi ? "MULTI" : "", names[shape->type], multi ? "(" : "");
    for (uint32_t part = 0; part < shape->parts; part++) {
        base_buf_text(buf, part ? ", " : "");
        write_part(shape, part, buf);
    }
    base_buf_text(buf, multi ? ")" : "");
}

static void write_box(const struct geo_shape *shape, struct base_buf *buf)
{
    double box[4];
    cql2_out_box(shape, box);
    for (int i = 0; i < 4; i++) {
        base_buf_text(buf, i ? ", " : "BBOX(");
        cql2_out_number(buf, box[i], false);
    }
    base_buf_text(buf, ")");
}

static void write_geometry(const struct cql2_node *node, struct base_buf *buf)
{
    const struct geo_cql2_geometry *geometry = &node->value.geometry;
    if (node->box) {
        write_box(geometry->shapes, buf);
        return;
    }
    base_buf_text(buf, geometry->count > 1 ? "GEOMETRYCOLLECTION(" : "");
    for (uint32_t i = 0; i < geometry->count; i++) {
        base_buf_text(buf, i ? ", " : "");
        write_shape(&geometry->shapes[i], buf);
    }
    base_buf_text(buf, geometry->count > 1 ? ")" : "");
}

/* --- leaves --- */
/* With the quotes, without DATE( or TIMESTAMP( */
static void write_instant(const struct cql2_node *node, struct base_buf *buf)
{
    char text[BASE_TIME_TEXT];
    if (node->type == GEO_CQL2_INTERVAL) {
        base_buf_text(buf, "'..'");
    } else if (node->type == GEO_CQL2_DATE) {
        base_time_out(node->value.integer * CQL2_DAY_US, text);
        base_buf_printf(buf, "'%.10s'", text);
    } else {
        base_buf_printf(buf, "'%s'", base_time_out(node->value.integer, text));
    }
}

static void write_literal(const struct cql2_node *node, struct base_buf *buf)
{
    switch (node->type) {
    case GEO_CQL2_BOOLEAN:
        base_buf_text(buf, node->value.boolean ? "TRUE" : "FALSE");
        break;
    case GEO_CQL2_INTEGER:
        base_buf_printf(buf, "%lld", (long long)node->value.integer);
        break;
    case GEO_CQL2_NUMBER:
        cql2_out_number(buf, node->value.number, true);
        break;
    case GEO_CQL2_TEXT:
        write_quoted(node->value.text, '\'', buf);
        break;
    case GEO_CQL2_GEOMETRY:
        write_geometry(node, buf);
        break;
    default:
        base_buf_text(buf, node->type == GEO_CQL2_DATE ? "DATE(" : "TIMESTAMP(");
        write_instant(node, buf);
        base_buf_text(buf, ")");
        break;
    }
}

static void write_name(struct base_str name, struct base_buf *buf)
{
    if (cql2_lex_plain(name)) {
        base_buf_append(buf, name.at, name.len);
    } else {
        write_quoted(name, '"', buf);
    }
}

/* --- operations --- */
static void write_list(const struct cql2_node *node, uint32_t first, struct base_buf *buf)
{
    base_buf_text(buf, "(");
    for (uint32_t i = first; i < node->count; i++) {
        const struct cql2_node *arg = node->args[i];
        base_buf_text(buf, i > first ? ", " : "");
        if (node->op == CQL2_INTERVAL && arg->op == CQL2_LITERAL) {
            write_instant(arg, buf);
        } else {
            write_node(arg, buf);
        }
    }
    base_buf_text(buf, ")");
}

static void write_special(const struct cql2_node *node, bool not, struct base_buf *buf)
{
    write_held(node->args[0], HOLD_SUM, buf);
    if (node->op == CQL2_IS_NULL) {
        base_buf_text(buf, not ? " IS NOT NULL" : " IS NULL");
        return;
    }
    base_buf_printf(buf, "%s %s ", not ? " NOT" : "", cql2_ops[node->op].text);
    if (node->op == CQL2_IN) {
        write_list(node, 1, buf);
        return;
    }
    write_held(node->args[1], HOLD_SUM, buf);
    if (node->op == CQL2_BETWEEN) {
        base_buf_text(buf, " AND ");
        write_held(node->args[2], HOLD_SUM, buf);
    }
}

static void write_not(const struct cql2_node *node, struct base_buf *buf)
{
    const struct cql2_node *arg = node->args[0];
    if (has_inner_not(arg->op)) {
        write_special(arg, true, buf);
        return;
    }
    base_buf_text(buf, "NOT ");
    write_held(arg, HOLD_PRIMARY, buf);
}

/* a op b op c; only powers group from the right */
static void write_chain(const struct cql2_node *node, struct base_buf *buf)
{
    enum hold hold = hold_of(node);
    bool logic = cql2_ops[node->op].class == CQL2_CLASS_LOGIC;
    for (uint32_t i = 0; i < node->count; i++) {
        bool same = !logic && (node->op == CQL2_POW ? i > 0 : i == 0); /* its own kind needs no parentheses there */
        if (i) {
            base_buf_printf(buf, " %s ", cql2_ops[node->op].text);
        }
        write_held(node->args[i], hold == HOLD_PREDICATE ? HOLD_SUM : same ? hold : hold + 1, buf);
    }
}

static void write_node(const struct cql2_node *node, struct base_buf *buf)
{
    switch (node->op) {
    case CQL2_PROPERTY:
        write_name(node->name, buf);
        break;
    case CQL2_LITERAL:
        write_literal(node, buf);
        break;
    case CQL2_NOT:
        write_not(node, buf);
        break;
    case CQL2_ARRAY:
        write_list(node, 0, buf);
        break;
    default:
        if (has_inner_not(node->op)) {
            write_special(node, false, buf);
        } else if (hold_of(node) < HOLD_PRIMARY) {
            write_chain(node, buf);
        } else {
            base_buf_text(buf, cql2_ops[node->op].text);
            write_list(node, 0, buf);
        }
        break;
    }
}

void geo_cql2_text_out(const struct geo_cql2 *filter, struct base_buf *buf)
{
    write_node(filter->root, buf);
}
