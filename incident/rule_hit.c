/* Hits, in the order of what they tell, step by step into the states of things. */
#include "incident/rule.h"

#include <stdlib.h>
#include <string.h>

/* Columns of rule_hits.sql and, up to INCIDENT, of rule_due.sql. */
enum {
    ESTATE,
    T_EVENT,
    RULE,
    DEDUP,
    VERSION,
    BEGINS,
    THING,
    SINCE,
    OLD,
    HOME,
    DEVICE,
    DUTY,
    BUILDING,
    STOREY,
    LON,
    LAT,
    HOLD,
    IMPULSE,
    WATCHES,
    PLACE,
    NOTE,
    STATE,
    STATE_SINCE,
    STATE_HEARD,
    STATE_DUE,
    STATE_HIT,
    STATE_DEDUP,
    INCIDENT,
    VALUES
};

struct turn {
    struct data_conn *conn;
    int64_t now_us;
    struct base_diag *diag;
    const struct data_rows *rows;
    /* the place filter that was read last */
    int64_t place_rule, place_version;
    struct facts_rule_place *place;
};

/* --- rows --- */
static struct data_arg id_or_null(const struct data_rows *rows, size_t row, int column)
{
    return data_rows_null(rows, row, column) ? data_null() : data_i64(data_rows_i64(rows, row, column));
}

static struct data_arg f64_or_null(const struct data_rows *rows, size_t row, int column)
{
    return data_rows_null(rows, row, column) ? data_null() : data_f64(data_rows_f64(rows, row, column));
}

static enum incident_rule_is state_in(const char *name)
{
    return !name                        ? INCIDENT_RULE_NONE
           : strcmp(name, "holds") == 0 ? INCIDENT_RULE_HOLDS
           : strcmp(name, "clear") == 0 ? INCIDENT_RULE_CLEAR
                                        : INCIDENT_RULE_RAISED;
}

/* As the hit tells it. */
static struct incident_rule_thing thing_of(const struct data_rows *rows, size_t row)
{
    return (struct incident_rule_thing){.estate_id = data_rows_i64(rows, row, ESTATE),
                                        .rule_id = data_rows_i64(rows, row, RULE),
                                        .rule_version = data_rows_i64(rows, row, VERSION),
                                        .name = data_rows_text(rows, row, THING),
                                        .watches = data_rows_text(rows, row, WATCHES),
                                        .note = data_rows_text(rows, row, NOTE),
                                        .home_estate_id = id_or_null(rows, row, HOME),
                                        .device_id = id_or_null(rows, row, DEVICE),
                                        .duty_id = id_or_null(rows, row, DUTY),
                                        .building_id = id_or_null(rows, row, BUILDING),
                                        .storey = id_or_null(rows, row, STOREY),
                                        .lon = f64_or_null(rows, row, LON),
                                        .lat = f64_or_null(rows, row, LAT),
                                        .hold_us = data_rows_i64(rows, row, HOLD) * 1000000,
                                        .impulse = data_rows_bool(rows, row, IMPULSE)};
}

/* With the state that is stored. */
static struct incident_rule_thing known_thing(const struct data_rows *rows, size_t row)
{
    struct incident_rule_thing thing = thing_of(rows, row);
    thing.is = state_in(data_rows_text(rows, row, STATE));
    if (thing.is != INCIDENT_RULE_NONE) {
        thing.since_us = data_rows_time(rows, row, STATE_SINCE);
        thing.heard_us = data_rows_time(rows, row, STATE_HEARD);
        thing.due_us = data_rows_null(rows, row, STATE_DUE) ? 0 : data_rows_time(rows, row, STATE_DUE);
        thing.hit_us = data_rows_time(rows, row, STATE_HIT);
        thing.dedup = data_rows_id(rows, row, STATE_DEDUP);
        thing.incident_id = data_rows_null(rows, row, INCIDENT) ? 0 : data_rows_i64(rows, row, INCIDENT);
    }
    return thing;
}

/* --- writing --- */
static enum base_err store(const struct turn *turn, const struct incident_rule_thing *thing)
{
    static const char *const names[] = {NULL, "holds", "raised", "clear"};
    return data_run(turn->conn, DATA_RULE_STATE_STORE,
                    DATA_ARGS(data_i64(thing->estate_id), data_i64(thing->rule_id), data_text(thing->name),
                              data_i64(thing->rule_version), data_text(names[thing->is]), data_time(thing->since_us),
                              data_time(thing->heard_us),
                              thing->is == INCIDENT_RULE_HOLDS ? data_time(thing->due_us) : data_null(),
                              data_time(thing->hit_us), data_id(thing->dedup), thing->home_estate_id, thing->device_id,
                              thing->duty_id, thing->building_id, thing->storey, thing->lon, thing->lat,
                              thing->incident_id ? data_i64(thing->incident_id) : data_null()),
                    turn->diag, NULL);
}

