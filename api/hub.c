/* The hub: takes the mirror's news into the journal and lets the teller give them out, each in a thread of its own; a
 * third one makes snapshots, so that a large one delays no diff.
 *
 * Rows come from the view and from the journal alone, and through a scope. Before anything of units or cameras is given
 * out, the look is on record for the hour and for the estates that have any: both are in the stamp. */
#include "api/stream.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PACE_US = 5000, /* news that come closer go out together */
    FEED_EVERY_US = 250000,
    HEARTBEAT_EVERY_US = 15000000,
    ESTATES_MAX = 64 << 20,
};
#define HOUR_US INT64_C(3600000000)
#define UNASKED_MAX_US INT64_C(900000000) /* so long a stream goes on while nobody can be asked who its client is */

struct api_hub {
    struct api_server *server;
    struct data_scope *everything;
    struct api_watch *watch;
    pthread_t teller, snapper;
    bool threads; /* both run */
    _Atomic uint32_t homes_version;
    /* The teller's. */
    int64_t heartbeat_us, looked_us, told_us;
    /* From here on guarded by the lock; changed tells of anything below. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping, wanted, snapshots_wanted;
    struct tiles_mirror *mirror;
    size_t upstreams; /* 0: nothing is told yet */
    struct api_journal *journal;
    struct tiles_view *view;
    uint64_t told;                     /* the number that the teller has told up to */
    struct base_buf homes[API_TOPICS]; /* of the topics that are written down: int64_t, ascending */
    size_t assets;
    int64_t newest_us, read_us;
    struct api_feed feed;
};

/* --- homes --- */

static bool holds_all(const struct base_buf *known, const struct base_buf *estates)
{
    const int64_t *have = (const int64_t *)(const void *)known->data,
                  *want = (const int64_t *)(const void *)estates->data;
    size_t count = known->len / sizeof *have, wanted = estates->len / sizeof *want, at = 0, found = 0;
    while (found < wanted && at < count) {
        found += have[at++] == want[found];
    }
    return found == wanted;
}

/* Another estate among the homes, or no memory to know: all looks are written down again. */
static void read_homes(struct api_hub *hub, int topic)
{
    struct base_diag diag;
    struct base_buf homes;
    base_buf_init(&homes, ESTATES_MAX);
    size_t count = 0;
    enum base_err err = api_home_read(hub->view, topic, hub->everything, &diag, &homes, &count);
    if (err || !holds_all(&hub->homes[topic], &homes)) {
        atomic_fetch_add(&hub->homes_version, 1);
    }
    hub->assets = topic == API_TOPIC_ASSETS && !err ? count : hub->assets;
    base_buf_release(&hub->homes[topic]);
    hub->homes[topic] = homes;
}

static uint64_t stamp(void *of)
{
    struct api_hub *hub = of;
    uint64_t hour = (uint64_t)(base_clock_now_us() / HOUR_US);
    return hour << 32 | (atomic_load(&hub->homes_version) + 1); /* never 0: nobody's look */
}

enum base_err api_hub_homes(struct api_hub *hub, int topic, const struct data_scope *scope, struct base_diag *diag,
                            struct base_buf *ret_estates, uint64_t *ret_stamp)
{
    pthread_mutex_lock(&hub->lock);
    struct tiles_view *view = hub->view ? tiles_view_ref(hub->view) : NULL;
    *ret_stamp = stamp(hub);
    pthread_mutex_unlock(&hub->lock);
    enum base_err err = view ? api_home_read(view, topic, scope, diag, ret_estates, NULL) : BASE_OK;
    tiles_view_unref(view);
    return err;
}

/* --- news --- */

/* Came or went, or became what it was not: where its like are at home may be different now. */
static bool moves_homes(const struct tiles_change *change, int topic)
{
    unsigned telling = topic == API_TOPIC_ASSETS ? TILES_NEW : TILES_NEW | TILES_STATIC;
    return change->table == api_topics[topic].table && (!change->page || change->effect & telling);
}

static void take_homes(struct api_hub *hub, const struct tiles_news *news, bool first)
{
    for (int topic = 0; topic < API_TOPICS; topic++) {
        bool moved = first;
        for (size_t i = 0; i < news->count && !moved && api_topics[topic].looked; i++) {
            moved = moves_homes(&news->changes[i], topic);
        }
        if (moved && api_topics[topic].looked) {
            read_homes(hub, topic);
        }
    }
}

