/* How long facts are kept, read from the options. */
#include "cli/keep.h"

enum base_err cli_keep_read(const struct base_options *given, struct base_diag *diag, struct data_keeps *ret_keeps)
{
    static const struct {
        const char *option, *environment;
    } names[] = {
#define KEEP_NAMES(constant, option, environment, usual, text) {option, environment},
        DATA_KEEPS(KEEP_NAMES)
#undef KEEP_NAMES
    };
    struct data_keeps keeps = {.us = {0}};
    for (size_t i = 0; i < DATA_KEEP_COUNT; i++) {
        keeps.us[i] = base_option_span_us(given, names[i].option);
        if (keeps.us[i] < DATA_KEEP_LEAST_US || keeps.us[i] > DATA_KEEP_MOST_US) {
            return base_diag_set(diag, BASE_USAGE, "--%s (%s): from 1d to 36500d", names[i].option,
                                 names[i].environment);
        }
    }
    *ret_keeps = keeps;
    return BASE_OK;
}
