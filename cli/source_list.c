/* hutong source list: a line a source that fits a terminal of 120 columns; as JSON all that is known. */
#include "cli/source.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_COLUMNS = 16, OWNER_COLUMNS = 18 };

/* Columns of source_list.sql. */
enum { LAST_BATCH = 18, LAST_EVENT = 20, EPOCH = 22, OWNER, LAG, HELD, HELD_MESSAGES, GAPS, LAST_GAP, LOSSES };
enum { LAST_LOSS = LOSSES + 1, LOSS_WHY, AGE, CHARSET, AWAY };

static const struct {
    const char *key, *head; /* head NULL: in JSON only */
    int column, width;
} counters[] = {{"received", "received", 10, 9},
                {"stored", "stored", 11, 9},
                {"duplicate", "dupl", 12, 8},
                {"late", "late", 13, 6},
                {"replay", "replay", 14, 6},
                {"dead", "dead", 17, 6},
                {"off_shift", "off_shift", 15, 9},
                {"redacted", NULL, 16, 0},
                {"ignored", NULL, 19, 0},
                {"epoch", NULL, EPOCH, 0},
                {"held_messages", NULL, HELD_MESSAGES, 0},
                {"gaps", NULL, GAPS, 0},
                {"losses", NULL, LOSSES, 0}};

/* --- cells --- */
/* Bytes of the character that begins here; *ret_columns: how wide a terminal draws it. Text of the database is UTF-8.
 */
static size_t character(const char *at, int *ret_columns)
{
    unsigned char lead = (unsigned char)*at;
    size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    size_t there = strnlen(at, len);
    *ret_columns = lead < 0xe1 ? 1 : 2; /* from U+1100 on nearly all that names are written in is wide */
    return there;
}

const char *cli_source_list_fit(const char *text, int columns, char cell[CLI_SOURCE_CELL])
{
    int whole = 0, wide = 0, used = 0;
    size_t len = 0;
    for (const char *at = text; *at; at += character(at, &wide)) {
        character(at, &wide);
        whole += wide;
    }
    int room = whole > columns ? columns - 1 : columns;
    for (const char *at = text; *at; at = text + len) {
        size_t bytes = character(at, &wide);
        if (used + wide > room || len + bytes + 8 > CLI_SOURCE_CELL) {
            break;
        }
        memcpy(cell + len, at, bytes);
        len += bytes;
        used += wide;
    }
    snprintf(cell + len, CLI_SOURCE_CELL - len, "%s", text[len] ? "…" : "");
    used += text[len] ? 1 : 0;
    len = strlen(cell);
    for (; used < columns && len + 1 < CLI_SOURCE_CELL; used++) {
        cell[len++] = ' ';
    }
    cell[len] = '\0';
    return cell;
}

const char *cli_source_list_count(int64_t number, int columns, char cell[CLI_SOURCE_CELL])
{
    static const char units[] = "kMGTPE";
    double rest = (double)number;
    int unit = -1;
    int len = snprintf(cell, CLI_SOURCE_CELL, "%" PRId64, number);
    while (len > columns && units[unit + 1]) {
        rest /= 1000;
        unit++;
        len = snprintf(cell, CLI_SOURCE_CELL, rest < 99.95 ? "%.1f%c" : "%.0f%c", rest, units[unit]);
    }
    return cell;
}

const char *cli_source_list_age(double seconds, char cell[CLI_SOURCE_CELL])
{
    static const struct {
        double seconds;
        const char *unit;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}};
    for (size_t i = 0; i < BASE_COUNT(units); i++) {
        if (seconds >= 2 * units[i].seconds) {
            snprintf(cell, CLI_SOURCE_CELL, "%.0f%s", seconds / units[i].seconds, units[i].unit);
            return cell;
        }
    }
    snprintf(cell, CLI_SOURCE_CELL, seconds < 9.95 ? "%.1fs" : "%.0fs", seconds < 0 ? 0 : seconds);
    return cell;
}

static const char *age(const struct data_rows *rows, size_t row, int column, char cell[CLI_SOURCE_CELL])
{
    return data_rows_null(rows, row, column) ? "-" : cli_source_list_age(data_rows_f64(rows, row, column), cell);
}

