/* The mirror's tables: 1,000,000 generated buildings on one core, in no order. Prints:
 *   bench store_load_s N s                      putting and publishing them
 *   bench store_bytes_per_row N bytes           without 8 bytes a vertex
 *   bench store_rss_load_kb N kB                the process, at its largest while it loads, without the generated rows
 *   bench store_publish_us_ROWS N us            1, 10, 100 rows changed anywhere: state, then geometry
 *   bench store_walk_ns, store_sum_ns N ns      a row, in tiles of some 14,000
 *   bench store_rss_growth N                    RSS after 600,000 random changes over that after 100,000 */
#include "fixture/fixture.h"
#include "tiles/private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 1000000, ROUNDS = 200, CHANGES = 600000, SETTLED = 100000, A_PUBLISH = 60, SIDE = 4 << 20 };

static struct kit {
    struct tiles_store *store;
    struct data_scope *scope;
    struct tiles_view view;
    uint64_t seed;
    uint64_t vertices;
    bool dry; /* rows are only generated */
} kit = {.seed = 20260101};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_tiles_store: %s: %s\n", what, why);
    exit(1);
}

static uint32_t below(uint64_t *seed, uint32_t limit) /* xorshift64* */
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (uint32_t)((*seed * UINT64_C(2685821657736338717) >> 32) * limit >> 32);
}

static double seconds(void) /* of this thread alone */
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long rss_kb(void)
{
    AUTO_VALUE(base_buf) text;
    struct base_diag diag;
    struct base_str rest, field = {NULL, 0};
    int64_t pages = 0;
    base_buf_init(&text, 4096);
    if (base_file_read("/proc/self/statm", 4096, &diag, &text)) {
        die("memory", diag.text);
    }
    rest = base_buf_str(&text);
    base_str_next(&rest, ' ', &field);
    base_str_next(&rest, ' ', &field); /* the second: resident */
    base_str_i64(field, &pages);
    return (long)pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* --- rows --- */
enum column { NAME, CODE, USE, LEVELS, YEAR, DWELLINGS, HEIGHT, AREA, PASSED, PASSED_WHO, COLUMNS };
static int columns[COLUMNS];

static void columns_find(void)
{
    static const char *const names[COLUMNS] = {
        "name",      "code",     "use",     "levels",       "year_built",
        "dwellings", "height_m", "area_m2", "last_pass_at", "last_pass_subject_type"};
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = tiles_table_column(&tiles_tables[TILES_TABLE_BUILDING], names[i]);
    }
}

static void cell_text(struct tiles_cell *cells, enum column column, const char *text)
{
    cells[columns[column]] = (struct tiles_cell){.text = base_str_of(text), .null = !text};
}

static void cell_i64(struct tiles_cell *cells, enum column column, int64_t value)
{
    cells[columns[column]] = (struct tiles_cell){.i64 = value};
}

static void cell_f64(struct tiles_cell *cells, enum column column, double value)
{
    cells[columns[column]] = (struct tiles_cell){.f64 = value};
}

static void all_null(struct tiles_cell *cells)
{
    for (size_t c = 0; c < TILES_COLUMN_MAX; c++) {
        cells[c] = (struct tiles_cell){.null = true};
    }
}

/* What differs with the version is the geometry of the building: a vertex moves. */
static uint32_t footprint(int64_t id, uint64_t version, struct tiles_point *points)
{
    uint64_t seed = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) + 1;
    const uint32_t x = tiles_world_x(121.2) + below(&seed, SIDE), y = tiles_world_y(31.4) + below(&seed, SIDE);
    const uint32_t vertices = 6 + below(&seed, 3);
    for (uint32_t i = 0; i < vertices; i++) {
        points[i] = (struct tiles_point){x + below(&seed, 3000), y + below(&seed, 3000)};
    }
    points[1].x += (uint32_t)(version % 64);
    return vertices;
}

static void put(int64_t id, bool geometry, bool live, uint64_t version)
{
    static const char *const uses[] = {"residential", "commercial", "school", "office", "garage"};
    struct tiles_cell cells[TILES_COLUMN_MAX];
    struct tiles_point points[8];
    char code[24], name[32];
    struct base_diag diag;
    unsigned effect;
    uint32_t given = UINT32_MAX, ring = 0, part = 1;
    struct tiles_row row = {.estate_id = 1 + id % 700, .id = id, .cells = cells};
    all_null(cells);
    if (live) {
        cell_i64(cells, PASSED, (int64_t)version);
        cell_text(cells, PASSED_WHO, "patrol");
        given = 1u << columns[PASSED] | 1u << columns[PASSED_WHO];
    } else {
        snprintf(code, sizeof code, "B%lld", (long long)id);
        snprintf(name, sizeof name, "Building No. %lld", (long long)id % 400);
        cell_text(cells, CODE, code);
        cell_text(cells, NAME, id % 3 ? NULL : name);
        cell_text(cells, USE, uses[id % 5]);
        cell_i64(cells, LEVELS, id % 30);
        cell_i64(cells, YEAR, 1950 + id % 70);
        cell_i64(cells, DWELLINGS, id % 90);
        cell_f64(cells, HEIGHT, (double)(id % 30) * 3);
        cell_f64(cells, AREA, (double)(id % 997));
    }
    if (geometry) {
        ring = footprint(id, version, points);
        row.shape = (struct tiles_shape){GEO_SHAPE_AREA, ring, 1, 1, points, &ring, &part};
        kit.vertices += ring;
    }
    if (!kit.dry && tiles_store_put(kit.store, &row, given, 0, &diag, &effect)) {
        die("put", diag.text);
    }
}

