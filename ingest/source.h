/* A source as a worker knows it: its row, its lease, its session, its shifts, its open batch. Private to ingest/. */
#ifndef HUTONG_INGEST_SOURCE_H
#define HUTONG_INGEST_SOURCE_H

#include "data/data.h"
#include "geo/geo.h"
#include "ingest/keys.h"
#include "ingest/memory.h"
#include "ingest/redelivery.h"
#include "ingest/registry.h"
#include "ingest/session.h"
#include "ingest/store_state.h"
#include "ingest/watermark.h"
#include "sensors/sensors.h"

/* --- shift (shift.c): outside them nothing about a person is kept --- */
struct ingest_shift {
    int64_t id;
    bool any; /* any device of the source */
    struct base_id device;
    int64_t starts_us, ends_us;
    int month; /* whose key makes the pseudonyms */
    enum sensors_subject subject_type;
};

struct ingest_shifts {
    struct ingest_shift *list; /* newest first */
    size_t count;
    int64_t loaded_us; /* monotonic */
};

void ingest_shifts_release(struct ingest_shifts *shifts);
/* source_id 0: those of all the estate's sources. */
enum base_err ingest_shifts_load(struct ingest_shifts *shifts, struct data_conn *conn, int64_t estate_id,
                                 int64_t source_id, struct base_diag *diag) BASE_MUST_CHECK;
struct ingest_source;
/* The shift in which the source's device was at that time: its own before one for any device. NULL: none. */
enum base_err ingest_shifts_find(const struct ingest_source *source, struct ingest_device *device, int64_t time_us,
                                 struct base_diag *diag, const struct ingest_shift **ret_shift) BASE_MUST_CHECK;
/* Check-ins that came through the API: the source's devices are the estate's shifts, by their ids. */
bool ingest_shifts_named(const struct ingest_source *source);

/* --- batch (batch.c): what was read and is not stored yet --- */
struct ingest_row {
    struct ingest_device *device;  /* whom it is about */
    struct ingest_device *station; /* that saw it, when that is another; NULL: none */
    struct base_str channel;       /* of the device's state, in the batch's arena; empty: the device as a whole */
    int64_t t_event, t_recv, t_gateway;
    struct base_id dedup;
    double lon, lat; /* WGS 84; NAN: none */
    float alt_m, acc_m, speed_mps, course_deg, battery, confidence;
    enum sensors_kind kind;
    enum sensors_phase phase;
    enum sensors_time t_source;
    enum sensors_position pos_source;
    enum sensors_subject subject_type;
    int severity;
    uint32_t flags;
    struct base_str native_id; /* the sender's, in the batch's arena */
    struct base_str measures;  /* JSON */
    size_t dead;               /* 1 + the number of the dead letter that has its message: it is no fact; 0: none */
    bool tracks;               /* about where a person goes: kept inside a shift only */
    int64_t lasts_us;          /* it ends when nothing more is said for so long; 0: it need not */
    int64_t closes;            /* the lifecycle that it ends because nothing was said; 0: a message's */
    /* settled when the batch is stored */
    bool off_shift;   /* about a person outside any shift */
    bool dropped;     /* off shift, or a dead letter's */
    bool stored;      /* it was new */
    int64_t shift_id; /* 0: none */
    struct base_id subject;
    bool native_hidden; /* a person's device sent native_id: native_hash is stored instead */
    struct base_id native_hash;
    struct geo_place_hit place;
    int64_t at_estate_id;                 /* of the building, else whose outline holds the position; -1: none */
    int64_t device_id, station_id;        /* of things; 0: none */
    struct base_str label;                /* of a thing, on the map; holds until the registry is read */
    struct base_str device_kind;          /* of the thing that tells of it, likewise; empty: none */
    const struct ingest_binding *binding; /* the registered place; NULL: none; holds until the registry is read */
};

#define INGEST_DAY_US INT64_C(86400000000)

struct ingest_dead {
    struct base_id dedup;
    enum sensors_reason reason;
    bool withheld; /* it can be read: nothing of persons off shift is kept, sealed or not */
    bool kept;     /* settled when the batch is stored */
    size_t size;
    int64_t recorded_us;
    struct base_str topic, payload; /* sealed */
};

struct ingest_reply { /* what must be asked of a device; texts are in the batch's arena, the topic is terminated */
    struct base_str topic, payload;
};
enum { INGEST_REPLIES_MAX = 8 };

struct ingest_batch {
    struct ingest_row *rows;
    size_t row_count, row_cap;
    struct ingest_dead *dead;
    size_t dead_count, dead_cap;
    struct ingest_reply replies[INGEST_REPLIES_MAX];
    size_t reply_count;
    struct base_arena texts;
    struct base_buf scratch;
    int64_t received, redacted, ignored,
        absorbed;      /* absorbed: redeliveries that are stored already, and what was said twice */
    size_t bytes;      /* of payloads */
    size_t closes;     /* rows that end lifecycles, which no message brought */
    int64_t opened_us; /* monotonic, of the first message */
    int64_t last_us;   /* monotonic, of the last read that brought one */
    int64_t held_us;   /* monotonic, since when it cannot be stored; 0: not */
    enum base_err err; /* memory was short: the batch must not be acknowledged */
};

