/* The teller: gives out what changed, to each audience once, and to those who are behind what they have missed.
 *
 * Tiles of static layers are told of at most each TILES_EVERY_US: an import changes them all the time. */
#include "api/stream.h"

#define TILES_EVERY_US INT64_C(250000)
#define TILES_AGAIN_US INT64_C(1000000) /* so much earlier what somebody who comes back is told of tiles begins */
#define SNAPSHOT_OLD_US INT64_C(1000000)

struct round {
    const struct api_moment *moment;
    uint64_t stamp;
    int64_t now_us, next_us;
    size_t messages, overflows;
};

static struct api_viewer viewer_of(const struct api_audience *audience)
{
    return (struct api_viewer){audience->scope, audience->wish};
}

static bool follows(const struct api_client *client)
{
    return client->state == API_CLIENT_FOLLOWS;
}

static bool has_followers(const struct api_audience *audience)
{
    const struct api_client *client = audience->clients;
    while (client && !follows(client)) {
        client = client->next;
    }
    return client != NULL;
}

/* --- those who follow --- */

/* What it was not given goes back to the queue's first diff; what it is being given counts as given. */
static void fall_behind(struct api_client *client, uint64_t through)
{
    for (size_t i = 0; i < client->count; i++) {
        const struct api_message *message = client->queue[(client->first + i) % API_QUEUE_MAX];
        if (message->number) {
            through = message->since;
            break;
        }
    }
    api_client_clear(client);
    client->state = API_CLIENT_BEHIND;
    client->through = through;
    client->asks = false;
    api_client_wake(client);
}

static void send_one(struct round *round, struct api_client *client, struct api_message *message)
{
    if (!api_streams_recorded(client, round->stamp)) {
        fall_behind(client, message->since); /* until its look is written down */
    } else if (!api_client_put(client, message)) {
        fall_behind(client, message->since);
        round->overflows++;
    } else {
        round->messages++;
    }
}

static void send_all(struct round *round, struct api_audience *audience, struct api_message *message)
{
    for (struct api_client *client = audience->clients; client; client = client->next) {
        if (follows(client)) {
            send_one(round, client, message);
        }
    }
}

static void restart_all(struct api_audience *audience)
{
    for (struct api_client *client = audience->clients; client; client = client->next) {
        if (follows(client)) {
            api_client_restart(client);
        }
    }
}

static void come_again(struct round *round, int64_t at_us)
{
    round->next_us = at_us < round->next_us ? at_us : round->next_us;
}

/* Is it time to tell of tiles? When it will be, the round ends with a call to come again. */
static bool tiles_due(struct round *round, const struct api_audience *audience)
{
    if (api_journal_tiles_number(round->moment->journal) <= audience->tiles_told) {
        return false;
    }
    int64_t due_us = audience->tiles_us + TILES_EVERY_US;
    if (due_us > round->now_us) {
        come_again(round, due_us);
    }
    return due_us <= round->now_us;
}

static void tell_followers(struct round *round, struct api_audience *audience)
{
    const struct api_moment *moment = round->moment;
    bool tiles = tiles_due(round, audience), nothing;
    if (moment->number == audience->told && !tiles) {
        return;
    }
    if (!api_journal_reaches(moment->journal, audience->told)) {
        restart_all(audience);
        return;
    }
    const struct api_diff diff = {audience->told, audience->tiles_told, INT64_MAX, tiles, false};
    struct api_message *message = api_message_diff(moment, viewer_of(audience), &diff, &nothing);
    if (message) {
        send_all(round, audience, message);
    } else if (!nothing) {
        restart_all(audience); /* no memory for the small one: perhaps for a snapshot, later */
    }
    api_message_unref(message);
    if (tiles) {
        audience->tiles_told = moment->number;
        audience->tiles_us = round->now_us;
    }
}

/* --- those who are behind --- */

/* One who has come back may have missed tiles that were held back when the diff went out that it saw last. */
static struct api_message *catch_up(const struct round *round, const struct api_audience *audience,
                                    const struct api_client *client, bool *ret_nothing)
{
    const struct api_journal *journal = round->moment->journal;
    const struct api_diff diff = {client->through, client->through,
                                  api_journal_when(journal, client->through) - TILES_AGAIN_US, true, client->resumes};
    return api_message_diff(round->moment, viewer_of(audience), &diff, ret_nothing);
}

static void tell_behind(struct round *round, struct api_audience *audience, struct api_client *client,
                        struct api_message **last)
{
    bool nothing = false;
    if (!api_journal_reaches(round->moment->journal, client->through)) {
        api_client_restart(client);
        return;
    }
    if (!*last || (*last)->since != client->through) { /* those who were cut off together are told together */
        api_message_unref(*last);
        *last = catch_up(round, audience, client, &nothing);
    }
    if (*last) {
        round->messages += api_client_put(client, *last);
    } else if (!nothing) {
        return; /* no memory: it still asks */
    }
    client->state = API_CLIENT_FOLLOWS;
    client->resumes = client->asks = false;
}

