/* What the files of api/ share: a call from its first byte to its answer, routes, workers, counters. Private to api/.
 *
 *   MHD thread                          worker thread                     hub thread
 *   server.c: target, route ──queue──>  worker.c: handle(call, worker)    hub.c: LISTEN, asset table
 *      suspended                           │                                 │ snapshot, diffs
 *   answer <──────── resume ───────────────┘                              stream.c: a queue per client ──> MHD thread
 *
 * A call belongs to the MHD thread, but from queueing to resuming to the worker.
 */
#ifndef HUTONG_API_PRIVATE_H
#define HUTONG_API_PRIVATE_H

#include "api/api.h"
#include "data/data.h"
#include "tiles/tiles.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum { API_BODY_MAX = 64 << 20, API_CAPTURES_MAX = 4, API_RETRY_AFTER_S = 2 };

/* --- answer (answer.c): what goes back --- */
struct api_answer {
    unsigned status;
    const char *type;  /* Content-Type; NULL without body */
    const char *cache; /* Cache-Control */
    const char *allow;
    char etag[TILES_ETAG_TEXT];
    bool vary;    /* on Accept-Encoding */
    bool gzip;    /* the body is compressed */
    bool compact; /* the body may be compressed on the way out */
    int retry_after_s;
    struct base_buf body;
    struct base_str fixed; /* body that outlives the server; used when body is empty */
};

struct api_call;
struct api_worker;

/* Starts a body of JSON; answer 200. */
struct base_json_out api_answer_json(struct api_call *call);
/* Turns the answer into 304 when the client holds its entity tag (computed from the body when it has none). */
void api_answer_revalidate(struct api_call *call);
/* Hands the answer to libmicrohttpd; its body goes along. */
enum MHD_Result api_answer_send(struct api_call *call);
enum MHD_Result api_answer_stream(struct api_call *call);

/* --- problem (problem.c): RFC 9457 --- */
/* Replaces the answer by a problem document of that HTTP status. detail may be NULL. */
void api_problem(struct api_call *call, unsigned status, const char *detail);
/* The same from an error; what the database said stays in the log, not in the answer. */
void api_problem_error(struct api_call *call, enum base_err err, const struct base_diag *diag);

/* --- route (route.c): one row a path --- */
enum api_lane {
    API_INLINE, /* answered at once in the MHD thread: must not wait for anything */
    API_QUICK,  /* by a worker, before tiles */
    API_HEAVY,  /* by a worker; one worker is always left for the quick */
    API_STREAM  /* stays open */
};

struct api_route {
    const char *pattern;   /* "/api/buildings/{id}/dossier"; {x} takes one part, {x}.json one that ends so */
    const char *params[3]; /* names that may follow '?'; any other is 400 */
    enum api_lane lane;
    enum base_err (*handle)(struct api_call *call, struct api_worker *worker, struct base_diag *diag);
};

enum { API_ROUTES = 10 }; /* rows, with the two that have no pattern to match */
extern const struct api_route api_routes[API_ROUTES];
/* The row for a path, with what its {} took; never NULL: static files and "nothing here" are rows too. */
const struct api_route *api_route_find(const struct api_target *target, struct base_str captured[API_CAPTURES_MAX]);
/* INVALID when a parameter is not in the row. */
enum base_err api_route_check(const struct api_route *route, const struct api_target *target,
                              struct base_diag *diag) BASE_MUST_CHECK;

/* --- call (server.c) --- */
enum api_call_state { API_CALL_NEW, API_CALL_READ, API_CALL_QUEUED, API_CALL_ANSWERED, API_CALL_DONE };

struct api_call {
    struct api_server *server;
    struct MHD_Connection *connection;
    struct base_arena arena;
    struct base_str raw; /* the request target as it came */
    struct api_target target;
    const struct api_route *route;
    struct base_str captured[API_CAPTURES_MAX];
    const char *host;          /* from the header, else the server's own */
    const char *if_none_match; /* or NULL */
    bool gzip;
    bool head;
    _Atomic enum api_call_state state; /* atomic: it hands the call from the worker back to the HTTP thread */
    size_t uploaded;
    int64_t started_us;
    struct api_answer answer;
    struct api_call *next; /* in a worker's queue */
};

