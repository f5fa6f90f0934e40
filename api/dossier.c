/* GET /api/buildings/{id}/dossier: what a building is, whose, and what happened there last. */
#include "api/json.h"
#include "api/private.h"

/* Columns of dossier_building. */
enum {
    ID,
    NAME,
    NAME_EN,
    CODES,
    LEVELS,
    LEVELS_SOURCE,
    HEIGHT_M,
    HEIGHT_SOURCE,
    AREA_M2,
    DWELLINGS,
    YEAR_BUILT,
    USE,
    LON,
    LAT,
    ESTATE_ID,
    ESTATE_NAME,
    ESTATE_NAME_EN,
    MANAGEMENT_TYPE,
    TZ,
    LAST_PASS_AT,
    EVENTS,
    PASSES,
    UNITS,
    AS_OF
};

/* Columns of dossier_events. */
enum {
    T_FROM,
    T_TO,
    NEAREST_M,
    METHOD,
    OPEN,
    T_EVENT,
    KIND,
    PHASE,
    SUBJECT_TYPE,
    LABEL,
    LABEL_EN,
    PLACE_METHOD,
    PLACE_DIST_M,
    ACC_M,
    SOURCE,
    SEVERITY,
    MEASURES
};

/* Columns of dossier_devices. */
enum {
    DEVICE_ID,
    DEVICE_KIND,
    DEVICE_NAME,
    DEVICE_NATIVE,
    DEVICE_STOREY,
    STATE_KIND,
    STATE_CHANNEL,
    STATE_T_EVENT,
    STATE_PHASE,
    STATE_SEVERITY,
    STATE_MEASURES
};

static void codes(struct base_json_out *out, struct base_str lines)
{
    struct base_str code;
    base_json_out_key(out, "codes");
    base_json_out_array(out);
    while (lines.len && base_str_next(&lines, '\n', &code)) {
        base_json_out_str(out, code);
    }
    base_json_out_array_end(out);
}

static void building(struct base_json_out *out, const struct data_rows *rows)
{
    struct api_json_row at = {out, rows, 0};
    base_json_out_key(out, "building");
    base_json_out_object(out);
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "name", NAME);
    api_json_text(&at, "name_en", NAME_EN);
    codes(out, data_rows_bytes(rows, 0, CODES));
    api_json_i64(&at, "levels", LEVELS);
    api_json_text(&at, "levels_source", LEVELS_SOURCE);
    api_json_f64(&at, "height_m", HEIGHT_M, 2);
    api_json_text(&at, "height_source", HEIGHT_SOURCE);
    api_json_f64(&at, "area_m2", AREA_M2, 1);
    api_json_i64(&at, "dwellings", DWELLINGS);
    api_json_i64(&at, "year_built", YEAR_BUILT);
    api_json_text(&at, "use", USE);
    api_json_f64(&at, "lon", LON, 7);
    api_json_f64(&at, "lat", LAT, 7);
    base_json_out_object_end(out);
}

static void estate(struct base_json_out *out, const struct data_rows *rows)
{
    struct api_json_row at = {out, rows, 0};
    base_json_out_key(out, "estate");
    base_json_out_object(out);
    api_json_i64(&at, "id", ESTATE_ID);
    api_json_text(&at, "name", ESTATE_NAME);
    api_json_text(&at, "name_en", ESTATE_NAME_EN);
    api_json_text(&at, "management_type", MANAGEMENT_TYPE);
    base_json_out_object_end(out);
}

static void counts(struct base_json_out *out, const struct data_rows *rows)
{
    struct api_json_row at = {out, rows, 0};
    base_json_out_key(out, "counts");
    base_json_out_object(out);
    api_json_i64(&at, "events_24h", EVENTS);
    api_json_i64(&at, "passes_24h", PASSES);
    api_json_i64(&at, "units_24h", UNITS);
    base_json_out_object_end(out);
}

static void measures(const struct api_json_row *at, int column)
{
    if (!data_rows_null(at->rows, at->row, column)) {
        base_json_out_key(at->out, "measures");
        base_json_out_raw(at->out, data_rows_bytes(at->rows, at->row, column));
    }
}

/* A pass or an event: what only the other kind has is null, and so left out. */
static void line(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_text(&at, "kind", KIND);
    api_json_time(&at, "t_from", T_FROM);
    api_json_time(&at, "t_to", T_TO);
    api_json_f64(&at, "nearest_m", NEAREST_M, 1);
    api_json_text(&at, "method", METHOD);
    api_json_bool(&at, "open", OPEN);
    api_json_time(&at, "t_event", T_EVENT);
    api_json_text(&at, "phase", PHASE);
    api_json_text(&at, "subject_type", SUBJECT_TYPE);
    api_json_text(&at, "label", LABEL);
    api_json_text(&at, "label_en", LABEL_EN);
    api_json_text(&at, "place_method", PLACE_METHOD);
    api_json_f64(&at, "place_dist_m", PLACE_DIST_M, 1);
    api_json_f64(&at, "acc_m", ACC_M, 1);
    api_json_text(&at, "source", SOURCE);
    api_json_i64(&at, "severity", SEVERITY);
    measures(&at, MEASURES);
    base_json_out_object_end(out);
}

