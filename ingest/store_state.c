/* The newest position and the track of each subject of a batch: locked and read, stepped on, written - one statement
 * each for all subjects. */
#include "ingest/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRACKS_MAX = 64 * 1024 * 1024, ARRAY_MAX = 4 * 1024 * 1024, ENDED_MAX = 500 };

void ingest_store_state_init(struct ingest_state *state)
{
    *state = (struct ingest_state){.rows = NULL};
    base_buf_init(&state->tracks, TRACKS_MAX);
    base_buf_init(&state->array, ARRAY_MAX);
}

void ingest_store_state_release(struct ingest_state *state)
{
    geo_place_free(state->zones);
    geo_place_free(state->checkpoints);
    free(state->rows);
    free(state->groups);
    free(state->passes);
    base_buf_release(&state->tracks);
    base_buf_release(&state->array);
    ingest_store_state_init(state);
}

enum base_err ingest_store_state_load(struct ingest_state *state, struct data_conn *conn,
                                      const struct geo_place *buildings, struct base_diag *diag)
{
    struct geo_place *zones = NULL, *checkpoints = NULL;
    enum base_err err = data_place_load_zones(conn, diag, &zones);
    if (!err) {
        err = data_place_load_checkpoints(conn, diag, &checkpoints);
    }
    if (err) {
        geo_place_free(zones);
        return err;
    }
    geo_place_free(state->zones);
    geo_place_free(state->checkpoints);
    state->zones = zones;
    state->checkpoints = checkpoints;
    state->places.of[FACTS_KIND_BUILDING] = buildings;
    state->places.of[FACTS_KIND_ZONE] = zones;
    state->places.of[FACTS_KIND_CHECKPOINT] = checkpoints;
    return BASE_OK;
}

bool ingest_store_state_room(struct ingest_state *state, void **array, size_t *cap, size_t count, size_t size)
{
    if (count <= *cap) {
        return true;
    }
    size_t wanted = count + count / 2 + 64;
    void *grown = realloc(*array, wanted * size);
    if (!grown) {
        state->err = BASE_NOMEM;
        return false;
    }
    *array = grown;
    *cap = wanted;
    return true;
}

static enum base_err failed(const struct ingest_state *state, struct base_diag *diag)
{
    enum base_err err = state->err ? state->err : state->tracks.err ? state->tracks.err : state->array.err;
    return err ? base_diag_set(diag, err, "no memory for the subjects of one batch") : BASE_OK;
}

/* --- rows of a subject --- */
static int by_subject(const void *a, const void *b)
{
    const struct ingest_row *x = *(struct ingest_row *const *)a;
    const struct ingest_row *y = *(struct ingest_row *const *)b;
    int order = memcmp(x->subject.bytes, y->subject.bytes, sizeof x->subject.bytes);
    return order ? order : (x > y) - (x < y); /* the batch holds them as they came */
}

/* Positions move an asset, check-ins go on with its track; nothing else is about the subject itself. */
static bool is_wanted(const struct ingest_row *row)
{
    return row->stored && (ingest_batch_is_fix(row) || row->kind == SENSORS_KIND_CHECKPOINT);
}

/* Of two at the same time the one with the lesser key, whichever came first. */
static bool is_newer(const struct ingest_row *row, const struct ingest_row *than)
{
    return !than || row->t_event > than->t_event ||
           (row->t_event == than->t_event && memcmp(row->dedup.bytes, than->dedup.bytes, sizeof row->dedup.bytes) < 0);
}

static void begin_group(struct ingest_state *state, struct ingest_row **first)
{
    const struct ingest_row *row = *first;
    if (ingest_store_state_room(state, (void **)&state->groups, &state->group_cap, state->group_count + 1,
                                sizeof *state->groups)) {
        state->groups[state->group_count++] = (struct ingest_group){.subject = row->subject,
                                                                    .subject_type = row->subject_type,
                                                                    .rules = facts_rules_of(row->subject_type),
                                                                    .rows = first,
                                                                    .late_from_us = SENSORS_NO_TIME,
                                                                    .late_to_us = SENSORS_NO_TIME};
    }
}

