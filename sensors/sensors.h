/* sensors: the event record every device message becomes, the decoders that make it, and what pretends to be devices.
 *
 * Ownership  ret_x is yours; const pointers are borrowed. Decoded events live in the message's arena, their texts
 *            there, in the message or in its mappings.
 * Threads    nothing here has state of its own; a zone may be read from any thread.
 * Units      times us since 1970-01-01 UTC; lon/lat degrees, in the datum of the feed (ingest turns GCJ-02 and BD-09
 *            into WGS 84); metres, metres a second, degrees clockwise from north.
 * Errors     sensors_decode gives enum base_err, a reason without a word of the message (it is stored in clear) and a
 *            sentence for a person at a terminal (which may quote the message).
 */
#ifndef HUTONG_SENSORS_H
#define HUTONG_SENSORS_H

#include "base/base.h"

/* --- event (event.c): the canonical record. The names are those of the database's enums. --- */
#define SENSORS_KINDS(X)        \
    X(POSITION, position)       \
    X(STATE, state)             \
    X(MEASUREMENT, measurement) \
    X(ALARM, alarm)             \
    X(ACCESS, access)           \
    X(CHECKPOINT, checkpoint)   \
    X(DETECTION, detection)     \
    X(TRANSITION, transition)   \
    X(LIFECYCLE, lifecycle)
#define SENSORS_PHASES(X) X(PULSE, pulse) X(START, start) X(UPDATE, update) X(END, end) X(SNAPSHOT, snapshot)
#define SENSORS_TIMES(X)  \
    X(DEVICE, device)     \
    X(GATEWAY, gateway)   \
    X(SERVER, server)     \
    X(RECEIVED, received) \
    X(REPAIRED, repaired)
#define SENSORS_POSITIONS(X)  \
    X(NONE, none)             \
    X(GNSS, gnss)             \
    X(REGISTERED, registered) \
    X(BEACON, beacon)         \
    X(GATEWAY, gateway)       \
    X(NETWORK, network)
#define SENSORS_SUBJECTS(X) \
    X(NONE, none)           \
    X(GUARD, guard)         \
    X(CLEANER, cleaner)     \
    X(VEHICLE, vehicle)     \
    X(FLEET, fleet)         \
    X(PLATE, plate)         \
    X(TAG, tag)             \
    X(CARD, card)           \
    X(OBJECT, object)       \
    X(UNIT, unit)
/* One bit each, in this order: the fact tables store the number. */
#define SENSORS_FLAGS(X)            \
    X(RETAINED, retained)           \
    X(REPLAY, replay)               \
    X(HISTORICAL, historical)       \
    X(LATE, late)                   \
    X(TIME_REPAIRED, time_repaired) \
    X(NULL_ISLAND, null_island)     \
    X(SENTINEL, sentinel)           \
    X(PARTIAL, partial)             \
    X(REDACTED, redacted)           \
    X(CLOCK_AHEAD, clock_ahead)

#define SENSORS_KIND_ENUM(name, text) SENSORS_KIND_##name,
enum sensors_kind { SENSORS_KINDS(SENSORS_KIND_ENUM) };
#define SENSORS_PHASE_ENUM(name, text) SENSORS_PHASE_##name,
enum sensors_phase { SENSORS_PHASES(SENSORS_PHASE_ENUM) };
#define SENSORS_TIME_ENUM(name, text) SENSORS_TIME_##name,
enum sensors_time { SENSORS_TIMES(SENSORS_TIME_ENUM) };
#define SENSORS_POSITION_ENUM(name, text) SENSORS_POSITION_##name,
enum sensors_position { SENSORS_POSITIONS(SENSORS_POSITION_ENUM) };
#define SENSORS_SUBJECT_ENUM(name, text) SENSORS_SUBJECT_##name,
enum sensors_subject { SENSORS_SUBJECTS(SENSORS_SUBJECT_ENUM) };
#define SENSORS_FLAG_BIT(name, text) SENSORS_FLAG_BIT_##name,
enum { SENSORS_FLAGS(SENSORS_FLAG_BIT) SENSORS_FLAG_COUNT };
#define SENSORS_FLAG_ENUM(name, text) SENSORS_FLAG_##name = 1 << SENSORS_FLAG_BIT_##name,
enum sensors_flag { SENSORS_FLAGS(SENSORS_FLAG_ENUM) };

