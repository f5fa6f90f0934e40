/* Filters by chance: well typed for a schema, with literals near the data of cql2_things.sql, written with
 * all the freedom that the text form leaves (case of keywords, blanks, parentheses, quotes). The same seed gives the
 * same filters. */
#ifndef HUTONG_TESTS_CQL2_GENERATE_H
#define HUTONG_TESTS_CQL2_GENERATE_H

#include "geo/geo.h"

enum { CQL2_GENERATE_LEAVES_MAX = 64 };

struct cql2_generate {
    uint64_t state;
    const struct geo_cql2_schema *schema;
    struct base_buf *buf; /* of the filter that is written */
    int room;             /* conditions it may still have */
    size_t leaf_count;    /* its conditions that hold no others: for making a failing filter smaller */
    struct {
        size_t from, to;
    } leaves[CQL2_GENERATE_LEAVES_MAX];
};

void cql2_generate_init(struct cql2_generate *generate, uint64_t seed, const struct geo_cql2_schema *schema);
/* Appends one filter to buf, which is empty. */
void cql2_generate(struct cql2_generate *generate, struct base_buf *buf);

#endif
