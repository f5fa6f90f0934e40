/* What the mirror reads of each table, and how a row of a feed becomes one of the mirror's. Cells are found by name:
 * a column of the mirror is the feed's of the same name. */
#include "tiles/mirror_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_MAX = 16 << 20 };
#define VALID "valid_to is null"
#define COLUMNS(...) (const char *const[]){__VA_ARGS__}, BASE_COUNT(((const char *const[]){__VA_ARGS__}))

const struct tiles_source_table tiles_sources[TILES_FEEDS] = {
    [TILES_FEED_ESTATE] = {TILES_ROLE_PLACE, TILES_TABLE_ESTATE},
    [TILES_FEED_GRID] = {TILES_ROLE_PLACE, TILES_TABLE_GRID},
    [TILES_FEED_LANDUSE] = {TILES_ROLE_PLACE, TILES_TABLE_LANDUSE},
    [TILES_FEED_WATER] = {TILES_ROLE_PLACE, TILES_TABLE_WATER},
    [TILES_FEED_ROAD] = {TILES_ROLE_PLACE, TILES_TABLE_ROAD},
    [TILES_FEED_PLACE] = {TILES_ROLE_PLACE, TILES_TABLE_PLACE},
    [TILES_FEED_ZONE] = {TILES_ROLE_PLACE, TILES_TABLE_ZONE},
    [TILES_FEED_ZONE_STATE] = {TILES_ROLE_STATE, TILES_TABLE_ZONE},
    [TILES_FEED_BUILDING] = {TILES_ROLE_PLACE, TILES_TABLE_BUILDING},
    [TILES_FEED_BUILDING_STATE] = {TILES_ROLE_STATE, TILES_TABLE_BUILDING},
    [TILES_FEED_ROUTE] = {TILES_ROLE_PLACE, TILES_TABLE_ROUTE},
    [TILES_FEED_CHECKPOINT] = {TILES_ROLE_PLACE, TILES_TABLE_CHECKPOINT},
    [TILES_FEED_FACILITY] = {TILES_ROLE_PLACE, TILES_TABLE_FACILITY},
    [TILES_FEED_DEVICE] = {TILES_ROLE_DEVICE, TILES_TABLE_DEVICE},
    [TILES_FEED_DEVICE_STATE] = {TILES_ROLE_DEVICE_STATE, TILES_TABLE_DEVICE},
    [TILES_FEED_DEVICE_DUTY] = {TILES_ROLE_DEVICE_DUTY, TILES_TABLE_DEVICE},
    [TILES_FEED_ASSET_STATE] = {TILES_ROLE_ASSET, TILES_TABLE_ASSET},
    [TILES_FEED_INCIDENT] = {TILES_ROLE_INCIDENT, TILES_TABLE_INCIDENT},
};

