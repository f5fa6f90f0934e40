/* tiles/cache.c: what is kept, for how long, and that equal tiles are made once. */
#include "tiles/private.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 200, PATIENCE_US = 20000000 };

static struct base_diag diag;

static struct tiles_cache *cache_new(size_t max)
{
    struct tiles_cache *cache = NULL;
    assert_int_equal(tiles_cache_new(max, &diag, &cache), BASE_OK);
    return cache;
}

static struct tiles_cache_key key_of(uint32_t x)
{
    struct tiles_cache_key key;
    memset(&key, 0, sizeof key);
    key.layers[0] = 1;
    key.address = (struct tiles_address){20, x, 7};
    return key;
}

static struct tiles_bytes *bytes_new(const char *text)
{
    struct tiles_bytes *bytes = NULL;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    base_buf_text(&buf, text);
    assert_int_equal(tiles_bytes_of(&buf, &diag, &bytes), BASE_OK);
    return bytes;
}

static struct tiles_cached cached_new(const char *etag, const char *text)
{
    struct tiles_cached cached = {.moment = 1, .stamp = 2, .body = bytes_new(text)};
    snprintf(cached.etag, sizeof cached.etag, "%s", etag);
    return cached;
}

static void put(struct tiles_cache *cache, uint32_t x, const char *etag, const char *text)
{
    bool made = true;
    struct tiles_flight *flight = NULL;
    struct tiles_cache_key key = key_of(x);
    struct tiles_cached cached = {.etag = ""};
    assert_int_equal(tiles_cache_begin(cache, &key, etag, &diag, &flight, &made, &cached), BASE_OK);
    assert_false(made);
    cached = cached_new(etag, text);
    tiles_cache_end(cache, flight, BASE_OK, &diag, &cached);
    tiles_cached_release(&cached);
}

/* The body under a key, or NULL; overwritten by the next call. */
static const char *got(struct tiles_cache *cache, uint32_t x)
{
    static char text[64];
    struct tiles_cached cached = {.etag = ""};
    struct tiles_cache_key key = key_of(x);
    if (!tiles_cache_find(cache, &key, &cached)) {
        return NULL;
    }
    snprintf(text, sizeof text, "%.*s", cached.body ? (int)cached.body->len : 0,
             cached.body ? (const char *)cached.body->at : "");
    tiles_cached_release(&cached);
    return text;
}

static void keeps_one_content_a_key(void **state)
{
    (void)state;
    AUTO(tiles_cache) cache = cache_new(1 << 20);
    assert_null(got(cache, 1));
    put(cache, 1, "a", "first");
    put(cache, 2, "a", "other");
    assert_string_equal(got(cache, 1), "first");
    put(cache, 1, "b", "second");
    assert_string_equal(got(cache, 1), "second");
    assert_string_equal(got(cache, 2), "other");
    put(cache, 3, "c", "");
    assert_string_equal(got(cache, 3), ""); /* that there is nothing is known too */
    struct tiles_source_health health = {0};
    tiles_cache_health(cache, &health);
    assert_int_equal(health.cached, 3);
    assert_int_equal(health.misses, 4);
}

static void what_was_renewed_is_newer(void **state)
{
    (void)state;
    AUTO(tiles_cache) cache = cache_new(1 << 20);
    struct tiles_cache_key key = key_of(1);
    struct tiles_cached cached = {.etag = ""};
    put(cache, 1, "a", "first");
    tiles_cache_renew(cache, &key, "b", 8, 9); /* of another content: not this one */
    assert_true(tiles_cache_find(cache, &key, &cached));
    assert_true(cached.moment == 1 && cached.stamp == 2);
    tiles_cached_release(&cached);
    tiles_cache_renew(cache, &key, "a", 8, 9);
    assert_true(tiles_cache_find(cache, &key, &cached));
    assert_true(cached.moment == 8 && cached.stamp == 9);
    tiles_cached_release(&cached);
}

