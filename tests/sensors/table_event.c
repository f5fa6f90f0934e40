/* One expected event beside one that was decoded: every member, in words a person can act on. */
#include "sensors/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 512 };
#define DEGREES 1e-6
#define SAME_US 2 /* from ns and from floats */

static void differs(struct base_buf *out, const char *member, const char *expected, const char *got)
{
    base_buf_printf(out, "    %s: expected %s, got %s\n", member, *expected ? expected : "none", *got ? got : "none");
}

static void texts(struct base_buf *out, const struct base_json *expected, const char *member, const char *got)
{
    const char *wanted = table_text(expected, member);
    if (strcmp(wanted, got ? got : "") != 0) {
        differs(out, member, wanted, got ? got : "");
    }
}

static void runs(struct base_buf *out, const struct base_json *expected, const char *member, struct base_str got)
{
    char text[TEXT_MAX];
    snprintf(text, sizeof text, "%.*s", (int)got.len, got.len ? got.at : "");
    texts(out, expected, member, text);
}

static bool near(double a, double b, double slack)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= slack;
}

static void number(struct base_buf *out, const char *member, double wanted, double got, double slack)
{
    if (!near(wanted, got, slack)) {
        base_buf_printf(out, "    %s: expected %.9g, got %.9g\n", member, wanted, got);
    }
}

static double member_number(const struct base_json *object, const char *member)
{
    double value;
    return base_json_in_f64(base_json_in_get(object, member), &value) ? value : NAN;
}

static void times(struct base_buf *out, const struct base_json *expected, const char *member, int64_t got)
{
    char text[BASE_TIME_TEXT] = "";
    const char *wanted = table_text(expected, member);
    int64_t time = SENSORS_NO_TIME;
    bool good = !*wanted || base_time_in(base_str_of(wanted), &time);
    if (good && (time == got || (time != SENSORS_NO_TIME && got != SENSORS_NO_TIME && llabs(time - got) <= SAME_US))) {
        return;
    }
    if (got != SENSORS_NO_TIME) {
        base_time_out(got, text);
    }
    differs(out, member, good ? wanted : "a time in the table", text);
}

static void flags(struct base_buf *out, const struct base_json *expected, uint32_t got)
{
#define FLAG_TEXT(name, text) #text,
    static const char *const names[] = {SENSORS_FLAGS(FLAG_TEXT)};
    const struct base_json *list = base_json_in_get(expected, "flags");
    uint32_t wanted = 0;
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        struct base_str flag = {NULL, 0};
        bool known = false;
        for (size_t bit = 0; bit < SENSORS_FLAG_COUNT && base_json_in_text(base_json_in_at(list, i), &flag); bit++) {
            known |= base_str_is(flag, names[bit]);
            wanted |= base_str_is(flag, names[bit]) ? 1u << bit : 0;
        }
        if (!known) {
            base_buf_printf(out, "    flags: the table has one that is none\n");
        }
    }
    for (size_t bit = 0; bit < SENSORS_FLAG_COUNT; bit++) {
        if (bit != SENSORS_FLAG_BIT_REDACTED && ((wanted ^ got) & 1u << bit)) {
            base_buf_printf(out, "    flags: %s %s\n", names[bit],
                            wanted & 1u << bit ? "is missing" : "was not expected");
        }
    }
}

static void one_measure(struct base_buf *out, const char *name, const struct base_json *wanted,
                        const struct sensors_measure *got)
{
    struct base_str text = {NULL, 0};
    const char *unit = table_text(wanted, "unit");
    if (base_json_in_text(base_json_in_get(wanted, "value"), &text)) {
        if (!base_str_equal(text, got->text)) {
            base_buf_printf(out, "    measures: %s expected \"%s\", got \"%.*s\"\n", name, text.at, (int)got->text.len,
                            got->text.len ? got->text.at : "");
        }
        return;
    }
    double value = member_number(wanted, "value");
    if (got->text.len || !near(value, got->value, 1e-6 * fmax(1, fabs(value))) || strcmp(unit, got->unit) != 0) {
        base_buf_printf(out, "    measures: %s expected %.9g %s, got %.9g %s\n", name, value, unit, got->value,
                        got->unit ? got->unit : "(text)");
    }
}

