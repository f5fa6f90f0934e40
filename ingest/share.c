/* Fair spreading: every worker alive may hold as many sources as there are for each, rounded up. Who holds more gives
 * the last ones back, one a turn; who holds less takes what is free. */
#include "ingest/worker.h"

#include <stdlib.h>

enum { SHARE_EVERY_US = 2 * 1000 * 1000 };

static int64_t held(const struct ingest_worker *worker)
{
    int64_t count = 0;
    for (size_t i = 0; i < worker->sources.count; i++) {
        const struct ingest_source *source = worker->sources.list[i];
        count += source->epoch && source->listed;
    }
    return count;
}

bool ingest_share_wants(const struct ingest_worker *worker, const struct ingest_source *source)
{
    return source->epoch || !source->listed || held(worker) < worker->share;
}

enum base_err ingest_share_count(struct ingest_worker *worker, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    if (base_clock_mono_us() - worker->shared_us < SHARE_EVERY_US) {
        return BASE_OK;
    }
    enum base_err err = data_run(worker->conn, DATA_WORKER_SHARE,
                                 DATA_ARGS(data_text(worker->owner), data_i64(INGEST_LEASE_S)), diag, &rows);
    if (!err) {
        int64_t workers = data_rows_i64(rows, 0, 0);
        worker->share = (data_rows_i64(rows, 0, 1) + workers - 1) / workers;
        worker->shared_us = base_clock_mono_us();
        err = ingest_worker_outage_alive(worker, diag);
    }
    return err;
}

void ingest_share_release(struct ingest_worker *worker)
{
    if (held(worker) <= worker->share) {
        return;
    }
    for (size_t i = worker->sources.count; i-- > 0;) {
        struct ingest_source *source = worker->sources.list[i];
        if (source->epoch && source->listed && !source->forget && source->batch.received == 0) {
            base_log(BASE_LOG_INFO, "source given back", base_log_text("source", source->name),
                     base_log_i64("epoch", source->epoch), base_log_i64("share", worker->share));
            ingest_session_close(&source->session);
            ingest_lease_release(source, worker->conn, worker->owner);
            return;
        }
    }
}

void ingest_share_leave(struct ingest_worker *worker)
{
    enum base_err err = data_run(worker->conn, DATA_WORKER_LEAVE, DATA_ARGS(data_text(worker->owner)), NULL, NULL);
    (void)err; /* then it is missed, some seconds later */
}
