/* A batch's rows by subject, each subject's track stepped on, and the end of tracks with their shift. */
#include "ingest/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { TRACKS_MAX = 64 * 1024 * 1024, ARRAY_MAX = 4 * 1024 * 1024, ENDED_MAX = 500 };

void ingest_store_state_init(struct ingest_state *state)
{
    *state = (struct ingest_state){.rows = NULL};
    base_buf_init(&state->tracks, TRACKS_MAX);
    base_buf_init(&state->array, ARRAY_MAX);
    for (size_t i = 0; i < INGEST_MOVE_ARRAYS; i++) {
        base_buf_init(&state->moves[i], ARRAY_MAX);
    }
    if (getrandom(&state->stamp, sizeof state->stamp, 0) != sizeof state->stamp) {
        state->stamp = base_clock_now_us();
    }
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
    for (size_t i = 0; i < INGEST_MOVE_ARRAYS; i++) {
        base_buf_release(&state->moves[i]);
    }
    ingest_tracks_release(&state->remembered);
    *state = (struct ingest_state){.rows = NULL};
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

enum base_err ingest_store_state_failed(const struct ingest_state *state, struct base_diag *diag)
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

/* Positions move an asset, check-ins go on with its track; nothing else is about the subject itself. Plates and cards
 * are shown at places, they have no track. */
static bool is_wanted(const struct ingest_row *row)
{
    bool shown = row->subject_type == SENSORS_SUBJECT_PLATE || row->subject_type == SENSORS_SUBJECT_CARD;
    return row->stored && !shown && (ingest_batch_is_fix(row) || row->kind == SENSORS_KIND_CHECKPOINT);
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
    state->stamp = (state->stamp & (INT64_MAX >> 1)) + 1; /* positive, whatever it began with */
    base_buf_reset(&state->tracks);
    base_buf_reset(&state->array);
}

static enum base_err group_rows(struct ingest_state *state, struct ingest_batch *batch, struct base_diag *diag)
{
    size_t count = 0;
    start_over(state);
    if (!ingest_store_state_room(state, (void **)&state->rows, &state->row_cap, batch->row_count,
                                 sizeof(struct ingest_row *))) {
        return ingest_store_state_failed(state, diag);
    }
    for (size_t i = 0; i < batch->row_count; i++) {
        if (is_wanted(&batch->rows[i])) {
            state->rows[count++] = &batch->rows[i];
        }
    }
    if (count) { /* without rows there may be no array */
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
    return ingest_store_state_failed(state, diag);
}

/* --- tracks --- */
bool ingest_store_state_wants_lock(const struct ingest_group *group, bool unstored)
{
    return group->rules && !group->locked && !(unstored ? group->stored : group->remembered);
}

enum base_err ingest_store_state_lock(struct ingest_store *store, const struct ingest_source *source, bool unstored,
                                      struct base_diag *diag, struct data_rows **ret_rows)
{
    struct ingest_state *state = &store->state;
    size_t count = 0;
    for (size_t i = 0; i < state->group_count; i++) {
        count += ingest_store_state_wants_lock(&state->groups[i], unstored);
    }
    if (count == 0) {
        return BASE_OK;
    }
    data_array_begin(&state->array, DATA_ARRAY_ID, count);
    for (size_t i = 0; i < state->group_count; i++) {
        if (ingest_store_state_wants_lock(&state->groups[i], unstored)) {
            data_array_id(&state->array, state->groups[i].subject);
        }
    }
    enum base_err err = ingest_store_state_failed(state, diag);
    return err ? err
               : data_run(store->conn, DATA_INGEST_LOCK_STATE,
                          DATA_ARGS(data_i64(source->estate_id), data_bytes(base_buf_str(&state->array))), diag,
                          ret_rows);
}

static void recall(struct ingest_state *state)
{
    for (size_t i = 0; i < state->group_count; i++) {
        struct ingest_group *group = &state->groups[i];
        const struct ingest_tracks_entry *entry = ingest_tracks_find(&state->remembered, group->subject);
        group->remembered = group->rules && entry;
        group->stamp = group->remembered ? entry->stamp : INGEST_NO_ROW;
    }
}

/* The track of a group that is not remembered; both groups and rows are in the order of subjects. */
static struct base_str read_track(struct ingest_group *group, const struct data_rows *rows, size_t *at)
{
    group->locked = true;
    if (!rows || *at == data_rows_count(rows) ||
        !base_id_equal(data_rows_id(rows, *at, INGEST_LOCK_SUBJECT), group->subject)) {
        return (struct base_str){NULL, 0};
    }
    group->stamp = data_rows_i64(rows, *at, INGEST_LOCK_STAMP);
    return data_rows_bytes(rows, (*at)++, INGEST_LOCK_TRACK);
}

static enum base_err step_all(struct ingest_store *store, const struct ingest_source *source, struct base_diag *diag)
{
    struct ingest_state *state = &store->state;
    AUTO(data_rows) rows = NULL;
    size_t at = 0;
    recall(state);
    enum base_err err = ingest_store_state_lock(store, source, false, diag, &rows);
    for (size_t i = 0; i < state->group_count && !err; i++) {
        struct ingest_group *group = &state->groups[i];
        if (group->remembered) {
            const struct ingest_tracks_entry *entry = ingest_tracks_find(&state->remembered, group->subject);
            ingest_store_pass_step(state, i, (struct base_str){entry->bytes, entry->len});
        } else if (group->rules) {
            ingest_store_pass_step(state, i, read_track(group, rows, &at));
        }
    }
    return err ? err : ingest_store_state_failed(state, diag);
}

void ingest_store_state_remember(struct ingest_state *state)
{
    for (size_t i = 0; i < state->group_count; i++) {
        const struct ingest_group *group = &state->groups[i];
        struct base_str track = {state->tracks.data + group->track_at, group->track_len};
        if (group->rules && (group->stored || group->stamp != INGEST_NO_ROW)) {
            ingest_tracks_put(&state->remembered, group->subject, state->stamp, track);
        }
    }
}

enum base_err ingest_store_state_batch(struct ingest_store *store, struct ingest_source *source, struct base_diag *diag)
{
    struct ingest_state *state = &store->state;
    enum base_err err = group_rows(state, &source->batch, diag);
    if (!err && state->group_count) {
        err = step_all(store, source, diag);
    }
    if (!err && state->group_count) {
        err = ingest_store_move_batch(store, source, diag);
    }
    return err ? err : ingest_store_pass_batch(store, source, diag);
}

/* --- the end of a shift --- */
static enum base_err end_tracks(struct ingest_store *store, const struct data_rows *rows, struct base_diag *diag)
{
    enum { SUBJECT = 1, TYPE, TRACK, NOW };
    struct ingest_state *state = &store->state;
    size_t count = data_rows_count(rows);
    start_over(state);
    state->now_us = data_rows_time(rows, 0, NOW);
    if (!ingest_store_state_room(state, (void **)&state->groups, &state->group_cap, count, sizeof *state->groups)) {
        return ingest_store_state_failed(state, diag);
    }
    for (size_t i = 0; i < count; i++) {
        struct ingest_group *group = &state->groups[state->group_count++];
        *group = (struct ingest_group){.subject = data_rows_id(rows, i, SUBJECT),
                                       .stored = true,
                                       .late_from_us = SENSORS_NO_TIME,
                                       .late_to_us = SENSORS_NO_TIME};
        (void)sensors_subject_in(base_str_of(data_rows_text(rows, i, TYPE)), &group->subject_type);
        ingest_tracks_forget(&state->remembered, group->subject);
        ingest_store_pass_end(state, i, data_rows_bytes(rows, i, TRACK));
    }
    enum base_err err = ingest_store_state_failed(state, diag);
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
    enum base_err err = estates.err ? estates.err : ingest_store_state_failed(&store->state, diag);
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
