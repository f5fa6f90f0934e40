/* Lifecycles: a batch's starts, updates and ends, stepped on from what the database has (see store_lifecycle.h). */
#include "ingest/store_lifecycle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 * 1024 * 1024 };

struct lifecycle {
    int64_t id;                     /* 0: not stored yet */
    const struct ingest_row *row;   /* the newest that is about it; NULL: the batch changes nothing */
    const struct ingest_row *about; /* the newest that says who was there; NULL: none of the batch does */
    int64_t start_us, last_us, end_us, expires_us; /* SENSORS_NO_TIME: none */
    bool timeout;                                  /* its end was made up */
    bool begun;
    int64_t updates;
    int severity;
    double confidence;
};

struct group { /* rows about one thing's same channel, in the order of their times */
    const struct ingest_row **rows;
    size_t count;
};

struct step {
    const struct ingest_batch *batch;
    const struct ingest_row **rows;
    size_t row_count;
    struct group *groups;
    size_t group_count;
    struct lifecycle *list; /* of the groups that have one, the newest of each last */
    size_t count;
};

/* --- rows --- */
static int64_t teller(const struct ingest_row *row)
{
    return row->station ? row->station_id : row->device_id;
}

/* What was only kept, or is told of the past in bulk, says how things stand and begins nothing. */
static bool is_wanted(const struct ingest_row *row)
{
    bool phased =
        row->phase == SENSORS_PHASE_START || row->phase == SENSORS_PHASE_UPDATE || row->phase == SENSORS_PHASE_END;
    return phased && row->stored && !row->closes && !ingest_batch_is_fix(row) && teller(row) && !row->native_hidden &&
           (row->channel.len || row->native_id.len) && !(row->flags & SENSORS_FLAG_REPLAY);
}

