/* Rows and changes of a feed into the stores. What cannot be drawn is left out and remembered, because a later change
 * may rightly not tell its shape; a row whose shape nobody knows although it should be there means a new snapshot. */
#include "tiles/mirror_private.h"

#include <string.h>

struct row_key {
    int64_t estate_id, id;
};

/* Of the columns of the replica identity, which come first. An estate is its own; the background is nobody's. */
static struct row_key key_of(enum tiles_feed_id feed, const struct data_field *fields)
{
    if (tiles_feeds[feed].keys == 1) {
        int64_t id = data_field_i64(fields[0]);
        return (struct row_key){feed == TILES_FEED_ESTATE ? id : 0, id};
    }
    return (struct row_key){data_field_i64(fields[0]), data_field_i64(fields[1])};
}

static struct tiles_map_key map_key(struct row_key key)
{
    return (struct tiles_map_key){0, key.estate_id, key.id};
}

enum base_err tiles_apply_estate(struct tiles_upstream *upstream, int64_t estate_id, struct base_diag *diag)
{
    if (upstream->estates.count && upstream->last_estate == estate_id) {
        return BASE_OK;
    }
    if (!tiles_map_add(&upstream->estates, (struct tiles_map_key){.c = estate_id})) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    upstream->last_estate = estate_id;
    return BASE_OK;
}

/* --- what cannot be drawn --- */
enum base_err tiles_apply_leave_out(struct tiles_upstream *upstream, enum tiles_feed_id feed, int64_t estate_id,
                                    int64_t id, const struct base_diag *why, struct base_diag *diag)
{
    if (!tiles_map_add(&upstream->join.left_out[feed], map_key((struct row_key){estate_id, id}))) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (!(upstream->warned & 1u << feed)) {
        upstream->warned |= 1u << feed;
        base_log(BASE_LOG_WARN, "rows that cannot be drawn are left out",
                 base_log_text("table", tiles_feeds[feed].name), base_log_i64("first_id", id),
                 base_log_text("why", why->text));
    }
    return BASE_OK;
}

void tiles_apply_drawn(struct tiles_upstream *upstream, enum tiles_feed_id feed, int64_t estate_id, int64_t id)
{
    if (upstream->join.left_out[feed].count) {
        tiles_map_remove(&upstream->join.left_out[feed], map_key((struct row_key){estate_id, id}));
    }
}

/* --- places --- */
/* The row that had the key before: it gives what the change does not tell. State goes by the key and does not move. */
static enum base_err inherit(struct tiles_upstream *upstream, enum tiles_table_id table, struct row_key old,
                             struct base_diag *diag)
{
    const struct tiles_page *page;
    uint32_t row;
    uint32_t live = tiles_live_columns(&tiles_tables[table]);
    uint32_t all = (UINT32_C(1) << tiles_table_columns(&tiles_tables[table])) - 1;
    if ((upstream->scratch.columns | live) == all && upstream->scratch.row.shape.type != GEO_SHAPE_NONE) {
        return BASE_OK;
    }
    enum base_err err = tiles_mirror_settle(upstream->mirror, table, diag);
    if (!err && tiles_store_find(upstream->mirror->stores[table], old.estate_id, old.id, &page, &row)) {
        upstream->scratch.columns |= live;
        tiles_scratch_fill(&upstream->scratch, page, row);
        upstream->scratch.columns &= ~live;
    }
    return err;
}

static enum base_err label_drop(struct tiles_upstream *upstream, struct row_key key, struct base_diag *diag)
{
    return tiles_mirror_remove(upstream, TILES_TABLE_ESTATE_LABEL, key.estate_id, key.id, diag);
}

