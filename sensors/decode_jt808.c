/* JT/T 808 (GB/T 35658): the terminals that vehicles in China must have. A gateway (EMQX) publishes what they send as
 * JSON on jt808/PHONE/up; raw frames are read by decode_jt808_frame.c, and both become events here. The phone number is
 * the SIM card's in the terminal and its id: no person's. Times are GMT+8, whatever zone the source has. */
#include "sensors/decode_jt808.h"
#include "sensors/decode_pass.h"

#include <math.h>
#include <string.h>

/* Messages, 2013 and 2019. */
enum {
    ID_HEARTBEAT = 0x0002,
    ID_DEREGISTER = 0x0003,
    ID_REGISTER = 0x0100,
    ID_AUTH = 0x0102,
    ID_LOCATION = 0x0200,
    ID_LOCATION_ANSWER = 0x0201,
    ID_BATCH = 0x0704,
};

/* Bits of status. */
enum { STATUS_ACC = 1 << 0, STATUS_FIX = 1 << 1, STATUS_SOUTH = 1 << 2, STATUS_WEST = 1 << 3 };

/* Bits of alarm (JT/T 808-2013, table 24) by what they mean; 2, 14 and 18 - a tired driver - are a person's state. */
#define ALARM_TIRED (1u << 2 | 1u << 14 | 1u << 18)
#define ALARM_FAULTS \
    (0x1ff0u | 1u << 24) /* receiver, antenna, power, display, voice, camera, card reader; speed sensor */
#define ALARM_AREA (1u << 20)
static const struct {
    uint32_t mask;
    enum sensors_vehicle_alarm alarm;
} alarms[] = {
    {1u << 0, SENSORS_VEHICLE_ALARM_SOS},
    {1u << 1, SENSORS_VEHICLE_ALARM_OVERSPEED},
    {1u << 3, SENSORS_VEHICLE_ALARM_DANGER},
    {ALARM_FAULTS, SENSORS_VEHICLE_ALARM_FAULT},
    {1u << 13, SENSORS_VEHICLE_ALARM_OVERSPEED_WARNING},
    {1u << 19, SENSORS_VEHICLE_ALARM_PARKING},
    {ALARM_AREA, SENSORS_VEHICLE_ALARM_GEOFENCE},
    {1u << 21 | 1u << 22 | 1u << 23, SENSORS_VEHICLE_ALARM_ROUTE},
    {1u << 25, SENSORS_VEHICLE_ALARM_FUEL},
    {1u << 26 | 1u << 27, SENSORS_VEHICLE_ALARM_THEFT},
    {1u << 28, SENSORS_VEHICLE_ALARM_MOVEMENT},
    {1u << 29 | 1u << 30, SENSORS_VEHICLE_ALARM_ACCIDENT},
    {1u << 31, SENSORS_VEHICLE_ALARM_DOOR},
};

static const char *const private_members[] = {"license_number", "driver_name", "certificate", "organization",
                                              "orgnization",    "id_card",     "multimedia"};

int64_t sensors_jt808_time(struct base_str digits)
{
    char text[32];
    int64_t time;
    if (digits.len != 12) {
        return SENSORS_NO_TIME;
    }
    const char *at = digits.at;
    int len = snprintf(text, sizeof text, "20%.2s-%.2s-%.2sT%.2s:%.2s:%.2s+08:00", at, at + 2, at + 4, at + 6, at + 8,
                       at + 10);
    return base_time_in((struct base_str){text, (size_t)len}, &time) ? time : SENSORS_NO_TIME;
}

static uint64_t alarm_bits(uint32_t alarm)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < BASE_COUNT(alarms); i++) {
        bits |= alarm & alarms[i].mask ? UINT64_C(1) << alarms[i].alarm : 0;
    }
    return bits;
}

static enum base_err place(struct sensors_decoding *decoding, const struct sensors_jt808_report *report,
                           struct sensors_event *event)
{
    double lat = report->lat / 1e6 * (report->status & STATUS_SOUTH ? -1 : 1);
    double lon = report->lon / 1e6 * (report->status & STATUS_WEST ? -1 : 1);
    bool fix = report->status & STATUS_FIX;
    enum base_err err = fix ? sensors_decode_position(decoding, event, lon, lat) : BASE_OK;
    event->kind = SENSORS_KIND_POSITION;
    event->phase = SENSORS_PHASE_PULSE;
    event->flags |= fix ? 0 : SENSORS_FLAG_PARTIAL;
    event->flags |= !fix && lat == 0 && lon == 0 ? SENSORS_FLAG_NULL_ISLAND : 0;
    if (!err && !isnan(event->lon)) {
        double alt = report->altitude > INT16_MAX ? report->altitude - 65536 : report->altitude; /* below the sea */
        event->alt_m = sensors_decode_within(event, alt, -500, 20000);
        event->speed_mps = sensors_decode_within(event, report->speed / 36, 0, 140);
        event->course_deg = sensors_decode_within(event, report->direction, 0, 360);
    }
    return err;
}

