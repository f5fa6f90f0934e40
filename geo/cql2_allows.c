/* What a filter asks of some text properties, found in the tree: whoever has many filters need not run those that their
 * values rule out. */
#include "geo/cql2_private.h"

struct known {
    const struct geo_cql2_known *list;
    size_t count;
};

/* What is known of the property that the node is; NULL: nothing, or it is none. */
static const struct base_str *find(const struct known *known, const struct cql2_node *node)
{
    for (size_t i = 0; i < known->count && node->op == CQL2_PROPERTY; i++) {
        if (known->list[i].property == node->property) {
            return &known->list[i].text;
        }
    }
    return NULL;
}

/* Anything but a text that differs may be equal; text NULL: may be anything. */
static bool may_equal(const struct cql2_node *node, const struct base_str *text)
{
    return !text || node->op != CQL2_LITERAL || node->type != GEO_CQL2_TEXT || node->value.null ||
           base_str_equal(node->value.text, *text);
}

static bool may_be_one(const struct cql2_node *node, const struct base_str *text)
{
    for (uint32_t i = 1; i < node->count; i++) {
        if (may_equal(node->args[i], text)) {
            return true;
        }
    }
    return false;
}

static bool allows(const struct cql2_node *node, const struct known *known)
{
    bool all = node->op == CQL2_AND;
    switch (node->op) {
    case CQL2_AND:
    case CQL2_OR:
        for (uint32_t i = 0; i < node->count; i++) {
            if (allows(node->args[i], known) != all) {
                return !all;
            }
        }
        return all;
    case CQL2_EQ:
        return may_equal(node->args[1], find(known, node->args[0])) &&
               may_equal(node->args[0], find(known, node->args[1]));
    case CQL2_IN:
        return may_be_one(node, find(known, node->args[0]));
    default:
        return true;
    }
}

bool geo_cql2_allows(const struct geo_cql2 *filter, const struct geo_cql2_known *known, size_t count)
{
    return allows(filter->root, &(struct known){known, count});
}
