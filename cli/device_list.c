/* hutong device list: what waits for somebody's word first. What devices call themselves is shown without whatever
 * would move a terminal's cursor. */
#include "cli/device.h"

#include <string.h>

/* Columns of device_list.sql. */
enum {
    SOURCE,
    NATIVE,
    KIND,
    NAME,
    STATE,
    APPEARED,
    BUILDING,
    BUILDING_ESTATE,
    BUILDING_NAME,
    ESTATE_NAME,
    BUILDING_GONE,
    STOREY,
    LON,
    LAT,
    FIRST_SEEN,
    LAST_SEEN,
    MESSAGES
};
enum { LIST_MAX = 10 * 1000 * 1000, TEXT_MAX = 1 << 30 };

struct counts {
    int64_t quarantined, appeared, accepted;
};

static enum base_err count(const char *source, struct data_conn *conn, struct base_diag *diag,
                           struct counts *ret_counts)
{
    AUTO(data_rows) rows = NULL;
    struct counts counts = {0};
    enum base_err err = data_run(conn, DATA_DEVICE_COUNT, DATA_NO_ARGS, diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        if (!source || strcmp(source, data_rows_text(rows, row, 1)) == 0) {
            counts.quarantined += data_rows_i64(rows, row, 2);
            counts.appeared += data_rows_i64(rows, row, 3);
            counts.accepted += data_rows_i64(rows, row, 4);
        }
    }
    if (!err) {
        *ret_counts = counts;
    }
    return err;
}

/* --- JSON --- */
static void text_member(struct base_json_out *out, const char *key, const struct data_rows *rows, size_t row,
                        int column)
{
    if (!data_rows_null(rows, row, column)) {
        base_json_out_key(out, key);
        base_json_out_text(out, data_rows_text(rows, row, column));
    }
}

static void number_member(struct base_json_out *out, const char *key, const struct data_rows *rows, size_t row,
                          int column)
{
    if (!data_rows_null(rows, row, column)) {
        base_json_out_key(out, key);
        base_json_out_i64(out, data_rows_i64(rows, row, column));
    }
}

static void time_member(struct base_json_out *out, const char *key, const struct data_rows *rows, size_t row,
                        int column)
{
    if (!data_rows_null(rows, row, column)) {
        base_json_out_key(out, key);
        base_json_out_time(out, data_rows_time(rows, row, column));
    }
}

static void place_json(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    if (data_rows_null(rows, row, BUILDING) && data_rows_null(rows, row, LON)) {
        return;
    }
    base_json_out_key(out, "place");
    base_json_out_object(out);
    number_member(out, "building", rows, row, BUILDING);
    number_member(out, "estate", rows, row, BUILDING_ESTATE);
    text_member(out, "building_name", rows, row, BUILDING_NAME);
    text_member(out, "estate_name", rows, row, ESTATE_NAME);
    number_member(out, "storey", rows, row, STOREY);
    if (!data_rows_null(rows, row, LON)) {
        base_json_out_key(out, "lon");
        base_json_out_f64(out, data_rows_f64(rows, row, LON), 7);
        base_json_out_key(out, "lat");
        base_json_out_f64(out, data_rows_f64(rows, row, LAT), 7);
    }
    base_json_out_object_end(out);
}

static void device_json(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    base_json_out_object(out);
    text_member(out, "source", rows, row, SOURCE);
    text_member(out, "id", rows, row, NATIVE);
    text_member(out, "kind", rows, row, KIND);
    text_member(out, "name", rows, row, NAME);
    text_member(out, "state", rows, row, STATE);
    base_json_out_key(out, "appeared");
    base_json_out_bool(out, data_rows_bool(rows, row, APPEARED));
    place_json(out, rows, row);
    base_json_out_key(out, "building_gone");
    base_json_out_bool(out, data_rows_bool(rows, row, BUILDING_GONE));
    time_member(out, "first_seen", rows, row, FIRST_SEEN);
    time_member(out, "last_seen", rows, row, LAST_SEEN);
    number_member(out, "messages", rows, row, MESSAGES);
    base_json_out_object_end(out);
}

static void count_member(struct base_json_out *out, const char *key, int64_t value)
{
    base_json_out_key(out, key);
    base_json_out_i64(out, value);
}

