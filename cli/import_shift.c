/* hutong import shifts: rosters. A device is known by its hash alone, under the key of the month in which the shift
 * starts. */
#include "cli/import.h"
#include "ingest/ingest.h"

#include <stdlib.h>
#include <string.h>

enum { SOURCE, LABEL, FROM, TO, DEVICE, SUBJECT_TYPE, LABEL_EN, ORGANISATION, DEVICE_MAX = 200 };

#define DAY_US (INT64_C(86400) * 1000000)

struct roster { /* the source asked for last */
    char name[128];
    int64_t id, estate_id; /* id 0: none */
    char subject_type[32];
    struct sensors_zone *zone;
};

struct shift {
    int64_t from_us, to_us, organisation;
    const char *subject_type;
    struct base_id hashes[3]; /* at its start; a day earlier, at its end: another month may name the device otherwise */
};

static enum base_err find_source(struct cli_import *import, const struct cli_import_line *line, struct roster *roster)
{
    AUTO(data_rows) rows = NULL;
    const char *name = line->texts[SOURCE];
    if (roster->id && strcmp(roster->name, name) == 0) {
        return BASE_OK;
    }
    sensors_zone_free(roster->zone);
    *roster = (struct roster){.id = 0};
    enum base_err err = data_run(import->conn, DATA_SHIFT_SOURCE, DATA_ARGS(data_text(name)), import->diag, &rows);
    if (!err && (data_rows_count(rows) == 0 || strlen(name) >= sizeof roster->name)) {
        cli_import_complain(import, line->number,
                            "source \"%.80s\": there is none of that name; hutong source list shows them", name);
        return BASE_OK;
    }
    err = err ? err : sensors_zone_open(data_rows_text(rows, 0, 3), import->diag, &roster->zone);
    if (!err) {
        snprintf(roster->name, sizeof roster->name, "%s", name);
        snprintf(roster->subject_type, sizeof roster->subject_type, "%s",
                 data_rows_null(rows, 0, 2) ? "" : data_rows_text(rows, 0, 2));
        roster->id = data_rows_i64(rows, 0, 0);
        roster->estate_id = data_rows_i64(rows, 0, 1);
    }
    return err;
}

static bool words_ok(struct cli_import *import, const struct cli_import_line *line, const struct roster *roster,
                     struct shift *shift)
{
    enum sensors_subject subject;
    bool good = cli_import_find_label(import, line, LABEL) && cli_import_find_label(import, line, LABEL_EN);
    shift->subject_type = *line->texts[SUBJECT_TYPE] ? line->texts[SUBJECT_TYPE] : roster->subject_type;
    if (!*line->texts[LABEL]) {
        cli_import_complain(import, line->number, "label is missing: a call sign, such as 巡逻3组");
        good = false;
    }
    if (!sensors_subject_in(base_str_of(shift->subject_type), &subject)) {
        cli_import_complain(import, line->number,
                            *shift->subject_type ? "subject_type \"%.40s\" is none of guard, cleaner, vehicle, fleet, "
                                                   "plate, tag, card, object, unit"
                                                 : "subject_type%s is missing, and the source says none",
                            shift->subject_type);
        good = false;
    }
    if (strlen(line->texts[DEVICE]) > DEVICE_MAX) {
        cli_import_complain(import, line->number, "device: %zu bytes; up to %d go", strlen(line->texts[DEVICE]),
                            DEVICE_MAX);
        good = false;
    }
    return good;
}

static bool times_ok(struct cli_import *import, const struct cli_import_line *line, const struct roster *roster,
                     struct shift *shift)
{
    if (!*line->texts[FROM] || !*line->texts[TO]) {
        cli_import_complain(import, line->number, "%s is missing", *line->texts[FROM] ? "to" : "from");
        return false;
    }
    if (!cli_import_find_time(import, line, FROM, roster->zone, 0, &shift->from_us) ||
        !cli_import_find_time(import, line, TO, roster->zone, 0, &shift->to_us)) {
        return false;
    }
    if (shift->to_us <= shift->from_us) {
        cli_import_complain(import, line->number, "to %.40s is not after from %.40s; a night ends on the next day",
                            line->texts[TO], line->texts[FROM]);
        return false;
    }
    return true;
}

