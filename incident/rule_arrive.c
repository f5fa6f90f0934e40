/* A pass or a check-in of the team that was sent proves that it is there. */
#include "incident/rule.h"

enum { ESTATE_ID, ID, AT, DETAIL }; /* columns of rule_arrive.sql */

enum base_err incident_rule_arrive(struct data_conn *conn, int64_t now_us, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_RULE_ARRIVE, DATA_ARGS(data_time(now_us)), diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        struct incident_acted acted;
        const struct incident_act act = {.estate_id = data_rows_i64(rows, row, ESTATE_ID),
                                         .id = data_rows_i64(rows, row, ID),
                                         .step = "arrive",
                                         .detail = data_rows_text(rows, row, DETAIL),
                                         .organisation_id = data_null(),
                                         .shift_id = data_null(),
                                         .other = data_null(),
                                         .at_us = data_rows_time(rows, row, AT)};
        err = incident_act(conn, &act, diag, &acted);
        err = err == BASE_CONFLICT ? BASE_OK : err; /* a clock that was due first has taken it to the next level */
    }
    return err;
}
