/* data: PostgreSQL - connections, the embedded queries, binary COPY, migrations, partitions.
 *
 * Ownership  ret_x is yours; free it with the type's _free. Text and bytes of a row belong to its data_rows.
 * Threads    a connection belongs to one thread at a time.
 * Units      times are us since 1970-01-01 UTC and become timestamptz; coordinates lon/lat degrees WGS 84.
 * Errors     DATABASE_AWAY when the connection is gone or the server cannot now - it ends, its disk is full - (try
 *            again), DATABASE when it refused; diag then holds the server's message with the query's name.
 * SQL        lives in data/query and data/schema; the build makes enum data_query of it: DATA_SOURCE_LIST is
 *            data/query/source_list.sql. search_path is hutong, public; the session's time zone is UTC.
 */
#ifndef HUTONG_DATA_H
#define HUTONG_DATA_H

#include "base/base.h"
#include "data/queries.h"

#include <stdatomic.h>

/* --- conn (conn.c) --- */
struct data_conn;

/* conninfo as libpq reads it; NULL or "" takes HUTONG_DATABASE. name shows in pg_stat_activity. */
enum base_err data_conn_open(const char *conninfo, const char *name, struct base_diag *diag,
                             struct data_conn **ret_conn) BASE_MUST_CHECK;
void data_conn_free(struct data_conn *conn);
BASE_AUTO_FREE(data_conn)
bool data_conn_good(const struct data_conn *conn);
int data_conn_backend_pid(const struct data_conn *conn);
int data_conn_socket(const struct data_conn *conn);
bool data_conn_late(const struct data_conn *conn); /* the last that failed took too long */

enum base_err data_begin(struct data_conn *conn, struct base_diag *diag) BASE_MUST_CHECK;
/* One that writes, also where the session reads only by default. */
enum base_err data_begin_write(struct data_conn *conn, struct base_diag *diag) BASE_MUST_CHECK;
/* One that reads, all of its queries as of one moment. */
enum base_err data_begin_snapshot(struct data_conn *conn, struct base_diag *diag) BASE_MUST_CHECK;
enum base_err data_commit(struct data_conn *conn, struct base_diag *diag) BASE_MUST_CHECK;
void data_rollback(struct data_conn *conn); /* harmless without a transaction; a dead connection stays dead */

/* --- run (run.c): the embedded queries, prepared once a connection, results in binary --- */
struct data_arg {
    enum { DATA_ARG_NULL, DATA_ARG_I64, DATA_ARG_F64, DATA_ARG_TEXT, DATA_ARG_BYTES, DATA_ARG_ID, DATA_ARG_TIME } type;
    union {
        int64_t i64;
        double f64;
        struct base_str str;
        struct base_id id;
    };
};

static inline struct data_arg data_null(void)
{
    return (struct data_arg){.type = DATA_ARG_NULL};
}

static inline struct data_arg data_i64(int64_t value) /* $n::bigint */
{
    return (struct data_arg){.type = DATA_ARG_I64, .i64 = value};
}

static inline struct data_arg data_f64(double value) /* $n::double precision */
{
    return (struct data_arg){.type = DATA_ARG_F64, .f64 = value};
}

static inline struct data_arg data_text(const char *text) /* any type's text form; NULL gives null */
{
    return (struct data_arg){.type = text ? DATA_ARG_TEXT : DATA_ARG_NULL, .str = {text, 0}};
}

static inline struct data_arg data_bytes(struct base_str bytes) /* $n::bytea */
{
    return (struct data_arg){.type = DATA_ARG_BYTES, .str = bytes};
}

static inline struct data_arg data_id(struct base_id id) /* $n::uuid */
{
    return (struct data_arg){.type = DATA_ARG_ID, .id = id};
}

static inline struct data_arg data_time(int64_t time_us) /* $n::timestamptz */
{
    return (struct data_arg){.type = DATA_ARG_TIME, .i64 = time_us};
}

struct data_rows;

