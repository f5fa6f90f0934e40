/* A progress bar on a terminal; silence in logs and pipes. */
#include "base/base.h"

#include <unistd.h>

enum { REDRAW_US = 100000, WIDTH = 28 };

void base_progress_begin(struct base_progress *progress, const char *label, int64_t total)
{
    *progress = (struct base_progress){.label = label, .total = total, .terminal = isatty(STDERR_FILENO)};
}

void base_progress_at(struct base_progress *progress, int64_t done)
{
    int64_t now = base_clock_mono_us();
    if (!progress->terminal || now - progress->drawn_us < REDRAW_US) {
        return;
    }
    progress->drawn_us = now;
    if (progress->total <= 0) {
        fprintf(stderr, "\r%s %lld", progress->label, (long long)done);
        return;
    }
    int64_t capped = done < progress->total ? done : progress->total;
    int filled = (int)(capped * WIDTH / progress->total);
    fprintf(stderr, "\r%s [%.*s%.*s] %lld %%", progress->label, filled, "############################", WIDTH - filled,
            "............................", (long long)(capped * 100 / progress->total));
}

void base_progress_end(struct base_progress *progress)
{
    if (progress->terminal && progress->drawn_us) {
        fputs("\r\033[K", stderr);
    }
}
