/* The hub: one thread follows asset_state and tells every stream what changed.
 *
 * A notice on channel hutong_asset is only a wake-up. Rows are found by stored_at, which a transaction writes before it
 * commits: a row may appear behind the newest one seen. So each reading goes back OVERLAP, each second one goes back
 * farther, each minute one reads all (which also finds rows that went). What was told already is not told again.
 *
 * Its connection is the owner's: the table holds the assets of every estate. The scope is applied when giving out, for
 * each audience once. A notice on hutong_access says that somebody's rights changed. */
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
#define HOUR_US INT64_C(3600000000)
#define UNASKED_MAX_US INT64_C(900000000) /* so long a stream goes on while nobody can be asked who its client is */
static const char statement_timeout[] = "10s";
static const char *const channels[] = {"hutong_asset", "hutong_access"};
enum { NOTICED_ASSET = 1, NOTICED_ACCESS = 2 }; /* bits of channels */

struct api_hub {
    struct api_server *server;
    pthread_t thread;
    atomic_bool stopping;
    struct data_conn *conn;
    int64_t newest_stored_us, swept_us, whole_us, heartbeat_us; /* the last three monotonic */
    int64_t roomed_us;                                          /* monotonic: when the audit was given room */
    int64_t asked_us; /* monotonic: who was last asked for before it is asked for again */
    /* From here on guarded by the streams' lock. */
    struct api_assets *assets;
    struct api_hub_health health;
    int socket; /* the connection's while it is live, for a stop; else -1 */
};

/* --- messages --- */

/* The run (start time) and the state's number: an id of an earlier run can be told, and gets a snapshot as well. */
static void event_begin(const struct api_hub *hub, const char *event, uint64_t number, struct base_buf *text)
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

static size_t write_assets(const struct api_hub *hub, const struct data_scope *scope, bool changed,
                           struct base_json_out *out)
{
    struct api_assets_walk walk = api_assets_walk(hub->assets, scope, changed);
    struct base_str asset;
    size_t count = 0;
    base_json_out_key(out, "assets");
    base_json_out_array(out);
    for (; api_assets_next(&walk, &asset); count++) {
        base_json_out_raw(out, asset);
    }
    base_json_out_array_end(out);
    return count;
}

static void forget_snapshot(struct api_audience *audience)
{
    api_message_unref(audience->snapshot);
    audience->snapshot = NULL;
}

static struct api_message *snapshot(void *of, struct api_audience *audience)
{
    struct api_hub *hub = of;
    int64_t now = base_clock_mono_us();
    if (now - audience->snapshot_us > SNAPSHOT_OLD_US) {
        forget_snapshot(audience); /* its "now" is no longer now */
    }
    if (!audience->snapshot && hub->health.read_us) {
        AUTO_VALUE(base_buf) text;
        base_buf_init(&text, SNAPSHOT_MAX);
        event_begin(hub, "snapshot", audience->sequence, &text);
        struct base_json_out out = data_begin_json(&text);
        write_assets(hub, audience->scope, false, &out);
        audience->snapshot = event_end(&out);
        audience->snapshot_us = now;
    }
    return api_message_ref(audience->snapshot);
}

/* Looks are on record for an hour and for the estates that have units: both are in the stamp. */
static uint64_t stamp(void *of)
{
    const struct api_hub *hub = of;
    uint64_t hour = (uint64_t)(base_clock_now_us() / HOUR_US);
    return hour << 32 | api_assets_homes_version(hub->assets);
}

enum base_err api_hub_homes(struct api_hub *hub, const struct data_scope *scope, struct base_buf *ret_estates,
                            uint64_t *ret_stamp)
{
    api_streams_lock(hub->server->streams);
    *ret_stamp = stamp(hub);
    enum base_err err = api_assets_homes(hub->assets, scope, ret_estates);
    api_streams_unlock(hub->server->streams);
    return err;
}

