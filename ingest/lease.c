/* A lease gives a source to one worker; its epoch fences whoever had it before. */
#include "ingest/source.h"

#include <stdlib.h>
#include <string.h>

static enum base_err take_topics(struct ingest_source *source, const char *topics, struct base_diag *diag)
{
    char *copy = strdup(topics);
    if (!copy) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    free(source->held_topics);
    source->held_topics = copy;
    source->topics_noted = false;
    return BASE_OK;
}

/* What the worker before - perhaps this one - had stored when its connection broke. */
static enum base_err load_unsettled(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_LEASE_UNSETTLED, DATA_ARGS(data_i64(source->estate_id), data_i64(source->id)), diag, &rows);
    ingest_redelivery_clear(&source->redelivery);
    for (size_t i = 0; !err && i < data_rows_count(rows); i++) {
        err = ingest_redelivery_owe(&source->redelivery, data_rows_id(rows, i, 0));
    }
    return err;
}

static enum base_err epoch_of(enum base_err err, const struct data_rows *rows, struct base_diag *diag, const char *name,
                              int64_t *ret_epoch)
{
    if (err) {
        return err;
    }
    if (data_rows_count(rows) == 0) {
        return base_diag_set(diag, BASE_FENCED, "source %s: another worker holds the lease", name);
    }
    *ret_epoch = data_rows_i64(rows, 0, 0);
    return BASE_OK;
}

enum base_err ingest_lease_acquire(struct ingest_source *source, struct data_conn *conn, const char *owner,
                                   struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(
        conn, DATA_LEASE_ACQUIRE,
        DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_text(owner), data_i64(INGEST_LEASE_S)), diag,
        &rows);
    err = epoch_of(err, rows, diag, source->name, &source->epoch);
    if (!err) {
        source->protocol = (int)data_rows_i64(rows, 0, 2);
        err = take_topics(source, data_rows_text(rows, 0, 1), diag);
    }
    if (!err) {
        err = load_unsettled(source, conn, diag);
    }
    if (err == BASE_DATABASE) {
        /* lock_timeout: the holder sits in a transaction. When its time is up it is ended, and the next try succeeds.
         */
        enum base_err evicted =
            data_run(conn, DATA_LEASE_EVICT, DATA_ARGS(data_i64(source->estate_id), data_i64(source->id)), NULL, NULL);
        err = evicted == BASE_DATABASE_AWAY ? evicted : err;
    }
    source->kept_us = base_clock_mono_us();
    return err;
}

enum base_err ingest_lease_keep(struct ingest_source *source, struct data_conn *conn, const char *owner,
                                struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_LEASE_KEEP,
                                 DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_text(owner),
                                           data_i64(source->epoch), data_i64(INGEST_LEASE_S)),
                                 diag, &rows);
    source->kept_us = base_clock_mono_us();
    return epoch_of(err, rows, diag, source->name, &source->epoch);
}

enum base_err ingest_lease_topics(struct ingest_source *source, struct data_conn *conn, const char *owner,
                                  struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_LEASE_TOPICS,
                                 DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_text(owner),
                                           data_i64(source->epoch), data_text(source->session.topics)),
                                 diag, &rows);
    err = epoch_of(err, rows, diag, source->name, &source->epoch);
    source->topics_noted = !err;
    return err;
}

enum base_err ingest_lease_settle(struct ingest_source *source, struct data_conn *conn, const char *owner,
                                  struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) ids;
    base_buf_init(&ids, INGEST_UNSETTLED_MAX);
    ingest_redelivery_text(&source->redelivery, &ids);
    if (ids.err) {
        return base_diag_set(diag, ids.err, "source %s: the re-delivery list is too long", source->name);
    }
    enum base_err err = data_run(conn, DATA_LEASE_SETTLE,
                                 DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_text(owner),
                                           data_i64(source->epoch), data_text(base_buf_cstr(&ids))),
                                 diag, &rows);
    err = epoch_of(err, rows, diag, source->name, &source->epoch);
    source->redelivery.changed = source->redelivery.changed && err;
    return err;
}

void ingest_lease_release(struct ingest_source *source, struct data_conn *conn, const char *owner)
{
    if (source->epoch && data_conn_good(conn)) {
        /* A failure costs the next worker the rest of the lease's seconds, no more. */
        enum base_err err = data_run(
            conn, DATA_LEASE_RELEASE,
            DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_text(owner), data_i64(source->epoch)),
            NULL, NULL);
        (void)err;
    }
    source->epoch = 0;
}
