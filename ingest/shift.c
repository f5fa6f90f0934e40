/* Shifts: the only time in which facts about a person come into being. */
#include "ingest/source.h"

#include <stdlib.h>
#include <string.h>

void ingest_shifts_release(struct ingest_shifts *shifts)
{
    free(shifts->list);
    *shifts = (struct ingest_shifts){.list = NULL};
}

enum base_err ingest_shifts_load(struct ingest_shifts *shifts, struct data_conn *conn, int64_t estate_id,
                                 int64_t source_id, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_SHIFT_LIST, DATA_ARGS(data_i64(estate_id), source_id ? data_i64(source_id) : data_null()),
                 diag, &rows);
    if (err) {
        return err;
    }
    size_t count = data_rows_count(rows);
    struct ingest_shift *list = calloc(count + 1, sizeof *list);
    if (!list) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = (struct ingest_shift){.id = data_rows_i64(rows, i, 0),
                                        .any = data_rows_null(rows, i, 1),
                                        .device = data_rows_id(rows, i, 1),
                                        .starts_us = data_rows_time(rows, i, 2),
                                        .ends_us = data_rows_time(rows, i, 3)};
        list[i].month = ingest_keys_month(list[i].starts_us);
        sensors_subject_in(data_rows_bytes(rows, i, 4), &list[i].subject_type);
    }
    ingest_shifts_release(shifts);
    *shifts = (struct ingest_shifts){list, count, base_clock_mono_us()};
    return BASE_OK;
}

bool ingest_shifts_named(const struct ingest_source *source)
{
    return source->format && strcmp(source->format->name, "checkin") == 0;
}

/* Is it this one that the device stands for? */
static bool named(const struct ingest_device *device, const struct ingest_shift *shift)
{
    int64_t id = 0;
    return base_str_i64(device->native, &id) && id == shift->id;
}

enum base_err ingest_shifts_find(const struct ingest_source *source, struct ingest_device *device, int64_t time_us,
                                 struct base_diag *diag, const struct ingest_shift **ret_shift)
{
    const struct ingest_shift *any = NULL;
    for (size_t i = 0; i < source->shifts.count; i++) {
        const struct ingest_shift *shift = &source->shifts.list[i];
        struct base_id hash;
        if (time_us < shift->starts_us || time_us >= shift->ends_us) {
            continue;
        }
        if (ingest_shifts_named(source)) {
            any = named(device, shift) ? shift : any;
            continue;
        }
        if (shift->any) {
            any = any ? any : shift;
            continue;
        }
        enum base_err err =
            ingest_devices_in_month(device, source->keys, base_str_of(source->name), shift->month, diag, &hash);
        if (err) {
            return err;
        }
        if (base_id_equal(shift->device, hash)) {
            *ret_shift = shift;
            return BASE_OK;
        }
    }
    *ret_shift = any;
    return BASE_OK;
}