/* --- handlers --- */
enum base_err api_health_live(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_health_ready(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_metrics_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_tile_json(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_tile_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_estate_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_dossier_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_static_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_static_none(struct api_call *, struct api_worker *, struct base_diag *);

/* --- static (static.c): the screens --- */
struct api_static;
enum base_err api_static_new(struct base_diag *diag, struct api_static **ret_files) BASE_MUST_CHECK;
void api_static_free(struct api_static *files);
bool api_static_has(const struct api_static *files, struct base_str path);

/* --- database (database.c): opening connections, with a back-off that all threads share --- */
struct api_database {
    const char *conninfo;
    pthread_mutex_t lock;
    int64_t retry_at_us; /* monotonic; before it nobody tries */
    int64_t backoff_us;
    bool away; /* and the log says so */
};

void api_database_init(struct api_database *database, const char *conninfo);
/* DATABASE_AWAY at once while the back-off runs or another thread is trying. */
enum base_err api_database_open(struct api_database *database, const char *name, const char *timeout,
                                struct base_diag *diag, struct data_conn **ret_conn) BASE_MUST_CHECK;

/* --- worker (worker.c): the threads that wait for the database --- */
struct api_workers;
enum base_err api_workers_new(struct api_server *server, int count, struct base_diag *diag,
                              struct api_workers **ret_workers) BASE_MUST_CHECK;
void api_workers_stop(
    struct api_workers *workers); /* answers what waits, ends the threads; put() refuses from now on */
void api_workers_free(struct api_workers *workers);
/* Queues a call whose connection is suspended; false when the queue is full. */
bool api_workers_put(struct api_workers *workers, struct api_call *call);
/* This worker's connection, opened when it must be. */
enum base_err api_worker_conn(struct api_worker *worker, struct base_diag *diag,
                              struct data_conn **ret_conn) BASE_MUST_CHECK;
struct tiles_database api_worker_tiles(struct api_worker *worker);

/* --- asset (asset.c): the last known places, as the JSON that goes out --- */
struct api_assets;
enum base_err api_assets_new(struct base_diag *diag, struct api_assets **ret_assets) BASE_MUST_CHECK;
void api_assets_free(struct api_assets *assets);
size_t api_assets_count(const struct api_assets *assets);
int64_t api_assets_newest_us(const struct api_assets *assets); /* t_event ever taken that is no replay, 0: none */
/* A reading: begin, take each row of asset_list; when it was of all rows, sweep drops what was not among them. */
void api_assets_begin(struct api_assets *assets, bool whole);
enum base_err api_assets_take(struct api_assets *assets, const struct data_rows *rows, size_t row) BASE_MUST_CHECK;
enum base_err api_assets_sweep(struct api_assets *assets) BASE_MUST_CHECK;
/* Did the scope lose sight of an asset by the last reading, because it went, or to another estate? */
bool api_assets_left(const struct api_assets *assets, const struct data_scope *scope);
/* The estates that assets are at home in, as far as the scope may see their units: int64_t after int64_t. The version
 * moves when another estate joins them. */
enum base_err api_assets_homes(const struct api_assets *assets, const struct data_scope *scope,
                               struct base_buf *ret_estates) BASE_MUST_CHECK;
uint32_t api_assets_homes_version(const struct api_assets *assets);

/* The only way to a row: as far as the scope has the look at units, all or what the last reading changed. */
struct api_assets_walk {
    const struct api_assets *assets;
    const struct data_scope *scope;
    bool changed;
    size_t at;
};

struct api_assets_walk api_assets_walk(const struct api_assets *assets, const struct data_scope *scope, bool changed);
bool api_assets_next(struct api_assets_walk *walk, struct base_str *ret_json); /* false: that was all */

/* --- hub (hub.c): follows asset_state and tells the streams --- */
struct api_hub;
struct api_hub_health {
    bool live;         /* connected and listening */
    int64_t read_us;   /* when it last read, 0: never */
    int64_t newest_us; /* as api_assets has it */
    size_t assets, clients;
};

enum base_err api_hub_new(struct api_server *server, struct base_diag *diag, struct api_hub **ret_hub) BASE_MUST_CHECK;
void api_hub_stop(struct api_hub *hub); /* ends the streams and the thread; clients may still be let go afterwards */
void api_hub_free(struct api_hub *hub);
struct api_hub_health api_hub_health(struct api_hub *hub);
/* Estates whose units the scope would see in a stream now, and the stamp that their audit rows are good for. */
enum base_err api_hub_homes(struct api_hub *hub, const struct data_scope *scope, struct base_buf *ret_estates,
                            uint64_t *ret_stamp) BASE_MUST_CHECK;

/* --- watch (watch.c): who has a stream open is asked for again, and what they look at is written down ---
 * Both from the hub's thread, on its connection; they fail when the database is away. */
/* Asks again for some of those who were last asked for before that monotonic time. */
enum base_err api_watch_renew(struct api_server *server, struct data_conn *conn, int64_t asked_before_us,
                              struct base_diag *diag) BASE_MUST_CHECK;
/* Writes what is missing for what the table of assets holds now; who cannot be written down sees no more. */
enum base_err api_watch_look(struct api_server *server, struct data_conn *conn, struct base_diag *diag) BASE_MUST_CHECK;

/* --- stream (stream.c): one message to many, each client at its own pace --- */
struct api_streams;
struct api_message;
struct api_message *api_message_new(struct base_str text); /* NULL without memory */
struct api_message *api_message_ref(struct api_message *message);
void api_message_unref(struct api_message *message);

/* Clients of equal scope: what goes to them is rendered once. */
struct api_audience {
    struct data_scope *scope;
    struct base_id key;
    uint64_t sequence;            /* counts its states; part of the event id */
    struct api_message *snapshot; /* of this state, rendered when asked for */
    int64_t snapshot_us;          /* monotonic */
    struct api_client *clients;
    size_t count;
    struct api_audience *next, **at;
};

/* What the streams ask of the hub, with the lock held. snapshot: the state for a client of that audience that needs it,
 * or NULL while there is none. stamp: what a client's look must be written down as of, to be given a snapshot. */
struct api_streams_source {
    void *of;
    struct api_message *(*snapshot)(void *of, struct api_audience *audience);
    uint64_t (*stamp)(void *of);
};

enum base_err api_streams_new(const struct api_streams_source *source, struct base_diag *diag,
                              struct api_streams **ret_streams) BASE_MUST_CHECK;
void api_streams_free(struct api_streams *streams);
void api_streams_close(struct api_streams *streams); /* every client comes to its end */
void api_streams_lock(struct api_streams *streams);
void api_streams_unlock(struct api_streams *streams);
/* From here to api_streams_count with the lock held. */
struct api_audience *api_streams_first(const struct api_streams *streams); /* then ->next */
/* To all of the audience who are up to date, and to those who wait for a snapshot when to_fresh. How many queues were
 * full: those clients get a snapshot next. */
size_t api_streams_send(struct api_audience *audience, struct api_message *message, bool to_fresh);
void api_streams_resync(struct api_audience *audience); /* each gets a snapshot next */
size_t api_streams_count(const struct api_streams *streams);

/* Who is behind the clients: each identity once, yours are references (api_streams_due_release). */
struct api_streams_due {
    size_t count;
    struct api_identity *each[32]; /* the rest comes with the next call */
};

/* Those last asked for before that monotonic time; 0: those whose look is not written down as of now. */
void api_streams_due(struct api_streams *streams, int64_t asked_before_us, struct api_streams_due *ret_due);
void api_streams_due_release(struct api_streams_due *due);
/* The clients of an identity have another one now, asked for at that monotonic time; NULL: their streams end. */
void api_streams_renew(struct api_streams *streams, const struct api_identity *known, struct api_identity *renewed,
                       int64_t asked_us);
/* The identity's look is written down as of that stamp. */
void api_streams_recorded(struct api_streams *streams, const struct api_identity *identity, uint64_t stamp);
/* Ends those whose identity is past its time, or was last asked for before that. */
void api_streams_expire(struct api_streams *streams, int64_t now_us, int64_t asked_before_us);
/* A response that never ends by itself; NULL when there are too many. */
struct MHD_Response *api_stream_response(struct api_call *call);

/* --- guard (guard.c): closes connections that take too long --- */
struct api_guard;
/* patience_us: for a whole request, also the wait for the next one; 0: 15 s. An answer may take four times as long. */
enum base_err api_guard_new(int64_t patience_us, struct base_diag *diag, struct api_guard **ret_guard) BASE_MUST_CHECK;
void api_guard_free(struct api_guard *guard);
enum api_guard_phase { API_GUARD_READING, API_GUARD_WORKING, API_GUARD_SENDING, API_GUARD_OPEN };
void api_guard_phase(struct MHD_Connection *connection, enum api_guard_phase phase);
void api_guard_notify(void *guard, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode code);

/* --- metrics (metrics.c) --- */
struct api_metrics;
struct api_metrics *api_metrics_new(void);
void api_metrics_free(struct api_metrics *metrics);
/* For those that write families of their own. */
void api_metrics_family(struct base_buf *buf, const char *name, const char *type, const char *help);
void api_metrics_label(struct base_buf *buf, const char *text); /* escaped */
struct data_rows;
void api_metrics_source(struct base_buf *buf, const struct data_rows *rows); /* rows of source_list */
void api_metrics_broker(struct base_buf *buf, const struct data_rows *rows); /* rows of broker_list */
void api_metrics_request(struct api_metrics *metrics, const struct api_route *route, unsigned status, int64_t took_us);
void api_metrics_tile(struct api_metrics *metrics, bool gzip, size_t bytes);
void api_metrics_stream(struct api_metrics *metrics, size_t messages, size_t overflows);

/* --- host (host.c) --- */
/* Does a Host header ("127.0.0.1:8080", "[::1]", "localhost") name this machine? */
bool api_host_local(const char *header);

/* --- bind (bind.c) --- */
/* A listening socket on a loopback address; url holds 64 bytes. */
enum base_err api_bind(const char *address, int port, struct base_diag *diag, int *ret_socket,
                       char url[64]) BASE_MUST_CHECK;

struct api_server {
    struct api_config config;
    char url[64];
    int socket;
    int64_t started_us;
    struct MHD_Daemon *daemon;
    struct api_database database;
    struct api_metrics *metrics;
    struct api_static *files;
    struct tiles_source *tiles;
    struct api_workers *workers;
    struct api_streams *streams;
    struct api_hub *hub;
    struct api_guard *guard;
};

#endif
