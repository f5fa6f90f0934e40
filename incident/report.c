/* A report becomes an incident, or is added to the one that is open already. */
#include "incident/private.h"

enum base_err incident_ensure(struct data_conn *conn, struct base_diag *diag)
{
    enum base_err err = data_partition_ensure(conn, "incident_step", base_clock_now_us(), diag);
    return err ? err : data_partition_ensure(conn, "notice", base_clock_now_us(), diag);
}

enum { ID, STATE, NEW };

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

enum base_err incident_report(struct data_conn *conn, const struct incident_report *report, struct base_diag *diag,
                              struct incident_reported *ret_reported)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = store(conn, report, diag, &rows);
    if (err) {
        return err;
    }
    const struct data_arg estate = data_i64(report->estate_id);
    *ret_reported =
        (struct incident_reported){.id = data_rows_i64(rows, 0, ID), .added = !data_rows_bool(rows, 0, NEW)};
    err = data_run(conn, DATA_INCIDENT_NOTE,
                   DATA_ARGS(estate, data_i64(ret_reported->id), data_text(ret_reported->added ? "add" : "report"),
                             data_time(report->at_us), data_text(data_rows_text(rows, 0, STATE)),
                             data_text(report->actor), data_text(report->note)),
                   diag, NULL);
    if (!err && !ret_reported->added) {
        err = incident_clock_turn(conn, report->estate_id, ret_reported->id, "report", report->at_us, NULL, diag);
    }
    const struct incident_key key = {report->estate_id, ret_reported->id};
    return err || ret_reported->added ? err : incident_notice_write(conn, &key, 1, "report", report->actor, diag);
}
