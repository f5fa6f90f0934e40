/* One line per member in the handlers: key, column, and nothing when the column is null. */
#include "api/json.h"

static bool begun(const struct api_json_row *at, const char *key, int column)
{
    if (data_rows_null(at->rows, at->row, column)) {
        return false;
    }
    base_json_out_key(at->out, key);
    return true;
}

void api_json_text(const struct api_json_row *at, const char *key, int column)
{
    if (begun(at, key, column)) {
        base_json_out_str(at->out, data_rows_bytes(at->rows, at->row, column));
    }
}

void api_json_i64(const struct api_json_row *at, const char *key, int column)
{
    if (begun(at, key, column)) {
        base_json_out_i64(at->out, data_rows_i64(at->rows, at->row, column));
    }
}

void api_json_f64(const struct api_json_row *at, const char *key, int column, int decimals)
{
    if (begun(at, key, column)) {
        base_json_out_f64(at->out, data_rows_f64(at->rows, at->row, column), decimals);
    }
}

void api_json_bool(const struct api_json_row *at, const char *key, int column)
{
    if (begun(at, key, column)) {
        base_json_out_bool(at->out, data_rows_bool(at->rows, at->row, column));
    }
}

void api_json_time(const struct api_json_row *at, const char *key, int column)
{
    if (begun(at, key, column)) {
        base_json_out_time(at->out, data_rows_time(at->rows, at->row, column));
    }
}
