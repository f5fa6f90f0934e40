/* All streams (Server-Sent Events): clients of equal scope and wish are an audience. A client whose scope changes goes
 * over to another audience and gets a snapshot; whose right has ended comes to the end of its stream. Nothing is shown
 * before the client's look is written down (watch.c). */
#include "api/stream.h"

#include <stdlib.h>

enum { CLIENTS_MAX = 1000, CLIENTS_OF_ONE = 100 };

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

void api_streams_close(struct api_streams *streams)
{
    api_streams_lock(streams);
    streams->closing = true;
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        for (struct api_client *client = audience->clients; client; client = client->next) {
            api_client_wake(client);
        }
    }
    api_streams_unlock(streams);
}

/* --- audiences --- */

/* That of the scope and the wish, made when there is none; NULL without memory. */
static struct api_audience *audience_of(struct api_streams *streams, struct data_scope *scope, struct api_wish wish)
{
    struct base_id key = data_scope_key(scope);
    struct api_audience *audience = streams->audiences;
    while (audience && (!base_id_equal(audience->key, key) || audience->wish.topics != wish.topics ||
                        audience->wish.cameras != wish.cameras)) {
        audience = audience->next;
    }
    if (audience || !(audience = calloc(1, sizeof *audience))) {
        return audience;
    }
    *audience =
        (struct api_audience){.scope = data_scope_ref(scope), .key = key, .wish = wish, .at = &streams->audiences};
    audience->next = streams->audiences;
    if (audience->next) {
        audience->next->at = &audience->next;
    }
    streams->audiences = audience;
    return audience;
}

static void enter(struct api_client *client, struct api_audience *audience)
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

bool api_streams_join(struct api_streams *streams, struct api_client *client)
{
    bool full = streams->count >= CLIENTS_MAX || streams->closing || too_many(streams, client->identity);
    struct api_audience *audience = full ? NULL : audience_of(streams, client->identity->scope, client->wish);
    if (audience) {
        enter(client, audience);
        streams->count++;
    }
    return audience != NULL;
}

void api_streams_leave(struct api_streams *streams, struct api_client *client)
{
    leave(client);
    streams->count--;
}

/* --- who they are --- */

uint64_t api_streams_stamp(const struct api_streams *streams)
{
    return streams->source.stamp(streams->source.of);
}

bool api_streams_recorded(const struct api_client *client, uint64_t stamp)
{
    return client->identity->open || client->looked == stamp || !api_topic_looked(client->wish);
}

static void list_add(struct api_streams_due *list, const struct api_client *client)
{
    size_t i = 0;
    while (i < list->count && list->each[i].identity != client->identity) {
        i++;
    }
    if (i == BASE_COUNT(list->each)) {
        return;
    }
    if (i == list->count) {
        list->each[list->count++].identity = api_identity_ref(client->identity);
        list->each[i].wish = (struct api_wish){.topics = 0};
    }
    list->each[i].wish.topics |= client->wish.topics;
    list->each[i].wish.cameras |= client->wish.cameras;
}

void api_streams_due_release(struct api_streams_due *due)
{
    for (; due->count; due->count--) {
        api_identity_unref(due->each[due->count - 1].identity);
    }
}

void api_streams_due(struct api_streams *streams, int64_t asked_before_us, struct api_streams_due *ret_due)
{
    uint64_t stamp = api_streams_stamp(streams);
    ret_due->count = 0;
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        for (struct api_client *client = audience->clients; client; client = client->next) {
            bool due = asked_before_us ? client->asked_us < asked_before_us : !api_streams_recorded(client, stamp);
            if (due && !client->ending) {
                list_add(ret_due, client);
            }
        }
    }
}

/* May the one who was given a stream keep it? */
static bool may_stay(const struct api_identity *identity, unsigned topics)
{
    bool reasoned = identity && (identity->purpose[0] || !(topics & 1U << API_TOPIC_ASSETS));
    return reasoned && api_topic_missing(topics, identity->scope) == API_TOPICS;
}

static void renew(struct api_client *client, struct api_identity *identity, int64_t asked_us)
{
    struct base_id key = data_scope_key(identity->scope);
    bool cameras = identity->purpose[0] != '\0';
    if (!base_id_equal(key, client->audience->key) || cameras != client->wish.cameras) {
        client->wish.cameras = cameras;
        struct api_audience *audience = audience_of(client->streams, identity->scope, client->wish);
        if (!audience) {
            api_client_end(client); /* no memory: it may come again */
            return;
        }
        leave(client);
        enter(client, audience);
        client->looked = 0;
        api_client_restart(client);
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
            if (client->identity == known && may_stay(renewed, client->wish.topics)) {
                renew(client, renewed, asked_us);
            } else if (client->identity == known) {
                api_client_end(client);
            }
        }
    }
}

static bool within(struct api_wish wish, struct api_wish all)
{
    return !(wish.topics & ~all.topics) && (all.cameras || !wish.cameras);
}

void api_streams_record(struct api_streams *streams, const struct api_identity *identity, struct api_wish wish,
                        uint64_t stamp)
{
    bool some = false;
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        for (struct api_client *client = audience->clients; client; client = client->next) {
            if (client->identity == identity && within(client->wish, wish)) {
                client->looked = stamp;
                some = some || client->asks;
            }
        }
    }
    if (some) {
        streams->source.wanted(streams->source.of);
    }
}

void api_streams_expire(struct api_streams *streams, int64_t now_us, int64_t asked_before_us)
{
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        for (struct api_client *client = audience->clients; client; client = client->next) {
            const struct api_identity *identity = client->identity;
            if (now_us > identity->expires_us || (!identity->open && client->asked_us < asked_before_us)) {
                api_client_end(client);
            }
        }
    }
}
