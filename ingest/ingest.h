/* ingest: MQTT in, PostgreSQL out - committed, then acknowledged; and the publishing client of simulator and bench.
 *
 * Ownership  ret_x is yours; free it with the type's _free. Texts in options are borrowed while the call runs.
 * Threads    ingest_run has one thread and may run once a process; a publisher belongs to one thread at a time.
 * Errors     ingest_run outlives the database's and the broker's absence and comes back only when it is told to stop or
 *            could never work (no keys, no such host name syntax). It logs; the rest of this header does not.
 * Facts      libmosquitto 2.0 queues the PUBACK before it calls on_message; with mosquitto_threaded_set() nothing but
 *            mosquitto_loop_write() sends it. No loop_write happens between the first message of a batch and
 *            its COMMIT.
 */
#ifndef HUTONG_INGEST_H
#define HUTONG_INGEST_H

#include "data/data.h"

#include <signal.h>

/* --- worker (worker.c): all sources it can lease, one MQTT session each, until *stop --- */
struct ingest_options {
    const char *database; /* conninfo; NULL takes HUTONG_DATABASE */
    const char *broker;   /* mqtt://user:password@host:port, mqtts://; NULL takes HUTONG_BROKER */
    const char *var;      /* keys lie in var/keys */
    const char *mappings; /* folder of mapping files; NULL: those that ship only */
    int batch_max;        /* messages in a batch; 0: INGEST_BATCH_MAX */
    const volatile sig_atomic_t *stop;
    const volatile sig_atomic_t *reload; /* the folder is read again when it changes; NULL: never */
    struct data_keeps keeps;             /* how long facts are kept */
    int64_t away_us;                     /* longer is an outage, of the broker or of all workers; 0: INGEST_AWAY_US */
};
#define INGEST_BATCH_MAX 2000
#define INGEST_AWAY_US INT64_C(60000000)

enum base_err ingest_run(const struct ingest_options *options, struct base_diag *diag) BASE_MUST_CHECK;

/* --- preflight (preflight.c): what the broker will do to a subscriber that is slow or away --- */
/* What it answers to CONNECT. */
struct ingest_granted {
    int protocol;             /* 5, or 4 for MQTT 3.1.1 */
    int64_t receive_maximum;  /* QoS 1 messages that a client may have on the way to it */
    int64_t packet_maximum;   /* bytes; 0: no limit was named */
    int64_t session_expiry_s; /* of a session whose client is away; -1: it named no end (3.1.1 cannot say) */
    bool retain;              /* it keeps retained messages */
    int64_t keepalive_s;      /* the one that is in force */
};

enum { INGEST_PREFLIGHT_MESSAGES = 2000 };
struct ingest_preflight {
    char address[300]; /* host:port that answered */
    struct ingest_granted granted;
    char untested[300]; /* why the rest could not be tried; "" when it was */
    int64_t unanswered; /* of INGEST_PREFLIGHT_MESSAGES, how many it hands out before it wants an acknowledgement */
    int64_t kept;       /* how many it kept for a subscriber that was away */
};

/* Logs in, and has the broker keep messages below hutong/probe/ for a session of its own that is then thrown away.
 * Takes seconds. BROKER or TIMEOUT: nobody answers, or it refuses us. */
enum base_err ingest_preflight(const char *broker, struct base_diag *diag,
                               struct ingest_preflight *ret_preflight) BASE_MUST_CHECK;

/* --- replay (replay.c): dead letters are decoded again, by what their sources say now --- */
struct ingest_replay_options {
    const char *database; /* conninfo; NULL takes HUTONG_DATABASE */
    const char *var;      /* the workers' keys lie in var/keys */
    const char *mappings; /* folder of mapping files; NULL: those that ship only */
    const char *key;      /* file of the private key that opens the letters; NULL: var/keys/dead.key */
    const char *source;   /* name; NULL: all */
    const char *reason;   /* NULL: all */
    int64_t from_us;      /* recorded at or after; INT64_MIN: no limit */
    int64_t to_us;        /* recorded before; INT64_MAX: until now */
    bool dry_run;         /* open and decode, change nothing */
    struct data_keeps keeps;
    void (*progress)(void *at, int64_t done, int64_t total); /* may be NULL */
    void *progress_at;
};

#define INGEST_REPLAY_REASONS 32
struct ingest_replay_summary {
    int64_t letters;  /* looked at */
    int64_t decoded;  /* letters no longer */
    int64_t stay;     /* could not be decoded again */
    int64_t unopened; /* sealed to another key; they stay as they are */
    int64_t removed;  /* of sources out of use, not looked at */
    int64_t stored;   /* events; in a dry run those that could be, whether they are there or not */
    int64_t duplicate, off_shift, ignored;
    struct {
        const char *text; /* static */
        int64_t count;
    } reasons[INGEST_REPLAY_REASONS]; /* of those that stay; text NULL ends them */
};

/* A letter goes in the transaction that stores its events, some hundred at a time: whenever it ends, however often it
 * runs and whoever else runs, no event is lost or stored twice. Events keep their letter's time of receipt; they are
 * late, and those over an hour old are replays, so that nothing old alarms. *ret_summary is also set on failure.
 * NOT_FOUND: a key or the source is missing; INVALID: the key opens none of the letters, nothing was touched. */
enum base_err ingest_replay_run(const struct ingest_replay_options *options, struct base_diag *diag,
                                struct ingest_replay_summary *ret_summary) BASE_MUST_CHECK;

/* --- secrets (keys.c) --- */
/* Keeps in var/keys what opens the source's encrypted messages, up to 32 bytes; an empty one is taken away. */
enum base_err ingest_secret_keep(const char *var, const char *source, struct base_str secret,
                                 struct base_diag *diag) BASE_MUST_CHECK;

/* --- devices (devices.c) --- */
/* What a shift names a device by: HMAC of source and native id under the key in var/keys (made when missing) of the
 * month in which the shift starts, so that no two months share it. */
enum base_err ingest_devices_hash(const char *var, const char *source, const char *native, int64_t starts_us,
                                  struct base_diag *diag, struct base_id *ret_hash) BASE_MUST_CHECK;

/* --- publisher (publisher.c): QoS 0 and 1, a bounded number in flight, reconnects by itself --- */
struct ingest_publisher;
#define INGEST_PUBLISHER_FLIGHT 1000

enum base_err ingest_publisher_new(const char *broker_url, const char *client_id, struct base_diag *diag,
                                   struct ingest_publisher **ret_publisher) BASE_MUST_CHECK;
/* The same for who cannot wait 30 s: for a connection, or for progress. */
enum base_err ingest_publisher_open(const char *broker_url, const char *client_id, int patience_ms,
                                    struct base_diag *diag, struct ingest_publisher **ret_publisher) BASE_MUST_CHECK;
void ingest_publisher_free(struct ingest_publisher *publisher); /* what is still in flight is not waited for */
BASE_AUTO_FREE(ingest_publisher)
/* Hands the message over; waits while too many are in flight. TIMEOUT after 30 s without progress. */
enum base_err ingest_publisher_send(struct ingest_publisher *publisher, const char *topic, const void *payload,
                                    size_t len, int qos, bool retain, struct base_diag *diag) BASE_MUST_CHECK;
/* Until the broker has everything that was sent (QoS 1: acknowledged it). */
enum base_err ingest_publisher_wait(struct ingest_publisher *publisher, int timeout_ms,
                                    struct base_diag *diag) BASE_MUST_CHECK;

#endif
