/* A source's devices by native id: open addressing, because every message asks. */
#include "ingest/ingest.h"
#include "ingest/keys.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 256, MEMORY_MAX = 64 * 1024 * 1024 };

void ingest_devices_init(struct ingest_devices *devices)
{
    *devices = (struct ingest_devices){.slots = NULL};
    base_arena_init(&devices->memory, MEMORY_MAX);
}

void ingest_devices_release(struct ingest_devices *devices)
{
    free(devices->slots);
    base_arena_release(&devices->memory);
    ingest_devices_init(devices);
}

void ingest_devices_trim(struct ingest_devices *devices)
{
    if (devices->count > INGEST_DEVICES_MAX || devices->memory.used > MEMORY_MAX / 2) {
        ingest_devices_release(devices);
    }
}

/* FNV-1a; a sender who makes names collide slows down its own source only, and only until the next trim. */
static uint64_t code_of(struct base_str text)
{
    uint64_t code = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++) {
        code = (code ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001b3);
    }
    return code;
}

static struct ingest_device **slot_for(const struct ingest_devices *devices, uint64_t code, struct base_str native)
{
    size_t at = code & (devices->cap - 1);
    while (devices->slots[at] &&
           (devices->slots[at]->code != code || !base_str_equal(devices->slots[at]->native, native))) {
        at = (at + 1) & (devices->cap - 1);
    }
    return &devices->slots[at];
}

static bool grow(struct ingest_devices *devices)
{
    struct ingest_devices grown = *devices;
    grown.cap = devices->cap ? devices->cap * 2 : FIRST_CAP;
    grown.slots = calloc(grown.cap, sizeof *grown.slots);
    if (!grown.slots) {
        return false;
    }
    for (size_t i = 0; i < devices->cap; i++) {
        if (devices->slots[i]) {
            *slot_for(&grown, devices->slots[i]->code, devices->slots[i]->native) = devices->slots[i];
        }
    }
    free(devices->slots);
    *devices = grown;
    return true;
}

struct ingest_device *ingest_devices_find(struct ingest_devices *devices, struct base_str native)
{
    if (devices->count * 2 >= devices->cap && !grow(devices)) {
        return NULL;
    }
    uint64_t code = code_of(native);
    struct ingest_device **slot = slot_for(devices, code, native);
    if (*slot) {
        return *slot;
    }
    struct ingest_device *device = base_arena_alloc(&devices->memory, sizeof *device);
    char *copy = base_arena_text(&devices->memory, native);
    if (!device || !copy) {
        return NULL;
    }
    *device = (struct ingest_device){
        .native = {copy, native.len}, .code = code, .hashes = {{.month = -1}, {.month = -1}}, .subject_month = -1};
    *slot = device;
    devices->count++;
    return device;
}

static enum base_err hash_of(struct ingest_keys *keys, int month, struct base_str source, struct base_str native,
                             struct base_diag *diag, struct base_id *ret_hash)
{
    const struct base_key *key = NULL;
    const struct base_str parts[] = {base_str_of("device"), source, native};
    enum base_err err = ingest_keys_subject(keys, month, diag, &key);
    if (!err) {
        *ret_hash = base_key_id(key, parts, BASE_COUNT(parts));
    }
    return err;
}

enum base_err ingest_devices_in_month(struct ingest_device *device, struct ingest_keys *keys, struct base_str source,
                                      int month, struct base_diag *diag, struct base_id *ret_hash)
{
    size_t at = (size_t)month % BASE_COUNT(device->hashes);
    if (device->hashes[at].month != month) {
        enum base_err err = hash_of(keys, month, source, device->native, diag, &device->hashes[at].hash);
        if (err) {
            return err;
        }
        device->hashes[at].month = month;
    }
    *ret_hash = device->hashes[at].hash;
    return BASE_OK;
}

enum base_err ingest_devices_hash(const char *var, const char *source, const char *native, int64_t starts_us,
                                  struct base_diag *diag, struct base_id *ret_hash)
{
    struct ingest_keys keys;
    enum base_err err = ingest_keys_open(var, diag, &keys);
    return err ? err
               : hash_of(&keys, ingest_keys_month(starts_us), base_str_of(source), base_str_of(native), diag, ret_hash);
}
