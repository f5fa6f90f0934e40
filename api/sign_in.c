/* Signing in, by name and password or by the code of a shift. Whatever is wrong - name, password, a revoked account,
 * one without a password - is answered by the same words after the same work. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

enum { HASHES_AT_ONCE = 2, NAME_MAX_BYTES = 64 };
static const char wrong[] = "name and password do not fit", wrong_code[] = "no shift that goes on has this code";

/* --- hashing --- */

void api_hashing_init(struct api_hashing *hashing)
{
    *hashing = (struct api_hashing){.running = 0};
    pthread_mutex_init(&hashing->lock, NULL);
    pthread_cond_init(&hashing->ended, NULL);
}

void api_hashing_release(struct api_hashing *hashing)
{
    pthread_cond_destroy(&hashing->ended);
    pthread_mutex_destroy(&hashing->lock);
}

static bool verify(struct api_hashing *hashing, const char *hash, struct base_str password)
{
    pthread_mutex_lock(&hashing->lock);
    while (hashing->running == HASHES_AT_ONCE) {
        pthread_cond_wait(&hashing->ended, &hashing->lock);
    }
    hashing->running++;
    hashing->count++;
    pthread_mutex_unlock(&hashing->lock);
    bool fits = base_password_verify(hash, password);
    pthread_mutex_lock(&hashing->lock);
    hashing->running--;
    pthread_cond_signal(&hashing->ended);
    pthread_mutex_unlock(&hashing->lock);
    return fits;
}

/* --- refusing --- */

static void refuse(struct api_call *call, const char *detail)
{
    api_problem(call, MHD_HTTP_UNAUTHORIZED, detail);
    call->answer.authenticate = "Bearer realm=\"hutong\"";
}

static void refuse_for(struct api_call *call, int64_t seconds, const char *detail)
{
    api_problem(call, MHD_HTTP_TOO_MANY_REQUESTS, detail);
    call->answer.retry_after_s = seconds > 1 ? (int)seconds : 1;
}

static void refuse_locked(struct api_call *call, int64_t seconds)
{
    refuse_for(call, seconds, "too many wrong passwords for this name; it is locked for a quarter of an hour");
}

/* --- the session --- */

struct who { /* an account, or a shift */
    int64_t account_id, estate_id, shift_id;
    const char *password_hash; /* the account's, that was checked */
};

/* Estate 0 is one, too: places that belong to no estate yet. */
static struct data_arg ref(bool given, int64_t id)
{
    return given ? data_i64(id) : data_null();
}

static enum base_err session_write(struct api_call *call, struct data_conn *conn, const struct who *who,
                                   struct base_id id, struct base_key hash, const char *csrf, struct base_diag *diag,
                                   bool *ret_opened)
{
    AUTO(data_rows) rows = NULL;
    const bool account = who->account_id != 0;
    enum base_err err = data_begin_write(conn, diag);
    if (!err && call->identity && call->identity->cookie) { /* of the cookie that this one replaces */
        err = data_run(conn, DATA_SESSION_END, DATA_ARGS(data_id(call->identity->session)), diag, NULL);
    }
    err = err ? err : data_run(conn, DATA_ACCOUNT_SUCCEEDED, DATA_ARGS(ref(account, who->account_id)), diag, NULL);
    err = err ? err
              : data_run(conn, DATA_SESSION_OPEN,
                         DATA_ARGS(data_id(id), data_bytes((struct base_str){(char *)hash.bytes, sizeof hash.bytes}),
                                   data_text(csrf), ref(account, who->account_id), ref(!account, who->estate_id),
                                   ref(!account, who->shift_id), data_text(call->peer.address),
                                   data_i64(call->server->config.session_life_us / 1000000),
                                   data_text(who->password_hash)),
                         diag, &rows);
    *ret_opened = !err && data_rows_count(rows) > 0;
    err = err || !*ret_opened ? err : data_commit(conn, diag);
    if (err || !*ret_opened) {
        data_rollback(conn);
    }
    return err;
}

/* Secret, id and CSRF token are new each time, so a cookie that somebody planted before is worth nothing after. */
static enum base_err session_new(struct api_call *call, struct data_conn *conn, const struct who *who,
                                 struct base_diag *diag, struct api_identity **ret_identity)
{
    char secret[BASE_SECRET_TEXT], csrf[BASE_SECRET_TEXT], other[BASE_SECRET_TEXT];
    enum base_err err = base_secret_new(diag, secret);
    err = err ? err : base_secret_new(diag, csrf);
    err = err ? err : base_secret_new(diag, other);
    if (err) {
        return err;
    }
    struct base_id id;
    memcpy(id.bytes, base_secret_hash(base_str_of(other)).bytes, sizeof id.bytes);
    struct base_key hash = base_secret_hash(base_str_of(secret));
    bool opened = false;
    err = session_write(call, conn, who, id, hash, csrf, diag, &opened);
    if (err || !opened) {
        if (!err) { /* while the password was checked it was changed, or the account revoked */
            refuse(call, wrong);
        }
        return err;
    }
    api_identities_forget(call->server->identities); /* the notice comes too, but later */
    struct api_credential credential = {.kind = API_CREDENTIAL_COOKIE};
    memcpy(credential.hash, hash.bytes, API_HASH_BYTES);
    err = api_identity_ask_credential(call->server, conn, &credential, diag, ret_identity);
    if (!err && *ret_identity) {
        err = api_audit_act(conn, *ret_identity, NULL, "sign-in", call->peer.address, diag);
        api_cookie_set(call, API_COOKIE_SESSION, secret);
    }
    explicit_bzero(secret, sizeof secret);
    return err;
}

