/* The subjects of a batch into asset_state: moved together from stage_fix, the few that are left the long way. */
#include "ingest/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void copy_label(struct data_copy *copy, const struct ingest_row *row)
{
    if (sensors_subject_personal(row->subject_type)) {
        data_copy_null(copy); /* the shift has a label, a person's device stays unnamed */
    } else {
        data_copy_str(copy, row->label);
    }
}

static void copy_where(struct data_copy *copy, const struct ingest_row *row)
{
    if (row->at_estate_id < 0) {
        data_copy_null(copy);
    } else {
        data_copy_i64(copy, row->at_estate_id); /* 0 is an estate: `unassigned` */
    }
    data_copy_ref(copy, row->place.id);
    data_copy_text(copy, geo_place_method_name(row->place.method));
    data_copy_f32(copy, row->place.method == GEO_PLACE_NONE ? NAN : (float)row->place.distance_m);
}

enum { HEAD_COLUMNS = 7, POSITION_COLUMNS = 16 };
#define STATE_COLUMNS                                                                                            \
    "row_no, estate_id, subject, subject_type, source_id, track, stamp, shift_id, label, t_event, t_recv, lon, " \
    "lat, alt_m, acc_m, speed_mps, course_deg, battery, at_estate_id, building_id, place_method, place_dist_m, " \
    "flags"

static void copy_position(struct data_copy *copy, const struct ingest_row *row)
{
    data_copy_ref(copy, row->shift_id);
    copy_label(copy, row);
    data_copy_time(copy, row->t_event);
    data_copy_time(copy, row->t_recv);
    data_copy_f64(copy, row->lon);
    data_copy_f64(copy, row->lat);
    data_copy_f32(copy, row->alt_m);
    data_copy_f32(copy, row->acc_m);
    data_copy_f32(copy, row->speed_mps);
    data_copy_f32(copy, row->course_deg);
    data_copy_f32(copy, row->battery);
    copy_where(copy, row);
    data_copy_i32(copy, (int32_t)row->flags);
}

static void copy_group(struct data_copy *copy, const struct ingest_source *source, const struct ingest_state *state,
                       size_t number)
{
    const struct ingest_group *group = &state->groups[number];
    data_copy_row(copy, HEAD_COLUMNS + POSITION_COLUMNS);
    data_copy_i32(copy, (int32_t)number);
    data_copy_i64(copy, source->estate_id);
    data_copy_id(copy, group->subject);
    data_copy_text(copy, sensors_subject_name(group->subject_type));
    data_copy_i64(copy, source->id);
    if (group->track_len) {
        data_copy_bytes(copy, (struct base_str){state->tracks.data + group->track_at, group->track_len});
    } else {
        data_copy_null(copy);
    }
    if (group->rules) {
        data_copy_i64(copy, group->stamp);
    } else {
        data_copy_null(copy);
    }
    if (group->newest) {
        copy_position(copy, group->newest);
        return;
    }
    for (int i = 0; i < POSITION_COLUMNS; i++) {
        data_copy_null(copy);
    }
}

/* Has a row whose track goes on. */
static bool is_known(const struct ingest_group *group)
{
    return group->rules && group->stamp != INGEST_NO_ROW;
}

static bool is_left(const struct ingest_group *group, bool moving)
{
    return !group->stored && (moving ? group->newest != NULL : is_known(group));
}

static enum base_err stage(struct ingest_store *store, const struct ingest_source *source, struct base_diag *diag)
{
    struct data_copy copy;
    enum base_err err = data_copy_begin(&copy, store->conn, "stage_state", STATE_COLUMNS, diag);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < store->state.group_count && !err; i++) {
        if (is_left(&store->state.groups[i], true) || is_left(&store->state.groups[i], false)) {
            copy_group(&copy, source, &store->state, i);
            err = data_copy_flush(&copy, diag);
        }
    }
    return data_copy_end(&copy, err, diag);
}

/* Asks for the groups that are not stored yet: those with a new position, else those of which only the track is new. */
static enum base_err run_left(struct ingest_store *store, enum data_query query, bool moving, struct base_diag *diag,
                              struct data_rows **ret_rows)
{
    struct ingest_state *state = &store->state;
    size_t count = 0;
    for (size_t i = 0; i < state->group_count; i++) {
        count += is_left(&state->groups[i], moving);
    }
    if (count == 0) {
        return BASE_OK;
    }
    data_array_begin(&state->array, DATA_ARRAY_I64, count);
    for (size_t i = 0; i < state->group_count; i++) {
        if (is_left(&state->groups[i], moving)) {
            data_array_i64(&state->array, (int64_t)i);
        }
    }
    enum base_err err = ingest_store_state_failed(state, diag);
    return err ? err
               : data_run(store->conn, query,
                          DATA_ARGS(data_bytes(base_buf_str(&state->array)), data_i64(state->stamp)), diag, ret_rows);
}

static int by_group(const void *a, const void *b)
{
    const struct ingest_group *x = a, *y = b;
    return memcmp(x->subject.bytes, y->subject.bytes, sizeof x->subject.bytes);
}

