/* What the files of duty/ share: judge's turn at an estate, and its steps. Private to duty/. */
#ifndef HUTONG_DUTY_PRIVATE_H
#define HUTONG_DUTY_PRIVATE_H

#include "duty/duty.h"

#include <stdatomic.h>

/* --- turn (turn.c): one of the leader's lanes at one estate. Every transaction begins with the fence: whoever has lost
 * the lease writes nothing. Steps are short (<= 1 s): the mirror's slot creation waits for open transactions. --- */
struct duty_track;
struct duty_turn {
    struct data_conn *conn;
    char owner[128];
    int64_t epoch;
    int64_t renewed_us;        /* monotonic: when this lane said last that the leader lives */
    int64_t now_us;            /* what judge takes for now: the database's clock, or --at */
    int64_t estate_id;         /* whose turn */
    struct sensors_zone *zone; /* the estate's */
    bool decided;              /* or opened windows, this turn: the states of their places are to be written */
    int64_t place_version;     /* of the estate's places and devices */
    bool places_changed;       /* since windows were opened: those that have not begun are looked at anew */
    volatile sig_atomic_t *stop;
    struct duty_track *track; /* what its steps remember between them; NULL: nothing yet */
    atomic_size_t *opened;    /* shared by the lanes: how often windows that ask for an area were opened */
};
enum { DUTY_LEASE_S = 15, DUTY_HORIZON_S = 36 * 3600 /* windows are open as far ahead */ };
/* BEGIN and the fence; FENCED: another judge leads. */
enum base_err duty_turn_begin(struct duty_turn *turn, struct base_diag *diag) BASE_MUST_CHECK;
/* COMMIT, or after a failure ROLLBACK: returns err then. */
enum base_err duty_turn_end(struct duty_turn *turn, enum base_err err, struct base_diag *diag) BASE_MUST_CHECK;

/* --- lane (lane.c): a connection that goes from estate to estate; a leader has several, each in a thread of its own
 * --- */
struct duty_lane {
    const char *conninfo;
    struct duty_turn turn;
    enum base_err failed; /* at an estate, this round: the others went on */
    struct base_diag why;
    bool busy; /* did something this round */
};
/* judge_turns.sql's rows from *next on, which the lanes of a round count up together. What fails at one estate is in
 * lane->failed; an error returned ends the round: without the database, the lease or memory nothing goes on. */
enum base_err duty_lane_run(struct duty_lane *lane, const struct data_rows *rows, atomic_size_t *next, size_t end,
                            struct base_diag *diag) BASE_MUST_CHECK;
enum base_err duty_lane_connect(struct duty_lane *lane, struct base_diag *diag) BASE_MUST_CHECK;
void duty_lane_disconnect(struct duty_lane *lane);

/* --- places (places.c): what a duty is about --- */
/* The place with that id (0: not one alone), else all of the kind in the estate that the filter (CQL2 text; NULL: none)
 * selects, also those that are no more. Columns place_id, valid_from, valid_to (null: still there). A camera or bin
 * that was bound anew is several places, one after another. INVALID: the kind, or the filter. */
enum base_err duty_places(struct data_conn *conn, int64_t estate_id, const char *subject_kind, int64_t subject_id,
                          const char *subject_filter, struct base_diag *diag,
                          struct data_rows **ret_rows) BASE_MUST_CHECK;

/* --- track (track.c ...): from positions to gaps of trackers, passes derived anew and coverage --- */
/* One step for the turn's estate (as the home of its sources): stretches, or the next slice of time. Makes turn->track.
 */
enum base_err duty_track_step(struct duty_turn *turn, struct base_diag *diag, bool *ret_more) BASE_MUST_CHECK;
/* Windows that ask for an area were opened: steps read anew which there are. */
void duty_track_opened(struct duty_turn *turn);
void duty_track_free(struct duty_track *track); /* at the end of the last turn */

/* --- open (open.c): windows of the turn's estate up to the horizon --- */
enum base_err duty_open_step(struct duty_turn *turn, struct base_diag *diag, bool *ret_more) BASE_MUST_CHECK;

/* --- decide (decide.c): windows that are due, and those to be looked at again --- */
enum base_err duty_decide_step(struct duty_turn *turn, struct base_diag *diag, bool *ret_more) BASE_MUST_CHECK;

/* --- live (live.c): what changes without a fact: breaches, the interval in force, what is due next --- */
enum base_err duty_live_step(struct duty_turn *turn, struct base_diag *diag) BASE_MUST_CHECK;

#endif
