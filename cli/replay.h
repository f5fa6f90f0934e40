/* What replay.c hands to replay_windows.c. Private to cli/. */
#ifndef HUTONG_CLI_REPLAY_H
#define HUTONG_CLI_REPLAY_H

#include "base/base.h"

/* Windows that begin in [from_us, to_us), judged again; USAGE when either is missing (INT64_MIN, INT64_MAX). */
enum base_err cli_replay_windows(const struct base_options *given, int64_t from_us, int64_t to_us,
                                 struct base_diag *diag) BASE_MUST_CHECK;

#endif
