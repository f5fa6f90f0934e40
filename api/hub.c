/* The hub: one thread follows asset_state and tells every stream what changed.
 *
 * A notice on channel hutong_asset is only a wake-up. Rows are found by stored_at, which a transaction writes before it
 * commits: a row may appear behind the newest one seen. So each reading goes back OVERLAP, each second one goes back
 * farther, each minute one reads all (which also finds rows that went). What was told already is not told again. */
#include "api/private.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum {
    OVERLAP_US = 500000,      /* at every notice */
    SWEEP_EVERY_US = 1000000, /* also when nobody notifies */
    SWEEP_OVERLAP_US = 5000000,
    WHOLE_EVERY_US = 60000000,
    HEARTBEAT_EVERY_US = 15000000,
    PAUSE_US = 20000, /* between two readings, so that a burst of notices is one reading */
    SNAPSHOT_OLD_US = 1000000,
    WAIT_MAX_MS = 200, /* how long a stop may take */
    SNAPSHOT_MAX = 64 << 20,
};
static const char statement_timeout[] = "10s";
static const char *const channels[] = {"hutong_asset", "hutong_access"};
enum { NOTICED_ASSET = 1, NOTICED_ACCESS = 2 }; /* bits of channels */

struct api_hub {
    struct api_server *server;
    pthread_t thread;
    atomic_bool stopping;
    struct data_conn *conn;
    int64_t newest_stored_us, swept_us, whole_us, heartbeat_us; /* the last three monotonic */
    /* From here on guarded by the streams' lock. */
    struct api_assets assets;
    struct api_hub_health health;
    int socket;                  /* the connection's while it is live, for a stop; else -1 */
    uint64_t sequence;           /* counts states; part of the event id */
    struct api_message *current; /* snapshot of this state, rendered when asked for */
    int64_t current_us;          /* monotonic */
};

/* --- messages --- */

/* The run (start time) and the state's number: an id of an earlier run can be told, and gets a snapshot as well. */
static void event_begin(struct api_hub *hub, const char *event, uint64_t number, struct base_buf *text)
{
    base_buf_printf(text, "event: %s\nid: %llx-%llu\ndata: ", event, (unsigned long long)hub->server->started_us,
                    (unsigned long long)number);
}

static struct base_json_out data_begin_json(struct base_buf *text)
{
    struct base_json_out out = base_json_out_of(text);
    base_json_out_object(&out);
    base_json_out_key(&out, "now");
    base_json_out_time(&out, base_clock_now_us() / 1000 * 1000);
    return out;
}

static struct api_message *event_end(struct base_json_out *out)
{
    base_json_out_object_end(out);
    base_buf_text(out->buf, "\n\n");
    return out->buf->err ? NULL : api_message_new(base_buf_str(out->buf));
}

static void forget_snapshot(struct api_hub *hub)
{
    api_message_unref(hub->current);
    hub->current = NULL;
}

static struct api_message *snapshot(void *of)
{
    struct api_hub *hub = of;
    int64_t now = base_clock_mono_us();
    if (now - hub->current_us > SNAPSHOT_OLD_US) {
        forget_snapshot(hub); /* its "now" is no longer now */
    }
    if (!hub->current && hub->health.read_us) {
        AUTO_VALUE(base_buf) text;
        base_buf_init(&text, SNAPSHOT_MAX);
        event_begin(hub, "snapshot", hub->sequence, &text);
        struct base_json_out out = data_begin_json(&text);
        base_json_out_key(&out, "assets");
        base_json_out_array(&out);
        api_assets_all(&hub->assets, &out);
        base_json_out_array_end(&out);
        hub->current = event_end(&out);
        hub->current_us = now;
    }
    return api_message_ref(hub->current);
}