static void start_over(struct ingest_state *state)
{
    state->group_count = state->pass_count = 0;
    state->err = BASE_OK;
    base_buf_reset(&state->tracks);
    base_buf_reset(&state->array);
}

static enum base_err group_rows(struct ingest_state *state, struct ingest_batch *batch, struct base_diag *diag)
{
    size_t count = 0;
    start_over(state);
    if (!ingest_store_state_room(state, (void **)&state->rows, &state->row_cap, batch->row_count,
                                 sizeof(struct ingest_row *))) {
        return failed(state, diag);
    }
    for (size_t i = 0; i < batch->row_count; i++) {
        if (is_wanted(&batch->rows[i])) {
            state->rows[count++] = &batch->rows[i];
        }
    }
    if (count) { /* else there may be no array yet */
        qsort(state->rows, count, sizeof(struct ingest_row *), by_subject);
    }
    for (size_t i = 0; i < count && !state->err; i++) {
        struct ingest_row *row = state->rows[i];
        if (i == 0 || !base_id_equal(row->subject, state->rows[i - 1]->subject)) {
            begin_group(state, &state->rows[i]);
        }
        struct ingest_group *group = &state->groups[state->group_count - 1];
        group->count++;
        if (ingest_batch_is_fix(row) && is_newer(row, group->newest)) {
            group->newest = row;
        }
    }
    return failed(state, diag);
}

/* --- lock and step --- */
static enum base_err lock(struct ingest_store *store, const struct ingest_source *source, struct base_diag *diag,
                          struct data_rows **ret_rows)
{
    struct ingest_state *state = &store->state;
    size_t count = 0;
    for (size_t i = 0; i < state->group_count; i++) {
        count += state->groups[i].rules != NULL;
    }
    if (count == 0) {
        return BASE_OK;
    }
    data_array_begin(&state->array, DATA_ARRAY_ID, count);
    for (size_t i = 0; i < state->group_count; i++) {
        if (state->groups[i].rules) {
            data_array_id(&state->array, state->groups[i].subject);
        }
    }
    enum base_err err = failed(state, diag);
    return err ? err
               : data_run(store->conn, DATA_INGEST_LOCK_STATE,
                          DATA_ARGS(data_i64(source->estate_id), data_bytes(base_buf_str(&state->array))), diag,
                          ret_rows);
}

/* Both groups and rows are in the order of subjects. */
static enum base_err lock_and_step(struct ingest_store *store, const struct ingest_source *source,
                                   struct base_diag *diag)
{
    enum { SUBJECT, TRACK };
    struct ingest_state *state = &store->state;
    AUTO(data_rows) rows = NULL;
    enum base_err err = lock(store, source, diag, &rows);
    if (err || !rows) {
        return err;
    }
    size_t at = 0, count = data_rows_count(rows);
    for (size_t i = 0; i < state->group_count; i++) {
        struct ingest_group *group = &state->groups[i];
        struct base_str track = {NULL, 0};
        if (!group->rules) {
            continue;
        }
        group->known = at < count && base_id_equal(data_rows_id(rows, at, SUBJECT), group->subject);
        if (group->known) {
            track = data_rows_bytes(rows, at++, TRACK);
        }
        ingest_store_pass_step(state, i, track);
    }
    return failed(state, diag);
}

/* --- write --- */
static void copy_optional(struct data_copy *copy, int64_t id)
{
    if (id) {
        data_copy_i64(copy, id);
    } else {
        data_copy_null(copy);
    }
}

static void copy_label(struct data_copy *copy, const struct ingest_row *row)
{
    if (sensors_subject_personal(row->subject_type)) {
        data_copy_null(copy); /* the shift has a label, a person's device stays unnamed */
    } else {
        data_copy_str(copy, row->device->native);
    }
}

