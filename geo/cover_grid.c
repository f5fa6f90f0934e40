/* Making the grid of an area: outlines become cells by the edges that cross each row of middles, not cell by cell. */
#include "geo/cover_private.h"

#include <math.h>
#include <stdlib.h>

#define CELL_STEP_M 0.5
#define RULE 1 /* goes into the id: another way of making a grid takes another number */

size_t geo_cover_bytes(const struct geo_cover_grid *grid)
{
    return ((size_t)grid->width * grid->height + 7) / 8;
}

void geo_cover_grid_release(struct geo_cover_grid *grid)
{
    free(grid->mask);
    *grid = (struct geo_cover_grid){.mask = NULL};
}

/* Metres a degree at the grid's middle, from what is stored of a grid alone: read again, it is the same grid. */
static void settle(struct geo_cover_grid *grid)
{
    double half_m = grid->height * grid->cell_m / 2;
    struct geo_local corner = geo_local_at(grid->origin.lat);
    struct geo_local middle = geo_local_at(grid->origin.lat + half_m / corner.lat_m);
    grid->east_m = middle.lon_m;
    grid->north_m = middle.lat_m;
}

static enum base_err name(struct geo_cover_grid *grid, struct base_diag *diag)
{
    const double measures[] = {grid->origin.lon, grid->origin.lat, grid->cell_m};
    size_t bytes = geo_cover_bytes(grid);
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, bytes + 64);
    base_buf_u8(&buf, RULE);
    for (size_t i = 0; i < BASE_COUNT(measures); i++) {
        uint64_t bits;
        memcpy(&bits, &measures[i], sizeof bits);
        base_buf_u64be(&buf, bits);
    }
    base_buf_u32be(&buf, grid->width);
    base_buf_u32be(&buf, grid->height);
    base_buf_append(&buf, grid->mask, bytes);
    if (buf.err) {
        return base_diag_set(diag, buf.err, "grid of %u x %u cells: %s", grid->width, grid->height,
                             base_error_text(buf.err));
    }
    grid->id = base_key_sum(base_buf_str(&buf));
    return BASE_OK;
}

/* --- outlines to cells --- */

/* The cells around a shape, one bit each; rows begin at a word. While edges are read, a bit says that the number of
 * edges west of the middle is odd from here on, and even again at the next one that is set. */
struct plane {
    int64_t west, south, width, height; /* in cells of the grid */
    size_t stride;                      /* words a row */
    uint64_t *words;
};

static bool plane_around(const struct geo_cover_grid *grid, const struct geo_shape *shape, struct plane *plane)
{
    struct geo_bbox box = geo_shape_bbox(shape);
    double per_east = grid->east_m / grid->cell_m, per_north = grid->north_m / grid->cell_m;
    plane->west = geo_cover_first((box.min_lon - grid->origin.lon) * per_east, grid->width);
    plane->south = geo_cover_first((box.min_lat - grid->origin.lat) * per_north, grid->height);
    plane->width = geo_cover_first((box.max_lon - grid->origin.lon) * per_east, grid->width) - plane->west;
    plane->height = geo_cover_first((box.max_lat - grid->origin.lat) * per_north, grid->height) - plane->south;
    plane->stride = ((size_t)plane->width + 63) / 64;
    return plane->width > 0 && plane->height > 0;
}

/* A middle at exactly an end's height lies above that end: two edges that share it never both count a row, nor neither.
 */
static void mark_edge(const struct geo_cover_grid *grid, struct plane *plane, const double *xy)
{
    double per_east = grid->east_m / grid->cell_m, per_north = grid->north_m / grid->cell_m;
    double ax = (xy[0] - grid->origin.lon) * per_east, ay = (xy[1] - grid->origin.lat) * per_north;
    double bx = (xy[2] - grid->origin.lon) * per_east, by = (xy[3] - grid->origin.lat) * per_north;
    double slope = (bx - ax) / (by - ay); /* not used when the edge is level */
    int64_t top = plane->south + plane->height;
    int64_t a_row = geo_cover_first(ay, top), b_row = geo_cover_first(by, top);
    int64_t row = a_row < b_row ? a_row : b_row, end = a_row < b_row ? b_row : a_row;
    for (row = row < plane->south ? plane->south : row; row < end; row++) {
        int64_t x = geo_cover_first(ax + ((double)row + 0.5 - ay) * slope, grid->width) - plane->west;
        x = x < 0 ? 0 : x;
        if (x < plane->width) {
            plane->words[(size_t)(row - plane->south) * plane->stride + (size_t)x / 64] ^= UINT64_C(1) << (63 - x % 64);
        }
    }
}

static void mark_edges(const struct geo_cover_grid *grid, struct plane *plane, const struct geo_shape *shape)
{
    for (uint32_t ring = 0, i = 0; ring < shape->rings; ring++) {
        for (; i + 1 < shape->ring_ends[ring]; i++) {
            mark_edge(grid, plane, shape->xy + 2 * (size_t)i);
        }
        i = shape->ring_ends[ring];
    }
}

