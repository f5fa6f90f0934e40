/* What was said in a dispute: of its report title, text and place, of its steps the notes, locked where they are
 * written and opened for who handles it. */
#include "incident/private.h"

#include <string.h>

enum { LOCKED_MAX = 1 << 18 };

bool incident_words_sealed(const char *procedure)
{
    return strcmp(procedure, "dispute") == 0;
}

/* --- locked --- */

static void text_out(struct base_json_out *out, const char *key, struct base_str text)
{
    if (text.len) {
        base_json_out_key(out, key);
        base_json_out_str(out, text);
    }
}

static void number_out(struct base_json_out *out, const char *key, struct data_arg number)
{
    if (number.type != DATA_ARG_NULL) {
        base_json_out_key(out, key);
        if (number.type == DATA_ARG_F64) {
            base_json_out_f64(out, number.f64, 7);
        } else {
            base_json_out_i64(out, number.i64);
        }
    }
}

enum base_err incident_words_report(const struct incident_report *report, int64_t id, const struct incident_said *said,
                                    struct base_diag *diag, struct base_buf *locked)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, LOCKED_MAX);
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_object(&out);
    text_out(&out, "title", base_buf_str(&said->title));
    text_out(&out, "text", base_buf_str(&said->note));
    number_out(&out, "building_id", report->building_id);
    number_out(&out, "storey", report->storey);
    number_out(&out, "device_id", report->device_id);
    number_out(&out, "lon", report->lon);
    number_out(&out, "lat", report->lat);
    base_json_out_object_end(&out);
    const struct incident_sealing sealing = {report->seal, report->estate_id, id, "words"};
    return incident_seal_lock(&sealing, base_buf_str(&text), diag, locked);
}

enum base_err incident_words_note(const struct incident_act *act, const char *note, struct base_diag *diag,
                                  struct base_buf *locked)
{
    const struct incident_sealing sealing = {act->seal, act->estate_id, act->id, "words"};
    return incident_seal_lock(&sealing, base_str_of(note), diag, locked);
}

/* --- opened --- */

/* Columns of incident_words. */
enum { PROCEDURE, STEP_ID, STEP, LOCKED };

static bool is_report(const struct data_rows *rows, size_t row)
{
    return strcmp(data_rows_text(rows, row, STEP), "report") == 0;
}

static enum base_err step_out(const struct incident_sealing *sealing, const struct data_rows *rows, size_t row,
                              struct base_diag *diag, struct base_json_out *out)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, LOCKED_MAX);
    enum base_err err = incident_seal_unlock(sealing, data_rows_bytes(rows, row, LOCKED), diag, &text);
    if (!err && is_report(rows, row)) {
        base_json_out_raw(out, base_buf_str(&text));
    } else if (!err) {
        base_json_out_object(out);
        base_json_out_key(out, "id");
        base_json_out_i64(out, data_rows_i64(rows, row, STEP_ID));
        base_json_out_key(out, "step");
        base_json_out_text(out, data_rows_text(rows, row, STEP));
        base_json_out_key(out, "note");
        base_json_out_str(out, base_buf_str(&text));
        base_json_out_object_end(out);
    }
    return err;
}

enum base_err incident_words_out(struct data_conn *conn, const struct base_key *seal, int64_t estate_id, int64_t id,
                                 struct base_diag *diag, struct base_json_out *out)
{
    AUTO(data_rows) rows = NULL;
    const struct incident_sealing sealing = {seal, estate_id, id, "words"};
    size_t row = 0;
    enum base_err err = data_run(conn, DATA_INCIDENT_WORDS, DATA_ARGS(data_i64(estate_id), data_i64(id)), diag, &rows);
    if (err || data_rows_count(rows) == 0) {
        return err ? err : base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
    }
    if (!incident_words_sealed(data_rows_text(rows, 0, PROCEDURE))) {
        return base_diag_set(diag, BASE_CONFLICT, "the incident is no dispute: its words stand in it");
    }
    base_json_out_object(out);
    if (!data_rows_null(rows, 0, LOCKED) && is_report(rows, 0)) {
        base_json_out_key(out, "report");
        err = step_out(&sealing, rows, row++, diag, out);
    }
    base_json_out_key(out, "steps");
    base_json_out_array(out);
    for (; row < data_rows_count(rows) && !err && !data_rows_null(rows, row, LOCKED); row++) {
        err = step_out(&sealing, rows, row, diag, out);
    }
    base_json_out_array_end(out);
    base_json_out_object_end(out);
    return err;
}
