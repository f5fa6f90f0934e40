/* Devices: a row of the mirror is folded from one of the registry, its states, what duties say of it and its building's
 * position, so all that is known of a device is kept beside the store, and put when something of it has changed - at
 * publish, when the buildings' pages are new. docs/formulas.md says how states are folded. */
#include "tiles/mirror_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { /* columns of the feeds (mirror_row.c) */
       VALID_TO = 2,
       STATE,
       KIND,
       NAME,
       BUILDING_ESTATE,
       BUILDING,
       STOREY,
       LON,
       LAT
};
enum { STATE_KIND = 2, STATE_CHANNEL, STATE_T_EVENT, STATE_PHASE, STATE_SEVERITY };
enum { NO_SEVERITY = -1 };

static struct tiles_map_key key_of(int64_t estate_id, int64_t id)
{
    return (struct tiles_map_key){0, estate_id, id};
}

static struct tiles_device *find(struct tiles_upstream *upstream, int64_t estate_id, int64_t id)
{
    const struct tiles_map_slot *slot = tiles_map_find(&upstream->join.devices, key_of(estate_id, id));
    return slot ? slot->at : NULL;
}

static struct tiles_device *need(struct tiles_upstream *upstream, int64_t estate_id, int64_t id)
{
    struct tiles_device *device = find(upstream, estate_id, id);
    if (device) {
        return device;
    }
    device = calloc(1, sizeof *device);
    struct tiles_map_slot *slot = device ? tiles_map_add(&upstream->join.devices, key_of(estate_id, id)) : NULL;
    if (!slot) {
        free(device);
        return NULL;
    }
    slot->at = device;
    device->estate_id = estate_id;
    device->id = id;
    upstream->join.bytes += sizeof *device;
    return device;
}

static void touch(struct tiles_upstream *upstream, struct tiles_device *device)
{
    if (!device->dirty) {
        device->dirty = true;
        device->next_dirty = upstream->join.dirty;
        upstream->join.dirty = device;
        upstream->gathered = true;
    }
}

/* --- texts --- */
static void text_drop(struct tiles_upstream *upstream, char **text)
{
    upstream->join.bytes -= *text ? strlen(*text) + 1 : 0;
    free(*text);
    *text = NULL;
}

static bool text_set(struct tiles_upstream *upstream, char **text, struct data_field field)
{
    struct base_str given = data_field_str(field);
    if (field.len == DATA_FIELD_UNCHANGED) {
        return true;
    }
    text_drop(upstream, text);
    if (field.len == DATA_FIELD_NULL) {
        return true;
    }
    *text = strndup(given.at, given.len);
    upstream->join.bytes += *text ? strlen(*text) + 1 : 0;
    return *text;
}

/* --- where it is --- */
static bool home_join(struct tiles_upstream *upstream, struct tiles_device *device, int64_t estate_id, int64_t id)
{
    struct tiles_map_slot *slot = tiles_map_add(&upstream->join.homes, key_of(estate_id, id));
    if (!slot) {
        return false;
    }
    device->bound = true;
    device->building_estate_id = estate_id;
    device->building_id = id;
    device->next_home = slot->at;
    slot->at = device;
    return true;
}

static void home_leave(struct tiles_upstream *upstream, struct tiles_device *device)
{
    struct tiles_map_key key = key_of(device->building_estate_id, device->building_id);
    struct tiles_map_slot *slot = device->bound ? tiles_map_find(&upstream->join.homes, key) : NULL;
    if (!slot) {
        return;
    }
    struct tiles_device *first = slot->at, **at = &first;
    while (*at != device) {
        at = &(*at)->next_home;
    }
    *at = device->next_home;
    slot->at = first;
    if (!first) {
        tiles_map_remove(&upstream->join.homes, key);
    }
    device->bound = false;
    device->next_home = NULL;
}

void tiles_device_building(struct tiles_upstream *upstream, int64_t estate_id, int64_t id)
{
    const struct tiles_map_slot *slot = tiles_map_find(&upstream->join.homes, key_of(estate_id, id));
    for (struct tiles_device *device = slot ? slot->at : NULL; device; device = device->next_home) {
        touch(upstream, device);
    }
}

static bool in_world(double lon, double lat)
{
    return fabs(lon) <= 180 && fabs(lat) <= 90;
}

