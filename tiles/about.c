/* What a client must know of the map as a whole, from the database. */
#include "tiles/tiles.h"

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
