/* One batch, one transaction: fence, stage, insert what is new, move the assets, count, COMMIT.
 *
 * Redelivery: rows with a time of their own meet their unique key; all else is in the re-delivery list (redelivery.h),
 * which the fence writes into the lease.
 */
#include "ingest/store_device.h"
#include "ingest/store_lifecycle.h"
#include "ingest/store_rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_TRIES = 4 };

void ingest_store_init(struct ingest_store *store, const char *owner)
{
    *store = (struct ingest_store){.owner = owner, .place_version = -1, .rule_version = -1};
    ingest_store_state_init(&store->state);
}

void ingest_store_release(struct ingest_store *store)
{
    geo_place_free(store->buildings);
    geo_place_free(store->estates);
    facts_ruleset_free(store->rules);
    ingest_store_state_release(&store->state);
}

enum base_err ingest_store_connect(struct ingest_store *store, struct data_conn *conn, struct base_diag *diag)
{
    static const enum data_query queries[] = {
        DATA_INGEST_SESSION,     DATA_INGEST_STAGE_FIX, DATA_INGEST_STAGE_EVENT,  DATA_INGEST_STAGE_DEAD,
        DATA_INGEST_STAGE_STATE, DATA_PASS_STAGE,       DATA_BUILDING_STATE_STAGE};
    static const char *const channels[] = {"hutong_source", "hutong_shift", "hutong_device"};
    enum base_err err = BASE_OK;
    store->conn = conn;
    store->partition_count = 0;
    for (size_t i = 0; i < BASE_COUNT(queries) && !err; i++) {
        err = data_run(conn, queries[i], DATA_NO_ARGS, diag, NULL);
    }
    for (size_t i = 0; i < BASE_COUNT(channels) && !err; i++) {
        err = data_listen(conn, channels[i], diag);
    }
    return err;
}

/* --- partitions: made before the transaction, remembered --- */
bool ingest_store_knows(const struct ingest_store *store, const char *table, int64_t time_us)
{
    int64_t day = time_us / INGEST_DAY_US;
    size_t known =
        store->partition_count < BASE_COUNT(store->partitions) ? store->partition_count : BASE_COUNT(store->partitions);
    for (size_t i = 0; i < known; i++) {
        if (store->partitions[i].day == day && strcmp(store->partitions[i].table, table) == 0) {
            return true;
        }
    }
    return false;
}

static enum base_err ensure(struct ingest_store *store, const char *table, int64_t time_us, struct base_diag *diag)
{
    int64_t day = time_us / INGEST_DAY_US;
    if (ingest_store_knows(store, table, time_us)) {
        return BASE_OK;
    }
    enum base_err err = data_partition_ensure(store->conn, table, time_us, diag);
    if (!err) {
        size_t at = store->partition_count++ % BASE_COUNT(store->partitions);
        snprintf(store->partitions[at].table, sizeof store->partitions[at].table, "%s", table);
        store->partitions[at].day = day;
    }
    return err;
}

/* What a row needs. A pass that it opens begins at most a gap before it, one that goes on at most a day. */
static enum base_err ensure_row(struct ingest_store *store, const struct ingest_row *row, struct base_diag *diag)
{
    bool fix = ingest_batch_is_fix(row);
    enum base_err err = ensure(store, fix ? "fix" : "event", row->t_event, diag);
    err = err || fix ? err : ensure(store, "rule_hit", row->t_event, diag);
    if (!err && facts_rules_of(row->subject_type)) {
        err = ensure(store, "pass", row->t_event, diag);
        err = err ? err : ensure(store, "pass", row->t_event - INGEST_DAY_US, diag);
    }
    return err;
}

static enum base_err ensure_all(struct ingest_store *store, const struct ingest_batch *batch, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < batch->row_count && !err; i++) {
        if (!batch->rows[i].dropped) {
            err = ensure_row(store, &batch->rows[i], diag);
        }
    }
    for (size_t i = 0; i < batch->dead_count && !err; i++) {
        err = ensure(store, "dead_letter", batch->dead[i].recorded_us, diag);
    }
    return err;
}

