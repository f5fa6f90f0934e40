/* Tiles as they went out, by request: a hash table under one lock that is held for some hundred nanoseconds, and a list
 * in the order of use. What is in it is never wrong: each entry says which content it is of, and whoever finds it
 * compares that with the view in hand. */
#include "tiles/private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 1 << 16, /* a power of two; a city's tiles are some ten thousand */
    BESIDE = 2 * 1500  /* bytes, about: what is kept beside a body for who gets it, and for who holds it */
};
static const size_t MAX_STANDARD = (size_t)256 << 20;

struct entry {
    struct entry *next, **at;    /* in its bucket */
    struct entry *newer, *older; /* in the order of use */
    struct tiles_cache_key key;
    struct tiles_cached cached;
    size_t bytes;
};

struct tiles_flight {
    struct tiles_flight *next, **at;
    struct tiles_cache_key key;
    char etag[TILES_ETAG_TEXT];
    size_t refs; /* who makes it, and who waits */
    bool ended;
    enum base_err err;
    struct base_diag diag;
    struct tiles_cached cached;
};

struct tiles_cache {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    size_t max, bytes, count;
    uint64_t seed, misses, waits;
    struct entry *newest, *oldest;
    struct tiles_flight *flights; /* as many as threads that encode */
    struct entry *buckets[BUCKETS];
};

/* --- values --- */

struct tiles_bytes *tiles_bytes_ref(struct tiles_bytes *bytes)
{
    if (bytes) {
        atomic_fetch_add_explicit(&bytes->refs, 1, memory_order_relaxed);
    }
    return bytes;
}

void tiles_bytes_unref(struct tiles_bytes *bytes)
{
    if (bytes && atomic_fetch_sub_explicit(&bytes->refs, 1, memory_order_acq_rel) == 1) {
        struct tiles_beside *next, *beside = atomic_load(&bytes->beside);
        for (; beside; beside = next) {
            next = beside->next;
            beside->free(beside);
        }
        free(bytes);
    }
}

void tiles_bytes_add(struct tiles_bytes *bytes, struct tiles_beside *beside)
{
    beside->next = atomic_load(&bytes->beside);
    while (!atomic_compare_exchange_weak(&bytes->beside, &beside->next, beside)) {
    }
}

enum base_err tiles_bytes_of(const struct base_buf *buf, struct base_diag *diag, struct tiles_bytes **ret_bytes)
{
    struct tiles_bytes *bytes = buf->len ? malloc(sizeof *bytes + buf->len) : NULL;
    if (buf->len && !bytes) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (bytes) {
        atomic_init(&bytes->refs, 1);
        atomic_init(&bytes->beside, NULL);
        bytes->len = buf->len;
        memcpy(bytes->at, buf->data, buf->len);
    }
    *ret_bytes = bytes;
    return BASE_OK;
}

void tiles_cached_release(struct tiles_cached *cached)
{
    tiles_bytes_unref(cached->body);
    tiles_bytes_unref(cached->homes);
    tiles_bytes_unref(cached->cameras);
    *cached = (struct tiles_cached){.etag = ""};
}

static struct tiles_cached copy_of(const struct tiles_cached *cached)
{
    tiles_bytes_ref(cached->body);
    tiles_bytes_ref(cached->homes);
    tiles_bytes_ref(cached->cameras);
    return *cached;
}

static size_t bytes_of(const struct tiles_cached *cached)
{
    size_t bytes = sizeof(struct entry) + (cached->body ? BESIDE : 0);
    const struct tiles_bytes *const parts[] = {cached->body, cached->homes, cached->cameras};
    for (size_t i = 0; i < BASE_COUNT(parts); i++) {
        bytes += parts[i] ? sizeof *parts[i] + parts[i]->len : 0;
    }
    return bytes;
}

struct base_id tiles_cache_scope(const struct tiles_set *set, const struct data_scope *scope)
{
    bool all = true;
    for (size_t i = 0; i < set->count && all; i++) {
        all = tiles_tables[set->layers[i]->table].shared || data_scope_all(scope, set->layers[i]->look);
    }
    return all ? (struct base_id){{0}} : data_scope_key(scope);
}

