/* What a batch says of places: when somebody last passed, when something last happened. A row a place, merged here so
 * that one statement in key order writes it. */
#include "ingest/source.h"

#include <stdlib.h>

/* Who makes passes (facts_rules_of), in the order of building_state's columns: each has its own newest one, so that who
 * came after does not hide whom a duty asks for. */
enum { PASSERS = 5 };
static const enum sensors_subject passers[PASSERS] = {SENSORS_SUBJECT_GUARD, SENSORS_SUBJECT_CLEANER,
                                                      SENSORS_SUBJECT_VEHICLE, SENSORS_SUBJECT_FLEET,
                                                      SENSORS_SUBJECT_UNIT};

struct mark {
    enum facts_kind kind;
    int64_t estate_id, place_id;
    int64_t pass_us, event_us, alarm_us; /* SENSORS_NO_TIME: none */
    enum sensors_subject passer;
    int64_t by_us[PASSERS];
};

struct marks {
    struct mark *list;
    size_t count;
};

static int by_place(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    if (x->estate_id != y->estate_id) {
        return x->estate_id < y->estate_id ? -1 : 1;
    }
    return (x->place_id > y->place_id) - (x->place_id < y->place_id);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void merge(struct mark *into, const struct mark *mark)
{
    if (mark->pass_us > into->pass_us || (mark->pass_us == into->pass_us && mark->passer > into->passer)) {
        into->passer = mark->passer; /* as building_state_store.sql */
    }
    into->pass_us = later(into->pass_us, mark->pass_us);
    into->event_us = later(into->event_us, mark->event_us);
    into->alarm_us = later(into->alarm_us, mark->alarm_us);
    for (size_t i = 0; i < PASSERS; i++) {
        into->by_us[i] = later(into->by_us[i], mark->by_us[i]);
    }
}

static void merge_all(struct marks *marks)
{
    size_t kept = 0;
    if (marks->count == 0) {
        return;
    }
    qsort(marks->list, marks->count, sizeof *marks->list, by_place);
    for (size_t i = 1; i < marks->count; i++) {
        if (by_place(&marks->list[kept], &marks->list[i]) == 0) {
            merge(&marks->list[kept], &marks->list[i]);
        } else {
            marks->list[++kept] = marks->list[i];
        }
    }
    marks->count = kept + 1;
}

/* Of that place, and nothing about it yet. */
static struct mark *add(struct marks *marks, enum facts_kind kind, int64_t estate_id, int64_t place_id)
{
    struct mark *mark = &marks->list[marks->count++];
    *mark = (struct mark){.kind = kind,
                          .estate_id = estate_id,
                          .place_id = place_id,
                          .pass_us = SENSORS_NO_TIME,
                          .event_us = SENSORS_NO_TIME,
                          .alarm_us = SENSORS_NO_TIME};
    for (size_t i = 0; i < PASSERS; i++) {
        mark->by_us[i] = SENSORS_NO_TIME;
    }
    return mark;
}

static void add_passes(struct marks *marks, const struct ingest_state *state)
{
    for (size_t i = 0; i < state->pass_count; i++) {
        const struct facts_pass *pass = &state->passes[i].pass;
        if (pass->kind == FACTS_KIND_CHECKPOINT) {
            continue;
        }
        struct mark *mark = add(marks, pass->kind, pass->estate_id, pass->place_id);
        mark->pass_us = pass->t_to;
        mark->passer = state->groups[state->passes[i].group].subject_type;
        for (size_t by = 0; by < PASSERS; by++) {
            mark->by_us[by] = passers[by] == mark->passer ? pass->t_to : SENSORS_NO_TIME;
        }
    }
}

/* Something happened; that a device reports its state or a measurement, as it always does, is nothing. Nor is it that
 * all is well: a detector says so every few minutes. */
static bool is_news(const struct ingest_row *row)
{
    switch (row->kind) {
    case SENSORS_KIND_ALARM:
        return row->stored && row->place.id && row->phase != SENSORS_PHASE_SNAPSHOT && row->phase != SENSORS_PHASE_END;
    case SENSORS_KIND_ACCESS:
    case SENSORS_KIND_CHECKPOINT:
    case SENSORS_KIND_DETECTION:
    case SENSORS_KIND_TRANSITION:
        return row->stored && row->place.id;
    default:
        return false;
    }
}

static void add_events(struct marks *marks, const struct ingest_batch *batch)
{
    for (size_t i = 0; i < batch->row_count; i++) {
        const struct ingest_row *row = &batch->rows[i];
        if (is_news(row)) {
            struct mark *mark = add(marks, FACTS_KIND_BUILDING, row->place.estate_id, row->place.id);
            mark->event_us = row->t_event;
            mark->alarm_us = row->kind == SENSORS_KIND_ALARM ? row->t_event : SENSORS_NO_TIME;
        }
    }
}

static void copy_time(struct data_copy *copy, int64_t time_us)
{
    if (time_us == SENSORS_NO_TIME) {
        data_copy_null(copy);
    } else {
        data_copy_time(copy, time_us);
    }
}

static enum base_err stage(struct data_conn *conn, const struct marks *marks, struct base_diag *diag)
{
    struct data_copy copy;
    enum base_err err = data_copy_begin(&copy, conn, "stage_place_state",
                                        "place_kind, estate_id, place_id, last_pass_at, last_pass_subject_type, "
                                        "last_event_at, last_alarm_at, last_guard_at, last_cleaner_at, "
                                        "last_vehicle_at, last_fleet_at, last_unit_at",
                                        diag);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < marks->count && !err; i++) {
        const struct mark *mark = &marks->list[i];
        data_copy_row(&copy, 7 + PASSERS);
        data_copy_text(&copy, facts_kind_name(mark->kind));
        data_copy_i64(&copy, mark->estate_id);
        data_copy_i64(&copy, mark->place_id);
        copy_time(&copy, mark->pass_us);
        data_copy_text(&copy, mark->pass_us == SENSORS_NO_TIME ? NULL : sensors_subject_name(mark->passer));
        copy_time(&copy, mark->event_us);
        copy_time(&copy, mark->alarm_us);
        for (size_t by = 0; by < PASSERS; by++) {
            copy_time(&copy, mark->by_us[by]);
        }
        err = data_copy_flush(&copy, diag);
    }
    return data_copy_end(&copy, err, diag);
}

static enum base_err store_marks(struct data_conn *conn, const struct marks *marks, struct base_diag *diag)
{
    enum base_err err = stage(conn, marks, diag);
    if (!err && marks->list[0].kind == FACTS_KIND_BUILDING) {
        err = data_run(conn, DATA_BUILDING_STATE_STORE, DATA_NO_ARGS, diag, NULL);
    }
    if (!err && marks->list[marks->count - 1].kind == FACTS_KIND_ZONE) {
        err = data_run(conn, DATA_ZONE_STATE_STORE, DATA_NO_ARGS, diag, NULL);
    }
    return err;
}

enum base_err ingest_store_place_batch(struct ingest_store *store, const struct ingest_source *source,
                                       struct base_diag *diag)
{
    size_t most = store->state.pass_count + (source ? source->batch.row_count : 0);
    struct marks marks = {.list = calloc(most + 1, sizeof *marks.list)};
    if (!marks.list) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for the places of one batch");
    }
    add_passes(&marks, &store->state);
    if (source) {
        add_events(&marks, &source->batch);
    }
    merge_all(&marks);
    enum base_err err = marks.count ? store_marks(store->conn, &marks, diag) : BASE_OK;
    free(marks.list);
    return err;
}
