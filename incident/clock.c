/* An incident's clocks. */
#include "incident/private.h"

enum base_err incident_clock_turn(struct data_conn *conn, int64_t estate_id, int64_t id, const char *step,
                                  int64_t at_us, const char *reason, struct base_diag *diag)
{
    const struct data_arg estate = data_i64(estate_id), incident = data_i64(id);
    enum base_err err =
        data_run(conn, DATA_CLOCK_TURN,
                 DATA_ARGS(estate, incident, data_text(step), data_time(at_us), data_text(reason)), diag, NULL);
    return err ? err : data_run(conn, DATA_CLOCK_BREACH, DATA_ARGS(estate, incident), diag, NULL);
}
