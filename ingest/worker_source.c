/* Sources come and go: leases are taken, sessions opened, reconciled, dropped, thrown away. */
#include "ingest/worker.h"

#include <mqtt_protocol.h>
#include <string.h>

enum { OWED_WAIT_US = 1000 * 1000, OWED_WAIT_NATS_US = 15 * 1000 * 1000, FENCED_PAUSE_US = 500 * 1000 };

void ingest_worker_source_pause(struct ingest_source *source)
{
    source->pause_us = ingest_worker_longer(source->pause_us);
    source->retry_us = base_clock_mono_us() + source->pause_us;
}

void ingest_worker_source_warn(const struct ingest_source *source, const char *message, const char *why)
{
    base_log(BASE_LOG_WARN, message, base_log_text("source", source->name), base_log_i64("epoch", source->epoch),
             base_log_text("why", why));
}

void ingest_worker_source_drop(struct ingest_source *source, const char *why)
{
    if (source->session.state != INGEST_SESSION_DOWN || source->batch.received) {
        ingest_worker_source_warn(source, "source dropped", why);
    }
    ingest_session_drop(&source->session, why);
    ingest_batch_drop(source);
    ingest_worker_source_pause(source);
}

/* Another worker has the source: ours is dropped, and that is no failure. */
static enum base_err fenced(struct ingest_source *source, enum base_err err, const struct base_diag *diag)
{
    if (err == BASE_FENCED) {
        source->epoch = 0;
        ingest_worker_source_drop(source, diag->text);
        return BASE_OK;
    }
    return err;
}

/* A broker sends what it holds unacknowledged as soon as a session comes back; NATS once its ack_wait (10 s) is over.
 */
static bool owed_has_come(const struct ingest_session *session)
{
    int64_t wait_us = session->protocol == MQTT_PROTOCOL_V5 ? OWED_WAIT_US : OWED_WAIT_NATS_US;
    return base_clock_mono_us() - session->up_us >= wait_us;
}

void ingest_worker_source_settle(struct ingest_source *source)
{
    struct ingest_session *session = &source->session;
    struct ingest_redelivery *list = &source->redelivery;
    if (source->batch.received || !ingest_session_settled(session) ||
        session->barriers_answered < session->barriers_sent) {
        return;
    }
    ingest_redelivery_settle(list, session->barriers_answered, source->barrier_ends_owed);
    source->barrier_ends_owed = false;
    if (list->count > list->owed || (list->owed && owed_has_come(session))) {
        source->barrier_ends_owed = list->owed && owed_has_come(session);
        ingest_session_barrier(session);
    }
}

/* Only between batches: what the open one holds is not stored yet. */
static enum base_err note_settled(struct ingest_worker *worker, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < worker->sources.count && !err; i++) {
        struct ingest_source *source = worker->sources.list[i];
        ingest_worker_source_settle(source);
        if (source->redelivery.changed && source->batch.received == 0 && ingest_session_settled(&source->session)) {
            err = fenced(source, ingest_lease_settle(source, worker->conn, worker->owner, diag), diag);
        }
    }
    return err;
}

static bool take_message(void *at, const struct mosquitto_message *message)
{
    return ingest_batch_add(at, message);
}

/* The client id moves with the lease, and is no other installation's: it hangs on the permanent key. */
static void client_id(const struct ingest_worker *worker, const struct ingest_source *source, char text[64])
{
    char number[24], hex[BASE_ID_TEXT];
    snprintf(number, sizeof number, "%lld", (long long)source->id);
    const struct base_str parts[] = {base_str_of("client"), base_str_of(number)};
    base_id_hex(base_key_id(&worker->keys.dedup, parts, BASE_COUNT(parts)), hex);
    snprintf(text, 64, "hutong-%s-%.12s", number, hex);
}

static enum base_err start_source(struct ingest_worker *worker, struct ingest_source *source, struct base_diag *diag)
{
    char id[64];
    enum base_err err = ingest_lease_acquire(source, worker->conn, worker->owner, diag);
    if (!err) {
        err = ingest_shifts_load(&source->shifts, worker->conn, source->estate_id,
                                 ingest_shifts_named(source) ? 0 : source->id, diag);
    }
    if (!err) {
        err = ingest_registry_take(source, worker->conn, diag);
    }
    if (!err) {
        err = ingest_memory_take(source, worker->conn, diag);
    }
    if (!err) {
        client_id(worker, source, id);
        err = ingest_session_open(&source->session,
                                  &(struct ingest_session_options){.broker = &worker->broker,
                                                                   .client_id = id,
                                                                   .topics = source->topics,
                                                                   .held = source->held_topics,
                                                                   .purge = source->forget,
                                                                   .spoke_5 = source->protocol == 5,
                                                                   .message = take_message,
                                                                   .at = source},
                                  diag);
    }
    return err;
}

/* A source that another worker has is asked for again soon: that worker may be on its way out. */
static void cannot_start(struct ingest_source *source, enum base_err err, const char *why)
{
    if (err == BASE_FENCED) {
        source->epoch = 0;
        source->retry_us = base_clock_mono_us() + FENCED_PAUSE_US;
        return;
    }
    ingest_worker_source_warn(source, "source cannot start", why);
    ingest_worker_gauge_lost(source, why);
    if (err == BASE_BROKER) {
        ingest_worker_outage_missed(source);
    }
    ingest_worker_source_pause(source);
}

