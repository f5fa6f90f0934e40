/* base: what every folder stands on - errors, memory, bytes, text, time, log, options, JSON, keys, gzip.
 *
 * Ownership  ret_x is yours (free it with the type's _free or _release); const pointers are borrowed.
 * Threads    a value belongs to one thread at a time; the log and the clock may be used from any thread.
 * Units      times are int64_t microseconds since 1970-01-01T00:00:00Z unless the name says otherwise.
 * Errors     functions return enum base_err; on failure ret_ is untouched and *diag (may be NULL) holds a sentence
 *            that names what was wrong, where, and what to do. Nothing here exits, aborts or logs by itself.
 */
#ifndef HUTONG_BASE_H
#define HUTONG_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BASE_MUST_CHECK __attribute__((warn_unused_result))
#define BASE_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#define BASE_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* AUTO(geo_crs) crs = NULL;  frees with geo_crs_free() when the scope ends. */
#define AUTO(type) __attribute__((cleanup(type##_freep))) struct type *
#define BASE_AUTO_FREE(type)                          \
    static inline void type##_freep(struct type **at) \
    {                                                 \
        type##_free(*at);                             \
    }
/* AUTO_VALUE(base_buf) buf; base_buf_init(&buf, max);  releases with base_buf_release(); initialise it at once. */
#define AUTO_VALUE(type) __attribute__((cleanup(type##_release))) struct type

/* --- errors (error.c): name, text, HTTP status, may the same call succeed later? --- */
#define BASE_ERRORS(X)                                        \
    X(OK, "ok", 200, false)                                   \
    X(NOMEM, "out of memory", 503, true)                      \
    X(LIMIT, "larger than the limit", 413, false)             \
    X(USAGE, "wrong usage", 400, false)                       \
    X(INVALID, "invalid input", 400, false)                   \
    X(UNSUPPORTED, "not supported", 422, false)               \
    X(NOT_FOUND, "not found", 404, false)                     \
    X(CONFLICT, "conflict", 409, false)                       \
    X(IO, "input or output failed", 500, true)                \
    X(DATABASE, "the database refused or failed", 503, false) \
    X(DATABASE_AWAY, "the database is away", 503, true)       \
    X(BROKER, "the broker refused or failed", 503, true)      \
    X(FENCED, "another worker holds the lease", 503, true)    \
    X(TIMEOUT, "took too long", 504, true)                    \
    X(INTERRUPTED, "interrupted", 503, true)                  \
    X(FULL, "the disk is full", 507, true)

enum base_err {
#define BASE_ERROR_ENUM(name, text, http, retryable) BASE_##name,
    BASE_ERRORS(BASE_ERROR_ENUM)
#undef BASE_ERROR_ENUM
};

const char *base_error_name(enum base_err err);
const char *base_error_text(enum base_err err);
int base_error_http(enum base_err err);
bool base_error_retryable(enum base_err err);

/* --- diag (diag.c): the sentence that goes with an error --- */
struct base_diag {
    char text[1024];
};

/* Writes the sentence (truncated at the size of text) and returns err, so that one line can fail and explain. */
enum base_err base_diag_set(struct base_diag *diag, enum base_err err, const char *format, ...) BASE_PRINTF(3, 4);
/* Puts "prefix: " before the sentence that is already there. */
enum base_err base_diag_prefix(struct base_diag *diag, enum base_err err, const char *format, ...) BASE_PRINTF(3, 4);

/* --- str (str.c): a borrowed run of bytes, not terminated --- */
struct base_str {
    const char *at;
    size_t len;
};

struct base_str base_str_of(const char *text); /* NULL gives an empty run */
bool base_str_equal(struct base_str a, struct base_str b);
bool base_str_is(struct base_str a, const char *text);
int base_str_order(struct base_str a, struct base_str b); /* by bytes: below 0, 0 or above */
bool base_str_starts(struct base_str a, const char *prefix);
/* Takes the part before separator off *rest; false when *rest is used up. "a//b" gives a, "", b. */
bool base_str_next(struct base_str *rest, char separator, struct base_str *ret_part);
struct base_str base_str_trim(struct base_str a); /* ASCII white space */
/* Whole-run conversions; false (ret_ untouched) unless every byte belongs to the number. Decimal point is '.'. */
bool base_str_i64(struct base_str a, int64_t *ret_value);
bool base_str_f64(struct base_str a, double *ret_value); /* finite only */
bool base_str_utf8(struct base_str a);                   /* well-formed UTF-8 (RFC 3629), no NUL */
size_t base_str_character(struct base_str a); /* bytes of the well-formed character that it begins with; 0: of none */

