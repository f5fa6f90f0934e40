/* What came late is put in its place: passes, gaps and coverage around a stretch are derived again from all that is
 * stored by now, and what comes out otherwise becomes the next version.
 *
 * Ingest and judge meet at the subject's row of asset_state, which both lock first: while judge holds it, nothing moves
 * the live track, and every position that the track knows of is committed. What ingest stores meanwhile marks the
 * stretch again (marked_at), which then stays.
 */
#include "duty/track_private.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 64, ATTEMPTS = 3, ARRAY_MAX = 1024 * 1024, WAIT_LEAST_S = 60, WAIT_MOST_S = 3600 };
enum { COLUMNS = 8 }; /* of track_read */
#define HOUR (3600 * DUTY_TRACK_SECOND)
#define STRETCH_MOST (26 * HOUR) /* at once; the rest follows */

struct stretch {
    struct base_id subject;
    int64_t from_us, to_us, marked_us;
    bool busy, done;
    struct base_str live; /* track */
    int64_t rest_us;      /* of what is left; INT64_MAX: nothing */
    int64_t wait_s;
};

struct batch {
    struct stretch list[BATCH];
    size_t count;
    int64_t from_us, to_us; /* what is read */
    int64_t tracked_us;
    struct data_rows *locked, *stored, *gaps, *states;
};

/* --- places: as ingest has them --- */
static enum base_err load_places(struct duty_turn *turn, struct base_diag *diag)
{
    struct duty_track *track = turn->track;
    struct geo_place *places[FACTS_KIND_COUNT] = {NULL};
    int64_t version = 0;
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(turn->conn, DATA_PLACE_VERSION, DATA_NO_ARGS, diag, &rows);
    if (err || (data_rows_count(rows) && data_rows_i64(rows, 0, 0) == track->place_version)) {
        return err;
    }
    err = data_place_load(turn->conn, diag, &places[FACTS_KIND_BUILDING], &version);
    err = err ? err : data_place_load_zones(turn->conn, diag, &places[FACTS_KIND_ZONE]);
    err = err ? err : data_place_load_checkpoints(turn->conn, diag, &places[FACTS_KIND_CHECKPOINT]);
    for (size_t i = 0; i < FACTS_KIND_COUNT; i++) {
        geo_place_free(err ? places[i] : track->places[i]);
        track->places[i] = err ? track->places[i] : places[i];
    }
    track->place_version = err ? track->place_version : version;
    return err;
}

/* --- which --- */
static enum base_err list_stretches(struct duty_turn *turn, struct base_diag *diag, struct batch *batch)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(turn->conn, DATA_TRACK_STRETCH_LIST,
                                 DATA_ARGS(data_i64(turn->estate_id), data_i64(BATCH)), diag, &rows);
    batch->count = err ? 0 : data_rows_count(rows);
    for (size_t i = 0; i < batch->count; i++) {
        batch->list[i] = (struct stretch){.subject = data_rows_id(rows, i, 0),
                                          .from_us = data_rows_time(rows, i, 1),
                                          .to_us = data_rows_time(rows, i, 2),
                                          .marked_us = data_rows_time(rows, i, 3),
                                          .rest_us = INT64_MAX};
    }
    return err;
}

/* A pass or coverage may begin on a day on which there was none. In transactions of their own. */
static enum base_err ensure_days(struct duty_turn *turn, const struct batch *batch, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < batch->count && !err; i++) {
        int64_t from_us = batch->list[i].from_us - DUTY_TRACK_DAY, to_us = batch->list[i].to_us;
        to_us = to_us < from_us + 3 * DUTY_TRACK_DAY ? to_us : from_us + 3 * DUTY_TRACK_DAY;
        bool seen = i > 0 &&
                    from_us / DUTY_TRACK_DAY == (batch->list[i - 1].from_us - DUTY_TRACK_DAY) / DUTY_TRACK_DAY &&
                    to_us <= batch->list[i - 1].to_us;
        for (int64_t at = from_us; at < to_us + DUTY_TRACK_DAY && !err && !seen; at += DUTY_TRACK_DAY) {
            err = data_partition_ensure(turn->conn, "pass", at, diag);
            err = err ? err : data_partition_ensure(turn->conn, "coverage", at, diag);
        }
    }
    return err;
}

