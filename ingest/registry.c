/* The registry of a source's things: in memory for every message, in the table `device` for people. */
#include "ingest/registry.h"

#include "ingest/source.h"

#include <math.h>
#include <string.h>

enum {
    MEMORY_MAX = 1024 * 1024 * 1024, /* of devices that somebody has imported; the unknown are few */
    JSON_MAX = 64 * 1024 * 1024,
    SEEN_MAX = 4096, /* in one statement */
};
#define NEAR_M 10.0 /* a lamp or camera by a wall belongs to the building */

void ingest_registry_init(struct ingest_registry *registry)
{
    *registry = (struct ingest_registry){.version = -1, .place_version = -1};
    base_arena_init(&registry->memory, MEMORY_MAX);
}

void ingest_registry_release(struct ingest_registry *registry)
{
    ingest_names_release(&registry->names);
    base_arena_release(&registry->memory);
    ingest_registry_init(registry);
}

/* --- reading --- */
static struct ingest_thing *add(struct ingest_registry *registry, struct base_str native)
{
    struct ingest_thing *thing = base_arena_alloc(&registry->memory, sizeof *thing);
    char *copy = base_arena_text(&registry->memory, native);
    if (!thing || !copy) {
        return NULL;
    }
    *thing = (struct ingest_thing){.native = {copy, native.len}, .now = {.lon = NAN, .lat = NAN}};
    return ingest_names_add(&registry->names, thing->native, thing) ? NULL : thing;
}

/* Columns of device_load.sql. */
static struct ingest_binding binding_of(struct ingest_registry *registry, const struct data_rows *rows, size_t row)
{
    struct ingest_binding binding = {.id = data_rows_i64(rows, row, 1),
                                     .from_us = data_rows_time(rows, row, 4),
                                     .has_storey = !data_rows_null(rows, row, 7),
                                     .lon = NAN,
                                     .lat = NAN};
    if (!data_rows_null(rows, row, 5)) {
        binding.building_id = data_rows_i64(rows, row, 5);
        binding.building_estate_id = data_rows_i64(rows, row, 6);
    }
    if (binding.has_storey) {
        binding.storey = (int16_t)data_rows_i64(rows, row, 7);
    }
    if (!data_rows_null(rows, row, 8)) {
        binding.lon = data_rows_f64(rows, row, 8);
        binding.lat = data_rows_f64(rows, row, 9);
    }
    if (!data_rows_null(rows, row, 10)) {
        struct base_str name = data_rows_bytes(rows, row, 10);
        char *copy = base_arena_text(&registry->memory, name); /* without memory for it, it goes by its id */
        binding.name = (struct base_str){copy, copy ? name.len : 0};
    }
    return binding;
}

/* Rows of one device follow each other, the newest first. */
static bool take_row(struct ingest_registry *registry, const struct data_rows *rows, size_t row,
                     struct ingest_binding **last)
{
    struct base_str native = data_rows_bytes(rows, row, 0);
    struct ingest_thing *thing = ingest_names_find(&registry->names, native);
    if (thing) {
        struct ingest_binding *older = base_arena_alloc(&registry->memory, sizeof *older);
        if (older) {
            *older = binding_of(registry, rows, row);
            (*last)->before = older;
            *last = older;
        }
        return older;
    }
    thing = add(registry, native);
    if (thing) {
        thing->quarantined = data_rows_bool(rows, row, 2);
        thing->appeared = data_rows_bool(rows, row, 3);
        snprintf(thing->kind, sizeof thing->kind, "%s", data_rows_text(rows, row, 11));
        thing->now = binding_of(registry, rows, row);
        registry->appeared += thing->appeared;
        *last = &thing->now;
    }
    return thing;
}

static bool pend(struct ingest_registry *registry, struct base_str native, const char *kind, int64_t first_us)
{
    struct ingest_thing *thing = add(registry, native);
    if (!thing) {
        return false;
    }
    snprintf(thing->kind, sizeof thing->kind, "%s", kind);
    thing->first_us = first_us;
    thing->quarantined = registry->quarantine;
    thing->appeared = true;
    thing->now.from_us = INT64_MIN;
    thing->next_pending = registry->pending;
    registry->pending = thing;
    registry->appeared++;
    return true;
}