static enum base_err settle(const struct turn *turn, const struct incident_rule_thing *thing, int64_t hit_us,
                            struct base_id dedup, const char *outcome, bool incident)
{
    return data_run(turn->conn, DATA_RULE_HIT_SETTLE,
                    DATA_ARGS(data_i64(thing->estate_id), data_time(hit_us), data_i64(thing->rule_id), data_id(dedup),
                              data_text(outcome),
                              incident && thing->incident_id ? data_i64(thing->incident_id) : data_null(),
                              data_time(turn->now_us)),
                    turn->diag, NULL);
}

/* Also says at the hit that began it what has become of it. */
static enum base_err raise_thing(const struct turn *turn, struct incident_rule_thing *thing, const char **ret_outcome)
{
    const char *outcome = "";
    enum base_err err = incident_rule_raise(turn->conn, thing, turn->now_us, turn->diag, &outcome);
    *ret_outcome = outcome;
    return err ? err : settle(turn, thing, thing->hit_us, thing->dedup, outcome, true);
}

/* --- where --- */
static struct geo_cql2_value value_of(const struct data_rows *rows, size_t row, int column, enum geo_cql2_type type)
{
    struct geo_cql2_value value = {.type = type, .null = data_rows_null(rows, row, column)};
    if (value.null) {
        return value;
    }
    if (type == GEO_CQL2_TEXT) {
        value.text = data_rows_bytes(rows, row, column);
    } else if (type == GEO_CQL2_NUMBER) {
        value.number = data_rows_f64(rows, row, column);
    } else {
        value.integer = data_rows_i64(rows, row, column);
    }
    return value;
}

/* A filter that cannot be read holds nowhere. */
static bool is_there(struct turn *turn, size_t row)
{
    const struct geo_cql2_schema *schema = facts_rule_schema(FACTS_RULE_PLACE);
    struct geo_cql2_value values[FACTS_RULE_PLACE_COUNT];
    struct base_diag why = {.text = ""};
    int64_t rule = data_rows_i64(turn->rows, row, RULE), version = data_rows_i64(turn->rows, row, VERSION);
    if (data_rows_null(turn->rows, row, PLACE)) {
        return true;
    }
    if (rule != turn->place_rule || version != turn->place_version) {
        facts_rule_place_free(turn->place);
        turn->place = NULL;
        turn->place_rule = rule;
        turn->place_version = version;
        if (facts_rule_place_new(data_rows_text(turn->rows, row, PLACE), &why, &turn->place)) {
            base_log(BASE_LOG_ERROR, "a rule's place cannot be read", base_log_i64("rule", rule),
                     base_log_text("why", why.text));
        }
    }
    for (int i = 0; i < FACTS_RULE_PLACE_COUNT; i++) {
        values[i] = value_of(turn->rows, row, VALUES + i, schema->properties[i].type);
    }
    return turn->place && facts_rule_place_holds(turn->place, values, turn->now_us);
}

/* --- one hit after the other --- */
/* From now on the thing is what this hit says of it. */
static void begin(struct incident_rule_thing *thing, const struct data_rows *rows, size_t row)
{
    struct incident_rule_thing told = thing_of(rows, row);
    told.is = INCIDENT_RULE_HOLDS;
    told.since_us = data_rows_time(rows, row, SINCE);
    told.heard_us = told.hit_us = data_rows_time(rows, row, T_EVENT);
    told.due_us = told.hit_us + (strcmp(told.watches, "event") == 0 ? told.hold_us : 0);
    told.dedup = data_rows_id(rows, row, DEDUP);
    told.incident_id = thing->incident_id;
    *thing = told;
}

/* Why a hit that begins changes nothing; NULL: it does. */
static const char *idle(struct turn *turn, const struct incident_rule_thing *thing, size_t row)
{
    bool on = thing->is == INCIDENT_RULE_HOLDS || thing->is == INCIDENT_RULE_RAISED;
    return data_rows_bool(turn->rows, row, OLD) ? "old" : on ? "repeat" : is_there(turn, row) ? NULL : "elsewhere";
}