/* From marks to cells: each bit becomes the parity of itself and all before it in its row. */
static uint64_t parities(uint64_t word, bool odd)
{
    for (unsigned shift = 1; shift < 64; shift *= 2) {
        word ^= word >> shift;
    }
    return odd ? ~word : word;
}

/* Half a word always fits into eight bytes, wherever its first bit lies. */
static void write_half(struct geo_cover_grid *grid, size_t from, uint64_t half, size_t count, bool passable)
{
    size_t bytes = geo_cover_bytes(grid), byte = from / 8;
    uint64_t wanted = (half & UINT64_MAX << (64 - count)) >> from % 8;
    uint64_t old = geo_cover_load(grid->mask, byte, bytes);
    geo_cover_store(grid->mask, byte, bytes, passable ? old | wanted : old & ~wanted);
}

static void write_row(struct geo_cover_grid *grid, const struct plane *plane, int64_t row, bool passable)
{
    const uint64_t *words = plane->words + (size_t)row * plane->stride;
    size_t begin = (size_t)(plane->south + row) * grid->width + (size_t)plane->west;
    size_t width = (size_t)plane->width;
    bool odd = false;
    for (size_t x = 0; x < width; x += 32) {
        uint64_t word = parities(words[x / 64], odd);
        uint64_t half = x % 64 ? word << 32 : word & UINT64_MAX << 32;
        odd = x % 64 ? word & 1 : odd;
        if (half) {
            write_half(grid, begin + x, half, width - x < 32 ? width - x : 32, passable);
        }
    }
}

static enum base_err draw(struct geo_cover_grid *grid, const struct geo_shape *shape, bool passable,
                          struct base_diag *diag)
{
    struct plane plane;
    if (!plane_around(grid, shape, &plane)) {
        return BASE_OK;
    }
    plane.words = calloc((size_t)plane.height * plane.stride, sizeof *plane.words);
    if (!plane.words) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for a grid of %u x %u cells", grid->width, grid->height);
    }
    mark_edges(grid, &plane, shape);
    for (int64_t row = 0; row < plane.height; row++) {
        write_row(grid, &plane, row, passable);
    }
    free(plane.words);
    return BASE_OK;
}

/* --- the size of the cells --- */

double geo_cover_cell_m(double half_width_m)
{
    double width_m = 2 * half_width_m;
    if (!(width_m >= GEO_COVER_CELL_LEAST_M && width_m <= 1e6)) {
        return GEO_COVER_CELL_M;
    }
    return (float)(width_m / ceil(width_m / GEO_COVER_CELL_M));
}

static enum base_err check_shape(const struct geo_shape *shape, const char *what, size_t number, struct base_diag *diag)
{
    if (shape->type != GEO_SHAPE_AREA || shape->rings == 0) {
        return base_diag_set(diag, BASE_INVALID, "coverage: %s %zu is not an area", what, number);
    }
    for (uint32_t i = 0; i < shape->vertices; i++) {
        if (!(fabs(shape->xy[2 * (size_t)i]) <= 180 && fabs(shape->xy[2 * (size_t)i + 1]) <= 90)) {
            return base_diag_set(diag, BASE_INVALID, "coverage: %s %zu: vertex %u has no place on the earth", what,
                                 number, i + 1);
        }
    }
    return BASE_OK;
}

/* Cells of that size around the box; false when they are too many. */
static bool measure(const struct geo_bbox *box, double cell_m, struct geo_cover_grid *grid)
{
    struct geo_local local = geo_local_at((box->min_lat + box->max_lat) / 2);
    double width = fmax(1, ceil((box->max_lon - box->min_lon) * local.lon_m / cell_m));
    double height = fmax(1, ceil((box->max_lat - box->min_lat) * local.lat_m / cell_m));
    if (width * height > GEO_COVER_CELLS_MAX) {
        return false;
    }
    *grid = (struct geo_cover_grid){
        .origin = {box->min_lon, box->min_lat}, .cell_m = cell_m, .width = (uint32_t)width, .height = (uint32_t)height};
    settle(grid);
    return true;
}

/* The grid at one size with the area's own cells set; obstacles come later. */
static enum base_err outline(const struct geo_shape *area, const struct geo_bbox *box, double cell_m,
                             struct base_diag *diag, struct geo_cover_grid *ret_grid)
{
    struct geo_cover_grid grid;
    if (!measure(box, cell_m, &grid)) {
        return base_diag_set(diag, BASE_LIMIT, "coverage: the area's box takes more than %u cells of %.2f m: divide it",
                             GEO_COVER_CELLS_MAX, cell_m);
    }
    grid.mask = calloc(1, geo_cover_bytes(&grid));
    if (!grid.mask) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for a grid of %u x %u cells", grid.width, grid.height);
    }
    enum base_err err = draw(&grid, area, true, diag);
    if (err) {
        geo_cover_grid_release(&grid);
        return err;
    }
    grid.passable = geo_cover_count(&grid, grid.mask);
    *ret_grid = grid;
    return BASE_OK;
}