static void copy_where(struct data_copy *copy, const struct ingest_row *row)
{
    if (row->at_estate_id < 0) {
        data_copy_null(copy);
    } else {
        data_copy_i64(copy, row->at_estate_id); /* 0 is an estate: `unassigned` */
    }
    copy_optional(copy, row->place.id);
    data_copy_text(copy, geo_place_method_name(row->place.method));
    data_copy_f32(copy, row->place.method == GEO_PLACE_NONE ? NAN : (float)row->place.distance_m);
}

enum { HEAD_COLUMNS = 6, POSITION_COLUMNS = 15 };
#define STATE_COLUMNS                                                                                          \
    "row_no, estate_id, subject, subject_type, source_id, track, shift_id, label, t_event, t_recv, lon, lat, " \
    "alt_m, acc_m, speed_mps, course_deg, battery, at_estate_id, building_id, place_method, place_dist_m"

static void copy_position(struct data_copy *copy, const struct ingest_row *row)
{
    copy_optional(copy, row->shift_id);
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
}

static void copy_group(struct data_copy *copy, const struct ingest_source *source, const struct ingest_state *state,
                       size_t number)
{
    const struct ingest_group *group = &state->groups[number];
    data_copy_row(copy, HEAD_COLUMNS + POSITION_COLUMNS + 1);
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
    if (group->newest) {
        copy_position(copy, group->newest);
        data_copy_i32(copy, (int32_t)group->newest->flags);
    } else {
        for (int i = 0; i <= POSITION_COLUMNS; i++) {
            data_copy_null(copy);
        }
    }
}

static enum base_err stage(struct ingest_store *store, const struct ingest_source *source, struct base_diag *diag)
{
    struct data_copy copy;
    enum base_err err = data_copy_begin(&copy, store->conn, "stage_state", STATE_COLUMNS ", flags", diag);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < store->state.group_count && !err; i++) {
        if (store->state.groups[i].newest || store->state.groups[i].known) {
            copy_group(&copy, source, &store->state, i);
            err = data_copy_flush(&copy, diag);
        }
    }
    return data_copy_end(&copy, err, diag);
}

static bool is_left(const struct ingest_group *group, bool moving)
{
    return !group->stored && (moving ? group->newest != NULL : group->known);
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
    enum base_err err = failed(state, diag);
    return err ? err : data_run(store->conn, query, DATA_ARGS(data_bytes(base_buf_str(&state->array))), diag, ret_rows);
}

static int by_group(const void *a, const void *b)
{
    const struct ingest_group *x = a, *y = b;
    return memcmp(x->subject.bytes, y->subject.bytes, sizeof x->subject.bytes);
}

static void mark_moved(struct ingest_state *state, const struct data_rows *rows)
{
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        state->groups[data_rows_i64(rows, i, 0)].stored = true;
    }
}

static void mark_stored(struct ingest_state *state, const struct data_rows *rows)
{
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        struct ingest_group key = {.subject = data_rows_id(rows, i, 0)};
        struct ingest_group *group = bsearch(&key, state->groups, state->group_count, sizeof *state->groups, by_group);
        if (group) {
            group->stored = true;
        }
    }
}

/* Most assets only move; the few that are new, changed shift or come late take the long way. */
static enum base_err write_states(struct ingest_store *store, const struct ingest_source *source,
                                  struct base_diag *diag)
{
    struct ingest_state *state = &store->state;
    AUTO(data_rows) moved = NULL;
    AUTO(data_rows) stored = NULL;
    enum base_err err = stage(store, source, diag);
    if (!err) {
        err = data_run(store->conn, DATA_INGEST_MOVE_STATE, DATA_NO_ARGS, diag, &moved);
    }
    if (!err) {
        mark_moved(state, moved);
        err = run_left(store, DATA_INGEST_STORE_STATE, true, diag, &stored);
    }
    if (!err && stored) {
        mark_stored(state, stored);
    }
    return err ? err : run_left(store, DATA_INGEST_KEEP_STATE, false, diag, NULL);
}