static void subjects_out(const struct batch *batch, struct base_buf *subjects)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        count += !batch->list[i].busy && !batch->list[i].done;
    }
    data_array_begin(subjects, DATA_ARRAY_ID, count);
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->list[i].busy && !batch->list[i].done) {
            data_array_id(subjects, batch->list[i].subject);
        }
    }
}

static bool find_subject(const struct data_rows *rows, struct base_id subject, size_t *ret_row)
{
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        if (base_id_equal(data_rows_id(rows, row, 0), subject)) {
            *ret_row = row;
            return true;
        }
    }
    return false;
}

/* Busy: has a state, and a batch of ingest holds it. */
static enum base_err lock(struct duty_turn *turn, struct base_buf *subjects, struct base_diag *diag,
                          struct batch *batch)
{
    AUTO(data_rows) there = NULL;
    subjects_out(batch, subjects);
    const struct data_arg args[] = {data_i64(turn->estate_id), data_bytes(base_buf_str(subjects))};
    enum base_err err = data_run(turn->conn, DATA_TRACK_LOCK, args, 2, diag, &batch->locked);
    err = err ? err : data_run(turn->conn, DATA_TRACK_THERE, args, 2, diag, &there);
    err = err ? err : data_run(turn->conn, DATA_TRACK_STATE_FIND, args, 2, diag, &batch->states);
    for (size_t i = 0; i < batch->count && !err; i++) {
        struct stretch *stretch = &batch->list[i];
        size_t row;
        if (find_subject(batch->locked, stretch->subject, &row)) {
            stretch->live = data_rows_bytes(batch->locked, row, 1);
        } else {
            stretch->busy = find_subject(there, stretch->subject, &row);
        }
    }
    return err;
}

/* --- reading --- */
static enum base_err read_rows(struct duty_turn *turn, const struct data_arg *args, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    struct duty_track_table *table = &turn->track->table;
    duty_track_table_reset(table);
    enum base_err err = data_run(turn->conn, DATA_TRACK_READ_SUBJECTS, args, 4, diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        struct data_field fields[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            struct base_str bytes = data_rows_bytes(rows, row, i);
            fields[i] = (struct data_field){bytes.at, bytes.at ? (int32_t)bytes.len : DATA_FIELD_NULL};
        }
        err = duty_track_table_visit(table, fields);
    }
    return err && err != BASE_NOMEM ? err
           : table->full || err     ? base_diag_set(diag, BASE_LIMIT, "judge: too many positions of %d subjects", BATCH)
                                    : BASE_OK;
}

static enum base_err read_checkins(struct duty_turn *turn, const struct data_arg *args, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    struct duty_track *track = turn->track;
    enum base_err err = data_run(turn->conn, DATA_TRACK_CHECKINS, args, 4, diag, &rows);
    track->checkin_count = err ? 0 : data_rows_count(rows);
    if (!duty_track_room(&track->checkins, &track->checkin_cap, track->checkin_count, sizeof *track->checkins)) {
        return base_diag_set(diag, BASE_NOMEM, "judge: no memory for check-ins");
    }
    for (size_t i = 0; i < track->checkin_count; i++) {
        track->checkins[i] = (struct duty_checkin){.subject = data_rows_id(rows, i, 0),
                                                   .of = {.t_event = data_rows_time(rows, i, 1),
                                                          .shift_id = data_rows_i64(rows, i, 2),
                                                          .building_id = data_rows_i64(rows, i, 3),
                                                          .estate_id = data_rows_i64(rows, i, 4)}};
        if (!duty_track_table_walker(&track->table, track->checkins[i].subject,
                                     (enum sensors_subject)data_rows_i64(rows, i, 5))) {
            return base_diag_set(diag, BASE_NOMEM, "judge: no memory for subjects");
        }
    }
    return err;
}

static void forget_read(struct batch *batch)
{
    data_rows_free(batch->stored);
    data_rows_free(batch->gaps);
    batch->stored = batch->gaps = NULL;
}

