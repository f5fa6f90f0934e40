/* Any bytes through the XML reader: what comes out must be texts that JSON can hold. And as a text through the writer:
 * the reader takes what it writes. */
#include "base/base.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(const uint8_t *data, size_t size)
{
    AUTO(base_json) json = NULL;
    AUTO_VALUE(base_buf) buf;
    struct base_diag diag;
    base_buf_init(&buf, BASE_DOCUMENT_MAX);
    struct base_xml_out out = base_xml_out_of(&buf);
    base_xml_out_open(&out, "a", NULL);
    base_xml_out_str(&out, "b", (struct base_str){(const char *)data, size});
    base_xml_out_close(&out);
    if (!buf.err && base_xml_in_parse(buf.data, buf.len, &diag, &json)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    write_and_read(data, size);
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