static void see(struct ingest_registry *registry, struct ingest_thing *thing, int64_t t_recv, int64_t messages)
{
    if (thing->messages == 0 && messages) {
        thing->next_seen = registry->seen;
        registry->seen = thing;
    }
    thing->messages += messages;
    thing->seen_us = t_recv > thing->seen_us ? t_recv : thing->seen_us;
}

/* What the old one knew and the database does not. */
static bool carry(struct ingest_registry *fresh, const struct ingest_registry *old)
{
    for (const struct ingest_thing *thing = old->pending; thing; thing = thing->next_pending) {
        if (!ingest_names_find(&fresh->names, thing->native) &&
            !pend(fresh, thing->native, thing->kind, thing->first_us)) {
            return false;
        }
    }
    for (const struct ingest_thing *thing = old->seen; thing; thing = thing->next_seen) {
        struct ingest_thing *same = ingest_names_find(&fresh->names, thing->native);
        if (same) {
            see(fresh, same, thing->seen_us, thing->messages);
        }
    }
    return true;
}

/* The versions are read before the rows: what changes in between is read once more, never missed. */
static enum base_err read_versions(const struct ingest_source *source, struct data_conn *conn, struct base_diag *diag,
                                   struct ingest_registry *ret_registry)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_DEVICE_VERSION, DATA_ARGS(data_i64(source->id)), diag, &rows);
    if (!err && data_rows_count(rows)) {
        ret_registry->version = data_rows_i64(rows, 0, 0);
        ret_registry->place_version = data_rows_i64(rows, 0, 1);
        ret_registry->quarantine = data_rows_bool(rows, 0, 2);
    }
    return err;
}

static enum base_err read_rows(const struct ingest_source *source, struct data_conn *conn, struct base_diag *diag,
                               struct ingest_registry *registry)
{
    AUTO(data_rows) rows = NULL;
    struct ingest_binding *last = NULL;
    bool fits = true;
    enum base_err err =
        data_run(conn, DATA_DEVICE_LOAD, DATA_ARGS(data_i64(source->estate_id), data_i64(source->id)), diag, &rows);
    for (size_t row = 0; !err && fits && row < data_rows_count(rows); row++) {
        fits = take_row(registry, rows, row, &last);
    }
    fits = fits && carry(registry, &source->registry);
    return err || fits ? err : base_diag_set(diag, BASE_NOMEM, "source %s: no memory for its devices", source->name);
}

/* Reads all of it; what is pending stays so. */
static enum base_err load(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    struct ingest_registry fresh;
    ingest_registry_init(&fresh);
    fresh.epoch = source->epoch;
    enum base_err err = read_versions(source, conn, diag, &fresh);
    if (!err) {
        err = read_rows(source, conn, diag, &fresh);
    }
    if (err) {
        ingest_registry_release(&fresh);
        return err;
    }
    ingest_registry_release(&source->registry);
    source->registry = fresh;
    return BASE_OK;
}

bool ingest_registry_stale(const struct ingest_registry *registry, int64_t version, int64_t place_version)
{
    return registry->version != version || registry->place_version != place_version;
}

enum base_err ingest_registry_keep(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    struct ingest_registry there = {.version = -1};
    enum base_err err = read_versions(source, conn, diag, &there);
    if (err || !ingest_registry_stale(&source->registry, there.version, there.place_version)) {
        return err;
    }
    return load(source, conn, diag);
}

/* Devices that appear move no version: whoever had the source in between may have stored some. */
enum base_err ingest_registry_take(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    bool ours = source->epoch == source->registry.epoch + 1;
    enum base_err err = ours ? ingest_registry_keep(source, conn, diag) : load(source, conn, diag);
    source->registry.epoch = err ? source->registry.epoch : source->epoch;
    return err;
}