void ingest_worker_source_start_all(struct ingest_worker *worker)
{
    for (size_t i = 0; i < worker->sources.count && worker->conn; i++) {
        struct ingest_source *source = worker->sources.list[i];
        struct base_diag diag = {.text = ""};
        if (source->session.state != INGEST_SESSION_DOWN || (!source->listed && !source->forget) ||
            base_clock_mono_us() < source->retry_us || !ingest_share_wants(worker, source)) {
            continue;
        }
        enum base_err err = start_source(worker, source, &diag);
        if (err == BASE_DATABASE_AWAY) {
            ingest_worker_database_lose(worker, diag.text);
        } else if (err) {
            cannot_start(source, err, diag.text);
        }
    }
}

void ingest_worker_source_notice(struct ingest_source *source, enum ingest_session_state before)
{
    if (before == INGEST_SESSION_CONNECTING && source->session.state == INGEST_SESSION_UP) {
        char at[INGEST_BROKER_TEXT];
        source->pause_us = 0;
        if (source->session.options.purge) {
            return;
        }
        ingest_worker_gauge_connected(source);
        source->careful = source->session.was_present ? INGEST_CAREFUL_BATCHES : source->careful;
        base_log(BASE_LOG_INFO, "source connected", base_log_text("source", source->name),
                 base_log_i64("epoch", source->epoch), base_log_i64("mqtt", source->session.protocol),
                 base_log_text("broker", ingest_session_at(&source->session, at)),
                 base_log_text("session", source->session.was_present ? "present" : "new"));
    } else if (before != INGEST_SESSION_DOWN && source->session.state == INGEST_SESSION_DOWN) {
        ingest_worker_source_warn(source, "source disconnected", source->session.why.text);
        ingest_worker_gauge_lost(source, source->session.why.text);
        ingest_worker_outage_missed(source);
        ingest_session_drop(&source->session, "");
        ingest_batch_drop(source);
        ingest_worker_source_pause(source);
    }
}

/* The broker keeps subscriptions of its own; the lease notes which, so that whoever comes next can end old ones. */
static enum base_err note_topics(struct ingest_worker *worker, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < worker->sources.count && !err; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (!source->session.options.purge && !source->topics_noted && ingest_session_settled(&source->session)) {
            err = fenced(source, ingest_lease_topics(source, worker->conn, worker->owner, diag), diag);
        }
    }
    return err;
}

/* Sessions that were opened to be thrown away, and are. */
static enum base_err note_forgotten(struct ingest_worker *worker, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < worker->sources.count && !err; i++) {
        struct ingest_source *source = worker->sources.list[i];
        if (source->session.state != INGEST_SESSION_UP || !source->session.options.purge) {
            continue;
        }
        err = ingest_sources_forgotten(source, worker->conn, worker->owner, diag);
        err = err == BASE_FENCED ? BASE_OK : err;
        if (!err && !source->forget) {
            base_log(BASE_LOG_INFO, "source forgotten", base_log_text("source", source->name));
        }
        ingest_session_close(&source->session);
    }
    return err;
}

/* An open session is no longer the one that the source's row asks for. */
static bool outdated(const struct ingest_source *source)
{
    const struct ingest_session *session = &source->session;
    return session->state != INGEST_SESSION_DOWN && !session->options.purge &&
           (!source->listed || source->forget || strcmp(session->topics, source->topics) != 0);
}

/* Other topics mean a new connection: the broker keeps the session, and connecting reconciles it. */
void ingest_worker_source_remove_all(struct ingest_worker *worker)
{
    for (size_t i = worker->sources.count; i-- > 0;) {
        struct ingest_source *source = worker->sources.list[i];
        if (source->batch.received > 0) {
            continue;
        }
        if (outdated(source)) {
            ingest_session_close(&source->session);
        }
        if (!source->listed && !source->forget) {
            base_log(BASE_LOG_INFO, "source removed", base_log_text("source", source->name));
            ingest_session_close(&source->session);
            ingest_lease_release(source, worker->conn, worker->owner);
            ingest_sources_remove(&worker->sources, i);
        }
    }
}

enum base_err ingest_worker_source_note_all(struct ingest_worker *worker, struct base_diag *diag)
{
    enum base_err err = note_topics(worker, diag);
    if (!err) {
        err = note_settled(worker, diag);
    }
    return err ? err : note_forgotten(worker, diag);
}

enum base_err ingest_worker_source_note_devices(struct ingest_worker *worker, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < worker->sources.count && !err; i++) {
        err = ingest_registry_note(worker->sources.list[i], worker->conn, diag);
    }
    return err;
}

void ingest_worker_source_keep_alive(struct ingest_worker *worker)
{
    for (size_t i = 0; i < worker->sources.count; i++) {
        struct ingest_source *source = worker->sources.list[i];
        enum ingest_session_state before = source->session.state;
        if (source->batch.received == 0 && before != INGEST_SESSION_DOWN) {
            ingest_session_misc(&source->session);
            ingest_worker_source_notice(source, before);
        }
    }
}
