/* How often an address may try to sign in, and a name that is no account's. Addresses have a bucket of tries that fills
 * up again with time; of IPv6 they count by their /64, which one subscriber has. What no longer matters makes room for
 * the next. When everything is full of what does (a flood from everywhere), strangers share one entry: the memory has
 * an end, and so has the hashing of passwords. */
#include "api/private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { BURST = 20, SLOTS = 4096, KEY_MAX = 72, FAILURES_MAX = 5 };
static const int64_t refill_us = 60000000 / BURST, quarter_us = INT64_C(15) * 60 * 1000000;

struct entry {
    char key[KEY_MAX];
    int64_t until_us; /* of no meaning after it: all tries are back, or failures forgotten */
    int64_t locked_us;
    int failed;
};

struct table {
    struct entry strangers;
    struct entry slots[SLOTS];
};

struct api_throttle {
    pthread_mutex_t lock;
    struct table addresses, names;
};

struct api_throttle *api_throttle_new(void)
{
    struct api_throttle *throttle = calloc(1, sizeof *throttle);
    if (throttle) {
        pthread_mutex_init(&throttle->lock, NULL);
    }
    return throttle;
}

void api_throttle_free(struct api_throttle *throttle)
{
    if (throttle) {
        pthread_mutex_destroy(&throttle->lock);
        free(throttle);
    }
}

/* The key's entry; with its meaning gone it begins anew. */
static struct entry *entry_of(struct table *table, const char *key, int64_t now_us)
{
    struct entry *entry = NULL;
    for (size_t i = 0; i < SLOTS; i++) {
        struct entry *slot = &table->slots[i];
        if (slot->until_us > now_us && strcmp(slot->key, key) == 0) {
            return slot;
        }
        entry = !entry && slot->until_us <= now_us ? slot : entry;
    }
    entry = entry ? entry : &table->strangers;
    if (entry->until_us <= now_us) {
        *entry = (struct entry){.until_us = now_us};
        snprintf(entry->key, sizeof entry->key, "%s", key);
    }
    return entry;
}

static int seconds_up(int64_t us)
{
    return us <= 0 ? 0 : (int)((us + 999999) / 1000000);
}

/* --- addresses --- */

/* 2001:db8:1:2:3:4:5:6 -> its first four groups. */
static void key_of(const char *address, char key[KEY_MAX])
{
    snprintf(key, KEY_MAX, "%s", address);
    struct in6_addr v6;
    if (inet_pton(AF_INET6, key, &v6) == 1 && !IN6_IS_ADDR_V4MAPPED(&v6)) {
        memset(&v6.s6_addr[8], 0, 8);
        inet_ntop(AF_INET6, &v6, key, KEY_MAX);
    }
}

/* until_us, when the bucket is full again, is all that it needs. */
int api_throttle_address(struct api_throttle *throttle, const char *address, int64_t now_us)
{
    char key[KEY_MAX];
    key_of(address, key);
    pthread_mutex_lock(&throttle->lock);
    struct entry *entry = entry_of(&throttle->addresses, key, now_us);
    int64_t wait = entry->until_us + refill_us - now_us - BURST * refill_us;
    if (wait <= 0) {
        entry->until_us += refill_us;
    }
    pthread_mutex_unlock(&throttle->lock);
    return seconds_up(wait);
}

/* --- names --- */

int api_throttle_locked(struct api_throttle *throttle, const char *name, int64_t now_us)
{
    pthread_mutex_lock(&throttle->lock);
    int64_t wait = entry_of(&throttle->names, name, now_us)->locked_us - now_us;
    pthread_mutex_unlock(&throttle->lock);
    return seconds_up(wait);
}

void api_throttle_failed(struct api_throttle *throttle, const char *name, int64_t now_us)
{
    pthread_mutex_lock(&throttle->lock);
    struct entry *entry = entry_of(&throttle->names, name, now_us);
    if (entry->failed++ == 0) {
        entry->until_us = now_us + quarter_us;
    }
    if (entry->failed == FAILURES_MAX) {
        entry->until_us = entry->locked_us = now_us + quarter_us;
    }
    pthread_mutex_unlock(&throttle->lock);
}
