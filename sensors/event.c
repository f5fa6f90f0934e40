/* The canonical event: its vocabulary, and its JSON form. */
#include "sensors/sensors.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define TEXT(name, text) #text,
static const char *const kinds[] = {SENSORS_KINDS(TEXT)};
static const char *const phases[] = {SENSORS_PHASES(TEXT)};
static const char *const times[] = {SENSORS_TIMES(TEXT)};
static const char *const positions[] = {SENSORS_POSITIONS(TEXT)};
static const char *const subjects[] = {SENSORS_SUBJECTS(TEXT)};
static const char *const flags[] = {SENSORS_FLAGS(TEXT)};

const char *sensors_kind_name(enum sensors_kind kind)
{
    return kinds[kind];
}

const char *sensors_phase_name(enum sensors_phase phase)
{
    return phases[phase];
}

const char *sensors_time_name(enum sensors_time time)
{
    return times[time];
}

const char *sensors_position_name(enum sensors_position position)
{
    return position == SENSORS_POSITION_NONE ? NULL : positions[position];
}

const char *sensors_subject_name(enum sensors_subject subject)
{
    return subject == SENSORS_SUBJECT_NONE ? NULL : subjects[subject];
}

bool sensors_subject_in(struct base_str name, enum sensors_subject *ret_subject)
{
    for (size_t i = SENSORS_SUBJECT_NONE + 1; i < BASE_COUNT(subjects); i++) {
        if (base_str_is(name, subjects[i])) {
            *ret_subject = (enum sensors_subject)i;
            return true;
        }
    }
    return false;
}

bool sensors_subject_personal(enum sensors_subject subject)
{
    switch (subject) {
    case SENSORS_SUBJECT_FLEET:
    case SENSORS_SUBJECT_OBJECT:
    case SENSORS_SUBJECT_UNIT:
        return false;
    case SENSORS_SUBJECT_NONE: /* whoever does not say what it is gets the stricter rule */
    case SENSORS_SUBJECT_GUARD:
    case SENSORS_SUBJECT_CLEANER:
    case SENSORS_SUBJECT_VEHICLE:
    case SENSORS_SUBJECT_PLATE:
    case SENSORS_SUBJECT_TAG:
    case SENSORS_SUBJECT_CARD:
        break;
    }
    return true;
}

void sensors_event_clear(struct sensors_event *event)
{
    memset(event, 0, offsetof(struct sensors_event, measures));
    event->t_event = event->t_gateway = event->t_recv = SENSORS_NO_TIME;
    event->lon = event->lat = NAN;
    event->alt_m = event->acc_m = event->speed_mps = event->course_deg = NAN;
    event->severity = SENSORS_NO_SEVERITY;
    event->confidence = NAN;
}

void sensors_event_copy(struct sensors_event *to, const struct sensors_event *from)
{
    memcpy(to, from, offsetof(struct sensors_event, measures) + from->measure_count * sizeof from->measures[0]);
}

struct sensors_event sensors_event_empty(void)
{
    struct sensors_event event;
    memset(&event, 0, sizeof event);
    sensors_event_clear(&event);
    return event;
}

/* A gate that says where it is says nothing of where a plate goes. */
static bool read_at_gate(const struct sensors_event *event)
{
    bool shown = event->subject_type == SENSORS_SUBJECT_PLATE || event->subject_type == SENSORS_SUBJECT_CARD;
    return shown && event->subject.len && event->kind != SENSORS_KIND_POSITION;
}

bool sensors_event_tracks(const struct sensors_event *event)
{
    bool carried = event->subject_type != SENSORS_SUBJECT_PLATE && event->subject_type != SENSORS_SUBJECT_CARD &&
                   event->subject_type != SENSORS_SUBJECT_TAG;
    return sensors_subject_personal(event->subject_type) && !read_at_gate(event) &&
           (carried || event->pos_source != SENSORS_POSITION_NONE);
}

double sensors_event_value(const struct sensors_event *event, const char *name)
{
    for (size_t i = 0; i < event->measure_count; i++) {
        if (strcmp(event->measures[i].name, name) == 0) {
            return event->measures[i].value;
        }
    }
    return NAN;
}

