/* What every dossier has, one or a thousand at once: what the building is, its indicators, duties and incidents. */
#include "api/dossier.h"

#define EACH_BYTES 64 /* of an array: header and length of an item are less */

/* Columns of dossier_duties. */
enum {
    DUTY_BUILDING,
    DUTY_ID,
    DUTY_KEY,
    DUTY_NAME,
    DUTY_NAME_EN,
    ORGANISATION_ID,
    ORGANISATION,
    ORGANISATION_EN,
    MET,
    MISSED,
    UNKNOWN,
    WAIVED,
    UNDECIDED,
    T_FROM,
    T_TO,
    VERDICT
};

/* Columns of dossier_incidents; of dossier_tally. */
enum { INCIDENT_BUILDING, INCIDENT_ID, CATEGORY, CATEGORY_NAME, CATEGORY_NAME_EN, SEVERITY, STATE, TITLE, REPORTED_AT };
enum { TALLY_BUILDING, TALLY_CATEGORY, TALLY_NAME, TALLY_NAME_EN, TALLY_STATE, TALLY_COUNT };

/* --- reading --- */

void api_dossier_parts_release(struct api_dossier_parts *parts)
{
    data_rows_free(parts->what);
    api_indicators_release(&parts->indicators);
    data_rows_free(parts->duties);
    data_rows_free(parts->incidents);
    data_rows_free(parts->tally);
}

/* Of the rows that were found: whatever is asked next is asked by estate and id, which are its keys. */
static void column_in(struct base_buf *array, const struct data_rows *rows, int column)
{
    data_array_begin(array, DATA_ARRAY_I64, data_rows_count(rows));
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        data_array_i64(array, data_rows_i64(rows, row, column));
    }
}

static enum base_err read_lists(struct data_conn *conn, const struct api_dossier_when *when, struct base_str estates,
                                struct base_str ids, struct base_diag *diag, struct api_dossier_parts *parts)
{
    const struct data_arg known = api_dossier_known(when), from = data_time(when->from_us), to = data_time(when->to_us);
    enum base_err err =
        data_run(conn, DATA_DOSSIER_DUTIES, DATA_ARGS(data_bytes(estates), data_bytes(ids), from, to, known), diag,
                 &parts->duties);
    err = err ? err
              : data_run(conn, DATA_DOSSIER_INCIDENTS,
                         DATA_ARGS(data_bytes(estates), data_bytes(ids), data_time(when->at_us), known), diag,
                         &parts->incidents);
    return err ? err
               : data_run(conn, DATA_DOSSIER_TALLY, DATA_ARGS(data_bytes(estates), data_bytes(ids), from, to, known),
                          diag, &parts->tally);
}

enum base_err api_dossier_parts_read(struct data_conn *conn, const struct api_dossier_when *when, const int64_t *ids,
                                     size_t count, struct base_diag *diag, struct api_dossier_parts *parts)
{
    AUTO_VALUE(base_buf) asked;
    AUTO_VALUE(base_buf) estates;
    base_buf_init(&asked, (count + 1) * EACH_BYTES);
    base_buf_init(&estates, (count + 1) * EACH_BYTES);
    data_array_begin(&asked, DATA_ARRAY_I64, count);
    for (size_t i = 0; i < count; i++) {
        data_array_i64(&asked, ids[i]);
    }
    enum base_err err =
        asked.err ? base_diag_set(diag, BASE_NOMEM, "out of memory")
                  : data_run(conn, DATA_DOSSIER_BUILDING,
                             DATA_ARGS(data_bytes(base_buf_str(&asked)), data_time(when->at_us)), diag, &parts->what);
    if (err) {
        return err;
    }
    column_in(&asked, parts->what, API_DOSSIER_ID);
    column_in(&estates, parts->what, API_DOSSIER_ESTATE_ID);
    if (asked.err || estates.err) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    err = api_indicator_read(conn, when, base_buf_str(&asked), diag, &parts->indicators);
    return err ? err : read_lists(conn, when, base_buf_str(&estates), base_buf_str(&asked), diag, parts);
}

