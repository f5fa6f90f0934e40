/* SenML packs (RFC 8428), JSON and CBOR: base fields hold until they are replaced, times may be relative to now, and a
 * position comes as records of the units lon and lat. Records of one device and moment are one group, which becomes
 * one measurement or position, and an event for each yes or no. Topics are free. */
#include "sensors/decode_readings.h"

#include <math.h>
#include <string.h>

enum { VERSION = 10, GROUPS_MAX = 256, NAME_MAX_BYTES = 256 };

#define RELATIVE_BELOW 268435456.0 /* 2^28 s: earlier times are relative to now (RFC 8428, 4.5.3) */

enum field { BVER, BN, BT, BU, BV, BS, N, U, V, VS, VB, S, T, VD, FIELD_COUNT };

/* RFC 8428, table 4: JSON's labels and CBOR's. */
static const struct {
    const char *name, *label;
} fields[FIELD_COUNT] = {
    [BVER] = {"bver", "-1"}, [BN] = {"bn", "-2"}, [BT] = {"bt", "-3"}, [BU] = {"bu", "-4"}, [BV] = {"bv", "-5"},
    [BS] = {"bs", "-6"},     [N] = {"n", "0"},    [U] = {"u", "1"},    [V] = {"v", "2"},    [VS] = {"vs", "3"},
    [VB] = {"vb", "4"},      [S] = {"s", "5"},    [T] = {"t", "6"},    [VD] = {"vd", "8"},
};

/* Base fields as they stand. */
struct base {
    struct base_str name, unit;
    double time, value, sum;
};

struct record {
    struct base_str device, measure; /* measure: what of it; empty: the name tells the device alone */
    struct base_str unit;
    double time; /* as it was sent */
    const struct base_json *value, *text, *flag;
    double base_value, sum;
};

struct group { /* records of one device and moment */
    struct base_str device;
    double time, lon, lat, alt;
    struct sensors_readings readings;
    struct base_buf said; /* names, and values where no time tells this from another */
};

struct pack {
    struct sensors_decoding *decoding;
    bool cbor;
    struct base base;
    struct group *groups;
    size_t count;
    unsigned redacted;
};

static enum base_err wrong(const struct pack *pack, const char *what)
{
    return sensors_decode_fail(pack->decoding, SENSORS_REASON_FIELD, "SenML: %s", what);
}

static const struct base_json *field(const struct pack *pack, const struct base_json *record, enum field at)
{
    const struct base_json *member = pack->cbor ? base_json_in_get(record, fields[at].label) : NULL;
    return member ? member : base_json_in_get(record, fields[at].name);
}

static enum base_err read_number(const struct pack *pack, const struct base_json *record, enum field at,
                                 double *ret_number)
{
    const struct base_json *member = field(pack, record, at);
    double number = member ? sensors_decode_number_of(member) : *ret_number;
    if (isnan(number)) {
        return sensors_decode_fail(pack->decoding, SENSORS_REASON_FIELD, "SenML: %s is no number", fields[at].name);
    }
    *ret_number = number;
    return BASE_OK;
}

static enum base_err read_text(const struct pack *pack, const struct base_json *record, enum field at,
                               struct base_str *ret_text)
{
    const struct base_json *member = field(pack, record, at);
    if (member && !base_json_in_text(member, ret_text)) {
        return sensors_decode_fail(pack->decoding, SENSORS_REASON_FIELD, "SenML: %s is no text", fields[at].name);
    }
    return BASE_OK;
}

/* A label that ends in '_' must be understood, or the pack must not be read (RFC 8428, 4.4). */
static enum base_err refuse_unknown(const struct pack *pack, const struct base_json *record)
{
    const struct base_json *value;
    struct base_str key;
    void *at = NULL;
    double version = 0;
    while (base_json_in_next(record, &at, &key, &value)) {
        if (key.len && key.at[key.len - 1] == '_') {
            return sensors_decode_fail(pack->decoding, SENSORS_REASON_FIELD,
                                       "SenML: the label \"%.40s\" must be understood, and is not", key.at);
        }
    }
    enum base_err err = read_number(pack, record, BVER, &version);
    if (!err && version > VERSION) {
        err = sensors_decode_fail(pack->decoding, SENSORS_REASON_FIELD, "SenML: version %g; up to %d is read", version,
                                  VERSION);
    }
    return err;
}

static enum base_err read_base(struct pack *pack, const struct base_json *record)
{
    struct base *base = &pack->base;
    enum base_err err = read_text(pack, record, BN, &base->name);
    err = err ? err : read_text(pack, record, BU, &base->unit);
    err = err ? err : read_number(pack, record, BT, &base->time);
    err = err ? err : read_number(pack, record, BV, &base->value);
    return err ? err : read_number(pack, record, BS, &base->sum);
}

