/* From tracks to passes, and from passes and events to what is known of places: facts decides, here it is written. */
#include "ingest/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ARRAY_MAX = 64 * 1024 * 1024 };

/* --- tracks --- */
struct taker {
    struct ingest_state *state;
    size_t group;
};

static void take(void *at, const struct facts_pass *pass)
{
    const struct taker *taker = at;
    struct ingest_state *state = taker->state;
    if (ingest_store_state_room(state, (void **)&state->passes, &state->pass_cap, state->pass_count + 1,
                                sizeof *state->passes)) {
        state->passes[state->pass_count] = (struct ingest_pass){taker->group, state->pass_count, *pass};
        state->pass_count++;
    }
}

static void mark_late(struct ingest_group *group, const struct ingest_row *row)
{
    if (group->late_from_us == SENSORS_NO_TIME || row->t_event < group->late_from_us) {
        group->late_from_us = row->t_event;
    }
    if (group->late_to_us == SENSORS_NO_TIME || row->t_event > group->late_to_us) {
        group->late_to_us = row->t_event;
    }
}

/* A position of a time that judge has read: gaps and coverage follow from it, whether the track takes it or not. */
static bool is_behind(const struct ingest_state *state, const struct ingest_row *row)
{
    return ingest_batch_is_fix(row) && state->now_us - row->t_event > INGEST_MARK_TRACKED_US;
}

/* A position that was dated by its receipt does not say when somebody was there: its clock is beyond repair, and it may
 * have waited. A check-in comes from the reader, which tells at once and often has no clock. */
static bool is_dated(const struct ingest_row *row)
{
    return row->t_source != SENSORS_TIME_RECEIVED || row->kind == SENSORS_KIND_CHECKPOINT;
}

static enum facts_outcome step_row(struct ingest_state *state, const struct ingest_group *group,
                                   const struct ingest_row *row, struct facts_track *track,
                                   const struct facts_sink *sink)
{
    if (ingest_batch_is_fix(row)) {
        const struct facts_fix fix = {
            .t_event = row->t_event, .shift_id = row->shift_id, .at = {row->lon, row->lat}, .acc_m = row->acc_m};
        return facts_track_fix(track, group->rules, &fix, &state->places, sink);
    }
    if (!row->place.id || (row->place.method != GEO_PLACE_INSIDE && !row->binding)) {
        return FACTS_IGNORED; /* checked in, but nobody knows in which building */
    }
    const struct facts_checkin checkin = {.t_event = row->t_event,
                                          .shift_id = row->shift_id,
                                          .building_id = row->place.id,
                                          .estate_id = row->place.estate_id};
    return facts_track_checkin(track, group->rules, &checkin, sink);
}

void ingest_store_pass_step(struct ingest_state *state, size_t number, struct base_str bytes)
{
    struct ingest_group *group = &state->groups[number];
    struct taker taker = {state, number};
    const struct facts_sink sink = {take, &taker};
    struct facts_track track;
    if (facts_track_in(bytes, NULL, &track)) {
        facts_track_init(&track); /* whatever was open is found again when the stretch is derived */
        mark_late(group, group->rows[0]);
    }
    for (size_t i = 0; i < group->count; i++) {
        const struct ingest_row *row = group->rows[i];
        if (is_dated(row) && (step_row(state, group, row, &track, &sink) == FACTS_LATE || is_behind(state, row))) {
            mark_late(group, row);
        }
    }
    group->track_at = state->tracks.len;
    facts_track_out(&track, &state->tracks);
    group->track_len = state->tracks.len - group->track_at;
}

void ingest_store_pass_end(struct ingest_state *state, size_t number, struct base_str bytes)
{
    struct taker taker = {state, number};
    const struct facts_sink sink = {take, &taker};
    struct facts_track track;
    if (facts_track_in(bytes, NULL, &track) == BASE_OK) {
        facts_track_end(&track, &sink);
    }
}

/* A position, a track that may begin, and yet no row of the subject: its shift was over when the rows came. */
static bool is_over(const struct ingest_group *group)
{
    return group->rules && group->newest && group->stamp == INGEST_NO_ROW && !group->stored;
}

static void forget_over(struct ingest_state *state)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->group_count; i++) {
        for (size_t row = 0; row < state->groups[i].count && is_over(&state->groups[i]); row++) {
            if (is_dated(state->groups[i].rows[row])) {
                mark_late(&state->groups[i], state->groups[i].rows[row]);
            }
        }
    }
    for (size_t i = 0; i < state->pass_count; i++) {
        if (!is_over(&state->groups[state->passes[i].group])) {
            state->passes[kept++] = state->passes[i];
        }
    }
    state->pass_count = kept;
}

