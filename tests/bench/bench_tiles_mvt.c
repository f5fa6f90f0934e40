/* The encoder on the real buildings of New York (../shared), with eight attributes, in the tiles that hold most of
 * them, on one core. Prints, for zooms 13 to 16: bench mvt_lod_ns_Z N ns      a building: snapped, simplified, checked,
 * encoded; once for a page and zoom bench mvt_render_ns_Z N ns   a building: walked, picked, tagged, written into the
 * tile bench mvt_render_us_Z N us   the whole tile, and how many features and bytes it has */
#include "fixture/fixture.h"
#include "tiles/private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 30, VERTICES_MAX = 4096 };

static struct {
    struct tiles_store *store;
    struct tiles_view view;
    struct tiles_render render;
    struct data_scope *scope;
    uint64_t rows;
} kit;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_tiles_mvt: %s: %s\n", what, why);
    exit(1);
}

static void ok(enum base_err err, const struct base_diag *diag)
{
    if (err) {
        die(base_error_name(err), diag->text);
    }
}

static double seconds(void) /* of this thread alone */
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- rows --- */
static void cells_of(int64_t id, struct tiles_cell *cells, char texts[3][32])
{
    const struct tiles_table *table = &tiles_tables[TILES_TABLE_BUILDING];
    for (int c = 0; c < TILES_COLUMN_MAX; c++) {
        cells[c].null = true;
    }
    snprintf(texts[0], 32, "B%lld", (long long)id);
    snprintf(texts[1], 32, "%lld号楼", (long long)(id % 300));
    snprintf(texts[2], 32, "Building %lld", (long long)(id % 300));
    cells[tiles_table_column(table, "code")] = (struct tiles_cell){.text = base_str_of(texts[0])};
    cells[tiles_table_column(table, "name")] = (struct tiles_cell){.text = base_str_of(texts[1])};
    cells[tiles_table_column(table, "name_en")] = (struct tiles_cell){.text = base_str_of(texts[2])};
    cells[tiles_table_column(table, "levels")] = (struct tiles_cell){.i64 = 1 + id % 40};
    cells[tiles_table_column(table, "height_m")] = (struct tiles_cell){.f64 = (float)(3.1 * (double)(1 + id % 400))};
    cells[tiles_table_column(table, "min_height_m")] = (struct tiles_cell){.f64 = (float)(id % 7)};
}

static void put(const struct geo_shape *shape, int64_t id)
{
    static struct tiles_point points[VERTICES_MAX];
    static uint32_t ring_ends[VERTICES_MAX];
    struct tiles_cell cells[TILES_COLUMN_MAX];
    char texts[3][32];
    struct base_diag diag;
    unsigned effect;
    struct tiles_row row = {.estate_id = id % 500, .id = id, .cells = cells};
    if (shape->type != GEO_SHAPE_AREA || shape->vertices > VERTICES_MAX) {
        return;
    }
    uint32_t vertices = 0;
    for (uint32_t ring = 0, at = 0; ring < shape->rings; ring++) {
        for (; at + 1 < shape->ring_ends[ring]; at++) { /* the last repeats the first */
            points[vertices++] =
                (struct tiles_point){tiles_world_x(shape->xy[2 * at]), tiles_world_y(shape->xy[2 * at + 1])};
        }
        at = shape->ring_ends[ring];
        ring_ends[ring] = vertices;
    }
    row.shape =
        (struct tiles_shape){GEO_SHAPE_AREA, vertices, shape->rings, shape->parts, points, ring_ends, shape->part_ends};
    cells_of(id, cells, texts);
    cells[tiles_table_column(&tiles_tables[TILES_TABLE_BUILDING], "area_m2")] =
        (struct tiles_cell){.f64 = (float)geo_shape_area_m2(shape)};
    ok(tiles_store_put(kit.store, &row, UINT32_MAX, 0, &diag, &effect), &diag);
    kit.rows++;
}

static void load(const char *path)
{
    struct base_diag diag;
    AUTO(geo_vector) vector = NULL;
    const struct geo_vector_options options = {.theme = GEO_VECTOR_BUILDINGS};
    struct geo_vector_feature feature = {.fid = 0};
    bool more = true;
    geo_shape_init(&feature.shape);
    ok(geo_vector_open(path, &options, &diag, &vector), &diag);
    for (int64_t id = 1000000; more; id++) {
        ok(geo_vector_next(vector, &diag, &feature, &more), &diag);
        if (more) {
            put(&feature.shape, id);
        }
    }
    geo_shape_release(&feature.shape);
    ok(tiles_store_publish(kit.store, &diag, &kit.view.tables[TILES_TABLE_BUILDING]), &diag);
}

