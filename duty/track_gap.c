/* Gaps of trackers as rows of outage: what is stored like this already stays, what has become otherwise gets a
 * successor, what is no gap any more a void one. */
#include "duty/track_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ARRAY_MAX = 16 * 1024 * 1024 };
enum { SUBJECT, FROM, TO, SHIFT, CAUSE, LON_FROM, LAT_FROM, LON_TO, LAT_TO, VOID };

enum base_err duty_track_changed(struct duty_changes *changes, int64_t estate_id, int64_t from_us, int64_t to_us,
                                 struct base_diag *diag)
{
    for (size_t i = 0; i < changes->count; i++) {
        struct duty_changed *changed = &changes->list[i];
        if (changed->estate_id == estate_id) {
            changed->from_us = from_us < changed->from_us ? from_us : changed->from_us;
            changed->to_us = to_us > changed->to_us ? to_us : changed->to_us;
            return BASE_OK;
        }
    }
    if (!duty_track_room(&changes->list, &changes->cap, changes->count + 1, sizeof *changes->list)) {
        return base_diag_set(diag, BASE_NOMEM, "judge: no memory for changes");
    }
    changes->list[changes->count++] = (struct duty_changed){estate_id, from_us, to_us};
    return BASE_OK;
}

/* --- one gap a key: the one that was found last --- */
static int by_key(const struct duty_gap *a, struct base_id subject, int64_t from_us)
{
    int order = memcmp(a->subject.bytes, subject.bytes, sizeof subject.bytes);
    return order ? order : (a->from_us > from_us) - (a->from_us < from_us);
}