/* The estate's row is in scratch; its outline too, in degrees, if it came anew. */
static enum base_err label_put(struct tiles_upstream *upstream, bool drawn_anew, const struct row_key *old,
                               struct base_diag *diag)
{
    struct tiles_scratch *scratch = &upstream->scratch;
    struct row_key key = {scratch->row.estate_id, scratch->row.id};
    struct geo_point point;
    struct base_diag why;
    unsigned effect;
    enum base_err err = BASE_OK;
    scratch->row.shape = (struct tiles_shape){.type = GEO_SHAPE_NONE};
    if (drawn_anew && (geo_repair_inner_point(upstream->repair, &scratch->wkb, &why, &point) ||
                       tiles_scratch_point(scratch, point.lon, point.lat, &why))) {
        return label_drop(upstream, key, diag); /* an outline that GEOS cannot make sense of has no inside */
    }
    if (!drawn_anew && old) {
        err = inherit(upstream, TILES_TABLE_ESTATE_LABEL, *old, diag);
    }
    if (!err) {
        err = tiles_mirror_put(upstream, TILES_TABLE_ESTATE_LABEL, &scratch->row, scratch->columns, diag, &effect);
    }
    return err == BASE_NOT_FOUND ? BASE_OK : err;
}

static enum base_err place_remove(struct tiles_upstream *upstream, enum tiles_feed_id feed, struct row_key key,
                                  struct base_diag *diag)
{
    enum tiles_table_id table = tiles_sources[feed].table;
    enum base_err err = tiles_join_part(upstream, table, key.estate_id, key.id, diag);
    err = err ? err : tiles_mirror_remove(upstream, table, key.estate_id, key.id, diag);
    if (!err && table == TILES_TABLE_ESTATE) {
        err = tiles_mirror_remove(upstream, TILES_TABLE_ESTATE_LABEL, key.estate_id, key.id, diag);
    }
    return err;
}

/* What scratch.row holds; without a shape the place keeps its own. */
static enum base_err place_put(struct tiles_upstream *upstream, enum tiles_feed_id feed, const struct row_key *old,
                               struct base_diag *diag)
{
    struct tiles_scratch *scratch = &upstream->scratch;
    enum tiles_table_id table = tiles_sources[feed].table;
    struct row_key key = {scratch->row.estate_id, scratch->row.id};
    bool drawn_anew = scratch->row.shape.type != GEO_SHAPE_NONE;
    unsigned effect;
    enum base_err err = old ? inherit(upstream, table, *old, diag) : BASE_OK;
    uint32_t columns = scratch->columns;
    if (!err) {
        tiles_join_meet(upstream, table);
        err = tiles_mirror_put(upstream, table, &scratch->row, scratch->columns, diag, &effect);
        scratch->columns = columns;
    }
    if (err == BASE_NOT_FOUND) {
        return tiles_map_find(&upstream->join.left_out[feed], map_key(key))
                   ? BASE_OK
                   : base_diag_set(diag, BASE_CONFLICT, "%s %lld came back without its geometry",
                                   tiles_feeds[feed].name, (long long)key.id);
    }
    if (err) {
        return err;
    }
    tiles_apply_drawn(upstream, feed, key.estate_id, key.id);
    tiles_join_met(upstream, table, key.estate_id, key.id);
    return table == TILES_TABLE_ESTATE ? label_put(upstream, drawn_anew, old, diag) : BASE_OK;
}

/* *ret_drawn: there is a shape, or the old one stays. */
static enum base_err place_geometry(struct tiles_upstream *upstream, enum tiles_feed_id feed, struct data_field geom,
                                    struct row_key key, struct base_diag *diag, bool *ret_drawn)
{
    struct base_diag why = {.text = ""};
    struct tiles_scratch *scratch = &upstream->scratch;
    enum tiles_table_id table = tiles_sources[feed].table;
    *ret_drawn = true;
    if (geom.len == DATA_FIELD_UNCHANGED) {
        return BASE_OK;
    }
    *ret_drawn = false;
    if (geom.len == DATA_FIELD_NULL && feed == TILES_FEED_ESTATE) {
        return place_remove(upstream, feed, key, diag); /* nobody has drawn its outline: nothing is wrong */
    }
    enum base_err err = tiles_scratch_wkb(scratch, data_field_str(geom), tiles_tables[table].type, &why);
    if (err == BASE_INVALID) {
        err = tiles_apply_leave_out(upstream, feed, key.estate_id, key.id, &why, diag);
        return err ? err : place_remove(upstream, feed, key, diag);
    }
    *ret_drawn = !err;
    return err ? base_diag_set(diag, err, "%s %lld: %s", tiles_feeds[feed].name, (long long)key.id, why.text) : BASE_OK;
}

