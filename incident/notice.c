/* Notices are written where steps are, in the same transaction: none is lost, and none is there without its step. */
#include "incident/private.h"

enum { ARRAY_MAX = 1 << 20 };

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
