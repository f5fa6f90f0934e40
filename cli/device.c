/* hutong device: the things that sources tell of, where they are, and which of them are believed. */
#include "cli/device.h"
#include "cli/mapping.h"
#include "sensors/sensors.h"

#include <string.h>

static const struct base_option options[] = {
    {.name = "source", .type = BASE_OPTION_TEXT, .value = "S", .help = "the source it sends through"},
    {.name = "id",
     .type = BASE_OPTION_TEXT,
     .value = "NATIVE",
     .repeatable = true,
     .help = "its own id, as in its messages; accept and remove take several"},
    {.name = "kind", .type = BASE_OPTION_TEXT, .value = "K", .help = "what it is: camera, gate, bin, reader ..."},
    {.name = "name", .type = BASE_OPTION_TEXT, .value = "TEXT", .help = "what people call it"},
    {.name = "building", .type = BASE_OPTION_TEXT, .value = "ID", .help = "the building it is in, by id or by code"},
    {.name = "storey", .type = BASE_OPTION_INT, .value = "N", .help = "and the storey; below ground -1, -2 ..."},
    {.name = "lon", .type = BASE_OPTION_REAL, .value = "DEG", .help = "or where it stands, WGS 84"},
    {.name = "lat", .type = BASE_OPTION_REAL, .value = "DEG", .help = "with --lon"},
    {.name = "file",
     .type = BASE_OPTION_TEXT,
     .value = "CSV",
     .help = "import: file with a header line: id,kind,name,building,storey,lon,lat"},
    {.name = "all", .type = BASE_OPTION_FLAG, .help = "accept: every device of the source that waits"},
    {.name = "state", .type = BASE_OPTION_TEXT, .value = "S", .help = "list: only quarantined or accepted ones"},
    {.name = "limit",
     .type = BASE_OPTION_INT,
     .value = "N",
     .standard = "1000",
     .help = "list: this many at most; the counts are of all"},
    {.name = "dry-run", .type = BASE_OPTION_FLAG, .help = "add, import: check everything, store nothing"},
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "list, import: as JSON"},
};

static const struct cli_command command = {
    .usage =
        "hutong device add --source S --id NATIVE --kind K [--building ID [--storey N] | --lon DEG --lat DEG]\n"
        "       hutong device import --source S --file CSV [--dry-run]\n"
        "       hutong device list [--source S] [--state quarantined] [--json]\n"
        "       hutong device accept --source S --id NATIVE... | --all\n"
        "       hutong device remove --source S --id NATIVE...\n"
        "Devices that are things appear by themselves with their first message, accepted or in quarantine as their\n"
        "source says. Adding one that is there changes it; at another place it begins anew, and what it sent before\n"
        "stays where it was. Persons' devices are not kept here: shifts know them.",
    .options = options,
    .count = BASE_COUNT(options),
};

enum base_err cli_device_begin(struct data_conn *conn, const char *source, struct base_diag *diag,
                               struct cli_device_source *ret_source)
{
    AUTO(data_rows) rows = NULL;
    enum sensors_subject subject = SENSORS_SUBJECT_NONE;
    enum base_err err = data_begin(conn, diag);
    if (!err) {
        err = data_run(conn, DATA_DEVICE_LOCK, DATA_ARGS(data_text(source)), diag, &rows);
    }
    if (err) {
        return err;
    }
    if (data_rows_count(rows) == 0) {
        return base_diag_set(diag, BASE_NOT_FOUND, "there is no source \"%s\"; hutong source list shows them", source);
    }
    const struct sensors_format *format = sensors_format_find(base_str_of(data_rows_text(rows, 0, 2)));
    AUTO(sensors_mappings) mappings = NULL;
    if (!format && cli_mapping_load(NULL, diag, &mappings) == BASE_OK) {
        format = sensors_mappings_find(mappings, base_str_of(data_rows_text(rows, 0, 2)));
    }
    if (!sensors_subject_in(base_str_of(data_rows_text(rows, 0, 3)), &subject) && format) {
        subject = format->subject;
    }
    *ret_source =
        (struct cli_device_source){.id = data_rows_i64(rows, 0, 0),
                                   .estate_id = data_rows_i64(rows, 0, 1),
                                   .personal = format && !format->stations && sensors_subject_personal(subject)};
    return BASE_OK;
}

/* The ids as an array's text form: {"a","b"}. */
static enum base_err ids_text(const struct base_options *given, struct base_diag *diag, struct base_buf *text)
{
    struct base_str rest = base_str_of(base_option_text(given, "id")), id;
    base_buf_u8(text, '{');
    for (bool first = true; base_str_next(&rest, '\n', &id); first = false) {
        base_buf_text(text, first ? "\"" : ",\"");
        for (size_t i = 0; i < id.len; i++) {
            if (id.at[i] == '"' || id.at[i] == '\\') {
                base_buf_u8(text, '\\');
            }
            base_buf_u8(text, (uint8_t)id.at[i]);
        }
        base_buf_u8(text, '"');
    }
    base_buf_u8(text, '}');
    return text->err ? base_diag_set(diag, text->err, "too many ids") : BASE_OK;
}

