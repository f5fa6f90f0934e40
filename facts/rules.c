/* The numbers by which passes are told, and where they come from. A contract's own numbers will replace them by row. */
#include "facts/facts.h"

#define SECONDS INT64_C(1000000)

/* What on foot and on wheels have in common.
 *   accuracy 30 m     the upper end of the gates in use for guard tours (20-30 m)
 *   unknown 10 m      twice the 4.9 m of a phone under an open sky (van Diggelen and Enge 2015)
 *   enter 15 m        three times that: a pavement's width from the wall, walked with a phone in the pocket
 *   leave 25 m        enter + 10 m, so that the same noise does not make two passes of one
 *   zone 0 m, 10 m    inside; the same 10 m of noise
 *   gap 120 s         of positions every 5-15 s, eight to twenty-four are missing */
#define COMMON                                                                               \
    .acc_max_m = 30, .acc_unknown_m = 10, .gap_us = 120 * SECONDS, .write_us = 60 * SECONDS, \
    .longest_us = 24 * 3600 * SECONDS,                                                       \
    .radius = {[FACTS_KIND_BUILDING] = {15, 25}, [FACTS_KIND_CHECKPOINT] = {15, 25}, [FACTS_KIND_ZONE] = {0, 10}}

/* 7 m/s: no round is run faster, and electric bicycles end at 25 km/h (GB 17761). 200 m are walked in the gap. */
static const struct facts_rules on_foot = {COMMON, .speed_mps = 7, .path_max_m = 200};
/* 42 m/s: a quarter over the 120 km/h of any road. 500 m: beyond, streets are not straight. */
static const struct facts_rules on_wheels = {COMMON, .speed_mps = 42, .path_max_m = 500};

const struct facts_rules *facts_rules_of(enum sensors_subject subject)
{
    switch (subject) {
    case SENSORS_SUBJECT_GUARD:
    case SENSORS_SUBJECT_CLEANER:
        return &on_foot;
    case SENSORS_SUBJECT_VEHICLE:
    case SENSORS_SUBJECT_FLEET:
    case SENSORS_SUBJECT_UNIT:
        return &on_wheels;
    default:
        return NULL;
    }
}
