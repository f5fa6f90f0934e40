/* Identities: who asks, remembered for some seconds by the hash of what they brought along, so that most requests cost
 * no look into the database. A notice of the database makes all of them stale at once; what is stale is asked again,
 * and serves on only while the database is away, and not for long. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

enum {
    FRESH_US = 10000000,
    AWAY_US = 900000000,
    SETS = 1024, /* a power of two */
    WAYS = 4,
};

struct slot {
    struct api_identity *identity; /* NULL: free */
    uint8_t hash[API_HASH_BYTES];
    int64_t checked_us; /* monotonic */
    uint64_t generation;
};

struct api_identities {
    pthread_mutex_t lock;
    int64_t fresh_us;
    uint64_t generation; /* counts notices: what an older one checked is stale */
    bool local;          /* the server can be open */
    struct slot open;    /* identity NULL: accounts exist, or nobody knows (checked_us 0) */
    struct slot sets[SETS][WAYS];
};

struct api_identity *api_identity_ref(struct api_identity *identity)
{
    if (identity) {
        atomic_fetch_add(&identity->refs, 1);
    }
    return identity;
}

void api_identity_unref(struct api_identity *identity)
{
    if (identity && atomic_fetch_sub(&identity->refs, 1) == 1) {
        data_scope_free(identity->scope);
        free(identity);
    }
}

static bool fresh(const struct api_identities *identities, const struct slot *slot)
{
    return slot->generation == identities->generation && base_clock_mono_us() - slot->checked_us < identities->fresh_us;
}

enum base_err api_identities_new(struct api_server *server, struct base_diag *diag,
                                 struct api_identities **ret_identities)
{
    struct api_identities *identities = calloc(1, sizeof *identities);
    if (!identities) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    identities->fresh_us = server->config.session_idle_us < FRESH_US ? server->config.session_idle_us : FRESH_US;
    identities->local = api_server_local(server);
    identities->generation = 1;
    pthread_mutex_init(&identities->lock, NULL);
    *ret_identities = identities;
    return BASE_OK;
}

void api_identities_free(struct api_identities *identities)
{
    if (!identities) {
        return;
    }
    for (size_t i = 0; i < (size_t)SETS * WAYS; i++) {
        api_identity_unref(identities->sets[i / WAYS][i % WAYS].identity);
    }
    api_identity_unref(identities->open.identity);
    pthread_mutex_destroy(&identities->lock);
    free(identities);
}

void api_identities_forget(struct api_identities *identities)
{
    pthread_mutex_lock(&identities->lock);
    identities->generation++;
    pthread_mutex_unlock(&identities->lock);
}

uint64_t api_identities_generation(struct api_identities *identities)
{
    pthread_mutex_lock(&identities->lock);
    uint64_t generation = identities->generation;
    pthread_mutex_unlock(&identities->lock);
    return generation;
}

bool api_identities_open(struct api_identities *identities)
{
    pthread_mutex_lock(&identities->lock);
    bool open = identities->open.identity != NULL;
    pthread_mutex_unlock(&identities->lock);
    return open;
}

bool api_identities_closed(struct api_identities *identities)
{
    pthread_mutex_lock(&identities->lock);
    bool closed = !identities->local || (fresh(identities, &identities->open) && !identities->open.identity);
    pthread_mutex_unlock(&identities->lock);
    return closed;
}

/* --- looking up, with the lock held --- */

static struct slot *set_of(struct api_identities *identities, const uint8_t hash[API_HASH_BYTES])
{
    uint32_t at;
    memcpy(&at, hash, sizeof at); /* it is a SHA-256: any part of it is as good as another */
    return identities->sets[at & (SETS - 1)];
}

static struct slot *find(struct api_identities *identities, const struct api_credential *credential)
{
    struct slot *set = set_of(identities, credential->hash);
    for (size_t i = 0; i < WAYS; i++) {
        const struct api_identity *identity = set[i].identity;
        if (identity && identity->by.kind == credential->kind &&
            memcmp(set[i].hash, credential->hash, API_HASH_BYTES) == 0) {
            return &set[i];
        }
    }
    return NULL;
}

static bool lives(const struct api_identity *identity)
{
    return base_clock_now_us() < identity->expires_us;
}

