/* Incidents that are open: each is where it says itself, else where its building is, else at its estate's name, so all
 * that is known of one is kept beside the store and put when that has changed - at publish, when pages of places are
 * new. What is over is no row. */
#include "tiles/mirror_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLOSED_AT = 2 }; /* column of the feed (mirror_row.c) */

static struct tiles_map_key key_of(int64_t estate_id, int64_t id)
{
    return (struct tiles_map_key){0, estate_id, id};
}

static struct tiles_map_key home_of(int64_t estate_id)
{
    return (struct tiles_map_key){.c = estate_id};
}

static void touch(struct tiles_upstream *upstream, struct tiles_incident *incident)
{
    if (!incident->dirty) {
        incident->dirty = true;
        incident->next_dirty = upstream->join.dirty_incidents;
        upstream->join.dirty_incidents = incident;
        upstream->gathered = true;
    }
}

static struct tiles_incident *find(struct tiles_upstream *upstream, int64_t estate_id, int64_t id)
{
    const struct tiles_map_slot *slot = tiles_map_find(&upstream->join.incidents, key_of(estate_id, id));
    return slot ? slot->at : NULL;
}

static struct tiles_incident *need(struct tiles_upstream *upstream, int64_t estate_id, int64_t id)
{
    struct tiles_incident *incident = find(upstream, estate_id, id);
    if (incident) {
        return incident;
    }
    incident = calloc(1, sizeof *incident);
    struct tiles_map_slot *home = incident ? tiles_map_add(&upstream->join.incident_homes, home_of(estate_id)) : NULL;
    struct tiles_map_slot *slot = home ? tiles_map_add(&upstream->join.incidents, key_of(estate_id, id)) : NULL;
    if (!slot) {
        free(incident);
        return NULL;
    }
    *incident = (struct tiles_incident){.estate_id = estate_id, .id = id, .next_home = home->at};
    home->at = slot->at = incident;
    upstream->join.bytes += sizeof *incident;
    return incident;
}

static void cells_drop(struct tiles_upstream *upstream, struct tiles_incident *incident)
{
    upstream->join.bytes -= incident->cells ? tiles_state_bytes(incident->cells) : 0;
    free(incident->cells);
    incident->cells = NULL;
}

/* --- rows come and go --- */
static void over(struct tiles_upstream *upstream, struct tiles_incident *incident)
{
    tiles_apply_drawn(upstream, TILES_FEED_INCIDENT, incident->estate_id, incident->id);
    cells_drop(upstream, incident);
    touch(upstream, incident);
}

void tiles_incident_gone(struct tiles_upstream *upstream, int64_t estate_id, int64_t id)
{
    struct tiles_incident *incident = find(upstream, estate_id, id);
    if (incident) {
        over(upstream, incident);
    }
}

void tiles_incident_all_gone(struct tiles_upstream *upstream)
{
    const struct tiles_map_slot *slot;
    size_t at = 0;
    while ((slot = tiles_map_next(&upstream->join.incidents, &at))) {
        over(upstream, slot->at);
    }
}

static bool in_world(double lon, double lat)
{
    return fabs(lon) <= 180 && fabs(lat) <= 90;
}