/* Texts as in the database; NONE has no text (NULL). */
const char *sensors_kind_name(enum sensors_kind kind);
const char *sensors_phase_name(enum sensors_phase phase);
const char *sensors_time_name(enum sensors_time time);
const char *sensors_position_name(enum sensors_position position);
const char *sensors_subject_name(enum sensors_subject subject);
bool sensors_subject_in(struct base_str name, enum sensors_subject *ret_subject);
/* Persons, or things that give a person away: facts about them hold pseudonyms of the month. */
bool sensors_subject_personal(enum sensors_subject subject);

#define SENSORS_NO_TIME INT64_MIN
#define SENSORS_NO_SEVERITY (-1)
#define SENSORS_MEASURE_MAX 32
#define SENSORS_NATIVE_MAX 128 /* bytes of a native_id */

struct sensors_measure {  /* texts are static or live as long as the event */
    const char *name;     /* battery temperature ... */
    const char *unit;     /* UCUM; NULL for a text */
    double value;         /* NAN for a text */
    struct base_str text; /* what the device says in words; empty: value */
};

struct sensors_event {
    struct base_str ns;      /* whose ids they are: "tasmota"; empty: the format's name */
    struct base_str device;  /* native id of who sends: what tells this device from the source's others */
    struct base_str subject; /* native id of whom it is about, when that is not the device itself: a plate, a tag */
    struct base_str channel; /* what of the device this is the state of; empty: the device as a whole */
    enum sensors_kind kind;
    enum sensors_phase phase;
    int64_t t_event;
    int64_t t_gateway; /* or SENSORS_NO_TIME */
    int64_t t_recv;
    enum sensors_time t_source;
    double lon, lat; /* NAN: no position. So for the four that follow. */
    double alt_m;
    double acc_m; /* radius */
    double speed_mps;
    double course_deg;
    enum sensors_position pos_source;
    enum sensors_subject subject_type;
    int severity;              /* 0-4 or SENSORS_NO_SEVERITY */
    double confidence;         /* 0-1 or NAN */
    struct base_str native_id; /* the sender's name of this event, region or beacon; empty: none */
    struct base_id dedup;      /* see sensors_decode */
    uint32_t flags;            /* enum sensors_flag */
    int64_t lasts_us;          /* start, update: without another word for so long it has ended; 0: it need not end */
    size_t measure_count;
    struct sensors_measure measures[SENSORS_MEASURE_MAX]; /* last: what is behind the count is not looked at */
};

/* A record without a value in any field that may lack one. */
struct sensors_event sensors_event_empty(void);
/* The same in place, and a copy: neither touches the measures that are not there. */
void sensors_event_clear(struct sensors_event *event);
void sensors_event_copy(struct sensors_event *to, const struct sensors_event *from);
/* It tells where a person goes without that person's doing: a phone's position, a beacon that is heard. Such facts
 * exist only inside a shift; what somebody presents at a reader, or a gate reads, is that place's record. */
bool sensors_event_tracks(const struct sensors_event *event);
/* Adds a measure; the first of a name stays, what is not finite or over the maximum is left out. */
void sensors_event_measure(struct sensors_event *event, const char *name, double value, const char *unit);
/* The same for what is said in words: an empty text is left out. */
void sensors_event_measure_text(struct sensors_event *event, const char *name, struct base_str text);
/* The value of a measure, NAN when the event has none of that name. */
double sensors_event_value(const struct sensors_event *event, const char *name);
/* {"battery":{"value":63,"unit":"%"}}; without measures nothing is written. */
void sensors_event_measures_out(const struct sensors_event *event, struct base_json_out *out);
/* The value of a measure in what _measures_out wrote, NAN when there is none or it is said in words. */
double sensors_measures_value(struct base_str measures, const char *name);

struct sensors_event_label { /* what an event does not know by itself; empty texts are left out */
    struct base_str source;
    struct base_str device; /* namespace/native id, in clear: for a dry run only */
    struct base_str subject;
};
/* One JSON object: what `hutong decode` prints and docs/events.md explains. */
void sensors_event_out(const struct sensors_event *event, const struct sensors_event_label *label,
                       struct base_json_out *out);

