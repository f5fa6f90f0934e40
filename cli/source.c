/* hutong source: which MQTT topics carry what, for which purpose, kept how long. */
#include "cli/source.h"
#include "cli/mapping.h"
#include "data/data.h"
#include "geo/geo.h"
#include "ingest/ingest.h"
#include "sensors/sensors.h"

#include <stdlib.h>
#include <string.h>

enum { SECRET_MAX = 4096 };

static const struct base_option options[] = {
    {.name = "topic",
     .type = BASE_OPTION_TEXT,
     .value = "T",
     .repeatable = true,
     .help = "MQTT topic filter; + and # as in MQTT; may be given again"},
    {.name = "format",
     .type = BASE_OPTION_TEXT,
     .value = "F",
     .help = "format of its messages; `hutong mapping list` has them"},
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
    {.name = "charset",
     .type = BASE_OPTION_TEXT,
     .value = "C",
     .standard = "utf-8",
     .help = "of its texts: utf-8, or gb18030 (GBK, GB2312) for what is not UTF-8"},
    {.name = "secret",
     .type = BASE_OPTION_TEXT,
     .value = "FILE",
     .help = "key of encrypted messages, up to 32 bytes; an empty FILE takes it away; without it it stays"},
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
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "list as JSON, with all there is to know"},
    CLI_MAPPING_ROW,
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
    const char *charset = base_option_text(given, "charset");
    const char *subject = base_option_text(given, "subject");
    enum geo_datum known_datum;
    enum sensors_subject known_subject;
    AUTO(sensors_zone) zone = NULL;
    const struct sensors_format *known_format;
    AUTO(sensors_mappings) mappings = NULL;
    enum base_err err = cli_mapping_load(given, diag, &mappings);
    if (!err) {
        err = cli_mapping_format(mappings, format, diag, &known_format);
    }
    if (err) {
        return base_diag_prefix(diag, err, "add");
    }
    if (strcmp(charset, "utf-8") != 0 && strcmp(charset, "gb18030") != 0) {
        return base_diag_set(diag, BASE_USAGE, "add: --charset %s: one of utf-8 gb18030", charset);
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

/* An editor's last line end is no part of the key. */
static enum base_err keep_secret(const struct base_options *given, const char *name, struct base_diag *diag)
{
    const char *path = base_option_text(given, "secret");
    const char *var = getenv("HUTONG_VAR");
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 1 << 17);
    enum base_err err = path ? base_file_read(path, SECRET_MAX, diag, &file) : BASE_OK;
    while (file.len && (file.data[file.len - 1] == '\n' || file.data[file.len - 1] == '\r')) {
        file.len--;
    }
    if (path && !err) {
        err = ingest_secret_keep(var && *var ? var : "./var", name, base_buf_str(&file), diag);
        err = err ? base_diag_prefix(diag, err, "add: --secret %s", path) : BASE_OK;
    }
    return err;
}

static enum base_err settings(const struct base_options *given, const char *name, struct data_conn *conn,
                              struct base_diag *diag)
{
    enum base_err err =
        data_run(conn, DATA_SOURCE_ADMISSION,
                 DATA_ARGS(data_text(name), data_text(base_option_text(given, "admission"))), diag, NULL);
    return err ? err
               : data_run(conn, DATA_SOURCE_CHARSET,
                          DATA_ARGS(data_text(name), data_text(base_option_text(given, "charset"))), diag, NULL);
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
        err = settings(given, name, conn, diag);
    }
    if (!err) {
        err = keep_secret(given, name, diag);
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
        return cli_source_list(base_option_flag(given, "json"), conn, diag);
    }
    return adds ? add(given, name, conn, diag) : drop(name, conn, diag);
}

int cli_source_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