/* --- tiles --- */

static int order(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return (one > other) - (one < other);
}

static struct tiles_address densest(uint32_t zoom)
{
    const struct tiles_directory *directory = kit.view.tables[TILES_TABLE_BUILDING];
    uint64_t *tiles = calloc(directory->rows, sizeof *tiles), best = 0;
    size_t count = 0, most = 0;
    for (uint32_t p = 0; tiles && p < directory->count; p++) {
        for (uint32_t i = 0; i < directory->pages[p]->count; i++) {
            const struct tiles_extent *extent = &directory->pages[p]->shapes->extents[i];
            tiles[count++] = (uint64_t)(extent->min_x >> (32 - zoom)) << 32 | extent->min_y >> (32 - zoom);
        }
    }
    if (!tiles) {
        die("memory", "there is none");
    }
    qsort(tiles, count, sizeof *tiles, order);
    for (size_t i = 0, run = 0; i < count; i++) {
        run = i && tiles[i] == tiles[i - 1] ? run + 1 : 1;
        if (run > most) {
            most = run;
            best = tiles[i];
        }
    }
    free(tiles);
    return (struct tiles_address){zoom, (uint32_t)(best >> 32), (uint32_t)best};
}

static void lods(uint32_t zoom)
{
    struct base_diag diag;
    const struct tiles_directory *directory = kit.view.tables[TILES_TABLE_BUILDING];
    double began = seconds();
    for (uint32_t p = 0; p < directory->count; p++) {
        const struct tiles_lod *lod;
        ok(tiles_lod_of(directory->pages[p], zoom, &diag, &lod), &diag);
    }
    printf("bench mvt_lod_ns_%u %.0f ns\n", zoom, (seconds() - began) * 1e9 / (double)directory->rows);
}

static void render(uint32_t zoom)
{
    struct base_diag diag;
    AUTO_VALUE(base_buf) tile;
    AUTO_VALUE(base_buf) homes;
    base_buf_init(&tile, 64 << 20);
    base_buf_init(&homes, 1 << 20);
    struct tiles_request request = {.address = densest(zoom), .scope = kit.scope};
    ok(tiles_set_in(base_str_of("buildings"), &diag, &request.set), &diag);
    double best = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        base_buf_reset(&tile);
        double began = seconds();
        ok(tiles_render_layers(&kit.render, &kit.view, kit.scope, &request, &diag, &tile, &homes), &diag);
        double took = seconds() - began;
        best = took < best ? took : best;
    }
    struct tiles_extent extent = tiles_world_extent(request.address);
    struct tiles_walk walk = tiles_view_walk(&kit.view, TILES_TABLE_BUILDING, &extent, kit.scope, DATA_LOOK_PLACE);
    const struct tiles_page *page;
    uint32_t rows[TILES_PAGE_ROWS * 2], count, all = 0;
    while ((count = tiles_walk_next(&walk, &page, rows))) {
        all += count;
    }
    printf("bench mvt_render_ns_%u %.0f ns\n", zoom, best * 1e9 / (all < 14000 ? all : 14000));
    printf("bench mvt_render_us_%u %.0f us # %u buildings there, %zu bytes\n", zoom, best * 1e6, all, tile.len);
}

int main(void)
{
    struct base_diag diag;
    char path[4096];
    const char *shared = getenv("HUTONG_SHARED");
    snprintf(path, sizeof path, "%s/data/a5_nyc_large/nyc_osm.gpkg.zip", shared ? shared : "../shared");
    ok(tiles_store_new(&tiles_tables[TILES_TABLE_BUILDING], &diag, &kit.store), &diag);
    ok(data_scope_everything(&diag, &kit.scope), &diag);
    ok(tiles_mvt_new(&diag, &kit.render.mvt), &diag);
    load(path);
    printf("# %llu buildings\n", (unsigned long long)kit.rows);
    for (uint32_t zoom = 13; zoom <= 16; zoom++) {
        lods(zoom);
        render(zoom);
    }
    tiles_directory_unref(kit.view.tables[TILES_TABLE_BUILDING]);
    tiles_store_free(kit.store);
    tiles_mvt_free(kit.render.mvt);
    data_scope_free(kit.scope);
    return 0;
}
