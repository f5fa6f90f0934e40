/* GET /api/buildings/{id}/dossier: what a building is, whose, what it owes and what happened there, now or as it was
 * known at a moment - as far as the caller's looks go. All is read in one snapshot. The database gives rows of the
 * scope only; which members there are is decided here, by the same scope. */
#include "api/dossier.h"

#include <string.h>

/* Columns of dossier_record; of building_count. */
enum { LAST_PASS_AT, RECORD_EVENTS, RECORD_PASSES, RECORD_UNITS };
enum { COUNT_PASSES, COUNT_UNITS, COUNT_EVENTS };

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
    MEASURES,
    UNIT_ESTATE_ID,
    SENDER_NAME,
    SENDER_KIND,
    SENDER_ESTATE_ID
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
    STATE_MEASURES,
    DEVICE_ESTATE_ID,
    DEVICE_UPTIME,
    DEVICE_UPTIME_FROM
};

/* What the caller may see of this building, and what was found of it. */
struct dossier {
    const struct api_identity *identity;
    int64_t id, estate_id;
    bool record, count, purpose;
    struct api_dossier_when when;
    struct api_dossier_parts parts;
    struct api_dossier_near near;
    struct data_rows *counts, *events, *devices; /* NULL: not for this caller */
};

static void dossier_release(struct dossier *dossier)
{
    api_dossier_parts_release(&dossier->parts);
    api_dossier_near_release(&dossier->near);
    data_rows_free(dossier->counts);
    data_rows_free(dossier->events);
    data_rows_free(dossier->devices);
}

/* --- who may see what of it --- */

static bool holds(const struct dossier *dossier, enum data_look look, int64_t estate_id)
{
    return data_scope_holds(dossier->identity->scope, look, estate_id);
}

static bool is_camera(const char *kind)
{
    return kind && tiles_camera_kind(base_str_of(kind));
}

/* The call sign of the unit that a line is about. */
static bool names_unit(const struct dossier *dossier, size_t row)
{
    const struct data_rows *events = dossier->events;
    return dossier->purpose && !data_rows_null(events, row, UNIT_ESTATE_ID) &&
           holds(dossier, DATA_LOOK_UNIT, data_rows_i64(events, row, UNIT_ESTATE_ID));
}

/* A device is seen by whom it belongs to, and by whom the building belongs to at which it is. */
static bool may_see_device(const struct dossier *dossier, const struct data_rows *rows, size_t row, int estate,
                           int kind)
{
    return !data_rows_null(rows, row, estate) &&
           (holds(dossier, DATA_LOOK_DEVICE, dossier->estate_id) ||
            holds(dossier, DATA_LOOK_DEVICE, data_rows_i64(rows, row, estate))) &&
           (dossier->purpose || !is_camera(data_rows_text(rows, row, kind)));
}

/* A line's device goes by its name where no unit stands for it. */
static bool names_device(const struct dossier *dossier, size_t row)
{
    const struct data_rows *events = dossier->events;
    return data_rows_null(events, row, UNIT_ESTATE_ID) && !data_rows_null(events, row, SENDER_NAME) &&
           may_see_device(dossier, events, row, SENDER_ESTATE_ID, SENDER_KIND);
}

static bool purpose_needed(const struct dossier *dossier)
{
    const struct data_scope *scope = dossier->identity->scope;
    return !dossier->purpose && ((dossier->record && data_scope_any(scope, DATA_LOOK_UNIT)) ||
                                 holds(dossier, DATA_LOOK_DEVICE, dossier->estate_id));
}

static void counts(struct base_json_out *out, const struct dossier *dossier)
{
    struct api_json_row at = {out, dossier->counts, 0};
    base_json_out_key(out, "counts");
    base_json_out_object(out);
    if (data_rows_count(dossier->counts)) {
        api_json_i64(&at, "events_24h", dossier->record ? RECORD_EVENTS : COUNT_EVENTS);
        api_json_i64(&at, "passes_24h", dossier->record ? RECORD_PASSES : COUNT_PASSES);
        api_json_i64(&at, "units_24h", dossier->record ? RECORD_UNITS : COUNT_UNITS);
    }
    base_json_out_object_end(out);
}

/* What the live state says; of a moment what the passes of the period say. */
static void last_pass(struct base_json_out *out, const struct dossier *dossier)
{
    int64_t last_us = api_indicator_last_pass(&dossier->parts.indicators, 0);
    if (!dossier->when.past) {
        api_json_time(&(struct api_json_row){out, dossier->counts, 0}, "last_pass_at", LAST_PASS_AT);
    } else if (last_us != INT64_MIN) {
        base_json_out_key(out, "last_pass_at");
        base_json_out_time(out, last_us);
    }
}

static void measures(const struct api_json_row *at, int column)
{
    if (!data_rows_null(at->rows, at->row, column)) {
        base_json_out_key(at->out, "measures");
        base_json_out_raw(at->out, data_rows_bytes(at->rows, at->row, column));
    }
}