static bool position(struct tiles_upstream *upstream, const struct tiles_device *device, double *lon, double *lat)
{
    static const char *const names[] = {"lon", "lat"};
    const struct tiles_table *table = &tiles_tables[TILES_TABLE_BUILDING];
    const struct tiles_store *buildings = upstream->mirror->stores[TILES_TABLE_BUILDING];
    const struct tiles_page *page;
    uint32_t row;
    *lon = device->lon;
    *lat = device->lat;
    if (device->placed || !device->bound) {
        return device->placed && in_world(*lon, *lat);
    }
    return tiles_store_owned(buildings, device->building_estate_id, device->building_id, upstream->number) &&
           tiles_store_find(buildings, device->building_estate_id, device->building_id, &page, &row) &&
           tiles_page_f64(page, row, tiles_table_column(table, names[0]), lon) &&
           tiles_page_f64(page, row, tiles_table_column(table, names[1]), lat) && in_world(*lon, *lat);
}

/* --- the registry --- */
static void unregister(struct tiles_upstream *upstream, struct tiles_device *device)
{
    home_leave(upstream, device);
    device->there = false;
    tiles_apply_drawn(upstream, TILES_FEED_DEVICE, device->estate_id, device->id);
    touch(upstream, device);
}

void tiles_device_gone(struct tiles_upstream *upstream, int64_t estate_id, int64_t id)
{
    struct tiles_device *device = find(upstream, estate_id, id);
    if (device) {
        unregister(upstream, device);
    }
}

void tiles_device_all_gone(struct tiles_upstream *upstream)
{
    const struct tiles_map_slot *slot;
    size_t at = 0;
    while ((slot = tiles_map_next(&upstream->join.devices, &at))) {
        unregister(upstream, slot->at);
    }
}

static enum base_err registered(struct tiles_upstream *upstream, struct tiles_device *device,
                                const struct data_field *row, struct base_diag *diag)
{
    static const struct base_diag why = {.text = "coordinates that cannot be"};
    bool kept = text_set(upstream, &device->kind, row[KIND]) && text_set(upstream, &device->name, row[NAME]);
    home_leave(upstream, device);
    if (kept && row[BUILDING].len != DATA_FIELD_NULL) {
        kept = home_join(upstream, device, data_field_i64(row[BUILDING_ESTATE]), data_field_i64(row[BUILDING]));
    }
    device->there = true;
    device->has_storey = row[STOREY].len != DATA_FIELD_NULL;
    device->storey = data_field_i64(row[STOREY]);
    device->placed = row[LON].len != DATA_FIELD_NULL || row[LAT].len != DATA_FIELD_NULL;
    device->lon = data_field_f64(row[LON]);
    device->lat = data_field_f64(row[LAT]);
    touch(upstream, device);
    if (!kept) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (device->placed && !in_world(device->lon, device->lat)) {
        return tiles_apply_leave_out(upstream, TILES_FEED_DEVICE, device->estate_id, device->id, &why, diag);
    }
    tiles_apply_drawn(upstream, TILES_FEED_DEVICE, device->estate_id, device->id);
    return BASE_OK;
}

/* What an update of the key left unchanged is as the old row had it. */
static bool inherit(struct tiles_upstream *upstream, struct tiles_device *device, const struct tiles_device *old)
{
    const char *const from[] = {old->kind, old->name};
    char **const to[] = {&device->kind, &device->name};
    for (size_t i = 0; i < BASE_COUNT(from); i++) {
        struct data_field field = {from[i], from[i] ? (int32_t)strlen(from[i]) : DATA_FIELD_NULL};
        if (!text_set(upstream, to[i], field)) {
            return false;
        }
    }
    return true;
}

enum base_err tiles_device_row(struct tiles_upstream *upstream, const struct data_field *row,
                               const struct data_field *old_key, struct base_diag *diag)
{
    int64_t estate_id = data_field_i64(row[0]), id = data_field_i64(row[1]);
    struct tiles_device *old = old_key ? find(upstream, data_field_i64(old_key[0]), data_field_i64(old_key[1])) : NULL;
    bool there = row[VALID_TO].len == DATA_FIELD_NULL && base_str_is(data_field_str(row[STATE]), "accepted");
    enum base_err err = tiles_apply_estate(upstream, estate_id, diag);
    if (!err && there) {
        struct tiles_device *device = need(upstream, estate_id, id);
        err = device && (!old || inherit(upstream, device, old)) ? registered(upstream, device, row, diag)
                                                                 : base_diag_set(diag, BASE_NOMEM, "out of memory");
    } else if (!err) {
        tiles_device_gone(upstream, estate_id, id);
    }
    if (!err && old) {
        unregister(upstream, old);
    }
    return err;
}

/* --- states --- */
static bool is_state(const struct tiles_device_state *state, struct base_str kind, struct base_str channel)
{
    return base_str_is(kind, state->key) && base_str_is(channel, state->key + strlen(state->key) + 1);
}