static enum base_err read_all(struct duty_turn *turn, struct base_buf *subjects, struct base_diag *diag,
                              struct batch *batch)
{
    forget_read(batch);
    subjects_out(batch, subjects);
    const struct data_arg from = data_time(batch->from_us), to = data_time(batch->to_us);
    const struct data_arg who = data_bytes(base_buf_str(subjects));
    const struct data_arg args[] = {data_i64(turn->estate_id), from, to, who};
    enum base_err err = subjects->err ? base_diag_set(diag, subjects->err, "judge: subjects") : BASE_OK;
    err = err ? err : read_rows(turn, args, diag);
    err = err ? err : read_checkins(turn, args, diag);
    err = err ? err : data_run(turn->conn, DATA_TRACK_PASS_LIST, DATA_ARGS(from, to, who), diag, &batch->stored);
    err = err ? err
              : data_run(turn->conn, DATA_TRACK_GAP_LIST,
                         DATA_ARGS(data_i64(turn->estate_id), who, data_time(batch->from_us - 2 * DUTY_TRACK_DAY), to),
                         diag, &batch->gaps);
    err = err ? err : duty_track_table_shifts(&turn->track->table, turn, batch->from_us, batch->to_us, diag);
    err = err ? err
              : duty_track_cover_begin(&turn->track->cover, turn, batch->from_us,
                                       batch->to_us < batch->tracked_us ? batch->to_us : batch->tracked_us,
                                       DUTY_TRACK_DAY, diag);
    return err ? err : duty_track_table_sort(&turn->track->table, diag);
}

/* --- gaps of a unit --- */
static const struct duty_walker *remembered(const struct batch *batch, struct base_id subject, struct duty_walker *room)
{
    size_t row;
    duty_track_walk_init(room, subject, SENSORS_SUBJECT_NONE);
    return find_subject(batch->states, subject, &row) &&
                   duty_track_walk_in(data_rows_bytes(batch->states, row, 1), NULL, room) == BASE_OK
               ? room
               : NULL;
}

/* After a silence: what lies before is as the gap's row has it, or as it is remembered. */
static void seed(const struct batch *batch, const struct duty_unit *unit, const struct duty_walker *known,
                 struct duty_walker *walker)
{
    enum { SUBJECT, FROM, TO, SHIFT, CAUSE, LON, LAT, LON_TO, LAT_TO, VOID };
    const struct duty_row *first = unit->list[unit->first].row;
    walker->has_last = first != NULL;
    walker->last = (struct facts_fix){.t_event = unit->from_us};
    if (first) {
        walker->last.at = (struct geo_point){first->lon, first->lat};
    }
    if (known && known->has_last && known->last.t_event < unit->from_us) {
        walker->last = known->last;
        walker->has_last = true;
        walker->poor_us = known->poor_us;
    }
    for (size_t row = 0; row < data_rows_count(batch->gaps); row++) {
        int64_t from_us = data_rows_time(batch->gaps, row, FROM);
        bool lasts = data_rows_null(batch->gaps, row, TO) || data_rows_time(batch->gaps, row, TO) >= unit->from_us;
        if (base_id_equal(data_rows_id(batch->gaps, row, SUBJECT), walker->subject) && from_us < unit->from_us &&
            lasts && !data_rows_bool(batch->gaps, row, VOID)) {
            walker->has_last = !data_rows_null(batch->gaps, row, LON);
            walker->last.t_event = from_us;
            walker->last.at =
                (struct geo_point){data_rows_f64(batch->gaps, row, LON), data_rows_f64(batch->gaps, row, LAT)};
            walker->poor_us =
                base_str_is(data_rows_bytes(batch->gaps, row, CAUSE), "accuracy") ? from_us : SENSORS_NO_TIME;
        }
    }
}

/* Coverage is known where the pieces lie whole within the unit; a new shift begins pieces of its own. */
static struct duty_span covered(const struct duty_unit *unit, const struct duty_shift *shift, int64_t tracked_us)
{
    struct duty_span span = {unit->from_us, unit->to_us < tracked_us ? unit->to_us : INT64_MAX};
    if (!unit->seeded && shift) {
        span.from_us = shift->from_us;
    }
    if (unit->end < unit->count && unit->list[unit->end].start == DUTY_NEW_SHIFT) {
        span.to_us = unit->to_us + DUTY_PIECE_US;
    }
    return span;
}

static enum base_err add_known(struct duty_track *track, const struct duty_unit *unit, const struct duty_walker *walker,
                               int64_t to_us, struct duty_span cover, struct base_diag *diag)
{
    const struct duty_row *first = unit->list[unit->first].row;
    const struct duty_shift *shift = first ? duty_track_table_shift(&track->table, first->shift_id) : NULL;
    bool leads = shift && !unit->seeded && shift->from_us < unit->from_us;
    if (!duty_track_room(&track->known, &track->known_cap, track->known_count + 1, sizeof *track->known)) {
        return base_diag_set(diag, BASE_NOMEM, "judge: no memory for stretches");
    }
    track->known[track->known_count++] = (struct duty_known){.subject = walker->subject,
                                                             .type = walker->type,
                                                             .from_us = leads ? shift->from_us : unit->from_us,
                                                             .to_us = to_us,
                                                             .cover_from_us = cover.from_us,
                                                             .cover_to_us = cover.to_us};
    return BASE_OK;
}