#define DATA_ARGS(...) (const struct data_arg[]){__VA_ARGS__}, BASE_COUNT(((const struct data_arg[]){__VA_ARGS__}))
#define DATA_NO_ARGS NULL, 0

/* data_run(conn, DATA_SOURCE_REMOVE, DATA_ARGS(data_text(name)), &diag, &rows); ret_rows may be NULL. */
enum base_err data_run(struct data_conn *conn, enum data_query query, const struct data_arg *args, size_t count,
                       struct base_diag *diag, struct data_rows **ret_rows) BASE_MUST_CHECK;
void data_rows_free(struct data_rows *rows);
BASE_AUTO_FREE(data_rows)
size_t data_rows_count(const struct data_rows *rows);
bool data_rows_null(const struct data_rows *rows, size_t row, int column);
int64_t data_rows_i64(const struct data_rows *rows, size_t row, int column); /* smallint, integer, bigint, oid */
double data_rows_f64(const struct data_rows *rows, size_t row, int column);  /* real, double precision */
bool data_rows_bool(const struct data_rows *rows, size_t row, int column);
int64_t data_rows_time(const struct data_rows *rows, size_t row, int column);     /* timestamptz; infinity: INT64_MAX */
const char *data_rows_text(const struct data_rows *rows, size_t row, int column); /* terminated; NULL when null */
struct base_str data_rows_bytes(const struct data_rows *rows, size_t row, int column); /* bytea, geometry, text */
/* bit varying, the first bit the highest of the first byte, and how many; NULL and 0 when null. */
struct base_str data_rows_bits(const struct data_rows *rows, size_t row, int column, uint32_t *ret_count);
struct base_id data_rows_id(const struct data_rows *rows, size_t row, int column); /* uuid */
/* The items of a bigint[] without nulls; false beyond the last. */
bool data_rows_item(const struct data_rows *rows, size_t row, int column, size_t index,
                    int64_t *ret_value) BASE_MUST_CHECK;

/* --- read (read.c): rows as the server sends them, none of them kept: for more than memory should hold ---
 * args: numbers, times, ids and null only. visit gets a row's fields (data_field_*), valid until it returns; its error
 * ends the reading and comes back. Cheaper by the row than data_run: COPY BINARY. */
struct data_field;
enum base_err data_read(struct data_conn *conn, enum data_query query, const struct data_arg *args, size_t count,
                        enum base_err (*visit)(void *of, const struct data_field *row), void *of,
                        struct base_diag *diag) BASE_MUST_CHECK;

/* --- array (array.c): $n::uuid[], bigint[], timestamptz[] or bytea[] in binary; pass the buffer by data_bytes --- */
enum data_array { DATA_ARRAY_ID, DATA_ARRAY_I64, DATA_ARRAY_TIME, DATA_ARRAY_BYTES };
void data_array_begin(struct base_buf *buf, enum data_array type, size_t count); /* empties the buffer first */
void data_array_id(struct base_buf *buf, struct base_id id);                     /* then count of these */
void data_array_i64(struct base_buf *buf, int64_t value);
void data_array_time(struct base_buf *buf, int64_t time_us);
void data_array_bytes(struct base_buf *buf, struct base_str bytes);
/* $n::bit varying, likewise: empties the buffer, then (count + 7) / 8 bytes, highest bit first. */
void data_array_bits(struct base_buf *buf, const uint8_t *bits, uint32_t count);

/* --- scope (scope.c): who may see what ---
 * A look is a kind of seeing; for each look a scope has the estates whose rows may be seen. A scope is fixed once made,
 * counted by reference (any thread), and cannot be made but from an account's roles, a shift, or openly by
 * data_scope_everything, so reading without one cannot be written by accident: whatever holds rows of estates in memory
 * gives them out through an iterator that takes a scope, and the database sees data_scope_enter's role and settings. */