/* --- quantity (quantity.c): one name, one unit and one meaning for each thing that devices measure or say --- */
#define SENSORS_TEXT_MAX 64 /* bytes of a measure's text */

struct sensors_quantity {
    const char *name;       /* "temperature" */
    const char *unit;       /* UCUM; "1" for yes and no, and for counts */
    double least, most;     /* outside them it is a sentinel, no reading */
    enum sensors_kind kind; /* of the event that tells it: measurement, or alarm, detection, state for yes and no */
    int severity;           /* of the alarm that a yes raises, 0-4; SENSORS_NO_SEVERITY: none */
    bool diagnostic;        /* how the device does, not what it measures: goes along with other events */
};
/* By its name or by what devices call it ("temp", "pm2.5", "water_leak"); NULL when nobody knows it. Case, '-', ' ' and
 * '.' do not matter. */
const struct sensors_quantity *sensors_quantity_find(struct base_str name);
const struct sensors_quantity *sensors_quantity_at(size_t index); /* NULL after the last */
/* What is most likely measured in that unit ("Cel" temperature, "%RH" humidity, "%EL" battery, "ppm" CO2), for values
 * whose name tells nothing; NULL when it could be many things. */
const struct sensors_quantity *sensors_quantity_of_unit(struct base_str unit);
/* value of unit `from` (UCUM, or as devices write it: "mm" "°F" "%RH" "kWh" "[kn_i]") in unit `to`. An empty `from` is
 * `to`. NAN when one cannot become the other. */
double sensors_unit_convert(double value, struct base_str from, const char *to);

/* --- memory (memory.c): what a source's earlier messages said that later ones lean on - names behind a birth's
 * aliases, whether a contact was open. Bounded; what is new is provisional until it is committed, so that a batch that
 * could not be stored leaves no trace. One thread. --- */
struct sensors_memory;
#define SENSORS_MEMORY_KEY_MAX 256
#define SENSORS_MEMORY_VALUE_MAX (64u * 1024)
#define SENSORS_MEMORY_MAX (8u * 1024 * 1024) /* keys and values of one source */
/* NULL when memory is short. */
struct sensors_memory *sensors_memory_new(void);
void sensors_memory_free(struct sensors_memory *memory);
BASE_AUTO_FREE(sensors_memory)
/* False: nothing is known. The value is borrowed until the next change. memory may be NULL: it knows nothing. */
bool sensors_memory_get(const struct sensors_memory *memory, struct base_str key, struct base_str *ret_value);
/* An empty value forgets. LIMIT: a key or value is too long, or the memory is full; NOMEM. Nothing when memory is NULL.
 */
enum base_err sensors_memory_set(struct sensors_memory *memory, struct base_str key,
                                 struct base_str value) BASE_MUST_CHECK;
/* The entries changed since the last commit, one a call, from *at = 0 on; false after the last. An empty value: it was
 * forgotten. */
bool sensors_memory_changed(const struct sensors_memory *memory, size_t *at, struct base_str *ret_key,
                            struct base_str *ret_value);
void sensors_memory_commit(struct sensors_memory *memory);
void sensors_memory_rollback(struct sensors_memory *memory);

/* --- mapping (mapping*.c): formats described by files (docs/mapping.md) --- */
struct sensors_format;
struct sensors_mappings;
#define SENSORS_MAPPING_SUFFIX ".json"
/* Those that ship with the product, and the files of dir (NULL or not there: none), which replace shipped ones of the
 * same name. Errors name file, line and path. */
enum base_err sensors_mappings_load(const char *dir, struct base_diag *diag,
                                    struct sensors_mappings **ret_mappings) BASE_MUST_CHECK;
void sensors_mappings_free(struct sensors_mappings *mappings);
BASE_AUTO_FREE(sensors_mappings)
/* The same with one more file, for a dry run; *ret_format is what it decodes: itself, or for what is inside an envelope
 * the first of its envelopes. */
