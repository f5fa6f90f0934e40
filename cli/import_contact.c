/* hutong import contacts: who is told for an organisation, in which order and where; which organisation answers at
 * which level, and which department when it is called. Addresses and secrets open channels: no message repeats one. */
#include "cli/import.h"

#include <string.h>

enum {
    ORGANISATION,
    POSITION,
    LABEL,
    CHANNEL,
    URL,
    SECRET,
    ACK_S,
    TO,
    LEVEL,
    ESTATE,
    COMMUNITY,
    FIELD,
    DISTRICT,
    FIELD_ACK_S
};

static bool channel_ok(struct cli_import *import, const struct cli_import_line *line)
{
    static const char *const channels[] = {"webhook", "wecom", "dingtalk", "sms"};
    for (size_t i = 0; i < BASE_COUNT(channels); i++) {
        if (strcmp(line->texts[CHANNEL], channels[i]) == 0) {
            return true;
        }
    }
    cli_import_complain(import, line->number, "channel \"%.40s\" is none of webhook, wecom, dingtalk, sms",
                        line->texts[CHANNEL]);
    return false;
}

/* Printable ASCII, as RFC 3986 wants it; what else is wrong shows when it is used. */
static bool url_ok(struct cli_import *import, const struct cli_import_line *line)
{
    enum { URL_MOST = 2000 };
    const char *url = line->texts[URL];
    size_t head = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    bool clean = strlen(url) <= URL_MOST;
    for (const char *at = url; *at; at++) {
        clean = clean && *at > ' ' && *at < 0x7F && !strchr("\"<>\\^`{|}", *at);
    }
    if (!head || !clean || strchr("/?#:", url[head])) {
        cli_import_complain(import, line->number,
                            "url: an address such as https://host/path?key=..., in ASCII and up to %d bytes, is wanted",
                            URL_MOST);
        return false;
    }
    if (strcmp(line->texts[CHANNEL], "dingtalk") == 0 && *line->texts[SECRET] && !strchr(url, '?')) {
        cli_import_complain(import, line->number, "url: a DingTalk robot's has ?access_token=... in it");
        return false;
    }
    return true;
}

static enum base_err put_level(struct cli_import *import, const struct cli_import_line *line, int64_t organisation)
{
    AUTO(data_rows) rows = NULL;
    bool there = !*line->texts[ESTATE];
    enum base_err err = there ? BASE_OK : cli_import_find_estate(import, line, ESTATE, &there);
    if (err || !there) {
        return err;
    }
    if (*line->texts[ESTATE] && *line->texts[COMMUNITY]) {
        cli_import_complain(import, line->number, "a level is an estate's or a community's, not both");
        return BASE_OK;
    }
    err = data_run(import->conn, DATA_LEVEL_ORGANISATION_PUT,
                   DATA_ARGS(data_text(line->texts[LEVEL]),
                             *line->texts[ESTATE] ? data_i64(import->estate.id) : data_null(),
                             data_text(cli_import_or_null(line->texts[COMMUNITY])), data_i64(organisation)),
                   import->diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        cli_import_complain(import, line->number, "there is no level \"%.40s\", or no community \"%.40s\"",
                            line->texts[LEVEL], line->texts[COMMUNITY]);
    }
    return err;
}

static enum base_err put_field(struct cli_import *import, const struct cli_import_line *line, int64_t organisation,
                               double ack_s)
{
    AUTO(data_rows) rows = NULL;
    bool there = !*line->texts[ESTATE];
    enum base_err err = there ? BASE_OK : cli_import_find_estate(import, line, ESTATE, &there);
    if (err || !there) {
        return err;
    }
    if (*line->texts[ESTATE] && *line->texts[DISTRICT]) {
        cli_import_complain(import, line->number, "a field is an estate's or a district's, not both");
        return BASE_OK;
    }
    err = data_run(import->conn, DATA_FIELD_ORGANISATION_PUT,
                   DATA_ARGS(data_text(line->texts[FIELD]),
                             *line->texts[ESTATE] ? data_i64(import->estate.id) : data_null(),
                             data_text(cli_import_or_null(line->texts[DISTRICT])), data_i64(organisation),
                             ack_s > 0 ? data_i64((int64_t)ack_s) : data_null()),
                   import->diag, &rows);
    if (!err && !data_rows_bool(rows, 0, 0)) {
        cli_import_complain(import, line->number, "field \"%.40s\": there is no such department to be called",
                            line->texts[FIELD]);
    }
    if (!err && !data_rows_bool(rows, 0, 1)) {
        cli_import_complain(import, line->number, "district \"%.40s\": there is none of that code",
                            line->texts[DISTRICT]);
    }
    if (!err && !data_rows_bool(rows, 0, 2)) {
        cli_import_complain(import, line->number, "organisation \"%.40s\": is not of kind department",
                            line->texts[ORGANISATION]);
    }
    return err;
}

