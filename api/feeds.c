/* The databases that the mirror follows: our own, then those of --feed. A thread looks every second at how they are and
 * logs what has changed, because the mirror itself says nothing. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOK_EVERY_S = 1 };

struct api_feeds {
    struct api_server *server;
    char *list; /* the text of --feed, cut into conninfos */
    const char *conninfos[TILES_UPSTREAM_MAX];
    size_t count;
    struct tiles_mirror_health before; /* as the log has it */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool stopping, started;
};

/* Never the conninfo: it may hold a password. */
static void look_at(const struct tiles_upstream_health *before, const struct tiles_upstream_health *now,
                    size_t upstream)
{
    struct base_log_field which = base_log_i64("upstream", (int64_t)upstream);
    if (now->live && !before->live) {
        base_log(BASE_LOG_INFO, before->loaded ? "feed is live again" : "feed is live", which,
                 base_log_i64("resyncs", now->resyncs));
    } else if (!now->live && (before->live || strcmp(before->reason, now->reason) != 0) && now->reason[0]) {
        base_log(BASE_LOG_WARN, now->loaded ? "feed is away: what it brought is shown, and stale" : "feed is away",
                 which, base_log_text("reason", now->reason));
    }
}

static void look(struct api_feeds *feeds)
{
    struct tiles_mirror_health now = tiles_mirror_health(feeds->server->mirror);
    for (size_t i = 0; i < now.count; i++) {
        look_at(&feeds->before.upstreams[i], &now.upstreams[i], i);
    }
    if (now.left_out != feeds->before.left_out) {
        base_log(BASE_LOG_WARN, "rows that cannot be drawn are left out", base_log_i64("rows", (int64_t)now.left_out));
    }
    feeds->before = now;
}

static void *run(void *of)
{
    struct api_feeds *feeds = of;
    pthread_mutex_lock(&feeds->lock);
    while (!feeds->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += LOOK_EVERY_S;
        pthread_cond_timedwait(&feeds->woken, &feeds->lock, &until);
        if (!feeds->stopping) {
            look(feeds);
        }
    }
    pthread_mutex_unlock(&feeds->lock);
    return NULL;
}

static enum base_err list_in(struct api_feeds *feeds, const char *more, struct base_diag *diag)
{
    feeds->conninfos[feeds->count++] = feeds->server->database.conninfo;
    feeds->list = strdup(more ? more : "");
    if (!feeds->list) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    char *rest = feeds->list, *line;
    while ((line = strsep(&rest, "\n;"))) {
        if (*line == '\0') {
            continue;
        }
        if (feeds->count == TILES_UPSTREAM_MAX) {
            return base_diag_set(diag, BASE_USAGE, "--feed: at most %d more databases", TILES_UPSTREAM_MAX - 1);
        }
        feeds->conninfos[feeds->count++] = line;
    }
    return BASE_OK;
}

static enum base_err start(struct api_feeds *feeds, struct base_diag *diag)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&feeds->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&feeds->lock, NULL);
    feeds->started = pthread_create(&feeds->thread, NULL, run, feeds) == 0;
    return feeds->started ? BASE_OK : base_diag_set(diag, BASE_NOMEM, "cannot start a thread");
}

enum base_err api_feeds_new(struct api_server *server, struct base_diag *diag, struct api_feeds **ret_feeds)
{
    struct api_feeds *feeds = calloc(1, sizeof *feeds);
    if (!feeds) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    feeds->server = server;
    enum base_err err = list_in(feeds, server->config.feeds, diag);
    const struct tiles_mirror_config config = {.upstreams = feeds->conninfos,
                                               .count = feeds->count,
                                               .memory_max = server->config.mirror_memory,
                                               .news = api_hub_news,
                                               .of = server->hub};
    err = err ? err : tiles_mirror_new(&config, diag, &server->mirror);
    if (!err) {
        api_hub_mirror(server->hub, server->mirror, feeds->count);
        err = start(feeds, diag);
    }
    if (err) {
        api_feeds_free(feeds);
        return err;
    }
    *ret_feeds = feeds;
    return BASE_OK;
}

void api_feeds_free(struct api_feeds *feeds)
{
    if (!feeds) {
        return;
    }
    if (feeds->started) {
        pthread_mutex_lock(&feeds->lock);
        feeds->stopping = true;
        pthread_cond_signal(&feeds->woken);
        pthread_mutex_unlock(&feeds->lock);
        pthread_join(feeds->thread, NULL);
        pthread_cond_destroy(&feeds->woken);
        pthread_mutex_destroy(&feeds->lock);
    }
    api_hub_mirror(feeds->server->hub, NULL, 0);
    tiles_mirror_free(feeds->server->mirror);
    feeds->server->mirror = NULL;
    free(feeds->list);
    free(feeds);
}