static void publish(void)
{
    struct base_diag diag;
    struct tiles_directory *directory = NULL;
    if (tiles_store_publish(kit.store, &diag, &directory)) {
        die("publish", diag.text);
    }
    tiles_directory_unref(kit.view.tables[TILES_TABLE_BUILDING]);
    kit.view.tables[TILES_TABLE_BUILDING] = directory;
}

/* --- what is measured --- */
static double rows_put(bool dry)
{
    const double began = seconds();
    kit.dry = dry;
    kit.vertices = 0;
    for (int64_t i = 0; i < ROWS; i++) {
        put(1 + i * 617 % ROWS, true, false, 0);
    }
    return seconds() - began;
}

static void load(void)
{
    const long before = rss_kb();
    const double generating = rows_put(true), putting = rows_put(false) - generating, began = seconds();
    publish();
    const double publishing_last = seconds() - began;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const double bytes = (double)tiles_store_memory(kit.store) - 8.0 * (double)kit.vertices;
    printf("bench store_load_s %.2f s\n", putting + publishing_last);
    printf("# %.2f s putting, %.2f s publishing what was left; without %.2f s of generating\n", putting,
           publishing_last, generating);
    printf("bench store_bytes_per_row %.0f bytes\n", bytes / ROWS);
    printf("bench store_rss_load_kb %ld kB\n", usage.ru_maxrss - before);
    printf("# %u pages, %.0f MB by its own account, RSS %ld kB now\n", kit.view.tables[TILES_TABLE_BUILDING]->count,
           (double)tiles_store_memory(kit.store) / 1e6, rss_kb());
}

static void publishing(int rows, bool geometry)
{
    double spent = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < rows; i++) {
            put(1 + below(&kit.seed, ROWS), geometry, !geometry, 1 + kit.seed % 1000000);
        }
        const double began = seconds();
        publish();
        spent += seconds() - began;
    }
    printf("bench store_publish_%s_us_%d %.0f us\n", geometry ? "geometry" : "state", rows, spent / ROUNDS * 1e6);
}

static void reading(void)
{
    uint64_t walked = 0, summed = 0;
    double walk_s = 0, sum_s = 0, stamp_s = 0;
    uint64_t sink = 0;
    for (int round = 0; round < ROUNDS; round++) {
        const uint32_t side = SIDE / 8; /* 1/64 of the rows */
        const uint32_t x = tiles_world_x(121.2) + below(&kit.seed, SIDE - side);
        const uint32_t y = tiles_world_y(31.4) + below(&kit.seed, SIDE - side);
        const struct tiles_extent extent = {x, y, x + side, y + side};
        const struct tiles_page *page;
        uint32_t rows[TILES_PAGE_ROWS * 2], count;
        struct tiles_walk walk = tiles_view_walk(&kit.view, TILES_TABLE_BUILDING, &extent, kit.scope, DATA_LOOK_PLACE);
        double began = seconds();
        sink += tiles_view_sum(walk, false).low;
        sum_s += seconds() - began;
        began = seconds();
        sink += tiles_view_stamp(&kit.view, TILES_TABLE_BUILDING, &extent, false);
        stamp_s += seconds() - began;
        began = seconds();
        while ((count = tiles_walk_next(&walk, &page, rows))) {
            walked += count;
            sink += rows[count - 1];
        }
        walk_s += seconds() - began;
        summed = walked;
    }
    printf("bench store_walk_ns %.2f ns\nbench store_sum_ns %.2f ns\n", walk_s / (double)walked * 1e9,
           sum_s / (double)summed * 1e9);
    printf("bench store_stamp_us %.1f us\n", stamp_s / ROUNDS * 1e6);
    printf("# %llu rows a tile (%llx)\n", (unsigned long long)walked / ROUNDS, (unsigned long long)sink);
}

/* State, geometry, and rows that go and come back. */
static void churn(void)
{
    enum { WENT = 64 };
    int64_t went[WENT];
    uint32_t gone = 0;
    long settled = 0;
    for (int i = 0; i < CHANGES; i++) {
        const int64_t id = 1 + below(&kit.seed, ROWS);
        const struct tiles_page *page;
        uint32_t row;
        if (i % 10 == 0 && tiles_store_remove(kit.store, 1 + id % 700, id, 0)) {
            went[gone++ % WENT] = id;
        } else if (i % 10 == 1 && gone) {
            put(went[--gone % WENT], true, false, (uint64_t)i);
        } else if (i % 10 > 1 && tiles_store_find(kit.store, 1 + id % 700, id, &page, &row)) {
            put(id, i % 3 == 0, i % 3 != 0, (uint64_t)i);
        }
        if (i % A_PUBLISH == 0) {
            publish();
        }
        if (i == SETTLED) {
            settled = rss_kb();
        }
    }
    publish();
    const long after = rss_kb();
    printf("bench store_rss_growth %.4f ratio\n", (double)after / (double)settled);
    printf("# RSS %ld kB after %d changes, %ld kB after %d; %.0f MB by its own account, %u pages\n", settled, SETTLED,
           after, CHANGES, (double)tiles_store_memory(kit.store) / 1e6, kit.view.tables[TILES_TABLE_BUILDING]->count);
}

int main(void)
{
    struct base_diag diag;
    if (tiles_store_new(&tiles_tables[TILES_TABLE_BUILDING], &diag, &kit.store) ||
        data_scope_everything(&diag, &kit.scope)) {
        die("begin", diag.text);
    }
    columns_find();
    load();
    for (int rows = 1; rows <= 100; rows *= 10) {
        publishing(rows, false);
        publishing(rows, true);
    }
    reading();
    churn();
    tiles_directory_unref(kit.view.tables[TILES_TABLE_BUILDING]);
    tiles_store_free(kit.store);
    data_scope_free(kit.scope);
    return 0;
}
