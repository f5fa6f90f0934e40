/* What the files of incident/ share. Private to incident/. */
#ifndef HUTONG_INCIDENT_PRIVATE_H
#define HUTONG_INCIDENT_PRIVATE_H

#include "incident/incident.h"

/* --- clock (clock.c) --- What a step does to the incident's clocks; reason: a pause's, else NULL. */
enum base_err incident_clock_turn(struct data_conn *conn, int64_t estate_id, int64_t id, const char *step,
                                  int64_t at_us, const char *reason, struct base_diag *diag) BASE_MUST_CHECK;

/* --- act (act.c) --- A step without asking first what its clocks have to say: fire's. */
enum base_err incident_act_take(struct data_conn *conn, const struct incident_act *act, struct base_diag *diag,
                                struct incident_acted *ret_acted) BASE_MUST_CHECK;

/* --- notice (notice.c) --- What follows of a step that these have just taken, each at most once: who is to be told of
 * it has a notice, and what was asked before is answered. actor NULL: the platform. */
struct incident_key {
    int64_t estate_id, id;
};
enum base_err incident_notice_write(struct data_conn *conn, const struct incident_key *keys, size_t count,
                                    const char *step, const char *actor, struct base_diag *diag) BASE_MUST_CHECK;

#endif
