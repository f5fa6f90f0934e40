/* Asking the database who it is that asks, as the owner's role. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

enum { TOUCH_AFTER_US = 60000000 };

static enum base_err identity_new(enum api_credential_kind kind, struct base_diag *diag,
                                  struct api_identity **ret_identity)
{
    struct api_identity *identity = calloc(1, sizeof *identity);
    if (!identity) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    atomic_init(&identity->refs, 1);
    identity->by.kind = kind;
    identity->cookie = kind == API_CREDENTIAL_COOKIE;
    identity->expires_us = INT64_MAX;
    *ret_identity = identity;
    return BASE_OK;
}

/* Cut where a character ends. */
static void name_put(char *to, size_t size, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    if (len >= size) {
        len = size - 1;
        while (len && ((unsigned char)text[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    memcpy(to, text ? text : "", len);
    to[len] = '\0';
}

static enum base_err identity_open(struct base_diag *diag, struct api_identity **ret_identity)
{
    struct api_identity *identity = NULL;
    enum base_err err = identity_new(API_CREDENTIAL_NONE, diag, &identity);
    err = err ? err : data_scope_everything(diag, &identity->scope);
    if (err) {
        api_identity_unref(identity);
        return err;
    }
    identity->open = true;
    name_put(identity->name, sizeof identity->name, "open");
    name_put(identity->roles, sizeof identity->roles, "administrator");
    name_put(identity->purpose, sizeof identity->purpose, "open");
    *ret_identity = identity;
    return BASE_OK;
}

/* --- by cookie, token, JWT; *ret_identity NULL: nobody --- */

/* What account_find, session_find and token_find have in common. */
static void describe(struct api_identity *identity, const struct data_rows *rows, int name, int label, int roles)
{
    name_put(identity->name, sizeof identity->name, data_rows_text(rows, 0, name));
    name_put(identity->label, sizeof identity->label, data_rows_text(rows, 0, label));
    name_put(identity->roles, sizeof identity->roles, data_rows_text(rows, 0, roles));
}

static enum base_err scope_of(struct data_conn *conn, struct api_identity *identity, struct base_diag *diag)
{
    return identity->account_id
               ? data_scope_account(conn, identity->account_id, diag, &identity->scope)
               : data_scope_shift(conn, identity->estate_id, identity->shift_id, diag, &identity->scope);
}

/* Serving connections are read-only but for a few writes like this one. */
static enum base_err touch(struct data_conn *conn, enum data_query query, struct base_id id, struct base_diag *diag)
{
    enum base_err err = data_begin_write(conn, diag);
    err = err ? err : data_run(conn, query, DATA_ARGS(data_id(id)), diag, NULL);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    return err;
}

static int64_t idle_s(const struct api_server *server)
{
    return (server->config.session_idle_us + 999999) / 1000000;
}

/* Columns of session_find. */
enum { S_ID, S_ACCOUNT, S_NAME, S_LABEL, S_ROLES, S_PURPOSE, S_CSRF, S_CREATED, S_SEEN, S_EXPIRES, S_ESTATE, S_SHIFT };

static enum base_err by_session(const struct api_server *server, struct data_conn *conn, struct data_arg hash,
                                struct data_arg id, struct base_diag *diag, struct api_identity *identity,
                                bool *ret_found)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_SESSION_FIND, DATA_ARGS(hash, id, data_i64(idle_s(server))), diag, &rows);
    *ret_found = !err && data_rows_count(rows) > 0;
    if (!*ret_found) {
        return err;
    }
    describe(identity, rows, S_NAME, S_LABEL, S_ROLES);
    name_put(identity->purpose, sizeof identity->purpose, data_rows_text(rows, 0, S_PURPOSE));
    name_put(identity->csrf, sizeof identity->csrf, data_rows_text(rows, 0, S_CSRF));
    identity->session = data_rows_id(rows, 0, S_ID);
    identity->account_id = data_rows_null(rows, 0, S_ACCOUNT) ? 0 : data_rows_i64(rows, 0, S_ACCOUNT);
    identity->expires_us = data_rows_time(rows, 0, S_EXPIRES);
    if (!identity->account_id) {
        identity->estate_id = data_rows_i64(rows, 0, S_ESTATE);
        identity->shift_id = data_rows_i64(rows, 0, S_SHIFT);
    }
    bool old = base_clock_now_us() - data_rows_time(rows, 0, S_SEEN) > TOUCH_AFTER_US;
    err = old ? touch(conn, DATA_SESSION_TOUCH, identity->session, diag) : BASE_OK;
    return err ? err : scope_of(conn, identity, diag);
}

/* Columns of token_find. */
enum { T_ID, T_ACCOUNT, T_NAME, T_LABEL, T_ROLES, T_PURPOSE, T_TOKEN, T_EXPIRES };

static enum base_err by_token(struct data_conn *conn, struct data_arg hash, struct data_arg id, struct base_diag *diag,
                              struct api_identity *identity, bool *ret_found)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_TOKEN_FIND, DATA_ARGS(hash, id), diag, &rows);
    *ret_found = !err && data_rows_count(rows) > 0;
    if (!*ret_found) {
        return err;
    }
    describe(identity, rows, T_NAME, T_LABEL, T_ROLES);
    name_put(identity->purpose, sizeof identity->purpose, data_rows_text(rows, 0, T_PURPOSE));
    identity->session = data_rows_id(rows, 0, T_ID);
    identity->account_id = data_rows_i64(rows, 0, T_ACCOUNT);
    identity->expires_us = data_rows_null(rows, 0, T_EXPIRES) ? INT64_MAX : data_rows_time(rows, 0, T_EXPIRES);
    err = touch(conn, DATA_TOKEN_TOUCH, identity->session, diag);
    return err ? err : scope_of(conn, identity, diag);
}

