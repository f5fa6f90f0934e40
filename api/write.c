/* Writing: one estate's transaction of somebody who may. Serving roles read only, so what is written is written as the
 * owner - and so nothing is, but through here: the scope is asked first, and what was done stands in the audit of the
 * same transaction. */
#include "api/request.h"
#include "incident/incident.h"

#include <string.h>

enum { KEY_MAX = 200, ACTOR_MAX = 64, MISSING = 428 /* Precondition Required, RFC 6585 */ };

/* --- may they? --- */

/* What is not there for this caller is answered like what is not there. */
static void no_estate(struct api_call *call, int64_t estate_id)
{
    char detail[64];
    snprintf(detail, sizeof detail, "there is no estate %lld", (long long)estate_id);
    api_problem(call, MHD_HTTP_NOT_FOUND, detail);
}

bool api_write_may(struct api_call *call, enum data_look look, int64_t estate_id)
{
    char detail[128];
    const struct data_scope *scope = call->identity->scope;
    if (data_scope_holds(scope, look, estate_id)) {
        return true;
    }
    if (data_scope_holds(scope, DATA_LOOK_PLACE, estate_id)) {
        snprintf(detail, sizeof detail, "your roles do not include the look \"%s\" for estate %lld",
                 data_look_name(look), (long long)estate_id);
        api_problem(call, MHD_HTTP_FORBIDDEN, detail);
    } else {
        no_estate(call, estate_id);
    }
    return false;
}

/* --- answers of requests that bring a key --- */

static const char *actor_of(const struct api_identity *identity, char text[ACTOR_MAX])
{
    if (identity->open) {
        return "open";
    }
    if (identity->account_id) {
        snprintf(text, ACTOR_MAX, "account %lld", (long long)identity->account_id);
    } else {
        snprintf(text, ACTOR_MAX, "shift %lld", (long long)identity->shift_id);
    }
    return text;
}

static bool good_key(const char *key)
{
    size_t len = strlen(key);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)key[i] <= ' ' || (unsigned char)key[i] >= 0x7F) {
            return false;
        }
    }
    return len > 0 && len <= KEY_MAX;
}

/* A body may hold who called. What is kept of it is under a key, or numbers could be tried against it. */
static enum base_err digest_of(const struct api_call *call, struct base_diag *diag, struct base_id *ret_digest)
{
    struct base_key key = {.bytes = "hutong requests"};
    const char *var = call->server->config.var;
    enum base_err err = var ? incident_seal_key(var, diag, &key) : BASE_OK;
    char method[8];
    snprintf(method, sizeof method, "%d", (int)call->method);
    const struct base_str parts[] = {base_str_of(method), call->raw, base_buf_str(&call->body)};
    *ret_digest = base_key_id(&key, parts, BASE_COUNT(parts));
    return err;
}

/* Columns of answer_find. */
enum { DIGEST, STATUS, LOCATION, BODY };

static void again(struct api_write *write, const struct data_rows *rows)
{
    struct api_call *call = write->call;
    if (!base_id_equal(data_rows_id(rows, 0, DIGEST), write->digest)) {
        api_problem(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "this key was used with another request; take a new one");
        return;
    }
    if (!data_rows_null(rows, 0, BODY)) {
        api_answer_json(call);
        base_buf_append(&call->answer.body, data_rows_bytes(rows, 0, BODY).at, data_rows_bytes(rows, 0, BODY).len);
    }
    call->answer.status = (unsigned)data_rows_i64(rows, 0, STATUS);
    call->answer.cache = "no-store";
    call->answer.location =
        data_rows_null(rows, 0, LOCATION) ? NULL : base_arena_text(&call->arena, data_rows_bytes(rows, 0, LOCATION));
}

static enum base_err look_up(struct api_write *write, struct base_diag *diag, bool *ret_answered)
{
    char actor[ACTOR_MAX];
    AUTO(data_rows) rows = NULL;
    *ret_answered = false;
    if (!write->keyed) {
        return BASE_OK;
    }
    const struct data_arg args[] = {data_i64(write->estate_id), data_text(actor_of(write->call->identity, actor)),
                                    data_text(write->key)};
    enum base_err err = data_run(write->conn, DATA_ANSWER_WAIT, args, BASE_COUNT(args), diag, NULL);
    err = err ? err : data_run(write->conn, DATA_ANSWER_FIND, args, BASE_COUNT(args), diag, &rows);
    if (!err && data_rows_count(rows)) {
        again(write, rows);
        *ret_answered = true;
    }
    return err;
}

static enum base_err keep(struct api_write *write, struct base_diag *diag)
{
    char actor[ACTOR_MAX];
    struct api_answer *answer = &write->call->answer;
    if (!write->keyed) {
        return BASE_OK;
    }
    const char *body = answer->body.len ? base_buf_cstr(&answer->body) : NULL;
    return data_run(write->conn, DATA_ANSWER_KEEP,
                    DATA_ARGS(data_i64(write->estate_id), data_text(actor_of(write->call->identity, actor)),
                              data_text(write->key), data_id(write->digest), data_i64(answer->status),
                              data_text(answer->location), data_text(body)),
                    diag, NULL);
}

