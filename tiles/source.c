/* Where tiles come from: the cache when it holds what the view in hand has, else the encoder; one thread a tile. What a
 * tile is made of is known before it is made, so most requests end with a comparison. */
#include "tiles/private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    TILE_MAX = 32 << 20, /* before compression */
    PACKED_MAX = 500000, /* after it; a larger tile is made anew of fewer features */
    HALVINGS_MAX = 14,   /* of 14,000 nothing is left then */
    GZIP_LEVEL = 1,      /* 600 kB: about 1 ms; higher levels take longer than encoding does */
    PEEK_PAGES_MAX = 64  /* whose rows are summed up without leaving the HTTP thread: some 100 us */
};

/* Scratch memory of a thread that encodes; as many as ever encoded at once. */
struct encoder {
    struct encoder *next;
    struct tiles_render render;
    struct base_buf tile, packed, homes, cameras;
};

struct tiles_source {
    struct tiles_mirror *mirror;
    struct tiles_cache *cache;
    struct tiles_whole *whole;
    pthread_mutex_t lock;
    struct encoder *idle;
    atomic_uint_fast64_t hits, unchanged, empty;
};

/* --- life --- */

static void encoder_free(struct encoder *encoder)
{
    tiles_mvt_free(encoder->render.mvt);
    base_buf_release(&encoder->tile);
    base_buf_release(&encoder->packed);
    base_buf_release(&encoder->homes);
    base_buf_release(&encoder->cameras);
    free(encoder);
}

static enum base_err encoder_new(struct base_diag *diag, struct encoder **ret_encoder)
{
    struct encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    base_buf_init(&encoder->tile, TILE_MAX);
    base_buf_init(&encoder->packed, TILE_MAX);
    base_buf_init(&encoder->homes, TILE_MAX);
    base_buf_init(&encoder->cameras, TILE_MAX);
    enum base_err err = tiles_mvt_new(diag, &encoder->render.mvt);
    if (err) {
        encoder_free(encoder);
        return err;
    }
    *ret_encoder = encoder;
    return BASE_OK;
}

static enum base_err encoder_take(struct tiles_source *source, struct base_diag *diag, struct encoder **ret_encoder)
{
    pthread_mutex_lock(&source->lock);
    struct encoder *encoder = source->idle;
    source->idle = encoder ? encoder->next : NULL;
    pthread_mutex_unlock(&source->lock);
    if (!encoder) {
        return encoder_new(diag, ret_encoder);
    }
    *ret_encoder = encoder;
    return BASE_OK;
}

static void encoder_give(struct tiles_source *source, struct encoder *encoder)
{
    pthread_mutex_lock(&source->lock);
    encoder->next = source->idle;
    source->idle = encoder;
    pthread_mutex_unlock(&source->lock);
}

enum base_err tiles_source_new(const struct tiles_source_config *config, struct base_diag *diag,
                               struct tiles_source **ret_source)
{
    struct tiles_source *source = calloc(1, sizeof *source);
    if (!source) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    source->mirror = config->mirror;
    pthread_mutex_init(&source->lock, NULL);
    enum base_err err = tiles_cache_new(config->cache_max, diag, &source->cache);
    err = err ? err : tiles_whole_new(diag, &source->whole);
    if (err) {
        tiles_source_free(source);
        return err;
    }
    *ret_source = source;
    return BASE_OK;
}

void tiles_source_free(struct tiles_source *source)
{
    if (!source) {
        return;
    }
    while (source->idle) {
        struct encoder *encoder = source->idle;
        source->idle = encoder->next;
        encoder_free(encoder);
    }
    tiles_cache_free(source->cache);
    tiles_whole_free(source->whole);
    pthread_mutex_destroy(&source->lock);
    free(source);
}

struct tiles_source_health tiles_source_health(struct tiles_source *source)
{
    struct tiles_source_health health = {.hits = atomic_load(&source->hits),
                                         .unchanged = atomic_load(&source->unchanged),
                                         .empty = atomic_load(&source->empty)};
    tiles_cache_health(source->cache, &health);
    return health;
}

void tiles_tile_release(struct tiles_tile *tile)
{
    tiles_bytes_unref(tile->body);
    base_buf_release(&tile->homes);
    base_buf_release(&tile->cameras);
}

/* --- answers --- */

static struct tiles_tile tile_of(const struct tiles_request *request, const char *etag)
{
    struct tiles_tile tile = {.empty = !etag, .gzip = etag && request->gzip};
    base_buf_init(&tile.homes, TILE_MAX);
    base_buf_init(&tile.cameras, TILE_MAX);
    if (etag) {
        memcpy(tile.etag, etag, TILES_ETAG_TEXT);
        tile.unchanged = tiles_etag_listed(request->held, etag);
    }
    return tile;
}