const struct data_feed_table tiles_feeds[TILES_FEEDS] = {
    [TILES_FEED_ESTATE] = {"estate", COLUMNS("id", "valid_to", "geom", "name", "name_en", "management_type"), 1, VALID},
    [TILES_FEED_GRID] = {"grid", COLUMNS("id", "valid_to", "geom", "kind", "code", "name", "name_en"), 1, VALID},
    [TILES_FEED_LANDUSE] = {"landuse", COLUMNS("id", "valid_to", "geom", "class", "name", "name_en"), 1, VALID},
    [TILES_FEED_WATER] = {"water", COLUMNS("id", "valid_to", "geom", "class", "name", "name_en"), 1, VALID},
    [TILES_FEED_ROAD] = {"road", COLUMNS("id", "valid_to", "geom", "class", "name", "name_en"), 1, VALID},
    [TILES_FEED_PLACE] = {"place", COLUMNS("id", "valid_to", "geom", "class", "name", "name_en"), 1, VALID},
    [TILES_FEED_ZONE] = {"zone", COLUMNS("estate_id", "id", "valid_to", "geom", "kind", "name", "name_en"), 2, VALID},
    [TILES_FEED_ZONE_STATE] = {"zone_state",
                               COLUMNS("estate_id", "zone_id", "last_pass_at", "last_pass_subject_type", "due_at",
                                       "verdict", "verdict_at", "swept", "swept_from", "swept_at"),
                               2, NULL},
    [TILES_FEED_BUILDING] = {"building",
                             COLUMNS("estate_id", "id", "valid_to", "geom", "name", "name_en", "codes", "levels",
                                     "height_m", "min_height_m", "use", "dwellings", "year_built", "area_m2", "lon",
                                     "lat"),
                             2, VALID},
    [TILES_FEED_BUILDING_STATE] = {"building_state",
                                   COLUMNS("estate_id", "building_id", "last_pass_at", "last_pass_subject_type",
                                           "last_event_at", "last_alarm_at", "due_at", "verdict", "verdict_at",
                                           "duty_every", "breach_at", "breached_at", "blind"),
                                   2, NULL},
    [TILES_FEED_ROUTE] = {"route", COLUMNS("estate_id", "id", "valid_to", "geom", "name", "name_en"), 2, VALID},
    [TILES_FEED_CHECKPOINT] = {"checkpoint", COLUMNS("estate_id", "id", "valid_to", "geom", "name", "name_en"), 2,
                               VALID},
    [TILES_FEED_FACILITY] = {"facility", COLUMNS("estate_id", "id", "valid_to", "geom", "kind", "name", "name_en"), 2,
                             VALID},
    [TILES_FEED_DEVICE] = {"device",
                           COLUMNS("estate_id", "id", "valid_to", "state", "kind", "name", "building_estate_id",
                                   "building_id", "storey", "lon", "lat"),
                           2, VALID " and state = 'accepted'"},
    [TILES_FEED_DEVICE_STATE] = {"device_state",
                                 COLUMNS("estate_id", "device_id", "kind", "channel", "t_event", "phase", "severity"),
                                 4, NULL},
    [TILES_FEED_DEVICE_DUTY] = {"device_duty",
                                COLUMNS("estate_id", "device_id", "due_at", "verdict", "verdict_at", "uptime",
                                        "uptime_from", "overflow_s"),
                                2, NULL},
    [TILES_FEED_ASSET_STATE] = {"asset_state",
                                COLUMNS("estate_id", "subject", "id", "label", "label_en", "subject_type", "lon", "lat",
                                        "t_event", "acc_m", "speed_mps", "course_deg", "battery", "at_estate_id",
                                        "building_id", "flags"),
                                2, NULL},
    [TILES_FEED_INCIDENT] = {"incident",
                             COLUMNS("estate_id", "id", "closed_at", "category", "severity", "building_id", "storey",
                                     "lon", "lat", "drill", "reported_at", "state", "level", "organisation_id",
                                     "state_at", "breach_at", "version"),
                             2, "closed_at is null"},
};