static enum base_err settle_begin(struct turn *turn, struct incident_rule_thing *thing, size_t row)
{
    const char *outcome = idle(turn, thing, row);
    int64_t hit_us = data_rows_time(turn->rows, row, T_EVENT);
    struct base_id dedup = data_rows_id(turn->rows, row, DEDUP);
    if (outcome) {
        bool heard = strcmp(outcome, "repeat") == 0;
        thing->heard_us = heard ? hit_us : thing->heard_us;
        enum base_err err = settle(turn, thing, hit_us, dedup, outcome, heard);
        return err || !heard ? err : store(turn, thing);
    }
    begin(thing, turn->rows, row);
    enum base_err err = thing->hold_us && thing->due_us > hit_us ? settle(turn, thing, hit_us, dedup, "holds", false)
                                                                 : raise_thing(turn, thing, &outcome);
    return err ? err : store(turn, thing);
}

/* What had lasted long enough before it ended has raised, however late either was heard. */
static enum base_err settle_end(struct turn *turn, struct incident_rule_thing *thing, size_t row)
{
    const char *outcome = "";
    int64_t hit_us = data_rows_time(turn->rows, row, T_EVENT);
    bool lasted = thing->is == INCIDENT_RULE_HOLDS && thing->due_us <= hit_us && thing->due_us <= turn->now_us;
    enum base_err err = lasted ? raise_thing(turn, thing, &outcome) : BASE_OK;
    bool on = thing->is == INCIDENT_RULE_HOLDS || thing->is == INCIDENT_RULE_RAISED;
    bool told = thing->is == INCIDENT_RULE_RAISED && thing->incident_id;
    err =
        err ? err : settle(turn, thing, hit_us, data_rows_id(turn->rows, row, DEDUP), on ? "cleared" : "nothing", told);
    if (err || thing->is == INCIDENT_RULE_NONE) {
        return err;
    }
    thing->is = INCIDENT_RULE_CLEAR;
    thing->heard_us = hit_us;
    err = store(turn, thing);
    return err || !told
               ? err
               : incident_rule_end(turn->conn, thing, data_rows_text(turn->rows, row, NOTE), turn->now_us, turn->diag);
}

static enum base_err settle_hit(struct turn *turn, struct incident_rule_thing *thing, size_t row)
{
    int64_t hit_us = data_rows_time(turn->rows, row, T_EVENT);
    if (thing->is != INCIDENT_RULE_NONE && hit_us < thing->heard_us) {
        return settle(turn, thing, hit_us, data_rows_id(turn->rows, row, DEDUP), "late", false);
    }
    return data_rows_bool(turn->rows, row, BEGINS) ? settle_begin(turn, thing, row) : settle_end(turn, thing, row);
}

static bool is_same(const struct data_rows *rows, size_t a, size_t b)
{
    return data_rows_i64(rows, a, ESTATE) == data_rows_i64(rows, b, ESTATE) &&
           data_rows_i64(rows, a, RULE) == data_rows_i64(rows, b, RULE) &&
           strcmp(data_rows_text(rows, a, THING), data_rows_text(rows, b, THING)) == 0;
}

static enum base_err hits(struct turn *turn, size_t *ret_count)
{
    AUTO(data_rows) rows = NULL;
    struct incident_rule_thing thing = {.is = INCIDENT_RULE_NONE};
    enum base_err err = data_run(turn->conn, DATA_RULE_HITS, DATA_ARGS(data_i64(INCIDENT_RULE_MAX)), turn->diag, &rows);
    *ret_count = err ? 0 : data_rows_count(rows);
    turn->rows = rows;
    for (size_t row = 0; row < *ret_count && !err; row++) {
        if (row == 0 || !is_same(rows, row - 1, row)) {
            thing = known_thing(rows, row);
        }
        err = settle_hit(turn, &thing, row);
    }
    facts_rule_place_free(turn->place);
    return err;
}

static enum base_err due(struct turn *turn, size_t *ret_count)
{
    AUTO(data_rows) rows = NULL;
    const char *outcome;
    enum base_err err = data_run(turn->conn, DATA_RULE_DUE,
                                 DATA_ARGS(data_time(turn->now_us), data_i64(INCIDENT_RULE_MAX)), turn->diag, &rows);
    *ret_count = err ? 0 : data_rows_count(rows);
    for (size_t row = 0; row < *ret_count && !err; row++) {
        struct incident_rule_thing thing = known_thing(rows, row);
        err = raise_thing(turn, &thing, &outcome);
        err = err ? err : store(turn, &thing);
    }
    return err;
}

enum base_err incident_rule_hits(struct data_conn *conn, int64_t now_us, struct base_diag *diag, bool *ret_more)
{
    struct turn turn = {.conn = conn, .now_us = now_us, .diag = diag};
    size_t count = 0;
    enum base_err err = hits(&turn, &count);
    if (!err && count < INCIDENT_RULE_MAX) { /* what is still to be read may end what is due */
        err = due(&turn, &count);
    }
    *ret_more = count == INCIDENT_RULE_MAX;
    return err;
}