/* --- fence and placing --- */
static enum base_err fence(struct ingest_store *store, struct ingest_source *source, struct base_diag *diag,
                           struct ingest_versions *ret_versions)
{
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) ids;
    base_buf_init(&ids, INGEST_UNSETTLED_MAX);
    if (source->redelivery.changed) {
        ingest_redelivery_text(&source->redelivery, &ids);
    }
    if (ids.err) {
        return base_diag_set(diag, ids.err, "source %s: the re-delivery list is too long", source->name);
    }
    struct data_arg unsettled = source->redelivery.changed ? data_text(base_buf_cstr(&ids)) : data_null();
    enum base_err err = data_run(store->conn, DATA_INGEST_FENCE,
                                 DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_text(store->owner),
                                           data_i64(source->epoch), data_i64(INGEST_LEASE_S), unsettled),
                                 diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_FENCED, "source %s: the lease of epoch %lld is no longer ours", source->name,
                            (long long)source->epoch);
    }
    if (!err) {
        source->kept_us = base_clock_mono_us();
        *ret_versions = (struct ingest_versions){.places = data_rows_i64(rows, 0, 0),
                                                 .registry = data_rows_i64(rows, 0, 1),
                                                 .now_us = data_rows_time(rows, 0, 2),
                                                 .rules = data_rows_i64(rows, 0, 3)};
    }
    return err;
}

static enum base_err load_places(struct ingest_store *store, struct base_diag *diag)
{
    struct geo_place *buildings = NULL, *estates = NULL;
    int64_t version;
    enum base_err err = data_place_load(store->conn, diag, &buildings, &version);
    if (!err) {
        err = data_place_load_estates(store->conn, diag, &estates);
    }
    if (!err) {
        err = ingest_store_state_load(&store->state, store->conn, buildings, diag);
    }
    if (err) {
        geo_place_free(estates);
        geo_place_free(buildings);
        return err;
    }
    geo_place_free(store->buildings);
    geo_place_free(store->estates);
    store->buildings = buildings;
    store->estates = estates;
    store->place_version = version;
    return BASE_OK;
}

static void place_row(const struct ingest_store *store, struct ingest_row *row)
{
    struct geo_point at = {row->lon, row->lat};
    geo_place_find(store->buildings, at, (double)row->acc_m, &row->place);
    row->at_estate_id = row->place.estate_id;
    if (!row->place.id) {
        struct geo_place_hit estate;
        geo_place_find(store->estates, at, 0, &estate);
        row->at_estate_id = estate.method == GEO_PLACE_INSIDE ? estate.id : -1;
    }
}

static void place_rows(const struct ingest_store *store, const struct ingest_source *source)
{
    for (size_t i = 0; i < source->batch.row_count; i++) {
        struct ingest_row *row = &source->batch.rows[i];
        row->place = (struct geo_place_hit){.method = GEO_PLACE_NONE};
        row->at_estate_id = -1;
        if (!row->dropped && !isnan(row->lon)) {
            place_row(store, row);
        }
        if (!row->dropped) {
            ingest_registry_place(source, store->buildings, row);
        }
    }
}

/* --- what the insert says was new --- */
static int by_key(const void *a, const void *b)
{
    const struct ingest_row *x = *(struct ingest_row *const *)a;
    const struct ingest_row *y = *(struct ingest_row *const *)b;
    int order = memcmp(x->dedup.bytes, y->dedup.bytes, sizeof x->dedup.bytes);
    return order ? order : (x->t_event > y->t_event) - (x->t_event < y->t_event);
}

/* Of equal keys in one batch the insert took one; the first of them stands for it. */
static void mark_some(struct ingest_row **rows, size_t count, const struct data_rows *stored)
{
    qsort(rows, count, sizeof(struct ingest_row *), by_key);
    for (size_t i = 0; i < data_rows_count(stored); i++) {
        struct ingest_row key = {.dedup = data_rows_id(stored, i, 0), .t_event = data_rows_time(stored, i, 1)};
        size_t low = 0, high = count;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (by_key(&rows[middle], &(struct ingest_row *){&key}) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low < count && by_key(&rows[low], &(struct ingest_row *){&key}) == 0) {
            rows[low]->stored = true;
        }
    }
}