/* --- beginning and end --- */

static void leave(struct api_write *write)
{
    data_rollback(write->conn);
    write->conn = NULL;
}

static enum base_err enter(struct api_write *write, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    bool answered = false;
    enum base_err err = data_begin_write(write->conn, diag);
    err = err ? err : data_run(write->conn, DATA_WRITE_ESTATE, DATA_ARGS(data_i64(write->estate_id)), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        no_estate(write->call, write->estate_id);
        leave(write);
        return BASE_OK;
    }
    err = err ? err : look_up(write, diag, &answered);
    if (err || answered) {
        leave(write);
        return err;
    }
    write->now_us = data_rows_time(rows, 0, 0);
    return BASE_OK;
}

enum base_err api_write_begin(struct api_call *call, struct api_worker *worker, enum data_look look, int64_t estate_id,
                              const char *key, struct base_diag *diag, struct api_write *ret_write)
{
    const char *header = call->method == API_GET ? NULL : call->idempotency; /* what is looked at is not kept */
    *ret_write = (struct api_write){.call = call, .estate_id = estate_id, .key = key ? key : header};
    if (!api_write_may(call, look, estate_id)) {
        return BASE_OK;
    }
    if (ret_write->key && !good_key(ret_write->key)) {
        return base_diag_set(diag, BASE_INVALID, "a key has 1 to %d printable ASCII characters without blanks",
                             KEY_MAX);
    }
    ret_write->keyed = ret_write->key != NULL;
    enum base_err err = ret_write->keyed ? digest_of(call, diag, &ret_write->digest) : BASE_OK;
    err = err ? err : api_worker_owner(worker, diag, &ret_write->conn);
    return err ? err : enter(ret_write, diag);
}

static enum base_err write_down(struct api_write *write, int64_t estate_id, const char *action, const char *note,
                                struct base_diag *diag)
{
    const struct api_identity *identity = write->call->identity;
    return data_run(write->conn, DATA_AUDIT_CHANGE,
                    DATA_ARGS(data_i64(estate_id), identity->open ? data_null() : data_id(identity->session),
                              data_text(identity->name), data_text(action),
                              data_text(identity->purpose[0] ? identity->purpose : NULL), data_text(note)),
                    diag, NULL);
}

enum base_err api_write_also(struct api_write *write, enum data_look look, int64_t estate_id, const char *action,
                             const char *note, struct base_diag *diag, bool *ret_may)
{
    AUTO(data_rows) rows = NULL;
    *ret_may = false;
    if (!api_write_may(write->call, look, estate_id)) {
        return BASE_OK;
    }
    enum base_err err = data_run(write->conn, DATA_WRITE_ESTATE, DATA_ARGS(data_i64(estate_id)), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        no_estate(write->call, estate_id);
        return BASE_OK;
    }
    *ret_may = !err;
    return err ? err : write_down(write, estate_id, action, note, diag);
}

enum base_err api_write_end(struct api_write *write, enum base_err err, const char *action, const char *note,
                            struct base_diag *diag)
{
    if (!write->conn) {
        return err;
    }
    bool done = !err && write->call->answer.status >= 200 && write->call->answer.status < 300;
    if (done) {
        err = action ? write_down(write, write->estate_id, action, note, diag) : BASE_OK;
        err = err ? err : keep(write, diag);
        err = err ? err : data_commit(write->conn, diag);
    }
    if (err || !done) {
        leave(write);
    }
    /* What the database calls its indexes is not for the client. */
    if (err == BASE_CONFLICT && diag && strncmp(diag->text, "database:", 9) == 0) {
        err = base_diag_set(diag, BASE_CONFLICT, "another one has this key or tag already, or is just being made");
    }
    return err;
}

/* --- answers --- */

bool api_write_matches(struct api_call *call, const char *tag)
{
    if (!call->if_match) {
        api_problem(call, MISSING, "say by If-Match which version you mean: the ETag that GET answers with");
        return false;
    }
    if (!tiles_etag_listed(call->if_match, tag)) {
        api_problem(call, MHD_HTTP_PRECONDITION_FAILED, "it has changed since; GET it again");
        return false;
    }
    return true;
}

void api_write_located(struct api_call *call, unsigned status, const char *format, ...)
{
    char path[128];
    va_list args;
    va_start(args, format);
    vsnprintf(path, sizeof path, format, args);
    va_end(args);
    call->answer.status = status;
    call->answer.cache = "no-store";
    call->answer.location = base_arena_text(&call->arena, base_str_of(path));
}

void api_write_gone(struct api_call *call)
{
    call->answer.status = MHD_HTTP_NO_CONTENT;
    call->answer.cache = "no-store";
}