static struct base_str without_end(struct base_str name)
{
    while (name.len && strchr(":/.", name.at[name.len - 1])) {
        name.len--;
    }
    return name;
}

static size_t last_part(struct base_str name)
{
    size_t at = name.len;
    while (at && !strchr(":/.", name.at[at - 1])) {
        at--;
    }
    return at;
}

/* The base name is the device and the name what of it; a name with parts may go on with the device. Without a base
 * name the last part is the measure only if it is one. */
static enum base_err split(struct pack *pack, struct base_str name, struct record *ret_record)
{
    struct base_str base = pack->base.name;
    size_t at = last_part(name);
    struct base_str last = {name.len ? name.at + at : NULL, name.len - at};
    bool measured = name.len && (base.len || (at && sensors_quantity_find(last)));
    struct base_str rest = {name.at, measured ? at : name.len};
    char *whole = base_arena_alloc(pack->decoding->arena, base.len + rest.len + 1);
    if (!whole) {
        return sensors_decode_fail(pack->decoding, SENSORS_REASON_TOO_MANY, "SenML: more records than are read");
    }
    if (base.len) {
        memcpy(whole, base.at, base.len);
    }
    if (rest.len) {
        memcpy(whole + base.len, rest.at, rest.len);
    }
    ret_record->device = without_end((struct base_str){whole, base.len + rest.len});
    ret_record->measure = measured ? last : (struct base_str){NULL, 0};
    if (ret_record->device.len == 0 || ret_record->device.len > NAME_MAX_BYTES) {
        return sensors_decode_fail(pack->decoding, SENSORS_REASON_DEVICE,
                                   "SenML: a record's name is empty or over %d "
                                   "bytes",
                                   NAME_MAX_BYTES);
    }
    return BASE_OK;
}

static enum base_err read_record(struct pack *pack, const struct base_json *json, struct record *ret_record)
{
    struct base_str name = {NULL, 0};
    double time = 0;
    struct record record = {.unit = pack->base.unit, .sum = NAN, .base_value = pack->base.value};
    enum base_err err = read_text(pack, json, N, &name);
    err = err ? err : read_text(pack, json, U, &record.unit);
    err = err ? err : read_number(pack, json, T, &time);
    if (field(pack, json, S)) {
        record.sum = 0;
        err = err ? err : read_number(pack, json, S, &record.sum);
        record.sum += pack->base.sum;
    }
    record.time = pack->base.time + time;
    record.value = field(pack, json, V);
    record.text = field(pack, json, VS);
    record.flag = field(pack, json, VB);
    err = err ? err : split(pack, name, &record);
    if (!err) {
        *ret_record = record;
    }
    return err;
}

/* --- groups --- */
static enum base_err open_group(struct pack *pack, const struct record *record, struct group **ret_group)
{
    if (pack->count == GROUPS_MAX) {
        return sensors_decode_fail(pack->decoding, SENSORS_REASON_TOO_MANY, "SenML: more than %d moments in one pack",
                                   GROUPS_MAX);
    }
    struct group *group = &pack->groups[pack->count++];
    *group = (struct group){.device = record->device, .time = record->time, .lon = NAN, .lat = NAN, .alt = NAN};
    base_buf_init(&group->said, SENSORS_PAYLOAD_MAX);
    *ret_group = group;
    return BASE_OK;
}

/* What does not fit one event any more goes into another of the same moment. */
static enum base_err group_of(struct pack *pack, const struct record *record, struct group **ret_group)
{
    for (size_t i = pack->count; i > 0; i--) {
        struct group *group = &pack->groups[i - 1];
        if (group->time == record->time && base_str_equal(group->device, record->device)) {
            if (group->readings.count + 1 >= SENSORS_MEASURE_MAX) { /* a record gives up to two */
                break;
            }
            *ret_group = group;
            return BASE_OK;
        }
    }
    return open_group(pack, record, ret_group);
}

static bool relative(double time)
{
    return time < RELATIVE_BELOW;
}

/* What a record is called when nothing else is: by what of the device it is. */
static struct base_str own_name(const struct record *record)
{
    return record->measure.len ? record->measure : base_str_of("value");
}

