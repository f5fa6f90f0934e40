/* Mapping files, compiled: what decoders written in JSON (docs/mapping.md) are made of. Private to sensors/.
 *
 *   file ──load──> sensors_mapping ── cases: topic, when ──> each (contexts within contexts) ──> emit: when ──> event
 *
 * Everything compiled lies in the mapping's arena and is never changed; a run takes memory from its message's arena
 * only.
 */
#ifndef HUTONG_SENSORS_MAPPING_H
#define HUTONG_SENSORS_MAPPING_H

#include "sensors/decode_readings.h"
#include "sensors/mapping_inside.h"

enum {
    MAPPING_EACH_MAX = 4,
    MAPPING_CAPTURES_MAX = 8,
    MAPPING_PARSED_MAX = 64, /* JSON texts within one message */
    MAPPING_ZONES_MAX = 8,
    MAPPING_KEY_MAX = 2048, /* bytes of what tells one event from another; what is longer is hashed */
    MAPPING_NAME_MAX = 40,
    MAPPING_FILE_MAX = 1024 * 1024,
};

/* --- what is compiled --- */
enum mapping_type {
    MAPPING_ABSENT,
    MAPPING_NULL,
    MAPPING_BOOLEAN,
    MAPPING_NUMBER,
    MAPPING_TEXT,
    MAPPING_OBJECT,
    MAPPING_ARRAY
};

struct mapping_datum { /* a value in a message or file */
    enum mapping_type type;
    double number; /* of a boolean: 0 or 1 */
    struct base_str text;
    const struct base_json *node; /* where it is from; NULL: nowhere */
};

enum mapping_root {
    MAPPING_HERE,    /* the innermost context */
    MAPPING_WHOLE,   /* the payload */
    MAPPING_CAPTURE, /* of the topic */
    MAPPING_EACH_KEY,
    MAPPING_EACH_VALUE,
    MAPPING_SOURCE,
    MAPPING_INSIDE, /* brand model profile f_port */
};

struct mapping_step {
    struct base_str key; /* also terminated */
    size_t index;        /* SIZE_MAX: no place in an array */
};

struct mapping_path {
    enum mapping_root root;
    size_t at; /* which capture, each, or member of struct sensors_inside */
    const struct mapping_step *steps;
    size_t count;
};

enum mapping_verb {
    MAPPING_LOWER,
    MAPPING_UPPER,
    MAPPING_TRIM,
    MAPPING_PARSE,
    MAPPING_FIRST,
    MAPPING_LAST,
    MAPPING_BASE64,
    MAPPING_HEX,
    MAPPING_YES_NO,
    MAPPING_LENGTH,
    MAPPING_SPLIT,
    MAPPING_BIT,
    MAPPING_GET,
    MAPPING_STRIP_PREFIX,
    MAPPING_STRIP_SUFFIX,
    MAPPING_APPEND,
};

struct mapping_do {
    enum mapping_verb verb;
    struct base_str text;
    int64_t number;
    struct mapping_path path;
};

struct mapping_row { /* of an enum */
    struct base_str said;
    struct mapping_datum meant;
};

struct mapping_value {
    bool given;
    bool join; /* all paths' texts, not the first that is there */
    struct base_str by;
    struct mapping_datum constant;
    const struct mapping_path *paths;
    size_t path_count;
    const struct mapping_do *dos;
    size_t do_count;
    const struct mapping_datum *drops;
    size_t drop_count;
    const struct mapping_row *rows;
    size_t row_count;
    double scale, offset, least, most;
    struct base_str unit; /* empty: the one that is wanted */
};

enum mapping_test {
    MAPPING_EXISTS,
    MAPPING_EQ,
    MAPPING_NE,
    MAPPING_IN,
    MAPPING_GT,
    MAPPING_GE,
    MAPPING_LT,
    MAPPING_LE,
    MAPPING_IS,
    MAPPING_STARTS,
    MAPPING_ENDS,
    MAPPING_HAS,
    MAPPING_NOT,
    MAPPING_ANY,
    MAPPING_ALL,
};

