/* Measures as they were written: our own bytes, without blanks and with every quote of an outside text escaped, so
 * that a name is found by its bytes and nothing need be parsed. */
#include "sensors/sensors.h"

#include <math.h>
#include <string.h>

/* Behind `"name":{"value":`; NULL: there is none. A name of others that ends in one of ours has its quote escaped. */
static const char *find(struct base_str measures, struct base_str wanted)
{
    const char *end = measures.at + measures.len;
    const char *at = memmem(measures.at, measures.len, wanted.at, wanted.len);
    while (at && (at == measures.at || (at[-1] != '{' && at[-1] != ','))) {
        at = memmem(at + 1, (size_t)(end - at - 1), wanted.at, wanted.len);
    }
    return at ? at + wanted.len : NULL;
}

double sensors_measures_value(struct base_str measures, const char *name)
{
    static const char behind[] = "\":{\"value\":";
    char wanted[96] = {'"'};
    double value = NAN;
    size_t len = strlen(name);
    if (measures.len == 0 || len + 1 + sizeof behind > sizeof wanted) {
        return NAN;
    }
    memcpy(mempcpy(wanted + 1, name, len), behind, sizeof behind);
    const char *at = find(measures, (struct base_str){wanted, len + sizeof behind});
    const char *end = at ? memchr(at, ',', (size_t)(measures.at + measures.len - at)) : NULL;
    return end && base_str_f64((struct base_str){at, (size_t)(end - at)}, &value) ? value : NAN;
}
