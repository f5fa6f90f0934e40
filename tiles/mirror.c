/* The mirror's life: a thread an upstream, which opens a feed, loads, follows, and begins anew when anything fails.
 * What was shown stays meanwhile, and is stale. While one upstream loads, others go on; what they publish may then hold
 * rows of the one that is loading, whose estates are stale until it is done. */
#include "tiles/mirror_private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BACK_OFF_FIRST_US = 200000,
    BACK_OFF_MOST_US = 5000000,
    GATHER_US = 5000, /* many transactions a second share a view of this long */
    IDLE_MS = 1000,
    MEMORY_ROWS = 8192 /* memory is looked at each so many */
};
#define MEMORY_STANDARD ((size_t)4 << 30)

/* --- memory --- */
static enum base_err memory_check(struct tiles_upstream *upstream, struct base_diag *diag)
{
    struct tiles_mirror *mirror = upstream->mirror;
    upstream->rows = 0;
    return tiles_mirror_memory(mirror) <= upstream->memory_max
               ? BASE_OK
               : base_diag_set(diag, BASE_LIMIT, "the mirror needs more than %zu MB: raise --mirror-memory",
                               mirror->memory_max >> 20);
}

/* --- loading --- */
struct load {
    struct tiles_upstream *upstream;
    enum tiles_feed_id feed;
    struct base_diag *diag;
};

static enum base_err load_row(void *of, const struct data_field *row)
{
    struct load *load = of;
    struct tiles_mirror *mirror = load->upstream->mirror;
    if (atomic_load(&mirror->stop)) {
        return base_diag_set(load->diag, BASE_INTERRUPTED, "stopped");
    }
    pthread_mutex_lock(&mirror->write);
    enum base_err err = tiles_apply_row(load->upstream, load->feed, row, NULL, load->diag);
    if (!err && ++load->upstream->rows >= MEMORY_ROWS) {
        err = memory_check(load->upstream, load->diag);
    }
    pthread_mutex_unlock(&mirror->write);
    return err;
}

static enum base_err load_table(struct tiles_upstream *upstream, enum tiles_feed_id feed, struct base_diag *diag)
{
    struct load load = {upstream, feed, diag};
    enum base_err err = data_feed_load(upstream->feed, feed, load_row, &load, diag);
    if (!err) {
        pthread_mutex_lock(&upstream->mirror->write);
        err = tiles_apply_loaded(upstream, feed, diag);
        err = err ? err : memory_check(upstream, diag);
        pthread_mutex_unlock(&upstream->mirror->write);
    }
    return err;
}

/* What a first load that failed has brought was never shown as a whole, and would only be in others' way. */
static void load_undo(struct tiles_upstream *upstream)
{
    struct base_diag diag;
    struct tiles_mirror *mirror = upstream->mirror;
    pthread_mutex_lock(&mirror->write);
    tiles_join_release(upstream);
    for (int table = 0; table < TILES_TABLES; table++) {
        tiles_store_mark(mirror->stores[table], upstream->number);
        if (tiles_mirror_sweep(upstream, (enum tiles_table_id)table, &diag) ||
            tiles_mirror_settle(mirror, (enum tiles_table_id)table, &diag)) {
            base_log(BASE_LOG_WARN, "rows of a load that failed stay", base_log_text("error", diag.text));
        }
    }
    pthread_mutex_unlock(&mirror->write);
}

static void load_begin(struct tiles_upstream *upstream)
{
    struct tiles_mirror *mirror = upstream->mirror;
    pthread_mutex_lock(&mirror->write);
    upstream->loading = true;
    upstream->snapshot = true;
    upstream->again = upstream->health.loaded;
    /* What is there already may be too much: the snapshot may tell that it has become less. */
    upstream->memory_max = tiles_mirror_memory(mirror);
    upstream->memory_max = upstream->memory_max > mirror->memory_max ? upstream->memory_max : mirror->memory_max;
    /* Nobody has a view that the rows of the only upstream could differ from. */
    upstream->notes.off = !mirror->config.news || (mirror->config.count == 1 && !mirror->view);
    tiles_apply_begin(upstream);
    pthread_mutex_unlock(&mirror->write);
}

