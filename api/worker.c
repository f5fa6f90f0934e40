/* Workers: the only threads that wait for the database, so that the HTTP threads and the streams never do. */
#include "api/crs.h"
#include "api/private.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { QUEUE_MAX = 512, DEAR_MAX = 64, DEAR_AT_ONCE = 2, WAIT_MAX_US = 10000000 };
enum slow { HEAVY, SIGN_IN, UPLOAD, SLOW_LANES };
static const char statement_timeout[] = "5s";

struct lane {
    struct api_call *first, **last;
    size_t count, most;
    int busy, at_once; /* workers at a call of it */
};

struct api_worker {
    struct api_workers *workers;
    pthread_t thread;
    struct data_conn *conn;
    struct api_call *call; /* that it works at */
    struct api_crs_kept crs;
    int socket; /* the connection's, for api_workers_stop; guarded by the lock; -1: none */
};

struct api_workers {
    struct api_server *server;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct lane quick, slow[SLOW_LANES];
    unsigned turn; /* of the slow lane that is asked first */
    bool stopping;
    int count;
    struct api_worker each[];
};

static void lane_init(struct lane *lane, size_t most, int at_once)
{
    *lane = (struct lane){.last = &lane->first, .most = most, .at_once = at_once};
}

static void put(struct lane *lane, struct api_call *call)
{
    call->next = NULL;
    *lane->last = call;
    lane->last = &call->next;
    lane->count++;
}

static struct api_call *take(struct lane *lane)
{
    struct api_call *call = lane->first;
    if (call) {
        lane->first = call->next;
        lane->last = call->next ? lane->last : &lane->first;
        lane->count--;
    }
    return call;
}

/* What strangers post is a password, which takes its time to check, as a photo does: whoever sends many of them must
 * not keep a tile waiting, so these have lanes of their own, with few workers. */
static struct lane *lane_of(struct api_workers *workers, const struct api_call *call)
{
    bool sign_in = call->method == API_POST && call->route->access == API_PUBLIC;
    return sign_in                           ? &workers->slow[SIGN_IN]
           : call->route->lane == API_HEAVY  ? &workers->slow[HEAVY]
           : call->route->lane == API_UPLOAD ? &workers->slow[UPLOAD]
                                             : &workers->quick;
}

bool api_workers_put(struct api_workers *workers, struct api_call *call)
{
    call->queued_us = base_clock_mono_us();
    pthread_mutex_lock(&workers->lock);
    struct lane *lane = lane_of(workers, call);
    bool fits = lane->count < lane->most && !workers->stopping;
    if (fits) {
        put(lane, call);
        pthread_cond_signal(&workers->filled);
    }
    pthread_mutex_unlock(&workers->lock);
    return fits;
}

/* One worker is always left for the quick, and of eight two for sign-ins and two for photos. Lanes take turns. */
static struct api_call *take_slow(struct api_workers *workers)
{
    int busy = 0;
    for (unsigned i = 0; i < SLOW_LANES; i++) {
        busy += workers->slow[i].busy;
    }
    if (!workers->stopping && workers->count > 1 && busy >= workers->count - 1) {
        return NULL;
    }
    for (unsigned i = 0; i < SLOW_LANES; i++) {
        unsigned number = (workers->turn + i) % SLOW_LANES;
        struct lane *lane = &workers->slow[number];
        if (lane->first && (lane->busy < lane->at_once || workers->stopping)) {
            lane->busy++;
            workers->turn = number + 1;
            return take(lane);
        }
    }
    return NULL;
}

/* The next call, or NULL when it is time to go. What is still queued then is answered 503 by whoever takes it. */
static struct api_call *next_call(struct api_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    struct api_call *call = NULL;
    for (;;) {
        call = take(&workers->quick);
        call = call ? call : take_slow(workers);
        if (call || workers->stopping) {
            break;
        }
        pthread_cond_wait(&workers->filled, &workers->lock);
    }
    pthread_mutex_unlock(&workers->lock);
    return call;
}

/* Nobody counts who is at a quick call. */
static void done(struct api_workers *workers, const struct api_call *call)
{
    struct lane *lane = lane_of(workers, call);
    if (lane == &workers->quick) {
        return;
    }
    pthread_mutex_lock(&workers->lock);
    lane->busy--;
    pthread_cond_signal(&workers->filled);
    pthread_mutex_unlock(&workers->lock);
}

static void socket_set(struct api_worker *worker, int socket)
{
    pthread_mutex_lock(&worker->workers->lock);
    worker->socket = socket;
    pthread_mutex_unlock(&worker->workers->lock);
}

static void disconnect(struct api_worker *worker)
{
    socket_set(worker, -1);
    data_conn_free(worker->conn);
    worker->conn = NULL;
}

/* Between queries the server has nothing to say, but farewell: a readable socket is one that has died. */
static bool alive(const struct data_conn *conn)
{
    struct pollfd look = {.fd = data_conn_socket(conn), .events = POLLIN};
    return data_conn_good(conn) && poll(&look, 1, 0) == 0;
}

static enum base_err ready(struct api_worker *worker, struct base_diag *diag)
{
    if (worker->conn && !alive(worker->conn)) {
        disconnect(worker);
    }
    if (!worker->conn) {
        enum base_err err = api_database_open(&worker->workers->server->database, "hutong serve", statement_timeout,
                                              diag, &worker->conn);
        if (err) {
            return err;
        }
        socket_set(worker, data_conn_socket(worker->conn));
    }
    return BASE_OK;
}