/* --- arena (arena.c): memory that lives as long as one message, request or tile; the ceiling is mandatory --- */
struct base_arena {
    struct base_arena_block *blocks;
    size_t used;
    size_t max;
    bool full; /* something was refused since the last reset */
};

void base_arena_init(struct base_arena *arena, size_t max);
void base_arena_release(struct base_arena *arena);
void base_arena_reset(struct base_arena *arena);               /* keeps the first block for the next round */
void *base_arena_alloc(struct base_arena *arena, size_t size); /* 16-byte aligned, zeroed; NULL at the ceiling */
void *base_arena_room(struct base_arena *arena, size_t size);  /* the same, with whatever was there before */
char *base_arena_text(struct base_arena *arena, struct base_str text); /* terminated copy; NULL at the ceiling */

/* --- buf (buf.c): bytes that grow up to max. The first failure sticks in .err; appends after it do nothing, so
 * an encoder appends freely and looks at .err once. --- */
struct base_buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;
    enum base_err err;
};

void base_buf_init(struct base_buf *buf, size_t max);
void base_buf_release(struct base_buf *buf);
void base_buf_reset(struct base_buf *buf);                 /* empty, without error, memory kept */
char *base_buf_reserve(struct base_buf *buf, size_t size); /* room for size more bytes, or NULL */
void base_buf_append(struct base_buf *buf, const void *data, size_t len);
void base_buf_text(struct base_buf *buf, const char *text);
void base_buf_printf(struct base_buf *buf, const char *format, ...) BASE_PRINTF(2, 3);
void base_buf_u8(struct base_buf *buf, uint8_t value);
void base_buf_u16be(struct base_buf *buf, uint16_t value);
void base_buf_u32be(struct base_buf *buf, uint32_t value);
void base_buf_u64be(struct base_buf *buf, uint64_t value);
const char *base_buf_cstr(struct base_buf *buf); /* terminated (not counted in len); "" when it failed */
struct base_str base_buf_str(const struct base_buf *buf);

/* --- reader (reader.c): never reads past the end; the first short read sticks in .failed and gives zeros --- */
struct base_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

struct base_reader base_reader_of(const void *data, size_t len);
size_t base_reader_left(const struct base_reader *reader);
uint8_t base_reader_u8(struct base_reader *reader);
uint16_t base_reader_u16be(struct base_reader *reader);
uint32_t base_reader_u32be(struct base_reader *reader);
uint64_t base_reader_u64be(struct base_reader *reader);
uint32_t base_reader_u32le(struct base_reader *reader);
double base_reader_f64le(struct base_reader *reader);
double base_reader_f64be(struct base_reader *reader);
struct base_str base_reader_bytes(struct base_reader *reader, size_t len);

/* --- file (file.c) --- */
/* Reads a whole file of at most max bytes and appends it. "-" is standard input. */
enum base_err base_file_read(const char *path, size_t max, struct base_diag *diag,
                             struct base_buf *buf) BASE_MUST_CHECK;
/* Replaces a file as a whole (temporary file, fsync, rename, fsync of the folder). mode as of chmod(2). FULL: nothing
 * of it is left. */
enum base_err base_file_write(const char *path, int mode, const void *data, size_t len,
                              struct base_diag *diag) BASE_MUST_CHECK;
/* After path was made or renamed: its name survives a loss of power. */
enum base_err base_file_sync_name(const char *path, struct base_diag *diag) BASE_MUST_CHECK;
enum base_err base_file_mkdirs(const char *path, int mode, struct base_diag *diag) BASE_MUST_CHECK;

/* --- clock and time (clock.c, time.c) --- */
int64_t base_clock_now_us(void);  /* real time */
int64_t base_clock_mono_us(void); /* monotonic: for time-outs and durations */

