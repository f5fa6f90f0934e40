/* A report becomes an incident, or is added to the one that is open already. */
#include "incident/private.h"

enum base_err incident_ensure(struct data_conn *conn, struct base_diag *diag)
{
    enum base_err err = data_partition_ensure(conn, "incident_step", base_clock_now_us(), diag);
    return err ? err : data_partition_ensure(conn, "notice", base_clock_now_us(), diag);
}

enum { ID, STATE, NEW, PROCEDURE };
enum { LOCKED_MAX = 1 << 18 };

static enum base_err store(struct data_conn *conn, const struct incident_report *report, struct base_diag *diag,
                           struct data_rows **ret_rows)
{
    enum base_err err =
        data_run(conn, DATA_INCIDENT_REPORT,
                 DATA_ARGS(data_i64(report->estate_id), data_text(report->origin), report->rule_id,
                           data_text(report->merge_key), data_text(report->category), data_text(report->severity),
                           report->organisation_id, report->building_id, report->storey, report->device_id, report->lon,
                           report->lat, data_text(report->title), data_i64(report->drill),
                           data_time(report->t_event_us), data_time(report->at_us)),
                 diag, ret_rows);
    if (!err && data_rows_count(*ret_rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no category \"%s\", or no policy for it", report->category);
    }
    return err;
}

/* The first step, or another one of the same; a dispute's words are locked in it. */
static enum base_err note(struct data_conn *conn, const struct incident_report *report,
                          const struct incident_said *said, const struct data_rows *rows, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) locked;
    int64_t id = data_rows_i64(rows, 0, ID);
    bool sealed = incident_words_sealed(data_rows_text(rows, 0, PROCEDURE));
    base_buf_init(&locked, LOCKED_MAX);
    enum base_err err = sealed ? incident_words_report(report, id, said, diag, &locked) : BASE_OK;
    return err ? err
               : data_run(conn, DATA_INCIDENT_NOTE,
                          DATA_ARGS(data_i64(report->estate_id), data_i64(id),
                                    data_text(data_rows_bool(rows, 0, NEW) ? "report" : "add"),
                                    data_time(report->at_us), data_text(data_rows_text(rows, 0, STATE)),
                                    data_text(report->actor), sealed ? data_null() : data_text(report->note),
                                    sealed ? data_bytes(base_buf_str(&locked)) : data_null()),
                          diag, NULL);
}

static enum base_err contact(struct data_conn *conn, const struct incident_report *report, int64_t id,
                             const struct incident_said *said, struct base_diag *diag)
{
    const struct incident_act of = {.estate_id = report->estate_id, .id = id, .at_us = report->at_us};
    return report->contact ? incident_contact_add(conn, report->seal, &of, report->contact, diag)
                           : incident_contact_found(conn, report->seal, &of, said, diag);
}

/* Clocks and notices of one that is new. */
static enum base_err begin(struct data_conn *conn, const struct incident_report *report, int64_t id,
                           struct base_diag *diag)
{
    const struct incident_key key = {report->estate_id, id};
    enum base_err err = incident_clock_turn(conn, report->estate_id, id, "report", report->at_us, NULL, diag);
    return err ? err : incident_notice_write(conn, &key, 1, "report", report->actor, diag);
}

/* As it was said, but for numbers of persons. */
static enum base_err take(struct data_conn *conn, const struct incident_report *report,
                          const struct incident_said *said, struct base_diag *diag,
                          struct incident_reported *ret_reported)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = store(conn, report, diag, &rows);
    if (err) {
        return err;
    }
    *ret_reported = (struct incident_reported){
        .id = data_rows_i64(rows, 0, ID), .added = !data_rows_bool(rows, 0, NEW), .masked = said->masked};
    err = note(conn, report, said, rows, diag);
    err = err ? err : contact(conn, report, ret_reported->id, said, diag);
    return err || ret_reported->added ? err : begin(conn, report, ret_reported->id, diag);
}

enum base_err incident_report(struct data_conn *conn, const struct incident_report *report, struct base_diag *diag,
                              struct incident_reported *ret_reported)
{
    AUTO_VALUE(incident_said) said;
    incident_said_init(&said);
    enum base_err err = incident_said_in(&said, report->title, report->note, diag);
    struct incident_report told = *report;
    told.title = base_buf_cstr(&said.title);
    told.note = report->note ? base_buf_cstr(&said.note) : NULL;
    return err ? err : take(conn, &told, &said, diag, ret_reported);
}
