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
struct api_asset {
    int64_t id;
    bool seen; /* by the reading of all rows that goes on */
    size_t len;
    char *json; /* one object */
};

struct api_assets {
    struct api_asset *slots; /* open addressing by id; json NULL: free */
    size_t cap, count;
    int64_t newest_us; /* newest t_event ever taken that is not a replay, 0: none */
};

void api_assets_release(struct api_assets *assets);
struct api_asset *api_assets_find(const struct api_assets *assets, int64_t id);
/* Takes a row of asset_list. *ret_changed: its text is new, and was put into diff. */
enum base_err api_assets_take(struct api_assets *assets, const struct data_rows *rows, size_t row,
                              struct base_json_out *diff, bool *ret_changed) BASE_MUST_CHECK;
/* Around a reading of all rows: nothing is seen; then what was not seen is dropped, true when something was. */
void api_assets_unsee(struct api_assets *assets);
bool api_assets_sweep(struct api_assets *assets);
void api_assets_all(const struct api_assets *assets, struct base_json_out *out);

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

/* --- stream (stream.c): one message to many, each client at its own pace --- */
struct api_streams;
struct api_message;
struct api_message *api_message_new(struct base_str text); /* NULL without memory */
struct api_message *api_message_ref(struct api_message *message);
void api_message_unref(struct api_message *message);

/* snapshot: the state for a client that needs it, or NULL while there is none; called with the lock held. */
enum base_err api_streams_new(struct api_message *(*snapshot)(void *of), void *of, struct base_diag *diag,
                              struct api_streams **ret_streams) BASE_MUST_CHECK;
void api_streams_free(struct api_streams *streams);
void api_streams_close(struct api_streams *streams); /* every client comes to its end */
void api_streams_lock(struct api_streams *streams);
void api_streams_unlock(struct api_streams *streams);
/* With the lock held: to all who are up to date, and to those who wait for a snapshot when to_fresh. How many queues
 * were full: those clients get a snapshot next. */
size_t api_streams_send(struct api_streams *streams, struct api_message *message, bool to_fresh);
void api_streams_resync(struct api_streams *streams); /* everybody gets a snapshot next */
size_t api_streams_count(const struct api_streams *streams);
/* A response that never ends by itself; NULL when there are too many. */
struct MHD_Response *api_stream_response(struct api_streams *streams, struct MHD_Connection *connection);

/* --- guard (guard.c): closes connections that take too long --- */
struct api_guard;
/* patience_us: for a whole request, also the wait for the next one; 0: 15 s. An answer may take four times as long.
 * When three quarters of the connections that there may be are open, those that ask nothing are given a second. */
enum base_err api_guard_new(int64_t patience_us, size_t connections, struct base_diag *diag,
                            struct api_guard **ret_guard) BASE_MUST_CHECK;
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

/* --- peer (peer.c): who is at the other end, also through a proxy of ours --- */
struct api_peer {
    char address[64]; /* IPv4 or IPv6 as text; "" when it cannot be known */
    bool secure;      /* the way to the browser is TLS: here, or at the proxy */
};

/* X-Forwarded-For and X-Forwarded-Proto count only when the connection comes from a proxy of the configuration. */
struct api_peer api_peer_of(const struct api_call *call);
/* The last address that a proxy of ours did not write itself; "" when the header has none. For tests and fuzzing. */
bool api_peer_forwarded(const char *header, const char *proxies, char address[64]);
bool api_peer_listed(const char *proxies, const char *address); /* "127.0.0.1,::1" */

/* --- tls (tls.c): certificate and key, read once --- */
struct api_tls {
    struct base_buf certificate, key; /* PEM, terminated */
};

/* NOT_FOUND, INVALID (not PEM, key readable by others): says which file and what to do. */
enum base_err api_tls_read(const char *certificate, const char *key, struct base_diag *diag,
                           struct api_tls *ret_tls) BASE_MUST_CHECK;
void api_tls_release(struct api_tls *tls); /* wipes the key */

/* --- host (host.c) --- */
/* Does a Host header ("127.0.0.1:8080", "[::1]", "localhost") name this machine? */
bool api_host_local(const char *header);

/* --- bind (bind.c) --- */
struct api_bound {
    int socket;
    bool loopback; /* only this machine reaches it */
    char url[64];
};

/* A listening socket. secure: the url begins with https. */
enum base_err api_bind(const char *address, int port, bool secure, struct base_diag *diag,
                       struct api_bound *ret_bound) BASE_MUST_CHECK;

struct api_server {
    struct api_config config;
    struct api_bound bound;
    struct api_tls tls;
    bool secure; /* we speak TLS */
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
