/* Any bytes through the CBOR reader: what comes out must be what JSON can hold. */
#include "base/base.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct base_json *json)
{
    struct base_str text;
    if (base_json_in_text(json, &text) && !base_str_utf8(text)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(base_json) json = NULL;
    struct base_diag diag;
    if (base_cbor_in_parse(data, size, &diag, &json)) {
        if (json || !base_str_utf8(base_str_of(diag.text))) {
            abort();
        }
        return 0;
    }
    look(json);
    look(base_json_in_get(json, "0"));
    for (size_t i = 0; i < base_json_in_size(json); i++) {
        look(base_json_in_at(json, i));
    }
    return 0;
}