static enum base_err list_json(const struct data_rows *rows, const struct counts *counts, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, TEXT_MAX);
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_object(&out);
    count_member(&out, "quarantined", counts->quarantined);
    count_member(&out, "appeared", counts->appeared);
    count_member(&out, "accepted", counts->accepted);
    base_json_out_key(&out, "devices");
    base_json_out_array(&out);
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        device_json(&out, rows, row);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    printf("%s\n", base_buf_cstr(&text));
    return text.err ? base_diag_set(diag, text.err, "list: too long; use --limit") : BASE_OK;
}

/* --- table --- */
static void clean(struct base_buf *buf, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        bool c1 = at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0; /* U+0080..U+009F */
        base_buf_u8(buf, *at < 0x20 || *at == 0x7F || c1 ? '?' : *at);
        at += c1;
    }
}

static void place_text(struct base_buf *buf, const struct data_rows *rows, size_t row)
{
    if (data_rows_bool(rows, row, BUILDING_GONE)) {
        base_buf_text(buf, "its building is no more");
    } else if (!data_rows_null(rows, row, LON)) {
        base_buf_printf(buf, "%.6f,%.6f", data_rows_f64(rows, row, LON), data_rows_f64(rows, row, LAT));
    } else if (data_rows_null(rows, row, BUILDING)) {
        base_buf_u8(buf, '-');
    } else {
        base_buf_printf(buf, "building %lld", (long long)data_rows_i64(rows, row, BUILDING));
        if (!data_rows_null(rows, row, STOREY)) {
            base_buf_printf(buf, " storey %lld", (long long)data_rows_i64(rows, row, STOREY));
        }
        base_buf_text(buf, " (");
        if (!data_rows_null(rows, row, BUILDING_NAME)) {
            clean(buf, data_rows_text(rows, row, BUILDING_NAME));
            base_buf_text(buf, ", ");
        }
        clean(buf, data_rows_null(rows, row, ESTATE_NAME) ? "" : data_rows_text(rows, row, ESTATE_NAME));
        base_buf_u8(buf, ')');
    }
}

static const char *state_text(const struct data_rows *rows, size_t row)
{
    const char *state = data_rows_text(rows, row, STATE);
    return strcmp(state, "accepted") == 0 && data_rows_bool(rows, row, APPEARED) ? "new" : state;
}

static void list_text(const struct data_rows *rows, const struct counts *counts)
{
    AUTO_VALUE(base_buf) native, place;
    base_buf_init(&native, 4096);
    base_buf_init(&place, 65536);
    printf("%lld quarantined%s, %lld new, %lld accepted\n", (long long)counts->quarantined,
           counts->quarantined ? " (hutong device accept)" : "", (long long)counts->appeared,
           (long long)counts->accepted);
    if (data_rows_count(rows)) {
        printf("%-16s %-32s %-10s %-12s %-25s %10s  place\n", "source", "id", "kind", "state", "last seen", "messages");
    }
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        char seen[BASE_TIME_TEXT] = "never";
        base_buf_reset(&native);
        base_buf_reset(&place);
        clean(&native, data_rows_text(rows, row, NATIVE));
        place_text(&place, rows, row);
        if (!data_rows_null(rows, row, LAST_SEEN)) {
            int64_t at = data_rows_time(rows, row, LAST_SEEN);
            base_time_out(at - at % INT64_C(1000000), seen);
        }
        printf("%-16s %-32s %-10s %-12s %-25s %10lld  %s\n", data_rows_text(rows, row, SOURCE), base_buf_cstr(&native),
               data_rows_text(rows, row, KIND), state_text(rows, row), seen,
               (long long)data_rows_i64(rows, row, MESSAGES), base_buf_cstr(&place));
    }
}

enum base_err cli_device_list(const struct base_options *given, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    struct counts counts;
    const char *source = base_option_text(given, "source");
    const char *state = base_option_text(given, "state");
    int64_t limit = base_option_int(given, "limit");
    if (state && strcmp(state, "quarantined") != 0 && strcmp(state, "accepted") != 0) {
        return base_diag_set(diag, BASE_USAGE, "list: --state %s: quarantined or accepted", state);
    }
    if (limit < 1 || limit > LIST_MAX) {
        return base_diag_set(diag, BASE_USAGE, "list: --limit: 1 to %d", LIST_MAX);
    }
    enum base_err err = count(source, conn, diag, &counts);
    if (!err) {
        err = data_run(conn, DATA_DEVICE_LIST, DATA_ARGS(data_text(source), data_text(state), data_i64(limit)), diag,
                       &rows);
    }
    if (err) {
        return err;
    }
    if (base_option_flag(given, "json")) {
        return list_json(rows, &counts, diag);
    }
    list_text(rows, &counts);
    return BASE_OK;
}