enum base_err sensors_mappings_file(const char *path, struct base_diag *diag, struct sensors_mappings **ret_mappings,
                                    const struct sensors_format **ret_format) BASE_MUST_CHECK;
/* As sensors_format_at and _find, for those of mappings. NULL mappings hold none. */
const struct sensors_format *sensors_mappings_at(const struct sensors_mappings *mappings, size_t index);
const struct sensors_format *sensors_mappings_find(const struct sensors_mappings *mappings, struct base_str name);

/* --- zone (zone.c): time zones of the system's tz database (RFC 8536), for devices that send a bare local time --- */
struct sensors_zone;
/* INVALID when the name is none, NOT_FOUND when this machine does not have it. */
enum base_err sensors_zone_open(const char *name, struct base_diag *diag,
                                struct sensors_zone **ret_zone) BASE_MUST_CHECK;
void sensors_zone_free(struct sensors_zone *zone);
BASE_AUTO_FREE(sensors_zone)
/* local_us: a local time written as if it were UTC. An hour that comes twice takes the reading nearest to near_us, one
 * that never was takes the offset before the gap. NULL is UTC. */
int64_t sensors_zone_to_utc(const struct sensors_zone *zone, int64_t local_us, int64_t near_us);
/* The local time at a moment, written as if it were UTC. NULL is UTC. */
int64_t sensors_zone_to_local(const struct sensors_zone *zone, int64_t utc_us);

/* --- time (time.c): a device's clock is repaired, never trusted --- */
#define SENSORS_TIME_AHEAD_US (INT64_C(300) * 1000000) /* further in the future than this: the clock is wrong */
#define SENSORS_TIME_LATE_US (INT64_C(120) * 1000000)  /* older at receipt than this: late, no longer live */

/* A number since 1970 in s, ms, us or ns, told apart by its size. False: not finite or out of any scale. */
bool sensors_time_number(double value, int64_t *ret_time_us);
/* A number or RFC 3339; without an offset the zone's local time. "2026-11-21 08:00:00" is also read. */
bool sensors_time_text(struct base_str text, const struct sensors_zone *zone, int64_t near_us, int64_t *ret_time_us);
/* A moment as people write it in tables: RFC 3339, or a day or time by the zone's clock, such as 2026-11-21,
 * 2026-11-21 08:00 and 2026/11/21 8:00:30. An hour that comes twice is the first. */
bool sensors_time_local(struct base_str text, const struct sensors_zone *zone, int64_t *ret_time_us);
/* Sets t_event, t_source and the flags late, time_repaired and clock_ahead from what the device says (or
 * SENSORS_NO_TIME), what the message says of its own making (or SENSORS_NO_TIME) and event->t_recv:
 *   nothing, before 2001      -> receipt           1,024 weeks behind -> + 1,024 weeks (GPS week number rollover)
 *   over 5 min in the future  -> receipt           else               -> as it is */
void sensors_time_repair(struct sensors_event *event, int64_t device_us, int64_t created_us);
/* After it: when only receipt was left, the time that a gateway or server on the way put down, if it can be true. */
void sensors_time_rescue(struct sensors_event *event, int64_t other_us, enum sensors_time source);

/* --- decode (decode.c): one row a format --- */
#define SENSORS_PAYLOAD_MAX (1024u * 1024)   /* gates send pictures along */
#define SENSORS_ARENA_MAX (4u * 1024 * 1024) /* what one message may take while it is decoded */

/* Why a message could not be decoded. Stored in clear, so no reason quotes the message. */
#define SENSORS_REASONS(X)                                                   \
    X(NONE, "")                                                              \
    X(TOO_LARGE, "larger than 1048576 bytes")                                \
    X(NOT_UTF8, "not UTF-8")                                                 \
    X(NOT_JSON, "not JSON")                                                  \
    X(NOT_XML, "not XML")                                                    \
    X(TOO_DEEP, "nested deeper than 64 levels")                              \
    X(TOO_MANY, "more events than one message may hold")                     \
    X(TOPIC, "unknown topic")                                                \
    X(TYPE, "unknown message type")                                          \
    X(FIELD, "a field that must be there is missing or of the wrong type")   \
    X(POSITION, "position outside longitude -180..180 and latitude -90..90") \
    X(ENCRYPTED, "encrypted message without a key")                          \
    X(SECRET, "encrypted message that the key does not open")                \
    X(UNBORN, "an earlier message that explains it has not come yet")        \
    X(MAPPING, "no mapping's conditions hold for it")                        \
    X(BINARY, "a binary message that ends early or contradicts itself")      \
    X(TOO_OLD, "too_old")                                                    \
    X(DEVICE, "a device id that is empty, longer than 256 bytes or no text") \
    X(QUARANTINED, "quarantined")                                            \
    X(UNKNOWN_OVERFLOW, "unknown_overflow")                                  \
    X(FORMAT, "unknown format")
