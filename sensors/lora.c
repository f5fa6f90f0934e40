/* What becomes of an uplink, whichever network brought it: the same reading gives the same event. */
#include "sensors/lora.h"

#include <math.h>
#include <string.h>

/* --- ids and models --- */
struct base_str sensors_lora_lower(struct sensors_decoding *decoding, struct base_str text)
{
    char *copy = text.len && text.len <= SENSORS_NATIVE_MAX ? base_arena_text(decoding->arena, text) : NULL;
    for (size_t i = 0; copy && i < text.len; i++) {
        copy[i] = copy[i] >= 'A' && copy[i] <= 'Z' ? (char)(copy[i] | 0x20) : copy[i];
    }
    return copy ? (struct base_str){copy, text.len} : (struct base_str){NULL, 0};
}

static bool plain_id(struct base_str text)
{
    bool good = text.len > 0 && text.len <= SENSORS_NATIVE_MAX && base_str_utf8(text);
    for (size_t i = 0; good && i < text.len; i++) {
        good = text.at[i] > ' ' && text.at[i] != '/';
    }
    return good;
}

struct base_str sensors_lora_eui(struct sensors_decoding *decoding, struct base_str text)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[8];
    size_t len;
    char hex[16];
    if (text.len != 12 || text.at[11] != '=' || !sensors_lora_base64(text, bytes, sizeof bytes, &len) || len != 8) {
        return plain_id(text) ? sensors_decode_keep(decoding, text) : (struct base_str){NULL, 0};
    }
    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    return sensors_decode_keep(decoding, (struct base_str){hex, sizeof hex});
}

static bool is_region(struct base_str word)
{
    static const char *const regions[] = {"eu868", "eu433", "us915", "cn470", "cn779",  "as923",
                                          "au915", "in865", "kr920", "ru864", "ism2400"};
    for (size_t i = 0; i < BASE_COUNT(regions); i++) {
        if (base_str_starts(word, regions[i])) {
            return true;
        }
    }
    return false;
}

static bool has_digit(struct base_str word)
{
    bool letter = false, number = false;
    for (size_t i = 0; i < word.len; i++) {
        letter = letter || (word.at[i] >= 'a' && word.at[i] <= 'z');
        number = number || (word.at[i] >= '0' && word.at[i] <= '9');
    }
    return letter && number && word.len >= 4;
}

/* Models have letters and digits, and are written together but for a hyphen. */
struct base_str sensors_lora_model(struct sensors_decoding *decoding, struct base_str profile)
{
    static const char breaks[] = " /_:,()";
    struct base_str lower = sensors_lora_lower(decoding, profile);
    for (size_t i = 0; i < lower.len;) {
        size_t end = i;
        while (end < lower.len && !strchr(breaks, lower.at[end])) {
            end++;
        }
        struct base_str word = {lower.at + i, end - i};
        if (has_digit(word) && !is_region(word)) {
            return word;
        }
        i = end + 1;
    }
    return (struct base_str){NULL, 0};
}

/* --- event --- */
struct sensors_event sensors_lora_event(struct sensors_decoding *decoding, struct base_str device,
                                        const struct sensors_lora_times *times)
{
    struct sensors_event event;
    sensors_decode_like(decoding, device, &event);
    sensors_time_repair(&event, times->time_us, SENSORS_NO_TIME);
    if (event.t_source == SENSORS_TIME_DEVICE) {
        event.t_source = times->source;
    }
    sensors_time_rescue(&event, times->other_us, times->other);
    event.t_gateway = times->gateway_us;
    return event;
}

struct sensors_lora_place sensors_lora_nowhere(void)
{
    return (struct sensors_lora_place){.lon = NAN, .lat = NAN, .alt_m = NAN, .acc_m = NAN};
}

struct sensors_lora_place sensors_lora_location(const struct base_json *location, enum sensors_position source)
{
    return (struct sensors_lora_place){.lon = sensors_decode_number(location, "longitude"),
                                       .lat = sensors_decode_number(location, "latitude"),
                                       .alt_m = sensors_decode_number(location, "altitude"),
                                       .acc_m = sensors_decode_number(location, "accuracy"),
                                       .source = source};
}

/* A place off the earth is left out, never the readings beside it; latitude and longitude the wrong way round are seen
 * only when the latitude is none. */
static void put_place(struct sensors_decoding *decoding, struct sensors_event *event, struct sensors_lora_place place)
{
    bool swapped = fabs(place.lat) > 90 && fabs(place.lat) <= 180 && fabs(place.lon) <= 90;
    double lon = swapped ? place.lat : place.lon, lat = swapped ? place.lon : place.lat;
    if (isnan(lon) || isnan(lat)) {
        return;
    }
    if (!(fabs(lat) <= 90) || !(fabs(lon) <= 180)) {
        event->flags |= SENSORS_FLAG_SENTINEL;
        return;
    }
    if (sensors_decode_position(decoding, event, lon, lat) || isnan(event->lon)) {
        return;
    }
    event->flags |= swapped ? SENSORS_FLAG_PARTIAL : 0;
    event->alt_m = sensors_decode_within(event, place.alt_m, -500, 20000);
    event->acc_m = place.acc_m > 0 ? sensors_decode_within(event, place.acc_m, 0, 100000) : NAN;
    event->pos_source = place.source;
}