static struct tiles_device_state **find_state(struct tiles_device *device, const struct data_field *key)
{
    struct tiles_device_state **at = &device->states;
    while (*at && !is_state(*at, data_field_str(key[STATE_KIND]), data_field_str(key[STATE_CHANNEL]))) {
        at = &(*at)->next;
    }
    return at;
}

static size_t state_bytes(const struct tiles_device_state *state)
{
    size_t kind = strlen(state->key) + 1;
    return sizeof *state + kind + strlen(state->key + kind) + 1;
}

static void state_drop(struct tiles_upstream *upstream, struct tiles_device_state **at)
{
    struct tiles_device_state *state = *at;
    *at = state->next;
    upstream->join.bytes -= state_bytes(state);
    free(state);
}

static struct tiles_device_state *state_new(struct tiles_upstream *upstream, struct base_str kind,
                                            struct base_str channel)
{
    struct tiles_device_state *state = calloc(1, sizeof *state + kind.len + channel.len + 2);
    if (state) {
        memcpy(state->key, kind.at, kind.len);
        if (channel.len) {
            memcpy(state->key + kind.len + 1, channel.at, channel.len);
        }
        upstream->join.bytes += state_bytes(state);
    }
    return state;
}

enum base_err tiles_device_state_row(struct tiles_upstream *upstream, const struct data_field *row,
                                     struct base_diag *diag)
{
    struct tiles_device *device = need(upstream, data_field_i64(row[0]), data_field_i64(row[1]));
    struct base_str kind = data_field_str(row[STATE_KIND]), phase = data_field_str(row[STATE_PHASE]);
    struct tiles_device_state **at = device ? find_state(device, row) : NULL;
    if (at && !*at) {
        *at = state_new(upstream, kind, data_field_str(row[STATE_CHANNEL]));
    }
    if (!at || !*at) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    (*at)->t_event = data_field_time(row[STATE_T_EVENT]);
    (*at)->severity = row[STATE_SEVERITY].len == DATA_FIELD_NULL ? NO_SEVERITY : data_field_i64(row[STATE_SEVERITY]);
    (*at)->on = base_str_is(kind, "alarm") && (base_str_is(phase, "start") || base_str_is(phase, "update"));
    touch(upstream, device);
    return BASE_OK;
}

void tiles_device_state_gone(struct tiles_upstream *upstream, const struct data_field *key)
{
    struct tiles_device *device = find(upstream, data_field_i64(key[0]), data_field_i64(key[1]));
    struct tiles_device_state **at = device ? find_state(device, key) : NULL;
    if (at && *at) {
        state_drop(upstream, at);
        touch(upstream, device);
    }
}

void tiles_device_states_all_gone(struct tiles_upstream *upstream)
{
    const struct tiles_map_slot *slot;
    size_t at = 0;
    while ((slot = tiles_map_next(&upstream->join.devices, &at))) {
        struct tiles_device *device = slot->at;
        while (device->states) {
            state_drop(upstream, &device->states);
        }
        touch(upstream, device);
    }
}

/* --- duties --- */
static void duty_drop(struct tiles_upstream *upstream, struct tiles_device *device)
{
    upstream->join.bytes -= device->duty ? tiles_state_bytes(device->duty) : 0;
    free(device->duty);
    device->duty = NULL;
}