/* As of when tools were read from. */
static void recall_tool(struct duty_track *track, const struct duty_walker *known, int64_t early_us,
                        struct duty_walker *walker)
{
    const struct duty_cover *cover = &track->cover;
    if (!known || known->tool == DUTY_TOOL_NEVER) {
        return;
    }
    walker->tool = known->tool;
    walker->tool_us = known->tool_us;
    if (known->tool_us > early_us) { /* what is remembered is newer: it was the other way before it first changed */
        duty_track_cover_subject(&track->cover, walker);
        bool said = cover->tool_at < cover->tool_end;
        walker->tool = !said ? DUTY_TOOL_NEVER : cover->tools[cover->tool_at].on ? DUTY_TOOL_OFF : DUTY_TOOL_ON;
        walker->tool_us = SENSORS_NO_TIME;
    }
}

/* Positions from the unit's first on - poor ones before it included, as far as the last before that - and, when it ends
 * before tracked_us, the one at which it ends: it ends a gap, but covers nothing. */
static void walk(struct duty_track *track, const struct batch *batch, const struct duty_unit *unit, size_t number)
{
    struct duty_track_table *table = &track->table;
    struct duty_walker *walker = &table->walkers[number];
    bool covers = duty_track_cover_wants(&track->cover, walker->type), closes = unit->end < unit->count;
    int64_t after_us = unit->first ? unit->list[unit->first - 1].t_event : INT64_MIN;
    int64_t to_us = unit->to_us < batch->tracked_us ? unit->to_us : batch->tracked_us;
    for (size_t i = table->first[number]; i < table->first[number + 1]; i++) {
        const struct duty_row *row = &table->rows[table->order[i]];
        const struct duty_shift *shift = duty_track_table_shift(table, row->shift_id);
        struct facts_step steps[FACTS_STEPS_MAX];
        size_t count = 0;
        bool last = closes && row->t_event == unit->to_us && row->t_event < batch->tracked_us;
        if (row->t_event > after_us && (row->t_event < to_us || last)) {
            duty_track_walk_row(walker, row, shift, &track->gaps, steps, &count);
        }
        for (size_t j = 0; j < count && covers && !last; j++) {
            duty_track_cover_step(&track->cover, walker, &steps[j], shift);
        }
    }
}

static enum base_err derive_gaps(struct duty_track *track, const struct batch *batch, const struct duty_unit *unit,
                                 size_t number, struct base_diag *diag)
{
    struct duty_track_table *table = &track->table;
    struct duty_walker *walker = &table->walkers[number], room;
    const struct duty_walker *known = remembered(batch, walker->subject, &room);
    const struct duty_row *first = unit->list[unit->first].row;
    struct duty_span span =
        covered(unit, first ? duty_track_table_shift(table, first->shift_id) : NULL, batch->tracked_us);
    if (unit->from_us >= batch->tracked_us) {
        return BASE_OK;
    }
    if (unit->seeded) {
        seed(batch, unit, known, walker);
    }
    recall_tool(track, known, batch->from_us - DUTY_TRACK_DAY, walker);
    duty_track_cover_subject(&track->cover, walker);
    track->cover.exact = true;
    track->cover.skip_before_us = span.from_us;
    track->cover.skip_after_us = span.to_us;
    walk(track, batch, unit, number);
    walker->changed = unit->to_us >= batch->tracked_us;
    if (walker->changed) {
        duty_track_walk_end(walker, batch->tracked_us, &track->gaps);
        duty_track_cover_subject_end(&track->cover, walker, batch->tracked_us);
        walker->changed = true;
        walker->stored = known != NULL;
    } else if (unit->end == unit->count) {
        duty_track_walk_to(walker, unit->to_us, &track->gaps);
        walker->changed = false;
    }
    int64_t to_us = unit->to_us < batch->tracked_us ? unit->to_us : batch->tracked_us;
    return track->cover.err ? track->cover.err : add_known(track, unit, walker, to_us, span, diag);
}