/* The bytes stay under the limit, and what was used last stays. */
static void the_least_recently_used_go(void **state)
{
    (void)state;
    enum { MAX = 100000, PUTS = 1000 };
    AUTO(tiles_cache) cache = cache_new(MAX);
    struct tiles_source_health health = {0};
    put(cache, 0, "a", "kept");
    for (uint32_t x = 1; x < PUTS; x++) {
        put(cache, x, "a", "some twenty bytes ..");
        assert_string_equal(got(cache, 0), "kept");
        tiles_cache_health(cache, &health);
        assert_true(health.cached_bytes <= MAX);
    }
    assert_true(health.cached > 10 && health.cached < PUTS / 4);
    assert_null(got(cache, 1));
    assert_non_null(got(cache, PUTS - 1));
}

static void what_is_larger_than_all_is_not_kept(void **state)
{
    (void)state;
    AUTO(tiles_cache) cache = cache_new(5000);
    char large[6000];
    memset(large, 'x', sizeof large);
    large[sizeof large - 1] = '\0';
    put(cache, 1, "a", "small");
    put(cache, 2, "a", large);
    assert_null(got(cache, 2));
    assert_string_equal(got(cache, 1), "small");
}

/* --- many at once --- */

struct crowd {
    struct tiles_cache *cache;
    enum base_err fails; /* of who makes it */
    atomic_int makers, right;
};

static void *ask(void *of)
{
    struct crowd *crowd = of;
    struct base_diag own = {""};
    struct tiles_flight *flight = NULL;
    struct tiles_cache_key key = key_of(1);
    struct tiles_cached cached = {.etag = ""};
    bool made = false;
    enum base_err err = tiles_cache_begin(crowd->cache, &key, "a", &own, &flight, &made, &cached);
    if (!err && !made) {
        struct tiles_source_health health = {0};
        int64_t until = base_clock_mono_us() + PATIENCE_US;
        atomic_fetch_add(&crowd->makers, 1);
        while (health.waits < THREADS - 1 && base_clock_mono_us() < until) { /* until all the others wait */
            tiles_cache_health(crowd->cache, &health);
        }
        err = crowd->fails ? base_diag_set(&own, crowd->fails, "could not be made") : BASE_OK;
        cached = crowd->fails ? cached : cached_new("a", "made");
        tiles_cache_end(crowd->cache, flight, err, &own, &cached);
    }
    bool good = err ? err == crowd->fails && strcmp(own.text, "could not be made") == 0
                    : !crowd->fails && cached.body && memcmp(cached.body->at, "made", 4) == 0;
    atomic_fetch_add(&crowd->right, good);
    tiles_cached_release(&cached);
    return NULL;
}

static void crowd_asks(struct crowd *crowd)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask, crowd), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void equal_tiles_are_made_once(void **state)
{
    (void)state;
    AUTO(tiles_cache) cache = cache_new(1 << 20);
    struct crowd crowd = {.cache = cache};
    crowd_asks(&crowd);
    assert_int_equal(crowd.makers, 1);
    assert_int_equal(crowd.right, THREADS);
    assert_string_equal(got(cache, 1), "made");
}

static void all_get_the_error(void **state)
{
    (void)state;
    AUTO(tiles_cache) cache = cache_new(1 << 20);
    struct crowd crowd = {.cache = cache, .fails = BASE_LIMIT};
    crowd_asks(&crowd);
    assert_int_equal(crowd.makers, 1);
    assert_int_equal(crowd.right, THREADS);
    assert_null(got(cache, 1));
    put(cache, 1, "a", "again"); /* and the next tries anew */
    assert_string_equal(got(cache, 1), "again");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_one_content_a_key),    cmocka_unit_test(what_was_renewed_is_newer),
        cmocka_unit_test(the_least_recently_used_go), cmocka_unit_test(what_is_larger_than_all_is_not_kept),
        cmocka_unit_test(equal_tiles_are_made_once),  cmocka_unit_test(all_get_the_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