#define DATA_LOOKS(X)                                                                               \
    X(PLACE, "place", "outlines: estates, buildings, zones, routes, checkpoints, facilities")       \
    X(RECORD, "record", "what was told of a place and when somebody passed, without whom")          \
    X(COUNT, "count", "the same as counts only, none of them of fewer than five subjects")          \
    X(UNIT, "unit", "call signs and where they are: personal, needs a purpose")                     \
    X(DEVICE, "device", "devices and what they said last; cameras need a purpose")                  \
    X(INCIDENT, "incident", "incidents, their steps and clocks")                                    \
    X(CARRY, "carry", "incidents sent to the own organisation or shift, and the steps of who goes") \
    X(OPERATE, "operate", "sources, workers, metrics")                                              \
    X(AUDIT, "audit", "who looked at what, and why")                                                \
    X(MANAGE, "manage", "changes zones, routes, checkpoints and shifts")                            \
    X(JUDGE, "judge", "changes duties, and waives them")                                            \
    X(REPORT, "report", "sends check-ins of a shift")                                               \
    X(HANDLE, "handle", "reports incidents and takes their steps")

enum data_look {
#define DATA_LOOK_ENUM(name, label, help) DATA_LOOK_##name,
    DATA_LOOKS(DATA_LOOK_ENUM)
#undef DATA_LOOK_ENUM
        DATA_LOOK_KINDS
};

struct data_scope;
const char *data_look_name(enum data_look look);
/* Everything but the audit: for the open server on loopback without accounts, and for our own programs. */
enum base_err data_scope_everything(struct base_diag *diag, struct data_scope **ret_scope) BASE_MUST_CHECK;
/* Of an account's roles that are valid now (scope_account.sql), of a shift (scope_shift.sql). As the owner's role. */
enum base_err data_scope_account(struct data_conn *conn, int64_t account_id, struct base_diag *diag,
                                 struct data_scope **ret_scope) BASE_MUST_CHECK;
enum base_err data_scope_shift(struct data_conn *conn, int64_t estate_id, int64_t shift_id, struct base_diag *diag,
                               struct data_scope **ret_scope) BASE_MUST_CHECK;
struct data_scope *data_scope_ref(struct data_scope *scope);
void data_scope_free(struct data_scope *scope); /* one reference less */
BASE_AUTO_FREE(data_scope)
bool data_scope_holds(const struct data_scope *scope, enum data_look look, int64_t estate_id);
bool data_scope_any(const struct data_scope *scope, enum data_look look); /* at least one estate */
bool data_scope_all(const struct data_scope *scope, enum data_look look); /* every estate, also those to come */
/* Estates of a look that is not for all, ascending. */
size_t data_scope_estates(const struct data_scope *scope, enum data_look look, const int64_t **ret_estates);
/* Whom incidents are sent to, as task_of() of 0038_task.sql reads it; NULL: nobody. Borrowed. */
const char *data_scope_sent(const struct data_scope *scope);
/* Equal for scopes that see the same, whatever they may change: a key for caches and for audiences of the stream. */
struct base_id data_scope_key(const struct data_scope *scope);
/* From now on the connection sees what the scope may see: serving role and settings, one round trip, none when it is in
 * that scope already. leave: the owner's role again. Not within a transaction. */
enum base_err data_scope_enter(struct data_conn *conn, const struct data_scope *scope,
                               struct base_diag *diag) BASE_MUST_CHECK;
/* The same for a scope that has the audit: the connection sees the audit, and nothing else. CONFLICT: it has not. */
enum base_err data_scope_enter_audit(struct data_conn *conn, const struct data_scope *scope,
                                     struct base_diag *diag) BASE_MUST_CHECK;
enum base_err data_scope_leave(struct data_conn *conn, struct base_diag *diag) BASE_MUST_CHECK;

/* --- filter (filter.c): an embedded query with a CQL2 filter in it ---
 * The query says `true -- filter` at the end of a line where the condition goes; properties' sql are expressions at
 * that place. filter NULL: all. Never prepared: each is planned for its own values. */
struct geo_cql2;
enum base_err data_run_filtered(struct data_conn *conn, enum data_query query, const struct geo_cql2 *filter,
                                const struct data_arg *args, size_t count, struct base_diag *diag,
                                struct data_rows **ret_rows) BASE_MUST_CHECK;
