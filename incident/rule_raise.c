/* From a state that has lasted to an incident, and what becomes of the incident when the state ends. */
#include "incident/rule.h"

#include <string.h>

/* Columns of rule_raise.sql. */
enum { ENABLED, CATEGORY, SEVERITY, QUIET, QUIET_END, MERGE_KEY, OPEN, RESTS_UNTIL, TITLE, LON, LAT, SEND_TO, MANY };

static struct data_arg f64_or_null(const struct data_rows *rows, int column)
{
    return data_rows_null(rows, 0, column) ? data_null() : data_f64(data_rows_f64(rows, 0, column));
}

static int64_t time_or_0(const struct data_rows *rows, int column)
{
    return data_rows_null(rows, 0, column) ? 0 : data_rows_time(rows, 0, column);
}

/* Filed and dispatched by the platform, if the rule says to whom. */
static enum base_err send(struct data_conn *conn, const struct incident_rule_thing *thing, const struct data_rows *rows,
                          int64_t now_us, struct base_diag *diag)
{
    static const char *const steps[] = {"file", "dispatch"};
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(steps) && !err && !data_rows_null(rows, 0, SEND_TO); i++) {
        struct incident_acted acted;
        const struct incident_act act = {.estate_id = thing->estate_id,
                                         .id = thing->incident_id,
                                         .step = steps[i],
                                         .organisation_id = i ? data_i64(data_rows_i64(rows, 0, SEND_TO)) : data_null(),
                                         .shift_id = data_null(),
                                         .other = data_null(),
                                         .at_us = now_us};
        err = incident_act(conn, &act, diag, &acted);
    }
    return err;
}

static enum base_err report(struct data_conn *conn, struct incident_rule_thing *thing, const struct data_rows *rows,
                            int64_t now_us, struct base_diag *diag, const char **ret_outcome)
{
    bool event = strcmp(thing->watches, "event") == 0, many = data_rows_bool(rows, 0, MANY);
    struct incident_reported reported;
    const struct incident_report made = {.estate_id = thing->estate_id,
                                         .origin = event ? "rule" : thing->watches,
                                         .category = data_rows_text(rows, 0, CATEGORY),
                                         .severity = data_rows_text(rows, 0, SEVERITY),
                                         .title = data_rows_text(rows, 0, TITLE),
                                         .note = thing->note,
                                         .merge_key = data_rows_text(rows, 0, MERGE_KEY),
                                         .rule_id = data_i64(thing->rule_id),
                                         .organisation_id = data_null(),
                                         .building_id = many ? data_null() : thing->building_id,
                                         .storey = many ? data_null() : thing->storey,
                                         .device_id = thing->device_id,
                                         .lon = f64_or_null(rows, LON),
                                         .lat = f64_or_null(rows, LAT),
                                         .t_event_us = thing->since_us,
                                         .at_us = now_us};
    enum base_err err = incident_report(conn, &made, diag, &reported);
    if (err == BASE_NOT_FOUND) { /* the others go on */
        base_log(BASE_LOG_ERROR, "a rule found what is no incident", base_log_i64("rule", thing->rule_id),
                 base_log_text("why", diag->text));
        *ret_outcome = "no_policy";
        return BASE_OK;
    }
    if (!err) {
        thing->incident_id = reported.id;
        *ret_outcome = reported.added ? "added" : "raised";
    }
    return err || reported.added ? err : send(conn, thing, rows, now_us, diag);
}

/* It is so, whether or not anybody is told. */
static void settle(struct incident_rule_thing *thing)
{
    thing->is = thing->impulse ? INCIDENT_RULE_CLEAR : INCIDENT_RULE_RAISED;
    thing->due_us = 0;
}

static bool waits(struct incident_rule_thing *thing, const struct data_rows *rows, int64_t now_us,
                  const char **ret_outcome)
{
    int64_t quiet_us = time_or_0(rows, QUIET_END), rests_us = time_or_0(rows, RESTS_UNTIL);
    if (thing->impulse && rests_us > now_us) {
        *ret_outcome = "rests";
        settle(thing);
        return true;
    }
    int64_t until_us = quiet_us > rests_us ? quiet_us : rests_us;
    if (until_us <= now_us) {
        return false;
    }
    thing->is = INCIDENT_RULE_HOLDS;
    thing->due_us = until_us;
    *ret_outcome = "holds";
    return true;
}

static bool is_kept_back(struct incident_rule_thing *thing, const struct data_rows *rows, int64_t now_us,
                         const char **ret_outcome)
{
    if (data_rows_count(rows) == 0 || !data_rows_bool(rows, 0, ENABLED)) {
        *ret_outcome = "off";
        thing->is = INCIDENT_RULE_CLEAR;
        thing->due_us = 0;
        return true;
    }
    if (!data_rows_null(rows, 0, QUIET_END) && strcmp(data_rows_text(rows, 0, QUIET), "drop") == 0) {
        *ret_outcome = "quiet";
        settle(thing);
        return true;
    }
    if (data_rows_null(rows, 0, OPEN)) {
        return waits(thing, rows, now_us, ret_outcome);
    }
    if (thing->incident_id && thing->incident_id == data_rows_i64(rows, 0, OPEN) && !thing->impulse) {
        *ret_outcome = "again"; /* it comes and goes: the incident has it already */
        settle(thing);
        return true;
    }
    return false;
}

enum base_err incident_rule_raise(struct data_conn *conn, struct incident_rule_thing *thing, int64_t now_us,
                                  struct base_diag *diag, const char **ret_outcome)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_RULE_RAISE,
                 DATA_ARGS(data_i64(thing->estate_id), data_i64(thing->rule_id), data_i64(thing->rule_version),
                           thing->home_estate_id, thing->device_id, thing->building_id, thing->storey, thing->lon,
                           thing->lat, thing->duty_id, data_text(thing->name), data_time(now_us)),
                 diag, &rows);
    if (err || is_kept_back(thing, rows, now_us, ret_outcome)) {
        return err;
    }
    err = report(conn, thing, rows, now_us, diag, ret_outcome);
    settle(thing);
    return err;
}

/* --- the end --- */
static enum base_err revocable(struct data_conn *conn, const struct incident_rule_thing *thing, struct base_diag *diag,
                               bool *ret_may)
{
    AUTO(data_rows) rows = NULL;
    *ret_may = false;
    if (strcmp(thing->watches, "window") != 0) {
        return BASE_OK;
    }
    enum base_err err = data_run(conn, DATA_RULE_REVOCABLE,
                                 DATA_ARGS(data_i64(thing->estate_id), data_i64(thing->incident_id)), diag, &rows);
    *ret_may = !err && data_rows_bool(rows, 0, 0);
    return err;
}

enum base_err incident_rule_end(struct data_conn *conn, const struct incident_rule_thing *thing, const char *note,
                                int64_t now_us, struct base_diag *diag)
{
    bool may = false;
    enum base_err err = revocable(conn, thing, diag, &may);
    if (err || !may) {
        return err ? err
                   : data_run(conn, DATA_RULE_CLEAR,
                              DATA_ARGS(data_i64(thing->estate_id), data_i64(thing->incident_id), data_time(now_us),
                                        data_text(note)),
                              diag, NULL);
    }
    struct incident_acted acted;
    const struct incident_act act = {.estate_id = thing->estate_id,
                                     .id = thing->incident_id,
                                     .step = "revoke",
                                     .note = note ? note : "the window is missed no longer",
                                     .organisation_id = data_null(),
                                     .shift_id = data_null(),
                                     .other = data_null(),
                                     .at_us = now_us};
    return incident_act(conn, &act, diag, &acted);
}
