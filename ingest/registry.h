/* A source's devices that are things, as the database has them: who may speak, and where each one is. Private to
 * ingest/.
 *
 *   unknown ──first message──> pending ──the batch's transaction──> row in `device`, accepted or quarantined
 *                                                                       └──hutong device──> accepted, placed
 *
 * Read when a lease is taken, and again when the versions that the fence reads have moved: of the source's registry,
 * and of the places, because a binding follows its building when that is closed and opened anew. Persons' devices never
 * come here. One thread.
 */
#ifndef HUTONG_INGEST_REGISTRY_H
#define HUTONG_INGEST_REGISTRY_H

#include "data/data.h"
#include "ingest/names.h"
#include "sensors/sensors.h"

enum {
    INGEST_REGISTRY_UNKNOWN_MAX = 10000, /* devices of a source that appeared by themselves and nobody has accepted */
    INGEST_REGISTRY_ID_MAX = 256,        /* bytes of a native id */
};

struct ingest_binding { /* where a device is from a time on */
    int64_t id;         /* device.id; 0: not stored yet */
    int64_t from_us;
    int64_t building_id, building_estate_id; /* building_id 0: none */
    bool has_storey;
    int16_t storey;
    double lon, lat;               /* WGS 84; NAN: none */
    struct base_str name;          /* what people call it; empty: nothing */
    struct ingest_binding *before; /* NULL: none */
};

struct ingest_thing {
    struct base_str native;
    char kind[40]; /* what it is now: "camera" */
    bool quarantined;
    bool appeared;                     /* nobody has said yes to it so far */
    int64_t first_us, seen_us;         /* received; 0: not since it was loaded */
    int64_t messages;                  /* since that was noted last */
    struct ingest_binding now;         /* and before that ... */
    struct ingest_thing *next_pending; /* a list, while now.id is 0 or its transaction is open */
    struct ingest_thing *next_seen;    /* a list, of those with messages */
};

struct ingest_registry {
    struct ingest_names names;
    struct base_arena memory;
    struct ingest_thing *pending, *seen;
    size_t appeared;                /* things nobody has said yes to */
    int64_t version, place_version; /* of what was read; -1: nothing */
    int64_t epoch;                  /* of the lease under which it was */
    bool quarantine;                /* what becomes of the unknown */
};

struct ingest_source;
struct ingest_row;
struct geo_place;

void ingest_registry_init(struct ingest_registry *registry);
void ingest_registry_release(struct ingest_registry *registry);
/* For a lease that was just taken: reads all of it when somebody else may have had the source since. */
enum base_err ingest_registry_take(struct ingest_source *source, struct data_conn *conn,
                                   struct base_diag *diag) BASE_MUST_CHECK;
/* Reads it when the database has another version. */
enum base_err ingest_registry_keep(struct ingest_source *source, struct data_conn *conn,
                                   struct base_diag *diag) BASE_MUST_CHECK;
bool ingest_registry_stale(const struct ingest_registry *registry, int64_t version, int64_t place_version);

/* Whether an event of these devices may become a fact; else why not. Unknown ones become pending. */
enum sensors_reason ingest_registry_admit(struct ingest_source *source,
                                          const struct sensors_event *event) BASE_MUST_CHECK;
/* In a batch's transaction: rows for the pending, and the counts of what quarantine has kept out. */
enum base_err ingest_registry_store(struct ingest_source *source, struct data_conn *conn,
                                    struct base_diag *diag) BASE_MUST_CHECK;
/* After it: pending ones are stored, or they are as before. */
void ingest_registry_settle(struct ingest_source *source, bool committed);
/* The devices' ids, and where they say that the event was. */
void ingest_registry_place(const struct ingest_source *source, const struct geo_place *buildings,
                           struct ingest_row *row);
/* Writes down who was seen when. Approximate: a worker that dies takes what it has not noted with it. */
enum base_err ingest_registry_note(struct ingest_source *source, struct data_conn *conn,
                                   struct base_diag *diag) BASE_MUST_CHECK;

#endif
