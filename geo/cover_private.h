/* Private to geo/cover*.c: bits of a bitmap, up to 64 at a time. Bit i of a bitmap is bit 7 - i % 8 of byte i / 8, so
 * eight bytes from byte b on, read as one big-endian number, hold bits 8 b ... 8 b + 63 from its highest bit on. */
#ifndef HUTONG_GEO_COVER_PRIVATE_H
#define HUTONG_GEO_COVER_PRIVATE_H

#include "geo/geo.h"

#include <endian.h>
#include <string.h>

/* The word at a byte; the last of a bitmap of so many bytes has fewer than eight, and zeros behind them. */
static inline uint64_t geo_cover_load(const uint8_t *bits, size_t byte, size_t bytes)
{
    uint64_t word = 0;
    if (bytes - byte >= sizeof word) {
        memcpy(&word, bits + byte, sizeof word);
    } else {
        memcpy(&word, bits + byte, bytes - byte);
    }
    return be64toh(word);
}

static inline void geo_cover_store(uint8_t *bits, size_t byte, size_t bytes, uint64_t word)
{
    uint64_t stored = htobe64(word);
    if (bytes - byte >= sizeof stored) {
        memcpy(bits + byte, &stored, sizeof stored);
    } else {
        memcpy(bits + byte, &stored, bytes - byte);
    }
}

/* The number of bits set; without the instruction, which not every machine has (Hacker's Delight, 5-1). */
static inline uint32_t geo_cover_ones(uint64_t word)
{
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (uint32_t)(word * UINT64_C(0x0101010101010101) >> 56);
}

/* The first cell whose middle is not before a way of so many cells from the grid's edge, within 0 ... most. */
static inline int64_t geo_cover_first(double cells, int64_t most)
{
    double at = cells - 0.5;
    if (!(at > 0)) {
        return 0;
    }
    if (at >= (double)most) {
        return most;
    }
    int64_t whole = (int64_t)at;
    return whole + ((double)whole < at);
}

#endif