/* --- writing --- */

static void codes(struct base_json_out *out, struct base_str lines)
{
    struct base_str code;
    base_json_out_key(out, "codes");
    base_json_out_array(out);
    while (lines.len && base_str_next(&lines, '\n', &code)) {
        base_json_out_str(out, code);
    }
    base_json_out_array_end(out);
}

static void building(const struct api_json_row *at)
{
    base_json_out_key(at->out, "building");
    base_json_out_object(at->out);
    api_json_i64(at, "id", API_DOSSIER_ID);
    api_json_text(at, "name", API_DOSSIER_NAME);
    api_json_text(at, "name_en", API_DOSSIER_NAME_EN);
    codes(at->out, data_rows_bytes(at->rows, at->row, API_DOSSIER_CODES));
    api_json_i64(at, "levels", API_DOSSIER_LEVELS);
    api_json_text(at, "levels_source", API_DOSSIER_LEVELS_SOURCE);
    api_json_f64(at, "height_m", API_DOSSIER_HEIGHT_M, 2);
    api_json_text(at, "height_source", API_DOSSIER_HEIGHT_SOURCE);
    api_json_f64(at, "area_m2", API_DOSSIER_AREA_M2, 1);
    api_json_i64(at, "dwellings", API_DOSSIER_DWELLINGS);
    api_json_i64(at, "year_built", API_DOSSIER_YEAR_BUILT);
    api_json_text(at, "use", API_DOSSIER_USE);
    api_json_f64(at, "lon", API_DOSSIER_LON, 7);
    api_json_f64(at, "lat", API_DOSSIER_LAT, 7);
    base_json_out_object_end(at->out);
}

static void estate(const struct api_json_row *at)
{
    base_json_out_key(at->out, "estate");
    base_json_out_object(at->out);
    api_json_i64(at, "id", API_DOSSIER_ESTATE_ID);
    api_json_text(at, "name", API_DOSSIER_ESTATE_NAME);
    api_json_text(at, "name_en", API_DOSSIER_ESTATE_NAME_EN);
    api_json_text(at, "management_type", API_DOSSIER_MANAGEMENT_TYPE);
    base_json_out_object_end(at->out);
}

static void verdict(const struct api_json_row *at, int64_t estate_id)
{
    char href[200], from[BASE_TIME_TEXT];
    base_json_out_key(at->out, "newest");
    base_json_out_object(at->out);
    api_json_time(at, "t_from", T_FROM);
    api_json_time(at, "t_to", T_TO);
    api_json_text(at, "verdict", VERDICT);
    snprintf(href, sizeof href, "/api/verdicts/%lld/%lld/%lld/%s", (long long)estate_id,
             (long long)data_rows_i64(at->rows, at->row, DUTY_ID),
             (long long)data_rows_i64(at->rows, at->row, DUTY_BUILDING),
             base_time_out(data_rows_time(at->rows, at->row, T_FROM), from));
    base_json_out_key(at->out, "evidence");
    base_json_out_text(at->out, href);
    base_json_out_object_end(at->out);
}

static void duty(const struct api_json_row *at, const struct api_dossier_when *when, int64_t estate_id)
{
    base_json_out_object(at->out);
    api_json_i64(at, "id", DUTY_ID);
    api_json_text(at, "key", DUTY_KEY);
    api_json_text(at, "name", DUTY_NAME);
    api_json_text(at, "name_en", DUTY_NAME_EN);
    api_json_i64(at, "organisation_id", ORGANISATION_ID);
    api_json_text(at, "organisation", ORGANISATION);
    api_json_text(at, "organisation_en", ORGANISATION_EN);
    api_json_i64(at, "met", MET);
    api_json_i64(at, "missed", MISSED);
    api_json_i64(at, "unknown", UNKNOWN);
    api_json_i64(at, "waived", WAIVED);
    api_json_i64(at, "undecided", UNDECIDED);
    if (!data_rows_null(at->rows, at->row, VERDICT)) {
        verdict(at, estate_id);
    }
    api_indicator_evidence(at->out, API_EVIDENCE_WINDOWS, estate_id, data_rows_i64(at->rows, at->row, DUTY_BUILDING),
                           when->from_us, when->to_us);
    base_json_out_object_end(at->out);
}

