/* Zones that are to be swept, and their grids: read with their windows, gridded when the first track comes near. */
#include "duty/track_private.h"

#include <stdlib.h>
#include <string.h>

enum { ESTATE, ZONE, FROM, TO, RADIUS, TYPES, ARRAY_MAX = 4 * 1024 * 1024 };
#define AHEAD_US (6 * 3600 * DUTY_TRACK_SECOND)
#define KEEP_US (60 * DUTY_TRACK_SECOND)

void duty_track_zone_release(struct duty_cover *cover)
{
    for (size_t i = 0; i < cover->zone_count; i++) {
        geo_shape_release(&cover->zones[i].shape);
        geo_cover_grid_release(&cover->zones[i].grid);
    }
    geo_place_free(cover->index);
    cover->index = NULL;
    cover->zone_count = cover->span_count = 0;
    cover->types = 0;
    cover->widest_m = 0;
}

/* --- windows --- */
static bool take_window(struct duty_cover *cover, const struct data_rows *rows, size_t row)
{
    int64_t estate_id = data_rows_i64(rows, row, ESTATE), id = data_rows_i64(rows, row, ZONE);
    struct duty_zone *zone = cover->zone_count ? &cover->zones[cover->zone_count - 1] : NULL;
    if (!duty_track_room(&cover->spans, &cover->span_cap, cover->span_count + 1, sizeof *cover->spans)) {
        return false;
    }
    if (!zone || zone->estate_id != estate_id || zone->id != id) {
        if (!duty_track_room(&cover->zones, &cover->zone_cap, cover->zone_count + 1, sizeof *cover->zones)) {
            return false;
        }
        zone = &cover->zones[cover->zone_count++];
        *zone = (struct duty_zone){.estate_id = estate_id, .id = id, .first = cover->span_count};
        geo_shape_init(&zone->shape);
    }
    double radius_m = data_rows_f64(rows, row, RADIUS);
    zone->half_width_m = radius_m > zone->half_width_m ? radius_m : zone->half_width_m;
    zone->types |= (uint32_t)data_rows_i64(rows, row, TYPES);
    zone->count++;
    cover->widest_m = zone->half_width_m > cover->widest_m ? zone->half_width_m : cover->widest_m;
    cover->types |= zone->types;
    cover->spans[cover->span_count++] =
        (struct duty_span){data_rows_time(rows, row, FROM), data_rows_time(rows, row, TO)};
    return true;
}

/* --- outlines --- */
static enum base_err list_outlines(struct duty_cover *cover, struct duty_turn *turn, struct base_diag *diag,
                                   struct data_rows **ret_rows)
{
    AUTO_VALUE(base_buf) estates, ids;
    base_buf_init(&estates, ARRAY_MAX);
    base_buf_init(&ids, ARRAY_MAX);
    data_array_begin(&estates, DATA_ARRAY_I64, cover->zone_count);
    data_array_begin(&ids, DATA_ARRAY_I64, cover->zone_count);
    for (size_t i = 0; i < cover->zone_count; i++) {
        data_array_i64(&estates, cover->zones[i].estate_id);
        data_array_i64(&ids, cover->zones[i].id);
    }
    if (estates.err || ids.err) {
        return base_diag_set(diag, BASE_LIMIT, "judge: %zu zones are too many", cover->zone_count);
    }
    return data_run(turn->conn, DATA_TRACK_ZONE_LIST,
                    DATA_ARGS(data_bytes(base_buf_str(&estates)), data_bytes(base_buf_str(&ids))), diag, ret_rows);
}

static enum base_err index_zones(struct duty_cover *cover, struct duty_turn *turn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = geo_place_new(diag, &cover->index);
    err = err ? err : list_outlines(cover, turn, diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        size_t number = (size_t)data_rows_i64(rows, row, 0);
        struct duty_zone *zone = &cover->zones[number - 1];
        struct base_str wkb = data_rows_bytes(rows, row, 1);
        err = geo_wkb_in(wkb.at, wkb.len, diag, &zone->shape);
        if (!err && zone->shape.parts) {
            err = geo_place_add(cover->index, (int64_t)number, zone->estate_id, &zone->shape, diag);
        }
    }
    return err ? err : geo_place_build(cover->index, diag);
}