#define BASE_TIME_TEXT 32
/* RFC 3339 in UTC with as many fraction digits as needed (0, 3 or 6); years 0000-9999, else "". */
const char *base_time_out(int64_t time_us, char text[BASE_TIME_TEXT]);
/* RFC 3339 with any offset; fraction beyond microseconds is cut. */
bool base_time_in(struct base_str text, int64_t *ret_time_us);
/* Days since 1970-01-01 <-> a date of the proleptic Gregorian calendar. */
int64_t base_time_days(int64_t year, int month, int day);
void base_time_date(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day);
int base_time_month_days(int64_t year, int month); /* 28 to 31 */
/* "30d", "12h", "90s", "15min", "250ms" -> microseconds. */
bool base_time_span_in(struct base_str text, int64_t *ret_span_us);

/* --- log (log.c): one logfmt line an event, to standard error. Only ingest, api, duty, cli and the
 * mirror's threads (tiles) log. --- */
enum base_log_level { BASE_LOG_DEBUG, BASE_LOG_INFO, BASE_LOG_WARN, BASE_LOG_ERROR }; /* DEBUG is not written */

struct base_log_field {
    const char *key;
    enum { BASE_LOG_TEXT, BASE_LOG_I64, BASE_LOG_F64 } type;
    union {
        const char *text;
        int64_t i64;
        double f64;
    };
};

static inline struct base_log_field base_log_text(const char *key, const char *text)
{
    return (struct base_log_field){.key = key, .type = BASE_LOG_TEXT, .text = text};
}

static inline struct base_log_field base_log_i64(const char *key, int64_t value)
{
    return (struct base_log_field){.key = key, .type = BASE_LOG_I64, .i64 = value};
}

static inline struct base_log_field base_log_f64(const char *key, double value)
{
    return (struct base_log_field){.key = key, .type = BASE_LOG_F64, .f64 = value};
}

void base_log_name_set(const char *process); /* "ingest": the process= field; not copied */
void base_log_write(enum base_log_level level, const char *message, const struct base_log_field *fields, size_t count);
/* base_log(BASE_LOG_INFO, "source connected", base_log_text("source", name), base_log_i64("epoch", epoch)); */
#define base_log(level, message, ...)                                                                         \
    base_log_write(level, message, (const struct base_log_field[]){{.key = NULL} __VA_OPT__(, ) __VA_ARGS__}, \
                   BASE_COUNT(((const struct base_log_field[]){{.key = NULL} __VA_OPT__(, ) __VA_ARGS__})))

/* --- option (option.c): one row drives the command line, the environment, --help and docs/options.md --- */
enum base_option_type { BASE_OPTION_FLAG, BASE_OPTION_TEXT, BASE_OPTION_INT, BASE_OPTION_REAL, BASE_OPTION_SPAN };

struct base_option {
    const char *name; /* "mqtt-port" is --mqtt-port N or --mqtt-port=N */
    const char *env;  /* "HUTONG_MQTT_PORT", or NULL when only the command line sets it */
    enum base_option_type type;
    const char *value;    /* how --help names the value: "N", "FILE" */
    const char *standard; /* default as text; NULL: not set */
    bool repeatable;      /* text only: values are joined by '\n' */
    const char *help;
};

#define BASE_OPTION_MAX 32
struct base_options {
    const struct base_option *table;
    size_t count;
    const char *values[BASE_OPTION_MAX];
    char *joined[BASE_OPTION_MAX]; /* owned: values of repeatable options */
    char **operands;               /* what is not an option, borrowed from argv */
    int operand_count;
};

/* argv[0] is the subcommand's name. Command line goes before environment, environment before default. */
enum base_err base_option_parse(const struct base_option *table, size_t count, int argc, char **argv,
                                struct base_diag *diag, struct base_options *ret_options) BASE_MUST_CHECK;
void base_options_release(struct base_options *options);
bool base_option_given(const struct base_options *options, const char *name); /* also true by environment */
bool base_option_flag(const struct base_options *options, const char *name);
const char *base_option_text(const struct base_options *options, const char *name); /* NULL when not set */
int64_t base_option_int(const struct base_options *options, const char *name);      /* 0 when not set */
double base_option_real(const struct base_options *options, const char *name);
int64_t base_option_span_us(const struct base_options *options, const char *name);
void base_option_help(const struct base_option *table, size_t count, FILE *out);

/* --- env (env.c): KEY='value' lines that a shell can source --- */
/* Sets every variable of the file that the environment does not have yet. A missing file is no error. */
enum base_err base_env_load(const char *path, struct base_diag *diag) BASE_MUST_CHECK;
void base_env_line(struct base_buf *buf, const char *key, const char *value);

