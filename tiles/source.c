/* Tiles by ST_AsMVT: each layer is one query, and layers joined end to end are a tile (MVT 2.1, 4.1: repeated field).
 */
#include "tiles/tiles.h"

#include <stdlib.h>
#include <string.h>

enum {
    TILE_MAX = 32 << 20, /* before compression; the queries' own limits keep far below */
    GZIP_LEVEL = 4       /* 600 kB: 5 ms and 8 % larger than level 6 at 9 ms */
};

/* MVT buffer of 64 units on an extent of 4096, as ST_AsMVTGeom gets it in the queries. */
#define MARGIN (64.0 / 4096.0)

struct tiles_source {
    char unused; /* the mirror's handle will live here */
};

enum base_err tiles_source_new(const struct tiles_source_config *config, struct base_diag *diag,
                               struct tiles_source **ret_source)
{
    (void)config;
    struct tiles_source *source = calloc(1, sizeof *source);
    if (!source) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    *ret_source = source;
    return BASE_OK;
}

void tiles_source_free(struct tiles_source *source)
{
    free(source);
}

void tiles_tile_release(struct tiles_tile *tile)
{
    tiles_bytes_unref(tile->body);
    base_buf_release(&tile->homes);
}

void tiles_bytes_unref(struct tiles_bytes *bytes)
{
    if (bytes && atomic_fetch_sub(&bytes->refs, 1) == 1) {
        free(bytes);
    }
}

static enum base_err bytes_of(const struct base_buf *buf, struct base_diag *diag, struct tiles_bytes **ret_bytes)
{
    struct tiles_bytes *bytes = malloc(sizeof *bytes + buf->len);
    if (!bytes) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    atomic_init(&bytes->refs, 1);
    bytes->len = buf->len;
    memcpy(bytes->at, buf->data, buf->len);
    *ret_bytes = bytes;
    return BASE_OK;
}

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

static enum base_err layer_append(struct data_conn *conn, const struct tiles_request *request, size_t index,
                                  struct base_diag *diag, struct base_buf *mvt, struct base_buf *homes)
{
    const struct tiles_layer *layer = request->set.layers[index];
    const struct geo_cql2 *filter = request->filter ? request->filter->filters[index] : NULL;
    struct tiles_address address = request->address;
    if (address.z < layer->min_zoom) {
        return BASE_OK;
    }
    struct tiles_box box = tiles_address_box(address, MARGIN);
    const struct data_arg args[] = {data_i64(address.z), data_i64(address.x), data_i64(address.y), data_f64(box.west),
                                    data_f64(box.south), data_f64(box.east),  data_f64(box.north)};
    AUTO(data_rows) rows = NULL;
    enum base_err err = filter ? data_run_filtered(conn, layer->query, filter, args, BASE_COUNT(args), diag, &rows)
                               : data_run(conn, layer->query, args, BASE_COUNT(args), diag, &rows);
    if (!err && data_rows_count(rows)) {
        struct base_str bytes = data_rows_bytes(rows, 0, 0);
        base_buf_append(mvt, bytes.at, bytes.len);
        err = mvt->err;
        if (!err && layer->look == DATA_LOOK_UNIT && bytes.len) {
            err = homes_append(data_rows_bytes(rows, 0, 1), homes);
        }
    }
    return err;
}

/* Moves the encoded tile into the answer, compressed when the client takes it and unless the client has it. */
static enum base_err finish(const struct tiles_request *request, const struct base_buf *mvt, struct base_diag *diag,
                            struct tiles_tile *ret_tile)
{
    struct tiles_tile tile = {.empty = mvt->len == 0, .gzip = request->gzip && mvt->len};
    AUTO_VALUE(base_buf) gzip;
    base_buf_init(&gzip, TILE_MAX);
    base_buf_init(&tile.homes, TILE_MAX);
    if (!tile.empty) {
        tiles_etag_of(base_buf_str(mvt), tile.gzip ? 'g' : 'i', tile.etag);
        tile.unchanged = tiles_etag_listed(request->held, tile.etag);
    }
    enum base_err err = BASE_OK;
    if (tile.gzip && !tile.unchanged) {
        err = base_gzip(mvt->data, mvt->len, GZIP_LEVEL, &gzip);
    }
    if (!err && !tile.empty && !tile.unchanged) {
        err = bytes_of(tile.gzip ? &gzip : mvt, diag, &tile.body);
    }
    if (err) {
        tiles_tile_release(&tile);
        return err;
    }
    *ret_tile = tile;
    return BASE_OK;
}

enum base_err tiles_source_tile(struct tiles_source *source, const struct tiles_database *database,
                                const struct tiles_request *request, struct base_diag *diag,
                                struct tiles_tile *ret_tile)
{
    (void)source;
    struct data_conn *conn;
    enum base_err err = database->take(database->of, diag, &conn);
    AUTO_VALUE(base_buf) mvt;
    AUTO_VALUE(base_buf) homes;
    base_buf_init(&mvt, TILE_MAX);
    base_buf_init(&homes, TILE_MAX);
    for (size_t i = 0; i < request->set.count && !err; i++) {
        err = layer_append(conn, request, i, diag, &mvt, &homes);
    }
    err = err ? err : finish(request, &mvt, diag, ret_tile);
    if (!err) {
        ret_tile->homes = homes;
        base_buf_init(&homes, TILE_MAX);
    }
    return err;
}

static void copied(char *to, size_t size, const char *from)
{
    size_t len = 0;
    while (from && len + 1 < size && from[len]) {
        len++;
    }
    while (len && from[len] && ((unsigned char)from[len] & 0xC0) == 0x80) {
        len--; /* never half a character */
    }
    for (size_t i = 0; i < len; i++) {
        to[i] = from[i];
    }
    to[len] = '\0';
}

enum base_err tiles_source_about(struct tiles_source *source, const struct tiles_database *database,
                                 struct base_diag *diag, struct tiles_about *ret_about)
{
    (void)source;
    struct data_conn *conn;
    AUTO(data_rows) rows = NULL;
    enum base_err err = database->take(database->of, diag, &conn);
    if (!err) {
        err = data_run(conn, DATA_TILE_ABOUT, DATA_NO_ARGS, diag, &rows);
    }
    if (err) {
        return err;
    }
    struct tiles_about about = {.bounds = tiles_address_box((struct tiles_address){0, 0, 0}, 0)};
    if (!data_rows_null(rows, 0, 0)) {
        about.bounds = (struct tiles_box){data_rows_f64(rows, 0, 0), data_rows_f64(rows, 0, 1),
                                          data_rows_f64(rows, 0, 2), data_rows_f64(rows, 0, 3)};
    }
    about.demo = data_rows_bool(rows, 0, 4);
    copied(about.attribution, sizeof about.attribution, data_rows_text(rows, 0, 5));
    copied(about.approval, sizeof about.approval, data_rows_text(rows, 0, 6));
    copied(about.tz, sizeof about.tz, data_rows_text(rows, 0, 7));
    *ret_about = about;
    return BASE_OK;
}
