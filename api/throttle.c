/* How often an address may try to sign in: a bucket of tries that fills up again with time. Addresses of IPv6 count by
 * their /64, which one subscriber has. What no longer matters makes room for the next; when all is full of those that do
 * (a flood from everywhere), strangers share one bucket, so that the memory has an end and hashing passwords has too. */
#include "api/private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { BURST = 20, SLOTS = 4096, KEY_MAX = 64 };
static const int64_t refill_us = 60000000 / BURST;

struct bucket {
    char key[KEY_MAX];
    int64_t full_us; /* when it has all its tries again: the only number a bucket needs */
};

struct api_throttle {
    pthread_mutex_t lock;
    struct bucket strangers;
    struct bucket slots[SLOTS];
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

static struct bucket *bucket_of(struct api_throttle *throttle, const char *key, int64_t now_us)
{
    struct bucket *unused = NULL;
    for (size_t i = 0; i < SLOTS; i++) {
        struct bucket *bucket = &throttle->slots[i];
        if (strcmp(bucket->key, key) == 0) {
            return bucket;
        }
        unused = unused || bucket->full_us > now_us ? unused : bucket;
    }
    if (unused) {
        *unused = (struct bucket){.full_us = now_us};
        memcpy(unused->key, key, strlen(key));
    }
    return unused ? unused : &throttle->strangers;
}

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

int api_throttle_take(struct api_throttle *throttle, const char *address, int64_t now_us)
{
    char key[KEY_MAX];
    key_of(address, key);
    pthread_mutex_lock(&throttle->lock);
    struct bucket *bucket = bucket_of(throttle, key, now_us);
    int64_t full = bucket->full_us > now_us ? bucket->full_us : now_us;
    int64_t wait = full + refill_us - now_us - BURST * refill_us;
    if (wait <= 0) {
        bucket->full_us = full + refill_us;
    }
    pthread_mutex_unlock(&throttle->lock);
    return wait <= 0 ? 0 : (int)((wait + 999999) / 1000000);
}
