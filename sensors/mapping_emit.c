/* An event of a mapping as the file has it. */
#include "sensors/mapping.h"

#include <math.h>
#include <string.h>

static enum sensors_kind read_kind(struct mapping_load *load, const struct mapping_at *at)
{
    const char *names[SENSORS_KIND_LIFECYCLE + 2] = {NULL};
    for (int i = 0; i <= SENSORS_KIND_LIFECYCLE; i++) {
        names[i] = sensors_kind_name((enum sensors_kind)i);
    }
    if (!base_json_in_get(at->json, "kind")) {
        sensors_mapping_member_fail(load, at, "\"kind\" is missing");
    }
    return (enum sensors_kind)sensors_mapping_member_choice(load, at, "kind", names, SENSORS_KIND_MEASUREMENT);
}

static bool phase_name(const struct mapping_datum *datum)
{
    bool found = datum->type == MAPPING_NULL;
    for (int i = SENSORS_PHASE_PULSE; i <= SENSORS_PHASE_SNAPSHOT && datum->type == MAPPING_TEXT; i++) {
        found |= base_str_is(datum->text, sensors_phase_name((enum sensors_phase)i));
    }
    return found;
}

/* {"from": path, "true": "start", "false": "end"} is an enum by another name. */
static void yes_no_rows(struct mapping_load *load, const struct mapping_at *at, struct mapping_value *phase)
{
    static const char *const names[] = {"true", "false"};
    size_t count = 0;
    struct mapping_row *rows = sensors_mapping_member_room(load, 2, sizeof *rows);
    for (size_t i = 0; rows && i < BASE_COUNT(names); i++) {
        const struct mapping_at member = sensors_mapping_member_at(at, names[i]);
        if (member.json) {
            rows[count++] = (struct mapping_row){base_str_of(names[i]), sensors_mapping_member_datum(load, &member)};
        }
    }
    if (count && phase->row_count) {
        sensors_mapping_member_fail(load, at, "\"enum\", or \"true\" and \"false\": not both");
    } else if (count) {
        phase->rows = rows;
        phase->row_count = count;
    }
}

static void read_phase(struct mapping_load *load, const struct mapping_at *up, struct mapping_emit *emit)
{
    static const char *const wanted = "a phase: pulse start update end snapshot";
    const struct mapping_at at = sensors_mapping_member_at(up, "phase");
    struct base_str text;
    emit->phase.given = at.json != NULL;
    if (base_json_in_text(at.json, &text)) {
        emit->phase = (struct mapping_value){.given = true, .constant = sensors_mapping_member_datum(load, &at)};
        if (!phase_name(&emit->phase.constant)) {
            sensors_mapping_member_fail(load, &at, "\"%.*s\" is not %s", (int)text.len, text.at, wanted);
        }
        return;
    }
    emit->phase = sensors_mapping_value_load(load, &at, MAPPING_OF_PHASE, NULL, "a phase");
    if (!at.json || load->err) {
        return;
    }
    emit->change = sensors_mapping_member_bool(load, &at, "change");
    yes_no_rows(load, &at, &emit->phase);
    for (size_t i = 0; i < emit->phase.row_count && !load->err && !emit->change; i++) {
        if (!phase_name(&emit->phase.rows[i].meant)) {
            sensors_mapping_member_fail(load, &at, "\"%s\" does not become %s", emit->phase.rows[i].said.at, wanted);
        }
    }
}

static void read_device(struct mapping_load *load, const struct mapping_at *up, struct mapping_emit *emit)
{
    const struct mapping_at at = sensors_mapping_member_at(up, "device");
    if (!at.json && load->mapping->inside_count == 0) {
        sensors_mapping_member_fail(load, up,
                                    "\"device\" is missing: who sends it; {\"from\": \"source:\"} when only the "
                                    "broker's account tells");
    }
    emit->device = sensors_mapping_value_load(load, &at, MAPPING_OF_DEVICE, NULL, "a device");
    if (base_json_in_is_object(at.json)) {
        emit->ns = sensors_mapping_member_text(load, &at, "ns", false);
    }
}

