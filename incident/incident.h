/* incident: what is to be done about what happened - reported, taken step by step to its verified end, on clocks.
 *
 * Ownership  everything is borrowed for the call; *ret_ are plain values.
 * Threads    a connection belongs to one thread at a time; nothing here has state of its own.
 * Units      times us since 1970-01-01 UTC; lon/lat degrees WGS 84 (EPSG:4326).
 * Errors     NOT_FOUND: no such incident or category; CONFLICT: a step that is not allowed there, with those that are;
 *            INVALID: a step that needs a note; else those of data/.
 * Sources    GB/T 30428 (the loop); docs/incidents.md, docs/rules.md; the tables of data/schema/0030_incident.sql are
 * the rules: which steps are allowed (incident_move), what they do to which clock (clock_rule), how long a stage may
 * take (sla_policy).
 *
 *   report --> incident <--- act, one step at a time            judge: fire --> warn, breach, escalate
 *                 '--> incident_step (append-only)     clock ----'
 */
#ifndef HUTONG_INCIDENT_H
#define HUTONG_INCIDENT_H

#include "data/data.h"

#include <signal.h>

/* Partitions of what a report or a step writes. Before its transaction, not within it. */
enum base_err incident_ensure(struct data_conn *conn, struct base_diag *diag) BASE_MUST_CHECK;

struct incident_key {
    int64_t estate_id, id;
};

/* --- report (report.c): somebody says, or the platform finds, that something is to be done --- */
struct incident_report {
    int64_t estate_id;
    const char *origin;   /* call, patrol, resident, rule, window, silence */
    const char *category; /* its code */
    const char *severity; /* small, serious, complex, special; NULL: the category's */
    const char *title;
    const char *note;      /* what was said; NULL: nothing more */
    const char *actor;     /* who says so; NULL: the platform */
    const char *merge_key; /* the open incident with the same key takes it in; NULL: always one of its own */
    struct data_arg rule_id, organisation_id, building_id, storey, device_id, lon, lat; /* may be null */
    bool drill;
    const char *contact;         /* who is to be asked, a JSON object; NULL: not said */
    const struct base_key *seal; /* locks contact and the words of a dispute; NULL: neither can be kept */
    int64_t t_event_us;          /* when it happened */
    int64_t at_us;               /* when it was reported: clocks run from here */
};
struct incident_reported {
    int64_t id;
    bool added;    /* to one that was open */
    size_t masked; /* numbers of persons that were taken out of title and note (base_mask) */
};
/* Within the caller's transaction, as the owner. What was taken out of the words is kept as the contact when none was
 * given. INVALID: without a key there is neither a contact nor a dispute. */
enum base_err incident_report(struct data_conn *conn, const struct incident_report *report, struct base_diag *diag,
                              struct incident_reported *ret_reported) BASE_MUST_CHECK;

/* --- act (act.c): one step of one incident --- */
struct incident_act {
    int64_t estate_id, id;
    const char *step;
    const char *actor;                                /* NULL: the platform */
    const char *note;                                 /* a pause's is its reason's code; NULL: none */
    const char *detail;                               /* JSON; NULL: none */
    const char *category, *severity;                  /* of reclassify; NULL: as it is */
    const struct base_key *seal;                      /* as in a report */
    struct data_arg organisation_id, shift_id, other; /* of dispatch: who; of merge: into which */
    int64_t at_us;
};
struct incident_acted {
    int64_t version;
    char state[16];
    size_t masked; /* numbers of persons that were taken out of the note; kept as the contact when there is none yet */
};
/* Within the caller's transaction, as the owner. What the incident's clocks had to say before at_us is said first. */
enum base_err incident_act(struct data_conn *conn, const struct incident_act *act, struct base_diag *diag,
                           struct incident_acted *ret_acted) BASE_MUST_CHECK;

/* --- joint (joint.c): departments are called to an incident (docs/joint.md) ---
 * All within the caller's transaction, as the owner; what clocks had to say before at_us is said first. */
enum { INCIDENT_JOINT_MAX = 7 };
struct incident_joint {
    int64_t estate_id, id; /* the incident */
    const char *actor, *reason;
    const char *fields[INCIDENT_JOINT_MAX]; /* codes of joint_field */
    size_t field_count;
    struct data_arg ack_s; /* to acknowledge; null: as long as each has */
    int64_t at_us;
};
/* Opens a joint response, or adds to the one that is open. INVALID: a field that there is not, that nobody answers for
 * there, or that is called already. */
enum base_err incident_joint_call(struct data_conn *conn, const struct incident_joint *joint,
                                  struct base_diag *diag) BASE_MUST_CHECK;
/* CONFLICT: none is open. note may be NULL. */
enum base_err incident_joint_stand_down(struct data_conn *conn, const struct incident_key *key, const char *actor,
                                        const char *note, int64_t at_us, struct base_diag *diag) BASE_MUST_CHECK;
struct incident_joint_act {
    struct incident_key incident;
    int64_t call_id;
    const char *act; /* acknowledge, arrive, leave, report */
    const char *actor;
    const char *note; /* a report's text; NULL: none */
    int64_t at_us;
};
/* What a called department does. NOT_FOUND: no such call; CONFLICT: not now, with why. */
enum base_err incident_joint_act(struct data_conn *conn, const struct incident_joint_act *act,
                                 struct base_diag *diag) BASE_MUST_CHECK;