static size_t send_to(struct api_audience *audience, struct api_message *message, bool to_fresh)
{
    if (!message) {
        api_streams_resync(audience); /* no memory for the small one: perhaps for a snapshot, later */
        return 0;
    }
    return api_streams_send(audience, message, to_fresh);
}

static void heartbeat(struct api_hub *hub)
{
    struct api_streams *streams = hub->server->streams;
    int64_t now = base_clock_mono_us(), every = hub->server->config.heartbeat_us;
    if (now - hub->heartbeat_us < (every ? every : HEARTBEAT_EVERY_US)) {
        return;
    }
    hub->heartbeat_us = hub->asked_us = now;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 512);
    base_buf_text(&text, "event: heartbeat\ndata: ");
    api_streams_lock(streams);
    struct base_json_out out = data_begin_json(&text);
    base_json_out_key(&out, "live");
    base_json_out_bool(&out, hub->health.live);
    struct api_message *message = event_end(&out);
    size_t overflows = 0;
    for (struct api_audience *audience = api_streams_first(streams); audience; audience = audience->next) {
        overflows += send_to(audience, message, true);
    }
    api_metrics_stream(hub->server->metrics, api_streams_count(streams), overflows);
    api_message_unref(message);
    api_streams_expire(streams, base_clock_now_us(), now - UNASKED_MAX_US);
    api_streams_unlock(streams);
}

/* --- reading --- */

static enum base_err take_rows(struct api_hub *hub, const struct data_rows *rows, bool whole)
{
    enum { STORED_AT = 15 }; /* column of asset_list */
    enum base_err err = BASE_OK;
    api_assets_begin(hub->assets, whole);
    for (size_t i = 0; i < data_rows_count(rows) && !err; i++) {
        err = api_assets_take(hub->assets, rows, i);
        int64_t stored = data_rows_time(rows, i, STORED_AT);
        hub->newest_stored_us = stored > hub->newest_stored_us ? stored : hub->newest_stored_us;
    }
    return err || !whole ? err : api_assets_sweep(hub->assets);
}

/* What the last reading changed in the eyes of one audience. */
static void tell(struct api_hub *hub, struct api_audience *audience)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, SNAPSHOT_MAX);
    event_begin(hub, "diff", audience->sequence + 1, &text);
    struct base_json_out out = data_begin_json(&text);
    if (write_assets(hub, audience->scope, true, &out) == 0) {
        return;
    }
    forget_snapshot(audience);
    audience->sequence++;
    struct api_message *message = event_end(&out);
    api_metrics_stream(hub->server->metrics, audience->count, send_to(audience, message, false));
    api_message_unref(message);
}

static void start_over(struct api_audience *audience)
{
    forget_snapshot(audience);
    audience->sequence++;
    api_streams_resync(audience);
}

static void tell_all(struct api_hub *hub, bool broken)
{
    bool first = hub->health.read_us == 0;
    hub->health.read_us = base_clock_now_us();
    struct api_audience *audience = api_streams_first(hub->server->streams);
    for (; audience; audience = audience->next) {
        if (first || broken || api_assets_left(hub->assets, audience->scope)) {
            start_over(audience);
        } else {
            tell(hub, audience);
        }
    }
}