/* --- passes --- */
static int by_key(const void *a, const void *b)
{
    const struct ingest_pass *x = a, *y = b;
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    if (x->pass.t_from != y->pass.t_from) {
        return x->pass.t_from < y->pass.t_from ? -1 : 1;
    }
    if (x->pass.kind != y->pass.kind) {
        return x->pass.kind < y->pass.kind ? -1 : 1;
    }
    if (x->pass.place_id != y->pass.place_id) {
        return x->pass.place_id < y->pass.place_id ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

static bool same_key(const struct ingest_pass *a, const struct ingest_pass *b)
{
    return a->group == b->group && a->pass.t_from == b->pass.t_from && a->pass.kind == b->pass.kind &&
           a->pass.place_id == b->pass.place_id;
}

/* Leaves the last of equal keys. */
static void keep_valid(struct ingest_state *state)
{
    size_t kept = 0;
    if (state->pass_count == 0) {
        return;
    }
    qsort(state->passes, state->pass_count, sizeof *state->passes, by_key);
    for (size_t i = 0; i < state->pass_count; i++) {
        if (i + 1 == state->pass_count || !same_key(&state->passes[i], &state->passes[i + 1])) {
            state->passes[kept++] = state->passes[i];
        }
    }
    state->pass_count = kept;
}

static void copy_pass(struct data_copy *copy, const struct ingest_group *group, const struct facts_pass *pass)
{
    data_copy_row(copy, 12);
    data_copy_i64(copy, pass->estate_id);
    data_copy_time(copy, pass->t_from);
    data_copy_id(copy, group->subject);
    data_copy_text(copy, facts_kind_name(pass->kind));
    data_copy_i64(copy, pass->place_id);
    data_copy_time(copy, pass->t_to);
    data_copy_text(copy, sensors_subject_name(group->subject_type));
    data_copy_f32(copy, pass->nearest_m);
    data_copy_f32(copy, pass->acc_m);
    data_copy_i32(copy, pass->fixes);
    data_copy_text(copy, facts_method_name(pass->method));
    data_copy_bool(copy, pass->open);
}

static enum base_err amend(struct ingest_store *store, const struct ingest_group *group, const struct facts_pass *pass,
                           struct base_diag *diag)
{
    double acc_m = (double)pass->acc_m;
    return data_run(store->conn, DATA_PASS_AMEND,
                    DATA_ARGS(data_i64(pass->estate_id), data_time(pass->t_from), data_id(group->subject),
                              data_text(facts_kind_name(pass->kind)), data_i64(pass->place_id), data_time(pass->t_to),
                              data_f64((double)pass->nearest_m), isnan(acc_m) ? data_null() : data_f64(acc_m),
                              data_i64(pass->fixes), data_text(facts_method_name(pass->method)), data_i64(pass->open)),
                    diag, NULL);
}

/* A pass that began on a day of which no partition is known is an old one that ends: its row is there, or was dropped.
 */
static bool is_recent(const struct ingest_store *store, const struct ingest_pass *pass)
{
    return ingest_store_knows(store, "pass", pass->pass.t_from);
}

static enum base_err store_passes(struct ingest_store *store, struct base_diag *diag)
{
    const struct ingest_state *state = &store->state;
    struct data_copy copy;
    enum base_err err = data_copy_begin(&copy, store->conn, "stage_pass",
                                        "estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, "
                                        "nearest_m, acc_m, fixes, method, open",
                                        diag);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < state->pass_count && !err; i++) {
        if (is_recent(store, &state->passes[i])) {
            copy_pass(&copy, &state->groups[state->passes[i].group], &state->passes[i].pass);
            err = data_copy_flush(&copy, diag);
        }
    }
    err = data_copy_end(&copy, err, diag);
    err = err ? err : data_run(store->conn, DATA_PASS_STORE, DATA_NO_ARGS, diag, NULL);
    for (size_t i = 0; i < state->pass_count && !err; i++) {
        if (!is_recent(store, &state->passes[i])) {
            err = amend(store, &state->groups[state->passes[i].group], &state->passes[i].pass, diag);
        }
    }
    return err;
}

/* --- stretches --- */
enum { SUBJECTS, FROM, TO, MARKS };

static void mark_arrays(const struct ingest_state *state, size_t count, struct base_buf arrays[MARKS])
{
    data_array_begin(&arrays[SUBJECTS], DATA_ARRAY_ID, count);
    data_array_begin(&arrays[FROM], DATA_ARRAY_TIME, count);
    data_array_begin(&arrays[TO], DATA_ARRAY_TIME, count);
    for (size_t i = 0; i < state->group_count; i++) {
        const struct ingest_group *group = &state->groups[i];
        if (group->late_from_us != SENSORS_NO_TIME) {
            data_array_id(&arrays[SUBJECTS], group->subject);
            data_array_time(&arrays[FROM], group->late_from_us);
            data_array_time(&arrays[TO], group->late_to_us);
        }
    }
}

static enum base_err mark_stretches(struct ingest_store *store, const struct ingest_source *source,
                                    struct base_diag *diag)
{
    struct base_buf arrays[MARKS];
    size_t count = 0;
    for (size_t i = 0; i < store->state.group_count; i++) {
        count += store->state.groups[i].late_from_us != SENSORS_NO_TIME;
    }
    if (count == 0) {
        return BASE_OK;
    }
    for (size_t i = 0; i < MARKS; i++) {
        base_buf_init(&arrays[i], ARRAY_MAX);
    }
    mark_arrays(&store->state, count, arrays);
    enum base_err err = arrays[SUBJECTS].err ? arrays[SUBJECTS].err
                        : arrays[FROM].err   ? arrays[FROM].err
                                             : arrays[TO].err;
    if (!err) {
        err = data_run(store->conn, DATA_STRETCH_MARK,
                       DATA_ARGS(data_i64(source->estate_id), data_bytes(base_buf_str(&arrays[SUBJECTS])),
                                 data_bytes(base_buf_str(&arrays[FROM])), data_bytes(base_buf_str(&arrays[TO]))),
                       diag, NULL);
    }
    for (size_t i = 0; i < MARKS; i++) {
        base_buf_release(&arrays[i]);
    }
    return err;
}

enum base_err ingest_store_pass_batch(struct ingest_store *store, const struct ingest_source *source,
                                      struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    forget_over(&store->state);
    keep_valid(&store->state);
    if (store->state.pass_count) {
        err = store_passes(store, diag);
    }
    if (!err) {
        err = ingest_store_place_batch(store, source, diag);
    }
    if (!err && source) {
        err = mark_stretches(store, source, diag);
    }
    return err ? err : ingest_store_mark_batch(store, source, diag);
}
