/* hutong replay --from T --to T: windows of duties, judged again. */
#include "cli/cli.h"
#include "cli/replay.h"
#include "duty/duty.h"

#include <signal.h>

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void show(void *at, int64_t done, int64_t total)
{
    struct base_progress *progress = at;
    progress->total = total;
    base_progress_at(progress, done);
}

static void print(const struct duty_replay *replay, bool json)
{
    if (json) {
        printf("{\"verdicts\":%lld,\"changed\":%lld,\"sha256\":\"%s\"}\n", (long long)replay->windows,
               (long long)replay->changed, replay->digest);
    } else {
        printf("%lld verdicts, %lld came out otherwise\nsha256 %s\n", (long long)replay->windows,
               (long long)replay->changed, replay->digest);
    }
}

enum base_err cli_replay_windows(const struct base_options *given, int64_t from_us, int64_t to_us,
                                 struct base_diag *diag)
{
    if (from_us == INT64_MIN || to_us == INT64_MAX || from_us >= to_us) {
        return base_diag_set(diag, BASE_USAGE,
                             "which windows? --from TIME --to TIME (the end excluded); or --dead for dead letters");
    }
    struct base_progress progress;
    struct duty_replay replay = {.windows = 0};
    const struct duty_replay_options options = {.from_us = from_us,
                                                .to_us = to_us,
                                                .look = base_option_flag(given, "digest"),
                                                .stop = &stop,
                                                .progress = show,
                                                .progress_at = &progress};
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    base_progress_begin(&progress, "replay", 0);
    enum base_err err = duty_replay_run(&options, diag, &replay);
    base_progress_end(&progress);
    if (!err) {
        print(&replay, base_option_flag(given, "json"));
    }
    return err;
}
