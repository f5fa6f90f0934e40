/* mvt_compare: two tiles of the same features - one by the oracle, ST_AsMVT, one of ours - told apart by more than
 * rounding. */
#ifndef HUTONG_TESTS_MVT_COMPARE_H
#define HUTONG_TESTS_MVT_COMPARE_H

#include "fixture/mvt_check.h"

/* How a feature fares in both. */
enum mvt_fate {
    MVT_EQUAL,   /* vertex for vertex */
    MVT_NEAR,    /* outlines are never further apart than allowed */
    MVT_FAR,     /* they are: a sliver or a fault */
    MVT_MISSING, /* only the oracle has it */
    MVT_EXTRA,   /* only ours has it */
    MVT_FATES
};

struct mvt_pair {
    enum mvt_fate fate;
    const struct mvt_feature *oracle, *ours; /* NULL: not there */
    bool inside;     /* no vertex of either on or beyond the edge of the buffer: nothing was cut off */
    double distance; /* Hausdorff, between outlines, in units of the tile */
};

struct mvt_compared {
    struct mvt_pair *pairs; /* one an id, ascending */
    size_t count;
};

/* limit: beyond it a pair is FAR. Features have ids. Release frees pairs. */
bool mvt_compare(const struct mvt_layer *oracle, const struct mvt_layer *ours, double limit,
                 struct mvt_compared *ret_compared);
void mvt_compared_release(struct mvt_compared *compared);

/* Same keys with the same values, whatever the types of numbers; else *ret_key is one that differs. */
bool mvt_same_tags(const struct mvt_layer *oracle, const struct mvt_feature *a, const struct mvt_layer *ours,
                   const struct mvt_feature *b, const char **ret_key);
/* Well-known text, in units of the tile; polygons as written, one a ring that is not a hole. */
void mvt_text(const struct mvt_feature *feature, struct base_buf *text);

#endif
