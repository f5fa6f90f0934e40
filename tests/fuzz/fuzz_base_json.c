/* Any bytes through the JSON reader; every text that comes out is written again and must read back equal. */
#include "base/base.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_back(const struct base_json *json)
{
    struct base_str text, again;
    if (!base_json_in_text(json, &text)) {
        return;
    }
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    struct base_json_out out = base_json_out_of(&buf);
    base_json_out_str(&out, text);
    AUTO(base_json) back = NULL;
    if (base_json_in_parse(buf.data, buf.len, NULL, &back) || !base_json_in_text(back, &again) ||
        !base_str_equal(text, again)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(base_json) json = NULL;
    struct base_diag diag;
    if (base_json_in_parse(data, size, &diag, &json)) {
        return 0;
    }
    write_back(json);
    for (size_t i = 0; i < base_json_in_size(json); i++) {
        write_back(base_json_in_at(json, i));
    }
    double real;
    int64_t whole;
    (void)base_json_in_f64(base_json_in_get(json, "lat"), &real);
    (void)base_json_in_i64(base_json_in_get(json, "tst"), &whole);
    return 0;
}
