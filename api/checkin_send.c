/* The way of check-ins to the broker: a connection that is made when it is first needed, and anew after any failure. A
 * broker that does not answer may hold up one worker for some seconds, never all of them. */
#include "api/checkin.h"
#include "ingest/ingest.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 3000, TURN_S = 2 };
static const int64_t pause_us = 1000000;

struct api_checkins {
    const char *broker;
    pthread_mutex_t lock;
    struct ingest_publisher *publisher; /* NULL: not connected */
    int64_t retry_us;                   /* monotonic: not before */
};

enum base_err api_checkin_send_new(const char *broker, struct base_diag *diag, struct api_checkins **ret_checkins)
{
    struct api_checkins *checkins = NULL;
    if (broker && *broker) {
        checkins = calloc(1, sizeof *checkins);
        if (!checkins) {
            return base_diag_set(diag, BASE_NOMEM, "out of memory");
        }
        checkins->broker = broker;
        pthread_mutex_init(&checkins->lock, NULL);
    }
    *ret_checkins = checkins;
    return BASE_OK;
}

void api_checkin_send_free(struct api_checkins *checkins)
{
    if (checkins) {
        ingest_publisher_free(checkins->publisher);
        pthread_mutex_destroy(&checkins->lock);
        free(checkins);
    }
}

/* Two servers of one database must not push each other out, so no two names are the same. */
static enum base_err reach(struct api_checkins *checkins, struct base_diag *diag)
{
    char name[96], secret[BASE_SECRET_TEXT];
    if (checkins->publisher) {
        return BASE_OK;
    }
    if (base_clock_mono_us() < checkins->retry_us) {
        return base_diag_set(diag, BASE_BROKER, "broker: it did not answer a moment ago");
    }
    enum base_err err = base_secret_new(diag, secret);
    if (!err) {
        snprintf(name, sizeof name, "hutong-serve-%.12s", secret);
        err = ingest_publisher_open(checkins->broker, name, PATIENCE_MS, diag, &checkins->publisher);
    }
    checkins->retry_us = base_clock_mono_us() + pause_us;
    return err;
}

/* After a failure nothing is known of what was on its way: the connection goes with it. */
static enum base_err send_on(struct api_checkins *checkins, const char *topic, struct base_str payload,
                             struct base_diag *diag)
{
    enum base_err err = reach(checkins, diag);
    err = err ? err : ingest_publisher_send(checkins->publisher, topic, payload.at, payload.len, 1, false, diag);
    err = err ? err : ingest_publisher_wait(checkins->publisher, PATIENCE_MS, diag);
    if (err && checkins->publisher) {
        ingest_publisher_free(checkins->publisher);
        checkins->publisher = NULL;
    }
    return err;
}

enum base_err api_checkin_send(struct api_checkins *checkins, const char *topic, struct base_str payload,
                               struct base_diag *diag)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += TURN_S;
    if (pthread_mutex_timedlock(&checkins->lock, &until) != 0) {
        return base_diag_set(diag, BASE_BROKER, "broker: others are waiting for it already");
    }
    enum base_err err = send_on(checkins, topic, payload, diag);
    pthread_mutex_unlock(&checkins->lock);
    return err;
}
