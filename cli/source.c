/* hutong source: which MQTT topics carry what, for which purpose, kept how long. */
#include "cli/cli.h"
#include "data/data.h"
#include "geo/geo.h"
#include "sensors/sensors.h"

#include <string.h>

static const struct base_option options[] = {
    {.name = "topic",
     .type = BASE_OPTION_TEXT,
     .value = "T",
     .repeatable = true,
     .help = "MQTT topic filter; + and # as in MQTT; may be given again"},
    {.name = "format", .type = BASE_OPTION_TEXT, .value = "F", .help = "format of its messages: owntracks espresense"},
    {.name = "tz",
     .type = BASE_OPTION_TEXT,
     .value = "ZONE",
     .standard = "Asia/Shanghai",
     .help = "zone of bare local times"},
    {.name = "datum",
     .type = BASE_OPTION_TEXT,
     .value = "D",
     .standard = "wgs84",
     .help = "datum of its positions: wgs84, gcj02 or bd09"},
    {.name = "subject",
     .type = BASE_OPTION_TEXT,
     .value = "TYPE",
     .help = "whose devices they are: guard cleaner vehicle fleet unit ...; default: the format's own"},
    {.name = "estate",
     .type = BASE_OPTION_INT,
     .value = "N",
     .standard = "0",
     .help = "home estate of its devices; 0: unassigned"},
    {.name = "purpose", .type = BASE_OPTION_TEXT, .value = "TEXT", .help = "why these data are collected; required"},
    {.name = "retention",
     .type = BASE_OPTION_SPAN,
     .value = "SPAN",
     .help = "facts older than this are refused and deleted, such as 30d; required"},
    {.name = "admission",
     .type = BASE_OPTION_TEXT,
     .value = "A",
     .standard = "accept",
     .help = "devices that nobody has named: accept, or quarantine until `hutong device accept`"},
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "list as JSON"},
};

static const struct cli_command command = {
    .usage = "hutong source add NAME --topic T... --format F --purpose TEXT --retention 30d [options]\n"
             "       hutong source list [--json]\n"
             "       hutong source remove NAME\n"
             "Adding a name that is there changes that source. A running `hutong ingest` follows at once.",
    .options = options,
    .count = BASE_COUNT(options),
};

static enum base_err wanted(const struct base_options *given, const char *name, struct base_diag *diag)
{
    return base_option_text(given, name) ? BASE_OK : base_diag_set(diag, BASE_USAGE, "add: --%s is missing", name);
}

static bool filter_ok(struct base_str filter)
{
    struct base_str rest = filter, level;
    bool last = false;
    while (base_str_next(&rest, '/', &level)) {
        bool many = level.len && memchr(level.at, '#', level.len);
        bool one = level.len && memchr(level.at, '+', level.len);
        if (last || ((many || one) && level.len != 1)) {
            return false;
        }
        last = many;
    }
    return filter.len > 0 && filter.len < 1000 && base_str_utf8(filter);
}

/* An array's text form: {"a","b"}. */
static enum base_err topics_text(const struct base_options *given, struct base_diag *diag, struct base_buf *text)
{
    struct base_str rest = base_str_of(base_option_text(given, "topic")), topic;
    base_buf_u8(text, '{');
    for (bool first = true; base_str_next(&rest, '\n', &topic); first = false) {
        if (!filter_ok(topic)) {
            return base_diag_set(diag, BASE_USAGE, "add: --topic \"%.*s\" is not an MQTT topic filter",
                                 (int)(topic.len < 200 ? topic.len : 200), topic.at);
        }
        base_buf_text(text, first ? "\"" : ",\"");
        for (size_t i = 0; i < topic.len; i++) {
            if (topic.at[i] == '"' || topic.at[i] == '\\') {
                base_buf_u8(text, '\\');
            }
            base_buf_u8(text, (uint8_t)topic.at[i]);
        }
        base_buf_u8(text, '"');
    }
    base_buf_u8(text, '}');
    return text->err ? base_diag_set(diag, text->err, "add: too many topics") : BASE_OK;
}