static void state(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_text(&at, "kind", STATE_KIND);
    api_json_text(&at, "channel", STATE_CHANNEL);
    api_json_time(&at, "t_event", STATE_T_EVENT);
    api_json_text(&at, "phase", STATE_PHASE);
    api_json_i64(&at, "severity", STATE_SEVERITY);
    measures(&at, STATE_MEASURES);
    base_json_out_object_end(out);
}

/* A device's rows are one after the other. */
static size_t device(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    int64_t id = data_rows_i64(rows, row, DEVICE_ID);
    base_json_out_object(out);
    api_json_i64(&at, "id", DEVICE_ID);
    api_json_text(&at, "kind", DEVICE_KIND);
    api_json_text(&at, "name", DEVICE_NAME);
    api_json_text(&at, "native_id", DEVICE_NATIVE);
    api_json_i64(&at, "storey", DEVICE_STOREY);
    base_json_out_key(out, "states");
    base_json_out_array(out);
    for (; row < data_rows_count(rows) && data_rows_i64(rows, row, DEVICE_ID) == id; row++) {
        state(out, rows, row);
    }
    base_json_out_array_end(out);
    base_json_out_object_end(out);
    return row;
}

static void devices(struct base_json_out *out, const struct data_rows *rows)
{
    base_json_out_key(out, "devices");
    base_json_out_array(out);
    for (size_t row = 0; row < data_rows_count(rows);) {
        row = device(out, rows, row);
    }
    base_json_out_array_end(out);
}

static void write_dossier(struct api_call *call, const struct data_rows *what, const struct data_rows *events,
                          const struct data_rows *things)
{
    struct base_json_out out = api_answer_json(call);
    struct api_json_row at = {&out, what, 0};
    base_json_out_object(&out);
    building(&out, what);
    estate(&out, what);
    counts(&out, what);
    api_json_time(&at, "last_pass_at", LAST_PASS_AT);
    base_json_out_key(&out, "events");
    base_json_out_array(&out);
    for (size_t i = 0; i < data_rows_count(events); i++) {
        line(&out, events, i);
    }
    base_json_out_array_end(&out);
    devices(&out, things);
    api_json_time(&at, "as_of", AS_OF);
    api_json_text(&at, "tz", TZ);
    base_json_out_object_end(&out);
}

/* A query costs by the days it reaches back, each a partition to plan. Three are enough where much happens, and hold
 * all that the counts need; a list that they do not fill is looked for in a month. */
enum { LINES = 20 };
#define DAY_US INT64_C(86400000000)
static const int64_t reaches_us[] = {3 * DAY_US, 30 * DAY_US};

static enum base_err read_building(struct data_conn *conn, int64_t id, int64_t now_us, struct base_diag *diag,
                                   struct data_rows **ret_what)
{
    enum base_err err = data_run(conn, DATA_DOSSIER_BUILDING,
                                 DATA_ARGS(data_i64(id), data_time(now_us - reaches_us[0])), diag, ret_what);
    if (!err && data_rows_count(*ret_what) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no building %lld", (long long)id);
    }
    return err;
}

static enum base_err read_events(struct data_conn *conn, const struct data_rows *what, int64_t now_us,
                                 struct base_diag *diag, struct data_rows **ret_events)
{
    AUTO(data_rows) events = NULL;
    int64_t id = data_rows_i64(what, 0, ID), estate_id = data_rows_i64(what, 0, ESTATE_ID);
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(reaches_us) && !err && (!events || data_rows_count(events) < LINES); i++) {
        data_rows_free(events);
        events = NULL;
        err = data_run(conn, DATA_DOSSIER_EVENTS,
                       DATA_ARGS(data_i64(id), data_i64(estate_id), data_time(now_us - reaches_us[i])), diag, &events);
    }
    if (!err) {
        *ret_events = events;
        events = NULL;
    }
    return err;
}

enum base_err api_dossier_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    int64_t id, now_us = base_clock_now_us();
    struct data_conn *conn;
    AUTO(data_rows) what = NULL;
    AUTO(data_rows) events = NULL;
    AUTO(data_rows) things = NULL;
    if (!base_str_i64(call->captured[0], &id)) {
        return base_diag_set(diag, BASE_NOT_FOUND, "a building's id is a whole number");
    }
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err : read_building(conn, id, now_us, diag, &what);
    err = err ? err : read_events(conn, what, now_us, diag, &events);
    err = err ? err : data_run(conn, DATA_DOSSIER_DEVICES, DATA_ARGS(data_i64(id)), diag, &things);
    if (!err) {
        write_dossier(call, what, events, things);
    }
    return err;
}
