/* Warnings, breaches and escalations, each at its time and once. */
#include "incident/private.h"

#include <stdlib.h>

/* Columns of incident_fire. */
enum { ESTATE_ID, ID, OVER_AT, WARNED, BROKE };

/* A level's time is over: as of that moment, however late it is found. */
static enum base_err escalate(struct data_conn *conn, const struct data_rows *rows, size_t row, struct base_diag *diag)
{
    const struct incident_act act = {.estate_id = data_rows_i64(rows, row, ESTATE_ID),
                                     .id = data_rows_i64(rows, row, ID),
                                     .step = "escalate",
                                     .detail = "{\"by\": \"deadline\"}",
                                     .organisation_id = data_null(),
                                     .shift_id = data_null(),
                                     .other = data_null(),
                                     .at_us = data_rows_time(rows, row, OVER_AT)};
    struct incident_acted acted;
    return incident_act_take(conn, &act, diag, &acted);
}

/* Of those that the column says it of, in one statement. */
static enum base_err tell(struct data_conn *conn, const struct data_rows *rows, int column, const char *step,
                          struct base_diag *diag)
{
    size_t told = 0, count = data_rows_count(rows);
    struct incident_key *keys = calloc(count + 1, sizeof *keys);
    if (!keys) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for notices");
    }
    for (size_t row = 0; row < count; row++) {
        if (data_rows_bool(rows, row, column)) {
            keys[told++] = (struct incident_key){data_rows_i64(rows, row, ESTATE_ID), data_rows_i64(rows, row, ID)};
        }
    }
    enum base_err err = incident_notice_write(conn, keys, told, step, NULL, diag);
    free(keys);
    return err;
}

static enum base_err fire(struct data_conn *conn, int64_t at_us, struct data_arg estate, struct data_arg id,
                          struct base_diag *diag, size_t *ret_count)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_INCIDENT_FIRE,
                                 DATA_ARGS(data_time(at_us), data_i64(INCIDENT_FIRE_MAX), estate, id), diag, &rows);
    *ret_count = err ? 0 : data_rows_count(rows);
    err = err ? err : tell(conn, rows, WARNED, "warn", diag);
    err = err ? err : tell(conn, rows, BROKE, "breach", diag);
    for (size_t row = 0; row < *ret_count && !err; row++) {
        err = data_rows_null(rows, row, OVER_AT) ? BASE_OK : escalate(conn, rows, row, diag);
    }
    return err;
}

enum base_err incident_fire(struct data_conn *conn, int64_t at_us, struct base_diag *diag, bool *ret_more)
{
    size_t count = 0;
    enum base_err err = data_begin_write(conn, diag);
    if (err) {
        return err;
    }
    size_t calls = 0, resolutions = 0;
    err = fire(conn, at_us, data_null(), data_null(), diag, &count);
    err = err ? err : incident_joint_fire(conn, at_us, data_null(), data_null(), diag, &calls);
    err = err ? err : incident_agenda_fire(conn, at_us, diag, &resolutions);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    *ret_more = count + calls + resolutions > 0;
    return err;
}

enum base_err incident_fire_one(struct data_conn *conn, int64_t estate_id, int64_t id, int64_t at_us,
                                struct base_diag *diag)
{
    size_t count = 1;
    enum base_err err = BASE_OK;
    while (count && !err) {
        err = fire(conn, at_us, data_i64(estate_id), data_i64(id), diag, &count);
    }
    return err ? err : incident_joint_fire(conn, at_us, data_i64(estate_id), data_i64(id), diag, &count);
}
