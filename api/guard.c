/* Slow clients: one that sends its request byte by byte, or takes its answer byte by byte, keeps libmicrohttpd's own
 * time-out from ever running down. Here each phase has an end, whatever trickles. Streams and workers have their own.
 * When connections run short, those that ask nothing have to go after a second, so that somebody else can. */
#include "api/private.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum {
    READING_MAX_US = 15000000,
    CROWDED_MAX_US = 1000000,
    SENDING_TIMES = 4 /* an answer may take that many times as long */
};

struct entry {
    struct api_guard *guard;
    struct entry *next, **at;
    int socket;
    _Atomic int64_t
        state; /* since when (us) times 4, and the phase; set by the connection's own thread, without the lock */
};
_Static_assert(API_GUARD_OPEN < 4, "a phase is two bits");

static int64_t state_of(enum api_guard_phase phase)
{
    return base_clock_mono_us() * 4 + (int64_t)phase;
}

struct api_guard {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    pthread_t thread;
    struct entry *entries;
    size_t count, crowded_from;
    atomic_size_t ended;
    int64_t reading_max_us;
    bool stopping;
};

static int64_t most(const struct api_guard *guard, enum api_guard_phase phase)
{
    switch (phase) {
    case API_GUARD_READING:
        return guard->count >= guard->crowded_from && guard->reading_max_us > CROWDED_MAX_US ? CROWDED_MAX_US
                                                                                             : guard->reading_max_us;
    case API_GUARD_SENDING:
        return guard->reading_max_us * SENDING_TIMES;
    case API_GUARD_WORKING:
    case API_GUARD_OPEN:
        break;
    }
    return INT64_MAX;
}

/* The entry leaves the list before libmicrohttpd closes its socket, so no other socket is ever shut by its number. */
static void look(struct api_guard *guard)
{
    int64_t now = base_clock_mono_us();
    for (struct entry *entry = guard->entries; entry; entry = entry->next) {
        int64_t state = atomic_load(&entry->state);
        enum api_guard_phase phase = (enum api_guard_phase)(state % 4);
        if (now - state / 4 > most(guard, phase)) {
            shutdown(entry->socket, SHUT_RDWR);
            atomic_compare_exchange_strong(&entry->state, &state, state_of(phase));
        }
    }
}

size_t api_guard_ended(const struct api_guard *guard)
{
    return atomic_load(&guard->ended);
}

static void *run(void *of)
{
    struct api_guard *guard = of;
    pthread_mutex_lock(&guard->lock);
    while (!guard->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&guard->woken, &guard->lock, &until);
        look(guard);
    }
    pthread_mutex_unlock(&guard->lock);
    return NULL;
}

enum base_err api_guard_new(int64_t patience_us, size_t connections, struct base_diag *diag,
                            struct api_guard **ret_guard)
{
    struct api_guard *guard = calloc(1, sizeof *guard);
    if (!guard) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    guard->reading_max_us = patience_us ? patience_us : READING_MAX_US;
    guard->crowded_from = connections - connections / 4;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&guard->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&guard->lock, NULL);
    if (pthread_create(&guard->thread, NULL, run, guard) != 0) {
        free(guard);
        return base_diag_set(diag, BASE_NOMEM, "cannot start a thread");
    }
    *ret_guard = guard;
    return BASE_OK;
}

void api_guard_free(struct api_guard *guard)
{
    if (!guard) {
        return;
    }
    pthread_mutex_lock(&guard->lock);
    guard->stopping = true;
    pthread_cond_signal(&guard->woken);
    pthread_mutex_unlock(&guard->lock);
    pthread_join(guard->thread, NULL);
    pthread_cond_destroy(&guard->woken);
    pthread_mutex_destroy(&guard->lock);
    free(guard);
}

static void *opened(struct api_guard *guard, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct entry *entry = info ? calloc(1, sizeof *entry) : NULL;
    if (!entry) {
        return NULL; /* unguarded, but served */
    }
    *entry = (struct entry){.guard = guard, .socket = info->connect_fd};
    atomic_init(&entry->state, state_of(API_GUARD_READING));
    pthread_mutex_lock(&guard->lock);
    entry->next = guard->entries;
    entry->at = &guard->entries;
    if (entry->next) {
        entry->next->at = &entry->next;
    }
    guard->entries = entry;
    guard->count++;
    pthread_mutex_unlock(&guard->lock);
    return entry;
}

static void closed(struct entry *entry)
{
    pthread_mutex_lock(&entry->guard->lock);
    *entry->at = entry->next;
    if (entry->next) {
        entry->next->at = entry->at;
    }
    entry->guard->count--;
    pthread_mutex_unlock(&entry->guard->lock);
    free(entry);
}

void api_guard_notify(void *guard, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = opened(guard, connection);
    } else {
        if (*socket_context) {
            closed(*socket_context);
            *socket_context = NULL;
        }
        atomic_fetch_add(&((struct api_guard *)guard)->ended, 1);
    }
}

void api_guard_phase(struct MHD_Connection *connection, enum api_guard_phase phase)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct entry *entry = info ? info->socket_context : NULL;
    if (entry) {
        atomic_store(&entry->state, state_of(phase));
    }
}
