/* What the mirror tells of itself, to any thread. */
#include "tiles/mirror_private.h"

#include <stdlib.h>

struct tiles_view *tiles_mirror_view(struct tiles_mirror *mirror)
{
    pthread_mutex_lock(&mirror->look);
    struct tiles_view *view = mirror->view ? tiles_view_ref(mirror->view) : NULL;
    pthread_mutex_unlock(&mirror->look);
    return view;
}

struct tiles_mirror_health tiles_mirror_health(struct tiles_mirror *mirror)
{
    struct tiles_mirror_health health = {.ready = true, .live = true, .count = mirror->config.count};
    pthread_mutex_lock(&mirror->control);
    for (size_t i = 0; i < health.count; i++) {
        health.upstreams[i] = mirror->upstreams[i].health;
        health.ready = health.ready && health.upstreams[i].loaded;
        health.live = health.live && health.upstreams[i].live;
    }
    health.rows = mirror->shown_rows;
    health.bytes = mirror->shown_bytes;
    health.left_out = mirror->shown_left_out;
    pthread_mutex_unlock(&mirror->control);
    return health;
}

static int id_order(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void estates_of(const struct tiles_upstream *upstream, struct base_buf *estates)
{
    const struct tiles_map_slot *slot;
    size_t at = 0;
    while ((slot = tiles_map_next(&upstream->estates, &at))) {
        base_buf_append(estates, &slot->key.c, sizeof slot->key.c);
    }
}

/* One that several upstreams have - 0, what belongs to no estate - is stale as soon as one of them is away. */
enum base_err tiles_mirror_stale(struct tiles_mirror *mirror, struct base_buf *ret_estates)
{
    struct tiles_mirror_health health = tiles_mirror_health(mirror);
    base_buf_reset(ret_estates);
    if (health.live) {
        return BASE_OK;
    }
    pthread_mutex_lock(&mirror->write);
    for (size_t i = 0; i < health.count; i++) {
        if (!health.upstreams[i].live) {
            estates_of(&mirror->upstreams[i], ret_estates);
        }
    }
    pthread_mutex_unlock(&mirror->write);
    int64_t *ids = (int64_t *)(void *)ret_estates->data;
    size_t count = ret_estates->len / sizeof *ids, kept = 0;
    if (ret_estates->err || !count) {
        return ret_estates->err;
    }
    qsort(ids, count, sizeof *ids, id_order);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || ids[i] != ids[kept - 1]) {
            ids[kept++] = ids[i];
        }
    }
    ret_estates->len = kept * sizeof *ids;
    return BASE_OK;
}