static enum base_err check_words(const struct base_options *given, struct base_diag *diag)
{
    const char *format = base_option_text(given, "format");
    const char *datum = base_option_text(given, "datum");
    const char *subject = base_option_text(given, "subject");
    enum geo_datum known_datum;
    enum sensors_subject known_subject;
    AUTO(sensors_zone) zone = NULL;
    if (!sensors_format_find(base_str_of(format))) {
        return base_diag_set(diag, BASE_USAGE, "add: --format %s: no such format; there are owntracks and espresense",
                             format);
    }
    if (!geo_datum_in(base_str_of(datum), &known_datum)) {
        return base_diag_set(diag, BASE_USAGE, "add: --datum %s: one of wgs84 gcj02 bd09", datum);
    }
    if (subject && !sensors_subject_in(base_str_of(subject), &known_subject)) {
        return base_diag_set(diag, BASE_USAGE,
                             "add: --subject %s: one of guard cleaner vehicle fleet plate tag card "
                             "object unit",
                             subject);
    }
    const char *admission = base_option_text(given, "admission");
    if (strcmp(admission, "accept") != 0 && strcmp(admission, "quarantine") != 0) {
        return base_diag_set(diag, BASE_USAGE, "add: --admission %s: accept or quarantine", admission);
    }
    if (base_str_trim(base_str_of(base_option_text(given, "purpose"))).len == 0) {
        return base_diag_set(diag, BASE_USAGE, "add: --purpose must say what the data is for");
    }
    if (base_option_span_us(given, "retention") < INT64_C(1000000)) {
        return base_diag_set(diag, BASE_USAGE, "add: --retention must be a second or more");
    }
    return sensors_zone_open(base_option_text(given, "tz"), diag, &zone);
}

static enum base_err check(const struct base_options *given, struct base_diag *diag)
{
    static const char *const needed[] = {"topic", "format", "purpose", "retention"};
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(needed) && !err; i++) {
        err = wanted(given, needed[i], diag);
    }
    return err ? err : check_words(given, diag);
}

static enum base_err upsert(const struct base_options *given, const char *name, struct data_conn *conn,
                            struct base_diag *diag)
{
    AUTO_VALUE(base_buf) topics;
    base_buf_init(&topics, 65536);
    AUTO(data_rows) rows = NULL;
    char retention[32];
    enum geo_datum datum = GEO_DATUM_WGS84;
    enum base_err err = topics_text(given, diag, &topics);
    if (err) {
        return err;
    }
    geo_datum_in(base_str_of(base_option_text(given, "datum")), &datum);
    snprintf(retention, sizeof retention, "%lld seconds",
             (long long)(base_option_span_us(given, "retention") / INT64_C(1000000)));
    err = data_run(conn, DATA_SOURCE_UPSERT,
                   DATA_ARGS(data_text(name), data_text(base_buf_cstr(&topics)),
                             data_text(base_option_text(given, "format")),
                             data_text(base_option_text(given, "subject")), data_text(base_option_text(given, "tz")),
                             data_text(geo_datum_name(datum)), data_i64(base_option_int(given, "estate")),
                             data_text(base_option_text(given, "purpose")), data_text(retention)),
                   diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_CONFLICT,
                            "add: \"%s\" is a source of another estate; a source keeps its estate, take another name",
                            name);
    }
    return err;
}

/* In one transaction: no worker sees a new source before it says what becomes of unknown devices. */
static enum base_err add(const struct base_options *given, const char *name, struct data_conn *conn,
                         struct base_diag *diag)
{
    enum base_err err = data_begin(conn, diag);
    if (!err) {
        err = upsert(given, name, conn, diag);
    }
    if (!err) {
        err = data_run(conn, DATA_SOURCE_ADMISSION,
                       DATA_ARGS(data_text(name), data_text(base_option_text(given, "admission"))), diag, NULL);
    }
    if (err) {
        data_rollback(conn);
        return err;
    }
    return data_commit(conn, diag);
}