/* --- json_in (json_in.c): strict JSON (RFC 8259, yajl): UTF-8, no key twice, no NUL; 64-bit integers --- */
struct base_json;
#define BASE_JSON_DEPTH 64      /* levels that are read */
#define BASE_JSON_DEPTH_MAX 160 /* for who asks for more */
enum base_err base_json_in_parse(const void *text, size_t len, struct base_diag *diag,
                                 struct base_json **ret_json) BASE_MUST_CHECK;
enum base_err base_json_in_parse_deep(const void *text, size_t len, size_t depth, struct base_diag *diag,
                                      struct base_json **ret_json) BASE_MUST_CHECK;
void base_json_free(struct base_json *json); /* what a _parse gave, not a part of it */
BASE_AUTO_FREE(base_json)
/* Look-ups accept NULL and give NULL or false, so that a path can be walked without tests in between. */
const struct base_json *base_json_in_get(const struct base_json *object, const char *key);
const struct base_json *base_json_in_at(const struct base_json *array, size_t index);
size_t base_json_in_size(const struct base_json *array_or_object);
/* An object's members as they were written: *at is NULL before the first; false after the last. Keys are also
 * terminated. */
bool base_json_in_next(const struct base_json *object, void **at, struct base_str *ret_key,
                       const struct base_json **ret_value);
bool base_json_in_is_object(const struct base_json *json);
bool base_json_in_is_array(const struct base_json *json);
bool base_json_in_text(const struct base_json *json, struct base_str *ret_text); /* also terminated at .at[.len] */
bool base_json_in_i64(const struct base_json *json, int64_t *ret_value);         /* integers only */
bool base_json_in_f64(const struct base_json *json, double *ret_value);          /* any number */
bool base_json_in_bool(const struct base_json *json, bool *ret_value);
bool base_json_in_is_null(const struct base_json *json);   /* a null that is there */
uint32_t base_json_in_where(const struct base_json *json); /* its first byte in the text, from 1; 0: not from JSON */

/* --- xml_in (xml_in.c) and cbor_in (cbor_in.c): other notations of the same trees, read with the look-ups above.
 * LIMIT: larger than BASE_DOCUMENT_MAX, or deeper than BASE_JSON_DEPTH. --- */
#define BASE_DOCUMENT_MAX (2u * 1024 * 1024) /* bytes */
/* XML 1.0 (expat) in UTF-8, or in GB2312, GBK or GB18030 when it says so; without a document type, so without entities
 * of its own. {"Root": {"@attribute": "text", "Leaf": "text", "Repeated": [...], "#text": "text beside elements"}}.
 * Name space prefixes and declarations are left out, white space around texts too. An empty element is "". */
enum base_err base_xml_in_parse(const void *text, size_t len, struct base_diag *diag,
                                struct base_json **ret_json) BASE_MUST_CHECK;
/* CBOR (RFC 8949, libcbor): one item, nothing behind it. Integer keys are decimal texts, byte strings base64url without
 * padding, tags are passed over, undefined and what is not finite is null, integers beyond 64 bits are rounded. */
enum base_err base_cbor_in_parse(const void *data, size_t len, struct base_diag *diag,
                                 struct base_json **ret_json) BASE_MUST_CHECK;

/* --- csv (csv.c): comma-separated values (RFC 4180), any line ends, a byte order mark is passed over --- */
struct base_csv {
    struct base_str rest;
    int line; /* on which the record read last begins, from 1 */
    int next;
};
struct base_csv base_csv_of(struct base_str text);
/* The next record that is not an empty line; *ret_count 0: there is none. Fields borrow from the text, or from the
 * arena when they held doubled quotes; bare ones are trimmed. INVALID: a quote that is not closed, or not at once
 * followed by a comma or line end; LIMIT: more than max fields. diag begins with the line. */
enum base_err base_csv_next(struct base_csv *csv, struct base_arena *arena, struct base_str *ret_fields, size_t max,
                            size_t *ret_count, struct base_diag *diag) BASE_MUST_CHECK;

/* --- sheet (sheet.c, sheet_csv.c, sheet_xlsx.c): tables on their way into a file, a row at a time: CSV (RFC 4180,
 * UTF-8 with a byte order mark, CRLF) or XLSX (ECMA-376, libxlsxwriter). Memory does not grow with the rows. Whatever
 * stands in a text stays one: a spreadsheet never takes it for a formula. --- */
