/* How often the lines of a filter may meet themselves. GEOS works all such places out again for each feature, 2 KB of
 * memory and 20 us of time each: 64 KiB of zigzag would take all the memory there is, here as well as in PostgreSQL. */
#include "geo/cql2_read.h"

#include <stdlib.h>

enum {
    MEETINGS_MAX = 4096,    /* pairs of pieces whose boxes touch, in all lines of a filter, beside neighbours */
    LOOKED_AT_MAX = 1 << 25 /* pairs that lie beside one another along the longer side */
};

/* A piece between two vertices: where it begins and ends along the longer side, and across. */
struct piece {
    double from, to, low, high;
};

static struct piece piece_of(const double *a, const double *b, bool upright)
{
    double along[] = {a[upright], b[upright]}, across[] = {a[!upright], b[!upright]};
    bool turned = along[0] > along[1], falls = across[0] > across[1];
    return (struct piece){along[turned], along[!turned], across[falls], across[!falls]};
}

static int by_from(const void *left, const void *right)
{
    const struct piece *a = left, *b = right;
    return (a->from > b->from) - (a->from < b->from);
}

static uint32_t pieces_of(const struct geo_shape *shape, struct piece *pieces)
{
    struct geo_bbox box = geo_shape_bbox(shape);
    bool upright = box.max_lat - box.min_lat > box.max_lon - box.min_lon;
    uint32_t count = 0;
    for (uint32_t ring = 0, i = 1; ring < shape->rings; ring++, i++) {
        for (; i < shape->ring_ends[ring]; i++) {
            const double *at = shape->xy + 2 * (size_t)i;
            pieces[count++] = piece_of(at - 2, at, upright);
        }
    }
    return count;
}

/* Counts on from *meetings; false: too many. */
static bool few_meetings(const struct piece *pieces, uint32_t count, uint32_t *meetings)
{
    uint32_t looked_at = 0, most = MEETINGS_MAX + count;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = i + 1; k < count && pieces[k].from <= pieces[i].to; k++) {
            *meetings += pieces[k].low <= pieces[i].high && pieces[k].high >= pieces[i].low;
            if (*meetings > most || ++looked_at > LOOKED_AT_MAX) {
                return false;
            }
        }
    }
    *meetings -= *meetings < count ? *meetings : count;
    return true;
}

bool cql2_read_line_few(struct cql2_reading *reading, const struct geo_shape *shape, uint32_t at)
{
    struct piece *pieces = malloc(shape->vertices * sizeof *pieces);
    if (!pieces) {
        return cql2_read_wrong(reading, BASE_NOMEM, at, "out of memory");
    }
    uint32_t count = pieces_of(shape, pieces);
    qsort(pieces, count, sizeof *pieces, by_from);
    bool few = few_meetings(pieces, count, &reading->meetings);
    free(pieces);
    return few || cql2_read_wrong(reading, BASE_LIMIT, at, "lines that cross themselves in too many places");
}
