/* How it was: tiles as of a moment come from the database, by ST_AsMVT. Each layer is one query, and layers joined end
 * to end are a tile (MVT 2.1, 4.1: repeated field). */
#include "tiles/private.h"

#include <stdlib.h>
#include <string.h>

enum {
    TILE_MAX = 32 << 20, /* before compression; the queries' own limits keep far below */
    GZIP_LEVEL = 1
};

/* MVT buffer of 64 units on an extent of 4096, as ST_AsMVTGeom gets it in the queries. */
#define MARGIN (64.0 / 4096.0)

/* "1,2" as the query of a layer of units gives it. */
static enum base_err homes_append(struct base_str text, struct base_buf *homes)
{
    struct base_str part;
    int64_t estate_id;
    while (text.len && base_str_next(&text, ',', &part) && base_str_i64(part, &estate_id)) {
        base_buf_append(homes, &estate_id, sizeof estate_id);
    }
    return homes->err;
}

/* Below whole_zoom features are gathered, which is the mirror's doing: then there is nothing. */
static enum base_err layer_append(struct data_conn *conn, const struct tiles_request *request, size_t index,
                                  struct base_diag *diag, struct base_buf *tile, struct base_buf *homes)
{
    const struct tiles_layer *layer = request->set.layers[index];
    const struct geo_cql2 *filter = request->filter ? request->filter->filters[index] : NULL;
    struct tiles_address address = request->address;
    if (address.z < layer->min_zoom || address.z < layer->whole_zoom) {
        return BASE_OK;
    }
    struct tiles_box box = tiles_address_box(address, MARGIN);
    const struct data_arg args[] = {
        data_i64(address.z), data_i64(address.x), data_i64(address.y), data_f64(box.west),
        data_f64(box.south), data_f64(box.east),  data_f64(box.north), data_time(request->at_us),
    };
    AUTO(data_rows) rows = NULL;
    enum base_err err = filter ? data_run_filtered(conn, layer->query, filter, args, BASE_COUNT(args), diag, &rows)
                               : data_run(conn, layer->query, args, BASE_COUNT(args), diag, &rows);
    if (!err && data_rows_count(rows)) {
        struct base_str bytes = data_rows_bytes(rows, 0, 0);
        base_buf_append(tile, bytes.at, bytes.len);
        err = tile->err;
        if (!err && layer->look == DATA_LOOK_UNIT && bytes.len) {
            err = homes_append(data_rows_bytes(rows, 0, 1), homes);
        }
    }
    return err;
}

/* What a device said before is not kept as its state. */
static enum base_err check(const struct tiles_request *request, struct base_diag *diag)
{
    for (size_t i = 0; i < request->set.count; i++) {
        if (request->set.layers[i]->table == TILES_TABLE_DEVICE) {
            return base_diag_set(diag, BASE_INVALID,
                                 "layer %s keeps no past: ask without at=", request->set.layers[i]->name);
        }
    }
    return BASE_OK;
}

static enum base_err finish(const struct tiles_request *request, const struct base_buf *mvt, struct base_diag *diag,
                            struct tiles_tile *tile)
{
    AUTO_VALUE(base_buf) packed;
    base_buf_init(&packed, TILE_MAX);
    tile->empty = mvt->len == 0;
    if (tile->empty) {
        return BASE_OK;
    }
    tile->gzip = request->gzip;
    tiles_etag_of(base_buf_str(mvt), tile->gzip ? 'g' : 'i', tile->etag);
    tile->unchanged = tiles_etag_listed(request->held, tile->etag);
    if (tile->unchanged) {
        return BASE_OK;
    }
    enum base_err err = tile->gzip ? base_gzip(mvt->data, mvt->len, GZIP_LEVEL, &packed) : BASE_OK;
    return err ? base_diag_set(diag, err, "a tile of %zu bytes cannot be compressed", mvt->len)
               : tiles_bytes_of(tile->gzip ? &packed : mvt, diag, &tile->body);
}

enum base_err tiles_history_tile(const struct tiles_database *database, const struct tiles_request *request,
                                 struct base_diag *diag, struct tiles_tile *ret_tile)
{
    struct data_conn *conn;
    struct tiles_tile tile = {.etag = ""};
    AUTO_VALUE(base_buf) mvt;
    base_buf_init(&mvt, TILE_MAX);
    base_buf_init(&tile.homes, TILE_MAX);
    base_buf_init(&tile.cameras, TILE_MAX);
    enum base_err err = check(request, diag);
    err = err ? err : database->take(database->of, diag, &conn);
    for (size_t i = 0; i < request->set.count && !err; i++) {
        err = layer_append(conn, request, i, diag, &mvt, &tile.homes);
    }
    err = err ? err : finish(request, &mvt, diag, &tile);
    if (err) {
        tiles_tile_release(&tile);
        return err;
    }
    *ret_tile = tile;
    return BASE_OK;
}