static void take_newest(struct api_hub *hub, const struct tiles_news *news)
{
    for (size_t i = 0; i < news->count; i++) {
        const struct tiles_change *change = &news->changes[i];
        int64_t replay = 0, t_event = 0;
        if (change->table == TILES_TABLE_ASSET && change->page &&
            tiles_feature_i64(change->page, change->row, "t_event", &t_event) && t_event > hub->newest_us &&
            !(tiles_feature_i64(change->page, change->row, "replay", &replay) && replay)) {
            hub->newest_us = t_event;
        }
    }
}

void api_hub_news(void *of, const struct tiles_news *news)
{
    struct api_hub *hub = of;
    pthread_mutex_lock(&hub->lock);
    bool first = hub->view == NULL;
    struct tiles_view *before = hub->view;
    hub->view = tiles_view_ref(news->view);
    api_journal_take(hub->journal, news, base_clock_mono_us());
    take_homes(hub, news, first);
    take_newest(hub, news);
    hub->read_us = base_clock_now_us();
    hub->snapshots_wanted = hub->snapshots_wanted || first;
    pthread_cond_broadcast(&hub->changed);
    pthread_mutex_unlock(&hub->lock);
    tiles_view_unref(before);
}

void api_hub_mirror(struct api_hub *hub, struct tiles_mirror *mirror, size_t upstreams)
{
    pthread_mutex_lock(&hub->lock);
    hub->mirror = mirror;
    hub->upstreams = upstreams;
    hub->wanted = hub->snapshots_wanted = true;
    pthread_cond_broadcast(&hub->changed);
    pthread_mutex_unlock(&hub->lock);
}

/* --- what the streams ask --- */

static void wanted(void *of)
{
    struct api_hub *hub = of;
    pthread_mutex_lock(&hub->lock);
    hub->wanted = hub->snapshots_wanted = true;
    pthread_cond_broadcast(&hub->changed);
    pthread_mutex_unlock(&hub->lock);
}

static uint64_t find(void *of, const char *last_event_id)
{
    struct api_hub *hub = of;
    uint64_t lsns[TILES_UPSTREAM_MAX];
    pthread_mutex_lock(&hub->lock);
    bool known = hub->upstreams && api_event_id_in(base_str_of(last_event_id), hub->upstreams, lsns);
    uint64_t number = known ? api_journal_find(hub->journal, lsns, hub->upstreams) : 0;
    pthread_mutex_unlock(&hub->lock);
    return number;
}

/* --- the teller --- */

static void wait_until(struct api_hub *hub, int64_t until_us)
{
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    pthread_cond_timedwait(&hub->changed, &hub->lock, &until);
}

/* Until there is something to tell, and it is not too soon after what was told before. False: the end. */
static bool await_news(struct api_hub *hub, int64_t next_us)
{
    int64_t look_us = hub->looked_us + FEED_EVERY_US, now;
    int64_t deadline_us = next_us < look_us ? next_us : look_us;
    pthread_mutex_lock(&hub->lock);
    while (now = base_clock_mono_us(), !hub->stopping && now < deadline_us) {
        bool news = hub->wanted || api_journal_number(hub->journal) != hub->told;
        int64_t soonest_us = hub->told_us + PACE_US;
        if (news && now >= soonest_us) {
            break;
        }
        wait_until(hub, news && soonest_us < deadline_us ? soonest_us : deadline_us);
    }
    bool goes_on = !hub->stopping;
    hub->told_us = now;
    pthread_mutex_unlock(&hub->lock);
    return goes_on;
}

/* With the lock held. */
static struct api_moment moment_of(const struct api_hub *hub)
{
    struct api_moment moment = {.journal = hub->journal,
                                .view = hub->view,
                                .feed = &hub->feed,
                                .number = api_journal_number(hub->journal),
                                .upstreams = hub->upstreams};
    memcpy(moment.lsns, api_journal_lsns(hub->journal), sizeof moment.lsns);
    return moment;
}

static bool same_stale(const struct api_feed *a, const struct api_feed *b)
{
    return a->live == b->live && base_str_equal(base_buf_str(&a->stale), base_buf_str(&b->stale));
}

/* The mirror is asked without a lock of ours: it may be telling us news. */
static void look_at_feed(const struct api_hub *hub, struct tiles_mirror *mirror, struct api_feed *ret_feed)
{
    int64_t now = base_clock_mono_us();
    struct tiles_mirror_health health = tiles_mirror_health(mirror);
    ret_feed->live = health.live && api_watch_live(hub->watch);
    for (size_t i = 0; i < health.count; i++) {
        const struct tiles_upstream_health *upstream = &health.upstreams[i];
        int64_t age_us = upstream->heard_us ? now - upstream->heard_us : -1;
        ret_feed->age_us = age_us > ret_feed->age_us ? age_us : ret_feed->age_us;
    }
    if (tiles_mirror_stale(mirror, &ret_feed->stale)) {
        base_log(BASE_LOG_WARN, "out of memory for the list of estates that are stale");
    }
}

