/* One emit of a mapping in one context: who, whom, when, where, what. */
#include "sensors/mapping.h"

#include <math.h>
#include <string.h>

struct making {
    struct mapping_run *run;
    const struct mapping_emit *emit;
    struct sensors_event event;
    struct sensors_identity identity;
    struct base_str phase; /* as the message says it */
    bool change, on;       /* the phase depends on what was said before */
};

static struct base_str text_of(struct making *making, const struct mapping_value *value)
{
    bool dropped = false;
    const struct mapping_datum datum = sensors_mapping_read_value(making->run, value, &dropped);
    making->event.flags |= dropped ? SENSORS_FLAG_SENTINEL : 0;
    return sensors_mapping_read_text(making->run->decoding, &datum);
}

/* NAN when it is not there or means nothing. */
static double number_of(struct making *making, const struct mapping_value *value, const char *unit)
{
    bool dropped = false;
    if (!value->given) {
        return NAN;
    }
    const struct mapping_datum datum = sensors_mapping_read_value(making->run, value, &dropped);
    making->event.flags |= dropped ? SENSORS_FLAG_SENTINEL : 0;
    double number = sensors_mapping_read_number(&datum);
    return unit ? sensors_unit_convert(number, value->unit, unit) : number;
}

/* An event that holds what all of this message's hold. */
static void begin(struct making *making)
{
    if (making->run->like) {
        making->event = *making->run->like;
        making->identity = *making->run->identity;
        return;
    }
    sensors_decode_like(making->run->decoding, (struct base_str){NULL, 0}, &making->event);
    making->identity = (struct sensors_identity){.time_us = SENSORS_NO_TIME, .lon = NAN, .lat = NAN};
}

/* False: the message says something that is no phase, so this emit is not meant. */
static bool read_phase(struct making *making)
{
    const struct mapping_emit *emit = making->emit;
    bool dropped = false;
    if (!emit->phase.given) {
        return true;
    }
    const struct mapping_datum datum = sensors_mapping_read_value(making->run, &emit->phase, &dropped);
    double yes = sensors_mapping_read_yes_no(&datum);
    making->phase = sensors_mapping_read_text(making->run->decoding, &datum);
    making->change = emit->change;
    if (emit->change && (base_str_is(making->phase, "start") || base_str_is(making->phase, "end"))) {
        yes = base_str_is(making->phase, "start"); /* an enum of phases, and what it was before counts */
    }
    making->on = yes == 1;
    if (!isnan(yes)) {
        making->event.phase = yes == 1 ? SENSORS_PHASE_START : SENSORS_PHASE_END;
        making->phase = base_str_of(yes == 1 ? "on" : "off");
        return true;
    }
    for (int i = SENSORS_PHASE_PULSE; i <= SENSORS_PHASE_SNAPSHOT && !emit->change; i++) {
        if (base_str_is(making->phase, sensors_phase_name((enum sensors_phase)i))) {
            making->event.phase = (enum sensors_phase)i;
            return true;
        }
    }
    return false;
}

static enum base_err read_who(struct making *making)
{
    const struct mapping_emit *emit = making->emit;
    struct sensors_decoding *decoding = making->run->decoding;
    struct sensors_event *event = &making->event;
    if (emit->device.given) {
        event->device = sensors_decode_keep(decoding, text_of(making, &emit->device));
    }
    if (!event->device.len) {
        return sensors_decode_fail(decoding, SENSORS_REASON_FIELD, "emit %zu: the device's id is missing",
                                   emit->number);
    }
    event->ns = emit->ns.len ? emit->ns : event->ns;
    if (!emit->about) {
        return BASE_OK;
    }
    struct base_str subject = emit->subject.given ? text_of(making, &emit->subject) : (struct base_str){NULL, 0};
    if (subject.len) {
        sensors_decode_subject(decoding, event, emit->subject_type, subject);
    } else if (emit->subject.given) {
        event->subject_type = SENSORS_SUBJECT_OBJECT; /* somebody was there, nobody knows who */
        event->flags |= SENSORS_FLAG_SENTINEL;
    } else if (decoding->message->subject == SENSORS_SUBJECT_NONE) {
        event->subject_type = emit->subject_type;
    }
    return BASE_OK;
}

static enum base_err read_when(struct making *making)
{
    const struct mapping_time *time = &making->emit->time;
    struct sensors_event *event = &making->event;
    if (!time->value.given && making->run->like) {
        return BASE_OK; /* the envelope's */
    }
    int64_t time_us = time->value.given ? sensors_mapping_time(making->run, time) : SENSORS_NO_TIME;
    if (time_us == SENSORS_NO_TIME && time->refuse) {
        return sensors_decode_fail(making->run->decoding, SENSORS_REASON_FIELD, "emit %zu: the time is missing",
                                   making->emit->number);
    }
    if (time_us == SENSORS_NO_TIME && making->run->like) {
        return BASE_OK;
    }
    making->identity.time_us = time_us;
    sensors_time_repair(event, time_us, SENSORS_NO_TIME);
    if (event->t_source == SENSORS_TIME_DEVICE) {
        event->t_source = time->source;
    }
    return BASE_OK;
}

