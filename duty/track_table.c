/* Positions of many subjects, brought into the order in which walkers take them: by subject, then by event time. They
 * come nearly in order of time, so subjects are counted apart and hardly anything is left to sort. */
#include "duty/track_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_MASK = 15, TYPE_RECEIVED = 16, SLOTS_MIN = 256, ARRAY_MAX = 1024 * 1024 };
enum { FIELD_SUBJECT, FIELD_TIME, FIELD_DEDUP, FIELD_LON, FIELD_LAT, FIELD_ACC, FIELD_SHIFT, FIELD_KIND };

void duty_track_table_reset(struct duty_track_table *table)
{
    table->walker_count = table->row_count = table->shift_count = 0;
    table->full = false;
    if (table->slots) {
        memset(table->slots, 0, table->slot_count * sizeof *table->slots);
    }
}

void duty_track_table_release(struct duty_track_table *table)
{
    free(table->walkers);
    free(table->slots);
    free(table->rows);
    free(table->order);
    free(table->first);
    free(table->shifts);
    memset(table, 0, sizeof *table);
}

/* --- walkers by subject: open addressing; a slot holds the number and one --- */
static uint32_t *slot_of(const struct duty_track_table *table, struct base_id subject)
{
    uint64_t hash;
    memcpy(&hash, subject.bytes, sizeof hash); /* pseudonyms and random ids: as good as any hash */
    hash *= UINT64_C(0x9E3779B97F4A7C15);
    for (size_t at = (size_t)(hash >> 32) & (table->slot_count - 1);; at = (at + 1) & (table->slot_count - 1)) {
        uint32_t *slot = &table->slots[at];
        if (!*slot || base_id_equal(table->walkers[*slot - 1].subject, subject)) {
            return slot;
        }
    }
}

static bool grow_slots(struct duty_track_table *table)
{
    if (table->slot_count > 2 * table->walker_count + 2) {
        return true;
    }
    size_t count = table->slot_count ? table->slot_count * 2 : SLOTS_MIN;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots) {
        return false;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    for (size_t i = 0; i < table->walker_count; i++) {
        *slot_of(table, table->walkers[i].subject) = (uint32_t)i + 1;
    }
    return true;
}

struct duty_walker *duty_track_table_walker(struct duty_track_table *table, struct base_id subject,
                                            enum sensors_subject type)
{
    if (!grow_slots(table)) {
        return NULL;
    }
    uint32_t *slot = slot_of(table, subject);
    if (!*slot) {
        if (!duty_track_room(&table->walkers, &table->walker_cap, table->walker_count + 1, sizeof *table->walkers)) {
            return NULL;
        }
        duty_track_walk_init(&table->walkers[table->walker_count++], subject, type);
        *slot = (uint32_t)table->walker_count;
    }
    return &table->walkers[*slot - 1];
}

struct duty_walker *duty_track_table_find(const struct duty_track_table *table, struct base_id subject)
{
    uint32_t *slot = table->slot_count ? slot_of(table, subject) : NULL;
    return slot && *slot ? &table->walkers[*slot - 1] : NULL;
}

/* --- rows --- */
enum base_err duty_track_table_visit(void *of, const struct data_field *row)
{
    struct duty_track_table *table = of;
    int64_t kind = data_field_i64(row[FIELD_KIND]);
    if (table->row_count == DUTY_TRACK_ROWS_MAX) {
        table->full = true;
        return BASE_OK;
    }
    enum sensors_subject type = (enum sensors_subject)(kind & TYPE_MASK);
    struct duty_walker *walker = duty_track_table_walker(table, data_field_id(row[FIELD_SUBJECT]), type);
    if (!walker || !duty_track_room(&table->rows, &table->row_cap, table->row_count + 1, sizeof *table->rows)) {
        return BASE_NOMEM;
    }
    walker->type = walker->type == SENSORS_SUBJECT_NONE ? type : walker->type;
    table->rows[table->row_count++] = (struct duty_row){.t_event = data_field_time(row[FIELD_TIME]),
                                                        .dedup = data_field_id(row[FIELD_DEDUP]),
                                                        .lon = data_field_f64(row[FIELD_LON]),
                                                        .lat = data_field_f64(row[FIELD_LAT]),
                                                        .acc_m = (float)data_field_f64(row[FIELD_ACC]),
                                                        .shift_id = data_field_i64(row[FIELD_SHIFT]),
                                                        .who = (uint32_t)(walker - table->walkers),
                                                        .received = kind & TYPE_RECEIVED};
    return BASE_OK;
}

static int in_time(const struct duty_row *a, const struct duty_row *b)
{
    if (a->t_event != b->t_event) {
        return a->t_event < b->t_event ? -1 : 1;
    }
    return memcmp(a->dedup.bytes, b->dedup.bytes, sizeof a->dedup.bytes);
}

