/* Streams (Server-Sent Events): clients of equal scope are an audience; a message is rendered once for each audience
 * and shared by reference; each client has a short queue of them.
 *
 *   hub ──send──> audience 1  [m3][m4][m5]  client A: at m3, reads at its own pace
 *           │                 [  ][  ][m5]  client B: waits, suspended; a message resumes it
 *           └───> audience 2  overflow      client C: queue emptied, gets a fresh snapshot when it reads again
 *
 * A client whose scope changes goes over to another audience and gets a snapshot; whose right has ended comes to the
 * end of its stream. Snapshots wait until the client's look is written down (watch.c). So a slow client costs a queue
 * of references and never delays anybody. A client that is gone shows when something is written to it: at the latest
 * the next heartbeat. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUE_MAX = 64, CLIENTS_MAX = 1000, CLIENTS_OF_ONE = 100, BLOCK_BYTES = 16 * 1024 };

struct api_message {
    atomic_size_t refs;
    size_t len;
    char text[];
};

struct api_client {
    struct api_streams *streams;
    struct api_audience *audience;
    struct MHD_Connection *connection;
    struct api_identity *identity;
    int64_t asked_us; /* monotonic: when the identity was last asked for */
    uint64_t looked;  /* the stamp as of which this client's look is written down */
    struct api_client *next, **at;
    struct api_message *queue[QUEUE_MAX];
    size_t first, count;
    struct api_message *now; /* being written; offset bytes are */
    size_t offset;
    bool fresh;     /* needs a snapshot before anything else */
    bool ending;    /* may see no more */
    bool suspended; /* waits for a message */
};

struct api_streams {
    pthread_mutex_t lock;
    struct api_streams_source source;
    struct api_audience *audiences;
    size_t count;
    bool closing;
};

/* --- messages --- */

struct api_message *api_message_new(struct base_str text)
{
    struct api_message *message = malloc(sizeof *message + text.len);
    if (message) {
        atomic_init(&message->refs, 1);
        message->len = text.len;
        memcpy(message->text, text.at, text.len);
    }
    return message;
}

struct api_message *api_message_ref(struct api_message *message)
{
    if (message) {
        atomic_fetch_add(&message->refs, 1);
    }
    return message;
}

void api_message_unref(struct api_message *message)
{
    if (message && atomic_fetch_sub(&message->refs, 1) == 1) {
        free(message);
    }
}

/* --- all clients --- */

enum base_err api_streams_new(const struct api_streams_source *source, struct base_diag *diag,
                              struct api_streams **ret_streams)
{
    struct api_streams *streams = calloc(1, sizeof *streams);
    if (!streams) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    streams->source = *source;
    pthread_mutex_init(&streams->lock, NULL);
    *ret_streams = streams;
    return BASE_OK;
}

void api_streams_free(struct api_streams *streams)
{
    if (streams) {
        pthread_mutex_destroy(&streams->lock);
        free(streams);
    }
}

void api_streams_lock(struct api_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
}

void api_streams_unlock(struct api_streams *streams)
{
    pthread_mutex_unlock(&streams->lock);
}

struct api_audience *api_streams_first(const struct api_streams *streams)
{
    return streams->audiences;
}

size_t api_streams_count(const struct api_streams *streams)
{
    return streams->count;
}

static void wake(struct api_client *client)
{
    if (client->suspended) {
        client->suspended = false;
        MHD_resume_connection(client->connection);
    }
}

static void queue_clear(struct api_client *client)
{
    for (; client->count; client->count--) {
        api_message_unref(client->queue[client->first]);
        client->first = (client->first + 1) % QUEUE_MAX;
    }
}

static bool queue_put(struct api_client *client, struct api_message *message)
{
    if (client->count == QUEUE_MAX) {
        queue_clear(client);
        client->fresh = true;
        return false;
    }
    client->queue[(client->first + client->count++) % QUEUE_MAX] = api_message_ref(message);
    return true;
}

size_t api_streams_send(struct api_audience *audience, struct api_message *message, bool to_fresh)
{
    size_t overflows = 0;
    for (struct api_client *client = audience->clients; client; client = client->next) {
        if (client->fresh && !to_fresh) {
            continue; /* its snapshot will hold this */
        }
        overflows += !queue_put(client, message);
        wake(client);
    }
    return overflows;
}

static void resync(struct api_client *client)
{
    queue_clear(client);
    client->fresh = true;
    wake(client);
}

void api_streams_resync(struct api_audience *audience)
{
    for (struct api_client *client = audience->clients; client; client = client->next) {
        resync(client);
    }
}