static enum base_err drop(const char *name, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_SOURCE_REMOVE, DATA_ARGS(data_text(name)), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "remove: there is no source \"%s\"; hutong source list shows them",
                            name);
    }
    return err;
}

/* --- list: columns of source_list.sql --- */
static const struct {
    const char *name;
    int column;
} counters[] = {{"received", 10},  {"stored", 11},   {"duplicate", 12}, {"late", 13}, {"replay", 14},
                {"off_shift", 15}, {"redacted", 16}, {"ignored", 19},   {"dead", 17}};
enum { LAST_BATCH = 18, LAST_EVENT = 20 };

static void time_member(struct base_json_out *out, const char *key, const struct data_rows *rows, size_t row,
                        int column)
{
    if (!data_rows_null(rows, row, column)) {
        base_json_out_key(out, key);
        base_json_out_time(out, data_rows_time(rows, row, column));
    }
}

static void text_member(struct base_json_out *out, const char *key, const char *text)
{
    if (text) {
        base_json_out_key(out, key);
        base_json_out_text(out, text);
    }
}

/* Columns of device_count.sql, and its row of the same source; past the last when the source came in between. */
enum { DEVICES_QUARANTINED = 2, DEVICES_NEW, DEVICES_ACCEPTED, ADMISSION, QUARANTINED, UNKNOWN_OVERFLOW };

static size_t devices_row(const struct data_rows *devices, int64_t source_id)
{
    size_t row = 0;
    while (row < data_rows_count(devices) && data_rows_i64(devices, row, 0) != source_id) {
        row++;
    }
    return row;
}

static void devices_json(struct base_json_out *out, const struct data_rows *devices, size_t row)
{
    static const struct {
        const char *name;
        int column;
    } members[] = {{"quarantined", QUARANTINED}, {"unknown_overflow", UNKNOWN_OVERFLOW}},
      states[] = {{"quarantined", DEVICES_QUARANTINED}, {"new", DEVICES_NEW}, {"accepted", DEVICES_ACCEPTED}};
    if (row == data_rows_count(devices)) {
        return;
    }
    text_member(out, "admission", data_rows_text(devices, row, ADMISSION));
    for (size_t i = 0; i < BASE_COUNT(members); i++) {
        base_json_out_key(out, members[i].name);
        base_json_out_i64(out, data_rows_i64(devices, row, members[i].column));
    }
    base_json_out_key(out, "devices");
    base_json_out_object(out);
    for (size_t i = 0; i < BASE_COUNT(states); i++) {
        base_json_out_key(out, states[i].name);
        base_json_out_i64(out, data_rows_i64(devices, row, states[i].column));
    }
    base_json_out_object_end(out);
}

static void source_json(struct base_json_out *out, const struct data_rows *rows, size_t row,
                        const struct data_rows *devices)
{
    struct base_str topics = base_str_of(data_rows_text(rows, row, 3)), topic;
    base_json_out_object(out);
    text_member(out, "name", data_rows_text(rows, row, 2));
    base_json_out_key(out, "estate");
    base_json_out_i64(out, data_rows_i64(rows, row, 1));
    base_json_out_key(out, "topics");
    base_json_out_array(out);
    while (base_str_next(&topics, '\n', &topic)) {
        base_json_out_str(out, topic);
    }
    base_json_out_array_end(out);
    text_member(out, "format", data_rows_text(rows, row, 4));
    text_member(out, "subject_type", data_rows_text(rows, row, 5));
    text_member(out, "tz", data_rows_text(rows, row, 6));
    text_member(out, "datum", data_rows_text(rows, row, 7));
    text_member(out, "purpose", data_rows_text(rows, row, 8));
    base_json_out_key(out, "retention_s");
    base_json_out_i64(out, data_rows_i64(rows, row, 9));
    for (size_t i = 0; i < BASE_COUNT(counters); i++) {
        base_json_out_key(out, counters[i].name);
        base_json_out_i64(out, data_rows_i64(rows, row, counters[i].column));
    }
    devices_json(out, devices, devices_row(devices, data_rows_i64(rows, row, 0)));
    time_member(out, "last_batch_at", rows, row, LAST_BATCH);
    time_member(out, "last_t_event", rows, row, LAST_EVENT);
    base_json_out_object_end(out);
}