struct mapping_when {
    enum mapping_test test;
    struct mapping_path path;
    const struct mapping_datum *constants;
    size_t count;
    const struct mapping_when *list; /* of not, any, all */
    size_t list_count;
};

struct mapping_whens {
    const struct mapping_when *list;
    size_t count;
};

struct mapping_paths {
    const struct mapping_path *list;
    size_t count;
};

enum mapping_loop { MAPPING_KEYS, MAPPING_ITEMS, MAPPING_AT };

struct mapping_each {
    enum mapping_loop loop;
    struct mapping_path path;
    struct base_str as;
    bool single; /* an object where the array should be is its only item */
    bool parse;  /* JSON in a string */
    bool optional;
};

enum mapping_as {
    MAPPING_AS_AUTO,
    MAPPING_AS_ISO,
    MAPPING_AS_BASIC_ISO,
    MAPPING_AS_EPOCH,
    MAPPING_AS_EPOCH_S,
    MAPPING_AS_EPOCH_MS,
    MAPPING_AS_EPOCH_US,
};

struct mapping_time {
    struct mapping_value value;
    enum mapping_as as;
    bool fixed; /* zone, or offset_us, instead of the source's zone */
    const struct sensors_zone *zone;
    int64_t offset_us; /* of local time before UTC */
    bool refuse;       /* a message without it */
    enum sensors_time source;
};

struct mapping_measure {
    const char *name; /* NULL: named says it */
    struct mapping_value named;
    struct mapping_value value;
    const struct sensors_quantity *quantity; /* NULL: not known */
    bool text;
};

enum mapping_strings { MAPPING_STRINGS_NUMERIC, MAPPING_STRINGS_TEXT, MAPPING_STRINGS_DROP };

struct mapping_all {
    bool given;
    struct mapping_path path;
    enum mapping_strings strings;
    bool known; /* only quantities that Hutong knows */
    const struct base_str *except;
    size_t except_count;
};

struct mapping_flag {
    uint32_t flag;
    struct mapping_whens whens;
};

enum mapping_key_part {
    MAPPING_KEY_SUBJECT,
    MAPPING_KEY_TIME,
    MAPPING_KEY_POSITION,
    MAPPING_KEY_CHANNEL,
    MAPPING_KEY_NATIVE,
    MAPPING_KEY_PATH
};

struct mapping_key {
    enum mapping_key_part part;
    struct mapping_path path;
};

struct mapping_emit {
    size_t number; /* in its case, from 0 */
    struct mapping_whens whens;
    enum sensors_kind kind;
    struct mapping_value phase; /* its constant or rows are names of phases */
    bool change;                /* start and end are told by what was said before */
    struct base_str ns;
    struct mapping_value device;
    bool about; /* subject is given */
    enum sensors_subject subject_type;
    struct mapping_value subject;
    struct mapping_time time;
    struct mapping_value lon, lat, alt, acc, speed, course;
    enum sensors_position pos_source;
    struct mapping_value channel, severity, confidence, native_id;
    const struct mapping_flag *flags;
    size_t flag_count;
    int64_t lasts_us;
    bool keyed; /* key is given */
    const struct mapping_key *keys;
    size_t key_count;
    const struct mapping_measure *measures;
    size_t measure_count;
    struct mapping_all all;
    struct mapping_paths private;
};

struct mapping_level { /* of a topic pattern: before{name}after; a wildcard has no name to keep */
    struct base_str before, after;
    bool wild;  /* something between them */
    bool rest;  /* it and all levels that follow */
    bool named; /* keep it */
};

struct mapping_pattern {
    const struct mapping_level *levels;
    size_t count;
};

enum mapping_payload { MAPPING_PAYLOAD_JSON, MAPPING_PAYLOAD_TEXT, MAPPING_PAYLOAD_XML };

struct mapping_case {
    const struct mapping_pattern *topics;
    size_t topic_count;
    enum mapping_payload payload;
    struct mapping_whens whens;
    const struct mapping_each *each;
    size_t each_count;
    const struct mapping_emit *emits;
    size_t emit_count;
    bool ignore;
    struct mapping_paths private;
};

