/* The tree that JSON, XML and CBOR are read into. Private to base/.
 *
 * A tree is one arena: nodes and texts lie in it and go with it. Members and items are a list in the order they came
 * in; arrays have their items' addresses beside it, and objects of many members a table of them by key.
 */
#ifndef HUTONG_BASE_JSON_TREE_H
#define HUTONG_BASE_JSON_TREE_H

#include "base/base.h"

enum base_json_type {
    BASE_JSON_NULL,
    BASE_JSON_BOOL,
    BASE_JSON_I64,
    BASE_JSON_F64,
    BASE_JSON_TEXT,
    BASE_JSON_ARRAY,
    BASE_JSON_OBJECT
};

struct base_json {
    enum base_json_type type;
    uint32_t at;            /* its first byte in the text, from 1; 0: not known */
    struct base_str key;    /* in an object; terminated */
    struct base_json *next; /* in an array or object */
    union {
        bool truth;
        int64_t i64;
        double f64;
        struct base_str text; /* terminated */
        struct {
            struct base_json *first, *last;
            struct base_json **slots; /* an array's items; an object's table (NULL while it is small) */
            uint32_t count, cap;
        };
    };
};

struct base_json_tree {
    struct base_json *root; /* NULL: nothing yet */
    struct base_arena memory;
};

/* NULL when memory is short. A node and what it holds take at most max bytes in all. */
struct base_json_tree *base_json_tree_new(size_t max);
void base_json_tree_free(struct base_json_tree *tree);
BASE_AUTO_FREE(base_json_tree)
/* NULL when memory is short, or the tree is full. */
struct base_json *base_json_tree_make(struct base_json_tree *tree, enum base_json_type type);
struct base_json *base_json_tree_text(struct base_json_tree *tree, struct base_str text);
/* The node becomes the last item. NOMEM. */
enum base_err base_json_tree_append(struct base_json_tree *tree, struct base_json *array,
                                    struct base_json *item) BASE_MUST_CHECK;
/* The node becomes the last member. CONFLICT: there is one of that key; NOMEM. */
enum base_err base_json_tree_put(struct base_json_tree *tree, struct base_json *object, struct base_str key,
                                 struct base_json *member) BASE_MUST_CHECK;
struct base_json *base_json_tree_get(const struct base_json *object, struct base_str key);
/* The root, as base_json_free takes it: the tree is its from now on. */
struct base_json *base_json_tree_give(struct base_json_tree *tree);

#endif
