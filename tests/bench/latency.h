/* Times that were taken many times, in order and printed. Ownership  the array is put in order in place. Threads: any.
 */
#ifndef HUTONG_TESTS_BENCH_LATENCY_H
#define HUTONG_TESTS_BENCH_LATENCY_H

#include <stdio.h>
#include <stdlib.h>

static inline int latency_by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline void latency_print(const char *name, double *took_ms, size_t count)
{
    qsort(took_ms, count, sizeof took_ms[0], latency_by_size);
    printf("bench %s_p50 %.2f ms\nbench %s_p99 %.2f ms\n", name, took_ms[count / 2], name, took_ms[count * 99 / 100]);
    fflush(stdout);
}

#endif