static void read_subject(struct mapping_load *load, const struct mapping_at *up, struct mapping_emit *emit)
{
    const struct mapping_at at = sensors_mapping_member_at(up, "subject");
    if (!at.json || !sensors_mapping_member_check(load, &at, MAPPING_OF_SUBJECT)) {
        return;
    }
    struct base_str type = sensors_mapping_member_text(load, &at, "type", true);
    if (!load->err && !sensors_subject_in(type, &emit->subject_type)) {
        const struct mapping_at there = sensors_mapping_member_at(&at, "type");
        sensors_mapping_member_fail(load, &there,
                                    "\"%.*s\" is none of guard cleaner vehicle fleet plate tag card object unit",
                                    (int)type.len, type.at);
    }
    emit->about = true;
    if (base_json_in_size(at.json) > 1) { /* else a kind of subject without a name */
        emit->subject = sensors_mapping_value_load(load, &at, MAPPING_OF_SUBJECT, NULL, "a subject");
    }
}

static struct mapping_value member(struct mapping_load *load, const struct mapping_at *up, const char *key,
                                   const char *unit, const char *what)
{
    const struct mapping_at at = sensors_mapping_member_at(up, key);
    return sensors_mapping_value_load(load, &at, MAPPING_OF_VALUE, unit, what);
}

static void read_position(struct mapping_load *load, const struct mapping_at *at, struct mapping_emit *emit)
{
    const char *names[SENSORS_POSITION_NETWORK + 2] = {NULL};
    for (int i = 1; i <= SENSORS_POSITION_NETWORK; i++) {
        names[i - 1] = sensors_position_name((enum sensors_position)i);
    }
    emit->lon = member(load, at, "lon", "deg", "longitude");
    emit->lat = member(load, at, "lat", "deg", "latitude");
    emit->alt = member(load, at, "alt", "m", "altitude");
    emit->acc = member(load, at, "acc", "m", "accuracy");
    emit->speed = member(load, at, "speed", "m/s", "speed");
    emit->course = member(load, at, "course", "deg", "course");
    emit->pos_source = (enum sensors_position)(
        1 + sensors_mapping_member_choice(load, at, "pos_source", names, SENSORS_POSITION_GNSS - 1));
    if (!load->err && emit->lon.given != emit->lat.given) {
        sensors_mapping_member_fail(load, at, "lon and lat: both or none");
    } else if (!load->err && emit->kind == SENSORS_KIND_POSITION && !emit->lon.given &&
               !base_json_in_get(at->json, "flags")) {
        sensors_mapping_member_fail(load, at,
                                    "a position without lon and lat; when it is so, say \"flags\": "
                                    "[\"partial\"]");
    }
}

static void read_key(struct mapping_load *load, const struct mapping_at *up, struct mapping_emit *emit)
{
    static const struct {
        const char *name;
        enum mapping_key_part part;
    } parts[] = {
        {"subject", MAPPING_KEY_SUBJECT},   {"time", MAPPING_KEY_TIME},
        {"position", MAPPING_KEY_POSITION}, {"channel", MAPPING_KEY_CHANNEL},
        {"native_id", MAPPING_KEY_NATIVE},  {"device", MAPPING_KEY_CHANNEL}}; /* always part, as channels are */
    const struct mapping_at at = sensors_mapping_member_at(up, "key");
    size_t count = sensors_mapping_member_list(load, &at);
    struct mapping_key *keys = sensors_mapping_member_room(load, count, sizeof *keys);
    emit->keyed = at.json != NULL;
    for (size_t i = 0; keys && !load->err && i < count; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&at, i);
        struct base_str text = {NULL, 0};
        keys[i].part = MAPPING_KEY_PATH;
        base_json_in_text(item.json, &text);
        for (size_t j = 0; j < BASE_COUNT(parts); j++) {
            keys[i].part = base_str_is(text, parts[j].name) ? parts[j].part : keys[i].part;
        }
        if (keys[i].part == MAPPING_KEY_PATH) {
            keys[i].path = sensors_mapping_path_load(load, &item);
        }
    }
    emit->keys = keys;
    emit->key_count = keys ? count : 0;
}

