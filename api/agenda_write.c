/* POST /api/meetings: a meeting was held, about these estates. POST /api/meetings/{meeting}/resolutions: what it
 * resolved, one for each incident that it is about. */
#include "api/agenda.h"
#include "api/json.h"

#include <stdlib.h>

enum { TEXT_MAX = 2000, ESTATES_MAX = 200, INCIDENTS_MAX = 50, NOTE_MAX = 64 };

/* A list of distinct ids; false: the answer says what is wrong. */
static bool ids_in(struct api_input *input, const char *name, int64_t least, int64_t *ids, size_t max,
                   size_t *ret_count)
{
    const struct base_json *list = base_json_in_get(input->object, name);
    size_t count = list && base_json_in_is_array(list) ? base_json_in_size(list) : 0;
    bool good = !api_input_has(input, name) || (count > 0 && count <= max);
    for (size_t i = 0; good && i < count; i++) {
        good = base_json_in_i64(base_json_in_at(list, i), &ids[i]) && ids[i] >= least;
        for (size_t k = 0; good && k < i; k++) {
            good = ids[k] != ids[i];
        }
    }
    if (!good) {
        api_input_wrong(input, name, "must be a list of one to %zu ids, each once, like [17]", max);
    }
    *ret_count = good ? count : 0;
    return good;
}

/* --- a meeting --- */

struct meeting {
    const char *level;
    int64_t organisation_id, held_at_us, estates[ESTATES_MAX], id;
    size_t estate_count;
};

static void meeting_in(struct api_input *input, struct meeting *meeting)
{
    meeting->level = api_input_word(input, "level", API_REQUIRED, "estate community alliance district");
    meeting->organisation_id = api_input_i64(input, "organisation_id", API_REQUIRED, 1, INT64_MAX);
    meeting->held_at_us = api_input_time(input, "held_at", API_REQUIRED);
    if (!input->bad && ids_in(input, "estates", 0, meeting->estates, ESTATES_MAX, &meeting->estate_count) &&
        meeting->estate_count == 0) {
        api_input_wrong(input, "estates", "is missing: which estates was the meeting about?");
    }
    if (!input->bad && meeting->held_at_us > base_clock_now_us()) {
        api_input_wrong(input, "held_at", "is still to come: a meeting is written down when it was held");
    }
}

/* The first estate makes the id. */
static enum base_err about(struct api_write *write, struct api_input *input, struct meeting *meeting, int64_t estate_id,
                           struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(write->conn, DATA_MEETING_MAKE,
                                 DATA_ARGS(data_i64(estate_id), meeting->id ? data_i64(meeting->id) : data_null(),
                                           data_text(meeting->level), data_i64(meeting->organisation_id),
                                           data_time(meeting->held_at_us), data_time(write->now_us),
                                           data_text(write->call->identity->name)),
                                 diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        api_input_wrong(input, "organisation_id", "there is no such organisation");
    } else if (!err) {
        meeting->id = data_rows_i64(rows, 0, 0);
    }
    return err;
}

static enum base_err meet(struct api_write *write, struct api_input *input, struct meeting *meeting,
                          struct base_diag *diag)
{
    char note[NOTE_MAX];
    enum base_err err = about(write, input, meeting, meeting->estates[0], diag);
    snprintf(note, sizeof note, "meeting %lld", (long long)meeting->id);
    for (size_t i = 1; i < meeting->estate_count && !err && !input->bad; i++) {
        bool may = false;
        err = api_write_also(write, DATA_LOOK_JUDGE, meeting->estates[i], "hold meeting", note, diag, &may);
        if (err || !may) {
            return err;
        }
        err = about(write, input, meeting, meeting->estates[i], diag);
    }
    if (err || input->bad) {
        return err;
    }
    err = api_agenda_meeting_out(write->call, write->conn, meeting->id, diag);
    if (!err) {
        api_write_located(write->call, MHD_HTTP_CREATED, "/api/meetings/%lld/resolutions", (long long)meeting->id);
    }
    return err;
}

enum base_err api_agenda_write_meeting(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"level", "organisation_id", "held_at", "estates", NULL};
    struct api_input input;
    struct api_write write = {.conn = NULL};
    struct meeting meeting = {.id = 0};
    char note[NOTE_MAX];
    enum base_err err = BASE_OK;
    if (!api_input_open(call, members, &input)) {
        return BASE_OK;
    }
    meeting_in(&input, &meeting);
    if (!input.bad) {
        err = api_write_begin(call, worker, DATA_LOOK_JUDGE, meeting.estates[0], NULL, diag, &write);
    }
    if (!err && write.conn) {
        err = meet(&write, &input, &meeting, diag);
        snprintf(note, sizeof note, "meeting %lld", (long long)meeting.id);
        err = api_write_end(&write, err, "hold meeting", note, diag);
    }
    api_input_release(&input);
    return err;
}