/* The same in another order, where the query says `q.id -- order`: what geo_cql2_order gives. at NULL: as it says. */
enum base_err data_run_ordered(struct data_conn *conn, enum data_query query, const struct geo_cql2 *filter,
                               struct base_str order, const struct data_arg *args, size_t count, struct base_diag *diag,
                               struct data_rows **ret_rows) BASE_MUST_CHECK;
/* How many rows that would give. */
enum base_err data_count_filtered(struct data_conn *conn, enum data_query query, const struct geo_cql2 *filter,
                                  const struct data_arg *args, size_t count, struct base_diag *diag,
                                  int64_t *ret_count) BASE_MUST_CHECK;

/* --- feed (feed*.c): what is committed, as it is committed - logical replication, pgoutput, of one database ---
 * A temporary slot and its exported snapshot first; rows as of the snapshot (_load) and then every later transaction
 * (_next), whole and in commit order: what was cut in the middle is never given out. Nothing is kept on the server when
 * we are gone. Rows of both come as the same binary fields (COPY BINARY and pgoutput's binary), in the order of the
 * table's columns here; read them with data_field_*.
 * Errors: DATABASE_AWAY when the connection is gone, or the slot with it, or a table was replaced (open anew: a new
 * snapshot), DATABASE when the server refuses - no wal_level logical, no REPLICATION right, no free slot, no
 * publication, a column that is not published -, TIMEOUT when it has to wait for others' open transactions before it
 * can make a slot, LIMIT when a transaction is larger than memory may be, INTERRUPTED. After any of them nothing but
 * _free is of use. Call _next often: a server that is being stopped waits for our answer. One thread at a time but for
 * _interrupt. */
#define DATA_FEED_PUBLICATION "hutong_feed" /* made by migrations; facts are not in it */

struct data_field {
    const char *at;
    int32_t len; /* DATA_FIELD_NULL, DATA_FIELD_UNCHANGED: at is then NULL */
};
enum { DATA_FIELD_NULL = -1, DATA_FIELD_UNCHANGED = -2 /* a large value that the update left as it was */ };

int64_t data_field_i64(struct data_field field); /* smallint, integer, bigint; 0 when null or of another length */
double data_field_f64(struct data_field field);  /* real, double precision; NAN when null */
bool data_field_bool(struct data_field field);
int64_t
data_field_interval(struct data_field field);     /* us; a day 24 h, a month 30 days, a year 365.25, as PostgreSQL */
int64_t data_field_time(struct data_field field); /* us since 1970; infinity INT64_MAX, -infinity or null INT64_MIN */
struct base_id data_field_id(struct data_field field);
struct base_str data_field_str(struct data_field field); /* text, an enum's label, bytea, geometry (EWKB) */
/* The items of a one-dimensional text[]; false at the end, and for what is no such array. at begins as 0. */
bool data_field_item(struct data_field array, uint32_t *at, struct base_str *ret_item);

struct data_feed_table {
    const char *name;
    const char *const *columns; /* in the order wanted; the first `keys` are the replica identity */
    size_t count, keys;
    const char *where; /* of the rows that are loaded ("valid_to is null"), or NULL; changes come of all rows */
};

struct data_feed_config {
    const char *conninfo;
    const char *name;                     /* in pg_stat_activity */
    const struct data_feed_table *tables; /* borrowed as long as the feed lives */
    size_t count;
    size_t transaction_max;  /* bytes of one transaction in memory; 0: 256 MiB */
    const atomic_bool *stop; /* _open gives up (INTERRUPTED) soon after it became true; may be NULL */
};

enum data_feed_kind { DATA_FEED_INSERT, DATA_FEED_UPDATE, DATA_FEED_DELETE, DATA_FEED_TRUNCATE };