enum base_err ingest_store_state_batch(struct ingest_store *store, struct ingest_source *source, struct base_diag *diag,
                                       size_t *ret_moved)
{
    struct ingest_state *state = &store->state;
    size_t moved = 0;
    enum base_err err = group_rows(state, &source->batch, diag);
    for (size_t i = 0; i < state->group_count && !err; i++) {
        moved += state->groups[i].newest != NULL;
    }
    if (!err && state->group_count) {
        err = lock_and_step(store, source, diag);
    }
    if (!err && state->group_count) {
        err = write_states(store, source, diag);
    }
    if (!err) {
        err = ingest_store_pass_batch(store, source, diag);
    }
    if (!err) {
        *ret_moved = moved;
    }
    return err;
}

/* --- the end of a shift --- */
static enum base_err end_tracks(struct ingest_store *store, const struct data_rows *rows, struct base_diag *diag)
{
    enum { SUBJECT = 1, TYPE, TRACK };
    struct ingest_state *state = &store->state;
    size_t count = data_rows_count(rows);
    start_over(state);
    if (!ingest_store_state_room(state, (void **)&state->groups, &state->group_cap, count, sizeof *state->groups)) {
        return failed(state, diag);
    }
    for (size_t i = 0; i < count; i++) {
        struct ingest_group *group = &state->groups[state->group_count++];
        *group = (struct ingest_group){.subject = data_rows_id(rows, i, SUBJECT),
                                       .stored = true,
                                       .late_from_us = SENSORS_NO_TIME,
                                       .late_to_us = SENSORS_NO_TIME};
        (void)sensors_subject_in(base_str_of(data_rows_text(rows, i, TYPE)), &group->subject_type);
        ingest_store_pass_end(state, i, data_rows_bytes(rows, i, TRACK));
    }
    enum base_err err = failed(state, diag);
    return err ? err : ingest_store_pass_batch(store, NULL, diag);
}

static enum base_err delete_ended(struct ingest_store *store, const struct data_rows *rows, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) estates;
    struct base_buf *subjects = &store->state.array;
    size_t count = data_rows_count(rows);
    base_buf_init(&estates, ARRAY_MAX);
    data_array_begin(&estates, DATA_ARRAY_I64, count);
    data_array_begin(subjects, DATA_ARRAY_ID, count);
    for (size_t i = 0; i < count; i++) {
        data_array_i64(&estates, data_rows_i64(rows, i, 0));
        data_array_id(subjects, data_rows_id(rows, i, 1));
    }
    enum base_err err = estates.err ? estates.err : failed(&store->state, diag);
    return err ? err
               : data_run(store->conn, DATA_INGEST_EXPIRE_STATE,
                          DATA_ARGS(data_bytes(base_buf_str(&estates)), data_bytes(base_buf_str(subjects))), diag,
                          NULL);
}

/* *ret_more: there were as many as one transaction takes. */
static enum base_err expire_some(struct ingest_store *store, struct base_diag *diag, bool *ret_more)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(store->conn, DATA_INGEST_ENDED_STATE, DATA_ARGS(data_i64(ENDED_MAX)), diag, &rows);
    if (!err && data_rows_count(rows)) {
        err = end_tracks(store, rows, diag);
        err = err ? err : delete_ended(store, rows, diag);
    }
    *ret_more = !err && data_rows_count(rows) == ENDED_MAX;
    return err;
}

enum base_err ingest_store_expire(struct ingest_store *store, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (bool more = true; more && !err;) {
        err = data_begin(store->conn, diag);
        err = err ? err : expire_some(store, diag, &more);
        err = err ? err : data_commit(store->conn, diag);
    }
    if (err) {
        data_rollback(store->conn);
    }
    return err;
}