/* By name; else by unit, under its own name when the unit's is taken; else under its own name as it is. */
static void add_value(struct pack *pack, struct group *group, const struct record *record, double value)
{
    struct sensors_readings *readings = &group->readings;
    const struct sensors_quantity *named = sensors_quantity_find(record->measure);
    const struct sensors_quantity *quantity = named ? named : sensors_quantity_of_unit(record->unit);
    if (quantity && !sensors_readings_have(readings, quantity->name)) {
        sensors_readings_add(readings, quantity, NULL, value, record->unit);
    } else if (quantity && !named) {
        value = sensors_unit_convert(value, record->unit, quantity->unit);
        sensors_readings_keep(pack->decoding, readings, own_name(record), value, base_str_of(quantity->unit));
    } else if (!quantity) {
        sensors_readings_keep(pack->decoding, readings, own_name(record), value, record->unit);
    }
}

/* The integral of the values over time: energy of a power; else a measure of its own. */
static void add_sum(struct pack *pack, struct group *group, const struct record *record)
{
    const struct sensors_quantity *energy = sensors_quantity_find(base_str_of("energy"));
    struct base_str own = own_name(record), of = record->unit;
    char name[64], unit[32];
    if (base_str_is(of, "W")) {
        sensors_readings_add(&group->readings, energy, NULL, record->sum, base_str_of("J"));
        return;
    }
    bool none = of.len == 0 || base_str_is(of, "1") || base_str_is(of, "/");
    int name_len = snprintf(name, sizeof name, "%.*s_sum", (int)(own.len < 40 ? own.len : 40), own.at);
    int unit_len = snprintf(unit, sizeof unit, "%.*s%ss", none ? 0 : (int)(of.len < 20 ? of.len : 20),
                            none ? "" : of.at, none ? "" : ".");
    sensors_readings_keep(pack->decoding, &group->readings, (struct base_str){name, (size_t)name_len}, record->sum,
                          (struct base_str){unit, (size_t)unit_len});
}

/* Texts are kept only where they are one of a yes or no. */
static enum base_err add_said(struct pack *pack, struct group *group, const struct record *record)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(record->measure);
    const struct base_json *said = record->flag ? record->flag : record->text;
    bool yes_no = quantity && quantity->kind != SENSORS_KIND_MEASUREMENT, flag;
    double value = yes_no ? sensors_decode_yes_no(said) : NAN;
    if (record->flag && !base_json_in_bool(record->flag, &flag)) {
        return wrong(pack, "vb is neither true nor false");
    }
    if (yes_no && !isnan(value) && !sensors_readings_have(&group->readings, quantity->name)) {
        sensors_readings_add(&group->readings, quantity, NULL, value, (struct base_str){NULL, 0});
    } else if (record->flag && !quantity) {
        sensors_readings_keep(pack->decoding, &group->readings, own_name(record), flag, base_str_of("1"));
    } else {
        pack->redacted += record->text != NULL;
        group->readings.sentinel |= quantity != NULL;
    }
    return BASE_OK;
}

static bool add_place(struct group *group, const struct record *record, double value)
{
    double *place = base_str_is(record->unit, "lon")                                                  ? &group->lon
                    : base_str_is(record->unit, "lat")                                                ? &group->lat
                    : base_str_is(record->measure, "alt") || base_str_is(record->measure, "altitude") ? &group->alt
                                                                                                      : NULL;
    if (place && isnan(*place)) {
        *place = value;
    }
    return place != NULL;
}

static enum base_err add_record(struct pack *pack, const struct base_json *json)
{
    struct record record;
    struct group *group = NULL;
    enum base_err err = read_record(pack, json, &record);
    err = err ? err : group_of(pack, &record, &group);
    if (err) {
        return err;
    }
    double value = record.value ? sensors_decode_number_of(record.value) : NAN;
    if (record.value && isnan(value)) {
        return wrong(pack, "v is no number");
    }
    base_buf_printf(&group->said, "%.*s ", (int)record.measure.len, record.measure.len ? record.measure.at : "");
    if (relative(record.time)) {
        base_buf_printf(&group->said, "%.9g %.9g ", value, record.sum);
    }
    if (record.value && !add_place(group, &record, value + record.base_value)) {
        add_value(pack, group, &record, value + record.base_value);
    }
    if (!isnan(record.sum)) {
        add_sum(pack, group, &record);
    }
    return record.flag || record.text ? add_said(pack, group, &record) : BASE_OK;
}

static enum base_err read_pack(struct pack *pack, const struct base_json *records)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < base_json_in_size(records) && !err; i++) {
        const struct base_json *record = base_json_in_at(records, i);
        if (!base_json_in_is_object(record)) {
            return wrong(pack, "a record is no object");
        }
        err = refuse_unknown(pack, record);
        err = err ? err : read_base(pack, record);
        pack->redacted += field(pack, record, VD) != NULL; /* bytes that may be anything */
        bool said =
            field(pack, record, V) || field(pack, record, VS) || field(pack, record, VB) || field(pack, record, S);
        if (!err && said) {
            err = add_record(pack, record);
        }
    }
    return err;
}