void tiles_cache_layers(const struct tiles_set *set, uint8_t ret_layers[TILES_LAYER_MAX])
{
    memset(ret_layers, 0, TILES_LAYER_MAX);
    for (size_t i = 0; i < set->count; i++) {
        ret_layers[i] = (uint8_t)(1 + (set->layers[i] - tiles_layers));
    }
}

/* --- with the lock held --- */

/* Addresses are outside's to choose: the seed keeps anybody from choosing many of one bucket. */
static struct entry **bucket_of(struct tiles_cache *cache, const struct tiles_cache_key *key)
{
    uint64_t words[sizeof *key / sizeof(uint64_t)], mix = cache->seed;
    memcpy(words, key, sizeof words);
    for (size_t i = 0; i < BASE_COUNT(words); i++) {
        mix = (mix ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        mix ^= mix >> 32;
    }
    return &cache->buckets[mix & (BUCKETS - 1)];
}
_Static_assert(sizeof(struct tiles_cache_key) % sizeof(uint64_t) == 0, "a key is whole words");

static struct entry *lookup(struct tiles_cache *cache, const struct tiles_cache_key *key)
{
    struct entry *entry = *bucket_of(cache, key);
    while (entry && memcmp(&entry->key, key, sizeof *key) != 0) {
        entry = entry->next;
    }
    return entry;
}

static void list_out(struct tiles_cache *cache, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void list_in(struct tiles_cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void drop(struct tiles_cache *cache, struct entry *entry)
{
    list_out(cache, entry);
    *entry->at = entry->next;
    if (entry->next) {
        entry->next->at = entry->at;
    }
    cache->bytes -= entry->bytes;
    cache->count--;
    tiles_cached_release(&entry->cached);
    free(entry);
}

/* Without memory it is just not kept. */
static void keep(struct tiles_cache *cache, const struct tiles_cache_key *key, const struct tiles_cached *cached)
{
    struct entry *entry = lookup(cache, key);
    if (entry) {
        drop(cache, entry);
    }
    size_t bytes = bytes_of(cached);
    entry = bytes <= cache->max ? malloc(sizeof *entry) : NULL;
    if (!entry) {
        return;
    }
    struct entry **at = bucket_of(cache, key);
    *entry = (struct entry){.next = *at, .at = at, .key = *key, .cached = copy_of(cached), .bytes = bytes};
    if (entry->next) {
        entry->next->at = &entry->next;
    }
    *at = entry;
    list_in(cache, entry);
    cache->bytes += bytes;
    cache->count++;
    while (cache->bytes > cache->max) {
        drop(cache, cache->oldest);
    }
}

static void flight_unref(struct tiles_flight *flight)
{
    if (--flight->refs == 0) {
        tiles_cached_release(&flight->cached);
        free(flight);
    }
}

/* --- from outside --- */

enum base_err tiles_cache_new(size_t max, struct base_diag *diag, struct tiles_cache **ret_cache)
{
    struct tiles_cache *cache = calloc(1, sizeof *cache);
    if (!cache) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    cache->max = max ? max : MAX_STANDARD;
    cache->seed = (uint64_t)base_clock_now_us() ^ (uintptr_t)cache;
    pthread_mutex_init(&cache->lock, NULL);
    pthread_cond_init(&cache->ended, NULL);
    *ret_cache = cache;
    return BASE_OK;
}

void tiles_cache_free(struct tiles_cache *cache)
{
    if (!cache) {
        return;
    }
    while (cache->oldest) {
        drop(cache, cache->oldest);
    }
    pthread_cond_destroy(&cache->ended);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

bool tiles_cache_find(struct tiles_cache *cache, const struct tiles_cache_key *key, struct tiles_cached *ret_cached)
{
    pthread_mutex_lock(&cache->lock);
    struct entry *entry = lookup(cache, key);
    if (entry) {
        *ret_cached = copy_of(&entry->cached);
        if (entry != cache->newest) {
            list_out(cache, entry);
            list_in(cache, entry);
        }
    }
    pthread_mutex_unlock(&cache->lock);
    return entry != NULL;
}

void tiles_cache_renew(struct tiles_cache *cache, const struct tiles_cache_key *key, const char *etag, uint64_t moment,
                       uint64_t stamp)
{
    pthread_mutex_lock(&cache->lock);
    struct entry *entry = lookup(cache, key);
    if (entry && strcmp(entry->cached.etag, etag) == 0) {
        entry->cached.moment = moment;
        entry->cached.stamp = stamp;
    }
    pthread_mutex_unlock(&cache->lock);
}

/* A flight of that tag, or NULL. */
static struct tiles_flight *under_way(struct tiles_cache *cache, const struct tiles_cache_key *key, const char *etag)
{
    struct tiles_flight *flight = cache->flights;
    while (flight && (memcmp(&flight->key, key, sizeof *key) != 0 || strcmp(flight->etag, etag) != 0)) {
        flight = flight->next;
    }
    return flight;
}

static struct tiles_flight *take_off(struct tiles_cache *cache, const struct tiles_cache_key *key, const char *etag)
{
    struct tiles_flight *flight = calloc(1, sizeof *flight);
    if (flight) {
        flight->key = *key;
        flight->refs = 1;
        snprintf(flight->etag, sizeof flight->etag, "%s", etag);
        flight->next = cache->flights;
        flight->at = &cache->flights;
        if (flight->next) {
            flight->next->at = &flight->next;
        }
        cache->flights = flight;
    }
    return flight;
}

/* Waits for its end. */
static enum base_err wait_for(struct tiles_cache *cache, struct tiles_flight *flight, struct base_diag *diag,
                              struct tiles_cached *ret_cached)
{
    cache->waits++;
    flight->refs++;
    while (!flight->ended) {
        pthread_cond_wait(&cache->ended, &cache->lock);
    }
    enum base_err err = flight->err;
    if (err) {
        base_diag_set(diag, err, "%s", flight->diag.text);
    } else {
        *ret_cached = copy_of(&flight->cached);
    }
    flight_unref(flight);
    return err;
}

enum base_err tiles_cache_begin(struct tiles_cache *cache, const struct tiles_cache_key *key, const char *etag,
                                struct base_diag *diag, struct tiles_flight **ret_flight, bool *ret_made,
                                struct tiles_cached *ret_cached)
{
    enum base_err err = BASE_OK;
    pthread_mutex_lock(&cache->lock);
    struct entry *entry = lookup(cache, key);
    struct tiles_flight *flight = under_way(cache, key, etag);
    *ret_made = true;
    if (entry && strcmp(entry->cached.etag, etag) == 0) { /* made between the caller's look and now */
        *ret_cached = copy_of(&entry->cached);
    } else if (flight) {
        err = wait_for(cache, flight, diag, ret_cached);
    } else {
        *ret_made = false;
        cache->misses++;
        *ret_flight = take_off(cache, key, etag);
        err = *ret_flight ? BASE_OK : base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    pthread_mutex_unlock(&cache->lock);
    return err;
}

void tiles_cache_end(struct tiles_cache *cache, struct tiles_flight *flight, enum base_err err,
                     const struct base_diag *diag, const struct tiles_cached *cached)
{
    pthread_mutex_lock(&cache->lock);
    *flight->at = flight->next;
    if (flight->next) {
        flight->next->at = flight->at;
    }
    flight->ended = true;
    flight->err = err;
    if (err) {
        flight->diag = *diag;
    } else {
        flight->cached = copy_of(cached);
        keep(cache, &flight->key, cached);
    }
    pthread_cond_broadcast(&cache->ended);
    flight_unref(flight);
    pthread_mutex_unlock(&cache->lock);
}

void tiles_cache_health(struct tiles_cache *cache, struct tiles_source_health *health)
{
    pthread_mutex_lock(&cache->lock);
    health->misses = cache->misses;
    health->waits = cache->waits;
    health->cached = cache->count;
    health->cached_bytes = cache->bytes;
    pthread_mutex_unlock(&cache->lock);
}
