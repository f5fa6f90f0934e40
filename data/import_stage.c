/* Streams features into the session's stage by COPY BINARY, a few thousand a transaction, so that none stays open long.
 */
#include "data/import_private.h"

#include <math.h>
#include <string.h>

enum { STEP = 10000, PROGRESS = 512 };

#define STAGE_COLUMNS                                                                                          \
    "seq, dataset, key, code, name, name_en, kind, management, estate_name, estate_guess, in_estate, levels, " \
    "levels_source, height_m, height_source, min_height_m, dwellings, year_built, area_m2, lon, lat, geom, attributes"
enum { STAGE_WIDTH = 23 };
#define AREA_COLUMNS "dataset, key, name, name_en, area_m2, geom"
enum { AREA_WIDTH = 6 };

static void put_attributes(struct data_import *import, struct data_copy *copy, const struct data_import_row *row)
{
    static const struct {
        enum data_import_field field;
        const char *key;
    } kept[] = {{FIELD_STREET, "street"}, {FIELD_HOUSE_NUMBER, "housenumber"}, {FIELD_POSTCODE, "postcode"}};
    base_buf_reset(&import->scratch);
    struct base_json_out out = base_json_out_of(&import->scratch);
    base_json_out_object(&out);
    for (size_t i = 0; i < BASE_COUNT(kept); i++) {
        if (row->text[kept[i].field]) {
            base_json_out_key(&out, kept[i].key);
            base_json_out_text(&out, row->text[kept[i].field]);
        }
    }
    base_json_out_object_end(&out);
    data_copy_jsonb(copy, base_buf_str(&import->scratch));
}

static void put_building(struct data_copy *copy, const struct data_import_row *row)
{
    if (!row->levels_source) {
        for (int i = 0; i < 5; i++) {
            data_copy_null(copy);
        }
        return;
    }
    data_copy_i16(copy, (int16_t)row->levels);
    data_copy_text(copy, row->levels_source);
    data_copy_f32(copy, (float)row->height_m);
    data_copy_text(copy, row->height_source);
    data_copy_f32(copy, (float)row->min_height_m);
}

static void put_row(struct data_import *import, struct data_copy *copy, const struct data_import_row *row)
{
    data_copy_row(copy, STAGE_WIDTH);
    data_copy_i32(copy, (int32_t)import->rows);
    data_copy_text(copy, row->dataset);
    data_copy_text(copy, row->key);
    data_copy_text(copy, row->text[FIELD_CODE]);
    data_copy_text(copy, row->text[FIELD_NAME]);
    data_copy_text(copy, row->text[FIELD_NAME_EN]);
    data_copy_text(copy, row->text[FIELD_KIND]);
    data_copy_text(copy, row->text[FIELD_MANAGEMENT]);
    data_copy_text(copy, row->text[FIELD_ESTATE]);
    data_copy_bool(copy, row->estate_guess);
    if (import->options->estate_id > 0) {
        data_copy_i64(copy, import->options->estate_id);
    } else {
        data_copy_null(copy);
    }
    put_building(copy, row);
    if (row->dwellings >= 0) {
        data_copy_i32(copy, (int32_t)row->dwellings);
    } else {
        data_copy_null(copy);
    }
    if (row->year >= 0) {
        data_copy_i16(copy, (int16_t)row->year);
    } else {
        data_copy_null(copy);
    }
    data_copy_f32(copy, (float)row->area_m2);
    data_copy_f64(copy, row->point.lon);
    data_copy_f64(copy, row->point.lat);
    base_buf_reset(&import->wkb);
    geo_wkb_out(&import->feature.shape, 4326, true, &import->wkb);
    data_copy_bytes(copy, base_buf_str(&import->wkb));
    put_attributes(import, copy, row);
}

static void count_row(struct data_import *import, const struct data_import_row *row)
{
    struct data_import_summary *summary = import->summary;
    import->named = import->named || row->text[FIELD_ESTATE];
    import->rows++;
    if (row->levels_source) {
        summary->with_levels += strcmp(row->levels_source, "given") == 0;
        summary->heights[strcmp(row->height_source, "measured") == 0 ? 0
                         : strcmp(row->height_source, "levels") == 0 ? 1
                                                                     : 2]++;
    }
}