/* --- events --- */
/* A time relative to now is as good as the receipt it is counted from, and ahead of it is none. */
static int64_t set_time(struct sensors_event *event, double time)
{
    int64_t time_us = SENSORS_NO_TIME;
    if (!relative(time)) {
        (void)sensors_time_number(time, &time_us);
        sensors_time_repair(event, time_us, SENSORS_NO_TIME);
        return time_us;
    }
    double before = time < 0 && time > -RELATIVE_BELOW ? -time : 0;
    sensors_time_repair(event, SENSORS_NO_TIME, SENSORS_NO_TIME);
    event->t_event = event->t_recv - llround(before * 1e6);
    event->flags |= before * 1e6 > (double)SENSORS_TIME_LATE_US ? SENSORS_FLAG_LATE : 0;
    return SENSORS_NO_TIME;
}

static enum base_err group_events(struct pack *pack, struct group *group)
{
    struct sensors_decoding *decoding = pack->decoding;
    struct sensors_event event;
    enum base_err err = BASE_OK;
    sensors_decode_like(decoding, group->device, &event);
    struct sensors_identity identity = {.type = "senml", .lon = NAN, .lat = NAN, .event = base_buf_str(&group->said)};
    identity.time_us = set_time(&event, group->time);
    if (isnan(group->lon) != isnan(group->lat)) {
        event.flags |= SENSORS_FLAG_PARTIAL;
    } else if (!isnan(group->lon)) {
        err = sensors_decode_position(decoding, &event, group->lon, group->lat);
        identity.lon = group->lon;
        identity.lat = group->lat;
    }
    event.alt_m = isnan(event.lon) ? NAN : sensors_decode_within(&event, group->alt, -500, 20000);
    if (!err && !isnan(identity.lon)) {
        err = sensors_readings_position(decoding, &group->readings, &event, &identity);
    }
    if (err) {
        return err;
    }
    return sensors_readings_events(decoding, &group->readings, &event, &identity);
}

static enum base_err parse(struct pack *pack, struct base_json **ret_json)
{
    struct sensors_decoding *decoding = pack->decoding;
    struct base_str payload = decoding->message->payload;
    struct base_diag why = {{0}};
    unsigned char first = payload.len ? (unsigned char)payload.at[0] : 0;
    pack->cbor = first >= 0x80 && first != 0xEF; /* an array or a tag; no JSON begins so, but by a byte order mark */
    if (!pack->cbor) {
        return sensors_decode_json_any(decoding, ret_json);
    }
    enum base_err err = base_cbor_in_parse(payload.at, payload.len, &why, ret_json);
    if (err == BASE_LIMIT) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TOO_DEEP, "%s", why.text);
    }
    return err ? sensors_decode_fail(decoding, SENSORS_REASON_BINARY, "%s", why.text) : BASE_OK;
}

static enum base_err decode_pack(struct pack *pack, const struct base_json *json)
{
    enum base_err err = read_pack(pack, json);
    for (size_t i = 0; i < pack->count && !err; i++) {
        err = pack->groups[i].said.err ? wrong(pack, "its names are too long") : group_events(pack, &pack->groups[i]);
    }
    if (!err && pack->decoding->decoded.count == 0) {
        return sensors_decode_ignore(pack->decoding, pack->redacted);
    }
    sensors_decode_redact(pack->decoding, err ? 0 : pack->redacted);
    return err;
}

enum base_err sensors_decode_senml(struct sensors_decoding *decoding)
{
    struct pack pack = {.decoding = decoding};
    AUTO(base_json) json = NULL;
    if (decoding->message->payload.len == 0) {
        return sensors_decode_ignore(decoding, 0); /* a retained value was taken back */
    }
    enum base_err err = parse(&pack, &json);
    if (err) {
        return err;
    }
    if (!base_json_in_is_array(json)) {
        return wrong(&pack, "the pack is no array of records");
    }
    size_t records = base_json_in_size(json);
    pack.groups =
        base_arena_alloc(decoding->arena, (records < GROUPS_MAX ? records : GROUPS_MAX) * sizeof *pack.groups);
    err = pack.groups || records == 0 ? decode_pack(&pack, json) : wrong(&pack, "it is too large");
    for (size_t i = 0; i < pack.count; i++) {
        base_buf_release(&pack.groups[i].said);
    }
    return err;
}