static int by_thing(const struct ingest_row *a, const struct ingest_row *b)
{
    if (teller(a) != teller(b)) {
        return teller(a) < teller(b) ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    int order = base_str_order(a->channel, b->channel);
    return order ? order : base_str_order(a->native_id, b->native_id);
}

/* Of one time they are as they came: the batch holds them so. */
static int by_time(const void *a, const void *b)
{
    const struct ingest_row *x = *(const struct ingest_row *const *)a;
    const struct ingest_row *y = *(const struct ingest_row *const *)b;
    int order = by_thing(x, y);
    order = order ? order : (x->t_event > y->t_event) - (x->t_event < y->t_event);
    return order ? order : (x > y) - (x < y);
}

static void group_rows(struct step *step)
{
    qsort(step->rows, step->row_count, sizeof(struct ingest_row *), by_time);
    for (size_t i = 0; i < step->row_count; i++) {
        if (i == 0 || by_thing(step->rows[i], step->rows[i - 1]) != 0) {
            step->groups[step->group_count++] = (struct group){&step->rows[i], 0};
        }
        step->groups[step->group_count - 1].count++;
    }
}

static size_t number_of(const struct step *step, const struct ingest_row *row)
{
    return (size_t)(row - step->batch->rows);
}

/* --- one row after the other --- */
static void hear(struct lifecycle *life, const struct ingest_row *row)
{
    life->row = row;
    life->about = row->station ? row : life->about;
    life->severity = row->severity > life->severity ? row->severity : life->severity;
    life->confidence = fmax(life->confidence, (double)row->confidence); /* NAN is none */
    if (row->t_event > life->last_us) {
        life->last_us = row->t_event;
    }
    if (row->lasts_us) {
        life->expires_us = row->t_recv + row->lasts_us;
    }
}

static struct lifecycle *begin(struct step *step, const struct ingest_row *row)
{
    struct lifecycle *life = &step->list[step->count++];
    *life = (struct lifecycle){.start_us = row->t_event,
                               .last_us = row->t_event,
                               .end_us = SENSORS_NO_TIME,
                               .expires_us = SENSORS_NO_TIME,
                               .begun = row->phase == SENSORS_PHASE_START,
                               .severity = SENSORS_NO_SEVERITY,
                               .confidence = NAN};
    hear(life, row);
    return life;
}

static void end(struct lifecycle *life, const struct ingest_row *row)
{
    hear(life, row);
    life->end_us = row->t_event;
    life->expires_us = SENSORS_NO_TIME;
    life->timeout = false;
}

/* It is over: goes on, or is followed by another. */
static struct lifecycle *after_end(struct step *step, struct lifecycle *life, const struct ingest_row *row)
{
    if (row->phase == SENSORS_PHASE_END) {
        if (life->timeout) { /* the true one */
            end(life, row);
        }
        return life;
    }
    if (row->phase == SENSORS_PHASE_START || !life->timeout) {
        return begin(step, row);
    }
    life->end_us = SENSORS_NO_TIME;
    life->timeout = false;
    life->updates++;
    hear(life, row);
    return life;
}

/* Older than its last word. */
static void late(struct lifecycle *life, const struct ingest_row *row)
{
    if (row->phase == SENSORS_PHASE_START && !life->begun) {
        life->start_us = row->t_event < life->start_us ? row->t_event : life->start_us;
        life->begun = true;
        hear(life, row);
        life->expires_us = life->end_us == SENSORS_NO_TIME ? life->expires_us : SENSORS_NO_TIME;
    }
}

static struct lifecycle *step_row(struct step *step, struct lifecycle *life, const struct ingest_row *row)
{
    if (!life) {
        life = begin(step, row);
        if (row->phase == SENSORS_PHASE_END) {
            end(life, row);
        }
        return life;
    }
    bool ended = life->end_us != SENSORS_NO_TIME;
    if (row->t_event < life->last_us || (ended && row->t_event == life->end_us)) {
        late(life, row);
    } else if (ended) {
        return after_end(step, life, row);
    } else if (row->phase == SENSORS_PHASE_END) {
        end(life, row);
    } else {
        life->updates++;
        hear(life, row);
    }
    return life;
}

/* --- between here and the database --- */
enum { NUMBER, ID, START, LAST, END, TIMEOUT, BEGUN, UPDATES, SEVERITY, CONFIDENCE, EXPIRES }; /* lifecycle_load.sql */

static int64_t time_or_none(const struct data_rows *rows, size_t row, int column)
{
    return data_rows_null(rows, row, column) ? SENSORS_NO_TIME : data_rows_time(rows, row, column);
}

/* The rows are in the groups' order; those of new things have none. */
static struct lifecycle *load_one(struct step *step, const struct data_rows *rows, size_t *at,
                                  const struct group *group)
{
    size_t row = *at;
    if (row == data_rows_count(rows) || data_rows_i64(rows, row, NUMBER) != (int64_t)number_of(step, group->rows[0])) {
        return NULL;
    }
    struct lifecycle *life = &step->list[step->count++];
    *life = (struct lifecycle){
        .id = data_rows_i64(rows, row, ID),
        .start_us = data_rows_time(rows, row, START),
        .last_us = data_rows_time(rows, row, LAST),
        .end_us = time_or_none(rows, row, END),
        .expires_us = time_or_none(rows, row, EXPIRES),
        .timeout = data_rows_bool(rows, row, TIMEOUT),
        .begun = data_rows_bool(rows, row, BEGUN),
        .updates = data_rows_i64(rows, row, UPDATES),
        .severity = data_rows_null(rows, row, SEVERITY) ? SENSORS_NO_SEVERITY : (int)data_rows_i64(rows, row, SEVERITY),
        .confidence = data_rows_null(rows, row, CONFIDENCE) ? NAN : data_rows_f64(rows, row, CONFIDENCE)};
    (*at)++;
    return life;
}

static enum base_err load(const struct step *step, struct data_conn *conn, struct base_diag *diag,
                          struct data_rows **ret_rows)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < step->group_count; i++) {
        base_buf_printf(&text, "%c%zu", i ? ',' : '{', number_of(step, step->groups[i].rows[0]));
    }
    base_buf_u8(&text, '}');
    return text.err ? base_diag_set(diag, text.err, "too many lifecycles in one batch")
                    : data_run(conn, DATA_LIFECYCLE_LOAD, DATA_ARGS(data_text(base_buf_cstr(&text))), diag, ret_rows);
}

static void number_out(struct base_json_out *out, const char *key, int64_t number, int64_t none)
{
    if (number != none) {
        base_json_out_key(out, key);
        base_json_out_i64(out, number);
    }
}

