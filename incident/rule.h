/* What the files of incident/ that settle rule hits share. Private to incident/.
 *
 *                  begins                  lasted hold_s, no quiet hours, no rest
 *   clear, none ------------> holds ------------------------------------------------> raised --> incident_report
 *        ^                      | ends                                                   | ends: noted on the incident,
 *        '----------------------'--------------------------------------------------------'       a window's is revoked
 *
 * Newer event time wins: what is older than a thing's last word changes nothing. A rule without an end has no state:
 * each match raises, or waits for the end of the quiet hours.
 */
#ifndef HUTONG_INCIDENT_RULE_H
#define HUTONG_INCIDENT_RULE_H

#include "facts/facts.h"
#include "incident/private.h"

enum incident_rule_is { INCIDENT_RULE_NONE, INCIDENT_RULE_HOLDS, INCIDENT_RULE_RAISED, INCIDENT_RULE_CLEAR };

struct incident_rule_thing { /* of which a rule says something; texts are of the rows it was read from */
    int64_t estate_id, rule_id, rule_version;
    const char *name, *watches, *note;
    struct data_arg home_estate_id, device_id, duty_id, building_id, storey, lon, lat; /* may be null */
    int64_t hold_us;
    bool impulse; /* the rule knows no end */
    enum incident_rule_is is;
    int64_t since_us, heard_us;
    int64_t due_us; /* of HOLDS */
    int64_t hit_us; /* with dedup: the hit that began it */
    struct base_id dedup;
    int64_t incident_id; /* 0: none */
};

/* --- rule_hit.c --- Settles hits, INCIDENT_RULE_MAX at most; then, when there are no more, states that are due. */
enum base_err incident_rule_hits(struct data_conn *conn, int64_t now_us, struct base_diag *diag,
                                 bool *ret_more) BASE_MUST_CHECK;

/* --- rule_raise.c --- */
/* A state has lasted long enough: an incident, or why there is none; the thing is as it is then. *ret_outcome is a
 * word of rule_hit.outcome. */
enum base_err incident_rule_raise(struct data_conn *conn, struct incident_rule_thing *thing, int64_t now_us,
                                  struct base_diag *diag, const char **ret_outcome) BASE_MUST_CHECK;
/* The state of a thing with an incident has ended and is stored so. note: what is said about it; NULL: nothing. */
enum base_err incident_rule_end(struct data_conn *conn, const struct incident_rule_thing *thing, const char *note,
                                int64_t now_us, struct base_diag *diag) BASE_MUST_CHECK;

/* --- rule_watch.c --- Hits from windows that have become missed, or are no longer. */
enum base_err incident_rule_windows(struct data_conn *conn, int64_t now_us, struct base_diag *diag) BASE_MUST_CHECK;

/* Hits from devices that have gone silent, or have spoken again; forgets states that are over. */
enum base_err incident_rule_silent(struct data_conn *conn, int64_t now_us, struct base_diag *diag) BASE_MUST_CHECK;

/* --- rule_arrive.c --- Teams that were seen where they were sent. */
enum base_err incident_rule_arrive(struct data_conn *conn, int64_t now_us, struct base_diag *diag) BASE_MUST_CHECK;

#endif
