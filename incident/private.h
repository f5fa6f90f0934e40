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

/* --- joint (joint.c) --- Ends the incident's joint response, if one is open: its departments are told. actor NULL: the
 * platform. *ret_open may be NULL. */
enum base_err incident_joint_end(struct data_conn *conn, const struct incident_key *key, const char *actor,
                                 int64_t at_us, struct base_diag *diag, bool *ret_open) BASE_MUST_CHECK;

/* --- joint (joint.c) and agenda (agenda.c) --- Within the transaction of fire.c, and as often: calls whose
 * time to acknowledge is over (of one incident, or null: all), resolutions that are nearly due and overdue. */
enum base_err incident_joint_fire(struct data_conn *conn, int64_t at_us, struct data_arg estate, struct data_arg id,
                                  struct base_diag *diag, size_t *ret_count) BASE_MUST_CHECK;
enum base_err incident_agenda_fire(struct data_conn *conn, int64_t at_us, struct base_diag *diag,
                                   size_t *ret_count) BASE_MUST_CHECK;

/* --- notice (notice.c) --- What follows of a step that these have just taken, each at most once: who is to be told of
 * it has a notice, and what was asked before is answered. actor NULL: the platform. */
enum base_err incident_notice_write(struct data_conn *conn, const struct incident_key *keys, size_t count,
                                    const char *step, const char *actor, struct base_diag *diag) BASE_MUST_CHECK;

/* --- seal (seal.c) --- Words as they are stored: numbers of persons are masked (base_mask), and what was taken out is
 * gathered. */
struct incident_said {
    struct base_buf title, note, taken;
    size_t masked;
};
void incident_said_init(struct incident_said *said);
void incident_said_release(struct incident_said *said);
enum base_err incident_said_in(struct incident_said *said, const char *title, const char *note,
                               struct base_diag *diag) BASE_MUST_CHECK;
/* Appends what opens with that key for that incident alone. INVALID: there is no key, or it is another one's. what:
 * "contact" or "words". */
struct incident_sealing {
    const struct base_key *key;
    int64_t estate_id, id;
    const char *what;
};
enum base_err incident_seal_lock(const struct incident_sealing *sealing, struct base_str text, struct base_diag *diag,
                                 struct base_buf *locked) BASE_MUST_CHECK;
enum base_err incident_seal_unlock(const struct incident_sealing *sealing, struct base_str locked,
                                   struct base_diag *diag, struct base_buf *text) BASE_MUST_CHECK;

/* --- contact (contact.c) --- What was taken out of somebody's words, unless the incident has a contact, or there is no
 * key. */
enum base_err incident_contact_found(struct data_conn *conn, const struct base_key *seal, const struct incident_act *of,
                                     const struct incident_said *said, struct base_diag *diag) BASE_MUST_CHECK;

/* --- words (words.c) --- */
bool incident_words_sealed(const char *procedure);
/* What is stored for a dispute's words: of its report all that it says, else a step's note. */
enum base_err incident_words_report(const struct incident_report *report, int64_t id, const struct incident_said *said,
                                    struct base_diag *diag, struct base_buf *locked) BASE_MUST_CHECK;
enum base_err incident_words_note(const struct incident_act *act, const char *note, struct base_diag *diag,
                                  struct base_buf *locked) BASE_MUST_CHECK;

#endif
