/* Geometry in a grid: rings without anything that encloses nothing, and their MVT commands (MVT 2.1, 4.3). */
#include "tiles/mvt_private.h"

#include <stdlib.h>
#include <string.h>

enum { MOVE_TO = 1, LINE_TO = 2, CLOSE_PATH = 7 };

bool mvt_room(void *array, uint32_t *cap, uint32_t need, size_t size)
{
    if (need <= *cap) {
        return true;
    }
    uint32_t wanted = need < 64 ? 64 : need > UINT32_MAX / 2 ? need : need * 2;
    void *old;
    memcpy(&old, array, sizeof old); /* any pointer's representation, whatever it points to */
    void *grown = realloc(old, wanted * size);
    if (!grown) {
        return false;
    }
    memcpy(array, &grown, sizeof grown);
    *cap = wanted;
    return true;
}

void mvt_path_reset(struct mvt_path *path, enum geo_shape_type type)
{
    path->type = type;
    path->vertices = path->rings = path->parts = 0;
    path->err = BASE_OK;
}

void mvt_path_release(struct mvt_path *path)
{
    free(path->points);
    free(path->ring_ends);
    free(path->part_ends);
    *path = (struct mvt_path){.type = GEO_SHAPE_NONE};
}

static bool room(struct mvt_path *path, void *array, uint32_t *cap, uint32_t need, size_t size)
{
    if (!path->err && !mvt_room(array, cap, need, size)) {
        path->err = BASE_NOMEM;
    }
    return !path->err;
}

bool mvt_path_room(struct mvt_path *path, uint32_t more)
{
    return room(path, &path->points, &path->vertex_cap, path->vertices + more, sizeof *path->points);
}

void mvt_path_point(struct mvt_path *path, int32_t x, int32_t y)
{
    if (mvt_path_room(path, 1)) {
        path->points[path->vertices++] = (struct tiles_grid_point){x, y};
    }
}

static void ring_closed(struct mvt_path *path)
{
    if (room(path, &path->ring_ends, &path->ring_cap, path->rings + 1, sizeof *path->ring_ends)) {
        path->ring_ends[path->rings++] = path->vertices;
    }
}

void mvt_path_part_end(struct mvt_path *path)
{
    uint32_t rings = path->parts ? path->part_ends[path->parts - 1] : 0;
    if (path->rings > rings &&
        room(path, &path->part_ends, &path->part_cap, path->parts + 1, sizeof *path->part_ends)) {
        path->part_ends[path->parts++] = path->rings;
    }
}

static bool same(struct tiles_grid_point a, struct tiles_grid_point b)
{
    return a.x == b.x && a.y == b.y;
}

/* Is b of no use between a and c in a ring? */
static bool useless(struct tiles_grid_point a, struct tiles_grid_point b, struct tiles_grid_point c)
{
    return mvt_cross(a, b, c) == 0;
}

/* Leaves no three points in a row on one line: also none where the end meets the beginning. How many are left. */
static uint32_t tidy(struct tiles_grid_point *points, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct tiles_grid_point point = points[i];
        while (kept >= 2 && useless(points[kept - 2], points[kept - 1], point)) {
            kept--;
        }
        if (!kept || !same(points[kept - 1], point)) {
            points[kept++] = point;
        }
    }
    uint32_t first = 0;
    for (bool changed = true; changed && kept - first >= 3;) {
        changed = true;
        if (useless(points[kept - 2], points[kept - 1], points[first])) {
            kept--;
        } else if (useless(points[kept - 1], points[first], points[first + 1])) {
            first++;
        } else {
            changed = false;
        }
    }
    memmove(points, points + first, (kept - first) * sizeof *points);
    return kept - first;
}

static int64_t twice_area(const struct tiles_grid_point *points, uint32_t count)
{
    uint64_t sum = 0; /* may wrap on the way; what comes out is below 2^61 of any ring that does not go around itself */
    for (uint32_t i = 2; i < count; i++) {
        sum += (uint64_t)mvt_cross(points[0], points[i - 1], points[i]);
    }
    return (int64_t)sum;
}

