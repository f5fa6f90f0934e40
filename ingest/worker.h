/* The worker's parts. Private to ingest/: worker.c runs them, each worker_x.c is one of its cares. It has one thread.
 */
#ifndef HUTONG_INGEST_WORKER_H
#define HUTONG_INGEST_WORKER_H

#include "ingest/source.h"
#include "ingest/watch.h"

struct ingest_replies; /* worker_reply.c */

struct ingest_worker {
    const struct ingest_options *options;
    struct ingest_broker broker;
    struct ingest_keys keys;
    struct ingest_store store;
    struct ingest_sources sources;
    struct base_arena decoding;
    char owner[128];
    struct data_conn *conn; /* NULL: away */
    int64_t conn_retry_us, conn_pause_us;
    int64_t listed_us, expired_us, devices_us, dead_logged_us, shared_us;
    int64_t share; /* sources it may hold */
    struct data_retention retention;
    int64_t retention_us;   /* monotonic: when the next round is due; 0: at once */
    bool retention_running; /* a round */
    struct pollfd *polls;
    size_t poll_cap;
    struct ingest_watch watch;
    bool watch_logged;                             /* what the connected broker is like */
    int64_t outage_day;                            /* whose partition is known to be there */
    int64_t gauged_us, watch_noted_us, dropped_us; /* monotonic: of the last time */
    int64_t dropped;                               /* messages, as last said aloud; -1: not known */
    int64_t lifecycles_us;                         /* monotonic: of the last look for ends that never came */
    struct ingest_replies *replies;                /* NULL: nobody was asked anything */
    int reloads;                                   /* of the mapping files, as the options had counted */
    long fault_at, commits;                        /* HUTONG_FAULT, for tests */
};

/* The next pause after this one: doubled, within limits. */
int64_t ingest_worker_longer(int64_t pause_us);

/* --- worker_database.c: the connection, what is listed over it, and its absence --- */
void ingest_worker_database_open(struct ingest_worker *worker);
void ingest_worker_database_lose(struct ingest_worker *worker, const char *why);
enum base_err ingest_worker_database_list(struct ingest_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;
/* Renews the leases that were renewed before then (monotonic). */
enum base_err ingest_worker_database_keep(struct ingest_worker *worker, int64_t older_than_us,
                                          struct base_diag *diag) BASE_MUST_CHECK;
/* Notices that have come: sources or shifts changed. */
void ingest_worker_database_hear(struct ingest_worker *worker);

/* --- worker_retention.c: partitions are made and dropped, rows that are too old deleted --- */
/* A small step, when one is due. */
enum base_err ingest_worker_retention_step(struct ingest_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;

/* --- worker_source.c: sources come and go --- */
void ingest_worker_source_warn(const struct ingest_source *source, const char *message, const char *why);
void ingest_worker_source_pause(struct ingest_source *source);
/* Back to nothing: the broker has all that was not acknowledged. */
void ingest_worker_source_drop(struct ingest_source *source, const char *why);
/* After anything that may have brought the session up or down; before: its state until then. */
void ingest_worker_source_notice(struct ingest_source *source, enum ingest_session_state before);
/* Sends the re-delivery list's next barrier, when one is wanted and nothing is held. */
void ingest_worker_source_settle(struct ingest_source *source);
void ingest_worker_source_start_all(struct ingest_worker *worker);
/* Ends sessions that are not what the source's row asks for, and drops sources that are done with. */
void ingest_worker_source_remove_all(struct ingest_worker *worker);
/* Writes down what sessions have come to: topics subscribed, sessions thrown away. */
enum base_err ingest_worker_source_note_all(struct ingest_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;
/* Writes down which devices were seen when. */
enum base_err ingest_worker_source_note_devices(struct ingest_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;
void ingest_worker_source_keep_alive(struct ingest_worker *worker);

/* --- worker_batch.c: a batch is stored, then acknowledged --- */
void ingest_worker_batch_store(struct ingest_worker *worker, struct ingest_source *source);
void ingest_worker_batch_store_due(struct ingest_worker *worker);
/* Monotonic: when the source's batch wants to be looked at; INT64_MAX: nothing waits. */
int64_t ingest_worker_batch_due_us(const struct ingest_worker *worker, const struct ingest_source *source);

/* Stores rows that no message brought; false: nothing of them is left in the batch, which had no messages. */
bool ingest_worker_batch_store_closes(struct ingest_worker *worker, struct ingest_source *source);

/* --- worker_lifecycle.c: what begins and is never ended --- */
/* Every few seconds: ends lifecycles whose end should have come, with an event each, in the sources' batches. */
enum base_err ingest_worker_lifecycle_close(struct ingest_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;

/* --- worker_reply.c: what must be asked of devices --- */
/* Takes what the batch, which was committed, wants to ask. */
void ingest_worker_reply_take(struct ingest_worker *worker, const struct ingest_source *source);
/* Sends some of it, over a connection of its own; never waits. */
void ingest_worker_reply_keep(struct ingest_worker *worker);
void ingest_worker_reply_end(struct ingest_worker *worker);

/* --- share.c: as many sources for each worker --- */
/* Says that it is alive and counts anew how many sources are its share; cheap when that was a moment ago. */
enum base_err ingest_share_count(struct ingest_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;
/* May it take this source? */
bool ingest_share_wants(const struct ingest_worker *worker, const struct ingest_source *source);
/* Gives one source back when it holds more than its share. */
void ingest_share_release(struct ingest_worker *worker);
void ingest_share_leave(struct ingest_worker *worker);

/* --- worker_gauge.c: how each source stands --- */
void ingest_worker_gauge_connected(struct ingest_source *source);
void ingest_worker_gauge_lost(struct ingest_source *source, const char *why);
/* Before a batch is stored, or while there is none: is the source known to be dry? */
void ingest_worker_gauge_read(struct ingest_source *source);
/* Every two seconds into the database. */
enum base_err ingest_worker_gauge_note(struct ingest_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;

/* --- worker_outage.c: when the broker was away, or nothing ran --- */
/* A session broke, or did not come about, because the broker cannot be reached or refuses us. */
void ingest_worker_outage_missed(struct ingest_source *source);
/* How long ago that was, for a query; null: nothing is to be written down. */
struct data_arg ingest_worker_outage_since(const struct ingest_source *source);
/* Sessions that have settled: what they were away is an outage, if it was long. */
enum base_err ingest_worker_outage_note(struct ingest_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;
/* Says that the platform runs, and writes down when it did not. */
enum base_err ingest_worker_outage_alive(struct ingest_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;

/* --- worker_watch.c: what the broker says about itself --- */
void ingest_worker_watch_start(struct ingest_worker *worker);
void ingest_worker_watch_keep(struct ingest_worker *worker);
enum base_err ingest_worker_watch_note(struct ingest_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;

/* --- worker_poll.c: waits, and serves whatever woke it --- */
void ingest_worker_poll_turn(struct ingest_worker *worker);

#endif