void api_streams_close(struct api_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    streams->closing = true;
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        for (struct api_client *client = audience->clients; client; client = client->next) {
            wake(client);
        }
    }
    pthread_mutex_unlock(&streams->lock);
}

/* --- audiences --- */

/* That of the scope, made when there is none; NULL without memory. */
static struct api_audience *audience_of(struct api_streams *streams, struct data_scope *scope)
{
    struct base_id key = data_scope_key(scope);
    struct api_audience *audience = streams->audiences;
    while (audience && !base_id_equal(audience->key, key)) {
        audience = audience->next;
    }
    if (audience || !(audience = calloc(1, sizeof *audience))) {
        return audience;
    }
    *audience = (struct api_audience){.scope = data_scope_ref(scope), .key = key, .at = &streams->audiences};
    audience->next = streams->audiences;
    if (audience->next) {
        audience->next->at = &audience->next;
    }
    streams->audiences = audience;
    return audience;
}

static void join(struct api_client *client, struct api_audience *audience)
{
    client->audience = audience;
    client->next = audience->clients;
    client->at = &audience->clients;
    if (client->next) {
        client->next->at = &client->next;
    }
    audience->clients = client;
    audience->count++;
}

/* Its last client takes an audience along. */
static void leave(struct api_client *client)
{
    struct api_audience *audience = client->audience;
    *client->at = client->next;
    if (client->next) {
        client->next->at = client->at;
    }
    if (--audience->count) {
        return;
    }
    *audience->at = audience->next;
    if (audience->next) {
        audience->next->at = audience->at;
    }
    api_message_unref(audience->snapshot);
    data_scope_free(audience->scope);
    free(audience);
}

/* --- who they are --- */

static void end(struct api_client *client)
{
    client->ending = true;
    wake(client);
}

/* A client's look is on record for what a snapshot would show now. */
static bool recorded(const struct api_client *client, uint64_t stamp)
{
    return client->identity->open || client->looked == stamp;
}

static void list_add(struct api_streams_due *list, struct api_identity *identity)
{
    for (size_t i = list->count; i-- > 0;) {
        if (list->each[i] == identity) {
            return;
        }
    }
    if (list->count < BASE_COUNT(list->each)) {
        list->each[list->count++] = api_identity_ref(identity);
    }
}

static uint64_t stamp_now(const struct api_streams *streams)
{
    return streams->source.stamp(streams->source.of);
}

void api_streams_due_release(struct api_streams_due *due)
{
    for (; due->count; due->count--) {
        api_identity_unref(due->each[due->count - 1]);
    }
}

void api_streams_due(struct api_streams *streams, int64_t asked_before_us, struct api_streams_due *ret_due)
{
    uint64_t stamp = stamp_now(streams);
    ret_due->count = 0;
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        for (struct api_client *client = audience->clients; client; client = client->next) {
            bool due = asked_before_us ? client->asked_us < asked_before_us : !recorded(client, stamp);
            if (due && !client->ending) {
                list_add(ret_due, client->identity);
            }
        }
    }
}

/* May the one who was given a stream keep it? Its look is at units, for a purpose. */
static bool may_stay(const struct api_identity *identity)
{
    return identity && identity->purpose[0] && data_scope_any(identity->scope, DATA_LOOK_UNIT);
}

static void renew(struct api_client *client, struct api_identity *identity, int64_t asked_us)
{
    struct base_id key = data_scope_key(identity->scope);
    if (!base_id_equal(key, client->audience->key)) {
        struct api_audience *audience = audience_of(client->streams, identity->scope);
        if (!audience) {
            end(client); /* no memory: it may come again */
            return;
        }
        leave(client);
        join(client, audience);
        client->looked = 0;
        resync(client);
    }
    api_identity_unref(client->identity);
    client->identity = api_identity_ref(identity);
    client->asked_us = asked_us;
}

void api_streams_renew(struct api_streams *streams, const struct api_identity *known, struct api_identity *renewed,
                       int64_t asked_us)
{
    struct api_audience *next_audience;
    for (struct api_audience *audience = streams->audiences; audience; audience = next_audience) {
        next_audience = audience->next; /* this one may go; a new one comes in front */
        struct api_client *next;
        for (struct api_client *client = audience->clients; client; client = next) {
            next = client->next;
            if (client->identity == known && may_stay(renewed)) {
                renew(client, renewed, asked_us);
            } else if (client->identity == known) {
                end(client);
            }
        }
    }
}

