/* What a batch makes of its subjects: their states, their tracks and the passes that follow. Private to ingest/.
 *
 *   stored rows --by subject--> groups --tracks, remembered or read--> step --> states, tracks   asset_state
 *                                                                        |----> passes           pass, ..._state
 *                                                                        |-late-> stretches      stretch
 *                                                                        '-old--> marks          judge_again
 *
 * A subject's rows are stepped in the order in which they came, and one that is older than its track is late: so the
 * cut into batches changes nothing. The memory is the store's, used again for each batch.
 */
#ifndef HUTONG_INGEST_STORE_STATE_H
#define HUTONG_INGEST_STORE_STATE_H

#include "data/data.h"
#include "facts/facts.h"
#include "ingest/tracks.h"

struct ingest_row;
struct ingest_source;
struct ingest_store;

#define INGEST_NO_ROW (-1)
#define INGEST_NO_TRACK (-2)

struct ingest_group { /* a subject's new rows */
    struct base_id subject;
    enum sensors_subject subject_type;
    const struct facts_rules *rules; /* NULL: makes no passes */
    struct ingest_row **rows;        /* in the order in which they came */
    size_t count;
    const struct ingest_row *newest;  /* position; NULL: checked in only */
    size_t track_at, track_len;       /* in ingest_state.tracks */
    bool remembered, locked;          /* where its track came from; both: it was compared since */
    bool stored;                      /* its row has the new position and track */
    int64_t stamp;                    /* of the track it goes on from; INGEST_NO_ROW: it has no row */
    int64_t late_from_us, late_to_us; /* SENSORS_NO_TIME: nothing came late */
};

struct ingest_pass {
    size_t group;
    size_t number; /* of equal keys the later is valid */
    struct facts_pass pass;
};

enum { INGEST_MOVE_ROW, INGEST_MOVE_STAMP, INGEST_MOVE_AT, INGEST_MOVE_LEN, INGEST_MOVE_ARRAYS };

struct ingest_state {
    struct facts_places places;
    struct geo_place *zones, *checkpoints; /* owned; the buildings are the store's */
    struct ingest_row **rows;
    size_t row_cap;
    struct ingest_group *groups;
    size_t group_count, group_cap;
    struct ingest_pass *passes;
    size_t pass_count, pass_cap;
    struct base_buf tracks, array;
    struct base_buf moves[INGEST_MOVE_ARRAYS];
    enum base_err err; /* memory was short */
    struct ingest_tracks remembered;
    int64_t stamp;  /* of the tracks that this transaction writes: no other has it */
    int64_t now_us; /* the database's clock when the transaction began: what is old by it is marked */
};

/* --- store_state.c --- */
void ingest_store_state_init(struct ingest_state *state);
void ingest_store_state_release(struct ingest_state *state);
/* Zones and checkpoints, beside these buildings. On failure the old ones stay. */
enum base_err ingest_store_state_load(struct ingest_state *state, struct data_conn *conn,
                                      const struct geo_place *buildings, struct base_diag *diag) BASE_MUST_CHECK;
/* After the batch's rows were stored, in their transaction. CONFLICT: what was remembered of some is out of date; it
 * was forgotten, the transaction must be begun again. */
enum base_err ingest_store_state_batch(struct ingest_store *store, struct ingest_source *source,
                                       struct base_diag *diag) BASE_MUST_CHECK;
/* That transaction was committed. */
void ingest_store_state_remember(struct ingest_state *state);
/* Locks the rows of groups with tracks that are not locked yet and reads them: of those that are not remembered, or of
 * those that are not stored. In the groups' order. *ret_rows is NULL when there are none. */
enum base_err ingest_store_state_lock(struct ingest_store *store, const struct ingest_source *source, bool unstored,
                                      struct base_diag *diag, struct data_rows **ret_rows) BASE_MUST_CHECK;
enum { INGEST_LOCK_SUBJECT, INGEST_LOCK_TRACK, INGEST_LOCK_STAMP }; /* columns */
bool ingest_store_state_wants_lock(const struct ingest_group *group, bool unstored);
/* Room for count elements; false, and state->err set, when memory is short. */
bool ingest_store_state_room(struct ingest_state *state, void **array, size_t *cap, size_t count, size_t size);
enum base_err ingest_store_state_failed(const struct ingest_state *state, struct base_diag *diag) BASE_MUST_CHECK;

/* --- store_move.c --- */
/* Positions and tracks of the groups; CONFLICT as above. */
enum base_err ingest_store_move_batch(struct ingest_store *store, const struct ingest_source *source,
                                      struct base_diag *diag) BASE_MUST_CHECK;

/* --- store_pass.c --- */
/* Steps the group's rows on from the track in these bytes; puts the new one into tracks. */
void ingest_store_pass_step(struct ingest_state *state, size_t group, struct base_str track);
/* The group's shift has ended: closes what is open in these bytes. */
void ingest_store_pass_end(struct ingest_state *state, size_t group, struct base_str track);
/* Passes, and what they and the batch's events (NULL: none) say of places; then the stretches. */
enum base_err ingest_store_pass_batch(struct ingest_store *store, const struct ingest_source *source,
                                      struct base_diag *diag) BASE_MUST_CHECK;

/* --- store_mark.c --- */
/* What judge has read already, or may have: positions older than this are a stretch that it reads again. It reads up to
 * five minutes before its now; half a minute is left for a transaction that is slow to commit. */
#define INGEST_MARK_TRACKED_US INT64_C(270000000)
/* No window is decided before two minutes after its end: passes and events younger than this need no mark. */
#define INGEST_MARK_OLD_US INT64_C(60000000)
/* Old passes, and old events of the batch (NULL: none), for judge to look at once more: a row an estate, and without
 * old ones nothing is asked of the database. */
enum base_err ingest_store_mark_batch(struct ingest_store *store, const struct ingest_source *source,
                                      struct base_diag *diag) BASE_MUST_CHECK;

/* --- store_place.c --- */
/* Brings building_state and zone_state up to date by the batch's passes and events (NULL: none). */
enum base_err ingest_store_place_batch(struct ingest_store *store, const struct ingest_source *source,
                                       struct base_diag *diag) BASE_MUST_CHECK;

#endif
