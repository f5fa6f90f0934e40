/* hutong device add and import: what somebody wrote is checked as a whole - every wrong line is named - and then stored
 * as a whole or not at all. */
#include "cli/device.h"
#include "sensors/sensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 64 * 1024 * 1024,
    COLUMNS = 7,
    FIELDS_MAX = 64,
    NAMED_MAX = 20, /* so many wrong lines are named */
    KIND_MAX = 40,
    STOREY_LEAST = -10,
    STOREY_MOST = 200
};

static const char *const columns[COLUMNS] = {"id", "kind", "name", "building", "storey", "lon", "lat"};
enum { ID, KIND, NAME, BUILDING, STOREY, LON, LAT };

struct record {
    int line; /* 0: the command line */
    struct base_str texts[COLUMNS];
    int storey;
    double lon, lat; /* NAN: none */
};

struct put {
    const char *path; /* NULL: the command line */
    struct base_arena texts;
    struct base_buf file;
    struct record *records;
    size_t count, cap;
    int wrong;
    struct base_diag *diag;
};

static void put_release(struct put *put)
{
    base_arena_release(&put->texts);
    base_buf_release(&put->file);
    free(put->records);
}

/* A file's wrong lines go to standard error, the command line's first fault into diag. */
static void complain(struct put *put, int line, const char *format, ...) BASE_PRINTF(3, 4);
static void complain(struct put *put, int line, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (put->wrong++ == 0 && !put->path) {
        base_diag_set(put->diag, BASE_INVALID, "add: %s", text);
    } else if (put->path && put->wrong <= NAMED_MAX) {
        fprintf(stderr, "hutong device: %s:%d: %s\n", put->path, line, text);
    }
}

static enum base_err refuse(struct put *put)
{
    if (put->path) {
        return base_diag_set(put->diag, BASE_INVALID, "import: %s: %d of %zu devices are wrong; nothing was stored",
                             put->path, put->wrong, put->count);
    }
    return BASE_INVALID;
}

/* --- one record --- */
static void check_words(struct put *put, const struct record *record)
{
    const struct base_str id = record->texts[ID], kind = record->texts[KIND];
    enum sensors_subject subject;
    bool text = true;
    for (size_t i = 0; i < COLUMNS; i++) {
        text = text && base_str_utf8(record->texts[i]);
    }
    if (!text) {
        complain(put, record->line, "not UTF-8; save the file as \"CSV UTF-8\"");
    } else if (id.len == 0 || id.len > CLI_DEVICE_ID_MAX) {
        complain(put, record->line, "an id has 1 to %d bytes, not %zu", CLI_DEVICE_ID_MAX, id.len);
    } else if (kind.len > KIND_MAX) {
        complain(put, record->line, "a kind has up to %d bytes", KIND_MAX);
    } else if (sensors_subject_in(kind, &subject) && sensors_subject_personal(subject)) {
        complain(put, record->line,
                 "kind %.*s: what persons carry is known by shifts and never kept by its id; only things are added "
                 "here, such as the reader that sees it",
                 (int)kind.len, kind.at);
    }
}

static void check_place(struct put *put, struct record *record)
{
    const struct base_str *texts = record->texts;
    int64_t storey = 0;
    if (texts[STOREY].len && (!base_str_i64(texts[STOREY], &storey) || storey < STOREY_LEAST || storey > STOREY_MOST)) {
        complain(put, record->line, "storey %.*s: a whole number, %d to %d", (int)texts[STOREY].len, texts[STOREY].at,
                 STOREY_LEAST, STOREY_MOST);
    } else if (texts[STOREY].len && !texts[BUILDING].len) {
        complain(put, record->line, "a storey needs its building");
    }
    record->storey = (int)storey;
    record->lon = record->lat = NAN;
    if (!texts[LON].len != !texts[LAT].len) {
        complain(put, record->line, "lon and lat go together");
    } else if (texts[LON].len && texts[BUILDING].len) {
        complain(put, record->line, "a building or lon and lat, not both");
    } else if (texts[LON].len && (!base_str_f64(texts[LON], &record->lon) || !base_str_f64(texts[LAT], &record->lat) ||
                                  fabs(record->lon) > 180 || fabs(record->lat) > 90)) {
        complain(put, record->line, "lon %.*s lat %.*s: degrees WGS 84, -180 to 180 and -90 to 90", (int)texts[LON].len,
                 texts[LON].at, (int)texts[LAT].len, texts[LAT].at);
    }
}