static void tell_audience(struct round *round, struct api_audience *audience)
{
    struct api_message *last = NULL;
    if (has_followers(audience)) {
        tell_followers(round, audience);
    } else {
        audience->tiles_told = round->moment->number;
    }
    for (struct api_client *client = audience->clients; client; client = client->next) {
        if (client->state == API_CLIENT_BEHIND && client->asks && client->count == 0 &&
            api_streams_recorded(client, round->stamp)) {
            tell_behind(round, audience, client, &last);
        }
    }
    api_message_unref(last);
    audience->told = round->moment->number;
}

int64_t api_teller_round(struct api_streams *streams, const struct api_moment *moment, int64_t now_us,
                         struct api_metrics *metrics)
{
    struct round round = {
        .moment = moment, .stamp = api_streams_stamp(streams), .now_us = now_us, .next_us = INT64_MAX};
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        tell_audience(&round, audience);
    }
    api_metrics_stream(metrics, round.messages, round.overflows);
    return round.next_us;
}

/* --- heartbeats --- */

/* Its id stands for everything that those who follow were told before; the others keep theirs. */
void api_teller_feed(struct api_streams *streams, const char *event, const struct api_feed *feed,
                     const struct api_moment *moment, struct api_metrics *metrics)
{
    size_t sent = 0;
    for (struct api_audience *audience = streams->audiences; audience; audience = audience->next) {
        bool current = moment && audience->told == moment->number;
        struct api_message *others = api_message_feed(event, feed, viewer_of(audience), NULL);
        struct api_message *followers = current ? api_message_feed(event, feed, viewer_of(audience), moment) : NULL;
        for (struct api_client *client = audience->clients; client; client = client->next) {
            struct api_message *message = followers && follows(client) ? followers : others;
            sent += message && api_client_put(client, message); /* one whose queue is full has enough to read */
        }
        api_message_unref(others);
        api_message_unref(followers);
    }
    api_metrics_stream(metrics, sent, 0);
}

/* --- snapshots --- */

static bool waits(const struct api_client *client, uint64_t stamp)
{
    return client->state == API_CLIENT_FRESH && client->asks && api_streams_recorded(client, stamp);
}

static bool somebody_waits(const struct api_audience *audience, uint64_t stamp)
{
    const struct api_client *client = audience->clients;
    while (client && !waits(client, stamp)) {
        client = client->next;
    }
    return client != NULL;
}

bool api_teller_fresh(struct api_streams *streams, struct api_audience *ret_copy)
{
    uint64_t stamp = api_streams_stamp(streams);
    struct api_audience *audience = streams->audiences;
    while (audience && !somebody_waits(audience, stamp)) {
        audience = audience->next;
    }
    if (!audience) {
        return false;
    }
    *ret_copy = *audience;
    data_scope_ref(audience->scope);
    ret_copy->snapshot = NULL;
    if (audience->snapshot && base_clock_mono_us() - audience->snapshot_us < SNAPSHOT_OLD_US) {
        ret_copy->snapshot = api_message_ref(audience->snapshot);
    }
    return true;
}

static struct api_audience *same(const struct api_streams *streams, const struct api_audience *copy)
{
    struct api_audience *audience = streams->audiences;
    while (audience && (!base_id_equal(audience->key, copy->key) || audience->wish.topics != copy->wish.topics ||
                        audience->wish.cameras != copy->wish.cameras)) {
        audience = audience->next;
    }
    return audience;
}

/* What came since it was taken follows as a diff. */
static void give(struct api_client *client, struct api_audience *audience, struct api_message *snapshot)
{
    if (!has_followers(audience) && snapshot->number > audience->told) {
        audience->told = audience->tiles_told = snapshot->number;
    }
    if (!api_client_put(client, snapshot)) {
        return; /* heartbeats fill its queue: it reads them, and asks again */
    }
    bool current = snapshot->number >= audience->told;
    client->state = current ? API_CLIENT_FOLLOWS : API_CLIENT_BEHIND;
    client->through = snapshot->number;
}

void api_teller_snapshot(struct api_streams *streams, const struct api_audience *copy, struct api_message *snapshot,
                         uint64_t stamp)
{
    struct api_audience *audience = same(streams, copy);
    if (!audience) {
        return;
    }
    if (audience->snapshot != snapshot) {
        api_message_unref(audience->snapshot);
        audience->snapshot = api_message_ref(snapshot);
        audience->snapshot_us = base_clock_mono_us();
    }
    for (struct api_client *client = audience->clients; client; client = client->next) {
        if (waits(client, stamp)) {
            give(client, audience, snapshot);
        }
    }
}