static enum base_err load_end(struct tiles_upstream *upstream, struct base_diag *diag)
{
    struct tiles_mirror *mirror = upstream->mirror;
    enum base_err err = BASE_OK;
    pthread_mutex_lock(&mirror->write);
    upstream->loading = false;
    upstream->memory_max = mirror->memory_max;
    for (int table = 0; table < TILES_TABLES && !err; table++) {
        err = tiles_mirror_settle(mirror, (enum tiles_table_id)table, diag);
    }
    err = err ? err : memory_check(upstream, diag);
    pthread_mutex_unlock(&mirror->write);
    return err;
}

static enum base_err load(struct tiles_upstream *upstream, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    load_begin(upstream);
    for (int feed = 0; feed < TILES_FEEDS && !err; feed++) {
        err = load_table(upstream, (enum tiles_feed_id)feed, diag);
    }
    err = err ? err : data_feed_loaded(upstream->feed, diag);
    err = err ? err : load_end(upstream, diag);
    if (!err) {
        upstream->lsn = data_feed_snapshot_lsn(upstream->feed);
        upstream->committed_us = base_clock_now_us();
        err = tiles_mirror_publish(upstream, diag);
    }
    if (err && !upstream->again && !atomic_load(&upstream->mirror->stop)) {
        load_undo(upstream);
    }
    return err;
}

/* --- following --- */
static void heard(struct tiles_upstream *upstream)
{
    struct tiles_mirror *mirror = upstream->mirror;
    struct data_feed_status status = data_feed_status(upstream->feed);
    uint64_t lsn = upstream->gathered ? upstream->health.lsn : status.lsn; /* what readers can see */
    pthread_mutex_lock(&mirror->control);
    upstream->health.lsn = lsn;
    upstream->health.lag = status.server_lsn > lsn ? status.server_lsn - lsn : 0;
    upstream->health.heard_us = status.heard_us;
    pthread_mutex_unlock(&mirror->control);
}

static enum base_err apply(struct tiles_upstream *upstream, const struct data_feed_transaction *transaction,
                           struct base_diag *diag)
{
    struct tiles_mirror *mirror = upstream->mirror;
    enum base_err err = BASE_OK;
    pthread_mutex_lock(&mirror->write);
    for (size_t i = 0; i < transaction->count && !err; i++) {
        err = tiles_apply_change(upstream, &transaction->changes[i], diag);
        if (!err && ++upstream->rows >= MEMORY_ROWS) {
            err = memory_check(upstream, diag);
        }
    }
    upstream->gathered = true;
    upstream->lsn = transaction->lsn;
    upstream->committed_us = transaction->committed_us;
    pthread_mutex_unlock(&mirror->write);
    return err;
}

/* Few changes are shown at once; when they come fast, as many as a short time brings are shown together. */
static int wait_ms(const struct tiles_upstream *upstream)
{
    if (!upstream->gathered) {
        return IDLE_MS;
    }
    int64_t left = upstream->published_us + GATHER_US - base_clock_mono_us();
    return left > 0 ? (int)((left + 999) / 1000) : 0;
}

static enum base_err follow(struct tiles_upstream *upstream, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    while (!err && !atomic_load(&upstream->mirror->stop)) {
        const struct data_feed_transaction *transaction = NULL;
        int wait = wait_ms(upstream);
        err = data_feed_next(upstream->feed, wait, diag, &transaction);
        if (!err && transaction) {
            err = apply(upstream, transaction, diag);
        }
        bool late = base_clock_mono_us() - upstream->published_us >= GATHER_US;
        if (!err && upstream->gathered && late && (!transaction || wait == 0)) {
            err = tiles_mirror_publish(upstream, diag);
        }
        if (!err) {
            heard(upstream);
        }
    }
    return err;
}

/* --- a life after the other --- */
static void feed_set(struct tiles_upstream *upstream, struct data_feed *feed)
{
    struct tiles_mirror *mirror = upstream->mirror;
    pthread_mutex_lock(&mirror->control);
    upstream->feed = feed;
    if (feed && atomic_load(&mirror->stop)) {
        data_feed_interrupt(feed);
    }
    pthread_mutex_unlock(&mirror->control);
}