enum base_err tiles_device_duty_row(struct tiles_upstream *upstream, const struct data_field *row,
                                    struct base_diag *diag)
{
    struct tiles_device *device = need(upstream, data_field_i64(row[0]), data_field_i64(row[1]));
    enum base_err err = tiles_scratch_cells(&upstream->scratch, TILES_FEED_DEVICE_DUTY, row, diag);
    const struct tiles_table *table = &tiles_tables[TILES_TABLE_DEVICE];
    struct tiles_state *duty =
        device && !err ? tiles_state_new(table, tiles_live_first(table), upstream->scratch.cells) : NULL;
    if (!duty) {
        return err ? err : base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    duty_drop(upstream, device);
    device->duty = duty;
    upstream->join.bytes += tiles_state_bytes(duty);
    touch(upstream, device);
    return BASE_OK;
}

void tiles_device_duty_gone(struct tiles_upstream *upstream, const struct data_field *key)
{
    struct tiles_device *device = find(upstream, data_field_i64(key[0]), data_field_i64(key[1]));
    if (device && device->duty) {
        duty_drop(upstream, device);
        touch(upstream, device);
    }
}

void tiles_device_duties_all_gone(struct tiles_upstream *upstream)
{
    const struct tiles_map_slot *slot;
    size_t at = 0;
    while ((slot = tiles_map_next(&upstream->join.devices, &at))) {
        struct tiles_device *device = slot->at;
        if (device->duty) {
            duty_drop(upstream, device);
            touch(upstream, device);
        }
    }
}

/* --- settled --- */
enum {
    FOLDED = 3,
    REGISTERED = 4,
    CELLS = 13
}; /* columns of the mirror (table.c): registered ones, folded ones, duty's */

struct folded {
    struct tiles_cell t_event, severity, alarm_at;
};

static struct folded fold(const struct tiles_device *device)
{
    static const struct tiles_cell null = {.null = true};
    struct folded folded = {null, null, null};
    for (const struct tiles_device_state *state = device->states; state; state = state->next) {
        if (folded.t_event.null || state->t_event > folded.t_event.i64) {
            folded.t_event = (struct tiles_cell){.i64 = state->t_event};
        }
        if (state->on && (folded.alarm_at.null || state->t_event < folded.alarm_at.i64)) {
            folded.alarm_at = (struct tiles_cell){.i64 = state->t_event};
        }
        if (state->on && state->severity != NO_SEVERITY &&
            (folded.severity.null || state->severity > folded.severity.i64)) {
            folded.severity = (struct tiles_cell){.i64 = state->severity};
        }
    }
    return folded;
}

static struct tiles_cell text_cell(const char *text)
{
    return (struct tiles_cell){.null = !text, .text = base_str_of(text)};
}

static struct tiles_cell int_cell(bool some, int64_t value)
{
    return some ? (struct tiles_cell){.i64 = value} : (struct tiles_cell){.null = true};
}

static enum base_err put(struct tiles_upstream *upstream, const struct tiles_device *device, double lon, double lat,
                         struct base_diag *diag)
{
    unsigned effect;
    struct tiles_scratch *scratch = &upstream->scratch;
    struct folded folded = fold(device);
    struct tiles_cell cells[CELLS] = {text_cell(device->kind),
                                      text_cell(device->name),
                                      int_cell(device->bound, device->building_id),
                                      int_cell(device->has_storey, device->storey),
                                      folded.t_event,
                                      folded.severity,
                                      folded.alarm_at};
    for (size_t c = REGISTERED + FOLDED; c < CELLS; c++) {
        cells[c] = device->duty ? device->duty->cells[c - REGISTERED] : (struct tiles_cell){.null = true};
    }
    enum base_err err = tiles_scratch_point(scratch, lon, lat, diag);
    if (err) {
        return err;
    }
    scratch->row.estate_id = device->estate_id;
    scratch->row.id = device->id;
    scratch->row.cells = cells;
    return tiles_mirror_put(upstream, TILES_TABLE_DEVICE, &scratch->row, (1u << BASE_COUNT(cells)) - 1, diag, &effect);
}

static void device_free(struct tiles_upstream *upstream, struct tiles_device *device)
{
    home_leave(upstream, device);
    while (device->states) {
        state_drop(upstream, &device->states);
    }
    duty_drop(upstream, device);
    text_drop(upstream, &device->kind);
    text_drop(upstream, &device->name);
    upstream->join.bytes -= sizeof *device;
    tiles_map_remove(&upstream->join.devices, key_of(device->estate_id, device->id));
    free(device);
}

enum base_err tiles_device_settle(struct tiles_upstream *upstream, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    while (upstream->join.dirty && !err) {
        struct tiles_device *device = upstream->join.dirty;
        double lon, lat;
        if (device->there && position(upstream, device, &lon, &lat)) {
            err = put(upstream, device, lon, lat, diag);
        } else {
            err = tiles_mirror_remove(upstream, TILES_TABLE_DEVICE, device->estate_id, device->id, diag);
        }
        if (!err) {
            upstream->join.dirty = device->next_dirty;
            device->dirty = false;
        }
        if (!err && !device->there && !device->states && !device->duty) {
            device_free(upstream, device);
        }
    }
    return err;
}

void tiles_device_release(struct tiles_upstream *upstream)
{
    const struct tiles_map_slot *slot;
    size_t at = 0;
    while ((slot = tiles_map_next(&upstream->join.devices, &at))) {
        struct tiles_device *device = slot->at;
        device->bound = false; /* the homes go as a whole */
        while (device->states) {
            state_drop(upstream, &device->states);
        }
        duty_drop(upstream, device);
        free(device->kind);
        free(device->name);
        free(device);
    }
    tiles_map_release(&upstream->join.devices);
    tiles_map_release(&upstream->join.homes);
    upstream->join.dirty = NULL;
}