static enum base_err read_rows(struct api_hub *hub, int64_t overlap_us, struct base_diag *diag)
{
    struct api_streams *streams = hub->server->streams;
    bool whole = overlap_us == 0;
    struct data_arg since =
        whole || !hub->newest_stored_us ? data_null() : data_time(hub->newest_stored_us - overlap_us);
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(hub->conn, DATA_ASSET_LIST, &since, 1, diag, &rows);
    if (err) {
        return err;
    }
    api_streams_lock(streams);
    uint64_t before = stamp(hub);
    bool broken = take_rows(hub, rows, whole) != BASE_OK;
    if (stamp(hub) != before) { /* units of another estate: first the looks at them are written down */
        api_streams_unlock(streams);
        err = api_watch_look(hub->server, hub->conn, diag);
        api_streams_lock(streams);
    }
    tell_all(hub, broken || err);
    api_streams_unlock(streams);
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

/* Nothing that is remembered of who may see what is good any longer. */
static void ask_again(struct api_hub *hub)
{
    api_identities_forget(hub->server->identities);
    hub->asked_us = base_clock_mono_us();
}

/* The audit's rows need the month's partition, also when nobody ingests. */
static void make_room(struct api_hub *hub)
{
    struct base_diag diag = {""};
    int64_t now = base_clock_now_us();
    enum base_err err = data_partition_ensure(hub->conn, "audit", now, &diag);
    err = err ? err : data_partition_ensure(hub->conn, "audit", now + 24 * HOUR_US, &diag);
    if (err) {
        base_log(BASE_LOG_WARN, "the audit may have no room", base_log_text("reason", diag.text));
    }
    hub->roomed_us = base_clock_mono_us();
}

static enum base_err begin(struct api_hub *hub, struct base_diag *diag)
{
    enum base_err err =
        api_database_open(&hub->server->database, "hutong serve stream", statement_timeout, diag, &hub->conn);
    for (size_t i = 0; i < BASE_COUNT(channels) && !err; i++) {
        err = data_listen(hub->conn, channels[i], diag);
    }
    if (!err) {
        make_room(hub);
    }
    ask_again(hub); /* what was told while we were not listening */
    err = err ? err : read_rows(hub, 0, diag);
    if (!err) {
        hub->whole_us = hub->swept_us = base_clock_mono_us();
        live_set(hub, true);
    }
    return err;
}

static enum base_err read_due(struct api_hub *hub, bool noticed, struct base_diag *diag)
{
    int64_t now = base_clock_mono_us();
    if (now - hub->roomed_us >= HOUR_US) {
        make_room(hub);
    }
    if (now - hub->whole_us >= WHOLE_EVERY_US) {
        hub->whole_us = hub->swept_us = now;
        return read_rows(hub, 0, diag);
    }
    if (now - hub->swept_us >= SWEEP_EVERY_US) {
        hub->swept_us = now;
        return read_rows(hub, SWEEP_OVERLAP_US, diag);
    }
    return noticed ? read_rows(hub, OVERLAP_US, diag) : BASE_OK;
}

/* Waits for a notice or for the next sweep, and does what is due: first who may see, then what there is to see. */
static enum base_err follow(struct api_hub *hub, struct base_diag *diag)
{
    unsigned noticed = 0;
    enum base_err err = data_listen_channels(hub->conn, WAIT_MAX_MS, channels, BASE_COUNT(channels), diag, &noticed);
    if (!err && noticed & NOTICED_ACCESS) {
        ask_again(hub);
    }
    err = err ? err : api_watch_renew(hub->server, hub->conn, hub->asked_us, diag);
    err = err ? err : api_watch_look(hub->server, hub->conn, diag);
    return err ? err : read_due(hub, noticed & NOTICED_ASSET, diag);
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
    enum base_err err = api_assets_new(diag, &hub->assets);
    err = err ? err : api_streams_new(&(struct api_streams_source){hub, snapshot, stamp}, diag, &server->streams);
    if (!err && pthread_create(&hub->thread, NULL, run, hub) != 0) {
        err = base_diag_set(diag, BASE_NOMEM, "cannot start a thread");
    }
    if (err) {
        api_streams_free(server->streams);
        server->streams = NULL;
        api_assets_free(hub->assets);
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
        api_assets_free(hub->assets);
        api_streams_free(hub->server->streams);
        free(hub);
    }
}

struct api_hub_health api_hub_health(struct api_hub *hub)
{
    api_streams_lock(hub->server->streams);
    struct api_hub_health health = hub->health;
    health.assets = api_assets_count(hub->assets);
    health.clients = api_streams_count(hub->server->streams);
    struct api_audience *audience = api_streams_first(hub->server->streams);
    for (health.audiences = 0; audience; audience = audience->next) {
        health.audiences++;
    }
    health.newest_us = api_assets_newest_us(hub->assets);
    api_streams_unlock(hub->server->streams);
    return health;
}