static void count(atomic_uint_fast64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static struct tiles_tile tile_empty(struct tiles_source *source, const struct tiles_request *request)
{
    count(&source->empty);
    return tile_of(request, NULL);
}

/* Takes the references over. */
static enum base_err tile_cached(struct tiles_source *source, const struct tiles_request *request,
                                 struct tiles_cached *cached, struct tiles_tile *ret_tile)
{
    struct tiles_tile tile = cached->body ? tile_of(request, cached->etag) : tile_empty(source, request);
    if (cached->homes) {
        base_buf_append(&tile.homes, cached->homes->at, cached->homes->len);
    }
    if (cached->cameras) {
        base_buf_append(&tile.cameras, cached->cameras->at, cached->cameras->len);
    }
    tile.body = tiles_bytes_ref(cached->body);
    tiles_cached_release(cached);
    enum base_err err = tile.homes.err ? tile.homes.err : tile.cameras.err;
    if (err) {
        tiles_tile_release(&tile);
        return err;
    }
    if (tile.unchanged) {
        count(&source->unchanged);
    }
    *ret_tile = tile;
    return BASE_OK;
}

/* --- one request --- */

struct question {
    const struct tiles_request *request;
    struct tiles_view *view;
    struct tiles_cache_key key;
    uint64_t moment, stamp;
    char etag[TILES_ETAG_TEXT];
};

/* May it be shown only once it is written down who looks? Then it must be known whose it is. */
static bool personal(const struct tiles_request *request)
{
    for (size_t i = 0; i < request->set.count; i++) {
        const struct tiles_layer *layer = request->set.layers[i];
        if (layer->look == DATA_LOOK_UNIT || (layer->table == TILES_TABLE_DEVICE && request->cameras)) {
            return true;
        }
    }
    return false;
}

static enum base_err key_of(const struct tiles_request *request, struct tiles_cache_key *ret_key)
{
    struct tiles_cache_key key;
    memset(&key, 0, sizeof key);
    tiles_cache_layers(&request->set, key.layers);
    key.address = request->address;
    key.scope = tiles_cache_scope(&request->set, request->scope);
    key.cameras = request->cameras;
    key.gzip = request->gzip;
    if (request->filter) {
        static const struct base_key filters = {.bytes = "hutong filters of tiles"};
        AUTO_VALUE(base_buf) text;
        base_buf_init(&text, GEO_CQL2_TEXT_MAX * TILES_LAYER_MAX);
        for (size_t i = 0; i < request->set.count; i++) {
            geo_cql2_text_out(request->filter->filters[i], &text);
            base_buf_u8(&text, '\0');
        }
        if (text.err) {
            return text.err;
        }
        const struct base_str whole = base_buf_str(&text);
        key.filter = base_key_id(&filters, &whole, 1);
    }
    *ret_key = key;
    return BASE_OK;
}

static bool shown(const struct tiles_request *request)
{
    bool any = false;
    for (size_t i = 0; i < request->set.count && !any; i++) {
        any = request->address.z >= request->set.layers[i]->min_zoom;
    }
    return any;
}

/* NOT_FOUND: it has to be made; the question's tag is then known unless it is quick and there is too much to sum up. */
static enum base_err at_once(struct tiles_source *source, struct question *question, bool quick, struct base_diag *diag,
                             struct tiles_tile *ret_tile)
{
    const struct tiles_request *request = question->request;
    struct tiles_cached cached = {.etag = ""};
    char etags[2][TILES_ETAG_TEXT];
    bool some = false, found = tiles_cache_find(source->cache, &question->key, &cached);
    question->moment = tiles_version_moment(question->view, request);
    if (found && cached.moment == question->moment) {
        count(&source->hits);
        return tile_cached(source, request, &cached, ret_tile);
    }
    question->stamp = tiles_version_stamp(question->view, request);
    bool same = found && cached.stamp == question->stamp;
    bool much = !same && quick && tiles_version_pages(question->view, request) > PEEK_PAGES_MAX;
    enum base_err err = same || much ? BASE_OK : tiles_version_etags(question->view, request, diag, etags, &some);
    if (err || much) {
        tiles_cached_release(&cached);
        return err ? err : BASE_NOT_FOUND;
    }
    if (same || (found && some && strcmp(cached.etag, etags[request->gzip]) == 0)) {
        tiles_cache_renew(source->cache, &question->key, cached.etag, question->moment, question->stamp);
        count(&source->hits);
        return tile_cached(source, request, &cached, ret_tile);
    }
    tiles_cached_release(&cached);
    if (!some) {
        *ret_tile = tile_empty(source, request);
        return BASE_OK;
    }
    memcpy(question->etag, etags[request->gzip], TILES_ETAG_TEXT);
    if (!personal(request) && tiles_etag_listed(request->held, question->etag)) {
        count(&source->unchanged);
        *ret_tile = tile_of(request, question->etag);
        return BASE_OK;
    }
    return BASE_NOT_FOUND;
}

/* --- making --- */

static enum base_err made_of(const struct encoder *encoder, bool gzip, struct base_diag *diag,
                             struct tiles_cached *cached)
{
    enum base_err err =
        tiles_bytes_of(gzip && encoder->tile.len ? &encoder->packed : &encoder->tile, diag, &cached->body);
    err = err ? err : tiles_bytes_of(&encoder->homes, diag, &cached->homes);
    err = err ? err : tiles_bytes_of(&encoder->cameras, diag, &cached->cameras);
    if (err) {
        tiles_cached_release(cached);
    }
    return err;
}

/* Compressed where it is sent so, or where it must be known how large it would be: both encodings are of one content.
 */
static enum base_err pack(struct encoder *encoder, bool gzip, struct base_diag *diag, bool *ret_fits)
{
    enum base_err err = BASE_OK;
    base_buf_reset(&encoder->packed);
    if (encoder->tile.len && (gzip || encoder->tile.len > PACKED_MAX)) {
        err = base_gzip(encoder->tile.data, encoder->tile.len, GZIP_LEVEL, &encoder->packed);
    }
    *ret_fits = encoder->packed.len <= PACKED_MAX;
    return err ? base_diag_set(diag, err, "a tile of %zu bytes cannot be compressed", encoder->tile.len) : BASE_OK;
}

static enum base_err render(struct encoder *encoder, const struct question *question, struct base_diag *diag)
{
    const struct tiles_request *request = question->request;
    enum base_err err = BASE_OK;
    bool fits = false;
    for (uint32_t shift = 0; shift <= HALVINGS_MAX && !err && !fits; shift++) {
        base_buf_reset(&encoder->tile);
        base_buf_reset(&encoder->homes);
        encoder->render.limit_shift = shift;
        err = tiles_render_layers(&encoder->render, question->view, request->scope, request, diag, &encoder->tile,
                                  &encoder->homes);
        err = err ? err : pack(encoder, request->gzip, diag, &fits);
    }
    base_buf_reset(&encoder->cameras);
    return err ? err : tiles_version_cameras(question->view, request, &encoder->cameras);
}

static enum base_err make(struct tiles_source *source, const struct question *question, struct base_diag *diag,
                          struct tiles_cached *cached)
{
    struct encoder *encoder = NULL;
    enum base_err err = encoder_take(source, diag, &encoder);
    if (err) {
        return err;
    }
    err = render(encoder, question, diag);
    err = err ? err : made_of(encoder, question->request->gzip, diag, cached);
    encoder_give(source, encoder);
    return err;
}

static enum base_err made(struct tiles_source *source, const struct question *question, struct base_diag *diag,
                          struct tiles_tile *ret_tile)
{
    struct tiles_flight *flight = NULL;
    struct tiles_cached cached = {.etag = ""};
    bool there = false;
    enum base_err err =
        tiles_cache_begin(source->cache, &question->key, question->etag, diag, &flight, &there, &cached);
    if (!err && !there) {
        cached = (struct tiles_cached){.moment = question->moment, .stamp = question->stamp};
        memcpy(cached.etag, question->etag, TILES_ETAG_TEXT);
        err = make(source, question, diag, &cached);
        tiles_cache_end(source->cache, flight, err, diag, &cached);
    }
    return err ? err : tile_cached(source, question->request, &cached, ret_tile);
}

/* --- from outside --- */

bool tiles_source_loaded(struct tiles_source *source)
{
    struct tiles_view *view = tiles_mirror_view(source->mirror);
    tiles_view_unref(view);
    return view != NULL;
}

bool tiles_source_version(struct tiles_source *source, const struct tiles_set *set, const struct data_scope *scope,
                          bool quick, char ret_version[BASE_ID_TEXT])
{
    struct tiles_view *view = tiles_mirror_view(source->mirror);
    bool known = view && tiles_whole_version(source->whole, view, set, scope, quick, ret_version);
    tiles_view_unref(view);
    return known;
}

static enum base_err now(struct tiles_source *source, const struct tiles_request *request, bool quick,
                         struct base_diag *diag, struct tiles_tile *ret_tile)
{
    struct question question = {.request = request, .view = tiles_mirror_view(source->mirror)};
    if (!question.view) {
        return base_diag_set(diag, BASE_DATABASE_AWAY, "nothing has been loaded from the database yet");
    }
    enum base_err err = key_of(request, &question.key);
    if (!err && !shown(request)) {
        *ret_tile = tile_empty(source, request);
    } else if (!err) {
        err = at_once(source, &question, quick, diag, ret_tile);
        err = err == BASE_NOT_FOUND && !quick ? made(source, &question, diag, ret_tile) : err;
    }
    tiles_view_unref(question.view);
    return err;
}

bool tiles_source_peek(struct tiles_source *source, const struct tiles_request *request, struct tiles_tile *ret_tile)
{
    struct base_diag diag;
    return !request->at_us && now(source, request, true, &diag, ret_tile) == BASE_OK;
}

enum base_err tiles_source_tile(struct tiles_source *source, const struct tiles_database *database,
                                const struct tiles_request *request, struct base_diag *diag,
                                struct tiles_tile *ret_tile)
{
    return request->at_us ? tiles_history_tile(database, request, diag, ret_tile)
                          : now(source, request, false, diag, ret_tile);
}