#define SENSORS_REASON_ENUM(name, text) SENSORS_REASON_##name,
enum sensors_reason { SENSORS_REASONS(SENSORS_REASON_ENUM) };
const char *sensors_reason_text(enum sensors_reason reason);

struct sensors_format {
    const char *name;             /* "owntracks" */
    enum sensors_subject subject; /* whom its devices belong to unless the source says otherwise */
    bool stations;                /* some of its devices are things even when the source's subject is a person */
    const char *thing;            /* what its things are in the registry: "camera" */
    const char *help;
};
/* NULL when there is no such format. */
const struct sensors_format *sensors_format_find(struct base_str name);
const struct sensors_format *sensors_format_at(size_t index); /* NULL after the last */

struct sensors_message {
    struct base_str topic; /* may be empty in a dry run */
    struct base_str payload;
    int64_t t_recv;
    bool retained;
    struct base_str source;          /* the source's name, or its format in a dry run: part of dedup */
    const struct base_key *key;      /* the permanent key of dedup */
    const struct sensors_zone *zone; /* of bare local times; NULL is UTC */
    enum sensors_subject subject;    /* NONE: the format's own */
    bool gb18030;                    /* what is not UTF-8 is read as GB18030 (GB 18030-2022; GBK and GB2312 are part) */
    struct base_str secret;          /* key of encrypted messages; empty: none */
    struct sensors_memory *memory;   /* of the source; NULL: every message is the first */
    const struct sensors_mappings *mappings; /* NULL: none */
};

struct sensors_decoded {
    struct sensors_event *events; /* in the arena */
    size_t count;
    unsigned redacted; /* fields with names, faces, plates, texts, networks, pictures that were dropped */
    unsigned repeated; /* events left out because the message before said the same within a moment */
    bool ignored;      /* understood, and nothing in it is an event */
    struct base_str reply_topic, reply; /* what must be asked of the device, in the arena; empty: nothing */
    enum sensors_reason reason;         /* not NONE exactly when sensors_decode fails */
};

/* dedup is a keyed hash (base_key_mark) over (source, device, type, time, position, event, region) as the message has
 * them, before any repair: never the time of receipt, the placed estate or a pseudonym, so every redelivery gives the
 * same. */
enum base_err sensors_decode(const struct sensors_format *format, const struct sensors_message *message,
                             struct base_arena *arena, struct base_diag *diag,
                             struct sensors_decoded *ret_decoded) BASE_MUST_CHECK;

/* === district (district*.c): the generated demo district ===
 * A fictional quarter (云栖区 Yunqi District, lon 121.40 lat 31.02, about 2.0 x 1.6 km): GeoJSON files of RFC 7946,
 * lon/lat degrees WGS 84, every feature with demo:true. The same seed gives the same bytes. */
struct sensors_district_summary {
    size_t estates, buildings, zones, roads, water, landuse, places, routes, checkpoints, facilities;
};

/* Writes estates.geojson, buildings.geojson, … into dir (made when missing). ret_summary may be NULL. INVALID: the
 * seed's streets leave no room for 400 buildings; IO: dir cannot be written. */
enum base_err sensors_district_write(const char *dir, uint64_t seed, struct base_diag *diag,
                                     struct sensors_district_summary *ret_summary) BASE_MUST_CHECK;
/* === end of district === */

/* === simulate (simulate*.c): guards on rounds as OwnTracks messages, and an estate's devices in their formats ===
 * A state machine without a clock: it is told a time and gives the messages due by then. Topics are
 * owntracks/demo/guard-01 ... and .../event; guard i walks route i modulo the routes' number. The same plan and times
 * give the same messages. */