static void reverse(struct tiles_grid_point *points, uint32_t count)
{
    for (uint32_t i = 1, j = count - 1; i < j; i++, j--) { /* the first stays the first */
        struct tiles_grid_point swap = points[i];
        points[i] = points[j];
        points[j] = swap;
    }
}

bool mvt_path_ring_end(struct mvt_path *path, bool hole)
{
    uint32_t first = mvt_path_first(path, path->rings);
    struct tiles_grid_point *points = path->points + first;
    uint32_t count = path->vertices - first;
    count = path->err || !count ? 0 : tidy(points, count);
    if (count < 3) {
        path->vertices = first;
        return false;
    }
    if ((twice_area(points, count) < 0) != hole) { /* 0: it crosses itself; which way it turns will be said later */
        reverse(points, count);
    }
    path->vertices = first + count;
    ring_closed(path);
    return !path->err;
}

static bool straight(struct tiles_grid_point a, struct tiles_grid_point b, struct tiles_grid_point c)
{
    int64_t dot = ((int64_t)b.x - a.x) * ((int64_t)c.x - b.x) + ((int64_t)b.y - a.y) * ((int64_t)c.y - b.y);
    return mvt_cross(a, b, c) == 0 && dot > 0; /* back the way it came is a way, too */
}

bool mvt_path_line_end(struct mvt_path *path)
{
    uint32_t first = mvt_path_first(path, path->rings);
    struct tiles_grid_point *points = path->points + first;
    uint32_t count = path->err ? 0 : path->vertices - first;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct tiles_grid_point point = points[i];
        if (kept >= 1 && same(points[kept - 1], point)) {
            continue;
        }
        if (kept >= 2 && straight(points[kept - 2], points[kept - 1], point)) {
            kept--;
        }
        points[kept++] = point;
    }
    if (kept < 2) {
        path->vertices = first;
        return false;
    }
    path->vertices = first + kept;
    ring_closed(path);
    mvt_path_part_end(path);
    return !path->err;
}

static uint8_t *delta(uint8_t *at, struct tiles_grid_point from, struct tiles_grid_point to)
{
    at = mvt_varint(at, mvt_zigzag(to.x - from.x));
    return mvt_varint(at, mvt_zigzag(to.y - from.y));
}

static uint8_t *encode_ring(const struct mvt_path *path, uint32_t ring, struct tiles_grid_point *pen, uint8_t *at)
{
    uint32_t begin = mvt_path_first(path, ring), end = path->ring_ends[ring];
    const struct tiles_grid_point *points = path->points;
    if (ring) {
        at = mvt_varint(at, 1 << 3 | MOVE_TO);
        at = delta(at, *pen, points[begin]);
    }
    at = mvt_varint(at, (uint64_t)(end - begin - 1) << 3 | LINE_TO);
    for (uint32_t i = begin + 1; i < end; i++) {
        at = delta(at, points[i - 1], points[i]);
    }
    *pen = points[end - 1]; /* ClosePath does not move it */
    if (path->type == GEO_SHAPE_AREA) {
        *at++ = 1 << 3 | CLOSE_PATH;
    }
    return at;
}

bool mvt_encode(const struct mvt_path *path, struct base_buf *commands, struct tiles_grid_point *ret_first)
{
    if (!path->vertices) {
        return false;
    }
    uint8_t *begin = (uint8_t *)base_buf_reserve(commands, (size_t)path->vertices * 10 + (size_t)path->rings * 8);
    if (!begin) {
        return true; /* commands->err says why it is not there */
    }
    uint8_t *at = begin;
    struct tiles_grid_point pen = path->points[0];
    *ret_first = pen;
    if (path->type == GEO_SHAPE_POINT) {
        for (uint32_t i = 1; i < path->vertices; i++) {
            at = delta(at, path->points[i - 1], path->points[i]);
        }
    } else {
        for (uint32_t ring = 0; ring < path->rings; ring++) {
            at = encode_ring(path, ring, &pen, at);
        }
    }
    commands->len += (size_t)(at - begin);
    return true;
}