/* A pass or an event: what only the other kind has is null, and so left out. */
static void line(struct base_json_out *out, const struct dossier *dossier, size_t row)
{
    struct api_json_row at = {out, dossier->events, row};
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
    if (names_unit(dossier, row)) {
        api_json_text(&at, "label", LABEL);
        api_json_text(&at, "label_en", LABEL_EN);
    } else if (names_device(dossier, row)) {
        api_json_text(&at, "label", SENDER_NAME);
    }
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
    api_json_f64(&at, "uptime", DEVICE_UPTIME, 6);
    api_json_time(&at, "uptime_from", DEVICE_UPTIME_FROM);
    base_json_out_key(out, "states");
    base_json_out_array(out);
    for (; row < data_rows_count(rows) && data_rows_i64(rows, row, DEVICE_ID) == id; row++) {
        state(out, rows, row);
    }
    base_json_out_array_end(out);
    base_json_out_object_end(out);
    return row;
}

static void events(struct base_json_out *out, const struct dossier *dossier)
{
    base_json_out_key(out, "events");
    base_json_out_array(out);
    for (size_t i = 0; i < data_rows_count(dossier->events); i++) {
        line(out, dossier, i);
    }
    base_json_out_array_end(out);
}

static void devices(struct base_json_out *out, const struct dossier *dossier)
{
    const struct data_rows *rows = dossier->devices;
    base_json_out_key(out, "devices");
    base_json_out_array(out);
    for (size_t row = 0; row < data_rows_count(rows);) {
        bool seen = may_see_device(dossier, rows, row, DEVICE_ESTATE_ID, DEVICE_KIND);
        row = seen ? device(out, rows, row) : row + 1;
    }
    base_json_out_array_end(out);
}

/* What the caller may not see is not there, not even as a null or an empty list. */
static void write_dossier(struct api_call *call, struct dossier *dossier)
{
    struct base_json_out out = api_answer_json(call);
    base_json_out_object(&out);
    api_dossier_parts_out(&out, &dossier->when, dossier->identity->scope, &dossier->parts, 0);
    api_dossier_near_out(&out, &dossier->when, dossier->id, &dossier->near);
    if (dossier->counts) {
        counts(&out, dossier);
    }
    if (dossier->record) {
        last_pass(&out, dossier);
    }
    if (dossier->events) {
        events(&out, dossier);
    }
    if (dossier->devices) {
        devices(&out, dossier);
    }
    if (purpose_needed(dossier)) {
        base_json_out_key(&out, "purpose_needed");
        base_json_out_bool(&out, true);
    }
    api_dossier_when_out(&out, &dossier->when);
    base_json_out_key(&out, "as_of");
    base_json_out_time(&out, dossier->when.at_us);
    api_json_text(&(struct api_json_row){&out, dossier->parts.what, 0}, "tz", API_DOSSIER_TZ);
    base_json_out_object_end(&out);
}

/* --- asking the database --- */

/* A query costs by the days it reaches back, each a partition to plan. Three are enough where much happens, and hold
 * all that the counts need; a list that they do not fill is looked for in a month. */
enum { LINES = 20 };
#define DAY_US INT64_C(86400000000)
static const int64_t reaches_us[] = {3 * DAY_US, 30 * DAY_US};

static enum base_err read_building(struct data_conn *conn, struct dossier *dossier, struct base_diag *diag)
{
    enum base_err err = api_dossier_parts_read(conn, &dossier->when, &dossier->id, 1, diag, &dossier->parts);
    if (!err && data_rows_count(dossier->parts.what) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no building %lld%s", (long long)dossier->id,
                            dossier->when.past ? " at that moment" : "");
    }
    if (!err) {
        dossier->estate_id = data_rows_i64(dossier->parts.what, 0, API_DOSSIER_ESTATE_ID);
        dossier->record = holds(dossier, DATA_LOOK_RECORD, dossier->estate_id);
        dossier->count = holds(dossier, DATA_LOOK_COUNT, dossier->estate_id);
    }
    return err;
}

/* What planners may know is of the last full hour, and of no other time. */
static enum base_err read_counts(struct data_conn *conn, struct dossier *dossier, struct base_diag *diag)
{
    struct data_arg id = data_i64(dossier->id);
    int64_t at_us = dossier->when.at_us;
    if (dossier->record) {
        return data_run(conn, DATA_DOSSIER_RECORD,
                        DATA_ARGS(id, data_i64(dossier->estate_id), data_time(at_us - reaches_us[0]), data_time(at_us),
                                  api_dossier_known(&dossier->when)),
                        diag, &dossier->counts);
    }
    return dossier->count && !dossier->when.past ? data_run(conn, DATA_BUILDING_COUNT, &id, 1, diag, &dossier->counts)
                                                 : BASE_OK;
}

