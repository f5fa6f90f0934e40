/* /api/session: who am I, signing in and out, and why personal data is looked at. */
#include "api/private.h"

#include <string.h>

/* --- GET --- */

static void roles(struct base_json_out *out, const struct api_identity *identity)
{
    struct base_str rest = base_str_of(identity->roles), role;
    base_json_out_key(out, "roles");
    base_json_out_array(out);
    while (base_str_next(&rest, ' ', &role)) {
        if (role.len) {
            base_json_out_str(out, role);
        }
    }
    base_json_out_array_end(out);
}

/* true: all estates, also those to come. */
static void look(struct base_json_out *out, const struct data_scope *scope, enum data_look look_kind)
{
    const int64_t *estates;
    base_json_out_key(out, data_look_name(look_kind));
    if (data_scope_all(scope, look_kind)) {
        base_json_out_bool(out, true);
        return;
    }
    size_t count = data_scope_estates(scope, look_kind, &estates);
    base_json_out_array(out);
    for (size_t i = 0; i < count; i++) {
        base_json_out_i64(out, estates[i]);
    }
    base_json_out_array_end(out);
}

static void looks(struct base_json_out *out, const struct data_scope *scope)
{
    base_json_out_key(out, "looks");
    base_json_out_object(out);
    for (int kind = 0; kind < DATA_LOOK_KINDS; kind++) {
        if (data_scope_any(scope, (enum data_look)kind)) {
            look(out, scope, (enum data_look)kind);
        }
    }
    base_json_out_object_end(out);
}

static void text(struct base_json_out *out, const char *key, const char *value)
{
    base_json_out_key(out, key);
    base_json_out_text(out, *value ? value : NULL);
}

static void describe(struct base_json_out *out, const struct api_identity *identity)
{
    bool personal =
        data_scope_any(identity->scope, DATA_LOOK_UNIT) || data_scope_any(identity->scope, DATA_LOOK_DEVICE);
    text(out, "name", identity->name);
    text(out, "label", identity->label);
    roles(out, identity);
    looks(out, identity->scope);
    text(out, "purpose", identity->purpose);
    base_json_out_key(out, "purpose_needed");
    base_json_out_bool(out, personal && !identity->purpose[0]);
    text(out, "csrf", identity->csrf);
    base_json_out_key(out, "expires_at");
    if (identity->expires_us == INT64_MAX) {
        base_json_out_null(out);
    } else {
        base_json_out_time(out, identity->expires_us);
    }
}

/* identity NULL: nobody. */
static void answer(struct api_call *call, const struct api_identity *identity)
{
    const char *cookie = call->answer.set_cookie;
    struct base_json_out out = api_answer_json(call);
    call->answer.set_cookie = cookie;
    call->answer.cache = "no-store";
    base_json_out_object(&out);
    base_json_out_key(&out, "open");
    base_json_out_bool(&out, identity && identity->open);
    base_json_out_key(&out, "signed_in");
    base_json_out_bool(&out, identity != NULL);
    if (identity) {
        describe(&out, identity);
    }
    base_json_out_key(&out, "idle_s");
    base_json_out_i64(&out, call->server->config.session_idle_us / 1000000);
    base_json_out_object_end(&out);
}

/* --- POST and DELETE --- */

static enum base_err sign_in(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct api_identity *identity = NULL;
    if (!api_access_origin(call)) {
        return BASE_OK;
    }
    enum base_err err = api_worker_owner(worker, diag, &conn);
    err = err ? err : api_sign_in(call, conn, diag, &identity);
    if (!err && identity) {
        answer(call, identity);
    }
    api_identity_unref(identity);
    return err;
}

static enum base_err end(struct api_call *call, struct data_conn *conn, struct base_diag *diag)
{
    enum base_err err = data_begin_write(conn, diag);
    err = err ? err : data_run(conn, DATA_SESSION_END, DATA_ARGS(data_id(call->identity->session)), diag, NULL);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
        return err;
    }
    api_identities_forget(call->server->identities);
    return api_audit_act(conn, call->identity, NULL, "sign-out", call->address, diag);
}

static enum base_err sign_out(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    enum base_err err = BASE_OK;
    if (call->credential.kind == API_CREDENTIAL_TOKEN || call->credential.kind == API_CREDENTIAL_JWT) {
        return base_diag_set(diag, BASE_INVALID, "a token has no session; revoke it where it was made");
    }
    if (!api_access_written(call)) {
        return BASE_OK;
    }
    if (call->identity && call->identity->cookie) {
        err = api_worker_owner(worker, diag, &conn);
        err = err ? err : end(call, conn, diag);
    }
    if (!err) {
        call->answer.status = MHD_HTTP_NO_CONTENT;
        call->answer.cache = "no-store";
        api_cookie_set(call, API_COOKIE_SESSION, NULL);
    }
    return err;
}

enum base_err api_session(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct api_identity *identity = NULL;
    enum base_err err = BASE_OK;
    if (!api_identity_remembered(call->server, &call->credential, &identity)) {
        err = api_identity_ask(call, worker, diag, &identity);
    }
    if (err) {
        return err;
    }
    api_identity_unref(call->identity);
    call->identity = identity;
    if (identity && identity->open && !api_access_host(call)) {
        return BASE_OK;
    }
    if (call->method == API_POST) {
        return sign_in(call, worker, diag);
    }
    if (call->method == API_DELETE) {
        return sign_out(call, worker, diag);
    }
    answer(call, identity);
    return BASE_OK;
}

/* --- PUT /api/session/purpose --- */

static enum base_err purpose_set(struct api_call *call, struct data_conn *conn, const char *purpose,
                                 struct base_diag *diag)
{
    enum base_err err = data_begin_write(conn, diag);
    err = err ? err
              : data_run(conn, DATA_SESSION_PURPOSE, DATA_ARGS(data_id(call->identity->session), data_text(purpose)),
                         diag, NULL);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
        return err;
    }
    api_identities_forget(call->server->identities);
    return api_audit_act(conn, call->identity, NULL, "purpose", purpose, diag);
}

enum base_err api_session_purpose(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct api_target fields;
    if (!api_body_fields(call, &fields)) {
        return BASE_OK;
    }
    struct base_str purpose = api_target_param(&fields, "purpose");
    purpose = base_str_trim(purpose.at ? purpose : base_str_of(""));
    if (!api_identity_purpose_good(purpose)) {
        return base_diag_set(diag, BASE_INVALID, "purpose must be 3 to 200 characters");
    }
    if (!call->identity->open && !call->identity->cookie) {
        return base_diag_set(diag, BASE_INVALID, "a token says why by the header X-Purpose, with each request");
    }
    enum base_err err = BASE_OK;
    if (call->identity->cookie) {
        const char *copy = base_arena_text(&call->arena, purpose);
        err = api_worker_owner(worker, diag, &conn);
        err = err ? err : purpose_set(call, conn, copy, diag);
    }
    if (!err) {
        call->answer.status = MHD_HTTP_NO_CONTENT;
        call->answer.cache = "no-store";
    }
    return err;
}