/* A place that is there now. */
static enum base_err place_row(struct tiles_upstream *upstream, enum tiles_feed_id feed, const struct data_field *row,
                               struct row_key key, const struct row_key *old, struct base_diag *diag)
{
    struct tiles_scratch *scratch = &upstream->scratch;
    bool draw = false;
    enum base_err err = tiles_scratch_cells(scratch, feed, row, diag);
    scratch->row.estate_id = key.estate_id;
    scratch->row.id = key.id;
    if (!err) {
        err = place_geometry(upstream, feed, row[tiles_feeds[feed].keys + 1], key, diag, &draw);
    }
    return err || !draw ? err : place_put(upstream, feed, old, diag);
}

/* Keys, then valid_to, then geom. */
static enum base_err place_change(struct tiles_upstream *upstream, enum tiles_feed_id feed,
                                  const struct data_field *row, const struct data_field *old_fields,
                                  struct base_diag *diag)
{
    struct row_key key = key_of(feed, row), old = old_fields ? key_of(feed, old_fields) : key;
    enum base_err err = BASE_OK;
    if (!tiles_tables[tiles_sources[feed].table].shared) {
        err = tiles_apply_estate(upstream, key.estate_id, diag);
    }
    if (!err && row[tiles_feeds[feed].keys].len == DATA_FIELD_NULL) {
        err = place_row(upstream, feed, row, key, old_fields ? &old : NULL, diag);
    } else if (!err) {
        tiles_apply_drawn(upstream, feed, key.estate_id, key.id);
        err = place_remove(upstream, feed, key, diag);
    }
    if (!err && old_fields) {
        tiles_apply_drawn(upstream, feed, old.estate_id, old.id);
        err = place_remove(upstream, feed, old, diag);
    }
    return err;
}

/* --- assets: known by their pseudonym, shown by their id --- */
static struct tiles_map_key subject_key(const struct data_field *fields)
{
    struct base_id subject = data_field_id(fields[1]);
    struct tiles_map_key key = {.a = data_field_i64(fields[0])};
    memcpy(&key.b, subject.bytes, sizeof key.b);
    memcpy(&key.c, subject.bytes + sizeof key.b, sizeof key.c);
    return key;
}

static enum base_err asset_gone(struct tiles_upstream *upstream, const struct data_field *key, struct base_diag *diag)
{
    struct tiles_map_key subject = subject_key(key);
    const struct tiles_map_slot *slot = tiles_map_find(&upstream->join.assets, subject);
    if (!slot) {
        return BASE_OK;
    }
    struct row_key gone = {subject.a, slot->i64};
    tiles_apply_drawn(upstream, TILES_FEED_ASSET_STATE, gone.estate_id, gone.id);
    enum base_err err = tiles_mirror_remove(upstream, TILES_TABLE_ASSET, gone.estate_id, gone.id, diag);
    if (!err) {
        tiles_map_remove(&upstream->join.assets, subject);
    }
    return err;
}

static enum base_err asset_put(struct tiles_upstream *upstream, double lon, double lat, struct base_diag *diag)
{
    struct base_diag why;
    struct tiles_scratch *scratch = &upstream->scratch;
    struct row_key key = {scratch->row.estate_id, scratch->row.id};
    unsigned effect;
    enum base_err err = tiles_scratch_point(scratch, lon, lat, &why);
    if (err == BASE_INVALID) {
        err = tiles_apply_leave_out(upstream, TILES_FEED_ASSET_STATE, key.estate_id, key.id, &why, diag);
        return err ? err : tiles_mirror_remove(upstream, TILES_TABLE_ASSET, key.estate_id, key.id, diag);
    }
    tiles_apply_drawn(upstream, TILES_FEED_ASSET_STATE, key.estate_id, key.id);
    return err ? base_diag_set(diag, err, "out of memory")
               : tiles_mirror_put(upstream, TILES_TABLE_ASSET, &scratch->row, scratch->columns, diag, &effect);
}

