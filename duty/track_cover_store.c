/* Pieces of coverage as rows: what is stored like this stays, what has become more or otherwise gets the next version.
 */
#include "duty/track_private.h"

#include <stdlib.h>
#include <string.h>

enum { ESTATES, TIMES, SUBJECTS, ZONES, KEYS, ARRAY_MAX = 64 * 1024 * 1024 };
enum { NUMBER, VERSION, GRID, CELLS, T_TO, TOOL, VOID };

static const struct duty_zone *zone_of(const struct duty_cover *cover, const struct duty_piece *piece)
{
    return &cover->zones[piece->zone];
}

/* --- in the order of keys --- */
static int by_key(const void *a, const void *b)
{
    const struct duty_piece *x = a, *y = b;
    int order = memcmp(x->subject.bytes, y->subject.bytes, sizeof x->subject.bytes);
    if (order) {
        return order;
    }
    if (x->from_us != y->from_us) {
        return x->from_us < y->from_us ? -1 : 1;
    }
    return (x->zone > y->zone) - (x->zone < y->zone);
}

static bool find_zone(const struct duty_cover *cover, int64_t estate_id, int64_t id, size_t *ret_zone)
{
    for (size_t i = 0; i < cover->zone_count; i++) {
        if (cover->zones[i].estate_id == estate_id && cover->zones[i].id == id) {
            *ret_zone = i;
            return true;
        }
    }
    return false;
}

/* --- what is not covered any more --- */
static bool is_known(const struct duty_known *known, size_t count, struct base_id subject, int64_t from_us,
                     int64_t to_us, enum sensors_subject *ret_type)
{
    for (size_t i = 0; i < count; i++) {
        if (base_id_equal(known[i].subject, subject) && from_us >= known[i].cover_from_us &&
            to_us <= known[i].cover_to_us) {
            *ret_type = known[i].type;
            return true;
        }
    }
    return false;
}

static enum base_err find_stored(struct duty_turn *turn, const struct duty_known *known, size_t count,
                                 struct base_diag *diag, struct data_rows **ret_rows)
{
    AUTO_VALUE(base_buf) subjects;
    int64_t from_us = INT64_MAX, to_us = INT64_MIN;
    base_buf_init(&subjects, ARRAY_MAX);
    data_array_begin(&subjects, DATA_ARRAY_ID, count);
    for (size_t i = 0; i < count; i++) {
        data_array_id(&subjects, known[i].subject);
        from_us = known[i].cover_from_us < from_us ? known[i].cover_from_us : from_us;
        to_us = known[i].cover_to_us > to_us ? known[i].cover_to_us : to_us;
    }
    return data_run(turn->conn, DATA_TRACK_COVER_FIND,
                    DATA_ARGS(data_time(from_us), data_time(to_us), data_bytes(base_buf_str(&subjects))), diag,
                    ret_rows);
}

/* Adds what is stored of the known times and was not found again, as pieces without bits. */
static enum base_err add_void(struct duty_cover *cover, struct duty_turn *turn, const struct duty_known *known,
                              size_t count, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    size_t found = cover->piece_count;
    enum base_err err = count ? find_stored(turn, known, count, diag, &rows) : BASE_OK;
    for (size_t row = 0; rows && row < data_rows_count(rows) && !err; row++) {
        struct duty_piece piece = {.subject = data_rows_id(rows, row, 2),
                                   .from_us = data_rows_time(rows, row, 1),
                                   .to_us = data_rows_time(rows, row, 4),
                                   .exact = true};
        if (!is_known(known, count, piece.subject, piece.from_us, piece.to_us, &piece.type) ||
            !find_zone(cover, data_rows_i64(rows, row, 0), data_rows_i64(rows, row, 3), &piece.zone) ||
            (found && bsearch(&piece, cover->pieces, found, sizeof piece, by_key))) {
            continue;
        }
        if (!duty_track_room(&cover->pieces, &cover->piece_cap, cover->piece_count + 1, sizeof piece)) {
            return base_diag_set(diag, BASE_NOMEM, "judge: no memory for coverage");
        }
        cover->pieces[cover->piece_count++] = piece;
    }
    return err;
}

/* --- what is stored --- */
static enum base_err list(const struct duty_cover *cover, struct duty_turn *turn, struct base_diag *diag,
                          struct data_rows **ret_rows)
{
    static const enum data_array types[KEYS] = {DATA_ARRAY_I64, DATA_ARRAY_TIME, DATA_ARRAY_ID, DATA_ARRAY_I64};
    struct base_buf keys[KEYS];
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < KEYS; i++) {
        base_buf_init(&keys[i], ARRAY_MAX);
        data_array_begin(&keys[i], types[i], cover->piece_count);
    }
    for (size_t i = 0; i < cover->piece_count; i++) {
        const struct duty_piece *piece = &cover->pieces[i];
        data_array_i64(&keys[ESTATES], zone_of(cover, piece)->estate_id);
        data_array_time(&keys[TIMES], piece->from_us);
        data_array_id(&keys[SUBJECTS], piece->subject);
        data_array_i64(&keys[ZONES], zone_of(cover, piece)->id);
    }
    for (size_t i = 0; i < KEYS && !err; i++) {
        err = keys[i].err ? base_diag_set(diag, keys[i].err, "judge: too much coverage in one step") : BASE_OK;
    }
    if (!err) {
        err = data_run(turn->conn, DATA_TRACK_COVER_LIST,
                       DATA_ARGS(data_bytes(base_buf_str(&keys[ESTATES])), data_bytes(base_buf_str(&keys[TIMES])),
                                 data_bytes(base_buf_str(&keys[SUBJECTS])), data_bytes(base_buf_str(&keys[ZONES]))),
                       diag, ret_rows);
    }
    for (size_t i = 0; i < KEYS; i++) {
        base_buf_release(&keys[i]);
    }
    return err;
}