static enum base_err opened(struct tiles_upstream *upstream, const struct data_field *row, struct base_diag *diag)
{
    static const struct base_diag why = {.text = "coordinates that cannot be"};
    int building = tiles_feed_column(TILES_FEED_INCIDENT, "building_id");
    int lon = tiles_feed_column(TILES_FEED_INCIDENT, "lon"), lat = tiles_feed_column(TILES_FEED_INCIDENT, "lat");
    enum base_err err = tiles_scratch_cells(&upstream->scratch, TILES_FEED_INCIDENT, row, diag);
    struct tiles_incident *incident = err ? NULL : need(upstream, data_field_i64(row[0]), data_field_i64(row[1]));
    struct tiles_state *cells =
        incident ? tiles_state_new(&tiles_tables[TILES_TABLE_INCIDENT], 0, upstream->scratch.cells) : NULL;
    if (!cells) {
        return err ? err : base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    cells_drop(upstream, incident);
    incident->cells = cells;
    upstream->join.bytes += tiles_state_bytes(cells);
    incident->bound = row[building].len != DATA_FIELD_NULL;
    incident->building_id = data_field_i64(row[building]);
    incident->placed = row[lon].len != DATA_FIELD_NULL && row[lat].len != DATA_FIELD_NULL;
    incident->lon = data_field_f64(row[lon]);
    incident->lat = data_field_f64(row[lat]);
    touch(upstream, incident);
    if (incident->placed && !in_world(incident->lon, incident->lat)) {
        return tiles_apply_leave_out(upstream, TILES_FEED_INCIDENT, incident->estate_id, incident->id, &why, diag);
    }
    tiles_apply_drawn(upstream, TILES_FEED_INCIDENT, incident->estate_id, incident->id);
    return BASE_OK;
}

enum base_err tiles_incident_row(struct tiles_upstream *upstream, const struct data_field *row,
                                 const struct data_field *old, struct base_diag *diag)
{
    int64_t estate_id = data_field_i64(row[0]), id = data_field_i64(row[1]);
    enum base_err err = tiles_apply_estate(upstream, estate_id, diag);
    if (!err && old) {
        tiles_incident_gone(upstream, data_field_i64(old[0]), data_field_i64(old[1]));
    }
    if (!err && row[CLOSED_AT].len == DATA_FIELD_NULL) {
        err = opened(upstream, row, diag);
    } else if (!err) {
        tiles_incident_gone(upstream, estate_id, id);
    }
    return err;
}

/* --- where they are --- */
void tiles_incident_place(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id, int64_t id)
{
    bool name = table == TILES_TABLE_ESTATE_LABEL;
    if (!name && table != TILES_TABLE_BUILDING) {
        return;
    }
    const struct tiles_map_slot *home = tiles_map_find(&upstream->join.incident_homes, home_of(estate_id));
    struct tiles_incident *incident = home ? home->at : NULL;
    for (; incident; incident = incident->next_home) {
        if (name ? !incident->placed : incident->bound && incident->building_id == id) {
            touch(upstream, incident);
        }
    }
}

static bool building_of(const struct tiles_upstream *upstream, const struct tiles_incident *incident,
                        const struct tiles_page **ret_page, uint32_t *ret_row)
{
    const struct tiles_store *buildings = upstream->mirror->stores[TILES_TABLE_BUILDING];
    return incident->bound &&
           tiles_store_owned(buildings, incident->estate_id, incident->building_id, upstream->number) &&
           tiles_store_find(buildings, incident->estate_id, incident->building_id, ret_page, ret_row);
}

static bool of_building(const struct tiles_upstream *upstream, const struct tiles_incident *incident, double *lon,
                        double *lat)
{
    const struct tiles_table *table = &tiles_tables[TILES_TABLE_BUILDING];
    const struct tiles_page *page;
    uint32_t row;
    return building_of(upstream, incident, &page, &row) &&
           tiles_page_f64(page, row, tiles_table_column(table, "lon"), lon) &&
           tiles_page_f64(page, row, tiles_table_column(table, "lat"), lat) && in_world(*lon, *lat);
}

static bool of_estate(const struct tiles_upstream *upstream, const struct tiles_incident *incident, double *lon,
                      double *lat)
{
    const struct tiles_store *labels = upstream->mirror->stores[TILES_TABLE_ESTATE_LABEL];
    const struct tiles_page *page;
    uint32_t row;
    if (!tiles_store_owned(labels, incident->estate_id, incident->estate_id, upstream->number) ||
        !tiles_store_find(labels, incident->estate_id, incident->estate_id, &page, &row)) {
        return false;
    }
    struct tiles_shape shape = tiles_page_shape(page, row);
    *lon = tiles_world_lon(shape.points[0].x);
    *lat = tiles_world_lat(shape.points[0].y);
    return true;
}

static bool position(const struct tiles_upstream *upstream, const struct tiles_incident *incident, double *lon,
                     double *lat)
{
    if (incident->placed) {
        *lon = incident->lon;
        *lat = incident->lat;
        return in_world(*lon, *lat);
    }
    return of_building(upstream, incident, lon, lat) || of_estate(upstream, incident, lon, lat);
}

/* --- settled --- */
/* Its own cells, and its building's names. Texts are borrowed. */
static void cells_of(const struct tiles_upstream *upstream, const struct tiles_incident *incident,
                     struct tiles_cell cells[TILES_STATE_MAX])
{
    static const char *const names[][2] = {{"building_name", "name"}, {"building_name_en", "name_en"}};
    const struct tiles_table *table = &tiles_tables[TILES_TABLE_INCIDENT];
    const struct tiles_page *page;
    uint32_t row;
    memcpy(cells, incident->cells->cells, TILES_STATE_MAX * sizeof cells[0]);
    for (size_t i = 0; i < BASE_COUNT(names) && building_of(upstream, incident, &page, &row); i++) {
        int column = tiles_table_column(&tiles_tables[TILES_TABLE_BUILDING], names[i][1]);
        cells[tiles_table_column(table, names[i][0])] = tiles_cell_of(page, row, column);
    }
}

static enum base_err put(struct tiles_upstream *upstream, const struct tiles_incident *incident, double lon, double lat,
                         struct base_diag *diag)
{
    unsigned effect;
    struct tiles_scratch *scratch = &upstream->scratch;
    struct tiles_cell cells[TILES_STATE_MAX];
    size_t columns = tiles_table_columns(&tiles_tables[TILES_TABLE_INCIDENT]);
    enum base_err err = tiles_scratch_point(scratch, lon, lat, diag);
    if (err) {
        return err;
    }
    scratch->row.estate_id = incident->estate_id;
    scratch->row.id = incident->id;
    cells_of(upstream, incident, cells);
    scratch->row.cells = cells;
    return tiles_mirror_put(upstream, TILES_TABLE_INCIDENT, &scratch->row, (UINT32_C(1) << columns) - 1, diag, &effect);
}

static void incident_free(struct tiles_upstream *upstream, struct tiles_incident *incident)
{
    struct tiles_map_slot *home = tiles_map_find(&upstream->join.incident_homes, home_of(incident->estate_id));
    struct tiles_incident *first = home->at, **at = &first;
    while (*at != incident) {
        at = &(*at)->next_home;
    }
    *at = incident->next_home;
    home->at = first;
    if (!first) {
        tiles_map_remove(&upstream->join.incident_homes, home_of(incident->estate_id));
    }
    tiles_map_remove(&upstream->join.incidents, key_of(incident->estate_id, incident->id));
    upstream->join.bytes -= sizeof *incident;
    free(incident);
}

enum base_err tiles_incident_settle(struct tiles_upstream *upstream, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    while (upstream->join.dirty_incidents && !err) {
        struct tiles_incident *incident = upstream->join.dirty_incidents;
        double lon, lat;
        if (incident->cells && position(upstream, incident, &lon, &lat)) {
            err = put(upstream, incident, lon, lat, diag);
        } else {
            err = tiles_mirror_remove(upstream, TILES_TABLE_INCIDENT, incident->estate_id, incident->id, diag);
        }
        if (!err) {
            upstream->join.dirty_incidents = incident->next_dirty;
            incident->dirty = false;
        }
        if (!err && !incident->cells) {
            incident_free(upstream, incident);
        }
    }
    return err;
}

void tiles_incident_release(struct tiles_upstream *upstream)
{
    const struct tiles_map_slot *slot;
    size_t at = 0;
    while ((slot = tiles_map_next(&upstream->join.incidents, &at))) {
        struct tiles_incident *incident = slot->at;
        free(incident->cells);
        free(incident);
    }
    tiles_map_release(&upstream->join.incidents);
    tiles_map_release(&upstream->join.incident_homes);
    upstream->join.dirty_incidents = NULL;
}