/* True: it is not as it was. */
static bool renew_feed(struct api_hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    struct tiles_mirror *mirror = hub->mirror;
    pthread_mutex_unlock(&hub->lock);
    struct api_feed feed = {.age_us = -1};
    base_buf_init(&feed.stale, ESTATES_MAX);
    if (mirror) {
        look_at_feed(hub, mirror, &feed);
    }
    pthread_mutex_lock(&hub->lock);
    bool changed = !same_stale(&feed, &hub->feed);
    base_buf_release(&hub->feed.stale);
    hub->feed = feed;
    pthread_mutex_unlock(&hub->lock);
    return changed;
}

static bool heartbeat_due(struct api_hub *hub, int64_t now_us)
{
    int64_t every = hub->server->config.heartbeat_us;
    bool due = now_us - hub->heartbeat_us >= (every ? every : HEARTBEAT_EVERY_US);
    hub->heartbeat_us = due ? now_us : hub->heartbeat_us;
    return due;
}

/* One turn; returns when the next is due. */
static int64_t tell(struct api_hub *hub)
{
    struct api_streams *streams = hub->server->streams;
    struct api_metrics *metrics = hub->server->metrics;
    int64_t now = base_clock_mono_us(), next = INT64_MAX;
    bool looked = now - hub->looked_us >= FEED_EVERY_US, changed = looked && renew_feed(hub);
    bool beats = heartbeat_due(hub, now);
    hub->looked_us = looked ? now : hub->looked_us;
    api_streams_lock(streams);
    pthread_mutex_lock(&hub->lock);
    struct api_moment moment = moment_of(hub);
    bool shows = moment.view && moment.upstreams;
    hub->told = moment.number;
    hub->wanted = false;
    next = shows ? api_teller_round(streams, &moment, now, metrics) : next;
    if (beats || changed) {
        api_teller_feed(streams, beats ? "heartbeat" : "feed", &hub->feed, shows ? &moment : NULL, metrics);
    }
    if (beats) { /* one that could not be made for want of memory is tried again */
        hub->snapshots_wanted = true;
        pthread_cond_broadcast(&hub->changed);
    }
    pthread_mutex_unlock(&hub->lock);
    if (beats) {
        api_streams_expire(streams, base_clock_now_us(), now - UNASKED_MAX_US);
    }
    api_streams_unlock(streams);
    return next;
}

static void *run_teller(void *of)
{
    struct api_hub *hub = of;
    int64_t next = 0;
    hub->heartbeat_us = base_clock_mono_us();
    while (await_news(hub, next)) {
        next = tell(hub);
    }
    return NULL;
}

/* --- snapshots --- */

/* A moment of its own, which needs no lock: the journal is not read, the view is a reference. */
static bool own_moment(struct api_hub *hub, struct api_feed *feed, struct api_moment *ret_moment, uint64_t *ret_stamp)
{
    pthread_mutex_lock(&hub->lock);
    bool shows = hub->view && hub->upstreams && !hub->stopping;
    if (shows) {
        *ret_moment = moment_of(hub);
        *ret_stamp = stamp(hub);
        tiles_view_ref(hub->view);
        *feed = (struct api_feed){.live = hub->feed.live, .age_us = hub->feed.age_us};
        base_buf_init(&feed->stale, ESTATES_MAX);
        base_buf_append(&feed->stale, hub->feed.stale.data, hub->feed.stale.len);
        ret_moment->feed = feed;
    }
    pthread_mutex_unlock(&hub->lock);
    return shows;
}

/* False: nobody waits for one any more, or none can be made now. */
static bool snapshot_one(struct api_hub *hub)
{
    struct api_streams *streams = hub->server->streams;
    struct api_audience copy;
    struct api_moment moment;
    struct api_feed feed;
    uint64_t as_of = 0;
    api_streams_lock(streams);
    bool some = api_teller_fresh(streams, &copy);
    api_streams_unlock(streams);
    if (!some) {
        return false;
    }
    struct api_message *snapshot = copy.snapshot;
    bool shows = own_moment(hub, &feed, &moment, &as_of);
    if (shows) {
        snapshot = snapshot ? snapshot : api_message_snapshot(&moment, (struct api_viewer){copy.scope, copy.wish});
        tiles_view_unref(moment.view);
        base_buf_release(&feed.stale);
    }
    if (shows && snapshot) {
        api_streams_lock(streams);
        api_teller_snapshot(streams, &copy, snapshot, as_of);
        api_streams_unlock(streams);
    }
    api_message_unref(snapshot);
    data_scope_free(copy.scope);
    return shows && snapshot;
}