enum base_err duty_track_zone_load(struct duty_cover *cover, struct duty_turn *turn, int64_t from_us, int64_t to_us,
                                   struct base_diag *diag)
{
    AUTO(data_rows) version = NULL;
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(turn->conn, DATA_PLACE_VERSION, DATA_NO_ARGS, diag, &version);
    int64_t place_version = !err && data_rows_count(version) ? data_rows_i64(version, 0, 0) : 0;
    int64_t now_us = base_clock_mono_us();
    size_t opened = atomic_load(turn->opened); /* before they are read: what is opened meanwhile is read again */
    if (err || (cover->place_version == place_version && cover->opened == opened && from_us >= cover->from_us &&
                to_us <= cover->to_us && cover->loaded_us && now_us - cover->loaded_us < KEEP_US)) {
        return err;
    }
    duty_track_zone_release(cover);
    cover->loaded_us = 0;
    int64_t until_us = to_us > INT64_MAX - AHEAD_US ? INT64_MAX : to_us + AHEAD_US;
    err =
        data_run(turn->conn, DATA_TRACK_ZONE_WINDOWS, DATA_ARGS(data_time(from_us), data_time(until_us)), diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        err = take_window(cover, rows, row) ? BASE_OK : base_diag_set(diag, BASE_NOMEM, "judge: no memory for windows");
    }
    if (!err && cover->zone_count) {
        err = index_zones(cover, turn, diag);
    }
    if (!err) {
        cover->place_version = place_version;
        cover->opened = opened;
        cover->from_us = from_us;
        cover->to_us = until_us;
        cover->loaded_us = now_us;
    }
    return err;
}

/* --- grids --- */
static enum base_err keep_grid(struct duty_turn *turn, const struct duty_zone *zone, struct base_diag *diag)
{
    const struct geo_cover_grid *grid = &zone->grid;
    AUTO_VALUE(base_buf) mask;
    base_buf_init(&mask, ARRAY_MAX);
    data_array_bits(&mask, grid->mask, grid->width * grid->height);
    if (mask.err) {
        return base_diag_set(diag, mask.err, "judge: the grid of zone %lld is too large", (long long)zone->id);
    }
    return data_run(turn->conn, DATA_TRACK_ZONE_GRID,
                    DATA_ARGS(data_i64(zone->estate_id), data_i64(zone->id), data_id(grid->id),
                              data_f64(grid->origin.lon), data_f64(grid->origin.lat), data_f64(grid->cell_m),
                              data_i64(grid->width), data_i64(grid->height), data_i64(grid->passable),
                              data_bytes(base_buf_str(&mask))),
                    diag, NULL);
}

static enum base_err make_grid(const struct data_rows *rows, struct duty_zone *zone, struct base_diag *diag)
{
    size_t count = data_rows_count(rows), used = 0;
    struct geo_shape *obstacles = calloc(count + 1, sizeof *obstacles);
    enum base_err err = obstacles ? BASE_OK : base_diag_set(diag, BASE_NOMEM, "judge: no memory for a zone");
    for (size_t row = 0; row < count && !err; row++) {
        struct base_str wkb = data_rows_bytes(rows, row, 0);
        geo_shape_init(&obstacles[used]);
        err = geo_wkb_in(wkb.at, wkb.len, diag, &obstacles[used]);
        used++;
    }
    if (!err) {
        err =
            geo_cover_grid_make(&zone->shape, obstacles, used, geo_cover_cell_m(zone->half_width_m), diag, &zone->grid);
    }
    for (size_t i = 0; i < used; i++) {
        geo_shape_release(&obstacles[i]);
    }
    free(obstacles);
    return err;
}

enum base_err duty_track_zone_grid(struct duty_cover *cover, struct duty_zone *zone)
{
    AUTO(data_rows) rows = NULL;
    if (zone->state != DUTY_GRID_UNKNOWN) {
        return BASE_OK;
    }
    enum base_err err = data_run(cover->turn->conn, DATA_TRACK_ZONE_OBSTACLES,
                                 DATA_ARGS(data_i64(zone->estate_id), data_i64(zone->id)), cover->diag, &rows);
    if (err) {
        return err;
    }
    err = make_grid(rows, zone, cover->diag);
    if (err == BASE_INVALID || err == BASE_LIMIT || (!err && zone->grid.passable == 0)) {
        zone->state = DUTY_GRID_NONE; /* there is nothing to cover, or it cannot be counted: its duty stays undecided */
        return BASE_OK;
    }
    err = err ? err : keep_grid(cover->turn, zone, cover->diag);
    zone->state = err ? DUTY_GRID_UNKNOWN : DUTY_GRID_MADE;
    return err;
}