struct sensors_mapping {
    struct sensors_format format; /* first: a mapping is a format */
    struct base_arena arena;
    bool shipped;                   /* with the product: a folder's of the same name goes before it */
    const struct base_str *insides; /* formats of the envelopes; none: it is a format of its own */
    size_t inside_count;
    const struct mapping_case *cases;
    size_t case_count;
    struct sensors_zone *zones[MAPPING_ZONES_MAX];
    size_t zone_count;
};

/* --- mappings.c: all of them --- */
/* The mapping that is this format, NULL when it is none of them. */
const struct sensors_mapping *sensors_mappings_of(const struct sensors_mappings *mappings,
                                                  const struct sensors_format *format);
/* Those of payloads inside envelopes; NULL after the last. */
const struct sensors_mapping *sensors_mappings_inside(const struct sensors_mappings *mappings, size_t index);
struct mapping_file {
    const char *name, *text;
};
extern const struct mapping_file sensors_mapping_files[]; /* generated from sensors/mapping; ended by a name of NULL */

/* --- mapping_load.c: a file is read and checked --- */
/* name: of the file, for messages; text may go afterwards. */
enum base_err sensors_mapping_load(const char *name, struct base_str text, struct base_diag *diag,
                                   struct sensors_mapping **ret_mapping) BASE_MUST_CHECK;
void sensors_mapping_free(struct sensors_mapping *mapping);
BASE_AUTO_FREE(sensors_mapping)

/* One file while it is read. The first failure sticks, what follows it says nothing. */
struct mapping_load {
    const char *name;
    struct base_str text;
    struct base_diag *diag;
    enum base_err err;
    struct sensors_mapping *mapping;
    struct base_str captures[MAPPING_CAPTURES_MAX]; /* of the case */
    size_t capture_count;
    struct base_str each[MAPPING_EACH_MAX]; /* of the case, as far as it was read */
    size_t each_count;
    bool keys[MAPPING_EACH_MAX]; /* its name is a key */
};

struct mapping_at { /* where in the file; a list from the innermost member outwards */
    const struct mapping_at *up;
    const char *key; /* NULL: index */
    size_t index;
    const struct base_json *json; /* what is there; NULL: nothing */
};

/* --- mapping_where.c: which line that is --- */
int sensors_mapping_where_line(struct base_str text, const struct mapping_at *at);
/* As a JSON Pointer. */
void sensors_mapping_where_path(const struct mapping_at *at, struct base_buf *buf);

/* --- mapping_member.c: members of the file's objects --- */
enum mapping_object {
    MAPPING_OF_MAPPING,
    MAPPING_OF_CASE,
    MAPPING_OF_EACH,
    MAPPING_OF_EMIT,
    MAPPING_OF_DEVICE,
    MAPPING_OF_SUBJECT,
    MAPPING_OF_TIME,
    MAPPING_OF_PHASE,
    MAPPING_OF_VALUE,
    MAPPING_OF_MEASURE,
    MAPPING_OF_MEASURE_ALL,
    MAPPING_OF_FLAG,
    MAPPING_OF_WHEN,
    MAPPING_OF_DO,
    MAPPING_OBJECTS
};
/* The object's name in docs/mapping.schema.json, and its members' names, ended by NULL. */
const char *sensors_mapping_member_of(enum mapping_object object);
const char *const *sensors_mapping_member_names(enum mapping_object object);
void sensors_mapping_member_fail(struct mapping_load *load, const struct mapping_at *at, const char *format, ...)
    BASE_PRINTF(3, 4);
/* It is an object without other members; else a failure. */
bool sensors_mapping_member_check(struct mapping_load *load, const struct mapping_at *at, enum mapping_object object);
struct mapping_at sensors_mapping_member_at(const struct mapping_at *up, const char *key);
struct mapping_at sensors_mapping_member_item(const struct mapping_at *up, size_t index);
/* Texts are copied. An empty text when there is none; wanted: that is a failure. */
struct base_str sensors_mapping_member_text(struct mapping_load *load, const struct mapping_at *up, const char *key,
                                            bool wanted);
double sensors_mapping_member_number(struct mapping_load *load, const struct mapping_at *up, const char *key,
                                     double standard);