/* --- a stretch --- */
static struct duty_read read_of(const struct duty_track *track, const struct batch *batch, size_t number)
{
    struct duty_read read = {
        .table = &track->table, .number = number, .from_us = batch->from_us, .to_us = batch->to_us};
    struct base_id subject = track->table.walkers[number].subject;
    size_t first = 0;
    while (first < track->checkin_count && !base_id_equal(track->checkins[first].subject, subject)) {
        first++;
    }
    read.checkins = track->checkins + first;
    while (first + read.checkin_count < track->checkin_count &&
           base_id_equal(track->checkins[first + read.checkin_count].subject, subject)) {
        read.checkin_count++;
    }
    return read;
}

static int64_t wait_for(int64_t since_us)
{
    int64_t seconds = (base_clock_now_us() - since_us) / DUTY_TRACK_SECOND / 4;
    return seconds < WAIT_LEAST_S ? WAIT_LEAST_S : seconds > WAIT_MOST_S ? WAIT_MOST_S : seconds;
}

static enum base_err derive(struct duty_turn *turn, struct batch *batch, struct stretch *stretch, bool forced,
                            struct base_diag *diag)
{
    struct duty_track *track = turn->track;
    struct duty_unit *unit = &track->unit;
    struct facts_places places;
    struct duty_walker *walker = duty_track_table_find(&track->table, stretch->subject);
    if (!walker) { /* its positions are gone, and with them what could be derived */
        stretch->done = true;
        return BASE_OK;
    }
    size_t number = (size_t)(walker - track->table.walkers);
    const struct duty_read read = read_of(track, batch, number);
    enum base_err err = duty_track_unit_find(&read, stretch->from_us, stretch->to_us, forced, diag, unit);
    if (err || !unit->found) {
        return err;
    }
    stretch->done = true;
    if (unit->count == 0) {
        return BASE_OK;
    }
    for (size_t i = 0; i < FACTS_KIND_COUNT; i++) {
        places.of[i] = track->places[i];
    }
    int64_t wait_us = SENSORS_NO_TIME;
    err = duty_track_pass_derive(&track->passes, unit, walker, &places, batch->stored, stretch->live, diag, &wait_us);
    err = err ? err : derive_gaps(track, batch, unit, number, diag);
    if (unit->to_us <= stretch->to_us) {
        stretch->rest_us = unit->to_us;
    }
    if (wait_us != SENSORS_NO_TIME) {
        stretch->rest_us = wait_us < stretch->rest_us ? wait_us : stretch->rest_us;
        stretch->wait_s = wait_for(stretch->to_us);
    }
    return err;
}

/* The oldest that nobody holds; NULL: none. */
static struct stretch *first_of(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->list[i].busy && !batch->list[i].done) {
            return &batch->list[i];
        }
    }
    return NULL;
}

static void choose_range(struct batch *batch, const struct stretch *first, const struct duty_unit *unit, int attempt)
{
    static const int64_t around[ATTEMPTS] = {HOUR, 6 * HOUR, 26 * HOUR};
    int64_t to_us = first->to_us < first->from_us + STRETCH_MOST ? first->to_us : first->from_us + STRETCH_MOST;
    batch->from_us = first->from_us - around[attempt];
    batch->to_us = to_us + around[attempt];
    if (attempt && unit->wants_from_us != SENSORS_NO_TIME) {
        batch->from_us = unit->wants_from_us;
    }
    if (attempt && unit->wants_to_us != SENSORS_NO_TIME) {
        batch->to_us = unit->wants_to_us;
    }
    if (batch->to_us > base_clock_now_us() - HOUR) {
        batch->to_us = INT64_MAX;
    }
}

/* Their coverage is written: the next attempt looks at others. */
static void known_done(struct duty_track *track)
{
    for (size_t i = 0; i < track->known_count; i++) {
        track->known[i].cover_from_us = INT64_MAX;
        track->known[i].cover_to_us = INT64_MIN;
    }
}

