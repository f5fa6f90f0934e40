/* Photos of incidents: which an incident has, and GET /api/photos/{estate}/{hash}. What a photo shows is like what a
 * camera shows: for a purpose, and the look is written down. */
#include "api/photo.h"
#include "api/json.h"
#include "photo/photo.h"

#include <string.h>

#define DAY_S INT64_C(86400)
enum { KEEP_DAYS = 90, PATH_LEN = 160 };

static int64_t keep_s(const struct api_server *server)
{
    return server->photos ? server->photos->keep_s : KEEP_DAYS * DAY_S;
}

enum base_err api_photo_rows(struct api_server *server, struct data_conn *conn, const int64_t ids[2],
                             struct base_diag *diag, struct data_rows **ret_rows)
{
    return data_run(conn, DATA_PHOTO_LIST, DATA_ARGS(data_i64(ids[0]), data_i64(ids[1]), data_i64(keep_s(server))),
                    diag, ret_rows);
}

void api_photo_members(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    enum { ESTATE_ID, INCIDENT_ID, HASH, KIND, WIDTH, HEIGHT, BYTES, AT, TAKEN_AT, EXPIRES_AT };
    struct api_json_row at = {out, rows, row};
    char url[PATH_LEN], thumb[PATH_LEN];
    snprintf(url, sizeof url, "/api/photos/%lld/%s", (long long)data_rows_i64(rows, row, ESTATE_ID),
             data_rows_text(rows, row, HASH));
    snprintf(thumb, sizeof thumb, "%s?size=thumb", url);
    api_json_text(&at, "kind", KIND);
    base_json_out_key(out, "url");
    base_json_out_text(out, url);
    base_json_out_key(out, "thumb");
    base_json_out_text(out, thumb);
    api_json_i64(&at, "width", WIDTH);
    api_json_i64(&at, "height", HEIGHT);
    api_json_i64(&at, "bytes", BYTES);
    api_json_time(&at, "at", AT);
    api_json_time(&at, "taken", TAKEN_AT);
    api_json_time(&at, "expires", EXPIRES_AT);
}

/* --- one --- */

static enum base_err none(struct base_diag *diag)
{
    return base_diag_set(diag, BASE_NOT_FOUND, "there is no such photo");
}

/* Within the caller's scope, and written down before anything is shown. */
static enum base_err look(struct api_call *call, struct api_worker *worker, int64_t estate_id,
                          const struct base_digest *hash, struct base_diag *diag)
{
    struct data_conn *conn;
    AUTO(data_rows) rows = NULL;
    const struct base_str name = {(const char *)hash->bytes, sizeof hash->bytes};
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_PHOTO_FIND,
                         DATA_ARGS(data_i64(estate_id), data_bytes(name), data_i64(keep_s(call->server))), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        return none(diag);
    }
    return err ? err : api_audit_rows(call, conn, "photos", rows, 0, diag);
}

static enum base_err show(struct api_call *call, const struct base_digest *hash, bool thumb, struct base_diag *diag)
{
    char hex[BASE_DIGEST_TEXT];
    struct api_answer *answer = &call->answer;
    base_buf_init(&answer->body, PHOTO_KEPT_MAX);
    enum base_err err = photo_store_get(call->server->photos->dir, hash, thumb, diag, &answer->body);
    if (err == BASE_NOT_FOUND) {
        base_log(BASE_LOG_ERROR, "the file of a photo is missing", base_log_text("reason", diag->text));
        return none(diag);
    }
    if (!err) {
        answer->status = MHD_HTTP_OK;
        answer->type = "image/jpeg";
        answer->cache = "private, no-store";
        answer->disposition = "inline";
        snprintf(answer->etag, sizeof answer->etag, "\"%.32s%s\"", base_digest_hex(*hash, hex), thumb ? "t" : "");
        api_answer_revalidate(call);
    }
    return err;
}

enum base_err api_photo_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    const char *size;
    struct base_digest hash;
    int64_t ids[API_CAPTURES_MAX];
    enum base_err err = api_query_word(call, "size", "image thumb", "image", diag, &size);
    err = err ? err : api_query_path(call, 1, diag, ids);
    if (!err && (!call->server->photos || !base_digest_in(call->captured[1], &hash))) {
        err = none(diag);
    }
    if (!err && !call->identity->purpose[0]) {
        api_problem_purpose(call);
        return BASE_OK;
    }
    err = err ? err : look(call, worker, ids[0], &hash, diag);
    return err ? err : show(call, &hash, strcmp(size, "thumb") == 0, diag);
}