static void live(struct tiles_upstream *upstream)
{
    struct tiles_mirror *mirror = upstream->mirror;
    pthread_mutex_lock(&mirror->control);
    upstream->health.resyncs += upstream->health.loaded;
    upstream->health.loaded = true;
    upstream->health.live = true;
    upstream->health.reason[0] = '\0';
    pthread_mutex_unlock(&mirror->control);
    if (upstream->failed) {
        base_log(BASE_LOG_INFO, "the mirror follows the database again", base_log_i64("upstream", upstream->number));
    }
    upstream->failed = false;
    heard(upstream);
}

static void dead(struct tiles_upstream *upstream, const struct base_diag *diag)
{
    struct tiles_mirror *mirror = upstream->mirror;
    pthread_mutex_lock(&mirror->control);
    upstream->health.live = false;
    snprintf(upstream->health.reason, sizeof upstream->health.reason, "%s", diag->text);
    pthread_mutex_unlock(&mirror->control);
    if (!upstream->failed) {
        base_log(BASE_LOG_WARN, "the mirror cannot follow the database; what it shows is stale",
                 base_log_i64("upstream", upstream->number), base_log_text("error", diag->text));
    }
    upstream->failed = true;
}

static enum base_err once(struct tiles_upstream *upstream, struct base_diag *diag)
{
    const struct data_feed_config config = {.conninfo = upstream->mirror->conninfos[upstream->number],
                                            .name = "hutong mirror",
                                            .tables = tiles_feeds,
                                            .count = TILES_FEEDS,
                                            .stop = &upstream->mirror->stop};
    struct data_feed *feed = NULL;
    enum base_err err = data_feed_open(&config, diag, &feed);
    if (err) {
        return err;
    }
    feed_set(upstream, feed);
    err = load(upstream, diag);
    if (!err) {
        live(upstream);
        err = follow(upstream, diag);
    }
    feed_set(upstream, NULL);
    data_feed_free(feed);
    return err;
}

static void back_off(struct tiles_mirror *mirror, int64_t us)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + us * 1000;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_mutex_lock(&mirror->control);
    while (!atomic_load(&mirror->stop) &&
           pthread_cond_timedwait(&mirror->stopping, &mirror->control, &until) != ETIMEDOUT) {
    }
    pthread_mutex_unlock(&mirror->control);
}

static void *run(void *of)
{
    struct tiles_upstream *upstream = of;
    struct tiles_mirror *mirror = upstream->mirror;
    int64_t pause_us = BACK_OFF_FIRST_US;
    while (!atomic_load(&mirror->stop)) {
        struct base_diag diag = {.text = ""};
        enum base_err err = once(upstream, &diag);
        if (atomic_load(&mirror->stop)) {
            break;
        }
        pause_us = upstream->health.live ? BACK_OFF_FIRST_US : pause_us;
        pause_us = err == BASE_LIMIT ? BACK_OFF_MOST_US : pause_us; /* it will be as much again */
        dead(upstream, &diag);
        back_off(mirror, pause_us);
        pause_us = pause_us * 2 < BACK_OFF_MOST_US ? pause_us * 2 : BACK_OFF_MOST_US;
    }
    return NULL;
}

/* --- made and ended --- */
static enum base_err stores_make(struct tiles_mirror *mirror, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (int table = 0; table < TILES_TABLES && !err; table++) {
        err = tiles_store_new(&tiles_tables[table], diag, &mirror->stores[table]);
        err = err ? err : tiles_mirror_settle(mirror, (enum tiles_table_id)table, diag);
    }
    return err;
}

