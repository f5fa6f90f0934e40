/* Who has a stream open: asked for again at each heartbeat and whenever an account, grant, token or session changes, so
 * that a right which ended ends the stream; and each hour, and when units of another estate come into sight, their
 * looks are written down before anything more is given out. A notice on hutong_access says that somebody's rights
 * changed. The thread's connection is the owner's. */
#include "api/stream.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum { WAIT_MAX_MS = 50, AWAY_MS = 200, HEARTBEAT_EVERY_US = 15000000 };
static const char statement_timeout[] = "10s";
static const char *const channels[] = {"hutong_access"};

struct api_watch {
    struct api_server *server;
    pthread_t thread;
    atomic_bool stopping, live;
    struct data_conn *conn;
    int64_t asked_us;     /* monotonic: who was last asked for before it is asked for again */
    pthread_mutex_t lock; /* of the socket: the connection's while there is one, for a stop; else -1 */
    int socket;
};

/* --- rights --- */

static void renewed(struct api_server *server, const struct api_identity *known, struct api_identity *identity)
{
    api_streams_lock(server->streams);
    api_streams_renew(server->streams, known, identity, base_clock_mono_us());
    api_streams_unlock(server->streams);
}

static enum base_err renew(struct api_watch *watch, const struct api_identity *known, struct base_diag *diag)
{
    struct api_identity *identity = NULL;
    enum base_err err = api_identity_again(watch->server, watch->conn, known, diag, &identity);
    if (err == BASE_OK || err == BASE_NOT_FOUND) {
        renewed(watch->server, known, identity);
        err = BASE_OK;
    }
    api_identity_unref(identity);
    return err;
}

static void due_now(const struct api_watch *watch, int64_t asked_before_us, struct api_streams_due *ret_due)
{
    api_streams_lock(watch->server->streams);
    api_streams_due(watch->server->streams, asked_before_us, ret_due);
    api_streams_unlock(watch->server->streams);
}

static enum base_err renew_some(struct api_watch *watch, struct base_diag *diag)
{
    struct api_streams_due due;
    enum base_err err = BASE_OK;
    due_now(watch, watch->asked_us, &due);
    for (size_t i = 0; i < due.count && !err; i++) {
        err = renew(watch, due.each[i].identity, diag);
    }
    api_streams_due_release(&due);
    return err;
}

/* --- looks --- */

static enum base_err write_topic(struct api_server *server, const struct api_identity *identity, int topic,
                                 struct api_watch_conn conn, struct base_diag *diag, uint64_t *ret_stamp)
{
    struct data_conn *taken;
    AUTO_VALUE(base_buf) homes;
    base_buf_init(&homes, API_BODY_MAX);
    const char *layer = api_topics[topic].looked;
    enum base_err err = api_hub_homes(server->hub, topic, identity->scope, diag, &homes, ret_stamp);
    const int64_t *estates = (const int64_t *)(const void *)homes.data;
    size_t count = homes.len / sizeof *estates;
    if (err || api_audit_known(server, identity, layer, estates, count)) {
        return err;
    }
    err = conn.take(conn.of, diag, &taken);
    return err ? err : api_audit_look(server, taken, identity, layer, estates, count, diag);
}

enum base_err api_watch_write(struct api_server *server, const struct api_identity *identity, struct api_wish wish,
                              struct api_watch_conn conn, struct base_diag *diag, uint64_t *ret_stamp)
{
    enum base_err err = BASE_OK;
    uint64_t first = 0;
    for (int topic = 0; topic < API_TOPICS && !err; topic++) {
        const struct api_wish one = {wish.topics & 1U << topic, wish.cameras};
        uint64_t stamp;
        if (api_topic_looked(one)) {
            err = write_topic(server, identity, topic, conn, diag, &stamp);
            first = err || first ? first : stamp; /* the oldest is good for all */
        }
    }
    *ret_stamp = first;
    return err;
}

static enum base_err own_conn(void *of, struct base_diag *diag, struct data_conn **ret_conn)
{
    (void)diag;
    *ret_conn = ((struct api_watch *)of)->conn;
    return BASE_OK;
}

static enum base_err look(struct api_watch *watch, struct api_identity *identity, struct api_wish wish,
                          struct base_diag *diag)
{
    struct api_streams *streams = watch->server->streams;
    uint64_t stamp;
    enum base_err err =
        api_watch_write(watch->server, identity, wish, (struct api_watch_conn){watch, own_conn}, diag, &stamp);
    if (!err) {
        api_streams_lock(streams);
        api_streams_record(streams, identity, wish, stamp);
        api_streams_unlock(streams);
        return BASE_OK;
    }
    if (err == BASE_DATABASE_AWAY) {
        return err;
    }
    base_log(BASE_LOG_ERROR, "a stream ends: its look could not be written down", base_log_text("name", identity->name),
             base_log_text("reason", diag->text));
    renewed(watch->server, identity, NULL);
    return BASE_OK;
}