struct data_feed_change {
    enum data_feed_kind kind;
    uint32_t table;               /* index in the config */
    const struct data_field *row; /* INSERT, UPDATE: all columns; DELETE: the key's; TRUNCATE: NULL */
    const struct data_field *old; /* UPDATE that changed the key: the key's columns as they were; else NULL */
};

struct data_feed_transaction {
    uint64_t lsn;         /* of its end: later transactions have greater ones */
    int64_t committed_us; /* by the server's clock */
    const struct data_feed_change *changes;
    size_t count;
};

struct data_feed_status {
    uint64_t lsn;        /* up to here everything was given out */
    uint64_t server_lsn; /* so far is the server, as it last said */
    int64_t heard_us;    /* monotonic: when it last said anything */
};

struct data_feed;
/* Connects, makes slot and snapshot, and starts streaming once a transaction of its own holds the snapshot. */
enum base_err data_feed_open(const struct data_feed_config *config, struct base_diag *diag,
                             struct data_feed **ret_feed) BASE_MUST_CHECK;
void data_feed_free(struct data_feed *feed);
BASE_AUTO_FREE(data_feed)
uint64_t data_feed_snapshot_lsn(const struct data_feed *feed); /* what _load gives is as of here */
/* Rows of one table as of the snapshot; visit's error ends it. After the last table call _loaded. */
enum base_err data_feed_load(struct data_feed *feed, size_t table,
                             enum base_err (*visit)(void *of, const struct data_field *row), void *of,
                             struct base_diag *diag) BASE_MUST_CHECK;
enum base_err data_feed_loaded(struct data_feed *feed,
                               struct base_diag *diag) BASE_MUST_CHECK; /* lets the snapshot go */
/* The next transaction that changed any of the tables, or NULL when none came in timeout_ms; valid until the next call.
 * Confirms what was given out before. */
enum base_err data_feed_next(struct data_feed *feed, int timeout_ms, struct base_diag *diag,
                             const struct data_feed_transaction **ret_transaction) BASE_MUST_CHECK;
struct data_feed_status data_feed_status(const struct data_feed *feed);
void data_feed_interrupt(struct data_feed *feed); /* any thread: the call under way fails soon */

/* --- listen (listen.c) --- */
enum base_err data_listen(struct data_conn *conn, const char *channel, struct base_diag *diag) BASE_MUST_CHECK;
/* Waits until a notice arrives (*ret_noticed true) or the time is up. Reads all that are there. */
enum base_err data_listen_wait(struct data_conn *conn, int timeout_ms, struct base_diag *diag,
                               bool *ret_noticed) BASE_MUST_CHECK;
/* The same, told apart: bit i for channels[i]. */
enum base_err data_listen_channels(struct data_conn *conn, int timeout_ms, const char *const *channels, size_t count,
                                   struct base_diag *diag, unsigned *ret_noticed) BASE_MUST_CHECK;

/* --- copy (copy.c): COPY ... FROM STDIN BINARY; rows gather in a buffer and leave in large pieces --- */
struct data_copy {
    struct data_conn *conn;
    struct base_buf buf;
};

/* table and columns are names of our own, never outside text. */
enum base_err data_copy_begin(struct data_copy *copy, struct data_conn *conn, const char *table, const char *columns,
                              struct base_diag *diag) BASE_MUST_CHECK;
void data_copy_row(struct data_copy *copy, uint16_t fields);
void data_copy_null(struct data_copy *copy);
void data_copy_bool(struct data_copy *copy, bool value);
void data_copy_i16(struct data_copy *copy, int16_t value);
void data_copy_i32(struct data_copy *copy, int32_t value);
void data_copy_i64(struct data_copy *copy, int64_t value);
void data_copy_ref(struct data_copy *copy, int64_t id);        /* 0, which no row has, gives null */
void data_copy_f32(struct data_copy *copy, float value);       /* NaN gives null */
void data_copy_f64(struct data_copy *copy, double value);      /* NaN gives null */
void data_copy_text(struct data_copy *copy, const char *text); /* text or an enum's label; NULL gives null */
void data_copy_str(struct data_copy *copy, struct base_str text);
void data_copy_jsonb(struct data_copy *copy, struct base_str json); /* an empty run gives null */
void data_copy_bytes(struct data_copy *copy, struct base_str bytes);
void data_copy_bits(struct data_copy *copy, const uint8_t *bits, uint32_t count); /* bit varying; highest bit first */
void data_copy_id(struct data_copy *copy, struct base_id id);
void data_copy_time(struct data_copy *copy, int64_t time_us);
/* Sends what has gathered once it is large; call it between rows. */
enum base_err data_copy_flush(struct data_copy *copy, struct base_diag *diag) BASE_MUST_CHECK;
/* Ends the COPY; on an earlier failure pass it, and the server is told to give up. Releases the buffer. */
enum base_err data_copy_end(struct data_copy *copy, enum base_err failed, struct base_diag *diag) BASE_MUST_CHECK;