int tiles_feed_column(enum tiles_feed_id feed, const char *name)
{
    for (size_t i = 0; i < tiles_feeds[feed].count; i++) {
        if (strcmp(tiles_feeds[feed].columns[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* --- scratch --- */
/* A column of the mirror is the feed's of its name; but for the first of the codes, and for what the flags say. What is
 * not blind is nothing to tell: else every building under a duty would have state. */
static struct tiles_origin origin_of(enum tiles_feed_id feed, const struct tiles_column *column)
{
    static const enum tiles_how hows[] = {
        [TILES_INT] = TILES_HOW_INT,   [TILES_REAL] = TILES_HOW_NUMBER, [TILES_DOUBLE] = TILES_HOW_NUMBER,
        [TILES_TEXT] = TILES_HOW_TEXT, [TILES_TEXTS] = TILES_HOW_TEXTS, [TILES_TIME] = TILES_HOW_TIME,
        [TILES_BOOL] = TILES_HOW_BOOL};
    if (feed == TILES_FEED_BUILDING && strcmp(column->name, "code") == 0) {
        return (struct tiles_origin){TILES_HOW_FIRST, (int8_t)tiles_feed_column(feed, "codes")};
    }
    if (strcmp(column->name, "replay") == 0) {
        return (struct tiles_origin){TILES_HOW_REPLAY, (int8_t)tiles_feed_column(feed, "flags")};
    }
    if (feed == TILES_FEED_BUILDING_STATE && strcmp(column->name, "duty_every_s") == 0) {
        return (struct tiles_origin){TILES_HOW_SECONDS, (int8_t)tiles_feed_column(feed, "duty_every")};
    }
    if (feed == TILES_FEED_BUILDING_STATE && strcmp(column->name, "blind") == 0) {
        return (struct tiles_origin){TILES_HOW_TRUE, (int8_t)tiles_feed_column(feed, "blind")};
    }
    int from = tiles_feed_column(feed, column->name);
    return (struct tiles_origin){from < 0 ? TILES_HOW_NONE : hows[column->kind], (int8_t)from};
}

void tiles_scratch_init(struct tiles_scratch *scratch)
{
    *scratch = (struct tiles_scratch){0};
    geo_shape_init(&scratch->wkb);
    base_buf_init(&scratch->texts, TEXTS_MAX);
    for (int feed = 0; feed < TILES_FEEDS; feed++) {
        const struct tiles_table *table = &tiles_tables[tiles_sources[feed].table];
        for (int c = 0; c < TILES_COLUMN_MAX && table->columns[c].name; c++) {
            scratch->origins[feed][c] = origin_of((enum tiles_feed_id)feed, &table->columns[c]);
        }
    }
}

void tiles_scratch_release(struct tiles_scratch *scratch)
{
    geo_shape_release(&scratch->wkb);
    base_buf_release(&scratch->texts);
    free(scratch->points);
    free(scratch->ends);
}

/* --- cells --- */
/* Items end to end, each with its end; nothing for an empty array. */
static struct base_str texts_in(struct tiles_scratch *scratch, struct data_field field)
{
    struct base_str item;
    uint32_t at = 0;
    base_buf_reset(&scratch->texts);
    while (data_field_item(field, &at, &item)) {
        base_buf_append(&scratch->texts, item.at, item.len);
        base_buf_u8(&scratch->texts, 0);
    }
    return base_buf_str(&scratch->texts);
}

static struct tiles_cell text_cell(struct base_str text)
{
    return (struct tiles_cell){.null = !text.at, .text = text};
}

static struct tiles_cell number_cell(double value)
{
    return isfinite(value) ? (struct tiles_cell){.f64 = value} : (struct tiles_cell){.null = true};
}

/* infinity is no moment. */
static struct tiles_cell time_cell(int64_t time_us)
{
    return (struct tiles_cell){.null = time_us == INT64_MAX || time_us == INT64_MIN, .i64 = time_us};
}

enum { REPLAY = 7 }; /* flags of a position that is no news: retained, replay, historical (sensors.h) */

static struct tiles_cell cell_in(struct tiles_scratch *scratch, enum tiles_how how, struct data_field field)
{
    struct base_str text = {NULL, 0};
    uint32_t at = 0;
    switch (field.len == DATA_FIELD_NULL ? TILES_HOW_NONE : how) {
    case TILES_HOW_INT:
        return (struct tiles_cell){.i64 = data_field_i64(field)};
    case TILES_HOW_TIME:
        return time_cell(data_field_time(field));
    case TILES_HOW_BOOL:
        return (struct tiles_cell){.i64 = data_field_bool(field)};
    case TILES_HOW_SECONDS:
        return (struct tiles_cell){.i64 = data_field_interval(field) / 1000000};
    case TILES_HOW_TRUE:
        return (struct tiles_cell){.null = !data_field_bool(field), .i64 = 1};
    case TILES_HOW_REPLAY:
        return (struct tiles_cell){.i64 = (data_field_i64(field) & REPLAY) != 0};
    case TILES_HOW_NUMBER:
        return number_cell(data_field_f64(field));
    case TILES_HOW_TEXT:
        return text_cell(data_field_str(field));
    case TILES_HOW_FIRST:
        return data_field_item(field, &at, &text) ? text_cell(text) : (struct tiles_cell){.null = true};
    case TILES_HOW_TEXTS:
        text = texts_in(scratch, field);
        return text.len ? text_cell(text) : (struct tiles_cell){.null = true};
    case TILES_HOW_NONE:
        break;
    }
    return (struct tiles_cell){.null = true};
}

enum base_err tiles_scratch_cells(struct tiles_scratch *scratch, enum tiles_feed_id feed, const struct data_field *row,
                                  struct base_diag *diag)
{
    const struct tiles_table *table = &tiles_tables[tiles_sources[feed].table];
    scratch->columns = 0;
    scratch->row = (struct tiles_row){.cells = scratch->cells};
    for (int c = 0; c < TILES_COLUMN_MAX && table->columns[c].name; c++) {
        struct tiles_origin origin = scratch->origins[feed][c];
        bool given = origin.how != TILES_HOW_NONE && row[origin.from].len != DATA_FIELD_UNCHANGED;
        scratch->cells[c] = given ? cell_in(scratch, origin.how, row[origin.from]) : (struct tiles_cell){.null = true};
        scratch->columns |= (uint32_t)given << c;
    }
    return scratch->texts.err ? base_diag_set(diag, scratch->texts.err, "%s: a row's texts are too long", table->name)
                              : BASE_OK;
}

/* --- shapes --- */
static bool room(struct tiles_scratch *scratch, uint32_t points, uint32_t ends)
{
    if (points > scratch->point_cap) {
        struct tiles_point *larger = realloc(scratch->points, 2 * (size_t)points * sizeof *larger);
        if (!larger) {
            return false;
        }
        scratch->points = larger;
        scratch->point_cap = 2 * points;
    }
    if (ends > scratch->end_cap) {
        uint32_t *larger = realloc(scratch->ends, 2 * (size_t)ends * sizeof *larger);
        if (!larger) {
            return false;
        }
        scratch->ends = larger;
        scratch->end_cap = 2 * ends;
    }
    return true;
}

static bool in_world(double lon, double lat) /* false for NaN */
{
    return fabs(lon) <= 180 && fabs(lat) <= 90;
}

/* Appends a ring's vertices, an area's without the last, which is the first again. False: it is too short to be one. */
static bool ring_in(struct tiles_scratch *scratch, uint32_t first, uint32_t last, uint32_t *points)
{
    static const uint32_t least[] = {
        [GEO_SHAPE_NONE] = 1, [GEO_SHAPE_POINT] = 1, [GEO_SHAPE_LINE] = 2, [GEO_SHAPE_AREA] = 3};
    last -= scratch->wkb.type == GEO_SHAPE_AREA && last > first;
    if (last - first < least[scratch->wkb.type]) {
        return false;
    }
    for (uint32_t v = first; v < last; v++) {
        const double *at = scratch->wkb.xy + 2 * (size_t)v;
        scratch->points[(*points)++] = (struct tiles_point){tiles_world_x(at[0]), tiles_world_y(at[1])};
    }
    return true;
}

/* A part without its outside is none; what is left of a shape may be nothing. */
static void project(struct tiles_scratch *scratch)
{
    const struct geo_shape *wkb = &scratch->wkb;
    uint32_t *ring_ends = scratch->ends, *part_ends = scratch->ends + wkb->rings;
    uint32_t points = 0, rings = 0, parts = 0, ring = 0;
    for (uint32_t part = 0; part < wkb->parts; part++) {
        uint32_t before = rings;
        bool lost = false;
        for (uint32_t begin = ring; ring < wkb->part_ends[part]; ring++) {
            bool some = !lost && ring_in(scratch, ring ? wkb->ring_ends[ring - 1] : 0, wkb->ring_ends[ring], &points);
            lost = lost || (!some && ring == begin && wkb->type == GEO_SHAPE_AREA);
            if (some) {
                ring_ends[rings++] = points;
            }
        }
        if (rings > before) {
            part_ends[parts++] = rings;
        }
    }
    scratch->row.shape = (struct tiles_shape){.type = wkb->type,
                                              .vertices = points,
                                              .rings = rings,
                                              .parts = parts,
                                              .points = scratch->points,
                                              .ring_ends = ring_ends,
                                              .part_ends = part_ends};
}

enum base_err tiles_scratch_wkb(struct tiles_scratch *scratch, struct base_str wkb, enum geo_shape_type type,
                                struct base_diag *diag)
{
    struct geo_shape *shape = &scratch->wkb;
    enum base_err err =
        wkb.at ? geo_wkb_in(wkb.at, wkb.len, diag, shape) : base_diag_set(diag, BASE_INVALID, "no geometry");
    if (err) {
        return err == BASE_NOMEM ? err : BASE_INVALID;
    }
    if (shape->type != type && shape->vertices) {
        return base_diag_set(diag, BASE_INVALID, "geometry of another kind");
    }
    for (uint32_t v = 0; v < shape->vertices; v++) {
        if (!in_world(shape->xy[2 * (size_t)v], shape->xy[2 * (size_t)v + 1])) {
            return base_diag_set(diag, BASE_INVALID, "coordinates that cannot be");
        }
    }
    if (!room(scratch, shape->vertices, shape->rings + shape->parts)) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    project(scratch);
    return scratch->row.shape.parts ? BASE_OK : base_diag_set(diag, BASE_INVALID, "an empty geometry");
}

enum base_err tiles_scratch_point(struct tiles_scratch *scratch, double lon, double lat, struct base_diag *diag)
{
    if (!in_world(lon, lat)) {
        return base_diag_set(diag, BASE_INVALID, "coordinates that cannot be");
    }
    geo_shape_reset(&scratch->wkb, GEO_SHAPE_POINT);
    geo_shape_vertex(&scratch->wkb, lon, lat);
    geo_shape_ring_end(&scratch->wkb);
    geo_shape_part_end(&scratch->wkb);
    if (scratch->wkb.err || !room(scratch, 1, 2)) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    project(scratch);
    return BASE_OK;
}

/* --- what is there already --- */
uint32_t tiles_live_columns(const struct tiles_table *table)
{
    uint32_t columns = 0;
    for (int c = 0; c < TILES_COLUMN_MAX && table->columns[c].name; c++) {
        columns |= (uint32_t)table->columns[c].live << c;
    }
    return columns;
}

struct tiles_cell tiles_cell_of(const struct tiles_page *page, uint32_t row, int column)
{
    struct tiles_cell cell = {.null = false};
    bool some = false;
    switch (page->table->columns[column].kind) {
    case TILES_INT:
    case TILES_TIME:
    case TILES_BOOL:
        some = tiles_page_i64(page, row, column, &cell.i64);
        break;
    case TILES_REAL:
    case TILES_DOUBLE:
        some = tiles_page_f64(page, row, column, &cell.f64);
        break;
    case TILES_TEXT:
    case TILES_TEXTS:
        some = tiles_page_text(page, row, column, &cell.text);
        break;
    }
    return some ? cell : (struct tiles_cell){.null = true};
}

void tiles_scratch_fill(struct tiles_scratch *scratch, const struct tiles_page *page, uint32_t row)
{
    if (scratch->row.shape.type == GEO_SHAPE_NONE) {
        scratch->row.shape = tiles_page_shape(page, row);
    }
    for (int c = 0; c < TILES_COLUMN_MAX && page->table->columns[c].name; c++) {
        if (!(scratch->columns & UINT32_C(1) << c)) {
            scratch->cells[c] = tiles_cell_of(page, row, c);
            scratch->columns |= UINT32_C(1) << c;
        }
    }
}