void api_streams_recorded(struct api_streams *streams, const struct api_identity *identity, uint64_t stamp)
{
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        for (struct api_client *client = audience->clients; client; client = client->next) {
            if (client->identity == identity) {
                client->looked = stamp;
                wake(client);
            }
        }
    }
}

void api_streams_expire(struct api_streams *streams, int64_t now_us, int64_t asked_before_us)
{
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        for (struct api_client *client = audience->clients; client; client = client->next) {
            const struct api_identity *identity = client->identity;
            if (now_us > identity->expires_us || (!identity->open && client->asked_us < asked_before_us)) {
                end(client);
            }
        }
    }
}

/* --- one client, in libmicrohttpd's thread --- */

/* The next message to write, or NULL when there is none yet. A fresh client keeps waiting while there is no snapshot
 * (the database has not been read yet, or its look is not written down); heartbeats, which are in its queue, pass. */
static struct api_message *next_message(struct api_client *client)
{
    const struct api_streams_source *source = &client->streams->source;
    struct api_message *snapshot = NULL;
    if (client->fresh && recorded(client, stamp_now(client->streams))) {
        snapshot = source->snapshot(source->of, client->audience);
    }
    if (snapshot) {
        client->fresh = false;
        queue_clear(client);
        return snapshot;
    }
    if (client->count == 0) {
        return NULL;
    }
    struct api_message *message = client->queue[client->first];
    client->first = (client->first + 1) % QUEUE_MAX;
    client->count--;
    return message;
}

static ssize_t fill(struct api_client *client, char *to, size_t max)
{
    if (client->streams->closing || client->ending) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    size_t len = 0;
    while (len < max) {
        if (!client->now && !(client->now = next_message(client))) {
            break;
        }
        size_t left = client->now->len - client->offset;
        size_t part = left < max - len ? left : max - len;
        memcpy(to + len, client->now->text + client->offset, part);
        len += part;
        client->offset += part;
        if (client->offset == client->now->len) {
            api_message_unref(client->now);
            client->now = NULL;
            client->offset = 0;
        }
    }
    if (len == 0) {
        client->suspended = true;
        MHD_suspend_connection(client->connection);
    }
    return (ssize_t)len;
}

static ssize_t read_client(void *of, uint64_t position, char *to, size_t max)
{
    (void)position;
    struct api_client *client = of;
    pthread_mutex_lock(&client->streams->lock);
    ssize_t len = fill(client, to, max);
    pthread_mutex_unlock(&client->streams->lock);
    return len;
}

static void client_drop(struct api_client *client)
{
    queue_clear(client);
    api_message_unref(client->now);
    api_identity_unref(client->identity);
    free(client);
}

static void client_free(void *of)
{
    struct api_client *client = of;
    pthread_mutex_lock(&client->streams->lock);
    leave(client);
    client->streams->count--;
    pthread_mutex_unlock(&client->streams->lock);
    client_drop(client);
}

/* One account, or one shift's session, is not to take every place. */
static bool too_many(const struct api_streams *streams, const struct api_identity *identity)
{
    size_t count = 0;
    for (const struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        for (const struct api_client *client = audience->clients; client; client = client->next) {
            const struct api_identity *other = client->identity;
            count += identity->account_id ? other->account_id == identity->account_id
                                          : base_id_equal(other->session, identity->session);
        }
    }
    return !identity->open && count >= CLIENTS_OF_ONE;
}

static struct api_client *client_new(struct api_call *call)
{
    struct api_streams *streams = call->server->streams;
    struct api_client *client = calloc(1, sizeof *client);
    if (!client) {
        return NULL;
    }
    *client = (struct api_client){.streams = streams,
                                  .connection = call->connection,
                                  .identity = api_identity_ref(call->identity),
                                  .asked_us = call->started_us,
                                  .looked = call->looked,
                                  .fresh = true};
    client->now = api_message_new(base_str_of("retry: 2000\n\n")); /* sends the headers on their way, too */
    pthread_mutex_lock(&streams->lock);
    bool full =
        streams->count >= CLIENTS_MAX || streams->closing || !client->now || too_many(streams, client->identity);
    struct api_audience *audience = full ? NULL : audience_of(streams, client->identity->scope);
    if (audience) {
        join(client, audience);
        streams->count++;
    }
    pthread_mutex_unlock(&streams->lock);
    if (!audience) {
        client_drop(client);
        return NULL;
    }
    return client;
}

struct MHD_Response *api_stream_response(struct api_call *call)
{
    struct api_client *client = client_new(call);
    if (!client) {
        return NULL;
    }
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_client, client, client_free);
    if (!response) {
        client_free(client);
    }
    return response;
}
