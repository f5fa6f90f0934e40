/* hutong decode: what a device's message means, without storing it. A dry run: pseudonyms and duplicate keys are made
 * with a key of zeros, so they are stable and nobody's. */
#include "cli/mapping.h"

#include <errno.h>
#include <string.h>

enum { FILE_MAX = 16 * 1024 * 1024, SECRET_MAX = 4096 };

static const struct base_option options[] = {
    {.name = "format", .type = BASE_OPTION_TEXT, .value = "F", .help = "format of the message; or --mapping"},
    {.name = "mapping", .type = BASE_OPTION_TEXT, .value = "FILE", .help = "a mapping file to try"},
    {.name = "topic", .type = BASE_OPTION_TEXT, .value = "T", .help = "topic it came on"},
    {.name = "received", .type = BASE_OPTION_TEXT, .value = "TIME", .help = "when it came, RFC 3339; default: now"},
    {.name = "tz", .type = BASE_OPTION_TEXT, .value = "ZONE", .standard = "UTC", .help = "zone of bare local times"},
    {.name = "charset",
     .type = BASE_OPTION_TEXT,
     .value = "C",
     .standard = "utf-8",
     .help = "of what is not UTF-8: gb18030 (GBK, GB2312), as for a source"},
    {.name = "secret", .type = BASE_OPTION_TEXT, .value = "FILE", .help = "key of encrypted messages, as for a source"},
    CLI_MAPPING_ROW,
};

static const struct cli_command command = {
    .usage = "hutong decode --format F | --mapping FILE [--topic T] [--received TIME] [--tz ZONE]\n"
             "       [--charset gb18030] [--secret FILE] FILE|-\n"
             "Prints the canonical events of one message, one JSON object a line. Exit 1 with the reason on standard\n"
             "error when the message cannot be decoded. `hutong mapping list` lists the formats.",
    .options = options,
    .count = BASE_COUNT(options),
};

/* A mapping of what is inside an envelope is tried with the envelope's format. */
static enum base_err format_of(const struct base_options *given, struct base_diag *diag,
                               struct sensors_mappings **ret_mappings, const struct sensors_format **ret_format)
{
    const char *name = base_option_text(given, "format"), *file = base_option_text(given, "mapping");
    if (!name && !file) {
        return base_diag_set(diag, BASE_USAGE, "--format or --mapping is missing; --format owntracks is one");
    }
    enum base_err err = file ? sensors_mappings_file(file, diag, ret_mappings, ret_format)
                             : cli_mapping_load(given, diag, ret_mappings);
    if (!err && name) {
        err = cli_mapping_format(*ret_mappings, name, diag, ret_format);
    }
    return err;
}

static enum base_err received_at(const struct base_options *given, struct base_diag *diag, int64_t *ret_time)
{
    const char *text = base_option_text(given, "received");
    *ret_time = base_clock_now_us();
    if (text && !base_time_in(base_str_of(text), ret_time)) {
        return base_diag_set(diag, BASE_USAGE, "--received %s: not a time such as 2026-11-21T08:00:00Z", text);
    }
    return BASE_OK;
}

static void print_event(const struct sensors_message *message, const struct sensors_format *format,
                        const struct sensors_event *event)
{
    char subject[BASE_ID_TEXT] = "";
    AUTO_VALUE(base_buf) device, line;
    base_buf_init(&device, 4096);
    base_buf_init(&line, 1 << 20);
    if (event->device.len) {
        const struct base_str parts[] = {base_str_of("subject"), message->source,
                                         event->subject.len ? event->subject : event->device};
        base_id_hex(base_key_id(message->key, parts, BASE_COUNT(parts)), subject);
        struct base_str ns = event->ns.len ? event->ns : base_str_of(format->name);
        base_buf_printf(&device, "%.*s/%.*s", (int)ns.len, ns.at, (int)event->device.len, event->device.at);
    }
    const struct sensors_event_label label = {
        .source = base_str_of(format->name), .device = base_buf_str(&device), .subject = base_str_of(subject)};
    struct base_json_out out = base_json_out_of(&line);
    sensors_event_out(event, &label, &out);
    printf("%s\n", base_buf_cstr(&line));
}

static enum base_err decode(const struct sensors_format *format, struct sensors_message *message,
                            struct base_diag *diag)
{
    static const struct base_key nobody = {{0}};
    struct sensors_decoded decoded;
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    message->key = &nobody;
    message->source = base_str_of(format->name);
    enum base_err err = sensors_decode(format, message, &arena, diag, &decoded);
    if (err) {
        const char *reason = sensors_reason_text(decoded.reason);
        return strcmp(reason, diag->text) == 0 ? err : base_diag_prefix(diag, err, "%s", reason);
    }
    for (size_t i = 0; i < decoded.count; i++) {
        print_event(message, format, &decoded.events[i]);
    }
    if (decoded.ignored) {
        fprintf(stderr, "hutong decode: understood; nothing in it is kept (%u private fields dropped)\n",
                decoded.redacted);
    }
    return fflush(stdout) == 0 ? BASE_OK : base_diag_set(diag, BASE_IO, "standard output: %s", strerror(errno));
}

/* A line's end is not part of it, as in source add. */
static enum base_err check_charset(const struct base_options *given, struct base_diag *diag)
{
    const char *charset = base_option_text(given, "charset");
    bool known = strcmp(charset, "utf-8") == 0 || strcmp(charset, "gb18030") == 0;
    return known ? BASE_OK : base_diag_set(diag, BASE_USAGE, "--charset %s: one of utf-8 gb18030", charset);
}

static enum base_err read_secret(const struct base_options *given, struct base_diag *diag, struct base_buf *secret)
{
    const char *path = base_option_text(given, "secret");
    enum base_err err = path ? base_file_read(path, SECRET_MAX, diag, secret) : BASE_OK;
    while (secret->len && (secret->data[secret->len - 1] == '\n' || secret->data[secret->len - 1] == '\r')) {
        secret->len--;
    }
    return err ? base_diag_prefix(diag, err, "--secret") : BASE_OK;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    const struct sensors_format *format = NULL;
    struct sensors_message message = {.subject = SENSORS_SUBJECT_NONE};
    AUTO(sensors_mappings) mappings = NULL;
    AUTO(sensors_zone) zone = NULL;
    AUTO_VALUE(base_buf) payload, secret;
    base_buf_init(&payload, FILE_MAX + 1);
    base_buf_init(&secret, 1 << 17);
    if (given->operand_count != 1) {
        return base_diag_set(diag, BASE_USAGE, "one FILE is needed, or - for standard input");
    }
    enum base_err err = format_of(given, diag, &mappings, &format);
    if (!err) {
        err = received_at(given, diag, &message.t_recv);
    }
    if (!err) {
        err = sensors_zone_open(base_option_text(given, "tz"), diag, &zone);
    }
    if (!err) {
        err = check_charset(given, diag);
    }
    if (!err) {
        err = read_secret(given, diag, &secret);
    }
    if (!err) {
        err = base_file_read(given->operands[0], FILE_MAX, diag, &payload);
    }
    if (err) {
        return err;
    }
    message.topic = base_str_of(base_option_text(given, "topic"));
    message.payload = base_buf_str(&payload);
    message.zone = zone;
    message.gb18030 = strcmp(base_option_text(given, "charset"), "gb18030") == 0;
    message.secret = base_buf_str(&secret);
    message.mappings = mappings;
    return decode(format, &message, diag);
}

int cli_decode_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