/* What is due as of now; what falls due meanwhile comes with the next turn. */
static enum base_err look_all(struct api_watch *watch, struct base_diag *diag)
{
    struct api_streams_due due;
    enum base_err err = BASE_OK;
    bool more;
    do {
        due_now(watch, 0, &due);
        for (size_t i = 0; i < due.count && !err; i++) {
            err = look(watch, due.each[i].identity, due.each[i].wish, diag);
        }
        more = due.count == BASE_COUNT(due.each) && !err;
        api_streams_due_release(&due);
    } while (more);
    return err;
}

/* --- the thread --- */

static void live_set(struct api_watch *watch, bool live)
{
    pthread_mutex_lock(&watch->lock);
    watch->socket = live ? data_conn_socket(watch->conn) : -1;
    pthread_mutex_unlock(&watch->lock);
    atomic_store(&watch->live, live);
}

/* Nothing that is remembered of who may see what is good any longer. */
static void ask_again(struct api_watch *watch)
{
    api_identities_forget(watch->server->identities);
    watch->asked_us = base_clock_mono_us();
}

static enum base_err begin(struct api_watch *watch, struct base_diag *diag)
{
    enum base_err err =
        api_database_open(&watch->server->database, "hutong serve stream", statement_timeout, diag, &watch->conn);
    for (size_t i = 0; i < BASE_COUNT(channels) && !err; i++) {
        err = data_listen(watch->conn, channels[i], diag);
    }
    ask_again(watch); /* what was told while we were not listening */
    if (!err) {
        live_set(watch, true);
    }
    return err;
}

static enum base_err follow(struct api_watch *watch, struct base_diag *diag)
{
    unsigned noticed = 0;
    int64_t every = watch->server->config.heartbeat_us, now = base_clock_mono_us();
    enum base_err err = data_listen_channels(watch->conn, WAIT_MAX_MS, channels, BASE_COUNT(channels), diag, &noticed);
    if (!err && noticed) {
        ask_again(watch);
    }
    if (now - watch->asked_us >= (every ? every : HEARTBEAT_EVERY_US)) {
        watch->asked_us = now;
    }
    err = err ? err : renew_some(watch, diag);
    return err ? err : look_all(watch, diag);
}

static void pause_ms(int ms)
{
    struct timespec span = {.tv_nsec = ms * 1000000};
    nanosleep(&span, NULL);
}

static void *run(void *of)
{
    struct api_watch *watch = of;
    while (!atomic_load(&watch->stopping)) {
        struct base_diag diag = {""};
        enum base_err err = watch->conn ? follow(watch, &diag) : begin(watch, &diag);
        if (!err) {
            continue;
        }
        if (watch->conn) {
            base_log(atomic_load(&watch->stopping) ? BASE_LOG_DEBUG : BASE_LOG_WARN, "streams lost the database",
                     base_log_text("reason", diag.text));
            live_set(watch, false);
            data_conn_free(watch->conn);
            watch->conn = NULL;
        }
        pause_ms(AWAY_MS);
    }
    live_set(watch, false);
    data_conn_free(watch->conn);
    return NULL;
}

enum base_err api_watch_new(struct api_server *server, struct base_diag *diag, struct api_watch **ret_watch)
{
    struct api_watch *watch = calloc(1, sizeof *watch);
    if (!watch) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    watch->server = server;
    watch->socket = -1;
    pthread_mutex_init(&watch->lock, NULL);
    if (pthread_create(&watch->thread, NULL, run, watch) != 0) {
        api_watch_free(watch);
        return base_diag_set(diag, BASE_NOMEM, "cannot start a thread");
    }
    *ret_watch = watch;
    return BASE_OK;
}

void api_watch_stop(struct api_watch *watch)
{
    if (watch) {
        atomic_store(&watch->stopping, true);
        pthread_mutex_lock(&watch->lock);
        if (watch->socket >= 0) {
            shutdown(watch->socket, SHUT_RDWR); /* a query that runs is not waited for */
        }
        pthread_mutex_unlock(&watch->lock);
        pthread_join(watch->thread, NULL);
    }
}

void api_watch_free(struct api_watch *watch)
{
    if (watch) {
        pthread_mutex_destroy(&watch->lock);
        free(watch);
    }
}

bool api_watch_live(const struct api_watch *watch)
{
    return atomic_load(&watch->live);
}