static enum base_err put_contact(struct cli_import *import, const struct cli_import_line *line, int64_t organisation,
                                 double position, double ack_s, int64_t until)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(import->conn, DATA_CONTACT_PUT,
                 DATA_ARGS(data_i64(organisation), data_i64((int64_t)position), data_text(line->texts[LABEL]),
                           data_text(line->texts[CHANNEL]), data_text(line->texts[URL]),
                           data_text(cli_import_or_null(line->texts[SECRET])), data_i64((int64_t)ack_s),
                           until ? data_time(until) : data_null()),
                 import->diag, &rows);
    if (!err) {
        cli_import_outcome(import, data_rows_text(rows, 0, 0));
    }
    return err;
}

static bool required_ok(struct cli_import *import, const struct cli_import_line *line)
{
    static const int needed[] = {ORGANISATION, POSITION, LABEL};
    bool good = true;
    for (size_t i = 0; i < BASE_COUNT(needed); i++) {
        if (!*line->texts[needed[i]]) {
            cli_import_complain(import, line->number, "%s is missing", import->kind->columns[needed[i]]);
            good = false;
        }
    }
    bool level = *line->texts[LEVEL], field = *line->texts[FIELD];
    if (level ? field : !field && *line->texts[ESTATE]) {
        cli_import_complain(import, line->number,
                            level ? "a line says level or field: who answers for both has a line for each"
                                  : "level or field is missing: for which does it answer there?");
        good = false;
    }
    if ((!level && *line->texts[COMMUNITY]) || (!field && (*line->texts[DISTRICT] || *line->texts[FIELD_ACK_S]))) {
        cli_import_complain(import, line->number, "community goes with level, district and field_ack_s with field");
        good = false;
    }
    return good;
}

static enum base_err put(struct cli_import *import, const struct cli_import_line *line, const struct sensors_zone *zone)
{
    double position = 0, ack_s = 0, field_ack_s = 0;
    int64_t organisation = 0, until = 0;
    bool there = false;
    enum base_err err = cli_import_find_organisation(import, line, ORGANISATION, &organisation, &there);
    bool good = required_ok(import, line) && cli_import_find_label(import, line, LABEL);
    good = cli_import_find_number(import, line, POSITION, 1, 99, 1, &position) && good;
    good = cli_import_find_number(import, line, ACK_S, 1, 604800, 300, &ack_s) && good;
    good = cli_import_find_number(import, line, FIELD_ACK_S, 1, 604800, 0, &field_ack_s) && good;
    good = cli_import_find_time(import, line, TO, zone, 0, &until) && good;
    good = channel_ok(import, line) && url_ok(import, line) && good;
    if (err || !good || !there) {
        return err;
    }
    err = put_contact(import, line, organisation, position, ack_s, until);
    if (!err && *line->texts[LEVEL]) {
        err = put_level(import, line, organisation);
    }
    return err || !*line->texts[FIELD] ? err : put_field(import, line, organisation, field_ack_s);
}

enum base_err cli_import_contact(struct cli_import *import)
{
    AUTO(data_rows) rows = NULL;
    AUTO(sensors_zone) zone = NULL;
    enum base_err err = data_run(import->conn, DATA_CAMPAIGN_ZONE, DATA_NO_ARGS, import->diag, &rows);
    err = err ? err : sensors_zone_open(data_rows_text(rows, 0, 0), import->diag, &zone);
    for (size_t i = 0; i < import->count && !err; i++) {
        err = put(import, &import->lines[i], zone);
        err = err ? err : cli_import_step(import, i + 1);
    }
    return err;
}