/* Into or out of an area that the platform drew; it takes the place of the alarm bit, which does not say which. */
static enum base_err area(struct sensors_decoding *decoding, const struct sensors_jt808_report *report,
                          const struct sensors_event *like, struct sensors_identity identity)
{
    struct sensors_event *event;
    char id[24];
    int len = snprintf(id, sizeof id, "%.0f", report->area_id);
    identity.region = sensors_decode_native(decoding, (struct base_str){id, (size_t)len});
    enum base_err err = sensors_decode_add_like(decoding, like, &identity, &event);
    if (!err) {
        event->measure_count = 0;
        event->kind = SENSORS_KIND_TRANSITION;
        event->phase = report->area_left != 0 ? SENSORS_PHASE_END : SENSORS_PHASE_START;
        event->native_id = identity.region;
    }
    return err;
}

enum base_err sensors_jt808_report(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                                   const struct sensors_jt808_report *report, uint32_t flags)
{
    struct sensors_event *event;
    char alarm[16];
    enum base_err err = sensors_decode_add(decoding, &event);
    err = err ? err : place(decoding, report, event);
    if (err) {
        return err;
    }
    bool partial = report->torn || report->time_us == SENSORS_NO_TIME;
    event->device = head->phone;
    event->flags |= flags | (partial ? SENSORS_FLAG_PARTIAL : 0);
    sensors_time_repair(event, report->time_us, SENSORS_NO_TIME);
    sensors_event_measure(event, "ignition", (report->status & STATUS_ACC) != 0, "1");
    sensors_event_measure(event, "odometer", sensors_decode_within(event, report->mileage * 100, 0, 1e11), "m");
    int len = snprintf(alarm, sizeof alarm, "%08x", (unsigned)report->alarm);
    const struct sensors_identity identity = {.type = "location",
                                              .time_us = report->time_us,
                                              .lon = report->lon / 1e6,
                                              .lat = report->lat / 1e6,
                                              .event = {alarm, (size_t)len}};
    event->dedup = sensors_decode_dedup(decoding, head->phone, &identity);
    const struct sensors_event like = *event;
    bool passed = !isnan(report->area_id) && !isnan(report->area_left);
    decoding->decoded.redacted += (report->alarm & ALARM_TIRED) != 0;
    err = passed ? area(decoding, report, &like, identity) : BASE_OK;
    uint64_t on = alarm_bits(passed ? report->alarm & ~ALARM_AREA : report->alarm);
    return err ? err : sensors_vehicle_alarms(decoding, &like, &identity, on, true);
}

/* Comes, lives or goes; anything else is no event. */
enum base_err sensors_jt808_other(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                                  unsigned redacted)
{
    struct sensors_event *event;
    char said[24];
    bool gone = head->id == ID_DEREGISTER;
    decoding->decoded.redacted += redacted;
    if (!gone && head->id != ID_HEARTBEAT && head->id != ID_REGISTER && head->id != ID_AUTH) {
        return BASE_OK;
    }
    enum sensors_phase phase = sensors_decode_change(decoding, head->phone, base_str_of("online"), !gone);
    phase = head->id == ID_AUTH ? SENSORS_PHASE_START : gone ? SENSORS_PHASE_END : phase;
    enum base_err err = sensors_decode_add(decoding, &event);
    if (err) {
        return err;
    }
    event->device = head->phone;
    event->kind = SENSORS_KIND_LIFECYCLE;
    event->phase = head->id == ID_REGISTER ? SENSORS_PHASE_PULSE : phase;
    sensors_time_repair(event, SENSORS_NO_TIME, SENSORS_NO_TIME);
    int len = snprintf(said, sizeof said, "%04x %u", (unsigned)head->id, (unsigned)head->serial);
    const struct sensors_identity identity = {
        .type = "life", .time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN, .event = {said, (size_t)len}};
    event->dedup = sensors_decode_dedup(decoding, head->phone, &identity);
    return BASE_OK;
}

