/* What a source's earlier messages said: a bounded table whose changes can be taken back, because a batch that was not
 * stored comes again and must find what it found before.
 *
 *   value    what get() gives          before   what rollback() brings back, of entries in the list of changes
 *   An empty value is an entry that was forgotten; commit() drops it.
 */
#include "sensors/sensors.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 64 };

struct entry {
    uint64_t code;
    struct base_str key, value, before; /* owned */
    bool changed;
};

struct sensors_memory {
    struct entry **slots; /* open addressing; NULL is free */
    size_t cap, count;
    struct entry **changes;
    size_t change_count, change_cap;
    size_t bytes;
};

struct sensors_memory *sensors_memory_new(void)
{
    return calloc(1, sizeof(struct sensors_memory));
}

static void free_entry(struct entry *entry)
{
    free((char *)entry->key.at);
    free((char *)entry->value.at);
    free((char *)entry->before.at);
    free(entry);
}

void sensors_memory_free(struct sensors_memory *memory)
{
    for (size_t i = 0; memory && i < memory->cap; i++) {
        if (memory->slots[i]) {
            free_entry(memory->slots[i]);
        }
    }
    if (memory) {
        free(memory->slots);
        free(memory->changes);
    }
    free(memory);
}

/* FNV-1a; a sender who makes keys collide slows down its own source only. */
static uint64_t code_of(struct base_str text)
{
    uint64_t code = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++) {
        code = (code ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001b3);
    }
    return code;
}

static struct entry **slot_for(struct entry **slots, size_t cap, uint64_t code, struct base_str key)
{
    size_t at = code & (cap - 1);
    while (slots[at] && (slots[at]->code != code || !base_str_equal(slots[at]->key, key))) {
        at = (at + 1) & (cap - 1);
    }
    return &slots[at];
}

/* A table of that size with all entries that still say something. */
static enum base_err rebuild(struct sensors_memory *memory, size_t cap)
{
    struct entry **slots = calloc(cap, sizeof(struct entry *));
    size_t count = 0;
    if (!slots) {
        return BASE_NOMEM;
    }
    for (size_t i = 0; i < memory->cap; i++) {
        struct entry *entry = memory->slots[i];
        if (entry && (entry->value.len || entry->changed)) {
            *slot_for(slots, cap, entry->code, entry->key) = entry;
            count++;
        } else if (entry) {
            free_entry(entry);
        }
    }
    free(memory->slots);
    memory->slots = slots;
    memory->cap = cap;
    memory->count = count;
    return BASE_OK;
}

static struct entry *find(const struct sensors_memory *memory, struct base_str key)
{
    return memory && memory->cap ? *slot_for(memory->slots, memory->cap, code_of(key), key) : NULL;
}

bool sensors_memory_get(const struct sensors_memory *memory, struct base_str key, struct base_str *ret_value)
{
    const struct entry *entry = find(memory, key);
    if (!entry || !entry->value.len) {
        return false;
    }
    *ret_value = entry->value;
    return true;
}

static bool copy_of(struct base_str text, struct base_str *ret_copy)
{
    char *copy = text.len ? malloc(text.len) : NULL;
    if (text.len && !copy) {
        return false;
    }
    if (copy) {
        memcpy(copy, text.at, text.len);
    }
    *ret_copy = (struct base_str){copy, text.len};
    return true;
}

static enum base_err add(struct sensors_memory *memory, struct base_str key, struct entry **ret_entry)
{
    enum base_err err = BASE_OK;
    if (memory->count * 2 >= memory->cap) {
        err = rebuild(memory, memory->cap ? memory->cap * 2 : FIRST_CAP);
    }
    struct entry *entry = err ? NULL : calloc(1, sizeof *entry);
    if (!entry || !copy_of(key, &entry->key)) {
        free(entry);
        return BASE_NOMEM;
    }
    entry->code = code_of(key);
    *slot_for(memory->slots, memory->cap, entry->code, key) = entry;
    memory->count++;
    memory->bytes += key.len;
    *ret_entry = entry;
    return BASE_OK;
}

/* From now on rollback() brings back what it says. */
static enum base_err note(struct sensors_memory *memory, struct entry *entry)
{
    if (entry->changed) {
        return BASE_OK;
    }
    if (memory->change_count == memory->change_cap) {
        size_t cap = memory->change_cap ? memory->change_cap * 2 : FIRST_CAP;
        struct entry **changes = realloc(memory->changes, cap * sizeof(struct entry *));
        if (!changes) {
            return BASE_NOMEM;
        }
        memory->changes = changes;
        memory->change_cap = cap;
    }
    if (!copy_of(entry->value, &entry->before)) {
        return BASE_NOMEM;
    }
    entry->changed = true;
    memory->changes[memory->change_count++] = entry;
    return BASE_OK;
}

static void put(struct sensors_memory *memory, struct entry *entry, struct base_str value)
{
    memory->bytes = memory->bytes - entry->value.len + value.len;
    free((char *)entry->value.at);
    entry->value = value;
}

enum base_err sensors_memory_set(struct sensors_memory *memory, struct base_str key, struct base_str value)
{
    struct entry *entry = find(memory, key);
    struct base_str copy;
    if (!memory || (entry ? base_str_equal(entry->value, value) : value.len == 0)) {
        return BASE_OK;
    }
    if (key.len > SENSORS_MEMORY_KEY_MAX || value.len > SENSORS_MEMORY_VALUE_MAX ||
        memory->bytes - (entry ? entry->value.len : 0) + (entry ? 0 : key.len) + value.len > SENSORS_MEMORY_MAX) {
        return BASE_LIMIT;
    }
    enum base_err err = entry ? BASE_OK : add(memory, key, &entry);
    if (!err) {
        err = note(memory, entry);
    }
    if (err || !copy_of(value, &copy)) {
        return BASE_NOMEM;
    }
    put(memory, entry, copy);
    return BASE_OK;
}

bool sensors_memory_changed(const struct sensors_memory *memory, size_t *at, struct base_str *ret_key,
                            struct base_str *ret_value)
{
    if (!memory || *at >= memory->change_count) {
        return false;
    }
    const struct entry *entry = memory->changes[(*at)++];
    *ret_key = entry->key;
    *ret_value = entry->value;
    return true;
}

/* Ends the list of changes; entries that say nothing any more go when the table is built anew. */
static void settle(struct sensors_memory *memory)
{
    bool gone = false;
    for (size_t i = 0; i < memory->change_count; i++) {
        struct entry *entry = memory->changes[i];
        free((char *)entry->before.at);
        entry->before = (struct base_str){NULL, 0};
        entry->changed = false;
        memory->bytes -= entry->value.len ? 0 : entry->key.len;
        gone |= entry->value.len == 0;
    }
    memory->change_count = 0;
    if (gone && rebuild(memory, memory->cap)) {
        return; /* no memory: they stay in the table, saying nothing */
    }
}

void sensors_memory_commit(struct sensors_memory *memory)
{
    if (memory) {
        settle(memory);
    }
}

void sensors_memory_rollback(struct sensors_memory *memory)
{
    for (size_t i = 0; memory && i < memory->change_count; i++) {
        put(memory, memory->changes[i], memory->changes[i]->before);
        memory->changes[i]->before = (struct base_str){NULL, 0};
    }
    sensors_memory_commit(memory);
}
