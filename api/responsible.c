/* GET /api/buildings/{id}/responsible?at=: who answers for a building at a moment, the nearest first. */
#include "api/dossier.h"

/* Columns of responsible_list. */
enum {
    PART,
    KIND,
    AT,
    LEVEL,
    ID,
    CODE,
    LABEL,
    LABEL_EN,
    ORGANISATION_ID,
    ORGANISATION_CODE,
    ORGANISATION,
    ORGANISATION_EN,
    VALID_FROM,
    VALID_TO,
    SERVICE_GRADE,
    FEE_PER_M2,
    CONTRACT,
    CONTRACT_TO
};

static void one(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_text(&at, "part", PART);
    api_json_text(&at, "kind", KIND);
    api_json_text(&at, "at", AT);
    api_json_i64(&at, "level", LEVEL);
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "code", CODE);
    api_json_text(&at, "label", LABEL);
    api_json_text(&at, "label_en", LABEL_EN);
    api_json_i64(&at, "organisation_id", ORGANISATION_ID);
    api_json_text(&at, "organisation_code", ORGANISATION_CODE);
    api_json_text(&at, "organisation", ORGANISATION);
    api_json_text(&at, "organisation_en", ORGANISATION_EN);
    api_json_time(&at, "valid_from", VALID_FROM);
    api_json_time(&at, "valid_to", VALID_TO);
    api_json_text(&at, "service_grade", SERVICE_GRADE);
    api_json_f64(&at, "fee_per_m2", FEE_PER_M2, 2);
    api_json_text(&at, "contract", CONTRACT);
    api_json_time(&at, "contract_to", CONTRACT_TO);
    base_json_out_object_end(out);
}

void api_responsible_out(struct base_json_out *out, const struct data_rows *rows)
{
    base_json_out_array(out);
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        one(out, rows, i);
    }
    base_json_out_array_end(out);
}

static void answer(struct api_call *call, int64_t at_us, const struct data_rows *rows)
{
    struct base_json_out out = api_answer_json(call);
    base_json_out_object(&out);
    base_json_out_key(&out, "at");
    base_json_out_time(&out, at_us);
    base_json_out_key(&out, "responsible");
    api_responsible_out(&out, rows);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
}

static enum base_err estate_of(struct data_conn *conn, int64_t building_id, struct base_diag *diag,
                               int64_t *ret_estate_id)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_RESPONSIBLE_ESTATE, DATA_ARGS(data_i64(building_id)), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no building %lld", (long long)building_id);
    }
    if (!err) {
        *ret_estate_id = data_rows_i64(rows, 0, 0);
    }
    return err;
}

enum base_err api_responsible_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    int64_t ids[API_CAPTURES_MAX], estate_id = 0, at_us = 0;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_path(call, 1, diag, ids);
    err = err ? err : api_query_time(call, "at", base_clock_now_us(), diag, &at_us);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err : estate_of(conn, ids[0], diag, &estate_id);
    err = err ? err
              : data_run(conn, DATA_RESPONSIBLE_LIST,
                         DATA_ARGS(data_i64(estate_id), data_i64(ids[0]), data_time(at_us)), diag, &rows);
    if (!err) {
        answer(call, at_us, rows);
    }
    return err;
}