bool ingest_batch_is_fix(const struct ingest_row *row); /* goes to fix, all else to event */
void ingest_batch_init(struct ingest_batch *batch);
void ingest_batch_release(struct ingest_batch *batch);
void ingest_batch_reset(struct ingest_batch *batch);

/* --- gauge: what worker_gauge.c has not written down yet --- */
struct ingest_gauge {
    bool connected;    /* since the last time */
    int64_t losses;    /* connections that broke or did not come about, since the last time */
    char loss[300];    /* why the last one */
    int64_t missed_us; /* monotonic: since when the broker cannot be reached, until that is written down; 0: it can */
    bool back;         /* it is written down that this session is up */
};

struct ingest_source {
    int64_t id, estate_id;
    char *name;
    char *topics;                            /* one a line */
    char *held_topics;                       /* those the broker may have the session subscribed to; by the lease */
    bool more;                               /* the session may have more to read at once */
    bool topics_noted;                       /* the lease holds what the open session has, no more */
    const struct sensors_format *format;     /* NULL: this program does not know it; all becomes dead letters */
    const struct sensors_mappings *mappings; /* the worker's */
    enum sensors_subject subject;
    struct sensors_zone *zone;
    bool gb18030;           /* its texts may be */
    struct base_str secret; /* of its encrypted messages: in secret_bytes */
    char secret_bytes[INGEST_SECRET_MAX];
    enum geo_datum datum;
    int64_t retention_us;
    int64_t keep_fix_us, keep_event_us; /* the shorter of that and what the table keeps (retention.c) */

    bool seen;                  /* in the list that is being read */
    bool listed;                /* in the newest list that was read completely */
    bool forget;                /* the broker must throw its session away before another is opened */
    int64_t epoch;              /* of our lease; 0: we have none */
    int64_t kept_us;            /* monotonic: when it was renewed */
    int64_t retry_us, pause_us; /* monotonic: when to try again, and how long the next pause is */
    int protocol;               /* that the session had before this lease: 5, or 4; 0: not known */
    struct ingest_session session;
    struct ingest_shifts shifts;
    struct ingest_devices devices;
    struct ingest_registry registry;
    struct sensors_memory *memory; /* of its messages; NULL until it is read */
    int64_t memory_epoch;          /* of the lease under which it was */
    struct ingest_batch batch;
    struct ingest_redelivery redelivery;
    struct ingest_watermark watermark;
    struct ingest_gauge gauge;
    int careful;              /* so many batches to come may hold rows that are stored already */
    bool barrier_ends_owed;   /* the barrier on its way was sent when all redeliveries must have come */
    int64_t last_recv_us;     /* no two messages are received at the same time: it may be all that tells them apart */
    struct ingest_keys *keys; /* the worker's */
    struct base_arena *decoding; /* the worker's, reset for each message */
    int64_t batch_max;           /* messages */
};
enum {
    INGEST_BATCH_BYTES_MAX = 8 * 1024 * 1024,
    INGEST_CAREFUL_BATCHES = 32, /* after a reconnection, a failure or a duplicate */
};

#define INGEST_NO_MID (-1) /* it comes from no broker, and nobody will send it again */
/* What was read is forgotten, and what it taught. */
void ingest_batch_drop(struct ingest_source *source);
/* Takes a message into the source's batch: events, or a dead letter with its reason. It counts neither as received nor
 * towards a full batch. mid: its packet identifier. */
void ingest_batch_take(struct ingest_source *source, struct base_str topic, struct base_str payload, int64_t t_recv,
                       bool retained, int mid);
/* It wants to be stored before more is read. */
bool ingest_batch_full(const struct ingest_source *source);
/* The same for a message that comes now, and counted. False: the batch is full. */
bool ingest_batch_add(struct ingest_source *source, const struct mosquitto_message *message);
/* An event that no message brought; it ends the lifecycle of that id (0: none). */
void ingest_batch_event(struct ingest_source *source, const struct sensors_event *event, int64_t lifecycle_id);
/* Shift and pseudonym of each row. */
enum base_err ingest_batch_settle(struct ingest_source *source, struct base_diag *diag) BASE_MUST_CHECK;
/* Rows about persons outside any shift we know. */
size_t ingest_batch_off_shift(const struct ingest_source *source);

/* --- source (source.c) --- */
struct ingest_sources {
    struct ingest_source **list;
    size_t count, cap;
    struct sensors_mappings *mappings; /* formats that files describe; owned */
};

/* Brings the list up to date with the table; sources no longer there have listed = false, and those whose sessions
 * the broker may still hold forget = true. On failure listed stays. */