static struct record *add_record(struct put *put, int line)
{
    if (put->count == put->cap) {
        size_t cap = put->cap ? put->cap * 2 : 64;
        struct record *grown = realloc(put->records, cap * sizeof *grown);
        if (!grown) {
            return NULL;
        }
        put->records = grown;
        put->cap = cap;
    }
    put->records[put->count] = (struct record){.line = line};
    return &put->records[put->count++];
}

/* --- where records come from --- */
static enum base_err from_options(struct put *put, const struct base_options *given)
{
    struct record *record = add_record(put, 0);
    if (!record) {
        return base_diag_set(put->diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        record->texts[i] = base_str_of(base_option_text(given, columns[i]));
    }
    if (memchr(record->texts[ID].at, '\n', record->texts[ID].len)) {
        return base_diag_set(put->diag, BASE_USAGE, "add: one --id at a time; several devices come with import");
    }
    check_words(put, record);
    check_place(put, record);
    return put->wrong ? refuse(put) : BASE_OK;
}

/* Which column each field of a line is. */
static enum base_err read_header(struct put *put, struct base_csv *csv, int ret_column_of[FIELDS_MAX],
                                 size_t *ret_fields)
{
    struct base_str fields[FIELDS_MAX];
    unsigned seen = 0;
    enum base_err err = base_csv_next(csv, &put->texts, fields, FIELDS_MAX, ret_fields, put->diag);
    for (size_t i = 0; !err && i < *ret_fields; i++) {
        ret_column_of[i] = COLUMNS;
        for (int k = 0; k < COLUMNS; k++) {
            ret_column_of[i] = base_str_is(fields[i], columns[k]) ? k : ret_column_of[i];
        }
        if (ret_column_of[i] == COLUMNS || (seen & 1u << ret_column_of[i])) {
            return base_diag_set(put->diag, BASE_INVALID,
                                 "line %d: column \"%.*s\" is %s id, kind, name, building, storey, lon, lat", csv->line,
                                 (int)fields[i].len, fields[i].at,
                                 ret_column_of[i] == COLUMNS ? "none of" : "there twice, of");
        }
        seen |= 1u << ret_column_of[i];
    }
    if (!err && !(seen & 1u << ID)) {
        err = base_diag_set(put->diag, BASE_INVALID,
                            "the first line must name the columns, id among them: id,kind,name,building,storey,lon,"
                            "lat");
    }
    return err;
}

static enum base_err read_lines(struct put *put)
{
    struct base_csv csv = base_csv_of(base_buf_str(&put->file));
    int column_of[FIELDS_MAX];
    size_t columns_there = 0, fields_there = 1;
    enum base_err err = read_header(put, &csv, column_of, &columns_there);
    while (!err && fields_there) {
        struct base_str fields[FIELDS_MAX];
        err = base_csv_next(&csv, &put->texts, fields, FIELDS_MAX, &fields_there, put->diag);
        if (err || fields_there == 0) {
            break;
        }
        struct record *record = add_record(put, csv.line);
        if (!record) {
            return base_diag_set(put->diag, BASE_NOMEM, "out of memory");
        }
        if (fields_there > columns_there) {
            complain(put, csv.line, "%zu fields, but %zu columns in the first line", fields_there, columns_there);
            continue;
        }
        for (size_t i = 0; i < fields_there; i++) {
            record->texts[column_of[i]] = fields[i];
        }
        check_words(put, record);
        check_place(put, record);
    }
    return err;
}

static enum base_err from_file(struct put *put)
{
    enum base_err err = base_file_read(put->path, FILE_MAX, put->diag, &put->file);
    if (err) {
        return base_diag_prefix(put->diag, err, "import");
    }
    err = read_lines(put);
    if (err) {
        return base_diag_prefix(put->diag, err, "import: %s", put->path);
    }
    if (put->count == 0) {
        return base_diag_set(put->diag, BASE_INVALID, "import: %s: no device in it", put->path);
    }
    return put->wrong ? refuse(put) : BASE_OK;
}

/* --- into the database --- */
static void optional(struct data_copy *copy, struct base_str text)
{
    if (text.len) {
        data_copy_str(copy, text);
    } else {
        data_copy_null(copy);
    }
}

static enum base_err stage(struct put *put, struct data_conn *conn)
{
    struct data_copy copy;
    enum base_err err = data_run(conn, DATA_DEVICE_STAGE, DATA_NO_ARGS, put->diag, NULL);
    if (!err) {
        err = data_copy_begin(&copy, conn, "device_stage", "line, native_id, kind, name, building, storey, lon, lat",
                              put->diag);
    }
    if (err) {
        return err;
    }
    for (size_t i = 0; i < put->count && !err; i++) {
        const struct record *record = &put->records[i];
        data_copy_row(&copy, 8);
        data_copy_i32(&copy, record->line);
        data_copy_str(&copy, record->texts[ID]);
        optional(&copy, record->texts[KIND]);
        optional(&copy, record->texts[NAME]);
        optional(&copy, record->texts[BUILDING]);
        if (record->texts[STOREY].len) {
            data_copy_i16(&copy, (int16_t)record->storey);
        } else {
            data_copy_null(&copy);
        }
        data_copy_f64(&copy, record->lon);
        data_copy_f64(&copy, record->lat);
        err = data_copy_flush(&copy, put->diag);
    }
    return data_copy_end(&copy, err, put->diag);
}

/* A row of device_problem.sql, in words that say what to do. */
static void problem(struct put *put, const struct data_rows *rows, size_t row)
{
    int line = (int)data_rows_i64(rows, row, 0);
    const char *building = data_rows_text(rows, row, 3);
    if (!data_rows_null(rows, row, 2)) {
        complain(put, line, "id \"%s\" stands on line %lld, too", data_rows_text(rows, row, 1),
                 (long long)data_rows_i64(rows, row, 2));
    } else if (!building) {
        complain(put, line, "storey %lld: the building has %lld", (long long)data_rows_i64(rows, row, 7),
                 (long long)data_rows_i64(rows, row, 8));
    } else if (!data_rows_null(rows, row, 6)) {
        complain(put, line, "building %s is no more; building %lld has taken its place", building,
                 (long long)data_rows_i64(rows, row, 6));
    } else if (data_rows_i64(rows, row, 4)) {
        complain(put, line, "building \"%s\" is a code of %lld buildings; give the id: %s%s", building,
                 (long long)data_rows_i64(rows, row, 4), data_rows_text(rows, row, 5),
                 data_rows_i64(rows, row, 4) > 3 ? " ..." : "");
    } else {
        complain(put, line,
                 "there is no building \"%s\", by id or by code; hutong import buildings FILE makes buildings",
                 building);
    }
}

static enum base_err resolve(struct put *put, struct data_conn *conn, const struct cli_device_source *source)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_DEVICE_RESOLVE, DATA_ARGS(data_i64(source->estate_id)), put->diag, NULL);
    if (!err) {
        err = data_run(conn, DATA_DEVICE_PROBLEM, DATA_ARGS(data_i64(source->estate_id)), put->diag, &rows);
    }
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        problem(put, rows, row);
    }
    return err || !put->wrong ? err : refuse(put);
}