enum base_sheet_kind { BASE_SHEET_CSV, BASE_SHEET_XLSX };
enum base_sheet_type { BASE_SHEET_TEXT, BASE_SHEET_INTEGER, BASE_SHEET_DECIMAL, BASE_SHEET_TIME, BASE_SHEET_DATE };
struct base_sheet_column {
    const char *title;
    enum base_sheet_type type;
    int width; /* in characters, of XLSX; 0: by its type */
};
struct base_sheet_table {
    const char *name;          /* of the tab, at most 24 characters, none of []:*?/\' */
    const char *title, *about; /* two lines above the header; XLSX only */
    const struct base_sheet_column *columns;
    size_t count;
};
#define BASE_SHEET_COLUMNS 64 /* at most */
#define BASE_SHEET_LONG 32000 /* characters of a text; longer ones are cut */
struct base_sheet_options {
    enum base_sheet_kind kind;
    const char *folder; /* for temporary files, which have no name; NULL: TMPDIR, else /tmp */
    size_t tab_rows;    /* a table with more goes on in another tab; 0: as many as XLSX has */
    size_t bytes_max;   /* of the file and of each temporary one: LIMIT; 0: 1 GiB */
};
struct base_sheet;
/* IO: no file can be made in the folder. */
enum base_err base_sheet_new(const struct base_sheet_options *options, struct base_diag *diag,
                             struct base_sheet **ret_sheet) BASE_MUST_CHECK;
void base_sheet_free(struct base_sheet *sheet);
BASE_AUTO_FREE(base_sheet)
/* The next table: it is borrowed as long as it gets rows. A CSV has one. */
void base_sheet_table(struct base_sheet *sheet, const struct base_sheet_table *table);
/* The row's next cell, of its column's type. The first failure sticks, as in a buf; it comes back from base_sheet_end.
 */
void base_sheet_null(struct base_sheet *sheet);
void base_sheet_str(struct base_sheet *sheet, struct base_str text);
void base_sheet_i64(struct base_sheet *sheet, int64_t value);
void base_sheet_f64(struct base_sheet *sheet, double value, int decimals);
void base_sheet_time(struct base_sheet *sheet, int64_t local_us); /* by the clock on the wall, as if it were UTC */
void base_sheet_row(struct base_sheet *sheet);                    /* the row is complete */
enum base_err base_sheet_failed(const struct base_sheet *sheet, struct base_diag *diag) BASE_MUST_CHECK;
/* Completes the file. *ret_file is an open file, from its first byte on, without a name: close(2) it. LIMIT; IO: the
 * disk is full. */
enum base_err base_sheet_end(struct base_sheet *sheet, struct base_diag *diag, int *ret_file,
                             uint64_t *ret_size) BASE_MUST_CHECK;

/* --- json_out (json_out.c): writes into a buf; commas and escapes are its business. --- */
#define BASE_JSON_OUT_DEPTH 160 /* levels that can be written */
struct base_json_out {
    struct base_buf *buf;
    uint32_t filled[BASE_JSON_OUT_DEPTH / 32]; /* bit d: level d already has a member */
    int depth;
    bool after_key;
};

struct base_json_out base_json_out_of(struct base_buf *buf);
void base_json_out_object(struct base_json_out *out); /* { */
void base_json_out_object_end(struct base_json_out *out);
void base_json_out_array(struct base_json_out *out);
void base_json_out_array_end(struct base_json_out *out);
void base_json_out_key(struct base_json_out *out, const char *key);
void base_json_out_str(struct base_json_out *out, struct base_str text); /* bytes that are not UTF-8 become U+FFFD */
void base_json_out_text(struct base_json_out *out, const char *text);    /* NULL gives null */
void base_json_out_i64(struct base_json_out *out, int64_t value);
void base_json_out_f64(struct base_json_out *out, double value, int decimals); /* not finite gives null */
void base_json_out_bool(struct base_json_out *out, bool value);
void base_json_out_null(struct base_json_out *out);
void base_json_out_time(struct base_json_out *out, int64_t time_us);     /* RFC 3339 UTC */
void base_json_out_raw(struct base_json_out *out, struct base_str json); /* already valid JSON */

