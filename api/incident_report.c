/* POST /api/incidents: somebody says that something is to be done - a call, a patrol, a resident. */
#include "api/incident.h"
#include "incident/incident.h"

#include <math.h>
#include <string.h>

enum { CODE_MAX = 64, TITLE_MAX = 200, TEXT_MAX = 4000, STOREY_LEAST = -20, STOREY_MOST = 200, NOTE_MAX = 64 };
static const int64_t ahead_us = INT64_C(300000000); /* a caller's clock may be so much fast */

struct reported {
    struct data_arg estate, building, storey, organisation;
    double lon, lat;
    const char *origin, *category, *severity, *title, *text, *organisation_code, *contact;
    bool drill;
    int64_t t_event_us, estate_id, building_id; /* of the last two: as they were found; 0: no building */
};

/* --- what a body says --- */

static void where_in(struct api_input *input, struct reported *reported)
{
    reported->estate = api_input_arg_i64(input, "estate_id", 0, INT64_MAX);
    reported->building = api_input_arg_i64(input, "building_id", 1, INT64_MAX);
    reported->lon = api_input_f64(input, "lon", API_OPTIONAL, -180, 180);
    reported->lat = api_input_f64(input, "lat", API_OPTIONAL, -90, 90);
    reported->storey = api_input_arg_i64(input, "storey", STOREY_LEAST, STOREY_MOST);
    if (!input->bad && isnan(reported->lon) != isnan(reported->lat)) {
        api_input_wrong(input, isnan(reported->lon) ? "lon" : "lat", "is missing: a position has both");
    }
    if (!input->bad && reported->estate.type == DATA_ARG_NULL && reported->building.type == DATA_ARG_NULL &&
        isnan(reported->lon)) {
        api_input_wrong(input, "estate_id", "say where: estate_id, building_id, or lon and lat");
    }
}

static void what_in(struct api_input *input, struct reported *reported)
{
    const char *origin = api_input_word(input, "origin", API_OPTIONAL, "call patrol resident");
    reported->origin = origin ? origin : "call";
    reported->category = api_input_text(input, "category", API_REQUIRED, CODE_MAX);
    reported->severity = api_input_word(input, "severity", API_OPTIONAL, "small serious complex special");
    reported->title = api_input_text(input, "title", API_REQUIRED, TITLE_MAX);
    reported->text = api_input_text(input, "text", API_OPTIONAL, TEXT_MAX);
    reported->organisation_code = api_input_text(input, "organisation", API_OPTIONAL, CODE_MAX);
    reported->contact = api_incident_contact_in(input, API_OPTIONAL);
    reported->drill = api_input_bool(input, "drill", false);
    reported->t_event_us = api_input_time(input, "t_event", API_OPTIONAL);
    if (!input->bad && reported->t_event_us > base_clock_now_us() + ahead_us) {
        api_input_wrong(input, "t_event", "is yet to come");
    }
}

/* --- what it means --- */

/* Columns of incident_place. */
enum { ESTATE_ID, BUILDING_ID, LON, LAT, THERE };

/* Where that is nobody need know who may not look: what is out of sight is what is not there. */
static void nowhere(struct api_input *input, const struct reported *reported)
{
    bool whole = data_scope_all(input->call->identity->scope, DATA_LOOK_PLACE);
    if (reported->building.type != DATA_ARG_NULL) {
        api_input_wrong(input, "building_id", "there is no such building%s",
                        reported->estate.type == DATA_ARG_NULL ? "" : " in this estate");
    } else if (reported->estate.type != DATA_ARG_NULL) {
        api_input_wrong(input, "estate_id", "there is no such estate");
    } else {
        api_input_wrong(input, "lon", "the point lies outside the district%s",
                        whole ? "" : ", or outside your estates");
    }
}

static void found(struct api_input *input, struct reported *reported, const struct data_rows *rows)
{
    if (data_rows_count(rows) == 0) {
        nowhere(input, reported);
    } else if (!data_rows_bool(rows, 0, THERE)) {
        api_input_wrong(input, "lon", "the point lies outside estate %lld",
                        (long long)data_rows_i64(rows, 0, ESTATE_ID));
    } else {
        reported->estate_id = data_rows_i64(rows, 0, ESTATE_ID);
        reported->building_id = data_rows_null(rows, 0, BUILDING_ID) ? 0 : data_rows_i64(rows, 0, BUILDING_ID);
        reported->lon = data_rows_null(rows, 0, LON) ? NAN : data_rows_f64(rows, 0, LON);
        reported->lat = data_rows_null(rows, 0, LAT) ? NAN : data_rows_f64(rows, 0, LAT);
    }
}