static bool await_snapshots(struct api_hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    while (!hub->stopping && !hub->snapshots_wanted) {
        pthread_cond_wait(&hub->changed, &hub->lock);
    }
    hub->snapshots_wanted = false;
    bool goes_on = !hub->stopping;
    pthread_mutex_unlock(&hub->lock);
    return goes_on;
}

static void *run_snapper(void *of)
{
    struct api_hub *hub = of;
    while (await_snapshots(hub)) {
        while (snapshot_one(hub)) {
        }
    }
    return NULL;
}

/* --- life --- */

static void conditions(struct api_hub *hub)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&hub->lock, NULL);
    pthread_cond_init(&hub->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static enum base_err start(struct api_hub *hub, struct base_diag *diag)
{
    if (pthread_create(&hub->teller, NULL, run_teller, hub) != 0) {
        return base_diag_set(diag, BASE_NOMEM, "cannot start a thread");
    }
    if (pthread_create(&hub->snapper, NULL, run_snapper, hub) != 0) {
        pthread_mutex_lock(&hub->lock);
        hub->stopping = true;
        pthread_cond_broadcast(&hub->changed);
        pthread_mutex_unlock(&hub->lock);
        pthread_join(hub->teller, NULL);
        return base_diag_set(diag, BASE_NOMEM, "cannot start a thread");
    }
    hub->threads = true;
    return BASE_OK;
}

enum base_err api_hub_new(struct api_server *server, struct base_diag *diag, struct api_hub **ret_hub)
{
    struct api_hub *hub = calloc(1, sizeof *hub);
    if (!hub) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    hub->server = server;
    hub->feed.age_us = -1;
    for (int topic = 0; topic < API_TOPICS; topic++) {
        base_buf_init(&hub->homes[topic], ESTATES_MAX);
    }
    conditions(hub);
    server->hub = hub; /* the watch asks for it */
    enum base_err err = api_journal_new(diag, &hub->journal);
    err = err ? err : data_scope_everything(diag, &hub->everything);
    err = err ? err : api_streams_new(&(struct api_streams_source){hub, stamp, wanted, find}, diag, &server->streams);
    err = err ? err : api_watch_new(server, diag, &hub->watch);
    err = err ? err : start(hub, diag);
    if (err) {
        api_hub_stop(hub);
        api_hub_free(hub);
        server->hub = NULL;
        server->streams = NULL;
        return err;
    }
    *ret_hub = hub;
    return BASE_OK;
}

void api_hub_stop(struct api_hub *hub)
{
    if (!hub || !hub->server->streams) {
        return;
    }
    api_streams_close(hub->server->streams);
    api_watch_stop(hub->watch);
    if (hub->threads) {
        pthread_mutex_lock(&hub->lock);
        hub->stopping = true;
        pthread_cond_broadcast(&hub->changed);
        pthread_mutex_unlock(&hub->lock);
        pthread_join(hub->teller, NULL);
        pthread_join(hub->snapper, NULL);
        hub->threads = false;
    }
}

void api_hub_free(struct api_hub *hub)
{
    if (!hub) {
        return;
    }
    for (int topic = 0; topic < API_TOPICS; topic++) {
        base_buf_release(&hub->homes[topic]);
    }
    base_buf_release(&hub->feed.stale);
    tiles_view_unref(hub->view);
    api_journal_free(hub->journal);
    data_scope_free(hub->everything);
    api_watch_free(hub->watch);
    api_streams_free(hub->server->streams);
    pthread_cond_destroy(&hub->changed);
    pthread_mutex_destroy(&hub->lock);
    free(hub);
}

struct api_hub_health api_hub_health(struct api_hub *hub)
{
    struct api_streams *streams = hub->server->streams;
    struct api_hub_health health = {.live = api_watch_live(hub->watch)};
    api_streams_lock(streams);
    health.clients = streams->count;
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        health.audiences++;
    }
    pthread_mutex_lock(&hub->lock);
    health.live = health.live && hub->view;
    health.read_us = hub->read_us;
    health.newest_us = hub->newest_us;
    health.assets = hub->assets;
    pthread_mutex_unlock(&hub->lock);
    api_streams_unlock(streams);
    return health;
}