static void devices_text(const struct data_rows *devices, size_t row)
{
    long long used = 0, waiting = 0;
    if (row < data_rows_count(devices)) {
        used = data_rows_i64(devices, row, DEVICES_NEW) + data_rows_i64(devices, row, DEVICES_ACCEPTED);
        waiting = data_rows_i64(devices, row, DEVICES_QUARANTINED);
    }
    printf(" %10lld %11lld", used, waiting);
}

static void list_text(const struct data_rows *rows, const struct data_rows *devices)
{
    printf("%-20s %-12s", "source", "format");
    for (size_t i = 0; i < BASE_COUNT(counters); i++) {
        printf(" %10s", counters[i].name);
    }
    printf(" %10s %11s  topics\n", "devices", "quarantined");
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        printf("%-20s %-12s", data_rows_text(rows, row, 2), data_rows_text(rows, row, 4));
        for (size_t i = 0; i < BASE_COUNT(counters); i++) {
            printf(" %10lld", (long long)data_rows_i64(rows, row, counters[i].column));
        }
        devices_text(devices, devices_row(devices, data_rows_i64(rows, row, 0)));
        struct base_str topics = base_str_of(data_rows_text(rows, row, 3)), topic;
        while (base_str_next(&topics, '\n', &topic)) {
            printf("  %.*s", (int)topic.len, topic.at);
        }
        printf("\n");
    }
}

static enum base_err list(bool json, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    AUTO(data_rows) devices = NULL;
    enum base_err err = data_run(conn, DATA_SOURCE_LIST, DATA_NO_ARGS, diag, &rows);
    if (!err) {
        err = data_run(conn, DATA_DEVICE_COUNT, DATA_NO_ARGS, diag, &devices);
    }
    if (err) {
        return err;
    }
    if (!json) {
        list_text(rows, devices);
        return BASE_OK;
    }
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 16 << 20);
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_array(&out);
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        source_json(&out, rows, row, devices);
    }
    base_json_out_array_end(&out);
    printf("%s\n", base_buf_cstr(&text));
    return BASE_OK;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    const char *verb = given->operand_count > 0 ? given->operands[0] : "";
    const char *name = given->operand_count > 1 ? given->operands[1] : NULL;
    bool adds = strcmp(verb, "add") == 0;
    bool removes = strcmp(verb, "remove") == 0;
    bool lists = strcmp(verb, "list") == 0;
    AUTO(data_conn) conn = NULL;
    if ((!adds && !removes && !lists) || given->operand_count != (lists ? 1 : 2)) {
        return base_diag_set(diag, BASE_USAGE, "add NAME, list or remove NAME; see hutong source --help");
    }
    if (!lists && (!*name || strlen(name) > 100 || !base_str_utf8(base_str_of(name)))) {
        return base_diag_set(diag, BASE_USAGE, "NAME: 1 to 100 bytes of UTF-8");
    }
    enum base_err err = adds ? check(given, diag) : BASE_OK;
    if (!err) {
        err = data_conn_open(NULL, "hutong source", diag, &conn);
    }
    if (err) {
        return err;
    }
    if (lists) {
        return list(base_option_flag(given, "json"), conn, diag);
    }
    return adds ? add(given, name, conn, diag) : drop(name, conn, diag);
}

int cli_source_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