bool api_identity_remembered(struct api_server *server, const struct api_credential *credential,
                             struct api_identity **ret_identity)
{
    struct api_identities *identities = server->identities;
    pthread_mutex_lock(&identities->lock);
    struct api_identity *identity = identities->open.identity;
    bool known = !identities->local || fresh(identities, &identities->open);
    if (known &&
        (credential->kind == API_CREDENTIAL_COOKIE || (!identity && credential->kind != API_CREDENTIAL_NONE))) {
        const struct slot *slot = find(identities, credential);
        known = slot && fresh(identities, slot) && lives(slot->identity);
        identity = known ? slot->identity : NULL;
    }
    if (known) {
        *ret_identity = api_identity_ref(identity);
    }
    pthread_mutex_unlock(&identities->lock);
    return known;
}

struct api_identity *api_identity_meanwhile(struct api_server *server, const struct api_credential *credential)
{
    struct api_identities *identities = server->identities;
    pthread_mutex_lock(&identities->lock);
    const struct slot *slot = credential->kind == API_CREDENTIAL_NONE ? NULL : find(identities, credential);
    bool good = slot && base_clock_mono_us() - slot->checked_us < AWAY_US && lives(slot->identity);
    /* open: nobody we could hear of has made an account since */
    struct api_identity *identity = good ? slot->identity : identities->open.identity;
    api_identity_ref(identity);
    pthread_mutex_unlock(&identities->lock);
    return identity;
}

/* --- remembering --- */

static void put(struct slot *slot, struct api_identity *identity, uint64_t generation)
{
    api_identity_unref(slot->identity);
    slot->identity = api_identity_ref(identity);
    slot->checked_us = base_clock_mono_us();
    slot->generation = generation;
}

void api_identities_keep(struct api_identities *identities, const struct api_credential *credential,
                         struct api_identity *identity, uint64_t generation)
{
    pthread_mutex_lock(&identities->lock);
    struct slot *slot = find(identities, credential);
    if (!slot && identity) {
        slot = set_of(identities, credential->hash);
        for (size_t i = 1; i < WAYS; i++) {
            const struct slot *other = &set_of(identities, credential->hash)[i];
            slot = slot->identity && (!other->identity || other->checked_us < slot->checked_us)
                       ? &set_of(identities, credential->hash)[i]
                       : slot;
        }
        memcpy(slot->hash, credential->hash, API_HASH_BYTES);
    }
    if (slot) {
        put(slot, identity, generation);
    }
    pthread_mutex_unlock(&identities->lock);
}

void api_identities_keep_open(struct api_identities *identities, struct api_identity *identity, uint64_t generation)
{
    pthread_mutex_lock(&identities->lock);
    put(&identities->open, identity, generation);
    pthread_mutex_unlock(&identities->lock);
}

/* --- purpose --- */

bool api_identity_purpose_good(struct base_str purpose)
{
    size_t characters = 0;
    for (size_t i = 0; i < purpose.len; i++) {
        unsigned char byte = (unsigned char)purpose.at[i];
        characters += (byte & 0xC0) != 0x80;
        if (byte < ' ' || byte == 0x7F) {
            return false;
        }
    }
    return base_str_utf8(purpose) && characters >= API_PURPOSE_MIN && characters <= API_PURPOSE_MAX;
}

static struct api_identity *with_purpose(const struct api_identity *identity, struct base_str purpose)
{
    struct api_identity *other = malloc(sizeof *other);
    if (other) {
        memcpy(other, identity, sizeof *other);
        atomic_init(&other->refs, 1);
        data_scope_ref(other->scope);
        memcpy(other->purpose, purpose.at, purpose.len);
        other->purpose[purpose.len] = '\0';
    }
    return other;
}

bool api_identity_purpose(struct api_call *call)
{
    if (!call->purpose || call->identity->open) {
        return true;
    }
    struct base_str purpose = base_str_trim(base_str_of(call->purpose));
    if (!api_identity_purpose_good(purpose)) {
        api_problem(call, MHD_HTTP_BAD_REQUEST, "X-Purpose must be 3 to 200 characters of UTF-8");
        return false;
    }
    struct api_identity *other = with_purpose(call->identity, purpose);
    if (!other) {
        api_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
        return false;
    }
    api_identity_unref(call->identity);
    call->identity = other;
    return true;
}