/* --- migrate (migrate.c): forward only, each step in a transaction, one migrator at a time --- */
/* Fails with CONFLICT when an applied step's text has changed or is unknown to this program. */
enum base_err data_migrate(struct data_conn *conn, struct base_diag *diag, int *ret_applied) BASE_MUST_CHECK;

/* --- partition (partition.c): facts by UTC day of t_event or by UTC month of recorded_at --- */
/* Makes the partition that holds time_us when it is missing; safe from several workers at once. Own transaction. Waits
 * for no reader and no writer, and lets none wait. */
enum base_err data_partition_ensure(struct data_conn *conn, const char *table, int64_t time_us,
                                    struct base_diag *diag) BASE_MUST_CHECK;
/* Those of today and the next two days, of all tables that somebody writes. */
enum base_err data_partition_ahead(struct data_conn *conn, int64_t now_us, struct base_diag *diag) BASE_MUST_CHECK;

/* --- retention (retention.c): what is older than it may be goes ---
 * Whole partitions where their whole range is too old; single rows of sources that keep their facts shorter than the
 * table does, and of tables by month. */
/* Constant, option, environment, default, help. */
#define DATA_KEEPS(X)                                                                                            \
    X(FIX, "keep-fix", "HUTONG_KEEP_FIX", "30d", "keep positions: tracks of persons among them")                 \
    X(EVENT, "keep-event", "HUTONG_KEEP_EVENT", "180d", "keep events of devices, and what rules found")          \
    X(PASS, "keep-pass", "HUTONG_KEEP_PASS", "400d", "keep passes: who was at a building, and coverage")         \
    X(CASE, "keep-case", "HUTONG_KEEP_CASE", "1830d", "keep steps, notices, waivers and outages")                \
    X(CONTACT, "keep-contact", "HUTONG_KEEP_CONTACT", "30d", "keep contacts of incidents after they are sealed") \
    X(AUDIT, "keep-audit", "HUTONG_KEEP_AUDIT", "1100d", "keep the record of who looked at what, and why")       \
    X(DEAD, "keep-dead", "HUTONG_KEEP_DEAD", "30d", "keep dead letters")

enum data_keep {
#define DATA_KEEP_ENUM(name, option, env, standard, help) DATA_KEEP_##name,
    DATA_KEEPS(DATA_KEEP_ENUM)
#undef DATA_KEEP_ENUM
        DATA_KEEP_COUNT
};

#define DATA_KEEP_LEAST_US INT64_C(86400000000)        /* a day: partitions are no shorter */
#define DATA_KEEP_MOST_US INT64_C(86400000000) * 36500 /* so that no date falls out of PostgreSQL's calendar */

struct data_keeps {
    int64_t us[DATA_KEEP_COUNT];
};

struct data_keeps data_retention_standard(void); /* the defaults above */

struct data_retention {
    struct data_keeps keeps;
    int64_t slice_us[DATA_KEEP_COUNT]; /* of time that one statement clears; follows how long the last one took */
    /* this round */
    int64_t now_us;     /* by the database's clock; 0: another worker is at it */
    bool dropping;      /* partitions; then rows */
    unsigned put_off;   /* tables that somebody was using; a bit each */
    int64_t partitions; /* dropped */
    int64_t rows;       /* deleted one by one */
    char first[64];     /* of the partitions */
};

