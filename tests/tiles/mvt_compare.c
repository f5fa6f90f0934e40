/* Distances between outlines: what a vertex more or less, another beginning of a ring or another order of parts cannot
 * hide or feign. */
#include "mvt_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 8, STEPS_MAX = 64 }; /* an edge is looked at every so many units */

struct point {
    double x, y;
};

static double square(double a)
{
    return a * a;
}

static double to_segment(struct point p, struct mvt_vertex a, struct mvt_vertex b)
{
    double dx = (double)(b.x - a.x), dy = (double)(b.y - a.y), length = square(dx) + square(dy);
    double t = length > 0 ? ((p.x - (double)a.x) * dx + (p.y - (double)a.y) * dy) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return square(p.x - (double)a.x - t * dx) + square(p.y - (double)a.y - t * dy);
}

static size_t edges(const struct mvt_feature *feature, const struct mvt_path *path)
{
    return feature->type == MVT_POLYGON ? path->count : feature->type == MVT_LINE ? path->count - 1 : path->count;
}

static struct mvt_vertex edge_end(const struct mvt_feature *feature, const struct mvt_path *path, size_t i)
{
    return path->at[feature->type == MVT_POINT ? i : (i + 1) % path->count];
}

/* Square of the distance, or something not above enough. */
static double to_outline(struct point p, const struct mvt_feature *feature, double enough)
{
    double least = INFINITY;
    for (size_t k = 0; k < feature->path_count && least > enough; k++) {
        const struct mvt_path *path = &feature->paths[k];
        for (size_t i = 0; i < edges(feature, path) && least > enough; i++) {
            least = fmin(least, to_segment(p, path->at[i], edge_end(feature, path, i)));
        }
    }
    return least;
}

static double directed(const struct mvt_feature *from, const struct mvt_feature *to)
{
    double most = 0;
    for (size_t k = 0; k < from->path_count; k++) {
        const struct mvt_path *path = &from->paths[k];
        for (size_t i = 0; i < edges(from, path); i++) {
            struct mvt_vertex a = path->at[i], b = edge_end(from, path, i);
            double dx = (double)(b.x - a.x), dy = (double)(b.y - a.y);
            int steps = (int)fmin(1 + hypot(dx, dy) / STEP, STEPS_MAX);
            for (int s = 0; s <= steps; s++) {
                struct point p = {(double)a.x + dx * s / steps, (double)a.y + dy * s / steps};
                most = fmax(most, to_outline(p, to, most));
            }
        }
    }
    return most;
}

static bool equal(const struct mvt_feature *a, const struct mvt_feature *b)
{
    bool same = a->type == b->type && a->path_count == b->path_count;
    for (size_t k = 0; same && k < a->path_count; k++) {
        same = a->paths[k].count == b->paths[k].count &&
               memcmp(a->paths[k].at, b->paths[k].at, a->paths[k].count * sizeof *a->paths[k].at) == 0;
    }
    return same;
}

static bool uncut(const struct mvt_feature *feature)
{
    for (size_t k = 0; feature && k < feature->path_count; k++) {
        for (size_t i = 0; i < feature->paths[k].count; i++) {
            struct mvt_vertex v = feature->paths[k].at[i];
            if (v.x <= -64 || v.x >= 4160 || v.y <= -64 || v.y >= 4160) {
                return false;
            }
        }
    }
    return true;
}

static struct mvt_pair pair_of(const struct mvt_feature *oracle, const struct mvt_feature *ours, double limit)
{
    struct mvt_pair pair = {.oracle = oracle, .ours = ours, .inside = uncut(oracle) && uncut(ours)};
    if (!oracle || !ours) {
        pair.fate = oracle ? MVT_MISSING : MVT_EXTRA;
    } else if (!equal(oracle, ours)) {
        pair.distance =
            oracle->type == ours->type ? sqrt(fmax(directed(oracle, ours), directed(ours, oracle))) : INFINITY;
        pair.fate = pair.distance <= limit ? MVT_NEAR : MVT_FAR;
    }
    return pair;
}

static int by_id(const void *a, const void *b)
{
    uint64_t p = (*(const struct mvt_feature *const *)a)->id, q = (*(const struct mvt_feature *const *)b)->id;
    return (p > q) - (p < q);
}

