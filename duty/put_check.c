/* A duty as people write it: what can be told to be wrong without asking anybody. */
#include "duty/put.h"

#include <stddef.h>
#include <string.h>

enum { KEY_MAX = 100, NAME_MAX_BYTES = 300, FILTER_MAX = 4000 };

/* Which proofs a kind of place can have. */
static const struct {
    const char *kind, *proofs;
} fits[] = {
    {"building", "pass, checkin"},
    {"entrance", "checkin"},
    {"checkpoint", "pass, checkin"},
    {"route", "round"},
    {"zone", "pass, area"},
    {"facility", "checkin"},
    {"camera", "online"},
    {"bin", "fill"},
};

/* As the columns of `duty` (0023_duty.sql) have it. */
static const struct number {
    const char *name;
    size_t at; /* in the spec */
    bool whole, above_least;
    double least, most, standard;
} numbers[DUTY_PUT_NUMBERS] = {
    [DUTY_PUT_COUNT] = {"count", offsetof(struct duty_spec, count), true, false, 1, 1000, 1},
    [DUTY_PUT_UNITS] = {"units", offsetof(struct duty_spec, units), true, false, 1, 100, 1},
    [DUTY_PUT_RADIUS] = {"radius_m", offsetof(struct duty_spec, radius_m), false, false, 0, 100, 15},
    [DUTY_PUT_ACCURACY] = {"accuracy_m", offsetof(struct duty_spec, accuracy_m), false, false, 1, 100, 30},
    [DUTY_PUT_DWELL] = {"dwell_s", offsetof(struct duty_spec, dwell_s), true, false, 0, 86400, 0},
    [DUTY_PUT_FRACTION] = {"fraction", offsetof(struct duty_spec, fraction), false, true, 0, 1, 1},
    [DUTY_PUT_FILL] = {"fill_percent", offsetof(struct duty_spec, fill_percent), false, false, 0, 100, 80},
    [DUTY_PUT_ALLOW] = {"allow_s", offsetof(struct duty_spec, allow_s), true, false, 0, 86400, 0},
    [DUTY_PUT_GRACE] = {"grace_s", offsetof(struct duty_spec, grace_s), true, false, 120, 604800, 600},
};

static bool one_of(const char *list, const char *word)
{
    struct base_str rest = base_str_of(list), part;
    while (base_str_next(&rest, ',', &part)) {
        if (base_str_is(base_str_trim(part), word)) {
            return true;
        }
    }
    return false;
}

const char *duty_put_misfit(const char *proof, const char *subject_kind)
{
    for (size_t i = 0; i < BASE_COUNT(fits); i++) {
        if (strcmp(fits[i].kind, subject_kind) == 0) {
            return one_of(fits[i].proofs, proof) ? NULL : fits[i].proofs;
        }
    }
    return "none";
}

static const char *said(const char *text)
{
    return text && *text ? text : NULL;
}

/* UTF-8 without control characters, of up to max bytes. */
static enum base_err check_text(const char *name, const char *text, size_t max, bool needed, struct base_diag *diag)
{
    struct base_str str = base_str_of(text);
    if (!text) {
        return needed ? base_diag_set(diag, BASE_INVALID, "%s is missing", name) : BASE_OK;
    }
    if (str.len > max) {
        return base_diag_set(diag, BASE_INVALID, "%s: %zu bytes; it may have up to %zu", name, str.len, max);
    }
    for (size_t i = 0; i < str.len; i++) {
        if ((unsigned char)str.at[i] < 0x20 || str.at[i] == 0x7F) {
            return base_diag_set(diag, BASE_INVALID, "%s: there is a control character in it", name);
        }
    }
    return base_str_utf8(str) ? BASE_OK : base_diag_set(diag, BASE_INVALID, "%s: not UTF-8", name);
}

static enum base_err check_texts(const struct duty_put_wish *wish, struct base_diag *diag)
{
    const struct {
        const char *name, *text;
        size_t max;
        bool needed;
    } texts[] = {
        {"key", wish->key, KEY_MAX, true},
        {"name", wish->name, NAME_MAX_BYTES, true},
        {"name_en", wish->name_en, NAME_MAX_BYTES, false},
        {"organisation", wish->organisation, NAME_MAX_BYTES, false},
        {"contract", wish->contract, NAME_MAX_BYTES, false},
        {"campaign", wish->campaign, NAME_MAX_BYTES, false},
        {"subject_kind", wish->subject_kind, NAME_MAX_BYTES, true},
        {"subject_filter", wish->subject_filter, FILTER_MAX, false},
        {"schedule", wish->schedule, NAME_MAX_BYTES * 4, true},
        {"calendar", wish->calendar, NAME_MAX_BYTES, false},
        {"proof", wish->proof, NAME_MAX_BYTES, true},
        {"form", wish->form, NAME_MAX_BYTES, false},
    };
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(texts) && !err; i++) {
        err = check_text(texts[i].name, texts[i].text, texts[i].max, texts[i].needed, diag);
    }
    return err;
}

