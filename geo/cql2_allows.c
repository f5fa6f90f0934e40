/* What a filter asks of one text property, found in the tree: whoever has many filters need not run those that a value
 * rules out. */
#include "geo/cql2_private.h"

static bool is_property(const struct cql2_node *node, uint32_t property)
{
    return node->op == CQL2_PROPERTY && node->property == property;
}

/* Anything but a text that differs may be equal. */
static bool may_equal(const struct cql2_node *node, struct base_str text)
{
    return node->op != CQL2_LITERAL || node->type != GEO_CQL2_TEXT || node->value.null ||
           base_str_equal(node->value.text, text);
}

static bool may_be_one(const struct cql2_node *node, struct base_str text)
{
    for (uint32_t i = 1; i < node->count; i++) {
        if (may_equal(node->args[i], text)) {
            return true;
        }
    }
    return false;
}

static bool allows(const struct cql2_node *node, uint32_t property, struct base_str text)
{
    bool all = node->op == CQL2_AND;
    switch (node->op) {
    case CQL2_AND:
    case CQL2_OR:
        for (uint32_t i = 0; i < node->count; i++) {
            if (allows(node->args[i], property, text) != all) {
                return !all;
            }
        }
        return all;
    case CQL2_EQ:
        return is_property(node->args[0], property)   ? may_equal(node->args[1], text)
               : is_property(node->args[1], property) ? may_equal(node->args[0], text)
                                                      : true;
    case CQL2_IN:
        return !is_property(node->args[0], property) || may_be_one(node, text);
    default:
        return true;
    }
}

bool geo_cql2_allows(const struct geo_cql2 *filter, uint32_t property, struct base_str text)
{
    return allows(filter->root, property, text);
}
