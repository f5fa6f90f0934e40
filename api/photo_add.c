/* POST /api/incidents/{estate}/{incident}/photos: what somebody who deals with it has to show.
 *
 *   bytes ──photo_make──> small JPEG ──┐ hash locked ── step ── file (whole, on disk) ── row ── COMMIT
 *                                      └ who dies before COMMIT leaves a file that no row refers to: swept later */
#include "api/incident.h"
#include "api/photo.h"
#include "incident/incident.h"
#include "photo/photo.h"

#include <string.h>

enum { PHOTOS_MOST = 40, TEXT_MAX = 160, SOON_S = 60 };
static const int64_t ahead_us = INT64_C(300000000); /* a phone's clock may be so much fast */

struct sent {
    int64_t ids[2];
    const char *kind;
    int64_t taken_us; /* 0: not said */
    struct photo photo;
    bool added;
};

/* --- what was sent --- */

static void refuse(struct api_call *call, enum base_err err, const char *why)
{
    api_problem(call,
                err == BASE_UNSUPPORTED ? MHD_HTTP_UNSUPPORTED_MEDIA_TYPE
                : err == BASE_LIMIT     ? MHD_HTTP_CONTENT_TOO_LARGE
                                        : MHD_HTTP_UNPROCESSABLE_CONTENT,
                why);
}

/* The header has to say what the bytes are. */
static bool typed(struct api_call *call)
{
    char why[TEXT_MAX];
    const char *said = call->content_type ? call->content_type : "", *is = photo_type(base_buf_str(&call->body));
    size_t len = strcspn(said, "; \t");
    if (is && len == strlen(is) && strncasecmp(said, is, len) == 0) {
        return true;
    }
    snprintf(why, sizeof why, "send a photo as image/jpeg or image/png; these bytes are %s, the header says \"%.40s\"",
             is ? is : "neither", said);
    refuse(call, BASE_UNSUPPORTED, why);
    return false;
}

/* False: the answer says why; or an error is no fault of the picture's. */
static enum base_err decode(struct api_call *call, struct sent *sent, struct base_diag *diag, bool *ret_made)
{
    *ret_made = false;
    if (!typed(call)) {
        return BASE_OK;
    }
    enum base_err err = photo_make(base_buf_str(&call->body), diag, &sent->photo);
    *ret_made = !err;
    if (err == BASE_UNSUPPORTED || err == BASE_LIMIT || err == BASE_INVALID) {
        refuse(call, err, diag->text);
        return BASE_OK;
    }
    return err;
}

/* --- writing --- */

static struct base_str name_of(const struct sent *sent)
{
    return (struct base_str){(const char *)sent->photo.hash.bytes, sizeof sent->photo.hash.bytes};
}

static enum base_err note_step(struct api_write *write, const struct sent *sent, struct base_diag *diag)
{
    char detail[TEXT_MAX], note[TEXT_MAX], hex[BASE_DIGEST_TEXT];
    struct incident_acted acted;
    snprintf(detail, sizeof detail, "{\"photo\":\"%s\",\"kind\":\"%s\"}", base_digest_hex(sent->photo.hash, hex),
             sent->kind);
    snprintf(note, sizeof note, "photo: %s", sent->kind);
    const struct incident_act step = {.estate_id = sent->ids[0],
                                      .id = sent->ids[1],
                                      .step = "comment",
                                      .actor = write->call->identity->name,
                                      .note = note,
                                      .detail = detail,
                                      .organisation_id = data_null(),
                                      .shift_id = data_null(),
                                      .other = data_null(),
                                      .at_us = write->now_us};
    return incident_act(write->conn, &step, diag, &acted);
}

static enum base_err store(struct api_write *write, const struct sent *sent, struct base_diag *diag)
{
    const struct api_photos *photos = write->call->server->photos;
    enum base_err err = api_photo_folder_check(photos, write->conn, diag);
    err = err ? err : photo_store_put(photos->dir, &sent->photo, diag);
    return err ? err
               : data_run(write->conn, DATA_PHOTO_ADD,
                          DATA_ARGS(data_i64(sent->ids[0]), data_i64(sent->ids[1]), data_bytes(name_of(sent)),
                                    data_text(sent->kind), data_text(write->call->identity->name),
                                    data_i64((int64_t)sent->photo.image.len), data_i64(sent->photo.width),
                                    data_i64(sent->photo.height),
                                    sent->taken_us ? data_time(sent->taken_us) : data_null()),
                          diag, NULL);
}

/* What is wrong with the folder is for the log; who sent a photo learns that it is not there. */
static void unkept(struct api_call *call, enum base_err err, const struct base_diag *diag)
{
    base_log(BASE_LOG_ERROR, "a photo cannot be kept", base_log_text("reason", diag->text));
    api_problem(call, err == BASE_FULL ? MHD_HTTP_INSUFFICIENT_STORAGE : MHD_HTTP_SERVICE_UNAVAILABLE,
                err == BASE_FULL ? "the disk for photos is full: nothing of it was kept; whoever runs this server has "
                                   "to make room, then send it again"
                                 : "the folder for photos cannot be written to: nothing of it was kept; whoever runs "
                                   "this server finds the reason in its log");
    call->answer.retry_after_s = SOON_S;
}