static enum base_err name_device(struct cli_import *import, const struct cli_import_line *line, struct shift *shift)
{
    const int64_t times[] = {shift->from_us, shift->from_us - DAY_US, shift->to_us};
    const char *var = getenv("HUTONG_VAR");
    enum base_err err = BASE_OK;
    if (!*line->texts[DEVICE]) {
        return BASE_OK;
    }
    if (!var) {
        return base_diag_set(import->diag, BASE_USAGE,
                             "HUTONG_VAR is not set: its keys name the devices of shifts, so that no id is kept");
    }
    for (size_t i = 0; i < BASE_COUNT(times) && !err; i++) {
        err = ingest_devices_hash(var, line->texts[SOURCE], line->texts[DEVICE], times[i], import->diag,
                                  &shift->hashes[i]);
    }
    return err;
}

static enum base_err note_overlap(struct cli_import *import, const struct cli_import_line *line,
                                  const struct roster *roster, const struct shift *shift, int64_t id)
{
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) hashes;
    char from[BASE_TIME_TEXT], to[BASE_TIME_TEXT];
    bool any = !*line->texts[DEVICE];
    base_buf_init(&hashes, 1024);
    data_array_begin(&hashes, DATA_ARRAY_ID, BASE_COUNT(shift->hashes));
    for (size_t i = 0; i < BASE_COUNT(shift->hashes); i++) {
        data_array_id(&hashes, shift->hashes[i]);
    }
    enum base_err err = data_run(import->conn, DATA_SHIFT_OVERLAP,
                                 DATA_ARGS(data_i64(roster->estate_id), data_i64(roster->id),
                                           any ? data_null() : data_bytes(base_buf_str(&hashes)),
                                           data_time(shift->from_us), data_time(shift->to_us), data_i64(id)),
                                 import->diag, &rows);
    if (!err && data_rows_count(rows)) {
        cli_import_remark(import, line->number, "overlaps shift \"%s\" of %s device (%s to %s)",
                          data_rows_text(rows, 0, 0), any ? "any" : "the same",
                          base_time_out(data_rows_time(rows, 0, 1), from),
                          base_time_out(data_rows_time(rows, 0, 2), to));
    }
    return err;
}

static enum base_err store(struct cli_import *import, const struct cli_import_line *line, const struct roster *roster,
                           const struct shift *shift)
{
    AUTO(data_rows) rows = NULL;
    const char *label = line->texts[LABEL];
    enum base_err err = data_run(import->conn, DATA_SHIFT_PUT,
                                 DATA_ARGS(data_i64(roster->estate_id), data_i64(roster->id),
                                           *line->texts[DEVICE] ? data_id(shift->hashes[0]) : data_null(),
                                           data_text(shift->subject_type), data_text(label),
                                           data_text(*line->texts[LABEL_EN] ? line->texts[LABEL_EN] : label),
                                           shift->organisation ? data_i64(shift->organisation) : data_null(),
                                           data_time(shift->from_us), data_time(shift->to_us)),
                                 import->diag, &rows);
    if (err) {
        return err;
    }
    cli_import_outcome(import, data_rows_text(rows, 0, 1));
    if (shift->to_us - shift->from_us > DAY_US) {
        cli_import_remark(import, line->number, "lasts more than a day, and all that time a track is kept");
    }
    return note_overlap(import, line, roster, shift, data_rows_i64(rows, 0, 0));
}

static enum base_err put(struct cli_import *import, const struct cli_import_line *line, struct roster *roster)
{
    struct shift shift = {.from_us = 0};
    bool there = false;
    enum base_err err = find_source(import, line, roster);
    err = err ? err : cli_import_find_organisation(import, line, ORGANISATION, &shift.organisation, &there);
    if (err || !roster->id) {
        return err;
    }
    bool good = words_ok(import, line, roster, &shift);
    good = times_ok(import, line, roster, &shift) && good;
    if (!good || !there) {
        return BASE_OK;
    }
    err = name_device(import, line, &shift);
    return err ? err : store(import, line, roster, &shift);
}

enum base_err cli_import_shift(struct cli_import *import)
{
    struct roster roster = {.id = 0};
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < import->count && !err; i++) {
        err = put(import, &import->lines[i], &roster);
        err = err ? err : cli_import_step(import, i + 1);
    }
    sensors_zone_free(roster.zone);
    return err;
}