static enum base_err check_words(const struct duty_put_wish *wish, struct base_diag *diag)
{
    static const char kinds[] = "building, entrance, checkpoint, route, zone, facility, camera, bin";
    static const char proofs[] = "pass, checkin, round, area, fill, online";
    if (!one_of(kinds, wish->subject_kind)) {
        return base_diag_set(diag, BASE_INVALID, "subject_kind \"%.40s\" is none of %s", wish->subject_kind, kinds);
    }
    if (!one_of(proofs, wish->proof)) {
        return base_diag_set(diag, BASE_INVALID, "proof \"%.40s\" is none of %s", wish->proof, proofs);
    }
    const char *fitting = duty_put_misfit(wish->proof, wish->subject_kind);
    if (fitting) {
        return base_diag_set(diag, BASE_INVALID, "proof \"%s\" does not fit subject_kind %s; what fits: %s",
                             wish->proof, wish->subject_kind, fitting);
    }
    if (!one_of("all, work, rest", wish->days)) {
        return base_diag_set(diag, BASE_INVALID, "days \"%.40s\" is none of all, work, rest", wish->days);
    }
    return BASE_OK;
}

static enum base_err check_subject(const struct duty_spec *spec, struct base_diag *diag, struct duty_put_wish *wish)
{
    const char *id = said(spec->subject_id);
    if (id && (!base_str_i64(base_str_of(id), &wish->subject_id) || wish->subject_id <= 0)) {
        return base_diag_set(diag, BASE_INVALID, "subject_id \"%.40s\": the id of one %s, a number above 0", id,
                             wish->subject_kind);
    }
    if (id && wish->subject_filter) {
        return base_diag_set(diag, BASE_INVALID,
                             "subject_id names one place and subject_filter a class of them: give one");
    }
    return BASE_OK;
}

static enum base_err check_numbers(const struct duty_spec *spec, struct base_diag *diag, struct duty_put_wish *wish)
{
    for (size_t i = 0; i < DUTY_PUT_NUMBERS; i++) {
        const struct number *number = &numbers[i];
        const char *text = said(*(const char *const *)((const char *)spec + number->at));
        double value = number->standard;
        if (text &&
            (!base_str_f64(base_str_of(text), &value) || value < number->least || value > number->most ||
             (number->above_least && value <= number->least) || (number->whole && value != (double)(int64_t)value))) {
            return base_diag_set(diag, BASE_INVALID, "%s \"%.40s\": a %snumber %s %g and up to %g", number->name, text,
                                 number->whole ? "whole " : "", number->above_least ? "above" : "from", number->least,
                                 number->most);
        }
        wish->numbers[i] = value;
    }
    return BASE_OK;
}

/* "guard, cleaner" to {guard,cleaner} */
static enum base_err check_types(const char *text, struct base_diag *diag, char ret_types[160])
{
    struct base_str rest = base_str_of(text ? text : "guard"), part;
    size_t len = 1;
    ret_types[0] = '{';
    while (base_str_next(&rest, ',', &part)) {
        enum sensors_subject subject;
        part = base_str_trim(part);
        if (part.len == 0 || !sensors_subject_in(part, &subject) || len + part.len + 2 > 159) {
            return base_diag_set(diag, BASE_INVALID,
                                 "subject_types \"%.*s\": some of guard, cleaner, vehicle, fleet, plate, tag, card, "
                                 "object, unit, with commas between them",
                                 (int)(part.len < 40 ? part.len : 40), part.at);
        }
        len += (size_t)snprintf(ret_types + len, 160 - len, "%s%.*s", len > 1 ? "," : "", (int)part.len, part.at);
    }
    snprintf(ret_types + len, 160 - len, "}");
    return BASE_OK;
}

static enum base_err check_tool(const char *text, struct base_diag *diag, bool *ret_tool)
{
    if (text && !one_of("true, false, yes, no, 1, 0", text)) {
        return base_diag_set(diag, BASE_INVALID, "tool \"%.40s\": true or false", text);
    }
    *ret_tool = text && one_of("true, yes, 1", text);
    return BASE_OK;
}

static enum base_err check_schedule(const char *text, struct base_diag *diag)
{
    AUTO(duty_schedule) schedule = NULL;
    enum base_err err = duty_schedule_in(text, diag, &schedule);
    return err ? base_diag_prefix(diag, err, "schedule") : BASE_OK;
}

enum base_err duty_put_check(const struct duty_spec *spec, struct base_diag *diag, struct duty_put_wish *ret_wish)
{
    struct duty_put_wish wish = {
        .estate_id = spec->estate_id,
        .key = said(spec->key),
        .name = said(spec->name),
        .name_en = said(spec->name_en),
        .organisation = said(spec->organisation),
        .contract = said(spec->contract),
        .campaign = said(spec->campaign),
        .subject_kind = said(spec->subject_kind),
        .subject_filter = said(spec->subject_filter),
        .schedule = said(spec->schedule),
        .calendar = said(spec->calendar),
        .days = said(spec->days) ? spec->days : "all",
        .proof = said(spec->proof),
        .form = said(spec->form),
        .valid_from_text = said(spec->valid_from),
        .valid_to_text = said(spec->valid_to),
    };
    enum base_err err = check_texts(&wish, diag);
    err = err ? err : check_words(&wish, diag);
    err = err ? err : check_subject(spec, diag, &wish);
    err = err ? err : check_numbers(spec, diag, &wish);
    err = err ? err : check_types(said(spec->subject_types), diag, wish.subject_types);
    err = err ? err : check_tool(said(spec->tool), diag, &wish.tool);
    err = err ? err : check_schedule(wish.schedule, diag);
    if (!err) {
        *ret_wish = wish;
    }
    return err;
}