static enum base_err add(struct api_write *write, struct sent *sent, struct base_diag *diag)
{
    enum base_err err = note_step(write, sent, diag);
    if (err == BASE_CONFLICT && strncmp(diag->text, "database:", 9) != 0) {
        return api_incident_one_refuse(write->call, write->conn, sent->ids,
                                       "photos are taken of incidents that are open", diag);
    }
    if (err) {
        return err;
    }
    err = store(write, sent, diag);
    if (err == BASE_FULL || err == BASE_IO || err == BASE_CONFLICT || err == BASE_INVALID) {
        unkept(write->call, err, diag);
        return BASE_OK;
    }
    sent->added = !err;
    return err;
}

/* --- answering --- */

static enum base_err answer(struct api_write *write, const struct sent *sent, struct base_diag *diag)
{
    enum { VERSION = 2, HASH = 2 }; /* of incident_find; of photo_list */
    char hex[BASE_DIGEST_TEXT];
    AUTO(data_rows) incident = NULL;
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(write->conn, DATA_INCIDENT_FIND,
                                 DATA_ARGS(data_i64(sent->ids[0]), data_i64(sent->ids[1])), diag, &incident);
    err = err ? err : api_photo_rows(write->call->server, write->conn, sent->ids, diag, &rows);
    base_digest_hex(sent->photo.hash, hex);
    for (size_t row = 0; row < data_rows_count(rows) && !err; row++) {
        if (strcmp(data_rows_text(rows, row, HASH), hex) == 0) {
            struct base_json_out out = api_answer_json(write->call);
            base_json_out_object(&out);
            api_photo_members(&out, rows, row);
            base_json_out_key(&out, "estate_id");
            base_json_out_i64(&out, sent->ids[0]);
            base_json_out_key(&out, "incident_id");
            base_json_out_i64(&out, sent->ids[1]);
            base_json_out_key(&out, "incident_version");
            base_json_out_i64(&out, data_rows_i64(incident, 0, VERSION));
            base_json_out_object_end(&out);
            api_write_located(write->call, sent->added ? MHD_HTTP_CREATED : MHD_HTTP_OK, "/api/photos/%lld/%s",
                              (long long)sent->ids[0], hex);
            return BASE_OK;
        }
    }
    return err ? err : base_diag_set(diag, BASE_NOT_FOUND, "this photo is no longer kept");
}

static enum base_err take(struct api_write *write, struct sent *sent, struct base_diag *diag)
{
    enum { COUNT, THERE };
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_incident_one_mine(write->call, write->conn, sent->ids, diag);
    err = err ? err : data_run(write->conn, DATA_PHOTO_LOCK, DATA_ARGS(data_bytes(name_of(sent))), diag, NULL);
    err = err ? err
              : data_run(write->conn, DATA_PHOTO_ROOM,
                         DATA_ARGS(data_i64(sent->ids[0]), data_i64(sent->ids[1]), data_bytes(name_of(sent))), diag,
                         &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
    }
    if (err) {
        return err;
    }
    bool there = data_rows_bool(rows, 0, THERE);
    if (!there && data_rows_i64(rows, 0, COUNT) >= PHOTOS_MOST) {
        api_problem(write->call, MHD_HTTP_CONFLICT, "an incident has 40 photos at most, and this one has them");
        return BASE_OK;
    }
    err = there ? BASE_OK : add(write, sent, diag);
    return err || (!there && !sent->added) ? err : answer(write, sent, diag);
}

static enum base_err post(struct api_call *call, struct api_worker *worker, struct sent *sent, struct base_diag *diag)
{
    struct api_write write;
    char note[TEXT_MAX];
    enum base_err err = api_incident_ready(worker, diag);
    err = err ? err
              : api_write_begin(call, worker, api_incident_one_look(call, sent->ids[0]), sent->ids[0], NULL, diag,
                                &write);
    if (err || !write.conn) {
        return err;
    }
    err = take(&write, sent, diag);
    snprintf(note, sizeof note, "incident %lld: %s", (long long)sent->ids[1], sent->kind);
    return api_write_end(&write, err, sent->added ? "add photo" : NULL, note, diag);
}

/* A phone sends later what it could not send at once. */
static enum base_err query_in(struct api_call *call, struct sent *sent, struct base_diag *diag)
{
    enum base_err err = api_query_word(call, "kind", "scene before after", "scene", diag, &sent->kind);
    err = err ? err : api_query_time(call, "taken", 0, diag, &sent->taken_us);
    return err || sent->taken_us <= base_clock_now_us() + ahead_us
               ? err
               : base_diag_set(diag, BASE_INVALID, "taken: is yet to come; look at the phone's clock");
}

enum base_err api_photo_add(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct sent sent = {.added = false};
    int64_t ids[API_CAPTURES_MAX];
    bool made;
    enum base_err err = api_query_path(call, 2, diag, ids);
    err = err ? err : query_in(call, &sent, diag);
    if (err || !api_write_may(call, api_incident_one_look(call, ids[0]), ids[0])) {
        return err;
    }
    if (!call->server->photos) {
        api_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE,
                    "this server takes no photos: it was started without a folder for them (HUTONG_PHOTOS)");
        return BASE_OK;
    }
    memcpy(sent.ids, ids, sizeof sent.ids);
    err = decode(call, &sent, diag, &made);
    if (err || !made) {
        return err;
    }
    err = post(call, worker, &sent, diag);
    photo_release(&sent.photo);
    return err;
}