/* --- name and password --- */

/* Columns of account_find. */
enum { ID, NAME, LABEL, ROLES, PASSWORD_HASH, LOCKED_UNTIL };

static enum base_err failed(struct api_call *call, struct data_conn *conn, const struct data_rows *rows,
                            struct base_diag *diag)
{
    enum { FAILED, UNTIL, LOCKED };
    AUTO(data_rows) state = NULL;
    const char *name = data_rows_text(rows, 0, NAME);
    enum base_err err = data_begin_write(conn, diag);
    err =
        err ? err : data_run(conn, DATA_ACCOUNT_FAILED, DATA_ARGS(data_i64(data_rows_i64(rows, 0, ID))), diag, &state);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
        return err;
    }
    err = api_audit_act(conn, NULL, name, "sign-in refused", call->peer.address, diag);
    if (!err && data_rows_count(state) && data_rows_bool(state, 0, LOCKED)) {
        err = api_audit_act(conn, NULL, name, "locked", call->peer.address, diag);
    }
    if (!err) {
        refuse(call, wrong);
    }
    return err;
}

/* Nobody's name: locked like an account's, hashed like one's, and written down without the name, which may be a
 * password in the wrong field. */
static enum base_err stranger(struct api_call *call, struct data_conn *conn, const char *name, struct base_str password,
                              struct base_diag *diag)
{
    struct api_throttle *throttle = call->server->throttle;
    int64_t now = base_clock_mono_us();
    int seconds = api_throttle_locked(throttle, name, now);
    if (seconds) {
        refuse_locked(call, seconds);
        return BASE_OK;
    }
    verify(&call->server->hashing, NULL, password);
    api_throttle_failed(throttle, name, now);
    enum base_err err = api_audit_act(conn, NULL, "unknown", "sign-in refused", call->peer.address, diag);
    if (!err) {
        refuse(call, wrong);
    }
    return err;
}

static enum base_err by_password(struct api_call *call, struct data_conn *conn, struct base_str given,
                                 struct base_str password, struct base_diag *diag, struct api_identity **ret_identity)
{
    char name[NAME_MAX_BYTES + 1] = "";
    for (size_t i = 0; i < given.len && given.len <= NAME_MAX_BYTES; i++) {
        name[i] = (char)(given.at[i] >= 'A' && given.at[i] <= 'Z' ? given.at[i] - 'A' + 'a' : given.at[i]);
    }
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_ACCOUNT_FIND,
                                 DATA_ARGS(data_text(name), data_null(), data_null(), data_null()), diag, &rows);
    if (err) {
        return err;
    }
    if (data_rows_count(rows) == 0) {
        return stranger(call, conn, name, password, diag);
    }
    if (!data_rows_null(rows, 0, LOCKED_UNTIL)) {
        /* rounded up, as a stranger's */
        refuse_locked(call, (data_rows_time(rows, 0, LOCKED_UNTIL) - base_clock_now_us() + 999999) / 1000000);
        return BASE_OK;
    }
    if (!verify(&call->server->hashing, data_rows_text(rows, 0, PASSWORD_HASH), password)) {
        return failed(call, conn, rows, diag);
    }
    struct who who = {.account_id = data_rows_i64(rows, 0, ID),
                      .password_hash = data_rows_text(rows, 0, PASSWORD_HASH)};
    return session_new(call, conn, &who, diag, ret_identity);
}

/* --- the code of a shift --- */

static enum base_err by_code(struct api_call *call, struct data_conn *conn, struct base_str given,
                             struct base_diag *diag, struct api_identity **ret_identity)
{
    enum { ESTATE, SHIFT };
    char code[BASE_SECRET_CODE];
    AUTO(data_rows) rows = NULL;
    enum base_err err = BASE_OK;
    if (base_secret_code_in(given, code)) {
        struct base_key hash = base_secret_hash(base_str_of(code));
        struct base_str bytes = {(char *)hash.bytes, sizeof hash.bytes};
        err = data_run(conn, DATA_SHIFT_CODE_FIND, DATA_ARGS(data_bytes(bytes)), diag, &rows);
    }
    if (err) {
        return err;
    }
    if (!rows || data_rows_count(rows) == 0) {
        err = api_audit_act(conn, NULL, "unknown", "sign-in refused", call->peer.address, diag);
        if (!err) {
            refuse(call, wrong_code);
        }
        return err;
    }
    struct who who = {.estate_id = data_rows_i64(rows, 0, ESTATE), .shift_id = data_rows_i64(rows, 0, SHIFT)};
    return session_new(call, conn, &who, diag, ret_identity);
}

enum base_err api_sign_in(struct api_call *call, struct data_conn *conn, struct base_diag *diag,
                          struct api_identity **ret_identity)
{
    struct api_target fields;
    int seconds = api_throttle_address(call->server->throttle, call->peer.address, base_clock_mono_us());
    if (seconds) {
        refuse_for(call, seconds, "too many tries from this address; wait a little");
        return BASE_OK;
    }
    if (!api_body_fields(call, &fields)) {
        return BASE_OK;
    }
    struct base_str code = api_target_param(&fields, "shift_code"), name = api_target_param(&fields, "name"),
                    password = api_target_param(&fields, "password");
    if ((code.at != NULL) == (name.at || password.at) || (name.at != NULL) != (password.at != NULL) ||
        password.len > BASE_PASSWORD_BYTES) {
        api_problem(call, MHD_HTTP_BAD_REQUEST, "send name and password, or shift_code");
        return BASE_OK;
    }
    return code.at ? by_code(call, conn, code, diag, ret_identity)
                   : by_password(call, conn, name, password, diag, ret_identity);
}
