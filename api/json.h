/* Members from columns; what has no value is left out. Private to api/. */
#ifndef HUTONG_API_JSON_H
#define HUTONG_API_JSON_H

#include "data/data.h"

struct api_json_row {
    struct base_json_out *out;
    const struct data_rows *rows;
    size_t row;
};

void api_json_text(const struct api_json_row *at, const char *key, int column);
void api_json_i64(const struct api_json_row *at, const char *key, int column);
void api_json_f64(const struct api_json_row *at, const char *key, int column, int decimals);
void api_json_bool(const struct api_json_row *at, const char *key, int column);
void api_json_time(const struct api_json_row *at, const char *key, int column);

#endif