static void send_all(struct api_hub *hub, struct api_message *message, bool to_fresh)
{
    if (!message) {
        api_streams_resync(hub->server->streams); /* no memory for the small one: perhaps for a snapshot, later */
        return;
    }
    size_t overflows = api_streams_send(hub->server->streams, message, to_fresh);
    api_metrics_stream(hub->server->metrics, api_streams_count(hub->server->streams), overflows);
    api_message_unref(message);
}

static void heartbeat(struct api_hub *hub)
{
    int64_t now = base_clock_mono_us(), every = hub->server->config.heartbeat_us;
    if (now - hub->heartbeat_us < (every ? every : HEARTBEAT_EVERY_US)) {
        return;
    }
    hub->heartbeat_us = now;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 512);
    base_buf_text(&text, "event: heartbeat\ndata: ");
    api_streams_lock(hub->server->streams);
    struct base_json_out out = data_begin_json(&text);
    base_json_out_key(&out, "live");
    base_json_out_bool(&out, hub->health.live);
    send_all(hub, event_end(&out), true);
    api_streams_unlock(hub->server->streams);
}

/* --- reading --- */

/* Takes rows into the table and gathers what changed; the lock is held. */
static enum base_err take_rows(struct api_hub *hub, const struct data_rows *rows, struct base_json_out *diff,
                               size_t *ret_changed)
{
    enum { STORED_AT = 15 }; /* column of asset_list */
    size_t changes = 0;
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        bool changed;
        enum base_err err = api_assets_take(&hub->assets, rows, i, diff, &changed);
        if (err) {
            return err;
        }
        changes += changed;
        int64_t stored = data_rows_time(rows, i, STORED_AT);
        hub->newest_stored_us = stored > hub->newest_stored_us ? stored : hub->newest_stored_us;
    }
    *ret_changed = changes;
    return BASE_OK;
}

static void tell(struct api_hub *hub, const struct data_rows *rows, bool whole)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, SNAPSHOT_MAX);
    event_begin(hub, "diff", hub->sequence + 1, &text);
    struct base_json_out out = data_begin_json(&text);
    base_json_out_key(&out, "assets");
    base_json_out_array(&out);
    size_t changes = 0;
    bool first = hub->health.read_us == 0;
    if (whole) {
        api_assets_unsee(&hub->assets);
    }
    bool broken = take_rows(hub, rows, &out, &changes) != BASE_OK;
    base_json_out_array_end(&out);
    bool gone = whole && !broken && api_assets_sweep(&hub->assets);
    hub->health.read_us = base_clock_now_us();
    if (changes || gone || first || broken) {
        forget_snapshot(hub);
        hub->sequence++;
    }
    if (gone || first || broken) {
        api_streams_resync(hub->server->streams);
    } else if (changes) {
        send_all(hub, event_end(&out), false);
    }
}

static enum base_err read_rows(struct api_hub *hub, int64_t overlap_us, struct base_diag *diag)
{
    bool whole = overlap_us == 0;
    struct data_arg since =
        whole || !hub->newest_stored_us ? data_null() : data_time(hub->newest_stored_us - overlap_us);
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(hub->conn, DATA_ASSET_LIST, &since, 1, diag, &rows);
    if (!err) {
        api_streams_lock(hub->server->streams);
        tell(hub, rows, whole);
        api_streams_unlock(hub->server->streams);
    }
    return err;
}

/* --- the thread --- */

static void live_set(struct api_hub *hub, bool live)
{
    api_streams_lock(hub->server->streams);
    hub->health.live = live;
    hub->socket = live ? data_conn_socket(hub->conn) : -1;
    api_streams_unlock(hub->server->streams);
}

static enum base_err begin(struct api_hub *hub, struct base_diag *diag)
{
    enum base_err err =
        api_database_open(&hub->server->database, "hutong serve stream", statement_timeout, diag, &hub->conn);
    for (size_t i = 0; i < BASE_COUNT(channels) && !err; i++) {
        err = data_listen(hub->conn, channels[i], diag);
    }
    api_identities_forget(hub->server->identities); /* what was told while we were not listening */
    err = err ? err : read_rows(hub, 0, diag);
    if (!err) {
        hub->whole_us = hub->swept_us = base_clock_mono_us();
        live_set(hub, true);
    }
    return err;
}

