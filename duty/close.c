/* A duty ends: its version is closed, and what judge opened beyond goes. */
#include "duty/private.h"

enum base_err duty_close(struct data_conn *conn, int64_t estate_id, int64_t id, int64_t if_version, int64_t at_us,
                         struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    struct data_arg estate = data_i64(estate_id);
    enum base_err err = data_run(conn, DATA_DUTY_LOCK, DATA_ARGS(estate), diag, NULL);
    err = err ? err : data_run(conn, DATA_DUTY_HEAD, DATA_ARGS(estate, data_i64(id)), diag, &rows);
    if (err) {
        return err;
    }
    if (data_rows_count(rows) == 0) {
        return base_diag_set(diag, BASE_NOT_FOUND, "estate %lld has no duty %lld", (long long)estate_id, (long long)id);
    }
    int64_t version = data_rows_i64(rows, 0, 0), now_us = data_rows_time(rows, 0, 2);
    int64_t from_us = at_us > now_us ? at_us : now_us; /* windows that have begun stay */
    if (if_version && if_version != version) {
        return base_diag_set(diag, BASE_CONFLICT, "duty %lld has version %lld by now, not %lld", (long long)id,
                             (long long)version, (long long)if_version);
    }
    if (data_rows_null(rows, 0, 1) || data_rows_time(rows, 0, 1) <= from_us) {
        return base_diag_set(diag, BASE_NOT_FOUND, "duty %lld has ended by then", (long long)id);
    }
    const struct data_arg args[] = {estate, data_i64(id), data_time(from_us)};
    err = data_run(conn, DATA_DUTY_CUT, args, BASE_COUNT(args), diag, NULL);
    return err ? err : data_run(conn, DATA_DUTY_WINDOW_DROP, args, BASE_COUNT(args), diag, NULL);
}