static bool answered(const struct data_rows *rows, struct base_str id)
{
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        if (base_str_is(id, data_rows_text(rows, row, 0))) {
            return true;
        }
    }
    return false;
}

/* Every id must have been one: half of what was asked for is nothing to rely on. */
static enum base_err all_known(const struct base_options *given, const struct data_rows *rows, struct base_diag *diag)
{
    struct base_str rest = base_str_of(base_option_text(given, "id")), id;
    while (base_option_given(given, "id") && base_str_next(&rest, '\n', &id)) {
        if (!answered(rows, id)) {
            return base_diag_set(diag, BASE_NOT_FOUND,
                                 "source \"%s\" has no device \"%.*s\"; nothing was changed; hutong device list shows "
                                 "them",
                                 base_option_text(given, "source"), (int)id.len, id.at);
        }
    }
    return BASE_OK;
}

/* accept and remove: one statement over ids, in a transaction of the source's registry. */
static enum base_err over_ids(const struct base_options *given, enum data_query query, struct data_conn *conn,
                              struct base_diag *diag, struct data_rows **ret_rows)
{
    AUTO_VALUE(base_buf) ids;
    struct cli_device_source source;
    base_buf_init(&ids, 1 << 20);
    enum base_err err = ids_text(given, diag, &ids);
    if (!err) {
        err = cli_device_begin(conn, base_option_text(given, "source"), diag, &source);
    }
    if (!err) {
        struct data_arg named =
            base_option_given(given, "id") ? data_text(base_buf_cstr(&ids)) : data_null(); /* --all */
        err = data_run(conn, query, DATA_ARGS(data_i64(source.estate_id), data_i64(source.id), named), diag, ret_rows);
    }
    if (!err) {
        err = all_known(given, *ret_rows, diag);
    }
    if (err) {
        data_rollback(conn);
        return err;
    }
    return data_commit(conn, diag);
}

static enum base_err accept_devices(const struct base_options *given, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = over_ids(given, DATA_DEVICE_ACCEPT, conn, diag, &rows);
    if (err) {
        return err;
    }
    bool waited = false;
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        waited = waited || data_rows_bool(rows, row, 1);
    }
    printf("%zu accepted%s\n", data_rows_count(rows),
           waited ? "; what they sent so far waits as dead letters (hutong replay --dead)" : "");
    return BASE_OK;
}

static enum base_err remove_devices(const struct base_options *given, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = over_ids(given, DATA_DEVICE_REMOVE, conn, diag, &rows);
    if (!err) {
        printf("%zu removed\n", data_rows_count(rows));
    }
    return err;
}

static enum base_err add_device(const struct base_options *given, struct data_conn *conn, struct base_diag *diag)
{
    (void)conn;
    return cli_device_put(given, NULL, diag);
}

static enum base_err import_devices(const struct base_options *given, struct data_conn *conn, struct base_diag *diag)
{
    (void)conn;
    return cli_device_put(given, base_option_text(given, "file"), diag);
}

static const struct {
    const char *name;
    enum base_err (*run)(const struct base_options *given, struct data_conn *conn, struct base_diag *diag);
    const char *needs[3]; /* options; "id|all": one of them */
    bool opens;           /* wants a connection */
} verbs[] = {
    {"add", add_device, {"source", "id", "kind"}, false},
    {"import", import_devices, {"source", "file"}, false},
    {"list", cli_device_list, {NULL}, true},
    {"accept", accept_devices, {"source", "id|all"}, true},
    {"remove", remove_devices, {"source", "id"}, true},
};

static bool has(const struct base_options *given, const char *needed)
{
    struct base_str rest = base_str_of(needed), name;
    bool found = false;
    while (base_str_next(&rest, '|', &name)) {
        char option[16];
        snprintf(option, sizeof option, "%.*s", (int)name.len, name.at);
        found = found || base_option_given(given, option);
    }
    return found;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    const char *verb = given->operand_count == 1 ? given->operands[0] : "";
    AUTO(data_conn) conn = NULL;
    size_t at = 0;
    while (at < BASE_COUNT(verbs) && strcmp(verbs[at].name, verb) != 0) {
        at++;
    }
    if (at == BASE_COUNT(verbs)) {
        return base_diag_set(diag, BASE_USAGE, "add, import, list, accept or remove; see hutong device --help");
    }
    for (size_t i = 0; i < BASE_COUNT(verbs[at].needs) && verbs[at].needs[i]; i++) {
        if (!has(given, verbs[at].needs[i])) {
            return base_diag_set(diag, BASE_USAGE, "%s: --%s is missing", verb,
                                 strcmp(verbs[at].needs[i], "id|all") == 0 ? "id (or --all)" : verbs[at].needs[i]);
        }
    }
    enum base_err err = verbs[at].opens ? data_conn_open(NULL, "hutong device", diag, &conn) : BASE_OK;
    return err ? err : verbs[at].run(given, conn, diag);
}

int cli_device_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