static enum base_err read_events(struct data_conn *conn, struct dossier *dossier, struct base_diag *diag)
{
    AUTO(data_rows) events = NULL;
    int64_t at_us = dossier->when.at_us;
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(reaches_us) && !err && (!events || data_rows_count(events) < LINES); i++) {
        data_rows_free(events);
        events = NULL;
        err = data_run(conn, DATA_DOSSIER_EVENTS,
                       DATA_ARGS(data_i64(dossier->id), data_i64(dossier->estate_id), data_time(at_us - reaches_us[i]),
                                 data_time(at_us), api_dossier_known(&dossier->when)),
                       diag, &events);
    }
    if (!err) {
        dossier->events = events;
        events = NULL;
    }
    return err;
}

/* A device's estate is its source's, which need not be the building's. */
static enum base_err read_devices(struct data_conn *conn, struct dossier *dossier, struct base_diag *diag)
{
    if (!data_scope_any(dossier->identity->scope, DATA_LOOK_DEVICE)) {
        return BASE_OK;
    }
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_DOSSIER_DEVICES,
                 DATA_ARGS(data_i64(dossier->id), data_time(dossier->when.at_us), api_dossier_known(&dossier->when)),
                 diag, &rows);
    if (!err && (data_rows_count(rows) || holds(dossier, DATA_LOOK_DEVICE, dossier->estate_id))) {
        dossier->devices = rows;
        rows = NULL;
    }
    return err;
}

/* --- what is looked at is written down first --- */

static void add_estate(struct base_buf *estates, const struct data_rows *rows, size_t row, int column)
{
    int64_t estate_id = data_rows_i64(rows, row, column);
    base_buf_append(estates, &estate_id, sizeof estate_id);
}

static void looked_at(const struct dossier *dossier, struct base_buf *units, struct base_buf *cameras)
{
    const struct data_rows *events = dossier->events, *devices = dossier->devices;
    for (size_t row = 0; events && row < data_rows_count(events); row++) {
        if (names_unit(dossier, row)) {
            add_estate(units, events, row, UNIT_ESTATE_ID);
        } else if (names_device(dossier, row) && is_camera(data_rows_text(events, row, SENDER_KIND))) {
            add_estate(cameras, events, row, SENDER_ESTATE_ID);
        }
    }
    for (size_t row = 0; devices && row < data_rows_count(devices); row++) {
        if (is_camera(data_rows_text(devices, row, DEVICE_KIND)) &&
            may_see_device(dossier, devices, row, DEVICE_ESTATE_ID, DEVICE_KIND)) {
            add_estate(cameras, devices, row, DEVICE_ESTATE_ID);
        }
    }
}

static enum base_err write_looks(struct api_server *server, struct data_conn *conn, const struct dossier *dossier,
                                 struct base_diag *diag)
{
    enum { BYTES_MAX = 4096 };
    AUTO_VALUE(base_buf) units;
    AUTO_VALUE(base_buf) cameras;
    base_buf_init(&units, BYTES_MAX);
    base_buf_init(&cameras, BYTES_MAX);
    looked_at(dossier, &units, &cameras);
    if (units.err || cameras.err) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = api_audit_look(server, conn, dossier->identity, "passes",
                                       (const int64_t *)(const void *)units.data, units.len / sizeof(int64_t), diag);
    return err ? err
               : api_audit_look(server, conn, dossier->identity, "cameras", (const int64_t *)(const void *)cameras.data,
                                cameras.len / sizeof(int64_t), diag);
}

/* Row security gives nothing of what the scope does not show; who may not see incidents is not told about peers either.
 */
static enum base_err read_all(struct data_conn *conn, struct dossier *dossier, struct base_diag *diag)
{
    enum base_err err = read_building(conn, dossier, diag);
    err = err ? err : read_counts(conn, dossier, diag);
    if (!err && dossier->record) {
        err = read_events(conn, dossier, diag);
    }
    err = err ? err : read_devices(conn, dossier, diag);
    return err ? err
               : api_dossier_near_read(conn, &dossier->when, dossier->estate_id, dossier->id,
                                       holds(dossier, DATA_LOOK_INCIDENT, dossier->estate_id), diag, &dossier->near);
}

static enum base_err ask(struct api_call *call, struct api_worker *worker, struct dossier *dossier,
                         struct base_diag *diag)
{
    struct data_conn *conn;
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err : data_begin_snapshot(conn, diag);
    if (err) {
        return err;
    }
    err = read_all(conn, dossier, diag);
    data_rollback(conn);
    if (err) {
        return api_dossier_late(call, conn, err);
    }
    err = write_looks(call->server, conn, dossier, diag);
    if (!err) {
        write_dossier(call, dossier);
        api_answer_scoped(call);
    }
    return err;
}

enum base_err api_dossier_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct dossier dossier = {.identity = call->identity, .purpose = call->identity->purpose[0] != '\0'};
    if (!base_str_i64(call->captured[0], &dossier.id)) {
        return base_diag_set(diag, BASE_NOT_FOUND, "a building's id is a whole number");
    }
    enum base_err err = api_dossier_when(call, diag, &dossier.when);
    err = err ? err : ask(call, worker, &dossier, diag);
    dossier_release(&dossier);
    return err;
}