static const struct mvt_feature **sorted(const struct mvt_layer *layer, size_t *ret_count)
{
    size_t count = layer ? layer->feature_count : 0;
    const struct mvt_feature **list = calloc(count + 1, sizeof *list);
    for (size_t i = 0; list && i < count; i++) {
        list[i] = &layer->features[i];
    }
    if (list) {
        qsort(list, count, sizeof *list, by_id);
    }
    *ret_count = count;
    return list;
}

bool mvt_compare(const struct mvt_layer *oracle, const struct mvt_layer *ours, double limit,
                 struct mvt_compared *ret_compared)
{
    size_t n = 0, m = 0;
    const struct mvt_feature **a = sorted(oracle, &n), **b = sorted(ours, &m);
    struct mvt_pair *pairs = calloc(n + m + 1, sizeof *pairs);
    bool good = a && b && pairs;
    size_t count = 0;
    for (size_t i = 0, k = 0; good && (i < n || k < m); count++) {
        bool left = k == m || (i < n && a[i]->id <= b[k]->id), right = i == n || (k < m && b[k]->id <= a[i]->id);
        pairs[count] = pair_of(left ? a[i] : NULL, right ? b[k] : NULL, limit);
        i += left;
        k += right;
    }
    free(a);
    free(b);
    if (!good) {
        free(pairs);
        return false;
    }
    *ret_compared = (struct mvt_compared){.pairs = pairs, .count = count};
    return true;
}

void mvt_compared_release(struct mvt_compared *compared)
{
    free(compared->pairs);
}

static bool same_value(const struct mvt_value *a, const struct mvt_value *b)
{
    if (!a || !b || a->type == MVT_TEXT || b->type == MVT_TEXT) {
        return a && b && a->type == b->type && base_str_equal(a->text, b->text);
    }
    bool whole = a->type > MVT_DOUBLE && b->type > MVT_DOUBLE;
    return (a->type == MVT_BOOL) == (b->type == MVT_BOOL) &&
           (whole ? a->i64 == b->i64 : (float)a->real == (float)b->real);
}

bool mvt_same_tags(const struct mvt_layer *oracle, const struct mvt_feature *a, const struct mvt_layer *ours,
                   const struct mvt_feature *b, const char **ret_key)
{
    for (size_t i = 0; i < a->tag_count; i += 2) {
        *ret_key = oracle->keys[a->tags[i]];
        if (!same_value(&oracle->values[a->tags[i + 1]], mvt_value_of(ours, b, *ret_key))) {
            return false;
        }
    }
    for (size_t i = 0; i < b->tag_count; i += 2) {
        *ret_key = ours->keys[b->tags[i]];
        if (!mvt_value_of(oracle, a, *ret_key)) {
            return false;
        }
    }
    return true;
}

static void vertices_text(const struct mvt_path *path, bool close, struct base_buf *text)
{
    for (size_t i = 0; i < path->count + close; i++) {
        struct mvt_vertex v = path->at[i % path->count];
        base_buf_printf(text, "%s%lld %lld", i ? "," : "(", (long long)v.x, (long long)v.y);
    }
    base_buf_text(text, ")");
}

void mvt_text(const struct mvt_feature *feature, struct base_buf *text)
{
    static const char *const names[] = {"", "MULTIPOINT(", "MULTILINESTRING(", "MULTIPOLYGON("};
    if (!feature) {
        base_buf_text(text, "GEOMETRYCOLLECTION EMPTY");
        return;
    }
    base_buf_text(text, names[feature->type]);
    for (size_t k = 0; k < feature->path_count; k++) {
        const struct mvt_path *path = &feature->paths[k];
        if (feature->type != MVT_POLYGON) {
            base_buf_text(text, k ? "," : "");
        } else if (k == 0 || path->twice_area > 0) {
            base_buf_text(text, k ? "),(" : "(");
        } else {
            base_buf_text(text, ",");
        }
        vertices_text(path, feature->type == MVT_POLYGON, text);
    }
    base_buf_text(text, feature->type == MVT_POLYGON ? "))" : ")");
}
