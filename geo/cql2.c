/* The tree of a filter: one arena, and a list of the shapes whose memory is their own. */
#include "geo/cql2_private.h"

#include <stdlib.h>
#include <string.h>

const struct cql2_op_row cql2_ops[CQL2_OP_COUNT] = {
#define CQL2_OP_ROW(name, text, json, least, most, class) {text, json, least, most, CQL2_CLASS_##class},
    CQL2_OPS(CQL2_OP_ROW)
#undef CQL2_OP_ROW
};

struct cql2_shapes {
    struct geo_shape shape;
    struct cql2_shapes *next;
};

/* A byte of input makes less than this of a tree: "a=1 " are three nodes. */
enum { MEMORY_LEAST = 64 * 1024, MEMORY_MAX = 256 * GEO_CQL2_TEXT_MAX };

enum { SHOWN_MAX = 64 };

enum base_err cql2_new(const struct geo_cql2_schema *schema, struct base_diag *diag, struct geo_cql2 **ret_filter)
{
    struct geo_cql2 *filter = calloc(1, sizeof *filter);
    if (!filter) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    filter->schema = schema;
    base_arena_init(&filter->arena, MEMORY_LEAST + MEMORY_MAX);
    *ret_filter = filter;
    return BASE_OK;
}

void geo_cql2_free(struct geo_cql2 *filter)
{
    if (filter) {
        for (struct cql2_shapes *at = filter->shapes; at; at = at->next) {
            geo_shape_release(&at->shape);
        }
        base_arena_release(&filter->arena);
        free(filter);
    }
}

struct cql2_node *cql2_node_new(struct geo_cql2 *filter, enum cql2_op op, uint32_t at, uint32_t count)
{
    size_t args = count * sizeof(struct cql2_node *);
    struct cql2_node *node = base_arena_alloc(&filter->arena, sizeof *node + args);
    if (node) {
        node->op = op;
        node->at = at;
        node->count = count;
        node->args = (struct cql2_node **)(node + 1);
    }
    return node;
}

struct geo_shape *cql2_shape_new(struct geo_cql2 *filter)
{
    struct cql2_shapes *made = base_arena_alloc(&filter->arena, sizeof *made);
    if (!made) {
        return NULL;
    }
    geo_shape_init(&made->shape);
    made->next = filter->shapes;
    filter->shapes = made;
    return &made->shape;
}

enum base_err cql2_wrong(struct base_diag *diag, enum base_err err, uint32_t at, const char *format, ...)
{
    char sentence[sizeof diag->text];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return at ? base_diag_set(diag, err, "at %u: %s", at, sentence) : base_diag_set(diag, err, "%s", sentence);
}

int cql2_shown(struct base_str text)
{
    size_t len = text.len < SHOWN_MAX ? text.len : SHOWN_MAX;
    while (len > 0 && len < text.len && ((unsigned char)text.at[len] & 0xC0) == 0x80) {
        len--;
    }
    return (int)len;
}

static bool uses(const struct cql2_node *node, uint32_t property)
{
    bool found = node->op == CQL2_PROPERTY && node->property == property;
    for (uint32_t i = 0; i < node->count && !found; i++) {
        found = uses(node->args[i], property);
    }
    return found;
}

bool geo_cql2_uses(const struct geo_cql2 *filter, uint32_t property)
{
    return uses(filter->root, property);
}
