/* Stands in until mappings are there: no model is known. */
#include "sensors/decode_private.h"

enum base_err sensors_mapping_inside(struct sensors_decoding *decoding, const struct sensors_inside *inside,
                                     const struct base_json *object, const struct sensors_event *like,
                                     const struct sensors_identity *identity, bool *ret_known)
{
    (void)decoding, (void)inside, (void)object, (void)like, (void)identity;
    *ret_known = false;
    return BASE_OK;
}