struct sensors_simulate_route {
    int64_t estate_id;
    const double (*lonlat)[2]; /* degrees WGS 84; closed, or walked there and back */
    size_t count;
};

struct sensors_simulate_stop { /* a checkpoint or gate: passed within 12 m of a route of its estate, it is reported */
    int64_t estate_id;
    const char *key;  /* rid of the transition */
    const char *name; /* desc */
    double lon, lat;
    bool pause; /* the guard stays a while */
};

struct sensors_simulate_device { /* a thing of the registry */
    const char *format; /* of its source: frigate anpr ttn zigbee2mqtt chirpstack traccar tasmota elevator senml */
    const char *native; /* its id there */
    int levels;         /* of its building: how far a lift goes */
    const char *kind;   /* camera or vehicle, where a format has both; else anything */
    int64_t estate_id;  /* where its work is; 0: everywhere */
};

/* A day that was: guards go on rounds - each hour of the night, each other hour of the day - and stand at their post
 * between them; some rounds are late, some are left out. Those of an estate may be badly kept, silent for a time (their
 * phones were off), or heard of later (they had no network). Vehicles work their tours, of which some are left out and
 * some cut short. Tags are read once or twice a shift, some not, one at two places. Things speak more rarely, and only
 * those whose messages say when. */
struct sensors_simulate_past {
    int64_t midnight_us; /* a local one */
    int64_t badly_estate, silent_estate, held_estate;
    int64_t silent_from_us, silent_to_us;
    int64_t held_from_us, held_to_us;
};

struct sensors_simulate_plan { /* borrowed by _new only */
    const struct sensors_simulate_route *routes;
    size_t route_count;
    const struct sensors_simulate_stop *stops;
    size_t stop_count;
    const struct sensors_simulate_device *devices; /* of formats nobody can play: left out */
    size_t device_count;
    const struct sensors_simulate_route *roads; /* on which vehicles drive that have no halts; none: they stay away */
    size_t road_count;
    const struct sensors_simulate_route *halts; /* at whose end trucks stand for a time */
    size_t halt_count;
    const struct sensors_simulate_route *sweeps; /* of a zone each, from end to end; none: sweepers stay away */
    size_t sweep_count;
    double rate; /* fixes a second of all guards; 0: a fix of each guard every 2 s */
    uint64_t seed;
    int64_t start_us;
    const struct sensors_simulate_past *past; /* NULL: live from the start */
};

#define SENSORS_SIMULATE_GUARDS 24        /* at least; more when one would send more than a fix a second */
#define SENSORS_SIMULATE_RATE_MAX 20000.0 /* a guard each */
struct sensors_simulate;
/* INVALID: no route that can be walked, or the rate is none. */
enum base_err sensors_simulate_new(const struct sensors_simulate_plan *plan, struct base_diag *diag,
                                   struct sensors_simulate **ret_simulate) BASE_MUST_CHECK;
void sensors_simulate_free(struct sensors_simulate *simulate);
BASE_AUTO_FREE(sensors_simulate)
size_t sensors_simulate_guards(const struct sensors_simulate *simulate);
size_t sensors_simulate_devices(const struct sensors_simulate *simulate);
int64_t sensors_simulate_due(const struct sensors_simulate *simulate); /* when the next message is due */
/* Writes the next message that is due by until_us (topic and payload are reset first); *ret_any false: none is. */
enum base_err sensors_simulate_next(struct sensors_simulate *simulate, int64_t until_us, struct base_buf *topic,
                                    struct base_buf *payload, bool *ret_any) BASE_MUST_CHECK;
/* The last message had to wait: its sender had no network then. */
bool sensors_simulate_held(const struct sensors_simulate *simulate);
/* The past is over: from now on everybody is live, from where he is, at that rate. */
void sensors_simulate_live(struct sensors_simulate *simulate, double rate, int64_t now_us);
/* Everybody stands still for that long: after a time in which nothing could be sent. */
void sensors_simulate_pause(struct sensors_simulate *simulate, int64_t span_us);
/* === end of simulate === */

#endif
