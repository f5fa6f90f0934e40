/* What meetings resolved is due at a time: judge says so, once before and once after it. */
#include "incident/private.h"

enum base_err incident_agenda_fire(struct data_conn *conn, int64_t at_us, struct base_diag *diag, size_t *ret_count)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_RESOLUTION_FIRE, DATA_ARGS(data_time(at_us), data_i64(INCIDENT_FIRE_MAX)), diag, &rows);
    *ret_count = err ? 0 : (size_t)data_rows_i64(rows, 0, 0);
    return err;
}