/* stored NULL: all of them. */
static void mark_stored(struct ingest_row **rows, size_t count, const struct data_rows *stored)
{
    if (stored && data_rows_count(stored) != count) {
        mark_some(rows, count, stored);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        rows[i]->stored = true;
    }
}

/* Asking before each row whether its key is there costs the server half as much again as the insert. So it is asked
 * only while duplicates are likely; at any other time a key that is taken ends the transaction, and the batch goes
 * again. */
static enum data_query insert_of(const struct ingest_source *source, bool fixes)
{
    if (source->careful) {
        return fixes ? DATA_INGEST_STORE_FIX : DATA_INGEST_STORE_EVENT;
    }
    return fixes ? DATA_INGEST_ADD_FIX : DATA_INGEST_ADD_EVENT;
}

static size_t rows_of(struct ingest_batch *batch, bool fixes, struct ingest_row **ret_rows)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->row_count; i++) {
        if (!batch->rows[i].dropped && ingest_batch_is_fix(&batch->rows[i]) == fixes) {
            ret_rows[count++] = &batch->rows[i];
        }
    }
    return count;
}

static enum base_err store_rows(struct ingest_store *store, struct ingest_source *source, bool fixes,
                                struct base_diag *diag)
{
    struct ingest_batch *batch = &source->batch;
    struct ingest_row **rows = calloc(batch->row_count + 1, sizeof(struct ingest_row *));
    if (!rows) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    AUTO(data_rows) stored = NULL;
    enum base_err err = BASE_OK;
    size_t count = rows_of(batch, fixes, rows);
    if (count) {
        err = ingest_store_copy_rows(store->conn, source, fixes, diag);
        if (!err) {
            err = data_run(store->conn, insert_of(source, fixes), DATA_NO_ARGS, diag, &stored);
        }
        if (!err) {
            mark_stored(rows, count, source->careful ? stored : NULL);
        }
    }
    free(rows);
    return err;
}

/* --- dead letters and counters --- */
static enum base_err store_dead(struct ingest_store *store, struct ingest_source *source, struct base_diag *diag,
                                size_t *ret_stored)
{
    AUTO(data_rows) stored = NULL;
    if (source->batch.dead_count == 0) {
        return BASE_OK;
    }
    enum base_err err = ingest_store_copy_dead(store->conn, source, diag);
    if (!err) {
        err = data_run(store->conn, DATA_INGEST_STORE_DEAD, DATA_NO_ARGS, diag, &stored);
    }
    *ret_stored = err ? 0 : data_rows_count(stored);
    return err;
}

struct counts {
    int64_t stored, duplicate, late, replay, off_shift, newest_us;
};

static struct counts count_rows(const struct ingest_batch *batch)
{
    struct counts counts = {.newest_us = SENSORS_NO_TIME};
    for (size_t i = 0; i < batch->row_count; i++) {
        const struct ingest_row *row = &batch->rows[i];
        counts.off_shift += row->off_shift;
        counts.stored += row->stored;
        counts.duplicate += !row->dropped && !row->stored;
        counts.late += row->stored && (row->flags & SENSORS_FLAG_LATE);
        counts.replay += row->stored && (row->flags & SENSORS_FLAG_REPLAY);
        counts.newest_us = row->stored && row->t_event > counts.newest_us ? row->t_event : counts.newest_us;
    }
    return counts;
}

static enum base_err count(struct ingest_store *store, struct ingest_source *source, size_t dead,
                           struct base_diag *diag)
{
    const struct ingest_batch *batch = &source->batch;
    struct counts counts = count_rows(batch);
    struct data_arg newest_at = counts.newest_us == SENSORS_NO_TIME ? data_null() : data_time(counts.newest_us);
    return data_run(store->conn, DATA_INGEST_COUNT,
                    DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_i64(batch->received),
                              data_i64(counts.stored), data_i64(counts.duplicate + batch->absorbed),
                              data_i64(counts.late), data_i64(counts.replay), data_i64(counts.off_shift),
                              data_i64(batch->redacted), data_i64(batch->ignored), data_i64((int64_t)dead), newest_at,
                              ingest_watermark_dry(&source->watermark, store->clock_us)),
                    diag, NULL);
}