static void lifecycle_out(const struct step *step, const struct lifecycle *life, struct base_json_out *out)
{
    base_json_out_object(out);
    number_out(out, "number", (int64_t)number_of(step, life->row), -1);
    if (life->about) {
        number_out(out, "about", (int64_t)number_of(step, life->about), -1);
    }
    number_out(out, "id", life->id, 0);
    number_out(out, "start_us", life->start_us, SENSORS_NO_TIME);
    number_out(out, "last_us", life->last_us, SENSORS_NO_TIME);
    number_out(out, "end_us", life->end_us, SENSORS_NO_TIME);
    number_out(out, "expires_us", life->expires_us, SENSORS_NO_TIME);
    number_out(out, "updates", life->updates, -1);
    number_out(out, "severity", life->severity, SENSORS_NO_SEVERITY);
    base_json_out_key(out, "timeout");
    base_json_out_bool(out, life->timeout);
    base_json_out_key(out, "begun");
    base_json_out_bool(out, life->begun);
    if (!isnan(life->confidence)) {
        base_json_out_key(out, "confidence");
        base_json_out_f64(out, life->confidence, 6);
    }
    base_json_out_object_end(out);
}

static enum base_err store(const struct step *step, struct data_conn *conn, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) text;
    size_t changed = 0;
    base_buf_init(&text, TEXT_MAX);
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_array(&out);
    for (size_t i = 0; i < step->count; i++) {
        if (step->list[i].row) {
            lifecycle_out(step, &step->list[i], &out);
            changed++;
        }
    }
    base_json_out_array_end(&out);
    if (text.err) {
        return base_diag_set(diag, text.err, "too many lifecycles in one batch");
    }
    return changed ? data_run(conn, DATA_LIFECYCLE_STORE, DATA_ARGS(data_text(base_buf_cstr(&text))), diag, NULL)
                   : BASE_OK;
}

static enum base_err step_all(struct step *step, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    size_t at = 0;
    group_rows(step);
    enum base_err err = load(step, conn, diag, &rows);
    for (size_t i = 0; i < step->group_count && !err; i++) {
        const struct group *group = &step->groups[i];
        struct lifecycle *life = load_one(step, rows, &at, group);
        for (size_t row = 0; row < group->count; row++) {
            life = step_row(step, life, group->rows[row]);
        }
    }
    return err ? err : store(step, conn, diag);
}

/* Those that silence has ended: whatever else the batch says of them is newer. */
static enum base_err close_all(const struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    const struct ingest_batch *batch = &source->batch;
    if (batch->closes == 0) {
        return BASE_OK;
    }
    AUTO_VALUE(base_buf) ids;
    base_buf_init(&ids, TEXT_MAX);
    data_array_begin(&ids, DATA_ARRAY_I64, batch->closes);
    for (size_t i = 0; i < batch->row_count; i++) {
        if (batch->rows[i].closes) {
            data_array_i64(&ids, batch->rows[i].closes);
        }
    }
    return ids.err ? base_diag_set(diag, ids.err, "too many lifecycles in one batch")
                   : data_run(conn, DATA_LIFECYCLE_CLOSE,
                              DATA_ARGS(data_i64(source->estate_id), data_bytes(base_buf_str(&ids))), diag, NULL);
}

enum base_err ingest_store_lifecycle(const struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    const struct ingest_batch *batch = &source->batch;
    struct step step = {.batch = batch};
    size_t count = 0;
    for (size_t i = 0; i < batch->row_count; i++) {
        count += is_wanted(&batch->rows[i]);
    }
    enum base_err err = close_all(source, conn, diag);
    if (err || count == 0) {
        return err;
    }
    step.rows = calloc(count, sizeof(struct ingest_row *));
    step.groups = calloc(count, sizeof *step.groups);
    step.list = calloc(2 * count, sizeof *step.list); /* each row begins one at most, each group loads one */
    for (size_t i = 0; step.rows && i < batch->row_count; i++) {
        if (is_wanted(&batch->rows[i])) {
            step.rows[step.row_count++] = &batch->rows[i];
        }
    }
    err = step.rows && step.groups && step.list ? step_all(&step, conn, diag)
                                                : base_diag_set(diag, BASE_NOMEM, "no memory for lifecycles");
    free(step.rows);
    free(step.groups);
    free(step.list);
    return err;
}