/* --- who may speak --- */
static enum sensors_reason admit(struct ingest_source *source, struct base_str native, const char *kind, int64_t t_recv)
{
    struct ingest_registry *registry = &source->registry;
    struct ingest_thing *thing = ingest_names_find(&registry->names, native);
    if (!thing) {
        if (native.len == 0 || native.len > INGEST_REGISTRY_ID_MAX || !base_str_utf8(native)) {
            return SENSORS_REASON_DEVICE;
        }
        if (registry->appeared >= INGEST_REGISTRY_UNKNOWN_MAX) {
            return SENSORS_REASON_UNKNOWN_OVERFLOW;
        }
        if (!pend(registry, native, kind, t_recv)) {
            source->batch.err = BASE_NOMEM;
            return SENSORS_REASON_NONE;
        }
        thing = registry->pending;
    }
    see(registry, thing, t_recv, t_recv > thing->seen_us); /* once a message */
    return thing->quarantined ? SENSORS_REASON_QUARANTINED : SENSORS_REASON_NONE;
}

/* Who sends is believed as little as whom it names: whoever invents a reader could say who was where. */
enum sensors_reason ingest_registry_admit(struct ingest_source *source, const struct sensors_event *event)
{
    enum sensors_reason reason = SENSORS_REASON_NONE;
    const char *about = sensors_subject_name(event->subject_type);
    const char *thing = source->format && source->format->thing ? source->format->thing : about;
    bool personal = sensors_subject_personal(event->subject_type);
    if (!personal && event->subject.len) {
        reason = admit(source, event->subject, about, event->t_recv);
    }
    if (!personal || event->subject.len) {
        enum sensors_reason other = admit(source, event->device, thing, event->t_recv);
        reason = reason ? reason : other;
    }
    return reason;
}

/* --- rows for the pending --- */
static enum base_err pending_text(const struct ingest_registry *registry, struct base_diag *diag, struct base_buf *text)
{
    struct base_json_out out = base_json_out_of(text);
    base_json_out_array(&out);
    for (const struct ingest_thing *thing = registry->pending; thing; thing = thing->next_pending) {
        base_json_out_object(&out);
        base_json_out_key(&out, "native_id");
        base_json_out_str(&out, thing->native);
        base_json_out_key(&out, "kind");
        base_json_out_text(&out, thing->kind);
        base_json_out_key(&out, "seen_us");
        base_json_out_i64(&out, thing->first_us);
        base_json_out_object_end(&out);
    }
    base_json_out_array_end(&out);
    return text->err ? base_diag_set(diag, text->err, "too many new devices in one batch") : BASE_OK;
}

static enum base_err appear(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    struct ingest_registry *registry = &source->registry;
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, JSON_MAX);
    enum base_err err = pending_text(registry, diag, &text);
    if (!err) {
        err = data_run(conn, DATA_DEVICE_APPEAR,
                       DATA_ARGS(data_i64(source->estate_id), data_i64(source->id),
                                 data_text(registry->quarantine ? "quarantined" : "accepted"),
                                 data_text(base_buf_cstr(&text))),
                       diag, &rows);
    }
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        struct ingest_thing *thing = ingest_names_find(&registry->names, data_rows_bytes(rows, row, 0));
        if (thing) {
            thing->now.id = data_rows_i64(rows, row, 1);
        }
    }
    return err;
}

static enum base_err count_kept_out(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    int64_t quarantined = 0, overflow = 0;
    for (size_t i = 0; i < source->batch.dead_count; i++) {
        const struct ingest_dead *dead = &source->batch.dead[i];
        quarantined += dead->kept && dead->reason == SENSORS_REASON_QUARANTINED;
        overflow += dead->kept && dead->reason == SENSORS_REASON_UNKNOWN_OVERFLOW;
    }
    if (!quarantined && !overflow) {
        return BASE_OK;
    }
    return data_run(
        conn, DATA_DEVICE_HELD,
        DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_i64(quarantined), data_i64(overflow)), diag,
        NULL);
}

enum base_err ingest_registry_store(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    enum base_err err = source->registry.pending ? appear(source, conn, diag) : BASE_OK;
    return err ? err : count_kept_out(source, conn, diag);
}

void ingest_registry_settle(struct ingest_source *source, bool committed)
{
    struct ingest_registry *registry = &source->registry;
    for (struct ingest_thing *thing = registry->pending; thing && !committed; thing = thing->next_pending) {
        thing->now.id = 0;
    }
    registry->pending = committed ? NULL : registry->pending;
}