void data_retention_init(struct data_retention *retention, const struct data_keeps *keeps);
/* A round: begin, then step until *ret_more is false. A step takes some 100 ms, a second at the most, and is a
 * transaction of its own (none may be open); a reader in the way is waited for 200 ms, then the table is put off to the
 * next round. Any number of workers may do this at once: one steps, the others find nothing to do. */
enum base_err data_retention_begin(struct data_retention *retention, struct data_conn *conn,
                                   struct base_diag *diag) BASE_MUST_CHECK;
enum base_err data_retention_step(struct data_retention *retention, struct data_conn *conn, struct base_diag *diag,
                                  bool *ret_more) BASE_MUST_CHECK;
/* How far each table reaches: columns of retention_state.sql. Sizes take a while. */
enum base_err data_retention_list(struct data_conn *conn, const struct data_keeps *keeps, bool sizes,
                                  struct base_diag *diag, struct data_rows **ret_rows) BASE_MUST_CHECK;

/* --- import (import*.c): vector files into the place tables ---
 * Rows are matched by (dataset, key): the same file again updates. A building (zone, route ...) that changed its estate
 * is closed and opened anew. Work is committed in steps of well under a second; a run that was killed is repeated.
 * docs/import.md tells where names, keys, levels and estates come from. */
enum data_import_kind {
    DATA_IMPORT_BUILDINGS,
    DATA_IMPORT_ESTATES,
    DATA_IMPORT_ZONES,
    DATA_IMPORT_ROUTES,
    DATA_IMPORT_CHECKPOINTS,
    DATA_IMPORT_FACILITIES,
    DATA_IMPORT_ROADS,
    DATA_IMPORT_WATER,
    DATA_IMPORT_LANDUSE,
    DATA_IMPORT_PLACES,
    DATA_IMPORT_GRIDS,
    DATA_IMPORT_KINDS
};

bool data_import_kind_in(const char *name, enum data_import_kind *ret_kind); /* "buildings" ... */
const char *data_import_kind_name(enum data_import_kind kind);

struct data_import_options {
    enum data_import_kind kind;
    const char *path;
    const char *layer;    /* NULL: the one that suits the kind */
    const char *crs;      /* NULL: what the file says */
    const char *encoding; /* of Shapefile text; NULL: what the file says */
    const char *dataset;  /* NULL: "osm" for OpenStreetMap ids, else the file's name without extension */
    const char *map;      /* "name=FIELD,height=FIELD"; NULL: the usual names */
    int64_t estate_id;    /* every row belongs to it; 0: found out */
    double storey_height; /* metres; 0: 3.0 */
    bool dry_run;         /* everything but COMMIT */
    void (*progress)(void *at, int64_t done, int64_t total); /* total 0: unknown; may be NULL */
    void *progress_at;
};

#define DATA_IMPORT_LEVELS 2 /* storeys of a building of which nothing is known */
#define DATA_IMPORT_FIRST 5  /* so many cases of a remark are named */
#define DATA_IMPORT_NAME 160