enum { ASSET_ID = 2 }; /* behind the keys */

static enum base_err asset_change(struct tiles_upstream *upstream, const struct data_field *row,
                                  const struct data_field *old, struct base_diag *diag)
{
    static const int lon = 6, lat = 7; /* as in tiles_feeds */
    struct tiles_scratch *scratch = &upstream->scratch;
    struct tiles_map_key subject = subject_key(row);
    int64_t id = data_field_i64(row[ASSET_ID]);
    const struct tiles_map_slot *before = tiles_map_find(&upstream->join.assets, subject);
    enum base_err err = tiles_apply_estate(upstream, subject.a, diag);
    if (!err && old) {
        err = asset_gone(upstream, old, diag);
    }
    if (!err && before && before->i64 != id) {
        err = asset_gone(upstream, row, diag);
    }
    err = err ? err : tiles_scratch_cells(scratch, TILES_FEED_ASSET_STATE, row, diag);
    struct tiles_map_slot *slot = err ? NULL : tiles_map_add(&upstream->join.assets, subject);
    if (!slot) {
        return err ? err : base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    slot->i64 = id;
    scratch->row.estate_id = subject.a;
    scratch->row.id = id;
    return asset_put(upstream, data_field_f64(row[lon]), data_field_f64(row[lat]), diag);
}

/* --- every table --- */
enum base_err tiles_apply_row(struct tiles_upstream *upstream, enum tiles_feed_id feed, const struct data_field *row,
                              const struct data_field *old, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    switch (tiles_sources[feed].role) {
    case TILES_ROLE_PLACE:
        return place_change(upstream, feed, row, old, diag);
    case TILES_ROLE_STATE:
        if (old) {
            struct row_key key = key_of(feed, old);
            err = tiles_join_state_gone(upstream, tiles_sources[feed].table, key.estate_id, key.id, diag);
        }
        return err ? err : tiles_join_state(upstream, feed, row, diag);
    case TILES_ROLE_DEVICE:
        return tiles_device_row(upstream, row, old, diag);
    case TILES_ROLE_DEVICE_STATE:
        if (old) {
            tiles_device_state_gone(upstream, old);
        }
        return tiles_device_state_row(upstream, row, diag);
    case TILES_ROLE_DEVICE_DUTY:
        if (old) {
            tiles_device_duty_gone(upstream, old);
        }
        return tiles_device_duty_row(upstream, row, diag);
    case TILES_ROLE_ASSET:
        return asset_change(upstream, row, old, diag);
    case TILES_ROLE_INCIDENT:
        return tiles_incident_row(upstream, row, old, diag);
    }
    return err;
}

static enum base_err apply_delete(struct tiles_upstream *upstream, enum tiles_feed_id feed,
                                  const struct data_field *fields, struct base_diag *diag)
{
    struct row_key key = key_of(feed, fields);
    switch (tiles_sources[feed].role) {
    case TILES_ROLE_PLACE:
        tiles_apply_drawn(upstream, feed, key.estate_id, key.id);
        return place_remove(upstream, feed, key, diag);
    case TILES_ROLE_STATE:
        return tiles_join_state_gone(upstream, tiles_sources[feed].table, key.estate_id, key.id, diag);
    case TILES_ROLE_DEVICE:
        tiles_device_gone(upstream, key.estate_id, key.id);
        return BASE_OK;
    case TILES_ROLE_DEVICE_STATE:
        tiles_device_state_gone(upstream, fields);
        return BASE_OK;
    case TILES_ROLE_DEVICE_DUTY:
        tiles_device_duty_gone(upstream, fields);
        return BASE_OK;
    case TILES_ROLE_ASSET:
        return asset_gone(upstream, fields, diag);
    case TILES_ROLE_INCIDENT:
        tiles_incident_gone(upstream, key.estate_id, key.id);
        return BASE_OK;
    }
    return BASE_OK;
}

static enum base_err empty(struct tiles_upstream *upstream, enum tiles_table_id table, struct base_diag *diag)
{
    tiles_store_mark(upstream->mirror->stores[table], upstream->number);
    return tiles_mirror_sweep(upstream, table, diag);
}

static enum base_err apply_truncate(struct tiles_upstream *upstream, enum tiles_feed_id feed, struct base_diag *diag)
{
    enum tiles_table_id table = tiles_sources[feed].table;
    enum base_err err = BASE_OK;
    tiles_map_release(&upstream->join.left_out[feed]);
    switch (tiles_sources[feed].role) {
    case TILES_ROLE_PLACE:
        err = tiles_join_part_all(upstream, table, diag);
        err = err ? err : empty(upstream, table, diag);
        return err || feed != TILES_FEED_ESTATE ? err : empty(upstream, TILES_TABLE_ESTATE_LABEL, diag);
    case TILES_ROLE_STATE:
        return tiles_join_state_clear(upstream, table, false, diag);
    case TILES_ROLE_DEVICE:
        tiles_device_all_gone(upstream);
        return BASE_OK;
    case TILES_ROLE_DEVICE_STATE:
        tiles_device_states_all_gone(upstream);
        return BASE_OK;
    case TILES_ROLE_DEVICE_DUTY:
        tiles_device_duties_all_gone(upstream);
        return BASE_OK;
    case TILES_ROLE_ASSET:
        tiles_map_release(&upstream->join.assets);
        return empty(upstream, table, diag);
    case TILES_ROLE_INCIDENT:
        tiles_incident_all_gone(upstream);
        return BASE_OK;
    }
    return err;
}

enum base_err tiles_apply_change(struct tiles_upstream *upstream, const struct data_feed_change *change,
                                 struct base_diag *diag)
{
    enum tiles_feed_id feed = (enum tiles_feed_id)change->table;
    switch (change->kind) {
    case DATA_FEED_INSERT:
    case DATA_FEED_UPDATE:
        return tiles_apply_row(upstream, feed, change->row, change->old, diag);
    case DATA_FEED_DELETE:
        return apply_delete(upstream, feed, change->row, diag);
    case DATA_FEED_TRUNCATE:
        return apply_truncate(upstream, feed, diag);
    }
    return BASE_OK;
}

/* --- a snapshot --- */
/* Devices and incidents go by their records, all others by the stores' marks. What the joins remember is told anew. */
void tiles_apply_begin(struct tiles_upstream *upstream)
{
    for (size_t table = 0; table < TILES_TABLES; table++) {
        if (table != TILES_TABLE_DEVICE && table != TILES_TABLE_INCIDENT) {
            tiles_store_mark(upstream->mirror->stores[table], upstream->number);
        }
    }
    for (int table = 0; table < TILES_TABLES; table++) {
        tiles_join_waiting_clear(upstream, (enum tiles_table_id)table);
    }
    for (int feed = 0; feed < TILES_FEEDS; feed++) {
        tiles_map_release(&upstream->join.left_out[feed]);
    }
    tiles_map_release(&upstream->join.assets);
    tiles_map_release(&upstream->join.seen);
    tiles_device_all_gone(upstream);
    tiles_device_states_all_gone(upstream);
    tiles_device_duties_all_gone(upstream);
    tiles_incident_all_gone(upstream);
}

enum base_err tiles_apply_loaded(struct tiles_upstream *upstream, enum tiles_feed_id feed, struct base_diag *diag)
{
    enum tiles_table_id table = tiles_sources[feed].table;
    enum base_err err = BASE_OK;
    switch (tiles_sources[feed].role) {
    case TILES_ROLE_PLACE:
    case TILES_ROLE_ASSET:
        err = tiles_mirror_sweep(upstream, table, diag);
        return err || feed != TILES_FEED_ESTATE ? err : tiles_mirror_sweep(upstream, TILES_TABLE_ESTATE_LABEL, diag);
    case TILES_ROLE_STATE:
        err = upstream->again ? tiles_join_state_clear(upstream, table, true, diag) : BASE_OK;
        tiles_map_release(&upstream->join.seen);
        return err;
    case TILES_ROLE_DEVICE:
    case TILES_ROLE_DEVICE_STATE:
    case TILES_ROLE_DEVICE_DUTY:
    case TILES_ROLE_INCIDENT:
        break;
    }
    return err;
}
