/* seeded: a small random source whose numbers depend on the seed alone, so that demo data is the same everywhere.
 * SplitMix64: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
#ifndef HUTONG_SENSORS_SEEDED_H
#define HUTONG_SENSORS_SEEDED_H

#include <stdint.h>

struct sensors_seeded {
    uint64_t state;
};

static inline uint64_t sensors_seeded_next(struct sensors_seeded *seeded)
{
    seeded->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = seeded->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* A stream of its own for part number `part`, so that one part's draws never shift another's. */
static inline struct sensors_seeded sensors_seeded_of(uint64_t seed, uint64_t part)
{
    struct sensors_seeded seeded = {seed ^ (part + 1) * UINT64_C(0xD1B54A32D192ED03)};
    sensors_seeded_next(&seeded);
    return seeded;
}

static inline double sensors_seeded_real(struct sensors_seeded *seeded, double low, double high)
{
    return low + (high - low) * ((double)(sensors_seeded_next(seeded) >> 11) * 0x1.0p-53);
}

/* Whole numbers low..high, both included. */
static inline int sensors_seeded_whole(struct sensors_seeded *seeded, int low, int high)
{
    return low + (int)(sensors_seeded_next(seeded) % (uint64_t)(high - low + 1));
}

/* Mean 0, deviation 1, never beyond 6 (the sum of twelve even draws). */
static inline double sensors_seeded_normal(struct sensors_seeded *seeded)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        sum += sensors_seeded_real(seeded, 0, 1);
    }
    return sum;
}

#endif
