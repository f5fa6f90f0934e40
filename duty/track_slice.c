/* The next slice of time of an estate: its positions are read once, each subject's walker goes on, and what it says of
 * gaps and coverage is written together with how far it got. */
#include "duty/track_private.h"

#include <string.h>

enum {
    BEHIND_S = 330, /* five minutes, by when older positions mark a stretch, and longer than any batch is stored */
    STEP_S = 30,    /* less than this is not worth a transaction */
    ROWS_WANTED = 250000,
    COVER_BYTES_MAX = 32 * 1024 * 1024,
    ARRAY_MAX = 256 * 1024 * 1024
};

struct slice {
    int64_t from_us, to_us;
    int64_t first_us; /* no position before */
};

/* --- which --- */
static int64_t adapted(int64_t slice_us, size_t rows)
{
    int64_t wanted = rows ? (int64_t)((double)slice_us * ROWS_WANTED / (double)rows) : 4 * slice_us;
    wanted = wanted > 4 * slice_us ? 4 * slice_us : wanted;
    wanted = wanted > 6 * 3600 * DUTY_TRACK_SECOND ? 6 * 3600 * DUTY_TRACK_SECOND : wanted;
    return wanted < DUTY_TRACK_SECOND ? DUTY_TRACK_SECOND : wanted;
}

static enum base_err choose(struct duty_turn *turn, struct base_diag *diag, struct slice *ret_slice, bool *ret_due)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(turn->conn, DATA_TRACK_NEXT,
                 DATA_ARGS(data_i64(turn->estate_id), data_time(turn->now_us), data_i64(BEHIND_S)), diag, &rows);
    if (err || data_rows_count(rows) == 0) {
        return err;
    }
    int64_t from_us = data_rows_time(rows, 0, 0), limit_us = data_rows_time(rows, 0, 1);
    int64_t next_us = data_rows_null(rows, 0, 2) ? limit_us : data_rows_time(rows, 0, 2);
    int64_t start_us = next_us > from_us ? next_us : from_us;
    int64_t slice_us = turn->track->slice_us;
    *ret_slice = (struct slice){from_us, limit_us - start_us > slice_us ? start_us + slice_us : limit_us, start_us};
    *ret_due = from_us == INT64_MIN || limit_us - from_us >= STEP_S * DUTY_TRACK_SECOND;
    return BASE_OK;
}

/* --- what is remembered --- */
static enum base_err recall(struct duty_turn *turn, struct duty_track_table *table, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(turn->conn, DATA_TRACK_STATE_LIST, DATA_ARGS(data_i64(turn->estate_id)), diag, &rows);
    for (size_t i = 0; !err && i < data_rows_count(rows); i++) {
        struct duty_walker *walker = duty_track_table_walker(table, data_rows_id(rows, i, 0), SENSORS_SUBJECT_NONE);
        if (!walker) {
            return base_diag_set(diag, BASE_NOMEM, "judge: no memory for subjects");
        }
        if (duty_track_walk_in(data_rows_bytes(rows, i, 1), diag, walker)) {
            duty_track_walk_init(walker, walker->subject, SENSORS_SUBJECT_NONE); /* begins anew with its next row */
        }
        walker->stored = true;
        walker->changed = false;
    }
    return err;
}

struct lists {
    struct base_buf subjects, states, gone, bytes;
};