static void show_progress(struct data_import *import, int64_t total)
{
    if (import->options->progress && import->summary->read % PROGRESS == 0) {
        import->options->progress(import->options->progress_at, import->summary->read, total > 0 ? total : 0);
    }
}

/* Copies up to STEP features; *more is false after the last. */
static enum base_err copy_step(struct data_import *import, struct data_copy *copy, int64_t total,
                               struct base_diag *diag, bool *more)
{
    enum base_err err = BASE_OK;
    for (int i = 0; i < STEP && *more && !err; i++) {
        struct data_import_row row;
        bool use;
        err = geo_vector_next(import->vector, diag, &import->feature, more);
        if (err) {
            return base_diag_prefix(diag, err, "%s", import->options->path);
        }
        if (!*more) {
            break;
        }
        import->summary->read++;
        show_progress(import, total);
        err = data_import_row_of(import, diag, &row, &use);
        if (!err && use) {
            put_row(import, copy, &row);
            count_row(import, &row);
            err = import->wkb.err ? base_diag_set(diag, import->wkb.err, "%s: the geometry is too large", row.key)
                                  : data_copy_flush(copy, diag);
        }
    }
    return err;
}

enum base_err data_import_stage_fill(struct data_import *import, struct base_diag *diag)
{
    int64_t total = geo_vector_count(import->vector);
    enum base_err err = data_run(import->conn, DATA_IMPORT_STAGE, DATA_NO_ARGS, diag, NULL);
    if (!err) {
        err = data_run(import->conn, DATA_IMPORT_AREA_STAGE, DATA_NO_ARGS, diag, NULL);
    }
    if (!err) {
        err = data_run(import->conn, DATA_IMPORT_GROUP_STAGE, DATA_NO_ARGS, diag, NULL);
    }
    if (!err) {
        err = data_run(import->conn, DATA_IMPORT_STAGE_CLEAR, DATA_NO_ARGS, diag, NULL);
    }
    for (bool more = true; more && !err;) {
        struct data_copy copy;
        err = data_copy_begin(&copy, import->conn, "import_stage", STAGE_COLUMNS, diag);
        if (!err) {
            err = copy_step(import, &copy, total, diag, &more);
            err = data_copy_end(&copy, err, diag);
        }
    }
    return err;
}

static enum base_err put_area(struct data_import *import, struct data_copy *copy, struct base_diag *diag)
{
    struct data_import_row row = {0};
    struct geo_repair_report report;
    enum base_err err = data_import_row_texts(import, diag, &row);
    if (err || import->feature.shape_err || import->feature.shape.type != GEO_SHAPE_AREA || !row.text[FIELD_NAME]) {
        return err;
    }
    err = geo_repair_shape(import->repair, &import->feature.shape, diag, &report);
    if (err || report.outcome == GEO_REPAIR_NOTHING) {
        return err == BASE_INVALID ? BASE_OK : err;
    }
    data_import_row_key(import, &row);
    base_buf_reset(&import->wkb);
    geo_wkb_out(&import->feature.shape, 4326, true, &import->wkb);
    data_copy_row(copy, AREA_WIDTH);
    data_copy_text(copy, row.dataset);
    data_copy_text(copy, row.key);
    data_copy_text(copy, row.text[FIELD_NAME]);
    data_copy_text(copy, row.text[FIELD_NAME_EN]);
    data_copy_f32(copy, (float)geo_shape_area_m2(&import->feature.shape));
    data_copy_bytes(copy, base_buf_str(&import->wkb));
    import->areas++;
    return import->wkb.err ? base_diag_set(diag, import->wkb.err, "%s: the geometry is too large", row.key)
                           : data_copy_flush(copy, diag);
}

enum base_err data_import_stage_areas(struct data_import *import, struct base_diag *diag)
{
    struct data_copy copy;
    enum base_err err = data_copy_begin(&copy, import->conn, "import_area", AREA_COLUMNS, diag);
    if (err) {
        return err;
    }
    for (bool more = true; more && !err;) {
        err = geo_vector_next(import->vector, diag, &import->feature, &more);
        if (!err && more) {
            err = put_area(import, &copy, diag);
        }
    }
    return data_copy_end(&copy, err, diag);
}