/* --- xml_out (xml_out.c): writes XML 1.0 in UTF-8 into a buf; escapes are its business. Names are of the program,
 * never from outside. What XML cannot hold - control characters, bytes that are not UTF-8 - becomes U+FFFD. --- */
enum { BASE_XML_OUT_DEPTH = 16 };
struct base_xml_out {
    struct base_buf *buf;
    const char *open[BASE_XML_OUT_DEPTH];
    size_t depth;
};

struct base_xml_out base_xml_out_of(struct base_buf *buf);                             /* writes the declaration */
void base_xml_out_open(struct base_xml_out *out, const char *name, const char *xmlns); /* xmlns NULL: its parent's */
void base_xml_out_close(struct base_xml_out *out);
void base_xml_out_str(struct base_xml_out *out, const char *name, struct base_str text); /* <name>text</name> */
void base_xml_out_text(struct base_xml_out *out, const char *name, const char *text);    /* the same; NULL: nothing */

/* --- key (key.c, key_mark.c): HMAC-SHA-256 (RFC 2104, FIPS 180-4) and libsodium's sealed boxes (X25519,
 * XSalsa20-Poly1305) --- */
#define BASE_KEY_BYTES 32
#define BASE_ID_BYTES 16
struct base_key {
    uint8_t bytes[BASE_KEY_BYTES];
};
struct base_id { /* 128 bits: a pseudonym or a duplicate key */
    uint8_t bytes[BASE_ID_BYTES];
};

/* Reads a key file of 32 bytes in hex. NOT_FOUND when it is missing. */
enum base_err base_key_read(const char *path, struct base_diag *diag, struct base_key *ret_key) BASE_MUST_CHECK;
/* The same; makes it (mode 0600) when it is missing. Two makers at once agree on one. */
enum base_err base_key_file(const char *path, struct base_diag *diag, struct base_key *ret_key) BASE_MUST_CHECK;
/* Sealing pair: path.pub is made beside path; sealing needs only the public half. */
enum base_err base_key_pair_files(const char *path, struct base_diag *diag,
                                  struct base_key *ret_public) BASE_MUST_CHECK;
/* HMAC-SHA-256 over the parts, each preceded by its length (so that ab+c and a+bc differ), cut to 128 bits. */
struct base_id base_key_id(const struct base_key *key, const struct base_str *parts, size_t count);
/* BLAKE2b (RFC 7693) of 16 bytes: tells contents apart, several times as fast as the above, and hides nothing. */
struct base_id base_key_digest(struct base_str content);
/* As hard to guess without the key, and fifteen times as fast, for what is made by the ten thousand a second and never
 * leaves the database: SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012) under a key derived from this one. Over
 * BASE_KEY_MARK_MAX bytes it is base_key_id. */
#define BASE_KEY_MARK_MAX 1024
struct base_id base_key_mark(const struct base_key *key, const struct base_str *parts, size_t count);
/* No secret at all, to see whether content is equal: SipHash-2-4 with 128 bits under a key that everybody has. */
struct base_id base_key_sum(struct base_str content);
enum base_err base_key_seal(const struct base_key *public_key, const void *data, size_t len,
                            struct base_buf *buf) BASE_MUST_CHECK;
enum base_err base_key_unseal(const struct base_key *secret_key, const void *data, size_t len,
                              struct base_buf *buf) BASE_MUST_CHECK;
/* Appends what a secret of up to 32 bytes, filled up with zeros, opens: base64 of a nonce of 24 bytes and a secretbox
 * (XSalsa20-Poly1305). INVALID when it does not open it, or that is no base64. */
enum base_err base_key_open_secretbox(struct base_str secret, struct base_str base64,
                                      struct base_buf *buf) BASE_MUST_CHECK;
/* For who has the key alone: XSalsa20-Poly1305 under a key derived from it for that purpose; unlock gives INVALID when
 * it is another key, another purpose or not what was locked. Both append. */
enum base_err base_key_lock(const struct base_key *key, const char *purpose, struct base_str data,
                            struct base_buf *buf) BASE_MUST_CHECK;
enum base_err base_key_unlock(const struct base_key *key, const char *purpose, struct base_str locked,
                              struct base_buf *buf) BASE_MUST_CHECK;