static enum base_err upstream_make(struct tiles_mirror *mirror, size_t i, struct base_diag *diag)
{
    struct tiles_upstream *upstream = &mirror->upstreams[i];
    upstream->mirror = mirror;
    upstream->number = (uint8_t)i;
    tiles_scratch_init(&upstream->scratch);
    snprintf(upstream->health.reason, sizeof upstream->health.reason, "is being loaded");
    mirror->conninfos[i] = strdup(mirror->config.upstreams[i]);
    return mirror->conninfos[i] ? geo_repair_new(diag, &upstream->repair)
                                : base_diag_set(diag, BASE_NOMEM, "out of memory");
}

/* Signals are for the threads that wait for them. */
static enum base_err upstream_start(struct tiles_upstream *upstream, struct base_diag *diag)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&upstream->thread, NULL, run, upstream);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    upstream->started = !failed;
    return failed ? base_diag_set(diag, BASE_IO, "no thread for the mirror: %s", strerror(failed)) : BASE_OK;
}

static void locks_make(struct tiles_mirror *mirror)
{
    pthread_condattr_t monotonic;
    pthread_mutex_init(&mirror->news, NULL);
    pthread_mutex_init(&mirror->write, NULL);
    pthread_mutex_init(&mirror->control, NULL);
    pthread_mutex_init(&mirror->look, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&mirror->stopping, &monotonic);
    pthread_condattr_destroy(&monotonic);
    atomic_init(&mirror->stop, false);
}

enum base_err tiles_mirror_new(const struct tiles_mirror_config *config, struct base_diag *diag,
                               struct tiles_mirror **ret_mirror)
{
    if (config->count < 1 || config->count > TILES_UPSTREAM_MAX) {
        return base_diag_set(diag, BASE_USAGE, "the mirror takes 1 to %d databases", TILES_UPSTREAM_MAX);
    }
    struct tiles_mirror *mirror = calloc(1, sizeof *mirror);
    if (!mirror) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    mirror->config = *config;
    mirror->memory_max = config->memory_max ? config->memory_max : MEMORY_STANDARD;
    locks_make(mirror);
    enum base_err err = stores_make(mirror, diag);
    for (size_t i = 0; i < config->count && !err; i++) {
        err = upstream_make(mirror, i, diag);
    }
    mirror->config.upstreams = NULL; /* the caller's */
    for (size_t i = 0; i < config->count && !err; i++) {
        err = upstream_start(&mirror->upstreams[i], diag);
    }
    if (err) {
        tiles_mirror_free(mirror);
        return err;
    }
    *ret_mirror = mirror;
    return BASE_OK;
}

static void stop(struct tiles_mirror *mirror)
{
    pthread_mutex_lock(&mirror->control);
    atomic_store(&mirror->stop, true);
    for (size_t i = 0; i < mirror->config.count; i++) {
        if (mirror->upstreams[i].feed) {
            data_feed_interrupt(mirror->upstreams[i].feed);
        }
    }
    pthread_cond_broadcast(&mirror->stopping);
    pthread_mutex_unlock(&mirror->control);
    for (size_t i = 0; i < mirror->config.count; i++) {
        if (mirror->upstreams[i].started) {
            pthread_join(mirror->upstreams[i].thread, NULL);
        }
    }
}

static void upstream_release(struct tiles_upstream *upstream)
{
    if (upstream->mirror) {
        tiles_join_release(upstream);
        tiles_scratch_release(&upstream->scratch);
        tiles_map_release(&upstream->estates);
        geo_repair_free(upstream->repair);
        free(upstream->notes.at);
    }
}

void tiles_mirror_free(struct tiles_mirror *mirror)
{
    if (!mirror) {
        return;
    }
    stop(mirror);
    for (size_t i = 0; i < mirror->config.count; i++) {
        upstream_release(&mirror->upstreams[i]);
        free(mirror->conninfos[i]);
    }
    tiles_view_unref(mirror->view);
    for (size_t table = 0; table < TILES_TABLES; table++) {
        tiles_directory_unref(mirror->directories[table]);
        tiles_store_free(mirror->stores[table]);
    }
    pthread_cond_destroy(&mirror->stopping);
    pthread_mutex_destroy(&mirror->news);
    pthread_mutex_destroy(&mirror->write);
    pthread_mutex_destroy(&mirror->control);
    pthread_mutex_destroy(&mirror->look);
    free(mirror);
}