struct outcome {
    size_t added, moved, changed, unchanged;
};

static enum base_err merge(struct put *put, struct data_conn *conn, const struct cli_device_source *source,
                           struct outcome *ret_outcome)
{
    AUTO(data_rows) matched = NULL;
    AUTO(data_rows) changed = NULL;
    struct outcome outcome = {0};
    struct data_arg estate = data_i64(source->estate_id), id = data_i64(source->id);
    enum base_err err = data_run(conn, DATA_DEVICE_MATCH, DATA_ARGS(estate, id), put->diag, &matched);
    if (!err) {
        err = data_run(conn, DATA_DEVICE_CHANGE, DATA_ARGS(estate), put->diag, &changed);
    }
    if (!err) {
        err = data_run(conn, DATA_DEVICE_CLOSE, DATA_ARGS(estate), put->diag, NULL);
    }
    if (!err) {
        err = data_run(conn, DATA_DEVICE_OPEN, DATA_ARGS(estate, id), put->diag, NULL);
    }
    if (!err) {
        err = data_run(conn, DATA_DEVICE_CARRY, DATA_ARGS(estate, id), put->diag, NULL);
    }
    if (!err) {
        err = data_run(conn, DATA_LIFECYCLE_CARRY, DATA_ARGS(estate, id), put->diag, NULL);
    }
    for (size_t row = 0; !err && row < data_rows_count(matched); row++) {
        outcome.added += data_rows_bool(matched, row, 0);
        outcome.moved += data_rows_bool(matched, row, 1);
    }
    outcome.changed = err ? 0 : data_rows_count(changed);
    outcome.unchanged = put->count - outcome.added - outcome.moved - outcome.changed;
    if (!err) {
        *ret_outcome = outcome;
    }
    return err;
}