static enum base_err store_all(struct ingest_store *store, struct ingest_source *source, struct base_diag *diag)
{
    size_t dead = 0;
    enum base_err err = ingest_registry_store(source, store->conn, diag);
    if (!err && !store->claim) { /* who stores without a lease keeps what it learns to itself */
        err = ingest_memory_store(source, store->conn, diag);
    }
    if (!err) {
        place_rows(store, source);
        err = ingest_store_device_retained(source, store->conn, diag);
    }
    if (!err) {
        err = store_rows(store, source, true, diag);
    }
    if (!err) {
        err = store_rows(store, source, false, diag);
    }
    if (!err) {
        err = ingest_store_device_state(source, store->conn, diag);
    }
    if (!err) {
        err = ingest_store_lifecycle(source, store->conn, diag);
    }
    if (!err) {
        err = ingest_store_rule_batch(store, source, diag);
    }
    if (!err) {
        err = ingest_store_state_batch(store, source, diag);
    }
    if (!err) {
        err = store_dead(store, source, diag, &dead);
    }
    if (!err) {
        err = count(store, source, dead, diag);
    }
    if (!err) {
        err = data_commit(store->conn, diag);
    }
    if (!err) {
        ingest_store_state_remember(&store->state);
    }
    return err;
}

/* *ret_stale: places, rules or devices have changed since they were loaded, nothing was stored. */
static enum base_err transaction(struct ingest_store *store, struct ingest_source *source, struct base_diag *diag,
                                 bool *ret_stale)
{
    struct ingest_versions versions = {0};
    for (size_t i = 0; i < source->batch.row_count; i++) {
        source->batch.rows[i].stored = false; /* of an attempt that failed */
    }
    enum base_err err = data_begin(store->conn, diag);
    if (!err) {
        err = store->claim ? store->claim(store->claim_at, source, diag, &versions)
                           : fence(store, source, diag, &versions);
    }
    *ret_stale = !err && (versions.places != store->place_version || versions.rules != store->rule_version ||
                          ingest_registry_stale(&source->registry, versions.registry, versions.places));
    if (!err && !*ret_stale) {
        store->state.now_us = versions.now_us;
        err = store_all(store, source, diag);
    }
    if (err || *ret_stale) {
        data_rollback(store->conn);
    }
    ingest_registry_settle(source, !err && !*ret_stale);
    if (!err && !*ret_stale) {
        sensors_memory_commit(source->memory);
    }
    return err;
}

/* Places, rules and devices, when the database has others. */
static enum base_err refresh(struct ingest_store *store, struct ingest_source *source, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(store->conn, DATA_PLACE_VERSION, DATA_NO_ARGS, diag, &rows);
    if (!err && data_rows_i64(rows, 0, 0) != store->place_version) {
        err = load_places(store, diag);
    }
    err = err ? err : ingest_store_rule_keep(store, diag);
    return err ? err : ingest_registry_keep(source, store->conn, diag);
}

/* They are read outside the transaction, which holds the lease's row: it would look as if this worker hung. */
static enum base_err fresh_transaction(struct ingest_store *store, struct ingest_source *source, struct base_diag *diag)
{
    bool stale = true;
    enum base_err err = BASE_OK;
    for (int i = 0; i < PLACES_TRIES && stale && !err; i++) {
        err = i ? refresh(store, source, diag) : BASE_OK;
        if (!err) {
            err = transaction(store, source, diag, &stale);
        }
    }
    return stale && !err ? base_diag_set(diag, BASE_DATABASE, "places change faster than they can be read") : err;
}

enum base_err ingest_store_batch(struct ingest_store *store, struct ingest_source *source, struct base_diag *diag)
{
    enum base_err err = ensure_all(store, &source->batch, diag);
    if (!err) {
        err = fresh_transaction(store, source, diag);
    }
    if (err == BASE_CONFLICT) { /* a key was taken, or a track was not what was remembered */
        source->careful = INGEST_CAREFUL_BATCHES;
        err = fresh_transaction(store, source, diag);
    }
    if (err) {
        /* A COMMIT without an answer may have been one; and a partition may have been dropped. */
        source->careful = INGEST_CAREFUL_BATCHES;
        store->partition_count = err == BASE_DATABASE ? 0 : store->partition_count;
    } else if (source->careful) {
        source->careful--;
    }
    return err;
}
