/* Any bytes through the XML reader: what comes out must be texts that JSON can hold. */
#include "base/base.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(base_json) json = NULL;
    struct base_diag diag;
    struct base_str text;
    if (base_xml_in_parse(data, size, &diag, &json)) {
        if (json || !base_str_utf8(base_str_of(diag.text))) {
            abort();
        }
        return 0;
    }
    if (!base_json_in_is_object(json) || base_json_in_size(json) != 1) {
        abort();
    }
    if (base_json_in_text(base_json_in_get(json, "a"), &text) && !base_str_utf8(text)) {
        abort();
    }
    return 0;
}
