/* A source's devices by native id, so that their hashes are computed once. */
#include "ingest/ingest.h"
#include "ingest/keys.h"

enum { MEMORY_MAX = 64 * 1024 * 1024 };

void ingest_devices_init(struct ingest_devices *devices)
{
    *devices = (struct ingest_devices){.names = {.slots = NULL}};
    base_arena_init(&devices->memory, MEMORY_MAX);
}

void ingest_devices_release(struct ingest_devices *devices)
{
    ingest_names_release(&devices->names);
    base_arena_release(&devices->memory);
    ingest_devices_init(devices);
}

void ingest_devices_trim(struct ingest_devices *devices)
{
    if (devices->names.count > INGEST_DEVICES_MAX || devices->memory.used > MEMORY_MAX / 2) {
        ingest_devices_release(devices);
    }
}

struct ingest_device *ingest_devices_find(struct ingest_devices *devices, struct base_str native)
{
    struct ingest_device *device = ingest_names_find(&devices->names, native);
    if (device) {
        return device;
    }
    device = base_arena_alloc(&devices->memory, sizeof *device);
    char *copy = base_arena_text(&devices->memory, native);
    if (!device || !copy) {
        return NULL;
    }
    *device = (struct ingest_device){
        .native = {copy, native.len}, .hashes = {{.month = -1}, {.month = -1}}, .subject_month = -1};
    return ingest_names_add(&devices->names, device->native, device) ? NULL : device;
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
