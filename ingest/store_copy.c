/* A batch on its way into the stage tables, by binary COPY: the columns here are those of ingest_stage_*.sql. */
#include "ingest/source.h"

#include <math.h>

static void copy_place(struct data_copy *copy, const struct ingest_row *row)
{
    const struct geo_place_hit *place = &row->place;
    data_copy_text(copy, row->binding && place->id ? "registered" : geo_place_method_name(place->method));
    data_copy_f32(copy, place->method == GEO_PLACE_NONE ? NAN : (float)place->distance_m);
    data_copy_ref(copy, place->id);
    if (place->id) {
        data_copy_i64(copy, place->estate_id); /* 0 is an estate: `unassigned` */
    } else {
        data_copy_null(copy);
    }
}

/* estate_id .. shift_id, which fix and event share */
static void copy_head(struct data_copy *copy, const struct ingest_source *source, const struct ingest_row *row)
{
    data_copy_i64(copy, source->estate_id);
    data_copy_time(copy, row->t_event);
    data_copy_id(copy, row->dedup);
    data_copy_time(copy, row->t_recv);
    if (row->t_gateway == SENSORS_NO_TIME) {
        data_copy_null(copy);
    } else {
        data_copy_time(copy, row->t_gateway);
    }
    data_copy_text(copy, sensors_time_name(row->t_source));
    data_copy_i64(copy, source->id);
    data_copy_ref(copy, row->device_id);
    data_copy_id(copy, row->subject);
    data_copy_text(copy, sensors_subject_name(row->subject_type));
    data_copy_ref(copy, row->shift_id);
}

static void copy_fix(struct data_copy *copy, const struct ingest_source *source, const struct ingest_row *row,
                     size_t number)
{
    data_copy_row(copy, 26);
    copy_head(copy, source, row);
    data_copy_text(copy, sensors_position_name(row->pos_source));
    data_copy_f64(copy, row->lon);
    data_copy_f64(copy, row->lat);
    data_copy_f32(copy, row->alt_m);
    data_copy_f32(copy, row->acc_m);
    data_copy_f32(copy, row->speed_mps);
    data_copy_f32(copy, row->course_deg);
    data_copy_f32(copy, row->battery);
    copy_place(copy, row);
    data_copy_i32(copy, (int32_t)row->flags);
    data_copy_i32(copy, (int32_t)number);
    if (row->at_estate_id < 0) {
        data_copy_null(copy);
    } else {
        data_copy_i64(copy, row->at_estate_id);
    }
}

static void copy_native(struct data_copy *copy, const struct ingest_row *row)
{
    char hex[BASE_ID_TEXT];
    if (row->native_id.len == 0) {
        data_copy_null(copy);
    } else if (row->native_hidden) {
        data_copy_text(copy, base_id_hex(row->native_hash, hex));
    } else {
        data_copy_str(copy, row->native_id);
    }
}

/* pos_source .. acc_m: what somebody wrote down goes before what the message says */
static void copy_position(struct data_copy *copy, const struct ingest_row *row)
{
    bool registered = row->binding && !isnan(row->binding->lon);
    data_copy_text(copy, sensors_position_name(registered ? SENSORS_POSITION_REGISTERED : row->pos_source));
    data_copy_f64(copy, registered ? row->binding->lon : row->lon);
    data_copy_f64(copy, registered ? row->binding->lat : row->lat);
    data_copy_f32(copy, registered ? NAN : row->alt_m);
    data_copy_f32(copy, registered ? NAN : row->acc_m);
}

static void copy_event(struct data_copy *copy, const struct ingest_source *source, const struct ingest_row *row,
                       size_t number)
{
    data_copy_row(copy, 31);
    copy_head(copy, source, row);
    data_copy_text(copy, sensors_kind_name(row->kind));
    data_copy_text(copy, sensors_phase_name(row->phase));
    if (row->severity == SENSORS_NO_SEVERITY) {
        data_copy_null(copy);
    } else {
        data_copy_i16(copy, (int16_t)row->severity);
    }
    data_copy_f32(copy, row->confidence);
    copy_position(copy, row);
    copy_place(copy, row);
    if (row->binding && row->binding->has_storey) {
        data_copy_i16(copy, row->binding->storey);
    } else {
        data_copy_null(copy);
    }
    data_copy_ref(copy, row->station_id);
    copy_native(copy, row);
    data_copy_jsonb(copy, row->measures);
    data_copy_i32(copy, (int32_t)row->flags);
    data_copy_i32(copy, (int32_t)number);
    data_copy_bytes(copy, row->channel);
}

#define HEAD_COLUMNS \
    "estate_id, t_event, dedup, t_recv, t_gateway, t_source, source_id, device_id, subject, subject_type, shift_id"
#define PLACE_COLUMNS "place_method, place_dist_m, building_id, building_estate_id"

enum base_err ingest_store_copy_rows(struct data_conn *conn, const struct ingest_source *source, bool fixes,
                                     struct base_diag *diag)
{
    struct data_copy copy;
    enum base_err err =
        fixes
            ? data_copy_begin(&copy, conn, "stage_fix",
                              HEAD_COLUMNS
                              ", pos_source, lon, lat, alt_m, acc_m, speed_mps, course_deg, battery, " PLACE_COLUMNS
                              ", flags, row_no, at_estate_id",
                              diag)
            : data_copy_begin(&copy, conn, "stage_event",
                              HEAD_COLUMNS
                              ", kind, phase, severity, confidence, pos_source, lon, lat, alt_m, acc_m, " PLACE_COLUMNS
                              ", storey, station_id, native_id, measures, flags, row_no, channel",
                              diag);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < source->batch.row_count && !err; i++) {
        const struct ingest_row *row = &source->batch.rows[i];
        if (row->dropped || ingest_batch_is_fix(row) != fixes) {
            continue;
        }
        if (fixes) {
            copy_fix(&copy, source, row, i);
        } else {
            copy_event(&copy, source, row, i);
        }
        err = data_copy_flush(&copy, diag);
    }
    return data_copy_end(&copy, err, diag);
}

enum base_err ingest_store_copy_dead(struct data_conn *conn, const struct ingest_source *source, struct base_diag *diag)
{
    struct data_copy copy;
    enum base_err err =
        data_copy_begin(&copy, conn, "stage_dead",
                        "estate_id, recorded_at, dedup, source_id, reason, size, topic_sealed, payload_sealed", diag);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < source->batch.dead_count && !err; i++) {
        const struct ingest_dead *dead = &source->batch.dead[i];
        if (!dead->kept) {
            continue;
        }
        data_copy_row(&copy, 8);
        data_copy_i64(&copy, source->estate_id);
        data_copy_time(&copy, dead->recorded_us);
        data_copy_id(&copy, dead->dedup);
        data_copy_i64(&copy, source->id);
        data_copy_text(&copy, sensors_reason_text(dead->reason));
        data_copy_i32(&copy, (int32_t)dead->size);
        data_copy_bytes(&copy, dead->topic);
        data_copy_bytes(&copy, dead->payload);
        err = data_copy_flush(&copy, diag);
    }
    return data_copy_end(&copy, err, diag);
}