/* Is the row at *at about that building? They come in the order of the buildings. */
static bool about(const struct data_rows *rows, size_t at, int64_t building_id)
{
    return at < data_rows_count(rows) && data_rows_i64(rows, at, 0) == building_id;
}

static void duties(struct base_json_out *out, const struct api_dossier_when *when, struct api_dossier_parts *parts,
                   int64_t estate_id, int64_t building_id)
{
    base_json_out_key(out, "duties");
    base_json_out_array(out);
    for (; about(parts->duties, parts->duty, building_id); parts->duty++) {
        duty(&(struct api_json_row){out, parts->duties, parts->duty}, when, estate_id);
    }
    base_json_out_array_end(out);
}

static void incident(const struct api_json_row *at, int64_t estate_id)
{
    char href[100];
    base_json_out_object(at->out);
    api_json_i64(at, "id", INCIDENT_ID);
    api_json_text(at, "category", CATEGORY);
    api_json_text(at, "category_name", CATEGORY_NAME);
    api_json_text(at, "category_name_en", CATEGORY_NAME_EN);
    api_json_text(at, "severity", SEVERITY);
    api_json_text(at, "state", STATE);
    api_json_text(at, "title", TITLE);
    api_json_time(at, "reported_at", REPORTED_AT);
    snprintf(href, sizeof href, "/api/incidents/%lld/%lld", (long long)estate_id,
             (long long)data_rows_i64(at->rows, at->row, INCIDENT_ID));
    base_json_out_key(at->out, "evidence");
    base_json_out_text(at->out, href);
    base_json_out_object_end(at->out);
}

static void tally(const struct api_json_row *at)
{
    base_json_out_object(at->out);
    api_json_text(at, "category", TALLY_CATEGORY);
    api_json_text(at, "category_name", TALLY_NAME);
    api_json_text(at, "category_name_en", TALLY_NAME_EN);
    api_json_text(at, "state", TALLY_STATE);
    api_json_i64(at, "count", TALLY_COUNT);
    base_json_out_object_end(at->out);
}

static void incidents(struct base_json_out *out, const struct api_dossier_when *when, struct api_dossier_parts *parts,
                      int64_t estate_id, int64_t building_id)
{
    base_json_out_key(out, "incidents");
    base_json_out_object(out);
    base_json_out_key(out, "open");
    base_json_out_array(out);
    for (; about(parts->incidents, parts->incident, building_id); parts->incident++) {
        incident(&(struct api_json_row){out, parts->incidents, parts->incident}, estate_id);
    }
    base_json_out_array_end(out);
    base_json_out_key(out, "reported");
    base_json_out_array(out);
    for (; about(parts->tally, parts->count, building_id); parts->count++) {
        tally(&(struct api_json_row){out, parts->tally, parts->count});
    }
    base_json_out_array_end(out);
    api_indicator_evidence(out, API_EVIDENCE_INCIDENTS, estate_id, building_id, when->from_us, when->to_us);
    base_json_out_object_end(out);
}

void api_dossier_parts_out(struct base_json_out *out, const struct api_dossier_when *when,
                           const struct data_scope *scope, struct api_dossier_parts *parts, size_t row)
{
    const struct api_json_row at = {out, parts->what, row};
    int64_t id = data_rows_i64(parts->what, row, API_DOSSIER_ID);
    int64_t estate_id = data_rows_i64(parts->what, row, API_DOSSIER_ESTATE_ID);
    building(&at);
    estate(&at);
    api_indicator_out(out, when, scope, &parts->indicators, row);
    if (data_scope_holds(scope, DATA_LOOK_RECORD, estate_id)) {
        duties(out, when, parts, estate_id, id);
    }
    if (data_scope_holds(scope, DATA_LOOK_INCIDENT, estate_id)) {
        incidents(out, when, parts, estate_id, id);
    }
}
