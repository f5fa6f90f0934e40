/* What decoders want to ask of devices (a Sparkplug node's names, when they were told before we listened): published
 * after COMMIT, best effort, over a connection that subscribes to nothing. Nothing waits for it, nothing is lost by it:
 * a device that is not heard is asked again when it speaks again. */
#include "ingest/worker.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
enum { WAITING_MAX = 16, ASKED_MAX = 64, TOPIC_MAX = 512, PAYLOAD_MAX = 2048 };
#define ASK_AGAIN_US (10 * SECOND) /* at most so often the same */
#define PATIENCE_US (30 * SECOND)
#define RETRY_US (5 * SECOND)
#define IDLE_US (60 * SECOND)
#define LOG_EVERY_US (3600 * SECOND)

struct question {
    char topic[TOPIC_MAX], payload[PAYLOAD_MAX];
    size_t len;
    int64_t since_us;
};

struct ingest_replies {
    struct ingest_session session;
    char client[64];
    struct question waiting[WAITING_MAX];
    size_t count;
    struct {
        char topic[TOPIC_MAX];
        int64_t at_us;
    } asked[ASKED_MAX]; /* a ring */
    size_t asked_at;
    int64_t retry_us, used_us, logged_us; /* monotonic */
};

static bool nothing(void *at, const struct mosquitto_message *message)
{
    (void)at;
    (void)message;
    return true;
}

static bool asked_lately(const struct ingest_replies *replies, const char *topic, int64_t now)
{
    for (size_t i = 0; i < ASKED_MAX; i++) {
        if (now - replies->asked[i].at_us < ASK_AGAIN_US && strcmp(replies->asked[i].topic, topic) == 0) {
            return true;
        }
    }
    return false;
}

static bool take(struct ingest_replies *replies, const struct ingest_reply *reply, int64_t now)
{
    if (replies->count == WAITING_MAX || asked_lately(replies, reply->topic.at, now)) {
        return false;
    }
    struct question *question = &replies->waiting[replies->count++];
    snprintf(question->topic, sizeof question->topic, "%s", reply->topic.at);
    if (reply->payload.len) {
        memcpy(question->payload, reply->payload.at, reply->payload.len);
    }
    question->len = reply->payload.len;
    question->since_us = now;
    size_t at = replies->asked_at++ % ASKED_MAX;
    memcpy(replies->asked[at].topic, question->topic, sizeof question->topic);
    replies->asked[at].at_us = now;
    return true;
}

static struct ingest_replies *replies_of(struct ingest_worker *worker, int64_t now)
{
    if (!worker->replies) {
        worker->replies = calloc(1, sizeof *worker->replies);
    }
    if (worker->replies && !worker->replies->client[0]) {
        struct ingest_replies *replies = worker->replies;
        snprintf(replies->client, sizeof replies->client, "hutong-ask-%llx", (unsigned long long)base_clock_now_us());
        replies->logged_us = now - LOG_EVERY_US;
        for (size_t i = 0; i < ASKED_MAX; i++) {
            replies->asked[i].at_us = now - ASK_AGAIN_US;
        }
    }
    return worker->replies;
}

void ingest_worker_reply_take(struct ingest_worker *worker, const struct ingest_source *source)
{
    const struct ingest_batch *batch = &source->batch;
    int64_t now = base_clock_mono_us();
    struct ingest_replies *replies = batch->reply_count ? replies_of(worker, now) : NULL;
    bool any = false;
    for (size_t i = 0; replies && i < batch->reply_count; i++) {
        const struct ingest_reply *reply = &batch->replies[i];
        if (reply->topic.len < TOPIC_MAX && reply->payload.len <= PAYLOAD_MAX && take(replies, reply, now)) {
            any = true;
        }
    }
    if (any && now - replies->logged_us >= LOG_EVERY_US) {
        replies->logged_us = now;
        base_log(BASE_LOG_INFO, "devices are asked to introduce themselves again",
                 base_log_text("source", source->name));
    }
}

static void open_session(struct ingest_worker *worker, struct ingest_replies *replies, int64_t now)
{
    const struct ingest_session_options options = {.broker = &worker->broker,
                                                   .client_id = replies->client,
                                                   .topics = "",
                                                   .held = "",
                                                   .fleeting = true,
                                                   .message = nothing};
    replies->retry_us = now + RETRY_US;
    enum base_err err = ingest_session_open(&replies->session, &options, NULL);
    (void)err; /* it is tried again */
}

/* The eldest; also one that waited too long goes. */
static void send_one(struct ingest_replies *replies, int64_t now)
{
    struct question *first = &replies->waiting[0];
    bool up = replies->session.state == INGEST_SESSION_UP;
    if (!up && now - first->since_us < PATIENCE_US) {
        return;
    }
    if (up) {
        int code =
            mosquitto_publish(replies->session.client, NULL, first->topic, (int)first->len, first->payload, 0, false);
        (void)code; /* best effort */
        ingest_session_write(&replies->session);
    }
    replies->count--;
    memmove(first, first + 1, replies->count * sizeof *first);
    replies->used_us = now;
}

void ingest_worker_reply_keep(struct ingest_worker *worker)
{
    struct ingest_replies *replies = worker->replies;
    int64_t now = base_clock_mono_us();
    if (!replies) {
        return;
    }
    if (replies->session.state == INGEST_SESSION_DOWN && replies->count && now >= replies->retry_us) {
        open_session(worker, replies, now);
    } else if (replies->session.state != INGEST_SESSION_DOWN) {
        ingest_session_misc(&replies->session);
        ingest_session_write(&replies->session);
        ingest_session_read(&replies->session, now);
    }
    if (replies->count) {
        send_one(replies, now);
    } else if (replies->session.state == INGEST_SESSION_UP && now - replies->used_us > IDLE_US) {
        ingest_session_close(&replies->session);
    }
}

void ingest_worker_reply_end(struct ingest_worker *worker)
{
    if (worker->replies) {
        ingest_session_close(&worker->replies->session);
        free(worker->replies);
    }
    worker->replies = NULL;
}
