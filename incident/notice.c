/* Notices are written where steps are, in the same transaction: none is lost, and none is there without its step. */
#include "incident/private.h"

#include <string.h>

enum { ARRAY_MAX = 1 << 20 };

/* Columns of notice_find. */
enum { ESTATE_ID, INCIDENT_ID, STEP, SINCE, CONTACT_ID, TASK_ID, CALL_ID };

static enum base_err write_all(struct data_conn *conn, struct base_buf *estates, struct base_buf *incidents,
                               const char *step, const char *actor, struct base_diag *diag)
{
    if (estates->err || incidents->err) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for notices");
    }
    return data_run(conn, DATA_NOTICE_WRITE,
                    DATA_ARGS(data_bytes(base_buf_str(estates)), data_bytes(base_buf_str(incidents)), data_text(step),
                              data_text(actor)),
                    diag, NULL);
}

enum base_err incident_notice_write(struct data_conn *conn, const struct incident_key *keys, size_t count,
                                    const char *step, const char *actor, struct base_diag *diag)
{
    if (count == 0) {
        return BASE_OK;
    }
    AUTO_VALUE(base_buf) estates;
    AUTO_VALUE(base_buf) incidents;
    base_buf_init(&estates, ARRAY_MAX);
    base_buf_init(&incidents, ARRAY_MAX);
    data_array_begin(&estates, DATA_ARRAY_I64, count);
    data_array_begin(&incidents, DATA_ARRAY_I64, count);
    for (size_t i = 0; i < count; i++) {
        data_array_i64(&estates, keys[i].estate_id);
        data_array_i64(&incidents, keys[i].id);
    }
    return write_all(conn, &estates, &incidents, step, actor, diag);
}

/* Whoever answers for a department has acknowledged its call, unless somebody did before or it is over. */
static enum base_err acknowledge(struct data_conn *conn, const struct data_rows *rows, struct base_diag *diag)
{
    char actor[40];
    if (data_rows_null(rows, 0, CALL_ID)) {
        return BASE_OK;
    }
    snprintf(actor, sizeof actor, "contact %lld", (long long)data_rows_i64(rows, 0, CONTACT_ID));
    const struct incident_joint_act act = {
        .incident = {data_rows_i64(rows, 0, ESTATE_ID), data_rows_i64(rows, 0, INCIDENT_ID)},
        .call_id = data_rows_i64(rows, 0, CALL_ID),
        .act = "acknowledge",
        .actor = actor,
        .at_us = base_clock_now_us()};
    enum base_err err = incident_joint_act(conn, &act, diag);
    return err == BASE_CONFLICT ? BASE_OK : err;
}

static struct data_arg id_or_null(const struct data_rows *rows, int column)
{
    return data_rows_null(rows, 0, column) ? data_null() : data_i64(data_rows_i64(rows, 0, column));
}

/* Two statements: the second sees what was written before the first one had its lock. */
static enum base_err answer(struct data_conn *conn, const char *key, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_NOTICE_FIND, DATA_ARGS(data_text(key)), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "no notice of the last 30 days has this key");
    }
    err = err ? err
              : data_run(conn, DATA_NOTICE_ACK,
                         DATA_ARGS(data_i64(data_rows_i64(rows, 0, ESTATE_ID)), id_or_null(rows, INCIDENT_ID),
                                   data_text(data_rows_text(rows, 0, STEP)), data_time(data_rows_time(rows, 0, SINCE)),
                                   data_i64(data_rows_i64(rows, 0, CONTACT_ID)), id_or_null(rows, TASK_ID)),
                         diag, NULL);
    return err ? err : acknowledge(conn, rows, diag);
}

/* A step is written to a partition, which is made before the transaction. */
static enum base_err ready(struct data_conn *conn, const char *key, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_NOTICE_CALL, DATA_ARGS(data_text(key)), diag, &rows);
    return err || data_rows_count(rows) == 0 || !data_rows_bool(rows, 0, 0) ? err : incident_ensure(conn, diag);
}

static bool is_key(const char *key)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    bool good = strlen(key) == sizeof form - 1;
    for (size_t i = 0; good && form[i]; i++) {
        good = form[i] == '-' ? key[i] == '-' : strchr("0123456789abcdefABCDEF", key[i]) != NULL;
    }
    return good;
}

enum base_err incident_notice_ack(struct data_conn *conn, const char *key, struct base_diag *diag)
{
    if (!is_key(key)) {
        return base_diag_set(diag, BASE_NOT_FOUND, "a notice's key is a UUID, as it came in Idempotency-Key");
    }
    enum base_err err = ready(conn, key, diag);
    err = err ? err : data_begin_write(conn, diag);
    err = err ? err : answer(conn, key, diag);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    return err;
}