void sensors_event_measure(struct sensors_event *event, const char *name, double value, const char *unit)
{
    if (!isfinite(value) || event->measure_count == SENSORS_MEASURE_MAX || !isnan(sensors_event_value(event, name))) {
        return;
    }
    event->measures[event->measure_count++] = (struct sensors_measure){.name = name, .unit = unit, .value = value};
}

void sensors_event_measure_text(struct sensors_event *event, const char *name, struct base_str text)
{
    if (text.len == 0 || event->measure_count == SENSORS_MEASURE_MAX) {
        return;
    }
    event->measures[event->measure_count++] = (struct sensors_measure){.name = name, .value = NAN, .text = text};
}

static void measure_out(const struct sensors_measure *measure, struct base_json_out *out)
{
    base_json_out_object(out);
    base_json_out_key(out, "value");
    if (measure->text.len) {
        base_json_out_str(out, measure->text);
    } else {
        base_json_out_f64(out, measure->value, 6);
        base_json_out_key(out, "unit");
        base_json_out_text(out, measure->unit);
    }
    base_json_out_object_end(out);
}

void sensors_event_measures_out(const struct sensors_event *event, struct base_json_out *out)
{
    if (event->measure_count == 0) {
        return;
    }
    base_json_out_object(out);
    for (size_t i = 0; i < event->measure_count; i++) {
        base_json_out_key(out, event->measures[i].name);
        measure_out(&event->measures[i], out);
    }
    base_json_out_object_end(out);
}

static void text_out(struct base_json_out *out, const char *key, struct base_str text)
{
    if (text.len) {
        base_json_out_key(out, key);
        base_json_out_str(out, text);
    }
}

static void number_out(struct base_json_out *out, const char *key, double value, int decimals)
{
    if (isfinite(value)) {
        base_json_out_key(out, key);
        base_json_out_f64(out, value, decimals);
    }
}

static void time_out(struct base_json_out *out, const char *key, int64_t time_us)
{
    if (time_us != SENSORS_NO_TIME) {
        base_json_out_key(out, key);
        base_json_out_time(out, time_us);
    }
}

static void flags_out(struct base_json_out *out, uint32_t set)
{
    base_json_out_key(out, "flags");
    base_json_out_array(out);
    for (size_t i = 0; i < BASE_COUNT(flags); i++) {
        if (set & 1u << i) {
            base_json_out_text(out, flags[i]);
        }
    }
    base_json_out_array_end(out);
}

static void position_out(struct base_json_out *out, const struct sensors_event *event)
{
    number_out(out, "lon", event->lon, 7);
    number_out(out, "lat", event->lat, 7);
    number_out(out, "alt_m", event->alt_m, 2);
    number_out(out, "acc_m", event->acc_m, 2);
    number_out(out, "speed_mps", event->speed_mps, 3);
    number_out(out, "course_deg", event->course_deg, 2);
    text_out(out, "pos_source", base_str_of(sensors_position_name(event->pos_source)));
}

void sensors_event_out(const struct sensors_event *event, const struct sensors_event_label *label,
                       struct base_json_out *out)
{
    char dedup[BASE_ID_TEXT];
    base_json_out_object(out);
    text_out(out, "source", label->source);
    text_out(out, "device", label->device);
    text_out(out, "kind", base_str_of(sensors_kind_name(event->kind)));
    text_out(out, "phase", base_str_of(sensors_phase_name(event->phase)));
    text_out(out, "channel", event->channel);
    time_out(out, "t_event", event->t_event);
    time_out(out, "t_gateway", event->t_gateway);
    time_out(out, "t_recv", event->t_recv);
    text_out(out, "t_source", base_str_of(sensors_time_name(event->t_source)));
    position_out(out, event);
    text_out(out, "subject_type", base_str_of(sensors_subject_name(event->subject_type)));
    text_out(out, "subject", label->subject);
    if (event->measure_count) {
        base_json_out_key(out, "measures");
        sensors_event_measures_out(event, out);
    }
    if (event->severity != SENSORS_NO_SEVERITY) {
        base_json_out_key(out, "severity");
        base_json_out_i64(out, event->severity);
    }
    number_out(out, "confidence", event->confidence, 4);
    text_out(out, "native_id", event->native_id);
    text_out(out, "dedup", base_str_of(base_id_hex(event->dedup, dedup)));
    flags_out(out, event->flags);
    base_json_out_object_end(out);
}