/* Insertion: rows are nearly in order. What is far from it is left to qsort. */
static bool insert_sort(const struct duty_row *rows, uint32_t *order, size_t count)
{
    size_t moves = 0;
    for (size_t i = 1; i < count; i++) {
        uint32_t row = order[i];
        size_t at = i;
        for (; at > 0 && in_time(&rows[order[at - 1]], &rows[row]) > 0; at--, moves++) {
            order[at] = order[at - 1];
        }
        order[at] = row;
        if (moves > 8 * count + 64) {
            return false;
        }
    }
    return true;
}

static int by_time(const void *a, const void *b, void *rows)
{
    return in_time((const struct duty_row *)rows + *(const uint32_t *)a,
                   (const struct duty_row *)rows + *(const uint32_t *)b);
}

enum base_err duty_track_table_sort(struct duty_track_table *table, struct base_diag *diag)
{
    if (!duty_track_room(&table->order, &table->order_cap, table->row_count + 1, sizeof *table->order) ||
        !duty_track_room(&table->first, &table->first_cap, table->walker_count + 2, sizeof *table->first)) {
        return base_diag_set(diag, BASE_NOMEM, "judge: no memory for %zu positions", table->row_count);
    }
    size_t *next = table->first + 1; /* while they are filled: one further than first */
    memset(table->first, 0, (table->walker_count + 2) * sizeof *table->first);
    for (size_t i = 0; i < table->row_count; i++) {
        table->first[table->rows[i].who + 2]++;
    }
    for (size_t i = 0; i < table->walker_count; i++) {
        table->first[i + 2] += table->first[i + 1];
    }
    for (size_t i = 0; i < table->row_count; i++) {
        table->order[next[table->rows[i].who]++] = (uint32_t)i;
    }
    for (size_t i = 0; i < table->walker_count; i++) {
        uint32_t *order = table->order + table->first[i];
        size_t count = table->first[i + 1] - table->first[i];
        if (!insert_sort(table->rows, order, count)) {
            qsort_r(order, count, sizeof *order, by_time, table->rows);
        }
    }
    return BASE_OK;
}

/* --- shifts --- */
static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct duty_shift *)a)->id, y = ((const struct duty_shift *)b)->id;
    return (x > y) - (x < y);
}

const struct duty_shift *duty_track_table_shift(const struct duty_track_table *table, int64_t id)
{
    const struct duty_shift key = {.id = id};
    return id && table->shift_count ? bsearch(&key, table->shifts, table->shift_count, sizeof *table->shifts, by_id)
                                    : NULL;
}

/* A shift may have become longer or shorter since; one that was deleted asks for nothing. */
static void refresh(const struct duty_track_table *table, struct duty_walker *walker)
{
    size_t kept = 0;
    for (size_t i = 0; i < walker->shift_count; i++) {
        const struct duty_shift *shift = duty_track_table_shift(table, walker->shifts[i].id);
        if (shift) {
            walker->shifts[kept++] = *shift;
        }
    }
    walker->shift_count = kept;
}

/* A shift without end: far away, but fit to be reckoned with. */
static int64_t within_reach(int64_t time_us)
{
    return time_us < -INT64_MAX / 4 ? -INT64_MAX / 4 : time_us > INT64_MAX / 4 ? INT64_MAX / 4 : time_us;
}

static void open_ids(const struct duty_track_table *table, struct base_buf *ids)
{
    size_t count = 0;
    for (size_t i = 0; i < table->walker_count; i++) {
        count += table->walkers[i].shift_count;
    }
    data_array_begin(ids, DATA_ARRAY_I64, count);
    for (size_t i = 0; i < table->walker_count; i++) {
        for (size_t j = 0; j < table->walkers[i].shift_count; j++) {
            data_array_i64(ids, table->walkers[i].shifts[j].id);
        }
    }
}

enum base_err duty_track_table_shifts(struct duty_track_table *table, struct duty_turn *turn, int64_t from_us,
                                      int64_t to_us, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) ids;
    AUTO(data_rows) rows = NULL;
    base_buf_init(&ids, ARRAY_MAX);
    open_ids(table, &ids);
    enum base_err err = ids.err ? base_diag_set(diag, ids.err, "judge: too many shifts at once")
                                : data_run(turn->conn, DATA_TRACK_SHIFTS,
                                           DATA_ARGS(data_i64(turn->estate_id), data_time(from_us), data_time(to_us),
                                                     data_bytes(base_buf_str(&ids))),
                                           diag, &rows);
    size_t count = err ? 0 : data_rows_count(rows);
    if (!err && !duty_track_room(&table->shifts, &table->shift_cap, count, sizeof *table->shifts)) {
        err = base_diag_set(diag, BASE_NOMEM, "judge: no memory for %zu shifts", count);
    }
    if (err) {
        return err;
    }
    for (size_t i = 0; i < count; i++) {
        table->shifts[i] = (struct duty_shift){data_rows_i64(rows, i, 0), within_reach(data_rows_time(rows, i, 1)),
                                               within_reach(data_rows_time(rows, i, 2))};
    }
    table->shift_count = count;
    for (size_t i = 0; i < table->walker_count; i++) {
        refresh(table, &table->walkers[i]);
    }
    return BASE_OK;
}