/* What was not as it should be: name, text, does it keep the row out? */
#define DATA_IMPORT_REMARKS(X)                                                                                    \
    X(NO_GEOMETRY, "no geometry", true)                                                                           \
    X(WRONG_GEOMETRY, "geometry of another kind", true)                                                           \
    X(BAD_COORDINATES, "coordinates that cannot be", true)                                                        \
    X(NOTHING_LEFT, "no area left after repair", true)                                                            \
    X(NOT_BUILDING, "building=no: stored all the same", false)                                                    \
    X(NO_LENGTH, "a line without length", true)                                                                   \
    X(ANTIMERIDIAN, "across the 180th meridian: cut it there", true)                                              \
    X(TOO_SMALL, "under 0.001 m2", true)                                                                          \
    X(TOO_LARGE, "over 5 km2: not a building", true)                                                              \
    X(CLASH, "a key that an earlier row has", true)                                                               \
    X(CODE_AGAIN, "a code that an earlier row of the estate has: matched by its place in the file", false)        \
    X(OTHER_PLACE, "key of a row elsewhere: closed, opened anew (another file of this name? use --dataset NAME)", \
      false)                                                                                                      \
    X(MOVED_PLACE, "does not touch where it was", false)                                                          \
    X(REPAIRED, "polygon repaired", false)                                                                        \
    X(HEIGHT_IMPOSSIBLE, "height not used: not above 0 and up to 1000 m", false)                                  \
    X(HEIGHT_UNREADABLE, "height not used: not a measure", false)                                                 \
    X(MIN_HEIGHT, "min_height not used: not under the height", false)                                             \
    X(NAMELESS, "without a name: --map name=FIELD", false)                                                        \
    X(OTHER_LAYERS, "not read: more in this archive (--layer NAME to choose)", false)                             \
    X(LEVELS_IMPOSSIBLE, "levels not used: not from 1 to 200", false)                                             \
    X(LEVELS_UNREADABLE, "levels not used: not a number", false)                                                  \
    X(TEXT_RECODED, "text was GB 18030, not UTF-8 (--encoding to choose)", false)                                 \
    X(TEXT_REPLACED, "text was not UTF-8: bytes replaced by U+FFFD (--encoding to choose)", false)

enum data_import_remark {
#define DATA_IMPORT_ENUM(name, text, skips) DATA_IMPORT_REMARK_##name,
    DATA_IMPORT_REMARKS(DATA_IMPORT_ENUM)
#undef DATA_IMPORT_ENUM
        DATA_IMPORT_REMARK_COUNT
};

struct data_import_summary {
    enum data_import_kind kind;
    bool dry_run;
    char path[256], layer[128], driver[32], dataset[128];
    double storey_height;
    int64_t read, created, updated, moved, unchanged, skipped;
    int64_t with_levels;              /* buildings: the file gave them */
    int64_t heights[3];               /* buildings: measured, levels, default */
    int64_t estates, estates_created; /* that rows belong to; that were made */
    int64_t unassigned;               /* rows outside all estates */
    struct {
        int64_t count;
        char first[DATA_IMPORT_FIRST][DATA_IMPORT_NAME]; /* key and cause */
    } remarks[DATA_IMPORT_REMARK_COUNT];
    double seconds;
};

/* NOT_FOUND, INVALID, UNSUPPORTED: the file; USAGE: the mapping; CONFLICT: another import runs. On failure in the
 * middle the steps done so far stay. *ret_summary is large: keep it off small stacks. */
enum base_err data_import_run(struct data_conn *conn, const struct data_import_options *options, struct base_diag *diag,
                              struct data_import_summary *ret_summary) BASE_MUST_CHECK;
/* The summary for people and for programs (import_report.c). */
void data_import_report_text(const struct data_import_summary *summary, struct base_buf *buf);
void data_import_report_json(const struct data_import_summary *summary, struct base_buf *buf);

/* --- place (place.c): footprints out of the database into the index that ingest searches --- */
struct geo_place;
/* Buildings that are valid now. *ret_version is the place version from before the reading: a later one means reload. */
enum base_err data_place_load(struct data_conn *conn, struct base_diag *diag, struct geo_place **ret_place,
                              int64_t *ret_version) BASE_MUST_CHECK;
/* Outlines of estates that are valid now. */
enum base_err data_place_load_estates(struct data_conn *conn, struct base_diag *diag,
                                      struct geo_place **ret_place) BASE_MUST_CHECK;
/* Zones, checkpoints (points) that are valid now. */
enum base_err data_place_load_zones(struct data_conn *conn, struct base_diag *diag,
                                    struct geo_place **ret_place) BASE_MUST_CHECK;
enum base_err data_place_load_checkpoints(struct data_conn *conn, struct base_diag *diag,
                                          struct geo_place **ret_place) BASE_MUST_CHECK;

#endif
