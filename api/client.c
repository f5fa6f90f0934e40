/* One client of the stream: its queue, and libmicrohttpd's side of it. It reads at its own pace; a slow one costs a
 * queue of references and never delays anybody. One that is gone shows when something is written to it: at the latest
 * the next heartbeat. */
#include "api/stream.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16 * 1024 };

void api_client_wake(struct api_client *client)
{
    if (client->suspended) {
        client->suspended = false;
        MHD_resume_connection(client->connection);
    }
}

static struct api_message *take(struct api_client *client)
{
    struct api_message *message = client->queue[client->first];
    client->first = (client->first + 1) % API_QUEUE_MAX;
    client->count--;
    return message;
}

void api_client_clear(struct api_client *client)
{
    while (client->count) {
        api_message_unref(take(client));
    }
}

bool api_client_put(struct api_client *client, struct api_message *message)
{
    if (client->count == API_QUEUE_MAX) {
        return false;
    }
    client->queue[(client->first + client->count++) % API_QUEUE_MAX] = api_message_ref(message);
    client->asks = client->asks && message->number == 0; /* a heartbeat gives it nothing that it needs */
    api_client_wake(client);
    return true;
}

void api_client_end(struct api_client *client)
{
    client->ending = true;
    api_client_wake(client);
}

void api_client_restart(struct api_client *client)
{
    api_client_clear(client);
    client->state = API_CLIENT_FRESH;
    client->asks = false;
    api_client_wake(client); /* so that it asks */
}

/* --- in libmicrohttpd's thread --- */

static ssize_t wait_for_more(struct api_client *client)
{
    const struct api_streams_source *source = &client->streams->source;
    client->suspended = true;
    MHD_suspend_connection(client->connection);
    if (client->state != API_CLIENT_FOLLOWS && !client->asks) {
        client->asks = true;
        source->wanted(source->of);
    }
    return 0;
}

static ssize_t fill(struct api_client *client, char *to, size_t max)
{
    if (client->streams->closing || client->ending) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    size_t len = 0;
    while (len < max && (client->now || client->count)) {
        client->now = client->now ? client->now : take(client);
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
    return len ? (ssize_t)len : wait_for_more(client);
}

static ssize_t read_client(void *of, uint64_t position, char *to, size_t max)
{
    (void)position;
    struct api_client *client = of;
    api_streams_lock(client->streams);
    ssize_t len = fill(client, to, max);
    api_streams_unlock(client->streams);
    return len;
}

static void client_drop(struct api_client *client)
{
    api_client_clear(client);
    api_message_unref(client->now);
    api_identity_unref(client->identity);
    free(client);
}

static void client_free(void *of)
{
    struct api_client *client = of;
    api_streams_lock(client->streams);
    api_streams_leave(client->streams, client);
    api_streams_unlock(client->streams);
    client_drop(client);
}

/* Whoever was here before goes on from there, when it is known what has changed since. */
static void resume(struct api_client *client, const char *last_event_id)
{
    const struct api_streams_source *source = &client->streams->source;
    uint64_t through = last_event_id ? source->find(source->of, last_event_id) : 0;
    client->state = through ? API_CLIENT_BEHIND : API_CLIENT_FRESH;
    client->through = through;
    client->resumes = through != 0;
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
                                  .wish = call->wish,
                                  .asked_us = call->started_us,
                                  .looked = call->looked};
    client->now = api_message_new(base_str_of("retry: 2000\n\n")); /* sends the headers on their way, too */
    api_streams_lock(streams);
    resume(client, MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, "Last-Event-ID"));
    bool joined = client->now && api_streams_join(streams, client);
    api_streams_unlock(streams);
    if (!joined) {
        client_drop(client);
        return NULL;
    }
    return client;
}

struct MHD_Response *api_client_response(struct api_call *call)
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