/* --- where they are --- */
/* As it was at that time; before everything known, as it was first. */
static const struct ingest_binding *binding_at(const struct ingest_thing *thing, int64_t time_us)
{
    const struct ingest_binding *binding = &thing->now;
    while (binding->from_us > time_us && binding->before) {
        binding = binding->before;
    }
    return binding;
}

/* *kind: what the thing is; left as it is when there is none. */
static const struct ingest_binding *look_up(const struct ingest_source *source, struct base_str native, int64_t time_us,
                                            struct base_str *kind)
{
    const struct ingest_thing *thing = ingest_names_find(&source->registry.names, native);
    *kind = thing ? base_str_of(thing->kind) : *kind;
    return thing ? binding_at(thing, time_us) : NULL;
}

static bool placed(const struct ingest_binding *binding)
{
    return binding && (binding->building_id || !isnan(binding->lon));
}

/* A place that somebody wrote down goes before what the message says; but a position's own is what it is about. */
void ingest_registry_place(const struct ingest_source *source, const struct geo_place *buildings,
                           struct ingest_row *row)
{
    const struct ingest_binding *device = NULL, *station = NULL;
    row->binding = NULL;
    row->device_kind = (struct base_str){NULL, 0};
    if (!sensors_subject_personal(row->subject_type)) {
        device = look_up(source, row->device->native, row->t_event, &row->device_kind);
    }
    if (row->station) {
        station = look_up(source, row->station->native, row->t_event, &row->device_kind);
    }
    row->label = device && device->name.len ? device->name : row->device->native;
    row->device_id = device ? device->id : 0;
    row->station_id = station ? station->id : 0;
    const struct ingest_binding *binding = placed(station) ? station : device;
    if (!placed(binding) || row->kind == SENSORS_KIND_POSITION) {
        return;
    }
    row->binding = binding;
    if (binding->building_id) {
        row->place = (struct geo_place_hit){
            .method = GEO_PLACE_INSIDE, .id = binding->building_id, .estate_id = binding->building_estate_id};
    } else {
        geo_place_find(buildings, (struct geo_point){binding->lon, binding->lat}, NEAR_M, &row->place);
    }
    row->at_estate_id = row->place.id ? row->place.estate_id : row->at_estate_id;
}

/* --- who was seen --- */
/* Up to SEEN_MAX of them, and the text that tells the database. */
static size_t seen_text(const struct ingest_registry *registry, struct ingest_thing **ret_list, struct base_buf *text)
{
    size_t count = 0;
    struct base_json_out out = base_json_out_of(text);
    base_json_out_array(&out);
    for (struct ingest_thing *thing = registry->seen; thing && count < SEEN_MAX; thing = thing->next_seen) {
        if (thing->now.id == 0) { /* its first batch is not stored yet */
            continue;
        }
        base_json_out_object(&out);
        base_json_out_key(&out, "number");
        base_json_out_i64(&out, (int64_t)count);
        base_json_out_key(&out, "id");
        base_json_out_i64(&out, thing->now.id);
        base_json_out_key(&out, "seen_us");
        base_json_out_i64(&out, thing->seen_us);
        base_json_out_key(&out, "messages");
        base_json_out_i64(&out, thing->messages);
        base_json_out_object_end(&out);
        ret_list[count++] = thing;
    }
    base_json_out_array_end(&out);
    return count;
}

/* What somebody else held locked stays for the next time. */
static void forget_noted(struct ingest_registry *registry)
{
    struct ingest_thing **at = &registry->seen;
    while (*at) {
        if ((*at)->messages) {
            at = &(*at)->next_seen;
        } else {
            *at = (*at)->next_seen;
        }
    }
}

enum base_err ingest_registry_note(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    struct ingest_thing *list[SEEN_MAX];
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, JSON_MAX);
    if (seen_text(&source->registry, list, &text) == 0) {
        return BASE_OK;
    }
    if (text.err) {
        return base_diag_set(diag, text.err, "source %s: no memory to note its devices", source->name);
    }
    enum base_err err = data_run(conn, DATA_DEVICE_SEEN,
                                 DATA_ARGS(data_i64(source->estate_id), data_text(base_buf_cstr(&text))), diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        list[data_rows_i64(rows, row, 0)]->messages = 0;
    }
    forget_noted(&source->registry);
    return err;
}