static void read_flags(struct mapping_load *load, const struct mapping_at *up, struct mapping_emit *emit)
{
    static const char *const names[] = {"sentinel", "partial", "historical", "replay", NULL};
    static const uint32_t bits[] = {SENSORS_FLAG_SENTINEL, SENSORS_FLAG_PARTIAL, SENSORS_FLAG_HISTORICAL,
                                    SENSORS_FLAG_REPLAY};
    const struct mapping_at at = sensors_mapping_member_at(up, "flags");
    size_t count = sensors_mapping_member_list(load, &at);
    struct mapping_flag *flags = sensors_mapping_member_room(load, count, sizeof *flags);
    for (size_t i = 0; flags && !load->err && i < count; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&at, i);
        struct base_str text = {NULL, 0};
        if (!base_json_in_text(item.json, &text) && sensors_mapping_member_check(load, &item, MAPPING_OF_FLAG)) {
            text = sensors_mapping_member_text(load, &item, "flag", true);
            flags[i].whens = sensors_mapping_when_load(load, &item, "when");
        }
        for (size_t j = 0; names[j]; j++) {
            flags[i].flag |= base_str_is(text, names[j]) ? bits[j] : 0;
        }
        if (!flags[i].flag) {
            sensors_mapping_member_fail(load, &item, "\"%.*s\" is none of sentinel partial historical replay",
                                        (int)text.len, text.len ? text.at : "");
        }
    }
    emit->flags = flags;
    emit->flag_count = flags ? count : 0;
}

static void read_lasts(struct mapping_load *load, const struct mapping_at *up, struct mapping_emit *emit)
{
    struct base_str text = sensors_mapping_member_text(load, up, "lasts", false);
    const struct mapping_at at = sensors_mapping_member_at(up, "lasts");
    if (text.len && !base_time_span_in(text, &emit->lasts_us)) {
        sensors_mapping_member_fail(load, &at, "\"%.*s\" is no span such as 10min", (int)text.len, text.at);
    }
}

static void read_severity(struct mapping_load *load, const struct mapping_at *up, struct mapping_emit *emit)
{
    const struct mapping_at at = sensors_mapping_member_at(up, "severity");
    double number;
    if (!base_json_in_f64(at.json, &number)) {
        emit->severity = sensors_mapping_value_load(load, &at, MAPPING_OF_VALUE, NULL, "a severity");
        return;
    }
    emit->severity = (struct mapping_value){.given = true,
                                            .scale = 1,
                                            .least = -INFINITY,
                                            .most = INFINITY,
                                            .constant = sensors_mapping_member_datum(load, &at)};
    if (!(number >= 0 && number <= 4)) {
        sensors_mapping_member_fail(load, &at, "severities are 0 to 4 (danger to life)");
    }
}

void sensors_mapping_emit_load(struct mapping_load *load, const struct mapping_at *at, struct mapping_emit *ret_emit)
{
    struct mapping_emit *emit = ret_emit;
    if (!sensors_mapping_member_check(load, at, MAPPING_OF_EMIT)) {
        return;
    }
    emit->whens = sensors_mapping_when_load(load, at, "when");
    emit->kind = read_kind(load, at);
    read_phase(load, at, emit);
    read_device(load, at, emit);
    read_subject(load, at, emit);
    sensors_mapping_emit_time(load, at, &emit->time);
    read_position(load, at, emit);
    emit->channel = member(load, at, "channel", NULL, "a channel");
    read_severity(load, at, emit);
    emit->confidence = member(load, at, "confidence", NULL, "a confidence");
    emit->native_id = member(load, at, "native_id", NULL, "an id");
    read_flags(load, at, emit);
    read_lasts(load, at, emit);
    read_key(load, at, emit);
    emit->private = sensors_mapping_path_list(load, at, "private");
    sensors_mapping_emit_measures(load, at, emit);
}
