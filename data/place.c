/* Footprints out of the database into the index that ingest searches, a page at a time. */
#include "data/data.h"
#include "geo/geo.h"

enum { PAGE = 20000 };

static enum base_err place_version(struct data_conn *conn, struct base_diag *diag, int64_t *ret_version)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_PLACE_VERSION, DATA_NO_ARGS, diag, &rows);
    if (!err && data_rows_count(rows) != 1) {
        err = base_diag_set(diag, BASE_DATABASE, "place_version has no row; run hutong migrate");
    }
    if (!err) {
        *ret_version = data_rows_i64(rows, 0, 0);
    }
    return err;
}

static enum base_err add_page(struct geo_place *place, const struct data_rows *rows, struct geo_shape *shape,
                              struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t row = 0; row < data_rows_count(rows) && !err; row++) {
        struct base_str wkb = data_rows_bytes(rows, row, 2);
        int64_t id = data_rows_i64(rows, row, 0);
        err = geo_wkb_in(wkb.at, wkb.len, diag, shape);
        if (!err && shape->parts) {
            err = geo_place_add(place, id, data_rows_i64(rows, row, 1), shape, diag);
        }
        err = err ? base_diag_prefix(diag, err, "place %lld", (long long)id) : BASE_OK;
    }
    return err;
}

static enum base_err fill(struct data_conn *conn, enum data_query query, struct geo_place *place,
                          struct geo_shape *shape, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    int64_t after = INT64_MIN;
    for (bool more = true; more && !err;) {
        AUTO(data_rows) rows = NULL;
        err = data_run(conn, query, DATA_ARGS(data_i64(after), data_i64(PAGE)), diag, &rows);
        if (!err) {
            size_t count = data_rows_count(rows);
            more = count == PAGE;
            after = count ? data_rows_i64(rows, count - 1, 0) : after;
            err = add_page(place, rows, shape, diag);
        }
    }
    return err;
}

static enum base_err load(struct data_conn *conn, enum data_query query, struct base_diag *diag,
                          struct geo_place **ret_place)
{
    struct geo_shape shape;
    struct geo_place *place = NULL;
    enum base_err err = geo_place_new(diag, &place);
    if (err) {
        return err;
    }
    geo_shape_init(&shape);
    err = fill(conn, query, place, &shape, diag);
    geo_shape_release(&shape);
    err = err ? err : geo_place_build(place, diag);
    if (err) {
        geo_place_free(place);
        return err;
    }
    *ret_place = place;
    return BASE_OK;
}

enum base_err data_place_load(struct data_conn *conn, struct base_diag *diag, struct geo_place **ret_place,
                              int64_t *ret_version)
{
    int64_t version;
    enum base_err err = place_version(conn, diag, &version);
    if (!err) {
        err = load(conn, DATA_PLACE_LIST, diag, ret_place);
    }
    if (!err) {
        *ret_version = version;
    }
    return err;
}

enum base_err data_place_load_estates(struct data_conn *conn, struct base_diag *diag, struct geo_place **ret_place)
{
    return load(conn, DATA_PLACE_LIST_ESTATES, diag, ret_place);
}

enum base_err data_place_load_zones(struct data_conn *conn, struct base_diag *diag, struct geo_place **ret_place)
{
    return load(conn, DATA_PLACE_LIST_ZONES, diag, ret_place);
}

enum base_err data_place_load_checkpoints(struct data_conn *conn, struct base_diag *diag, struct geo_place **ret_place)
{
    return load(conn, DATA_PLACE_LIST_CHECKPOINTS, diag, ret_place);
}
