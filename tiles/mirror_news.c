/* What changed, and how it comes to readers: pages, a view, and news of it to whoever listens. */
#include "tiles/mirror_private.h"

#include <stdlib.h>

enum { NOTES_FIRST = 256, NOTES_KEPT = 1 << 16 };

/* --- notes --- */
enum base_err tiles_notes_reserve(struct tiles_notes *notes, size_t more, struct base_diag *diag)
{
    if (notes->off || notes->count + more <= notes->cap) {
        return BASE_OK;
    }
    size_t cap = notes->cap ? notes->cap : NOTES_FIRST;
    while (cap < notes->count + more) {
        cap += cap / 2;
    }
    struct tiles_note *grown = realloc(notes->at, cap * sizeof *grown);
    if (!grown) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory for %zu changes", cap);
    }
    notes->at = grown;
    notes->cap = cap;
    return BASE_OK;
}

void tiles_notes_add(struct tiles_notes *notes, enum tiles_table_id table, int64_t estate_id, int64_t id,
                     unsigned effect)
{
    if (!notes->off) {
        size_t i = notes->count++;
        notes->at[i] = (struct tiles_note){estate_id, id, (uint32_t)i, (uint8_t)table, (uint8_t)effect};
    }
}

void tiles_notes_reset(struct tiles_notes *notes)
{
    if (notes->cap > NOTES_KEPT) { /* a large transaction came once */
        free(notes->at);
        notes->at = NULL;
        notes->cap = 0;
    }
    notes->count = 0;
}

static int same_row(const struct tiles_note *a, const struct tiles_note *b)
{
    if (a->table != b->table) {
        return a->table < b->table ? -1 : 1;
    }
    if (a->estate_id != b->estate_id) {
        return a->estate_id < b->estate_id ? -1 : 1;
    }
    return (a->id > b->id) - (a->id < b->id);
}

static int note_order(const void *a, const void *b)
{
    const struct tiles_note *x = a, *y = b;
    int order = same_row(x, y);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* One change of all that happened to a row, by what there is now. False: nobody saw it come, and it is gone. */
static bool merged(const struct tiles_mirror *mirror, const struct tiles_note *notes, size_t count,
                   struct tiles_change *ret_change)
{
    bool was_there = !(notes[0].effect & TILES_NEW);
    struct tiles_change change = {
        .table = (enum tiles_table_id)notes[0].table, .estate_id = notes[0].estate_id, .id = notes[0].id};
    bool is_there =
        tiles_store_find(mirror->stores[change.table], change.estate_id, change.id, &change.page, &change.row);
    for (size_t i = 0; i < count && is_there; i++) {
        change.effect |= notes[i].effect ? notes[i].effect : TILES_STATIC | TILES_LIVE;
    }
    if (was_there) {
        change.effect &= ~(unsigned)TILES_NEW;
    }
    *ret_change = change;
    return was_there || is_there;
}

/* In the order of tables and keys; *ret_changes is the caller's. */
static enum base_err merge(const struct tiles_mirror *mirror, struct tiles_notes *notes, struct base_diag *diag,
                           struct tiles_change **ret_changes, size_t *ret_count)
{
    size_t count = 0;
    struct tiles_change *changes = calloc(notes->count + 1, sizeof *changes);
    if (!changes) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory for %zu changes", notes->count);
    }
    if (notes->count) {
        qsort(notes->at, notes->count, sizeof *notes->at, note_order);
    }
    for (size_t i = 0, end; i < notes->count; i = end) {
        for (end = i + 1; end < notes->count && same_row(&notes->at[i], &notes->at[end]) == 0;) {
            end++;
        }
        count += merged(mirror, &notes->at[i], end - i, &changes[count]);
    }
    *ret_changes = changes;
    *ret_count = count;
    return BASE_OK;
}

