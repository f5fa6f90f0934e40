#include "sensors/sensors.h"
__attribute__((weak)) enum base_err sensors_mappings_load(const char *dir, struct base_diag *diag,
                                                          struct sensors_mappings **r)
{
    (void)dir;
    (void)diag;
    *r = NULL;
    return BASE_OK;
}
__attribute__((weak)) void sensors_mappings_free(struct sensors_mappings *m)
{
    (void)m;
}
__attribute__((weak)) const struct sensors_format *sensors_mappings_find(const struct sensors_mappings *m,
                                                                         struct base_str n)
{
    (void)m;
    (void)n;
    return NULL;
}
