/* Trees in one piece of memory: a message makes some thirty nodes and drops them all a moment later. */
#include "base/json_tree.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 32, FIRST_ITEMS = 8 }; /* up to so many members are looked through one by one */

/* What base_json_free gets: a root that knows its tree. */
struct handle {
    struct base_json root;
    struct base_json_tree *tree;
};

struct base_json_tree *base_json_tree_new(size_t max)
{
    struct base_json_tree *tree = calloc(1, sizeof *tree);
    if (tree) {
        base_arena_init(&tree->memory, max);
    }
    return tree;
}

void base_json_tree_free(struct base_json_tree *tree)
{
    if (tree) {
        base_arena_release(&tree->memory);
    }
    free(tree);
}

struct base_json *base_json_tree_give(struct base_json_tree *tree)
{
    struct handle *handle = base_arena_alloc(&tree->memory, sizeof *handle);
    if (!handle) {
        return NULL;
    }
    handle->root = *tree->root;
    handle->tree = tree;
    return &handle->root;
}

void base_json_free(struct base_json *json)
{
    if (json) {
        base_json_tree_free(((struct handle *)json)->tree);
    }
}

struct base_json *base_json_tree_make(struct base_json_tree *tree, enum base_json_type type)
{
    struct base_json *node = base_arena_alloc(&tree->memory, sizeof *node);
    if (node) {
        node->type = type;
    }
    return node;
}

struct base_json *base_json_tree_text(struct base_json_tree *tree, struct base_str text)
{
    struct base_json *node = base_json_tree_make(tree, BASE_JSON_TEXT);
    char *copy = node ? base_arena_text(&tree->memory, text) : NULL;
    if (!copy) {
        return NULL;
    }
    node->text = (struct base_str){copy, text.len};
    return node;
}

static void link_last(struct base_json *parent, struct base_json *child)
{
    if (parent->last) {
        parent->last->next = child;
    } else {
        parent->first = child;
    }
    parent->last = child;
    parent->count++;
}

enum base_err base_json_tree_append(struct base_json_tree *tree, struct base_json *array, struct base_json *item)
{
    if (array->count == array->cap) {
        uint32_t cap = array->cap ? array->cap * 2 : FIRST_ITEMS;
        struct base_json **slots = base_arena_alloc(&tree->memory, cap * sizeof(struct base_json *));
        if (!slots) {
            return BASE_NOMEM;
        }
        if (array->count) {
            memcpy(slots, array->slots, array->count * sizeof(struct base_json *));
        }
        array->slots = slots;
        array->cap = cap;
    }
    array->slots[array->count] = item;
    link_last(array, item);
    return BASE_OK;
}

/* --- objects of many members --- */
static unsigned char secret[crypto_shorthash_KEYBYTES];

static void make_secret(void)
{
    randombytes_buf(secret, sizeof secret);
}

/* Keyed, so that nobody can make keys collide. */
static uint64_t code_of(struct base_str key)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    uint64_t code;
    pthread_once(&once, make_secret);
    crypto_shorthash((unsigned char *)&code, (const unsigned char *)(key.len ? key.at : ""), key.len, secret);
    return code;
}

static struct base_json **slot_for(const struct base_json *object, struct base_str key)
{
    size_t at = code_of(key) & (object->cap - 1);
    while (object->slots[at] && !base_str_equal(object->slots[at]->key, key)) {
        at = (at + 1) & (object->cap - 1);
    }
    return &object->slots[at];
}

static enum base_err grow_table(struct base_json_tree *tree, struct base_json *object)
{
    uint32_t cap = object->cap ? object->cap * 2 : SMALL * 4;
    struct base_json **slots = base_arena_alloc(&tree->memory, cap * sizeof(struct base_json *));
    if (!slots) {
        return BASE_NOMEM;
    }
    object->slots = slots;
    object->cap = cap;
    for (struct base_json *member = object->first; member; member = member->next) {
        *slot_for(object, member->key) = member;
    }
    return BASE_OK;
}

struct base_json *base_json_tree_get(const struct base_json *object, struct base_str key)
{
    if (object->slots) {
        return *slot_for(object, key);
    }
    for (struct base_json *member = object->first; member; member = member->next) {
        bool like = member->key.len == key.len && (!key.len || member->key.at[0] == key.at[0]);
        if (like && (!key.len || memcmp(member->key.at, key.at, key.len) == 0)) { /* most differ at once */
            return member;
        }
    }
    return NULL;
}

enum base_err base_json_tree_put(struct base_json_tree *tree, struct base_json *object, struct base_str key,
                                 struct base_json *member)
{
    if (base_json_tree_get(object, key)) {
        return BASE_CONFLICT;
    }
    bool crowded = object->slots ? object->count * 2 >= object->cap : object->count >= SMALL;
    char *copy = base_arena_text(&tree->memory, key);
    if (!copy || (crowded && grow_table(tree, object))) {
        return BASE_NOMEM;
    }
    member->key = (struct base_str){copy, key.len};
    link_last(object, member);
    if (object->slots) {
        *slot_for(object, member->key) = member;
    }
    return BASE_OK;
}
