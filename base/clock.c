/* The two clocks: real time for facts, monotonic time for time-outs. */
#include "base/base.h"

#include <time.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t base_clock_now_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t base_clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}