enum base_err api_worker_owner(struct api_worker *worker, struct base_diag *diag, struct data_conn **ret_conn)
{
    enum base_err err = ready(worker, diag);
    err = err ? err : data_scope_leave(worker->conn, diag);
    if (!err) {
        *ret_conn = worker->conn;
    }
    return err;
}

enum base_err api_worker_conn(struct api_worker *worker, struct base_diag *diag, struct data_conn **ret_conn)
{
    const struct api_call *call = worker->call;
    if (!call->identity || call->route->access == DATA_LOOK_OPERATE) {
        return api_worker_owner(worker, diag, ret_conn);
    }
    enum base_err err = ready(worker, diag);
    if (!err) {
        const struct data_scope *scope = call->identity->scope;
        err = call->route->access == DATA_LOOK_AUDIT ? data_scope_enter_audit(worker->conn, scope, diag)
                                                     : data_scope_enter(worker->conn, scope, diag);
    }
    if (!err) {
        *ret_conn = worker->conn;
    }
    return err;
}

struct api_crs_kept *api_worker_crs(struct api_worker *worker)
{
    return &worker->crs;
}

static enum base_err lend(void *of, struct base_diag *diag, struct data_conn **ret_conn)
{
    return api_worker_conn(of, diag, ret_conn);
}

struct tiles_database api_worker_tiles(struct api_worker *worker)
{
    return (struct tiles_database){.of = worker, .take = lend};
}

static bool stopping(struct api_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    bool is = workers->stopping;
    pthread_mutex_unlock(&workers->lock);
    return is;
}

/* The handler, once it is clear who asks and that they may. */
static enum base_err attend(struct api_worker *worker, struct api_call *call, struct base_diag *diag)
{
    enum api_access access = API_ACCESS_GRANTED;
    enum base_err err = call->granted ? BASE_OK : api_access_ask(call, worker, diag, &access);
    return err || access != API_ACCESS_GRANTED ? err : call->route->handle(call, worker, diag);
}

/* A connection may die under a call (the database was restarted): such a call gets a second try. */
static void work(struct api_worker *worker, struct api_call *call)
{
    struct base_diag diag = {""};
    bool late = base_clock_mono_us() - call->queued_us > WAIT_MAX_US;
    if (late || stopping(worker->workers)) {
        api_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, late ? "waited too long for a free worker" : "shutting down");
        call->answer.retry_after_s = API_RETRY_AFTER_S;
        return;
    }
    bool connected = worker->conn != NULL;
    enum base_err err = attend(worker, call, &diag);
    if (err == BASE_DATABASE_AWAY && worker->conn) {
        disconnect(worker);
        if (connected && !stopping(worker->workers)) {
            base_buf_release(&call->answer.body);
            tiles_bytes_unref(call->answer.tile);
            call->answer = (struct api_answer){.status = 0};
            base_buf_init(&call->answer.body, API_BODY_MAX);
            err = attend(worker, call, &diag);
        }
    }
    if (err) {
        api_problem_error(call, err, &diag);
    }
}

static void *run(void *of)
{
    struct api_worker *worker = of;
    struct api_call *call;
    while ((call = next_call(worker->workers))) {
        worker->call = call;
        work(worker, call);
        worker->call = NULL;
        done(worker->workers, call);
        struct MHD_Connection *connection = call->connection;
        call->state = API_CALL_ANSWERED; /* from here on the call is the HTTP thread's again */
        MHD_resume_connection(connection);
    }
    disconnect(worker);
    api_crs_kept_release(&worker->crs);
    return NULL;
}

enum base_err api_workers_new(struct api_server *server, int count, struct base_diag *diag,
                              struct api_workers **ret_workers)
{
    struct api_workers *workers = calloc(1, sizeof *workers + (size_t)count * sizeof workers->each[0]);
    if (!workers) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    workers->server = server;
    workers->count = count;
    int dear = count / 4 < DEAR_AT_ONCE ? count / 4 : DEAR_AT_ONCE;
    lane_init(&workers->quick, QUEUE_MAX, count);
    lane_init(&workers->slow[HEAVY], QUEUE_MAX, count);
    lane_init(&workers->slow[SIGN_IN], DEAR_MAX, dear ? dear : 1);
    lane_init(&workers->slow[UPLOAD], DEAR_MAX, dear ? dear : 1);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->filled, NULL);
    int started = 0;
    while (started < count) {
        struct api_worker *worker = &workers->each[started];
        *worker = (struct api_worker){.workers = workers, .socket = -1};
        if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
            workers->count = started;
            api_workers_stop(workers);
            api_workers_free(workers);
            return base_diag_set(diag, BASE_NOMEM, "cannot start %d threads", count);
        }
        started++;
    }
    *ret_workers = workers;
    return BASE_OK;
}

/* A query that runs is not waited for: its socket is shut under it. */
void api_workers_stop(struct api_workers *workers)
{
    if (!workers) {
        return;
    }
    pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    for (int i = 0; i < workers->count; i++) {
        if (workers->each[i].socket >= 0) {
            shutdown(workers->each[i].socket, SHUT_RDWR);
        }
    }
    pthread_cond_broadcast(&workers->filled);
    pthread_mutex_unlock(&workers->lock);
    for (int i = 0; i < workers->count; i++) {
        pthread_join(workers->each[i].thread, NULL);
    }
}

void api_workers_free(struct api_workers *workers)
{
    if (workers) {
        pthread_cond_destroy(&workers->filled);
        pthread_mutex_destroy(&workers->lock);
        free(workers);
    }
}