/* Waits for a notice or for the next sweep, and reads what is due. */
static enum base_err follow(struct api_hub *hub, struct base_diag *diag)
{
    unsigned noticed = 0;
    enum base_err err = data_listen_channels(hub->conn, WAIT_MAX_MS, channels, BASE_COUNT(channels), diag, &noticed);
    int64_t now = base_clock_mono_us();
    if (err) {
        return err;
    }
    if (noticed & NOTICED_ACCESS) {
        api_identities_forget(hub->server->identities);
    }
    if (now - hub->whole_us >= WHOLE_EVERY_US) {
        hub->whole_us = hub->swept_us = now;
        return read_rows(hub, 0, diag);
    }
    if (now - hub->swept_us >= SWEEP_EVERY_US) {
        hub->swept_us = now;
        return read_rows(hub, SWEEP_OVERLAP_US, diag);
    }
    return noticed & NOTICED_ASSET ? read_rows(hub, OVERLAP_US, diag) : BASE_OK;
}

static void pause_us(int64_t us)
{
    struct timespec span = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    nanosleep(&span, NULL);
}

static void *run(void *of)
{
    struct api_hub *hub = of;
    hub->heartbeat_us = base_clock_mono_us();
    while (!atomic_load(&hub->stopping)) {
        struct base_diag diag = {""};
        enum base_err err = hub->conn ? follow(hub, &diag) : begin(hub, &diag);
        if (err && hub->conn) {
            bool stopping = atomic_load(&hub->stopping);
            base_log(stopping ? BASE_LOG_DEBUG : BASE_LOG_WARN, "stream lost the database",
                     base_log_text("reason", diag.text));
            live_set(hub, false);
            data_conn_free(hub->conn);
            hub->conn = NULL;
        }
        heartbeat(hub);
        pause_us(err ? WAIT_MAX_MS * 1000 : PAUSE_US);
    }
    live_set(hub, false);
    data_conn_free(hub->conn);
    return NULL;
}

enum base_err api_hub_new(struct api_server *server, struct base_diag *diag, struct api_hub **ret_hub)
{
    struct api_hub *hub = calloc(1, sizeof *hub);
    if (!hub) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    hub->server = server;
    hub->socket = -1;
    enum base_err err = api_streams_new(snapshot, hub, diag, &server->streams);
    if (!err && pthread_create(&hub->thread, NULL, run, hub) != 0) {
        err = base_diag_set(diag, BASE_NOMEM, "cannot start a thread");
    }
    if (err) {
        api_streams_free(server->streams);
        server->streams = NULL;
        free(hub);
        return err;
    }
    *ret_hub = hub;
    return BASE_OK;
}

void api_hub_stop(struct api_hub *hub)
{
    if (hub) {
        atomic_store(&hub->stopping, true);
        api_streams_close(hub->server->streams);
        api_streams_lock(hub->server->streams);
        if (hub->socket >= 0) {
            shutdown(hub->socket, SHUT_RDWR); /* a query that runs is not waited for */
        }
        api_streams_unlock(hub->server->streams);
        pthread_join(hub->thread, NULL);
    }
}

void api_hub_free(struct api_hub *hub)
{
    if (hub) {
        forget_snapshot(hub);
        api_assets_release(&hub->assets);
        api_streams_free(hub->server->streams);
        free(hub);
    }
}

struct api_hub_health api_hub_health(struct api_hub *hub)
{
    api_streams_lock(hub->server->streams);
    struct api_hub_health health = hub->health;
    health.assets = hub->assets.count;
    health.clients = api_streams_count(hub->server->streams);
    health.newest_us = hub->assets.newest_us;
    api_streams_unlock(hub->server->streams);
    return health;
}