/* Columns of account_find. */
enum { A_ID, A_NAME, A_LABEL, A_ROLES };

/* A JWT has no row: by its issuer's subject, or later by the account that this was. */
static enum base_err by_account(struct data_conn *conn, const struct api_jwt_claims *claims, int64_t account_id,
                                struct base_diag *diag, struct api_identity *identity, bool *ret_found)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_ACCOUNT_FIND,
                 DATA_ARGS(data_null(), data_text(claims ? claims->issuer : NULL),
                           data_text(claims ? claims->subject : NULL), account_id ? data_i64(account_id) : data_null()),
                 diag, &rows);
    *ret_found = !err && data_rows_count(rows) > 0;
    if (!*ret_found) {
        return err;
    }
    describe(identity, rows, A_NAME, A_LABEL, A_ROLES);
    identity->account_id = data_rows_i64(rows, 0, A_ID);
    return scope_of(conn, identity, diag);
}

static enum base_err by_jwt(const struct api_server *server, struct data_conn *conn,
                            const struct api_credential *credential, struct base_diag *diag,
                            struct api_identity *identity, bool *ret_found)
{
    struct api_jwt_claims claims;
    *ret_found = false;
    if (api_jwt_take(server->jwt, credential->text, base_clock_now_us(), &claims) != BASE_OK) {
        return BASE_OK;
    }
    struct base_key twice = base_secret_hash((struct base_str){(const char *)credential->hash, API_HASH_BYTES});
    memcpy(identity->session.bytes, twice.bytes, BASE_ID_BYTES);
    identity->expires_us = claims.expires_us;
    return by_account(conn, &claims, 0, diag, identity, ret_found);
}

static enum base_err by_credential(const struct api_server *server, struct data_conn *conn,
                                   const struct api_credential *credential, struct base_diag *diag,
                                   struct api_identity *identity, bool *ret_found)
{
    struct data_arg hash = data_bytes((struct base_str){(const char *)credential->hash, API_HASH_BYTES});
    memcpy(identity->by.hash, credential->hash, API_HASH_BYTES);
    switch (credential->kind) {
    case API_CREDENTIAL_COOKIE:
        return by_session(server, conn, hash, data_null(), diag, identity, ret_found);
    case API_CREDENTIAL_TOKEN:
        return by_token(conn, hash, data_null(), diag, identity, ret_found);
    case API_CREDENTIAL_JWT:
        return by_jwt(server, conn, credential, diag, identity, ret_found);
    case API_CREDENTIAL_NONE:
        break;
    }
    *ret_found = false;
    return BASE_OK;
}

/* --- asking --- */

/* Whoever asks may look, and a look is written down first: the partitions that takes are there, today's and tomorrow's,
 * also when no ingest makes them. */
static enum base_err audit_ready(struct api_server *server, struct data_conn *conn, struct base_diag *diag)
{
    const int64_t day_us = INT64_C(86400000000), now = base_clock_now_us();
    if (atomic_load(&server->audit_day) == now / day_us) {
        return BASE_OK;
    }
    enum base_err err = data_partition_ensure(conn, "audit", now, diag);
    err = err ? err : data_partition_ensure(conn, "audit", now + day_us, diag);
    if (!err) {
        atomic_store(&server->audit_day, now / day_us);
    }
    return err;
}

