/* Times and measures of an event, as a mapping file has them. */
#include "sensors/mapping.h"

#include <math.h>
#include <string.h>

/* "+08:00", "-03:30". */
static bool offset_in(struct base_str text, int64_t *ret_us)
{
    int64_t hours, minutes;
    bool shape = text.len == 6 && (text.at[0] == '+' || text.at[0] == '-') && text.at[3] == ':';
    if (!shape || !base_str_i64((struct base_str){text.at + 1, 2}, &hours) ||
        !base_str_i64((struct base_str){text.at + 4, 2}, &minutes) || hours < 0 || hours > 14 || minutes < 0 ||
        minutes > 59) {
        return false;
    }
    *ret_us = (hours * 3600 + minutes * 60) * INT64_C(1000000) * (text.at[0] == '-' ? -1 : 1);
    return true;
}

static void read_zone(struct mapping_load *load, const struct mapping_at *up, struct mapping_time *time)
{
    struct base_str text = sensors_mapping_member_text(load, up, "tz", false);
    const struct mapping_at at = sensors_mapping_member_at(up, "tz");
    struct sensors_mapping *mapping = load->mapping;
    struct base_diag why = {.text = ""};
    if (!text.len || base_str_is(text, "site")) {
        return;
    }
    time->fixed = true;
    if (base_str_is(text, "UTC") || offset_in(text, &time->offset_us)) {
        return;
    }
    if (mapping->zone_count == MAPPING_ZONES_MAX) {
        sensors_mapping_member_fail(load, &at, "more than %d zones in one file", MAPPING_ZONES_MAX);
    } else if (sensors_zone_open(text.at, &why, &mapping->zones[mapping->zone_count])) {
        sensors_mapping_member_fail(load, &at, "%s; site, UTC, +08:00 and Asia/Shanghai are such", why.text);
    } else {
        time->zone = mapping->zones[mapping->zone_count++];
    }
}

void sensors_mapping_emit_time(struct mapping_load *load, const struct mapping_at *up, struct mapping_time *ret_time)
{
    static const char *const ways[] = {"auto",    "iso",      "iso-naive", "basic-iso", "epoch",
                                       "epoch-s", "epoch-ms", "epoch-us",  NULL};
    static const enum mapping_as as[] = {MAPPING_AS_AUTO,      MAPPING_AS_ISO,     MAPPING_AS_ISO,
                                         MAPPING_AS_BASIC_ISO, MAPPING_AS_EPOCH,   MAPPING_AS_EPOCH_S,
                                         MAPPING_AS_EPOCH_MS,  MAPPING_AS_EPOCH_US};
    static const char *const elses[] = {"received", "refuse", NULL};
    static const char *const sources[] = {"device", "gateway", "server", NULL};
    const struct mapping_at at = sensors_mapping_member_at(up, "time");
    ret_time->value = sensors_mapping_value_load(load, &at, MAPPING_OF_TIME, NULL, "a time");
    if (!base_json_in_is_object(at.json) || load->err) {
        return;
    }
    ret_time->as = as[sensors_mapping_member_choice(load, &at, "as", ways, 0)];
    ret_time->refuse = sensors_mapping_member_choice(load, &at, "else", elses, 0) == 1;
    ret_time->source = (enum sensors_time)sensors_mapping_member_choice(load, &at, "source", sources, 0);
    read_zone(load, &at, ret_time);
}

static void read_measure(struct mapping_load *load, const struct mapping_at *at, struct mapping_measure *measure)
{
    const struct mapping_at name = sensors_mapping_member_at(at, "name");
    struct base_str number;
    if (!sensors_mapping_member_check(load, at, MAPPING_OF_MEASURE)) {
        return;
    }
    if (base_json_in_is_object(name.json)) {
        measure->named = sensors_mapping_value_load(load, &name, MAPPING_OF_VALUE, NULL, "a name");
    } else {
        struct base_str text = sensors_mapping_member_text(load, at, "name", true);
        if (text.len > MAPPING_NAME_MAX) {
            sensors_mapping_member_fail(load, &name, "a name of more than %d bytes", MAPPING_NAME_MAX);
        }
        measure->name = text.at;
        measure->quantity = load->err ? NULL : sensors_mapping_reading_quantity(text, &number);
    }
    measure->text = sensors_mapping_member_bool(load, at, "text");
    measure->value =
        sensors_mapping_value_load(load, at, MAPPING_OF_MEASURE, measure->quantity ? measure->quantity->unit : "",
                                   measure->name ? measure->name : "it");
}

static void read_all(struct mapping_load *load, const struct mapping_at *up, struct mapping_all *all)
{
    static const char *const strings[] = {"numeric", "numeric-or-text", "drop", NULL};
    const struct mapping_at at = sensors_mapping_member_at(up, "measure_all");
    if (!at.json || !sensors_mapping_member_check(load, &at, MAPPING_OF_MEASURE_ALL)) {
        return;
    }
    const struct mapping_at except = sensors_mapping_member_at(&at, "except");
    size_t count = sensors_mapping_member_list(load, &except);
    struct base_str *names = sensors_mapping_member_room(load, count, sizeof *names);
    for (size_t i = 0; names && i < count; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&except, i);
        names[i] = sensors_mapping_member_datum(load, &item).text;
    }
    all->given = true;
    all->path = sensors_mapping_path_member(load, &at, "from");
    all->strings = (enum mapping_strings)sensors_mapping_member_choice(load, &at, "strings", strings, 0);
    all->known = sensors_mapping_member_bool(load, &at, "known");
    all->except = names;
    all->except_count = names ? count : 0;
}

void sensors_mapping_emit_measures(struct mapping_load *load, const struct mapping_at *up, struct mapping_emit *emit)
{
    const struct mapping_at at = sensors_mapping_member_at(up, "measure");
    size_t count = sensors_mapping_member_list(load, &at);
    struct mapping_measure *measures = sensors_mapping_member_room(load, count, sizeof *measures);
    for (size_t i = 0; measures && i < count; i++) {
        const struct mapping_at item = sensors_mapping_member_item(&at, i);
        read_measure(load, &item, &measures[i]);
    }
    emit->measures = measures;
    emit->measure_count = measures ? count : 0;
    read_all(load, up, &emit->all);
    if (!load->err && emit->kind == SENSORS_KIND_MEASUREMENT && !emit->measure_count && !emit->all.given) {
        sensors_mapping_member_fail(load, up, "a measurement without \"measure\" or \"measure_all\"");
    }
}