static bool diagnostic(const char *name)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(base_str_of(name));
    return quantity && quantity->diagnostic;
}

static void measures(struct base_buf *out, const struct base_json *expected, const struct sensors_event *event,
                     bool alike)
{
    const struct base_json *wanted = base_json_in_get(expected, "measures"), *value;
    struct base_str name;
    for (void *at = NULL; base_json_in_next(wanted, &at, &name, &value);) {
        size_t i = 0;
        while (i < event->measure_count && !base_str_is(name, event->measures[i].name)) {
            i++;
        }
        if (i == event->measure_count) {
            base_buf_printf(out, "    measures: %s is missing\n", name.at);
        } else {
            one_measure(out, name.at, value, &event->measures[i]);
        }
    }
    for (size_t i = 0; i < event->measure_count; i++) {
        const char *got = event->measures[i].name;
        if (!base_json_in_get(wanted, got) && !(alike && diagnostic(got))) {
            base_buf_printf(out, "    measures: %s (%.9g %s) was not expected\n", got, event->measures[i].value,
                            event->measures[i].unit ? event->measures[i].unit : "");
        }
    }
}

static void what_holds_anyway(struct base_buf *out, const struct base_json *expected, const struct sensors_event *event)
{
    texts(out, expected, "kind", sensors_kind_name(event->kind));
    texts(out, expected, "phase", sensors_phase_name(event->phase));
    number(out, "lon", member_number(expected, "lon"), event->lon, DEGREES);
    number(out, "lat", member_number(expected, "lat"), event->lat, DEGREES);
    number(out, "speed_mps", member_number(expected, "speed_mps"), event->speed_mps, 1e-6);
    double severity = member_number(expected, "severity");
    number(out, "severity", isnan(severity) ? SENSORS_NO_SEVERITY : severity, event->severity, 0);
}

static void the_rest(struct base_buf *out, const struct base_json *expected, const struct sensors_event *event,
                     struct base_str format)
{
    bool subject = false;
    char device[TEXT_MAX];
    struct base_str ns = event->ns.len ? event->ns : format;
    snprintf(device, sizeof device, "%.*s/%.*s", (int)ns.len, ns.at, (int)event->device.len,
             event->device.len ? event->device.at : "");
    texts(out, expected, "device", device);
    times(out, expected, "t_event", event->t_event);
    times(out, expected, "t_gateway", event->t_gateway);
    texts(out, expected, "t_source", sensors_time_name(event->t_source));
    texts(out, expected, "pos_source", sensors_position_name(event->pos_source));
    texts(out, expected, "subject_type", sensors_subject_name(event->subject_type));
    base_json_in_bool(base_json_in_get(expected, "has_subject"), &subject);
    if (subject != (event->subject.len > 0)) {
        base_buf_printf(out, "    has_subject: expected %s\n", subject ? "true" : "false");
    }
    number(out, "alt_m", member_number(expected, "alt_m"), event->alt_m, 1e-6);
    number(out, "acc_m", member_number(expected, "acc_m"), event->acc_m, 1e-6);
    number(out, "course_deg", member_number(expected, "course_deg"), event->course_deg, 1e-6);
    number(out, "confidence", member_number(expected, "confidence"), event->confidence, 1e-6);
    runs(out, expected, "channel", event->channel);
    runs(out, expected, "native_id", event->native_id);
    double lasts = member_number(expected, "lasts_s");
    if (!isnan(lasts)) {
        number(out, "lasts_s", lasts, (double)event->lasts_us / 1e6, 0);
    }
    flags(out, expected, event->flags);
}

void table_event(const struct base_json *expected, const struct sensors_event *event, struct base_str format,
                 bool alike, struct base_buf *ret_differences)
{
    what_holds_anyway(ret_differences, expected, event);
    measures(ret_differences, expected, event, alike);
    if (*table_text(expected, "subject")) {
        runs(ret_differences, expected, "subject", event->subject);
    }
    if (!alike) {
        the_rest(ret_differences, expected, event, format);
    }
}
