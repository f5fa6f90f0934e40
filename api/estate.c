/* GET /api/estates: those of the caller's scope. */
#include "api/json.h"
#include "api/private.h"

/* Columns of estate_list. */
enum { ID, NAME, NAME_EN, MANAGEMENT_TYPE, TZ, LON, LAT, WEST, SOUTH, EAST, NORTH, BUILDINGS, UNITS };

static void estate(struct base_json_out *out, const struct data_scope *scope, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "name", NAME);
    api_json_text(&at, "name_en", NAME_EN);
    api_json_text(&at, "management_type", MANAGEMENT_TYPE);
    api_json_text(&at, "tz", TZ);
    api_json_f64(&at, "lon", LON, 7);
    api_json_f64(&at, "lat", LAT, 7);
    base_json_out_key(out, "bbox");
    base_json_out_array(out);
    for (int column = WEST; column <= NORTH; column++) {
        base_json_out_f64(out, data_rows_f64(rows, row, column), 7);
    }
    base_json_out_array_end(out);
    api_json_i64(&at, "buildings", BUILDINGS);
    if (data_scope_holds(scope, DATA_LOOK_UNIT, data_rows_i64(rows, row, ID))) {
        api_json_i64(&at, "units", UNITS);
    }
    base_json_out_object_end(out);
}

enum base_err api_estate_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err : data_run(conn, DATA_ESTATE_LIST, DATA_NO_ARGS, diag, &rows);
    if (err) {
        return err;
    }
    struct base_json_out out = api_answer_json(call);
    base_json_out_object(&out);
    base_json_out_key(&out, "estates");
    base_json_out_array(&out);
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        estate(&out, call->identity->scope, rows, i);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
    return BASE_OK;
}