enum base_err sensors_lora_single(struct sensors_decoding *decoding, const struct sensors_event *like,
                                  const struct sensors_identity *identity, const struct sensors_lora_place *place)
{
    struct sensors_event *event;
    enum base_err err = sensors_decode_add_like(decoding, like, identity, &event);
    if (!err && place) {
        put_place(decoding, event, *place);
    }
    return err;
}

/* --- uplink --- */
static struct sensors_event *first_of(struct sensors_decoding *decoding, enum sensors_kind kind)
{
    for (size_t i = 0; i < decoding->decoded.count; i++) {
        if (decoding->decoded.events[i].kind == kind) {
            return &decoding->decoded.events[i];
        }
    }
    return NULL;
}

/* How it was heard goes along with its position, else with what it measures, else with whatever there is. */
static void add_signal(struct sensors_decoding *decoding, const struct sensors_lora_uplink *uplink)
{
    struct sensors_event *event = first_of(decoding, SENSORS_KIND_POSITION);
    event = event ? event : first_of(decoding, SENSORS_KIND_MEASUREMENT);
    event = event ? event : decoding->decoded.events;
    sensors_event_measure(event, "rssi", sensors_decode_within(event, uplink->rssi, -200, 50), "dBm");
    sensors_event_measure(event, "snr", sensors_decode_within(event, uplink->snr, -100, 100), "dB");
}

static bool is_health(const struct sensors_reading *reading)
{
    return reading->quantity->diagnostic && reading->quantity->kind == SENSORS_KIND_MEASUREMENT;
}

/* Takes what tells how the device does out of the readings: it goes along with the position. */
static enum base_err add_position(struct sensors_decoding *decoding, const struct sensors_lora_uplink *uplink,
                                  const struct sensors_event *like, struct sensors_readings *readings)
{
    struct sensors_event event = *like;
    struct sensors_identity identity = uplink->identity;
    size_t kept = 0;
    identity.channel = base_str_of("position");
    event.kind = SENSORS_KIND_POSITION;
    for (size_t i = 0; i < readings->count; i++) {
        struct sensors_reading *reading = &readings->list[i];
        if (is_health(reading)) {
            sensors_event_measure(&event, reading->name, reading->value, reading->unit);
        } else {
            readings->list[kept++] = *reading;
        }
    }
    readings->count = kept;
    return sensors_lora_single(decoding, &event, &identity, NULL);
}

static enum base_err add_generic(struct sensors_decoding *decoding, const struct sensors_lora_uplink *uplink,
                                 const struct base_json *object, struct sensors_event *like, bool placed)
{
    struct sensors_readings readings = {.count = 0};
    enum base_err err = BASE_OK;
    bool partial;
    sensors_lora_object_readings(decoding, object, &readings, &partial);
    like->flags |= (partial ? SENSORS_FLAG_PARTIAL : 0) | (readings.sentinel ? SENSORS_FLAG_SENTINEL : 0);
    if (placed) {
        err = add_position(decoding, uplink, like, &readings);
    }
    return err ? err : sensors_readings_events(decoding, &readings, like, &uplink->identity);
}

/* placed: the object tells where the device is, by its own receiver. */
static enum base_err add_object(struct sensors_decoding *decoding, const struct sensors_lora_uplink *uplink,
                                const struct base_json *object, struct sensors_event *like, bool placed)
{
    struct sensors_readings none = {.count = 0};
    bool known = false;
    enum base_err err = sensors_mapping_inside(decoding, &uplink->inside, object, like, &uplink->identity, &known);
    if (!err && !known) {
        return add_generic(decoding, uplink, object, like, placed);
    }
    if (!err && placed && !first_of(decoding, SENSORS_KIND_POSITION)) {
        err = add_position(decoding, uplink, like, &none);
    }
    return err;
}

static enum base_err add_life(struct sensors_decoding *decoding, const struct sensors_lora_uplink *uplink,
                              const struct sensors_event *like, bool telemetry)
{
    struct sensors_event event = *like;
    event.kind = SENSORS_KIND_LIFECYCLE;
    event.flags |= telemetry ? SENSORS_FLAG_PARTIAL : 0;
    return sensors_lora_single(decoding, &event, &uplink->identity, NULL);
}

enum base_err sensors_lora_uplink(struct sensors_decoding *decoding, const struct sensors_lora_uplink *uplink,
                                  const struct sensors_event *like)
{
    AUTO(base_json) own = NULL;
    struct sensors_event event = *like;
    const struct base_json *object = uplink->object;
    enum base_err err = BASE_OK;
    bool telemetry = uplink->data.len && uplink->inside.f_port != 0;
    if (base_json_in_size(object) == 0 && telemetry &&
        sensors_lora_bytes_object(uplink->inside.model, uplink->data, uplink->inside.f_port, &own)) {
        object = own;
    }
    struct sensors_lora_place place = sensors_lora_object_place(object);
    put_place(decoding, &event, isnan(place.lon) ? uplink->place : place);
    bool placed = !isnan(place.lon) && (!isnan(event.lon) || (event.flags & SENSORS_FLAG_NULL_ISLAND));
    if (object) {
        err = add_object(decoding, uplink, object, &event, placed);
    }
    if (!err && decoding->decoded.count == 0) {
        err = add_life(decoding, uplink, &event, telemetry);
    }
    if (!err) {
        add_signal(decoding, uplink);
    }
    return err;
}