/* --- a gateway's JSON --- */
static bool u32_of(const struct base_json *object, const char *key, uint32_t *ret_number)
{
    int64_t number;
    bool good = base_json_in_i64(base_json_in_get(object, key), &number) && number >= 0 && number <= UINT32_MAX;
    *ret_number = good ? (uint32_t)number : 0;
    return good;
}

static enum base_err location(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                              const struct base_json *json, uint32_t flags)
{
    struct sensors_jt808_report report = {0};
    const struct base_json *extra = base_json_in_get(json, "extra");
    const struct base_json *passed = base_json_in_get(extra, "in_out_alarm");
    report.lat = sensors_decode_number(json, "latitude");
    report.lon = sensors_decode_number(json, "longitude");
    bool good = u32_of(json, "alarm", &report.alarm) && u32_of(json, "status", &report.status);
    if (!good || isnan(report.lat) || isnan(report.lon)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD,
                                   "a location needs numbers for alarm, status, latitude and longitude");
    }
    report.altitude = sensors_decode_number(json, "altitude");
    report.speed = sensors_decode_number(json, "speed");
    report.direction = sensors_decode_number(json, "direction");
    report.time_us = sensors_jt808_time(sensors_decode_text(json, "time"));
    report.mileage = sensors_decode_number(extra, "mileage");
    report.area_id = sensors_decode_number(passed, "id");
    report.area_left = sensors_decode_number(passed, "direction");
    return sensors_jt808_report(decoding, head, &report, flags);
}

static enum base_err batch(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                           const struct base_json *body)
{
    const struct base_json *list = base_json_in_get(body, "location");
    if (!base_json_in_is_array(list) || base_json_in_size(list) == 0) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "a batch needs a list \"location\"");
    }
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < base_json_in_size(list) && !err; i++) {
        err = location(decoding, head, base_json_in_at(list, i), SENSORS_FLAG_HISTORICAL);
    }
    return err;
}

static enum base_err json_message(struct sensors_decoding *decoding, const struct base_json *json)
{
    const struct base_json *header = base_json_in_get(json, "header"), *body = base_json_in_get(json, "body");
    struct sensors_jt808_head head;
    uint32_t encrypt;
    head.phone = sensors_decode_id(decoding, header, "phone");
    if (!u32_of(header, "msg_id", &head.id) || head.phone.len == 0) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD,
                                   "header.msg_id is no number, or header.phone is missing");
    }
    if (u32_of(header, "encrypt", &encrypt) && encrypt) {
        return sensors_decode_fail(decoding, SENSORS_REASON_ENCRYPTED, "the terminal encrypts; the gateway has no key");
    }
    if (!u32_of(header, "msg_sn", &head.serial)) {
        head.serial = 0; /* only tells one heartbeat from the next */
    }
    switch (head.id) {
    case ID_LOCATION:
        return location(decoding, &head, body, 0);
    case ID_LOCATION_ANSWER:
        return location(decoding, &head, base_json_in_get(body, "params"), 0);
    case ID_BATCH:
        return batch(decoding, &head, body);
    default:
        return sensors_jt808_other(decoding, &head,
                                   sensors_decode_count(body, private_members, BASE_COUNT(private_members)));
    }
}

static bool downward(struct base_str topic)
{
    struct base_str level = {NULL, 0};
    while (base_str_next(&topic, '/', &level)) {
    }
    return base_str_is(level, "dn");
}

enum base_err sensors_decode_jt808(struct sensors_decoding *decoding)
{
    const struct sensors_message *message = decoding->message;
    AUTO(base_json) json = NULL;
    enum base_err err;
    if (downward(message->topic)) {
        return sensors_decode_ignore(decoding, 0); /* what the platform tells a terminal */
    }
    if (message->payload.len && message->payload.at[0] == 0x7e) {
        err = sensors_jt808_frames(decoding);
    } else {
        err = sensors_decode_json(decoding, &json);
        err = err ? err : json_message(decoding, json);
    }
    if (!err) {
        unsigned redacted = decoding->decoded.redacted;
        decoding->decoded.redacted = 0;
        decoding->decoded.ignored = decoding->decoded.count == 0;
        sensors_decode_redact(decoding, redacted);
    }
    return err;
}