/* --- what it resolved --- */

struct resolution {
    int64_t meeting_id, estate_id, organisation_id, deadline_us, incidents[INCIDENTS_MAX];
    size_t incident_count;
    const char *text;
};

static void resolution_in(struct api_input *input, struct resolution *resolution)
{
    resolution->estate_id = api_input_i64(input, "estate_id", API_REQUIRED, 0, INT64_MAX);
    resolution->organisation_id = api_input_i64(input, "organisation_id", API_REQUIRED, 1, INT64_MAX);
    resolution->text = api_input_said(input, "text", API_REQUIRED, TEXT_MAX);
    resolution->deadline_us = api_input_time(input, "deadline", API_REQUIRED);
    if (!input->bad) {
        ids_in(input, "incidents", 1, resolution->incidents, INCIDENTS_MAX, &resolution->incident_count);
    }
    if (!input->bad && resolution->deadline_us <= base_clock_now_us()) {
        api_input_wrong(input, "deadline", "is over already");
    }
}

/* Columns of resolution_make. */
enum { ID, MEETING, INCIDENT, ORGANISATION };

static void lacks(struct api_input *input, const struct data_rows *rows)
{
    if (!data_rows_bool(rows, 0, MEETING)) {
        api_input_wrong(input, "estate_id", "that meeting was not about this estate");
    } else if (!data_rows_bool(rows, 0, INCIDENT)) {
        api_input_wrong(input, "incidents", "the estate has no such incident");
    } else {
        api_input_wrong(input, "organisation_id", "there is no such organisation");
    }
}

static enum base_err resolve(struct api_write *write, struct api_input *input, const struct resolution *resolution,
                             struct data_arg incident, struct base_diag *diag, int64_t *ret_id)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(write->conn, DATA_RESOLUTION_MAKE,
                                 DATA_ARGS(data_i64(resolution->estate_id), data_i64(resolution->meeting_id), incident,
                                           data_i64(resolution->organisation_id), data_text(resolution->text),
                                           data_time(resolution->deadline_us), data_time(write->now_us),
                                           data_text(write->call->identity->name)),
                                 diag, &rows);
    if (!err && data_rows_null(rows, 0, ID)) {
        lacks(input, rows);
    } else if (!err) {
        *ret_id = data_rows_i64(rows, 0, ID);
    }
    return err;
}

static enum base_err resolve_all(struct api_write *write, struct api_input *input, const struct resolution *resolution,
                                 struct base_diag *diag)
{
    int64_t made[INCIDENTS_MAX];
    size_t count = resolution->incident_count ? resolution->incident_count : 1;
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < count && !err && !input->bad; i++) {
        err = resolve(write, input, resolution,
                      resolution->incident_count ? data_i64(resolution->incidents[i]) : data_null(), diag, &made[i]);
    }
    if (err || input->bad) {
        return err;
    }
    struct base_json_out out = api_answer_json(write->call);
    base_json_out_object(&out);
    base_json_out_key(&out, "resolutions");
    base_json_out_array(&out);
    for (size_t i = 0; i < count; i++) {
        base_json_out_i64(&out, made[i]);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_write_located(write->call, MHD_HTTP_CREATED, "/api/resolutions/%lld/%lld", (long long)resolution->estate_id,
                      (long long)made[0]);
    return BASE_OK;
}

enum base_err api_agenda_write_resolution(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"estate_id", "organisation_id", "text", "deadline", "incidents", NULL};
    struct api_input input;
    struct api_write write = {.conn = NULL};
    struct resolution resolution = {.text = NULL};
    int64_t ids[API_CAPTURES_MAX];
    char note[NOTE_MAX];
    enum base_err err = api_query_path(call, 1, diag, ids);
    if (err || !api_input_open(call, members, &input)) {
        return err;
    }
    resolution.meeting_id = ids[0];
    resolution_in(&input, &resolution);
    if (!input.bad) {
        err = api_write_begin(call, worker, DATA_LOOK_JUDGE, resolution.estate_id, NULL, diag, &write);
    }
    if (!err && write.conn) {
        err = resolve_all(&write, &input, &resolution, diag);
        snprintf(note, sizeof note, "meeting %lld", (long long)ids[0]);
        err = api_write_end(&write, err, "resolve", note, diag);
    }
    api_input_release(&input);
    return err;
}
