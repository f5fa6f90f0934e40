/* The request target (RFC 9112, 3.2), taken apart strictly. Private to api/ (and its tests and fuzz target). */
#ifndef HUTONG_API_TARGET_H
#define HUTONG_API_TARGET_H

#include "base/base.h"

enum { API_TARGET_MAX = 8192, API_SEGMENTS_MAX = 12, API_PARAMS_MAX = 16 };

struct api_param {
    struct base_str name, value;
};

struct api_target {
    struct base_str path; /* decoded, begins with '/' */
    struct base_str segments[API_SEGMENTS_MAX];
    size_t segment_count; /* "/" has one, empty */
    struct api_param params[API_PARAMS_MAX];
    size_t param_count;
};

/* Percent-decodes into the arena. INVALID: not a path, a broken escape, not UTF-8, a NUL or an encoded slash, a
 * parameter given twice; LIMIT: too long, too many segments or parameters. */
enum base_err api_target_in(struct base_str raw, struct base_arena *arena, struct base_diag *diag,
                            struct api_target *ret_target) BASE_MUST_CHECK;
/* NULL .at when it is not given. */
struct base_str api_target_param(const struct api_target *target, const char *name);

#endif