enum base_err ingest_sources_load(struct ingest_sources *sources, struct data_conn *conn, struct ingest_keys *keys,
                                  struct base_arena *decoding, struct base_diag *diag) BASE_MUST_CHECK;
/* The broker has thrown the session away. FENCED: another worker has the source. */
enum base_err ingest_sources_forgotten(struct ingest_source *source, struct data_conn *conn, const char *owner,
                                       struct base_diag *diag) BASE_MUST_CHECK;
void ingest_sources_remove(struct ingest_sources *sources, size_t at);
/* Reads the mappings of the folder (NULL: those that ship only) and gives each source its format anew. On failure all
 * stays as it is. */
enum base_err ingest_sources_map(struct ingest_sources *sources, const char *dir,
                                 struct base_diag *diag) BASE_MUST_CHECK;
void ingest_sources_release(struct ingest_sources *sources);

/* --- retention (retention.c) --- */
/* What the source's events may be aged, by its own retention and by what the tables keep. */
void ingest_retention_set(struct ingest_source *source, const struct data_keeps *keeps);
/* Stored, it would have to be deleted at once. */
bool ingest_retention_too_old(const struct ingest_source *source, const struct sensors_event *event, int64_t now_us);

/* --- lease (lease.c) --- */
enum { INGEST_LEASE_S = 10, INGEST_LEASE_KEEP_US = 3 * 1000 * 1000 };

/* FENCED: another worker has the source. */
enum base_err ingest_lease_acquire(struct ingest_source *source, struct data_conn *conn, const char *owner,
                                   struct base_diag *diag) BASE_MUST_CHECK;
enum base_err ingest_lease_keep(struct ingest_source *source, struct data_conn *conn, const char *owner,
                                struct base_diag *diag) BASE_MUST_CHECK;
/* Notes what the session is subscribed to, once it has settled. */
enum base_err ingest_lease_topics(struct ingest_source *source, struct data_conn *conn, const char *owner,
                                  struct base_diag *diag) BASE_MUST_CHECK;
/* Notes what of the re-delivery list is left, between batches. */
enum base_err ingest_lease_settle(struct ingest_source *source, struct data_conn *conn, const char *owner,
                                  struct base_diag *diag) BASE_MUST_CHECK;
void ingest_lease_release(struct ingest_source *source, struct data_conn *conn, const char *owner);

/* --- store (store.c): a batch in one transaction --- */
struct ingest_versions { /* of what rows are placed by, as the database has them now */
    int64_t places, registry, rules;
    int64_t now_us; /* the database's clock when the transaction began */
};

struct ingest_store {
    struct data_conn *conn; /* the worker's */
    const char *owner;
    struct geo_place *buildings, *estates;
    int64_t place_version; /* -1: not loaded */
    struct facts_ruleset *rules;
    int64_t rule_version; /* -1: not loaded */
    int64_t clock_us;     /* the database's time less our monotonic one, at most milliseconds too small; 0: unknown */
    struct ingest_state state;
    struct {
        char table[16];
        int64_t day;
    } partitions[128]; /* known to be there, a ring */
    size_t partition_count;
    /* For who stores without a lease: makes the transaction safe in its own way, and gives the versions. NULL: the
     * lease is the fence. */
    enum base_err (*claim)(void *at, const struct ingest_source *source, struct base_diag *diag,
                           struct ingest_versions *ret_versions);
    void *claim_at;
};

void ingest_store_init(struct ingest_store *store, const char *owner);
void ingest_store_release(struct ingest_store *store);
/* For a new connection: stage tables, limits, notices; what was known of the old one is forgotten. */
enum base_err ingest_store_connect(struct ingest_store *store, struct data_conn *conn,
                                   struct base_diag *diag) BASE_MUST_CHECK;
/* The day's partition is known to be there. */
bool ingest_store_knows(const struct ingest_store *store, const char *table, int64_t time_us);
/* Last positions and tracks do not outlive their shift: what is open is closed first. (store_state.c) */
enum base_err ingest_store_expire(struct ingest_store *store, struct base_diag *diag) BASE_MUST_CHECK;
/* COMMITs the source's batch, or nothing of it. FENCED: the lease is lost, or the claim says so. */
enum base_err ingest_store_batch(struct ingest_store *store, struct ingest_source *source,
                                 struct base_diag *diag) BASE_MUST_CHECK;

/* --- store_copy.c --- */
/* Rows that are not dropped into stage_fix (fixes) or stage_event; row_no is the number in the batch. */
enum base_err ingest_store_copy_rows(struct data_conn *conn, const struct ingest_source *source, bool fixes,
                                     struct base_diag *diag) BASE_MUST_CHECK;
enum base_err ingest_store_copy_dead(struct data_conn *conn, const struct ingest_source *source,
                                     struct base_diag *diag) BASE_MUST_CHECK;

#endif