/* --- publish --- */
static struct tiles_view *view_new(const struct tiles_mirror *mirror, struct base_diag *diag)
{
    struct tiles_view *view = calloc(1, sizeof *view);
    if (!view) {
        base_diag_set(diag, BASE_NOMEM, "out of memory for a view");
        return NULL;
    }
    atomic_init(&view->refs, 1);
    for (size_t table = 0; table < TILES_TABLES; table++) {
        view->tables[table] = tiles_directory_ref(mirror->directories[table]);
    }
    return view;
}

/* Places first: devices and incidents are where these are. */
static enum base_err settle(struct tiles_upstream *upstream, struct base_diag *diag)
{
    enum base_err err = tiles_mirror_settle(upstream->mirror, TILES_TABLE_BUILDING, diag);
    err = err ? err : tiles_mirror_settle(upstream->mirror, TILES_TABLE_ESTATE_LABEL, diag);
    err = err ? err : tiles_device_settle(upstream, diag);
    err = err ? err : tiles_incident_settle(upstream, diag);
    for (int table = 0; table < TILES_TABLES && !err; table++) {
        err = tiles_mirror_settle(upstream->mirror, (enum tiles_table_id)table, diag);
    }
    return err;
}

static void show(struct tiles_upstream *upstream, struct tiles_view *view)
{
    struct tiles_mirror *mirror = upstream->mirror;
    uint64_t rows = 0, left_out = 0, bytes = tiles_mirror_memory(mirror);
    for (size_t table = 0; table < TILES_TABLES; table++) {
        rows += view->tables[table]->rows;
    }
    for (size_t i = 0; i < mirror->config.count; i++) {
        for (size_t feed = 0; feed < TILES_FEEDS; feed++) {
            left_out += mirror->upstreams[i].join.left_out[feed].count;
        }
    }
    pthread_mutex_lock(&mirror->control);
    mirror->shown_rows = rows;
    mirror->shown_bytes = bytes;
    mirror->shown_left_out = left_out;
    pthread_mutex_unlock(&mirror->control);
    pthread_mutex_lock(&mirror->look);
    struct tiles_view *old = mirror->view;
    mirror->view = view;
    pthread_mutex_unlock(&mirror->look);
    tiles_view_unref(old);
}

/* Under .write. Notes stay until they were told: what fails here is told with what comes next. */
static enum base_err publish(struct tiles_upstream *upstream, struct base_diag *diag, struct tiles_news *ret_news,
                             struct tiles_change **ret_changes)
{
    struct tiles_view *view = NULL;
    enum base_err err = settle(upstream, diag);
    if (!err) {
        err = merge(upstream->mirror, &upstream->notes, diag, ret_changes, &ret_news->count);
    }
    if (!err) {
        view = view_new(upstream->mirror, diag);
        err = view ? BASE_OK : BASE_NOMEM;
    }
    if (err) {
        return err;
    }
    ret_news->view = tiles_view_ref(view);
    ret_news->changes = *ret_changes;
    ret_news->upstream = upstream->number;
    ret_news->lsn = upstream->lsn;
    ret_news->committed_us = upstream->committed_us;
    ret_news->snapshot = upstream->snapshot;
    show(upstream, view);
    tiles_notes_reset(&upstream->notes);
    upstream->notes.off = !upstream->mirror->config.news;
    upstream->snapshot = false;
    upstream->gathered = false;
    return BASE_OK;
}

enum base_err tiles_mirror_publish(struct tiles_upstream *upstream, struct base_diag *diag)
{
    struct tiles_mirror *mirror = upstream->mirror;
    struct tiles_news news = {.view = NULL};
    struct tiles_change *changes = NULL;
    pthread_mutex_lock(&mirror->news); /* news come in the order of their views */
    pthread_mutex_lock(&mirror->write);
    enum base_err err = publish(upstream, diag, &news, &changes);
    pthread_mutex_unlock(&mirror->write);
    if (!err && mirror->config.news && (news.count || news.snapshot)) {
        mirror->config.news(mirror->config.of, &news);
    }
    pthread_mutex_unlock(&mirror->news);
    tiles_view_unref(news.view);
    free(changes);
    upstream->published_us = base_clock_mono_us();
    return err;
}