/* --- cap (cap.c): an incident's newest joint response in the Common Alerting Protocol 1.2 (OASIS) --- */
/* Appends the document. NOT_FOUND: nobody was called to it. */
enum base_err incident_cap_out(struct data_conn *conn, const struct incident_key *key, struct base_buf *buf,
                               struct base_diag *diag) BASE_MUST_CHECK;

/* --- seal (seal.c) --- What locks contacts and the words of disputes: $HUTONG_VAR/keys/incident.key, made when it is
 * missing. */
enum base_err incident_seal_key(const char *var, struct base_diag *diag, struct base_key *ret_key) BASE_MUST_CHECK;

/* --- contact (contact.c): who is to be asked; sealed when the incident comes to its end --- */
/* Adds one, a JSON object, to an incident that is open. Within the caller's transaction, as the owner. CONFLICT: it is
 * not. */
enum base_err incident_contact_add(struct data_conn *conn, const struct base_key *seal, const struct incident_act *of,
                                   const char *contact, struct base_diag *diag) BASE_MUST_CHECK;
/* [{..., "incident_id", "added_at"}], of the incident and of those that were merged into it. CONFLICT: they are
 * sealed. Whoever asks has been checked and is written down by the caller. */
enum base_err incident_contact_out(struct data_conn *conn, const struct base_key *seal, int64_t estate_id, int64_t id,
                                   struct base_diag *diag, struct base_json_out *out) BASE_MUST_CHECK;

/* --- words (words.c): what was said in a dispute --- */
/* {"report": {"title", "text", "building_id" ...}, "steps": [{"id", "step", "note"}]}. CONFLICT: it is no dispute.
 * Whoever asks has been checked and is written down by the caller. */
enum base_err incident_words_out(struct data_conn *conn, const struct base_key *seal, int64_t estate_id, int64_t id,
                                 struct base_diag *diag, struct base_json_out *out) BASE_MUST_CHECK;

/* --- fire (fire.c): what clocks have to say, calls that nobody has acknowledged, resolutions' deadlines --- */
enum { INCIDENT_FIRE_MAX = 1000 };
/* One transaction: what is due by at_us, INCIDENT_FIRE_MAX of each at most; a level whose time is over hands its
 * incident to the next. *ret_more: there may be more. Any number may call it at once: each is said once. */
enum base_err incident_fire(struct data_conn *conn, int64_t at_us, struct base_diag *diag,
                            bool *ret_more) BASE_MUST_CHECK;
/* The same for one incident, within the caller's transaction, until nothing is due. */
enum base_err incident_fire_one(struct data_conn *conn, int64_t estate_id, int64_t id, int64_t at_us,
                                struct base_diag *diag) BASE_MUST_CHECK;

/* --- rule (rule.c): what rules found becomes incidents (docs/rules.md) --- */
enum { INCIDENT_RULE_MAX = 500 };
/* A turn, one transaction: hits that ingest left, windows that have become missed or are no longer, states that have
 * lasted long enough, teams that have arrived. *ret_more: there may be more. Any number may call it at once: one does
 * it, the others find nothing to do; one that dies leaves all as it was. */
enum base_err incident_rule(struct data_conn *conn, int64_t now_us, struct base_diag *diag,
                            bool *ret_more) BASE_MUST_CHECK;
/* Looks for devices that have gone silent; the hits are for the next turn. Reads all devices: not too often. */
enum base_err incident_rule_silence(struct data_conn *conn, int64_t now_us, struct base_diag *diag) BASE_MUST_CHECK;

/* --- run (run.c): fires clocks when they are due and settles what rules found, until *stop --- */
struct incident_run_options {
    const char *conninfo; /* NULL: HUTONG_DATABASE */
    volatile sig_atomic_t *stop;
};
void incident_run(const struct incident_run_options *options);
/* All that is due by at_us (0: now, by the database's clock), once. */
enum base_err incident_run_once(const char *conninfo, int64_t at_us, struct base_diag *diag) BASE_MUST_CHECK;

/* --- notice (notice.c) --- The one with that key (a UUID, as it came in Idempotency-Key) is answered, for all of its
 * chain; again: nothing more. NOT_FOUND: there is none. A transaction of its own, as the owner. */
enum base_err incident_notice_ack(struct data_conn *conn, const char *key, struct base_diag *diag) BASE_MUST_CHECK;

/* --- deliver (deliver.c): sends the notices that are due, until *stop ---
 * Any number may run at once: a notice is claimed for a while, and what its claimer does not settle - he was killed -
 * is sent again with the same key. Nothing is open in the database while somebody's server is waited for.
 * docs/notices.md. */
struct incident_deliver_options {
    const char *conninfo; /* NULL: HUTONG_DATABASE */
    const char *link;     /* the page's address, for links; NULL: none */
    bool private_too;     /* also addresses within private networks, and this machine */
    int connect_ms, total_ms, retry_first_ms, attempts_max; /* of a request; 0: 3 s, 10 s, 5 s, 8 */
    volatile sig_atomic_t *stop;
};
void incident_deliver_run(const struct incident_deliver_options *options);

#endif