static enum base_err derive_all(struct duty_turn *turn, struct base_buf *subjects, struct base_diag *diag,
                                struct batch *batch)
{
    struct stretch *first = first_of(batch);
    enum base_err err = BASE_OK;
    for (int attempt = 0; attempt < ATTEMPTS && first && !first->done && !err; attempt++) {
        choose_range(batch, first, &turn->track->unit, attempt);
        err = read_all(turn, subjects, diag, batch);
        for (size_t i = batch->count; i-- > 0 && !err;) { /* the first last: what it wants decides about the next */
            struct stretch *stretch = &batch->list[i];
            bool inside = stretch->from_us >= batch->from_us && stretch->from_us < batch->to_us;
            if (!stretch->busy && !stretch->done && inside) {
                err = derive(turn, batch, stretch, stretch == first && attempt + 1 == ATTEMPTS, diag);
            }
        }
        err = err ? err : duty_track_slice_store(turn, &turn->track->table, batch->tracked_us, diag);
        err = err ? err
                  : duty_track_cover_store(&turn->track->cover, turn, turn->track->known, turn->track->known_count,
                                           &turn->track->changes, diag);
        known_done(turn->track);
    }
    duty_track_cover_forget(&turn->track->cover);
    return err;
}

/* --- what becomes of them --- */
static enum base_err settle(struct duty_turn *turn, const struct batch *batch, struct base_diag *diag)
{
    enum { SUBJECTS, MARKED, REST, WAIT, LISTS };
    struct base_buf lists[LISTS];
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        count += batch->list[i].done;
    }
    for (size_t i = 0; i < LISTS; i++) {
        base_buf_init(&lists[i], ARRAY_MAX);
        data_array_begin(&lists[i],
                         i == SUBJECTS ? DATA_ARRAY_ID
                         : i == WAIT   ? DATA_ARRAY_I64
                                       : DATA_ARRAY_TIME,
                         count);
    }
    for (size_t i = 0; i < batch->count; i++) {
        const struct stretch *stretch = &batch->list[i];
        if (stretch->done) {
            data_array_id(&lists[SUBJECTS], stretch->subject);
            data_array_time(&lists[MARKED], stretch->marked_us);
            data_array_time(&lists[REST], stretch->rest_us);
            data_array_i64(&lists[WAIT], stretch->wait_s);
        }
    }
    enum base_err err =
        data_run(turn->conn, DATA_TRACK_STRETCH_SETTLE,
                 DATA_ARGS(data_i64(turn->estate_id), data_bytes(base_buf_str(&lists[SUBJECTS])),
                           data_bytes(base_buf_str(&lists[MARKED])), data_bytes(base_buf_str(&lists[REST])),
                           data_bytes(base_buf_str(&lists[WAIT]))),
                 diag, NULL);
    for (size_t i = 0; i < LISTS; i++) {
        base_buf_release(&lists[i]);
    }
    return err;
}

static enum base_err within(struct duty_turn *turn, struct base_diag *diag, struct batch *batch)
{
    struct duty_track *track = turn->track;
    AUTO(data_rows) mark = NULL;
    AUTO_VALUE(base_buf) subjects;
    base_buf_init(&subjects, ARRAY_MAX);
    track->gaps.count = track->changes.count = track->passes.count = track->known_count = 0;
    enum base_err err = lock(turn, &subjects, diag, batch);
    err = err ? err : data_run(turn->conn, DATA_TRACK_MARK_LIST, DATA_ARGS(data_i64(turn->estate_id)), diag, &mark);
    if (!err) {
        batch->tracked_us = data_rows_time(mark, 0, 0);
        err = derive_all(turn, &subjects, diag, batch);
    }
    err = err ? err : duty_track_pass_store(turn, &track->passes, &track->changes, diag);
    err = err ? err : duty_track_gap_store(turn, &track->gaps, track->known, track->known_count, &track->changes, diag);
    err = err ? err : duty_track_again(turn, &track->changes, true, diag);
    return err ? err : settle(turn, batch, diag);
}

enum base_err duty_track_derive(struct duty_turn *turn, struct base_diag *diag, bool *ret_more)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        return base_diag_set(diag, BASE_NOMEM, "judge: no memory");
    }
    *ret_more = false;
    enum base_err err = list_stretches(turn, diag, batch);
    if (!err && batch->count) {
        err = load_places(turn, diag);
        err = err ? err : ensure_days(turn, batch, diag);
        err = err ? err : duty_turn_begin(turn, diag);
        if (!err) {
            err = within(turn, diag, batch);
            err = duty_turn_end(turn, err, diag);
        }
        for (size_t i = 0; i < batch->count; i++) {
            *ret_more = *ret_more || batch->list[i].done;
        }
    }
    forget_read(batch);
    data_rows_free(batch->locked);
    data_rows_free(batch->states);
    free(batch);
    return err;
}