static enum base_err store(struct put *put, const char *source_name, bool dry_run, struct outcome *ret_outcome)
{
    AUTO(data_conn) conn = NULL;
    struct cli_device_source source;
    enum base_err err = data_conn_open(NULL, "hutong device", put->diag, &conn);
    if (!err) {
        err = cli_device_begin(conn, source_name, put->diag, &source);
    }
    if (!err && source.personal) {
        err = base_diag_set(put->diag, BASE_INVALID,
                            "the devices of source \"%s\" are persons': shifts know them, and no id of theirs is kept",
                            source_name);
    }
    if (!err) {
        err = stage(put, conn);
    }
    if (!err) {
        err = resolve(put, conn, &source);
    }
    if (!err) {
        err = merge(put, conn, &source, ret_outcome);
    }
    if (err || dry_run) {
        data_rollback(conn);
        return err;
    }
    return data_commit(conn, put->diag);
}

static void report(const struct put *put, const struct outcome *outcome, bool dry_run, bool json)
{
    if (json) {
        printf("{\"devices\":%zu,\"added\":%zu,\"moved\":%zu,\"changed\":%zu,\"unchanged\":%zu,\"dry_run\":%s}\n",
               put->count, outcome->added, outcome->moved, outcome->changed, outcome->unchanged,
               dry_run ? "true" : "false");
    } else {
        printf("%zu added, %zu moved, %zu changed, %zu unchanged%s\n", outcome->added, outcome->moved, outcome->changed,
               outcome->unchanged, dry_run ? " (dry run: nothing was stored)" : "");
    }
}

enum base_err cli_device_put(const struct base_options *given, const char *path, struct base_diag *diag)
{
    struct put put = {.path = path, .diag = diag};
    struct outcome outcome = {0};
    bool dry_run = base_option_flag(given, "dry-run");
    base_arena_init(&put.texts, FILE_MAX);
    base_buf_init(&put.file, FILE_MAX + 65536 * 2);
    enum base_err err = path ? from_file(&put) : from_options(&put, given);
    if (!err) {
        err = store(&put, base_option_text(given, "source"), dry_run, &outcome);
    }
    if (!err) {
        report(&put, &outcome, dry_run, base_option_flag(given, "json"));
    }
    put_release(&put);
    return err;
}