static struct data_arg degrees(double value)
{
    return isnan(value) ? data_null() : data_f64(value);
}

static enum base_err place(struct api_input *input, struct api_worker *worker, struct reported *reported,
                           struct base_diag *diag)
{
    struct data_conn *conn;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err =
        err ? err
            : data_run(conn, DATA_INCIDENT_PLACE,
                       DATA_ARGS(reported->estate, reported->building, degrees(reported->lon), degrees(reported->lat)),
                       diag, &rows);
    if (!err) {
        found(input, reported, rows);
    }
    return err;
}

static enum base_err organisation(struct api_write *write, struct api_input *input, struct reported *reported,
                                  struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    reported->organisation = data_null();
    if (!reported->organisation_code) {
        return BASE_OK;
    }
    enum base_err err =
        data_run(write->conn, DATA_ORGANISATION_NAMED, DATA_ARGS(data_text(reported->organisation_code)), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        api_input_wrong(input, "organisation", "there is no organisation of that code");
    } else if (!err) {
        reported->organisation = data_i64(data_rows_i64(rows, 0, 0));
    }
    return err;
}

/* --- writing --- */

static enum base_err store(struct api_write *write, struct api_input *input, const struct reported *reported,
                           struct base_diag *diag, struct incident_reported *ret_done)
{
    struct base_key key;
    const struct base_key *seal;
    enum base_err err = api_incident_seal(write->call, diag, &key, &seal);
    const struct incident_report report = {
        .estate_id = reported->estate_id,
        .origin = reported->origin,
        .category = reported->category,
        .severity = reported->severity,
        .title = reported->title,
        .note = reported->text,
        .actor = write->call->identity->name,
        .rule_id = data_null(),
        .organisation_id = reported->organisation,
        .building_id = reported->building_id ? data_i64(reported->building_id) : data_null(),
        .storey = reported->storey,
        .device_id = data_null(),
        .lon = degrees(reported->lon),
        .lat = degrees(reported->lat),
        .drill = reported->drill,
        .contact = reported->contact,
        .seal = seal,
        .t_event_us = reported->t_event_us == INT64_MIN ? write->now_us : reported->t_event_us,
        .at_us = write->now_us,
    };
    err = err ? err : incident_report(write->conn, &report, diag, ret_done);
    if (err == BASE_NOT_FOUND || err == BASE_INVALID) { /* none of that code, or one that has to be locked */
        api_input_wrong(input, "category", "%s", diag->text);
        return BASE_OK;
    }
    return err;
}

static enum base_err make(struct api_write *write, struct api_input *input, struct reported *reported,
                          struct base_diag *diag, int64_t *ret_id)
{
    struct incident_reported done = {.id = 0};
    enum base_err err = organisation(write, input, reported, diag);
    if (!err && !input->bad) {
        err = store(write, input, reported, diag, &done);
        *ret_id = done.id;
    }
    const int64_t ids[2] = {reported->estate_id, *ret_id};
    if (!err && !input->bad) {
        err = api_incident_one_taken(write->call, write->conn, ids, done.masked, diag);
    }
    if (!err && !input->bad) {
        api_write_located(write->call, MHD_HTTP_CREATED, "/api/incidents/%lld/%lld", (long long)ids[0],
                          (long long)ids[1]);
    }
    return err;
}

static enum base_err report(struct api_input *input, struct api_worker *worker, struct reported *reported,
                            struct base_diag *diag)
{
    struct api_write write;
    char note[NOTE_MAX];
    int64_t id = 0;
    enum base_err err = place(input, worker, reported, diag);
    if (err || input->bad || !api_write_may(input->call, DATA_LOOK_HANDLE, reported->estate_id)) {
        return err;
    }
    err = api_incident_ready(worker, diag);
    err = err ? err : api_write_begin(input->call, worker, DATA_LOOK_HANDLE, reported->estate_id, NULL, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    err = make(&write, input, reported, diag, &id);
    snprintf(note, sizeof note, "incident %lld", (long long)id);
    return api_write_end(&write, err, "report incident", note, diag);
}

enum base_err api_incident_report(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"estate_id", "building_id", "lon",          "lat",     "category",
                                          "severity",  "title",       "text",         "storey",  "t_event",
                                          "drill",     "origin",      "organisation", "contact", NULL};
    struct api_input input;
    struct reported reported = {.estate_id = 0};
    enum base_err err = BASE_OK;
    if (!api_input_open(call, members, &input)) {
        return BASE_OK;
    }
    where_in(&input, &reported);
    what_in(&input, &reported);
    if (!input.bad) {
        err = report(&input, worker, &reported, diag);
    }
    api_input_release(&input);
    return err;
}