static enum base_err is_open(struct data_conn *conn, struct base_diag *diag, bool *ret_open)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_ACCESS_OPEN, DATA_NO_ARGS, diag, &rows);
    if (!err) {
        *ret_open = data_rows_bool(rows, 0, 0);
    }
    return err;
}

enum base_err api_identity_ask_open(struct api_server *server, struct data_conn *conn, struct base_diag *diag,
                                    struct api_identity **ret_identity)
{
    struct api_identity *identity = NULL;
    uint64_t generation = api_identities_generation(server->identities);
    bool open = false;
    enum base_err err = is_open(conn, diag, &open);
    open = open && api_server_local(server);
    err = err || !open ? err : identity_open(diag, &identity);
    if (!err) {
        api_identities_keep_open(server->identities, identity, generation);
        *ret_identity = identity;
    }
    return err;
}

enum base_err api_identity_ask_credential(struct api_server *server, struct data_conn *conn,
                                          const struct api_credential *credential, struct base_diag *diag,
                                          struct api_identity **ret_identity)
{
    struct api_identity *identity = NULL;
    uint64_t generation = api_identities_generation(server->identities);
    bool closed = api_identities_closed(server->identities), found = false;
    enum base_err err = audit_ready(server, conn, diag);
    struct api_identity *open = NULL;
    err = err || closed ? err : api_identity_ask_open(server, conn, diag, &open);
    /* Also where everybody is let in, whoever signed in by a shift's code is that shift. */
    if (err || credential->kind == API_CREDENTIAL_NONE || (open && credential->kind != API_CREDENTIAL_COOKIE)) {
        *ret_identity = open;
        return err;
    }
    err = identity_new(credential->kind, diag, &identity);
    err = err ? err : by_credential(server, conn, credential, diag, identity, &found);
    if (err || !found) {
        api_identity_unref(identity);
        identity = NULL;
    }
    if (!err) {
        api_identities_keep(server->identities, credential, identity, generation);
        *ret_identity = identity ? identity : api_identity_ref(open);
    }
    api_identity_unref(open);
    return err;
}

enum base_err api_identity_ask(struct api_call *call, struct api_worker *worker, struct base_diag *diag,
                               struct api_identity **ret_identity)
{
    struct data_conn *conn;
    struct api_identity *identity = NULL;
    enum base_err err = api_worker_owner(worker, diag, &conn);
    err = err ? err : api_identity_ask_credential(call->server, conn, &call->credential, diag, &identity);
    if (err == BASE_DATABASE_AWAY) {
        identity = api_identity_meanwhile(call->server, &call->credential);
        err = identity ? BASE_OK : err;
    }
    if (!err) {
        *ret_identity = identity;
    }
    return err;
}

/* --- asking again --- */

static enum base_err again(struct api_server *server, struct data_conn *conn, const struct api_identity *before,
                           struct base_diag *diag, struct api_identity *identity, bool *ret_found)
{
    struct data_arg id = data_id(before->session);
    identity->by = before->by;
    switch (before->by.kind) {
    case API_CREDENTIAL_COOKIE:
        return by_session(server, conn, data_null(), id, diag, identity, ret_found);
    case API_CREDENTIAL_TOKEN:
        return by_token(conn, data_null(), id, diag, identity, ret_found);
    case API_CREDENTIAL_JWT:
        identity->session = before->session;
        identity->expires_us = before->expires_us;
        return by_account(conn, NULL, before->account_id, diag, identity, ret_found);
    case API_CREDENTIAL_NONE:
        break;
    }
    *ret_found = false;
    return BASE_OK;
}

enum base_err api_identity_again(struct api_server *server, struct data_conn *conn, const struct api_identity *before,
                                 struct base_diag *diag, struct api_identity **ret_identity)
{
    struct api_identity *identity = NULL;
    bool found = false;
    enum base_err err = data_scope_leave(conn, diag);
    if (!err && before->open) {
        err = api_identity_ask_open(server, conn, diag, &identity);
        found = identity != NULL;
    } else if (!err && base_clock_now_us() < before->expires_us) {
        err = identity_new(before->by.kind, diag, &identity);
        err = err ? err : again(server, conn, before, diag, identity, &found);
    }
    if (err || !found) {
        api_identity_unref(identity);
        return err ? err : base_diag_set(diag, BASE_NOT_FOUND, "this session or token has ended");
    }
    if (before->by.kind != API_CREDENTIAL_COOKIE) { /* said with the request that opened the stream */
        memcpy(identity->purpose, before->purpose, sizeof identity->purpose);
    }
    *ret_identity = identity;
    return BASE_OK;
}