/* A password of 24 letters and digits from the system's random source; text holds 25 bytes. */
void base_key_password(char text[25]);
bool base_id_equal(struct base_id a, struct base_id b);
#define BASE_ID_TEXT 33
const char *base_id_hex(struct base_id id, char text[BASE_ID_TEXT]);

/* --- mask (mask.c): numbers that are somebody's, in what people write --- */
#define BASE_MASK "■■■"
/* Appends the text, UTF-8, to masked with BASE_MASK in place of telephone numbers, ID-card numbers (GB 11643, with a
 * valid check) and e-mail addresses, and these to taken, ", " between; returns how many there were. Both buffers are
 * the caller's and say whether they failed. */
size_t base_mask(struct base_str text, struct base_buf *masked, struct base_buf *taken);

/* --- hmac (hmac.c): signatures that others check: HMAC-SHA-256 (RFC 2104) under a secret of any length --- */
#define BASE_HMAC_BYTES 32
#define BASE_HMAC_TEXT 65
struct base_hmac {
    uint8_t bytes[BASE_HMAC_BYTES];
};
/* Over the parts one behind the other, without lengths between them: as whoever checks it expects. */
struct base_hmac base_hmac_of(struct base_str secret, const struct base_str *parts, size_t count);
const char *base_hmac_hex(struct base_hmac hmac, char text[BASE_HMAC_TEXT]);
const char *base_hmac_base64(struct base_hmac hmac, char text[BASE_HMAC_TEXT]); /* with padding */

/* --- digest (digest.c): SHA-256 (FIPS 180-4), the name of content --- */
#define BASE_DIGEST_BYTES 32
#define BASE_DIGEST_TEXT 65
struct base_digest {
    uint8_t bytes[BASE_DIGEST_BYTES];
};
struct base_digest base_digest_of(struct base_str content);
const char *base_digest_hex(struct base_digest digest, char text[BASE_DIGEST_TEXT]);
/* 64 digits, small letters; false: it is none. */
bool base_digest_in(struct base_str hex, struct base_digest *ret_digest);

/* --- password (password.c): Argon2id; a hash or a check takes some 50 ms and 64 MiB, so few at once --- */
#define BASE_PASSWORD_TEXT 128 /* bytes of a hash with its end */
#define BASE_PASSWORD_BYTES 512
#define BASE_PASSWORD_LEAST 10 /* characters */
#define BASE_PASSWORD_MOST 128
enum base_err base_password_hash(struct base_str password, struct base_diag *diag,
                                 char ret_text[BASE_PASSWORD_TEXT]) BASE_MUST_CHECK;
/* Constant time; the same time, and false, for NULL or "": whoever has no password. */
bool base_password_verify(const char *text, struct base_str password);
/* May it be that account's password? INVALID says why not, and never the password. */
enum base_err base_password_check(const char *name, struct base_str password, struct base_diag *diag) BASE_MUST_CHECK;

/* --- secret (secret.c): what opens something and is kept as SHA-256 only --- */
#define BASE_SECRET_TEXT 44 /* 32 random bytes in base64url, and the end */
#define BASE_SECRET_CODE 12 /* "ABCDE-23456": 49 bits, to be read aloud; short-lived */
enum base_err base_secret_new(struct base_diag *diag, char ret_text[BASE_SECRET_TEXT]) BASE_MUST_CHECK;
struct base_key base_secret_hash(struct base_str text);
enum base_err base_secret_code(struct base_diag *diag, char ret_text[BASE_SECRET_CODE]) BASE_MUST_CHECK;
/* As a person types it - small letters, blanks, without the dash - to the form that is hashed; false: is none. */
bool base_secret_code_in(struct base_str text, char ret_text[BASE_SECRET_CODE]);

/* --- gzip (gzip.c): RFC 1952; level 1 is for what is made while somebody waits --- */
enum base_err base_gzip(const void *data, size_t len, int level, struct base_buf *buf) BASE_MUST_CHECK;

/* --- progress (progress.c): a bar on a terminal, nothing elsewhere --- */
struct base_progress {
    const char *label;
    int64_t total; /* 0: unknown */
    int64_t drawn_us;
    bool terminal;
};

void base_progress_begin(struct base_progress *progress, const char *label, int64_t total);
void base_progress_at(struct base_progress *progress, int64_t done);
void base_progress_end(struct base_progress *progress);

#endif