bool sensors_mapping_member_bool(struct mapping_load *load, const struct mapping_at *up, const char *key);
/* The place in names (ended by NULL) of a text member; standard when it is not there. */
size_t sensors_mapping_member_choice(struct mapping_load *load, const struct mapping_at *up, const char *key,
                                     const char *const *names, size_t standard);
/* How many items; a failure when it is there and no array. */
size_t sensors_mapping_member_list(struct mapping_load *load, const struct mapping_at *at);
/* Zeroed; NULL after a failure. */
void *sensors_mapping_member_room(struct mapping_load *load, size_t count, size_t size);
struct base_str sensors_mapping_member_keep(struct mapping_load *load, struct base_str text);
/* A text, number, boolean or null of the file. */
struct mapping_datum sensors_mapping_member_datum(struct mapping_load *load, const struct mapping_at *at);

/* --- mapping_path.c --- */
struct mapping_path sensors_mapping_path_load(struct mapping_load *load, const struct mapping_at *at);
struct mapping_path sensors_mapping_path_member(struct mapping_load *load, const struct mapping_at *up,
                                                const char *key);
struct mapping_paths sensors_mapping_path_list(struct mapping_load *load, const struct mapping_at *up, const char *key);

/* --- mapping_topic.c --- */
/* Reads "topic" of a case (a pattern or several that keep the same names) and notes the names of what they keep. */
void sensors_mapping_topic_load(struct mapping_load *load, const struct mapping_at *at, struct mapping_case *ret_case);
bool sensors_mapping_topic_match(const struct mapping_pattern *pattern, struct base_str topic,
                                 struct base_str captures[MAPPING_CAPTURES_MAX]);

/* --- mapping_value.c --- */
/* A path, or an object of members; object: which members it may have. unit: what it is wanted in, or NULL when it has
 * none. */
struct mapping_value sensors_mapping_value_load(struct mapping_load *load, const struct mapping_at *at,
                                                enum mapping_object object, const char *unit, const char *what);

/* --- mapping_when.c --- */
struct mapping_whens sensors_mapping_when_load(struct mapping_load *load, const struct mapping_at *up, const char *key);

/* --- mapping_emit.c, mapping_emit_time.c --- */
void sensors_mapping_emit_load(struct mapping_load *load, const struct mapping_at *at, struct mapping_emit *ret_emit);
void sensors_mapping_emit_time(struct mapping_load *load, const struct mapping_at *up, struct mapping_time *ret_time);
void sensors_mapping_emit_measures(struct mapping_load *load, const struct mapping_at *up, struct mapping_emit *emit);

/* --- a message on its way (mapping_run.c) --- */
struct mapping_pending { /* readings of one moment, which contexts say one by one */
    bool any;
    struct sensors_readings readings;
    size_t mark; /* readings before the present emit's */
    struct sensors_event like;
    struct sensors_identity identity;
    bool keyed; /* identity.event is the mapping's own key; else what was read is */
};

struct mapping_run {
    struct sensors_decoding *decoding;
    const struct mapping_case *chosen;
    const struct sensors_inside *inside; /* of a LoRaWAN payload; these three or NULL */
    const struct sensors_event *like;
    const struct sensors_identity *identity;
    struct base_str captures[MAPPING_CAPTURES_MAX];
    struct mapping_datum whole, here;
    struct {
        struct base_str key;
        struct mapping_datum value;
    } each[MAPPING_EACH_MAX];
    struct base_json *parsed[MAPPING_PARSED_MAX]; /* freed at the end */
    size_t parsed_count;
    struct mapping_pending pending;
    char number[8]; /* of the event inside one envelope, as text */
    unsigned numbered, contexts, redacted;
    bool held;    /* some emit's conditions */
    bool unheld;  /* contexts were there for which none's did */
    bool mistook; /* an each found another shape */
};

enum base_err sensors_mapping_run(struct sensors_decoding *decoding,
                                  const struct sensors_mapping *mapping) BASE_MUST_CHECK;
