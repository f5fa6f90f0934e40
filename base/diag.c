/* The sentence that travels with an error code, so that libraries can explain without logging. */
#include "base/base.h"

#include <string.h>

enum base_err base_diag_set(struct base_diag *diag, enum base_err err, const char *format, ...)
{
    if (diag) {
        va_list args;
        va_start(args, format);
        vsnprintf(diag->text, sizeof diag->text, format, args);
        va_end(args);
    }
    return err;
}

enum base_err base_diag_prefix(struct base_diag *diag, enum base_err err, const char *format, ...)
{
    if (diag) {
        char sentence[sizeof diag->text];
        memcpy(sentence, diag->text, sizeof sentence);
        va_list args;
        va_start(args, format);
        int len = vsnprintf(diag->text, sizeof diag->text, format, args);
        va_end(args);
        if (len >= 0 && (size_t)len < sizeof diag->text) {
            snprintf(diag->text + len, sizeof diag->text - (size_t)len, ": %s", sentence);
        }
    }
    return err;
}
