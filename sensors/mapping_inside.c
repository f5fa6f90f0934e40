/* What a LoRaWAN payload means, by the device's brand and model: the envelope is the network's, its inside the maker's.
 */
#include "sensors/mapping.h"

#include <string.h>

static bool of_format(const struct sensors_mapping *mapping, const char *format)
{
    for (size_t i = 0; i < mapping->inside_count; i++) {
        if (base_str_is(mapping->insides[i], format)) {
            return true;
        }
    }
    return false;
}

static enum base_err apply(struct mapping_run *run, const struct sensors_mapping *mapping, bool *ret_known)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < mapping->case_count && !err && !*ret_known; i++) {
        const struct mapping_case *one = &mapping->cases[i];
        if (!sensors_mapping_test(run, &one->whens)) {
            continue;
        }
        err = sensors_mapping_run_case(run, one);
        *ret_known = !err && (run->held || (!run->unheld && !run->mistook));
    }
    return err;
}

enum base_err sensors_mapping_inside(struct sensors_decoding *decoding, const struct sensors_inside *inside,
                                     const struct base_json *object, const struct sensors_event *like,
                                     const struct sensors_identity *identity, bool *ret_known)
{
    const struct sensors_mappings *mappings = decoding->message->mappings;
    const struct mapping_datum whole = sensors_mapping_read_node(object);
    struct mapping_run run = {.decoding = decoding, .inside = inside, .like = like, .identity = identity};
    const struct sensors_mapping *mapping;
    enum base_err err = BASE_OK;
    *ret_known = false;
    run.whole = run.here = whole;
    for (size_t i = 0; (mapping = sensors_mappings_inside(mappings, i)) && !err && !*ret_known; i++) {
        if (of_format(mapping, inside->format)) {
            err = apply(&run, mapping, ret_known);
            run.here = whole;
        }
    }
    sensors_decode_redact(decoding, run.redacted);
    sensors_mapping_run_release(&run);
    return err;
}