/* The contexts of a case whose conditions hold. */
enum base_err sensors_mapping_run_case(struct mapping_run *run, const struct mapping_case *chosen) BASE_MUST_CHECK;
void sensors_mapping_run_release(struct mapping_run *run);

/* --- mapping_read.c: values of a message --- */
struct mapping_datum sensors_mapping_read_node(const struct base_json *node);
struct mapping_datum sensors_mapping_read_word(struct base_str text);
const struct base_json *sensors_mapping_read_steps(const struct base_json *node, const struct mapping_path *path);
struct mapping_datum sensors_mapping_read_path(const struct mapping_run *run, const struct mapping_path *path);
/* ABSENT when it is not there; *dropped is set when it was there and is one that means nothing. */
struct mapping_datum sensors_mapping_read_value(struct mapping_run *run, const struct mapping_value *value,
                                                bool *dropped);
/* In words: numbers and booleans, too; empty for anything else. In the message's arena, the message or the file. */
struct base_str sensors_mapping_read_text(struct sensors_decoding *decoding, const struct mapping_datum *datum);
double sensors_mapping_read_number(const struct mapping_datum *datum); /* NAN: none */
double sensors_mapping_read_yes_no(const struct mapping_datum *datum); /* 1, 0 or NAN */
/* 1 when something is there that must not be kept. */
unsigned sensors_mapping_read_private(const struct mapping_run *run, const struct mapping_path *path);
bool sensors_mapping_read_same(struct mapping_run *run, const struct mapping_datum *said,
                               const struct mapping_datum *constant);

/* --- mapping_test.c: do conditions hold? --- */
bool sensors_mapping_test(struct mapping_run *run, const struct mapping_whens *whens);

/* --- mapping_do.c: the closed list of what can be done to a value --- */
struct mapping_datum sensors_mapping_do(struct mapping_run *run, const struct mapping_do *step,
                                        struct mapping_datum datum);
/* JSON of a text; ABSENT when it is none. It lives as long as the run. */
struct mapping_datum sensors_mapping_do_parse(struct mapping_run *run, struct base_str text);

/* --- mapping_time.c --- */
/* What the message says, unrepaired; SENSORS_NO_TIME when that is nothing. */
int64_t sensors_mapping_time(struct mapping_run *run, const struct mapping_time *time);

/* --- mapping_event.c: one emit in one context --- */
enum base_err sensors_mapping_event(struct mapping_run *run, const struct mapping_emit *emit) BASE_MUST_CHECK;

/* --- mapping_reading.c: what is measured --- */
/* "temperature_2" is a temperature, the second: *ret_number is what follows the quantity's name. */
const struct sensors_quantity *sensors_mapping_reading_quantity(struct base_str name, struct base_str *ret_number);
/* As measures of one event. */
void sensors_mapping_reading_measures(struct mapping_run *run, const struct mapping_emit *emit,
                                      struct sensors_event *event);
/* As readings of this moment: they go together with those of other contexts until flushed. */
enum base_err sensors_mapping_reading_add(struct mapping_run *run, const struct mapping_emit *emit,
                                          const struct sensors_event *like, const struct sensors_identity *identity,
                                          bool keyed) BASE_MUST_CHECK;
enum base_err sensors_mapping_reading_flush(struct mapping_run *run) BASE_MUST_CHECK;

/* --- mapping_key.c: what tells one event from another --- */
struct mapping_words {
    size_t len;
    char text[MAPPING_KEY_MAX];
};
void sensors_mapping_key_word(const struct mapping_run *run, struct mapping_words *words, struct base_str word);
void sensors_mapping_key_number(const struct mapping_run *run, struct mapping_words *words, double number);
/* In the message's arena. */
struct base_str sensors_mapping_key_text(const struct mapping_run *run, const struct mapping_words *words);
/* Completes the identity of an event, as the mapping's "key" says or by time, position, subject and phase. */
void sensors_mapping_key(struct mapping_run *run, const struct mapping_emit *emit, const struct sensors_event *event,
                         struct base_str phase, struct sensors_identity *identity);
/* The same for an event inside an envelope: the decoder's, and a number from the second on. */
void sensors_mapping_key_inside(struct mapping_run *run, struct sensors_identity *identity);

#endif