static int in_order(const void *a, const void *b)
{
    const struct duty_gap *x = a, *y = b;
    int order = by_key(x, y->subject, y->from_us);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static void keep_last(struct duty_gaps *gaps)
{
    size_t kept = 0;
    for (size_t i = 0; i < gaps->count; i++) {
        gaps->list[i].number = i;
    }
    if (gaps->count) {
        qsort(gaps->list, gaps->count, sizeof *gaps->list, in_order);
    }
    for (size_t i = 0; i < gaps->count; i++) {
        const struct duty_gap *next = &gaps->list[i + 1];
        if (i + 1 == gaps->count || by_key(next, gaps->list[i].subject, gaps->list[i].from_us) != 0) {
            gaps->list[kept++] = gaps->list[i];
        }
    }
    gaps->count = kept;
}

/* --- what is stored --- */
struct span {
    int64_t from_us, to_us;
};

static void widen(struct span *span, int64_t from_us, int64_t to_us)
{
    span->from_us = from_us < span->from_us ? from_us : span->from_us;
    span->to_us = to_us > span->to_us ? to_us : span->to_us;
}

static enum base_err list(struct duty_turn *turn, const struct duty_gaps *gaps, const struct duty_known *known,
                          size_t count, struct base_diag *diag, struct data_rows **ret_rows)
{
    AUTO_VALUE(base_buf) subjects;
    struct span span = {INT64_MAX, INT64_MIN};
    base_buf_init(&subjects, ARRAY_MAX);
    data_array_begin(&subjects, DATA_ARRAY_ID, gaps->count + count);
    for (size_t i = 0; i < gaps->count; i++) {
        data_array_id(&subjects, gaps->list[i].subject);
        widen(&span, gaps->list[i].from_us, gaps->list[i].from_us);
    }
    for (size_t i = 0; i < count; i++) {
        data_array_id(&subjects, known[i].subject);
        widen(&span, known[i].from_us, known[i].to_us);
    }
    if (subjects.err) {
        return base_diag_set(diag, subjects.err, "judge: too many gaps in one step");
    }
    return data_run(turn->conn, DATA_TRACK_GAP_LIST,
                    DATA_ARGS(data_i64(turn->estate_id), data_bytes(base_buf_str(&subjects)), data_time(span.from_us),
                              data_time(span.to_us)),
                    diag, ret_rows);
}

static bool same_at(const struct data_rows *rows, size_t row, int column, bool has, struct geo_point at)
{
    if (data_rows_null(rows, row, column)) {
        return !has;
    }
    return has && data_rows_f64(rows, row, column) == at.lon && data_rows_f64(rows, row, column + 1) == at.lat;
}

static bool is_stored(const struct duty_gap *gap, const struct data_rows *rows, size_t row)
{
    int64_t to_us = data_rows_null(rows, row, TO) ? SENSORS_NO_TIME : data_rows_time(rows, row, TO);
    if (gap->to_us == SENSORS_NO_TIME && to_us > gap->seen_us && !data_rows_bool(rows, row, VOID)) {
        return true; /* read once more: the row knows already how it ended */
    }
    return !data_rows_bool(rows, row, VOID) && to_us == gap->to_us &&
           data_rows_i64(rows, row, SHIFT) == gap->shift_id &&
           base_str_is(data_rows_bytes(rows, row, CAUSE), gap->poor ? "accuracy" : "silent") &&
           same_at(rows, row, LON_FROM, gap->has_before, gap->before) &&
           same_at(rows, row, LON_TO, gap->has_after, gap->after);
}

/* --- writing --- */
static void copy_at(struct data_copy *copy, bool has, struct geo_point at)
{
    data_copy_f64(copy, has ? at.lon : NAN);
    data_copy_f64(copy, has ? at.lat : NAN);
}

static enum base_err copy_gap(struct data_copy *copy, const struct duty_turn *turn, const struct duty_gap *gap,
                              bool nothing, struct base_diag *diag)
{
    data_copy_row(copy, 13);
    data_copy_i64(copy, turn->estate_id);
    data_copy_text(copy, "tracker");
    data_copy_id(copy, gap->subject);
    data_copy_text(copy, sensors_subject_name(gap->type));
    data_copy_i64(copy, gap->shift_id);
    data_copy_text(copy, gap->poor ? "accuracy" : "silent");
    data_copy_time(copy, gap->from_us);
    if (gap->to_us == SENSORS_NO_TIME) {
        data_copy_null(copy);
    } else {
        data_copy_time(copy, gap->to_us);
    }
    copy_at(copy, gap->has_before, gap->before);
    copy_at(copy, gap->has_after, gap->after);
    data_copy_bool(copy, nothing);
    return data_copy_flush(copy, diag);
}

static int64_t end_of(const struct duty_turn *turn, int64_t to_us)
{
    return to_us == SENSORS_NO_TIME ? turn->now_us : to_us;
}

/* Of rows: to which of them does the gap succeed? rows are in the order of keys, too. */
static bool find_row(const struct data_rows *rows, const struct duty_gap *gap, size_t *ret_row)
{
    size_t low = 0, high = data_rows_count(rows);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = by_key(gap, data_rows_id(rows, middle, SUBJECT), data_rows_time(rows, middle, FROM));
        if (order == 0) {
            *ret_row = middle;
            return true;
        }
        if (order > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

static bool is_found(const struct duty_gaps *gaps, struct base_id subject, int64_t from_us)
{
    size_t low = 0, high = gaps->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = by_key(&gaps->list[middle], subject, from_us);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

static bool is_derived(const struct data_rows *rows, size_t row, const struct duty_known *known, size_t count,
                       size_t *ret_known)
{
    struct base_id subject = data_rows_id(rows, row, SUBJECT);
    int64_t from_us = data_rows_time(rows, row, FROM), shift_id = data_rows_i64(rows, row, SHIFT);
    for (size_t i = 0; i < count; i++) {
        if (base_id_equal(known[i].subject, subject) && from_us >= known[i].from_us && from_us < known[i].to_us &&
            (!known[i].shift_id || known[i].shift_id == shift_id)) {
            *ret_known = i;
            return true;
        }
    }
    return false;
}

static struct duty_gap gap_of(const struct data_rows *rows, size_t row, enum sensors_subject type)
{
    return (struct duty_gap){.subject = data_rows_id(rows, row, SUBJECT),
                             .type = type,
                             .shift_id = data_rows_i64(rows, row, SHIFT),
                             .from_us = data_rows_time(rows, row, FROM),
                             .to_us = data_rows_null(rows, row, TO) ? SENSORS_NO_TIME : data_rows_time(rows, row, TO)};
}

static enum base_err write_new(struct duty_turn *turn, struct data_copy *copy, const struct duty_gaps *gaps,
                               const struct data_rows *rows, struct duty_changes *changes, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < gaps->count && !err; i++) {
        const struct duty_gap *gap = &gaps->list[i];
        size_t row;
        bool known = find_row(rows, gap, &row);
        if (known && is_stored(gap, rows, row)) {
            continue;
        }
        int64_t to_us = end_of(turn, gap->to_us);
        if (known && !data_rows_null(rows, row, TO) && data_rows_time(rows, row, TO) > to_us) {
            to_us = data_rows_time(rows, row, TO);
        }
        err = copy_gap(copy, turn, gap, false, diag);
        err = err ? err : duty_track_changed(changes, turn->estate_id, gap->from_us, to_us, diag);
    }
    return err;
}

static enum base_err write_void(struct duty_turn *turn, struct data_copy *copy, const struct duty_gaps *gaps,
                                const struct data_rows *rows, const struct duty_known *known, size_t count,
                                struct duty_changes *changes, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t row = 0; row < data_rows_count(rows) && !err; row++) {
        size_t at = 0;
        if (data_rows_bool(rows, row, VOID) || !is_derived(rows, row, known, count, &at) ||
            is_found(gaps, data_rows_id(rows, row, SUBJECT), data_rows_time(rows, row, FROM))) {
            continue;
        }
        struct duty_gap gap = gap_of(rows, row, known[at].type);
        err = copy_gap(copy, turn, &gap, true, diag);
        err = err ? err : duty_track_changed(changes, turn->estate_id, gap.from_us, end_of(turn, gap.to_us), diag);
    }
    return err;
}

enum base_err duty_track_gap_store(struct duty_turn *turn, struct duty_gaps *gaps, const struct duty_known *known,
                                   size_t count, struct duty_changes *changes, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    struct data_copy copy;
    if (gaps->err) {
        return base_diag_set(diag, gaps->err, "judge: no memory for %zu gaps of trackers", gaps->count);
    }
    keep_last(gaps);
    if (gaps->count == 0 && count == 0) {
        return BASE_OK;
    }
    enum base_err err = list(turn, gaps, known, count, diag, &rows);
    err = err ? err
              : data_copy_begin(&copy, turn->conn, "outage",
                                "estate_id, scope, subject, subject_type, shift_id, cause, t_from, t_to, lon_from, "
                                "lat_from, lon_to, lat_to, void",
                                diag);
    if (err) {
        return err;
    }
    err = write_new(turn, &copy, gaps, rows, changes, diag);
    err = err ? err : write_void(turn, &copy, gaps, rows, known, count, changes, diag);
    return data_copy_end(&copy, err, diag);
}