/* A small area gets smaller cells, as far as there are any; one without an extent keeps those that were asked for. */
static enum base_err refine(const struct geo_shape *area, const struct geo_bbox *box, struct base_diag *diag,
                            struct geo_cover_grid *grid)
{
    double cell_m = grid->cell_m;
    while (grid->passable < GEO_COVER_CELLS_MIN && cell_m / 2 >= GEO_COVER_CELL_LEAST_M) {
        struct geo_cover_grid finer;
        cell_m /= 2;
        enum base_err err = outline(area, box, cell_m, diag, &finer);
        if (err == BASE_LIMIT) {
            break;
        }
        if (err) {
            return err;
        }
        struct geo_cover_grid coarser = finer.passable ? *grid : finer;
        *grid = finer.passable ? finer : *grid;
        geo_cover_grid_release(&coarser);
    }
    return BASE_OK;
}

static enum base_err size_up(const struct geo_shape *area, double cell_m, struct base_diag *diag,
                             struct geo_cover_grid *grid)
{
    struct geo_bbox box = geo_shape_bbox(area);
    enum base_err err = outline(area, &box, cell_m, diag, grid);
    while (err == BASE_LIMIT && cell_m < GEO_COVER_CELL_MOST_M) {
        cell_m = fmin(cell_m + CELL_STEP_M, GEO_COVER_CELL_MOST_M);
        err = outline(area, &box, cell_m, diag, grid);
    }
    return err ? err : refine(area, &box, diag, grid);
}

static enum base_err take_out(const struct geo_shape *obstacles, size_t count, struct base_diag *diag,
                              struct geo_cover_grid *grid)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < count && !err; i++) {
        err = check_shape(&obstacles[i], "obstacle", i + 1, diag);
        err = err ? err : draw(grid, &obstacles[i], false, diag);
    }
    grid->passable = geo_cover_count(grid, grid->mask);
    return err ? err : name(grid, diag);
}

enum base_err geo_cover_grid_make(const struct geo_shape *area, const struct geo_shape *obstacles, size_t count,
                                  double cell_m, struct base_diag *diag, struct geo_cover_grid *ret_grid)
{
    struct geo_cover_grid grid = {.mask = NULL};
    double kept_m = (float)cell_m; /* as the database keeps it */
    if (!(kept_m >= GEO_COVER_CELL_LEAST_M && kept_m <= GEO_COVER_CELL_MOST_M)) {
        return base_diag_set(diag, BASE_INVALID, "coverage: cells of %g m; %.2f to %.0f m can be", cell_m,
                             GEO_COVER_CELL_LEAST_M, GEO_COVER_CELL_MOST_M);
    }
    enum base_err err = check_shape(area, "area", 1, diag);
    err = err ? err : size_up(area, kept_m, diag, &grid);
    err = err ? err : take_out(obstacles, count, diag, &grid);
    if (err) {
        geo_cover_grid_release(&grid);
        return err;
    }
    *ret_grid = grid;
    return BASE_OK;
}

/* --- read again --- */

static bool could_be(struct geo_point origin, double cell_m, int64_t width, int64_t height)
{
    return fabs(origin.lon) <= 180 && fabs(origin.lat) <= 90 && cell_m >= GEO_COVER_CELL_LEAST_M &&
           cell_m <= GEO_COVER_CELL_MOST_M && width >= 1 && height >= 1 && width <= GEO_COVER_CELLS_MAX &&
           height <= GEO_COVER_CELLS_MAX && width * height <= GEO_COVER_CELLS_MAX;
}

enum base_err geo_cover_grid_in(struct geo_point origin, double cell_m, int64_t width, int64_t height,
                                struct base_str mask, struct base_diag *diag, struct geo_cover_grid *ret_grid)
{
    if (!could_be(origin, cell_m, width, height)) {
        return base_diag_set(diag, BASE_INVALID, "coverage: no grid has %lld x %lld cells of %g m at %g %g",
                             (long long)width, (long long)height, cell_m, origin.lon, origin.lat);
    }
    struct geo_cover_grid grid = {
        .origin = origin, .cell_m = cell_m, .width = (uint32_t)width, .height = (uint32_t)height};
    size_t bytes = geo_cover_bytes(&grid);
    unsigned unused = (unsigned)(bytes * 8 - (size_t)(width * height));
    if (mask.len != bytes || ((uint8_t)mask.at[bytes - 1] & ((1u << unused) - 1))) {
        return base_diag_set(diag, BASE_INVALID, "coverage: a mask of %zu bytes is none of %lld x %lld cells", mask.len,
                             (long long)width, (long long)height);
    }
    grid.mask = malloc(bytes);
    if (!grid.mask) {
        return base_diag_set(diag, BASE_NOMEM, "no memory for a grid of %u x %u cells", grid.width, grid.height);
    }
    memcpy(grid.mask, mask.at, bytes);
    settle(&grid);
    grid.passable = geo_cover_count(&grid, grid.mask);
    enum base_err err = name(&grid, diag);
    if (err) {
        geo_cover_grid_release(&grid);
        return err;
    }
    *ret_grid = grid;
    return BASE_OK;
}
