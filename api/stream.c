/* Streams (Server-Sent Events): one message for all, shared by reference; each client has a short queue of them.
 *
 *   hub ──send──> [m3][m4][m5]  client A: at m3, reads at its own pace
 *                 [  ][  ][m5]  client B: waits, suspended; a message resumes it
 *                 overflow      client C: queue emptied, gets a fresh snapshot when it reads again
 *
 * So a slow client costs a queue of references and never delays anybody. A client that is gone shows when something
 * is written to it: at the latest the next heartbeat. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUE_MAX = 64, CLIENTS_MAX = 1000, BLOCK_BYTES = 16 * 1024 };

struct api_message {
    atomic_size_t refs;
    size_t len;
    char text[];
};

struct client {
    struct api_streams *streams;
    struct MHD_Connection *connection;
    struct client *next, **at;
    struct api_message *queue[QUEUE_MAX];
    size_t first, count;
    struct api_message *now; /* being written; offset bytes are */
    size_t offset;
    bool fresh;     /* needs a snapshot before anything else */
    bool suspended; /* waits for a message */
};

struct api_streams {
    pthread_mutex_t lock;
    struct api_message *(*snapshot)(void *of);
    void *of;
    struct client *clients;
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

enum base_err api_streams_new(struct api_message *(*snapshot)(void *of), void *of, struct base_diag *diag,
                              struct api_streams **ret_streams)
{
    struct api_streams *streams = calloc(1, sizeof *streams);
    if (!streams) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    streams->snapshot = snapshot;
    streams->of = of;
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

size_t api_streams_count(const struct api_streams *streams)
{
    return streams->count;
}

static void wake(struct client *client)
{
    if (client->suspended) {
        client->suspended = false;
        MHD_resume_connection(client->connection);
    }
}

static void queue_clear(struct client *client)
{
    for (; client->count; client->count--) {
        api_message_unref(client->queue[client->first]);
        client->first = (client->first + 1) % QUEUE_MAX;
    }
}

static bool queue_put(struct client *client, struct api_message *message)
{
    if (client->count == QUEUE_MAX) {
        queue_clear(client);
        client->fresh = true;
        return false;
    }
    client->queue[(client->first + client->count++) % QUEUE_MAX] = api_message_ref(message);
    return true;
}

size_t api_streams_send(struct api_streams *streams, struct api_message *message, bool to_fresh)
{
    size_t overflows = 0;
    for (struct client *client = streams->clients; client; client = client->next) {
        if (client->fresh && !to_fresh) {
            continue; /* its snapshot will hold this */
        }
        overflows += !queue_put(client, message);
        wake(client);
    }
    return overflows;
}

void api_streams_resync(struct api_streams *streams)
{
    for (struct client *client = streams->clients; client; client = client->next) {
        queue_clear(client);
        client->fresh = true;
        wake(client);
    }
}

void api_streams_close(struct api_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    streams->closing = true;
    for (struct client *client = streams->clients; client; client = client->next) {
        wake(client);
    }
    pthread_mutex_unlock(&streams->lock);
}

/* --- one client, in libmicrohttpd's thread --- */

/* The next message to write, or NULL when there is none yet. A fresh client keeps waiting while there is no snapshot
 * (the database has not been read yet); heartbeats, which are in its queue, pass. */
static struct api_message *next_message(struct client *client)
{
    struct api_message *snapshot = client->fresh ? client->streams->snapshot(client->streams->of) : NULL;
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

static ssize_t fill(struct client *client, char *to, size_t max)
{
    if (client->streams->closing) {
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
    struct client *client = of;
    pthread_mutex_lock(&client->streams->lock);
    ssize_t len = fill(client, to, max);
    pthread_mutex_unlock(&client->streams->lock);
    return len;
}

static void client_free(void *of)
{
    struct client *client = of;
    pthread_mutex_lock(&client->streams->lock);
    *client->at = client->next;
    if (client->next) {
        client->next->at = client->at;
    }
    client->streams->count--;
    pthread_mutex_unlock(&client->streams->lock);
    queue_clear(client);
    api_message_unref(client->now);
    free(client);
}

static struct client *client_new(struct api_streams *streams, struct MHD_Connection *connection)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client) {
        return NULL;
    }
    *client = (struct client){.streams = streams, .connection = connection, .fresh = true};
    client->now = api_message_new(base_str_of("retry: 2000\n\n")); /* sends the headers on their way, too */
    pthread_mutex_lock(&streams->lock);
    bool full = streams->count >= CLIENTS_MAX || streams->closing || !client->now;
    if (!full) {
        client->next = streams->clients;
        client->at = &streams->clients;
        if (client->next) {
            client->next->at = &client->next;
        }
        streams->clients = client;
        streams->count++;
    }
    pthread_mutex_unlock(&streams->lock);
    if (full) {
        api_message_unref(client->now);
        free(client);
        return NULL;
    }
    return client;
}

struct MHD_Response *api_stream_response(struct api_streams *streams, struct MHD_Connection *connection)
{
    struct client *client = client_new(streams, connection);
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

/* GET /api/stream, in a worker: without an answer of its own it opens. */
enum base_err api_stream_ask(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    (void)worker;
    struct base_str topics = api_target_param(&call->target, "topics");
    if (topics.at && !base_str_is(topics, "assets")) {
        return base_diag_set(diag, BASE_INVALID, "this server streams one topic: topics=assets");
    }
    return BASE_OK;
}
