/* Any bytes as a filter in JSON, with a schema and without; what is read must survive being written. */
#include "fuzz_geo_cql2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_str input = {(const char *)data, size};
    fuzz_filter(geo_cql2_json_in, input, &fuzz_schema);
    fuzz_filter(geo_cql2_json_in, input, NULL);
    return 0;
}