struct stored {
    bool there, nothing;
    int32_t version;
    struct base_id grid;
    struct base_str cells;
    int64_t to_us;
    bool tool;
};

static struct stored stored_of(const struct data_rows *rows, size_t *row, size_t number)
{
    struct stored stored = {.there = false};
    uint32_t count;
    if (*row < data_rows_count(rows) && data_rows_i64(rows, *row, NUMBER) == (int64_t)number + 1) {
        stored = (struct stored){.there = true,
                                 .nothing = data_rows_bool(rows, *row, VOID),
                                 .version = (int32_t)data_rows_i64(rows, *row, VERSION),
                                 .grid = data_rows_id(rows, *row, GRID),
                                 .cells = data_rows_bits(rows, *row, CELLS, &count),
                                 .to_us = data_rows_time(rows, *row, T_TO),
                                 .tool = data_rows_bool(rows, *row, TOOL)};
        ++*row;
    }
    return stored;
}

/* Joins what is stored to a piece that is not exact. True: it must be written. *ret_nothing: as a void row. */
static bool settle(const struct duty_cover *cover, struct duty_piece *piece, const struct stored *stored,
                   bool *ret_nothing)
{
    const struct geo_cover_grid *grid = &zone_of(cover, piece)->grid;
    bool valid = stored->there && !stored->nothing;
    *ret_nothing = !piece->bits || geo_cover_count(grid, piece->bits) == 0;
    if (*ret_nothing) {
        return valid && piece->exact;
    }
    bool same_grid = valid && base_id_equal(stored->grid, grid->id) && stored->cells.len == geo_cover_bytes(grid);
    if (same_grid && !piece->exact) {
        geo_cover_join(grid, piece->bits, (const uint8_t *)stored->cells.at);
    }
    return !same_grid || stored->to_us != piece->to_us || stored->tool != piece->tool ||
           memcmp(stored->cells.at, piece->bits, stored->cells.len) != 0;
}

static enum base_err copy_piece(struct data_copy *copy, const struct duty_cover *cover, const struct duty_piece *piece,
                                const struct stored *stored, bool nothing, struct base_diag *diag)
{
    const struct duty_zone *zone = zone_of(cover, piece);
    data_copy_row(copy, 11);
    data_copy_i64(copy, zone->estate_id);
    data_copy_time(copy, piece->from_us);
    data_copy_id(copy, piece->subject);
    data_copy_i64(copy, zone->id);
    data_copy_i32(copy, stored->there ? stored->version + 1 : 1);
    data_copy_time(copy, piece->to_us);
    data_copy_text(copy, sensors_subject_name(piece->type));
    data_copy_id(copy, nothing ? stored->grid : zone->grid.id);
    data_copy_bits(copy, piece->bits, nothing ? 0 : zone->grid.width * zone->grid.height);
    data_copy_bool(copy, !nothing && piece->tool);
    data_copy_bool(copy, nothing);
    return data_copy_flush(copy, diag);
}

static enum base_err write_all(struct duty_cover *cover, struct duty_turn *turn, const struct data_rows *rows,
                               struct duty_changes *changes, struct base_diag *diag)
{
    struct data_copy copy;
    size_t row = 0;
    enum base_err err = data_copy_begin(&copy, turn->conn, "coverage",
                                        "estate_id, t_event, subject, zone_id, version, t_to, subject_type, grid, "
                                        "cells, tool, void",
                                        diag);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < cover->piece_count && !err; i++) {
        struct duty_piece *piece = &cover->pieces[i];
        const struct stored stored = stored_of(rows, &row, i);
        bool nothing;
        if (settle(cover, piece, &stored, &nothing)) {
            err = copy_piece(&copy, cover, piece, &stored, nothing, diag);
            err =
                err ? err
                    : duty_track_changed(changes, zone_of(cover, piece)->estate_id, piece->from_us, piece->to_us, diag);
        }
    }
    return data_copy_end(&copy, err, diag);
}

enum base_err duty_track_cover_store(struct duty_cover *cover, struct duty_turn *turn, const struct duty_known *known,
                                     size_t count, struct duty_changes *changes, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    if (cover->piece_count) {
        qsort(cover->pieces, cover->piece_count, sizeof *cover->pieces, by_key);
    }
    enum base_err err = add_void(cover, turn, known, count, diag);
    if (!err && cover->piece_count) {
        err = list(cover, turn, diag, &rows);
        err = err ? err : write_all(cover, turn, rows, changes, diag);
    }
    duty_track_cover_forget(cover);
    return err;
}