static void gather(const struct duty_track_table *table, int64_t to_us, struct lists *lists)
{
    size_t kept = 0, gone = 0;
    for (size_t i = 0; i < table->walker_count; i++) {
        const struct duty_walker *walker = &table->walkers[i];
        bool idle = duty_track_walk_idle(walker, to_us);
        kept += walker->changed && !idle;
        gone += walker->stored && idle;
    }
    data_array_begin(&lists->subjects, DATA_ARRAY_ID, kept);
    data_array_begin(&lists->states, DATA_ARRAY_BYTES, kept);
    data_array_begin(&lists->gone, DATA_ARRAY_ID, gone);
    for (size_t i = 0; i < table->walker_count; i++) {
        const struct duty_walker *walker = &table->walkers[i];
        bool idle = duty_track_walk_idle(walker, to_us);
        if (walker->stored && idle) {
            data_array_id(&lists->gone, walker->subject);
        } else if (walker->changed && !idle) {
            base_buf_reset(&lists->bytes);
            duty_track_walk_out(walker, &lists->bytes);
            data_array_id(&lists->subjects, walker->subject);
            data_array_bytes(&lists->states, base_buf_str(&lists->bytes));
        }
    }
}

static enum base_err store_lists(struct duty_turn *turn, const struct lists *lists, int64_t to_us,
                                 struct base_diag *diag)
{
    enum base_err err = lists->subjects.err ? lists->subjects.err
                        : lists->states.err ? lists->states.err
                        : lists->gone.err   ? lists->gone.err
                                            : lists->bytes.err;
    if (err) {
        return base_diag_set(diag, err, "judge: too many subjects in estate %lld", (long long)turn->estate_id);
    }
    err = data_run(turn->conn, DATA_TRACK_STATE_STORE,
                   DATA_ARGS(data_i64(turn->estate_id), data_time(to_us), data_bytes(base_buf_str(&lists->subjects)),
                             data_bytes(base_buf_str(&lists->states))),
                   diag, NULL);
    return err ? err
               : data_run(turn->conn, DATA_TRACK_STATE_FORGET,
                          DATA_ARGS(data_i64(turn->estate_id), data_bytes(base_buf_str(&lists->gone))), diag, NULL);
}

enum base_err duty_track_slice_store(struct duty_turn *turn, struct duty_track_table *table, int64_t to_us,
                                     struct base_diag *diag)
{
    struct lists lists;
    base_buf_init(&lists.subjects, ARRAY_MAX);
    base_buf_init(&lists.states, ARRAY_MAX);
    base_buf_init(&lists.gone, ARRAY_MAX);
    base_buf_init(&lists.bytes, 65536);
    gather(table, to_us, &lists);
    enum base_err err = store_lists(turn, &lists, to_us, diag);
    base_buf_release(&lists.subjects);
    base_buf_release(&lists.states);
    base_buf_release(&lists.gone);
    base_buf_release(&lists.bytes);
    return err;
}

/* --- walking --- */
/* Vehicles whose tool spoke before they sent a position. */
static enum base_err add_tools(struct duty_track *track, struct base_diag *diag)
{
    for (size_t i = 0; i < track->cover.tool_count; i++) {
        if (!duty_track_table_walker(&track->table, track->cover.tools[i].subject, SENSORS_SUBJECT_NONE)) {
            return base_diag_set(diag, BASE_NOMEM, "judge: no memory for subjects");
        }
    }
    return BASE_OK;
}

static void walk(struct duty_track *track, struct duty_walker *walker, size_t number, int64_t to_us)
{
    const struct duty_track_table *table = &track->table;
    bool covers = duty_track_cover_wants(&track->cover, walker->type);
    duty_track_cover_subject(&track->cover, walker);
    for (size_t i = table->first[number]; i < table->first[number + 1]; i++) {
        const struct duty_row *row = &table->rows[table->order[i]];
        const struct duty_shift *shift = duty_track_table_shift(table, row->shift_id);
        struct facts_step steps[FACTS_STEPS_MAX];
        size_t count;
        duty_track_walk_row(walker, row, shift, &track->gaps, steps, &count);
        for (size_t j = 0; j < count && covers; j++) {
            duty_track_cover_step(&track->cover, walker, &steps[j], shift);
        }
    }
    duty_track_walk_end(walker, to_us, &track->gaps);
    duty_track_cover_subject_end(&track->cover, walker, to_us);
}