static struct ingest_group *group_of(struct ingest_state *state, struct base_id subject)
{
    struct ingest_group key = {.subject = subject};
    return bsearch(&key, state->groups, state->group_count, sizeof *state->groups, by_group);
}

/* The groups with a new position, as parameters of ingest_move_state; how many there are. */
static size_t move_arrays(struct ingest_state *state, const struct ingest_batch *batch)
{
    size_t count = 0;
    for (size_t i = 0; i < state->group_count; i++) {
        count += state->groups[i].newest != NULL;
    }
    for (size_t i = 0; i < INGEST_MOVE_ARRAYS; i++) {
        data_array_begin(&state->moves[i], DATA_ARRAY_I64, count);
    }
    for (size_t i = 0; i < state->group_count; i++) {
        const struct ingest_group *group = &state->groups[i];
        if (group->newest) {
            data_array_i64(&state->moves[INGEST_MOVE_ROW], group->newest - batch->rows);
            data_array_i64(&state->moves[INGEST_MOVE_STAMP], group->rules ? group->stamp : INGEST_NO_TRACK);
            data_array_i64(&state->moves[INGEST_MOVE_AT], (int64_t)group->track_at + 1);
            data_array_i64(&state->moves[INGEST_MOVE_LEN], (int64_t)group->track_len);
        }
    }
    return count;
}

/* Positions that are in stage_fix move their assets from there. */
static enum base_err move(struct ingest_store *store, const struct ingest_batch *batch, struct base_diag *diag)
{
    struct ingest_state *state = &store->state;
    AUTO(data_rows) moved = NULL;
    if (move_arrays(state, batch) == 0) {
        return BASE_OK;
    }
    enum base_err err = ingest_store_state_failed(state, diag);
    if (!err) {
        err = data_run(store->conn, DATA_INGEST_MOVE_STATE,
                       DATA_ARGS(data_bytes(base_buf_str(&state->moves[INGEST_MOVE_ROW])),
                                 data_bytes(base_buf_str(&state->moves[INGEST_MOVE_STAMP])),
                                 data_bytes(base_buf_str(&state->moves[INGEST_MOVE_AT])),
                                 data_bytes(base_buf_str(&state->moves[INGEST_MOVE_LEN])),
                                 data_bytes(base_buf_str(&state->tracks)), data_i64(state->stamp)),
                       diag, &moved);
    }
    for (size_t i = 0; !err && i < data_rows_count(moved); i++) {
        struct ingest_group *group = group_of(state, batch->rows[data_rows_i64(moved, i, 0)].subject);
        if (group) {
            group->stored = true;
        }
    }
    return err;
}

/* The few that are left: new, in another shift, late, or with a new track only. */
static enum base_err store_left(struct ingest_store *store, const struct ingest_source *source, struct base_diag *diag)
{
    struct ingest_state *state = &store->state;
    AUTO(data_rows) stored = NULL;
    size_t left = 0;
    for (size_t i = 0; i < state->group_count; i++) {
        left += is_left(&state->groups[i], true) || is_left(&state->groups[i], false);
    }
    if (left == 0) {
        return BASE_OK;
    }
    enum base_err err = stage(store, source, diag);
    if (!err) {
        err = run_left(store, DATA_INGEST_STORE_STATE, true, diag, &stored);
    }
    for (size_t i = 0; !err && i < data_rows_count(stored); i++) {
        struct ingest_group *group = group_of(state, data_rows_id(stored, i, 0));
        if (group) {
            group->stored = true;
        }
    }
    return err ? err : run_left(store, DATA_INGEST_KEEP_STATE, false, diag, NULL);
}

/* What did not move may have come late, changed shift or be new; or its row is not what was remembered. From here on
 * its row is locked. */
static enum base_err compare_left(struct ingest_store *store, const struct ingest_source *source,
                                  struct base_diag *diag)
{
    struct ingest_state *state = &store->state;
    AUTO(data_rows) rows = NULL;
    size_t at = 0, stale = 0;
    enum base_err err = ingest_store_state_lock(store, source, true, diag, &rows);
    for (size_t i = 0; i < state->group_count && !err; i++) {
        struct ingest_group *group = &state->groups[i];
        if (ingest_store_state_wants_lock(group, true)) {
            bool found = rows && at < data_rows_count(rows) &&
                         base_id_equal(data_rows_id(rows, at, INGEST_LOCK_SUBJECT), group->subject);
            int64_t stamp = found ? data_rows_i64(rows, at++, INGEST_LOCK_STAMP) : INGEST_NO_ROW;
            group->locked = true;
            if (stamp != group->stamp) {
                ingest_tracks_forget(&state->remembered, group->subject);
                stale++;
            }
        }
    }
    return err || !stale ? err : base_diag_set(diag, BASE_CONFLICT, "%zu tracks were changed by somebody else", stale);
}

/* Most assets only move; the few that are left take the long way. */
enum base_err ingest_store_move_batch(struct ingest_store *store, const struct ingest_source *source,
                                      struct base_diag *diag)
{
    enum base_err err = move(store, &source->batch, diag);
    if (!err) {
        err = compare_left(store, source, diag);
    }
    return err ? err : store_left(store, source, diag);
}