static enum base_err read_where(struct making *making)
{
    const struct mapping_emit *emit = making->emit;
    struct sensors_event *event = &making->event;
    uint32_t before = event->flags;
    if (!emit->lon.given) {
        bool heard = emit->pos_source == SENSORS_POSITION_BEACON; /* where it is, is where it was heard */
        event->pos_source = heard ? emit->pos_source : event->pos_source;
        return BASE_OK;
    }
    event->flags &= ~(uint32_t)SENSORS_FLAG_SENTINEL;
    double lon = number_of(making, &emit->lon, "deg"), lat = number_of(making, &emit->lat, "deg");
    bool sentinel = (event->flags & SENSORS_FLAG_SENTINEL) != 0;
    event->flags |= before;
    if (isnan(lon) || isnan(lat)) {
        if (emit->kind != SENSORS_KIND_POSITION) {
            return BASE_OK;
        }
        event->flags |= SENSORS_FLAG_PARTIAL;
        return sentinel ? BASE_OK
                        : sensors_decode_fail(making->run->decoding, SENSORS_REASON_FIELD,
                                              "emit %zu: lon or lat is missing or no number", emit->number);
    }
    making->identity.lon = lon;
    making->identity.lat = lat;
    enum base_err err = sensors_decode_position(making->run->decoding, event, lon, lat);
    if (!err && !isnan(event->lon)) {
        event->pos_source = emit->pos_source;
    }
    event->alt_m = sensors_decode_within(event, number_of(making, &emit->alt, "m"), -500, 20000);
    event->acc_m = sensors_decode_within(event, number_of(making, &emit->acc, "m"), 0, 1e6);
    event->speed_mps = sensors_decode_within(event, number_of(making, &emit->speed, "m/s"), 0, 340);
    event->course_deg = sensors_decode_within(event, number_of(making, &emit->course, "deg"), 0, 360);
    if (isnan(event->lon)) { /* nothing was measured */
        event->alt_m = event->acc_m = event->speed_mps = event->course_deg = NAN;
    }
    return err;
}

static void read_confidence(struct making *making)
{
    struct sensors_event *event = &making->event;
    if (making->emit->confidence.given) {
        double confidence = sensors_decode_within(event, number_of(making, &making->emit->confidence, NULL), 0, 100);
        event->confidence = confidence > 1 ? confidence / 100 : confidence;
    }
}

/* Alarms that the mapping does not weigh are as bad as their channel's quantity says. */
static void read_severity(struct making *making)
{
    struct sensors_event *event = &making->event;
    const struct sensors_quantity *quantity = sensors_quantity_find(event->channel);
    bool begins = event->phase == SENSORS_PHASE_START || event->phase == SENSORS_PHASE_UPDATE ||
                  event->phase == SENSORS_PHASE_PULSE;
    double severity = sensors_decode_within(event, number_of(making, &making->emit->severity, NULL), 0, 4);
    if (event->kind == SENSORS_KIND_ALARM && begins) {
        event->severity = !isnan(severity) ? (int)lround(severity)
                          : quantity       ? quantity->severity
                                           : SENSORS_NO_SEVERITY;
    }
}

static void read_rest(struct making *making)
{
    const struct mapping_emit *emit = making->emit;
    struct sensors_event *event = &making->event;
    struct sensors_decoding *decoding = making->run->decoding;
    for (size_t i = 0; i < emit->flag_count; i++) {
        event->flags |= sensors_mapping_test(making->run, &emit->flags[i].whens) ? emit->flags[i].flag : 0;
    }
    if (emit->channel.given) {
        event->channel = sensors_decode_native(decoding, text_of(making, &emit->channel));
    }
    if (emit->native_id.given) {
        event->native_id = sensors_decode_native(decoding, text_of(making, &emit->native_id));
    }
    if (making->change && emit->kind != SENSORS_KIND_MEASUREMENT) {
        event->phase = sensors_decode_change(decoding, event->device, event->channel, making->on);
    }
    event->lasts_us = event->phase == SENSORS_PHASE_START || event->phase == SENSORS_PHASE_UPDATE ? emit->lasts_us : 0;
    read_confidence(making);
    read_severity(making);
    for (size_t i = 0; i < emit->private.count; i++) {
        making->run->redacted += sensors_mapping_read_private(making->run, &emit->private.list[i]);
    }
}

static enum base_err finish(struct making *making)
{
    const struct mapping_emit *emit = making->emit;
    struct sensors_decoding *decoding = making->run->decoding;
    struct sensors_event *event;
    bool reading = emit->kind == SENSORS_KIND_MEASUREMENT, inside = making->run->like != NULL;
    if (!reading) {
        sensors_mapping_reading_measures(making->run, emit, &making->event);
    }
    if (inside && !reading) {
        sensors_mapping_key_inside(making->run, &making->identity);
        making->identity.channel = making->event.channel;
    } else if (!inside) {
        sensors_mapping_key(making->run, emit, &making->event, making->phase, &making->identity);
    }
    if (reading) {
        return sensors_mapping_reading_add(making->run, emit, &making->event, &making->identity, inside || emit->keyed);
    }
    return sensors_decode_add_like(decoding, &making->event, &making->identity, &event);
}

enum base_err sensors_mapping_event(struct mapping_run *run, const struct mapping_emit *emit)
{
    struct making making = {.run = run, .emit = emit};
    begin(&making);
    if (!sensors_mapping_test(run, &emit->whens) || !read_phase(&making)) {
        run->unheld = true;
        return BASE_OK;
    }
    run->held = true;
    making.event.kind = emit->kind;
    enum base_err err = read_who(&making);
    if (!err) {
        err = read_when(&making);
    }
    if (!err) {
        err = read_where(&making);
    }
    if (err) {
        return err;
    }
    read_rest(&making);
    return finish(&making);
}