static enum base_err walk_all(struct duty_turn *turn, const struct slice *slice, struct base_diag *diag)
{
    struct duty_track *track = turn->track;
    struct duty_cover *cover = &track->cover;
    enum base_err err = duty_track_cover_begin(cover, turn, slice->first_us, slice->to_us, DUTY_BRIDGE_US, diag);
    err = err ? err : add_tools(track, diag);
    err = err ? err : duty_track_table_shifts(&track->table, turn, slice->first_us, slice->to_us, diag);
    err = err ? err : duty_track_table_sort(&track->table, diag);
    for (size_t i = 0; i < track->table.walker_count && !err; i++) {
        walk(track, &track->table.walkers[i], i, slice->to_us);
        err = cover->err;
        if (!err && cover->bytes > COVER_BYTES_MAX) {
            err = duty_track_cover_store(cover, turn, NULL, 0, &track->changes, diag);
        }
    }
    err = err ? err : duty_track_cover_store(cover, turn, NULL, 0, &track->changes, diag);
    duty_track_cover_forget(cover);
    return err;
}

enum base_err duty_track_again(struct duty_turn *turn, struct duty_changes *changes, bool always,
                               struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < changes->count && !err; i++) {
        const struct duty_changed *changed = &changes->list[i];
        err = data_run(turn->conn, DATA_TRACK_AGAIN,
                       DATA_ARGS(data_i64(changed->estate_id), data_time(changed->from_us), data_time(changed->to_us),
                                 data_i64(always), data_text(always ? "derived" : "outage")),
                       diag, NULL);
    }
    changes->count = 0;
    return err;
}

static enum base_err read_all(struct duty_turn *turn, const struct slice *slice, struct base_diag *diag)
{
    enum base_err err = data_run(turn->conn, DATA_TRACK_READ_PLAN, DATA_ARGS(data_text("off")), diag, NULL);
    err = err ? err
              : data_read(turn->conn, DATA_TRACK_READ,
                          DATA_ARGS(data_i64(turn->estate_id), data_time(slice->from_us), data_time(slice->to_us)),
                          duty_track_table_visit, &turn->track->table, diag);
    return err ? err : data_run(turn->conn, DATA_TRACK_READ_PLAN, DATA_ARGS(data_text("on")), diag, NULL);
}

static enum base_err take(struct duty_turn *turn, const struct slice *slice, struct base_diag *diag)
{
    struct duty_track *track = turn->track;
    duty_track_table_reset(&track->table);
    track->gaps.count = track->changes.count = 0;
    enum base_err err = recall(turn, &track->table, diag);
    err = err ? err : read_all(turn, slice, diag);
    if (err || track->table.full) {
        return err;
    }
    err = walk_all(turn, slice, diag);
    err = err ? err : duty_track_gap_store(turn, &track->gaps, NULL, 0, &track->changes, diag);
    err = err ? err : duty_track_again(turn, &track->changes, false, diag);
    err = err ? err : duty_track_slice_store(turn, &track->table, slice->to_us, diag);
    return err ? err
               : data_run(turn->conn, DATA_TRACK_MARK, DATA_ARGS(data_i64(turn->estate_id), data_time(slice->to_us)),
                          diag, NULL);
}

enum base_err duty_track_slice(struct duty_turn *turn, struct base_diag *diag, bool *ret_more)
{
    struct duty_track *track = turn->track;
    struct slice slice;
    bool due = false;
    enum base_err err = duty_turn_begin(turn, diag);
    if (err) {
        return err;
    }
    err = choose(turn, diag, &slice, &due);
    if (!err && due) {
        err = take(turn, &slice, diag);
    }
    err = duty_turn_end(turn, err, diag);
    if (!err && due) {
        int64_t used_us = slice.to_us - slice.first_us; /* from_us is minus infinity at first */
        track->slice_us = track->table.full           ? track->slice_us / 8 + 1
                          : used_us < track->slice_us ? track->slice_us
                                                      : adapted(track->slice_us, track->table.row_count);
    }
    *ret_more = due;
    return err;
}