/* host:process:start -> host:process */
static const char *owner(const struct data_rows *rows, size_t row, char cell[CLI_SOURCE_CELL])
{
    char text[200];
    const char *name = data_rows_text(rows, row, OWNER);
    snprintf(text, sizeof text, "%s", name ? name : "nobody");
    char *last = strrchr(text, ':');
    if (last && strchr(text, ':') != last) {
        *last = '\0';
    }
    cli_source_list_fit(text, OWNER_COLUMNS, cell);
    cell[strcspn(cell, " ")] = '\0'; /* the last column needs no filling */
    return cell;
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

static void quarantine_text(const struct data_rows *devices)
{
    for (size_t row = 0; row < data_rows_count(devices); row++) {
        int64_t waiting = data_rows_i64(devices, row, DEVICES_QUARANTINED);
        if (waiting) {
            printf("source %s: %" PRId64 " device%s in quarantine; hutong device list --source %s\n",
                   data_rows_text(devices, row, 1), waiting, waiting == 1 ? "" : "s", data_rows_text(devices, row, 1));
        }
    }
}

static void away_text(const struct data_rows *rows)
{
    char cell[CLI_SOURCE_CELL];
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        const char *why = data_rows_text(rows, row, LOSS_WHY);
        if (!data_rows_null(rows, row, AWAY)) {
            printf("source %s: the broker has been away for %s: %s\n", data_rows_text(rows, row, 2),
                   age(rows, row, AWAY, cell), why ? why : "");
        }
    }
}

static void list_text(const struct data_rows *rows, const struct data_rows *devices)
{
    char cell[CLI_SOURCE_CELL];
    printf("%s", cli_source_list_fit("source", NAME_COLUMNS, cell));
    for (size_t i = 0; i < BASE_COUNT(counters) && counters[i].head; i++) {
        printf(" %*s", counters[i].width, counters[i].head);
    }
    printf(" %6s %6s %4s %5s %s\n", "lag", "held", "gaps", "epoch", "owner");
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        printf("%s", cli_source_list_fit(data_rows_text(rows, row, 2), NAME_COLUMNS, cell));
        for (size_t i = 0; i < BASE_COUNT(counters) && counters[i].head; i++) {
            printf(" %*s", counters[i].width,
                   cli_source_list_count(data_rows_i64(rows, row, counters[i].column), counters[i].width, cell));
        }
        printf(" %6s", age(rows, row, LAG, cell));
        printf(" %6s", age(rows, row, HELD, cell));
        printf(" %4s", cli_source_list_count(data_rows_i64(rows, row, GAPS), 4, cell));
        printf(" %5s", cli_source_list_count(data_rows_i64(rows, row, EPOCH), 5, cell));
        printf(" %s\n", owner(rows, row, cell));
    }
    quarantine_text(devices);
    away_text(rows);
}

/* --- JSON; what is null is left out --- */
static void time_member(struct base_json_out *out, const char *key, const struct data_rows *rows, size_t row,
                        int column)
{
    if (!data_rows_null(rows, row, column)) {
        base_json_out_key(out, key);
        base_json_out_time(out, data_rows_time(rows, row, column));
    }
}

static void age_member(struct base_json_out *out, const char *key, const struct data_rows *rows, size_t row, int column)
{
    if (!data_rows_null(rows, row, column)) {
        base_json_out_key(out, key);
        base_json_out_f64(out, data_rows_f64(rows, row, column), 3);
    }
}

static void text_member(struct base_json_out *out, const char *key, const char *text)
{
    if (text) {
        base_json_out_key(out, key);
        base_json_out_text(out, text);
    }
}

static void settings_json(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct base_str topics = base_str_of(data_rows_text(rows, row, 3)), topic;
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
    text_member(out, "charset", data_rows_text(rows, row, CHARSET));
    text_member(out, "purpose", data_rows_text(rows, row, 8));
    base_json_out_key(out, "retention_s");
    base_json_out_i64(out, data_rows_i64(rows, row, 9));
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
    base_json_out_object(out);
    settings_json(out, rows, row);
    for (size_t i = 0; i < BASE_COUNT(counters); i++) {
        base_json_out_key(out, counters[i].key);
        base_json_out_i64(out, data_rows_i64(rows, row, counters[i].column));
    }
    devices_json(out, devices, devices_row(devices, data_rows_i64(rows, row, 0)));
    text_member(out, "owner", data_rows_text(rows, row, OWNER));
    age_member(out, "lag_s", rows, row, LAG);
    age_member(out, "held_s", rows, row, HELD);
    age_member(out, "away_s", rows, row, AWAY);
    age_member(out, "age_s", rows, row, AGE);
    time_member(out, "last_batch_at", rows, row, LAST_BATCH);
    time_member(out, "last_t_event", rows, row, LAST_EVENT);
    time_member(out, "last_gap_at", rows, row, LAST_GAP);
    time_member(out, "last_loss_at", rows, row, LAST_LOSS);
    text_member(out, "last_loss", data_rows_text(rows, row, LOSS_WHY));
    base_json_out_object_end(out);
}

enum base_err cli_source_list(bool json, struct data_conn *conn, struct base_diag *diag)
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
