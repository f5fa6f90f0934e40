/* Scopes: made of what the database says somebody's roles are, fixed from then on, and put on a connection as a role of
 * the server's and a few settings that row security reads (0018_row_security.sql). */
#include "data/conn_private.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Rows of row security have a setting for each of these looks, in this order (scope_enter.sql). */
enum { SETTINGS = 6, SETTINGS_MAX = 64 << 20 };
static const enum data_look setting_looks[SETTINGS] = {DATA_LOOK_PLACE, DATA_LOOK_RECORD, DATA_LOOK_COUNT,
                                                       DATA_LOOK_UNIT,  DATA_LOOK_DEVICE, DATA_LOOK_INCIDENT};

struct estates {
    bool all;
    int64_t *ids; /* ascending; of a look that is for all: those there were when the scope was made */
    size_t count;
};

struct data_scope {
    atomic_size_t refs;
    struct estates looks[DATA_LOOK_KINDS];
    const char *role;         /* of the server's, static */
    char *settings[SETTINGS]; /* "{1,2}" */
    char *sent;               /* whom incidents are sent to, for task_of(); NULL: nobody */
    struct base_id key;
};

static const struct base_key key_of_keys = {.bytes = "hutong scopes"};

const char *data_look_name(enum data_look look)
{
    static const char *const names[] = {
#define LOOK_NAME(name, label, help) label,
        DATA_LOOKS(LOOK_NAME)
#undef LOOK_NAME
    };
    return names[look];
}

void data_scope_free(struct data_scope *scope)
{
    if (!scope || atomic_fetch_sub(&scope->refs, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < DATA_LOOK_KINDS; i++) {
        free(scope->looks[i].ids);
    }
    for (size_t i = 0; i < SETTINGS; i++) {
        free(scope->settings[i]);
    }
    free(scope->sent);
    free(scope);
}

struct data_scope *data_scope_ref(struct data_scope *scope)
{
    atomic_fetch_add(&scope->refs, 1);
    return scope;
}

static struct data_scope *scope_new(void)
{
    struct data_scope *scope = calloc(1, sizeof *scope);
    if (scope) {
        atomic_init(&scope->refs, 1);
    }
    return scope;
}

/* --- what a scope is for the database --- */
/* Policies with a condition cost the GiST index, so whoever sees all goes by a role whose policies have none. */
static const char *role_of(const struct data_scope *scope)
{
    static const enum data_look rows[] = {DATA_LOOK_PLACE, DATA_LOOK_RECORD, DATA_LOOK_UNIT, DATA_LOOK_DEVICE,
                                          DATA_LOOK_INCIDENT};
    size_t all = 0, any = 0;
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        all += data_scope_all(scope, rows[i]);
        any += data_scope_any(scope, rows[i]);
    }
    any += data_scope_any(scope, DATA_LOOK_CARRY);
    if (all == BASE_COUNT(rows)) {
        return "hutong_district";
    }
    if (any == 1 && data_scope_all(scope, DATA_LOOK_PLACE)) {
        return "hutong_planner";
    }
    return any == 0 && data_scope_any(scope, DATA_LOOK_AUDIT) ? "hutong_auditor" : "hutong_serve";
}

static char *setting_of(const struct data_scope *scope, enum data_look look)
{
    const struct estates *estates = &scope->looks[look];
    if (look == DATA_LOOK_COUNT && estates->all) {
        return strdup("all");
    }
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, SETTINGS_MAX);
    base_buf_text(&text, "{");
    bool named = strcmp(scope->role, "hutong_serve") == 0 || look == DATA_LOOK_COUNT;
    for (size_t i = 0; i < estates->count && named; i++) {
        base_buf_printf(&text, "%s%lld", i ? "," : "", (long long)estates->ids[i]);
    }
    base_buf_text(&text, "}");
    return text.err ? NULL : strdup(base_buf_cstr(&text));
}

static enum base_err finish(struct data_scope *scope, struct base_diag *diag)
{
    struct base_str parts[2 + DATA_LOOK_KINDS + SETTINGS];
    size_t count = 0;
    scope->role = role_of(scope);
    parts[count++] = base_str_of(scope->role);
    parts[count++] = base_str_of(scope->sent ? scope->sent : "");
    for (size_t i = 0; i < SETTINGS; i++) {
        scope->settings[i] = setting_of(scope, setting_looks[i]);
        if (!scope->settings[i]) {
            return base_diag_set(diag, BASE_NOMEM, "out of memory");
        }
        parts[count++] = base_str_of(scope->settings[i]);
    }
    for (size_t i = 0; i <= DATA_LOOK_AUDIT; i++) { /* who sees the same is alike, whatever they may change */
        const struct estates *look = &scope->looks[i];
        parts[count++] = look->all ? base_str_of("all")
                                   : (struct base_str){(const char *)look->ids, look->count * sizeof *look->ids};
    }
    scope->key = base_key_id(&key_of_keys, parts, count);
    return BASE_OK;
}

/* --- making one --- */
enum base_err data_scope_everything(struct base_diag *diag, struct data_scope **ret_scope)
{
    AUTO(data_scope) scope = scope_new();
    if (!scope) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < DATA_LOOK_KINDS; i++) {
        scope->looks[i].all = i != DATA_LOOK_AUDIT;
    }
    enum base_err err = finish(scope, diag);
    if (!err) {
        *ret_scope = scope;
        scope = NULL;
    }
    return err;
}

static bool look_named(const char *name, enum data_look *ret_look)
{
    for (size_t i = 0; i < DATA_LOOK_KINDS; i++) {
        if (strcmp(data_look_name((enum data_look)i), name) == 0) {
            *ret_look = (enum data_look)i;
            return true;
        }
    }
    return false;
}

/* Rows come sorted by look; a look's estates ascending, behind the null that says all. */
static enum base_err read_look(const struct data_rows *rows, size_t *at, struct data_scope *scope,
                               struct base_diag *diag)
{
    enum data_look look;
    const char *name = data_rows_text(rows, *at, 0);
    if (!look_named(name, &look)) {
        return base_diag_set(diag, BASE_CONFLICT, "the database knows a look \"%s\": use a newer hutong", name);
    }
    size_t end = *at;
    while (end < data_rows_count(rows) && strcmp(data_rows_text(rows, end, 0), name) == 0) {
        end++;
    }
    struct estates *estates = &scope->looks[look];
    estates->all = data_rows_null(rows, *at, 1);
    estates->ids = malloc((end - *at) * sizeof *estates->ids);
    if (!estates->ids) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t row = *at + estates->all; row < end; row++) {
        estates->ids[estates->count++] = data_rows_i64(rows, row, 1);
    }
    if (!data_rows_null(rows, *at, 2)) {
        scope->sent = strdup(data_rows_text(rows, *at, 2));
        if (!scope->sent) {
            return base_diag_set(diag, BASE_NOMEM, "out of memory");
        }
    }
    *at = end;
    return BASE_OK;
}

static enum base_err read_scope(struct data_conn *conn, enum data_query query, const struct data_arg *args,
                                size_t count, struct base_diag *diag, struct data_scope **ret_scope)
{
    AUTO(data_rows) rows = NULL;
    AUTO(data_scope) scope = scope_new();
    if (!scope) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = data_run(conn, query, args, count, diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows);) {
        err = read_look(rows, &row, scope, diag);
    }
    if (!err) {
        err = finish(scope, diag);
    }
    if (!err) {
        *ret_scope = scope;
        scope = NULL;
    }
    return err;
}

enum base_err data_scope_account(struct data_conn *conn, int64_t account_id, struct base_diag *diag,
                                 struct data_scope **ret_scope)
{
    return read_scope(conn, DATA_SCOPE_ACCOUNT, DATA_ARGS(data_i64(account_id)), diag, ret_scope);
}

enum base_err data_scope_shift(struct data_conn *conn, int64_t estate_id, int64_t shift_id, struct base_diag *diag,
                               struct data_scope **ret_scope)
{
    return read_scope(conn, DATA_SCOPE_SHIFT, DATA_ARGS(data_i64(estate_id), data_i64(shift_id)), diag, ret_scope);
}

/* --- asking one --- */
static int by_id(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

bool data_scope_holds(const struct data_scope *scope, enum data_look look, int64_t estate_id)
{
    const struct estates *estates = &scope->looks[look];
    return estates->all ||
           (estates->count && bsearch(&estate_id, estates->ids, estates->count, sizeof *estates->ids, by_id));
}

bool data_scope_any(const struct data_scope *scope, enum data_look look)
{
    return scope->looks[look].all || scope->looks[look].count > 0;
}

bool data_scope_all(const struct data_scope *scope, enum data_look look)
{
    return scope->looks[look].all;
}

size_t data_scope_estates(const struct data_scope *scope, enum data_look look, const int64_t **ret_estates)
{
    const struct estates *estates = &scope->looks[look];
    *ret_estates = estates->ids;
    return estates->all ? 0 : estates->count;
}

const char *data_scope_sent(const struct data_scope *scope)
{
    return scope->sent;
}

struct base_id data_scope_key(const struct data_scope *scope)
{
    return scope->key;
}

/* --- putting one on a connection --- */
static enum base_err change(struct data_conn *conn, enum data_query query, const struct data_arg *args, size_t count,
                            struct base_diag *diag)
{
    if (PQtransactionStatus(conn->pg) != PQTRANS_IDLE && data_conn_good(conn)) {
        return base_diag_set(diag, BASE_CONFLICT, "a scope does not change within a transaction");
    }
    conn->role = DATA_CONN_UNSURE;
    return data_run(conn, query, args, count, diag, NULL);
}

static enum base_err enter(struct data_conn *conn, const char *role, const char *const settings[SETTINGS],
                           const char *sent, struct base_id key, struct base_diag *diag)
{
    if (conn->role == DATA_CONN_SCOPED && base_id_equal(conn->scope, key)) {
        return BASE_OK;
    }
    enum base_err err =
        change(conn, DATA_SCOPE_ENTER,
               DATA_ARGS(data_text(role), data_text(settings[0]), data_text(settings[1]), data_text(settings[2]),
                         data_text(settings[3]), data_text(settings[4]), data_text(settings[5]), data_text(sent)),
               diag);
    if (!err) {
        conn->role = DATA_CONN_SCOPED;
        conn->scope = key;
    }
    return err;
}

enum base_err data_scope_enter(struct data_conn *conn, const struct data_scope *scope, struct base_diag *diag)
{
    return enter(conn, scope->role, (const char *const *)scope->settings, scope->sent, scope->key, diag);
}

enum base_err data_scope_enter_audit(struct data_conn *conn, const struct data_scope *scope, struct base_diag *diag)
{
    static const char *const nothing[SETTINGS] = {"{}", "{}", "{}", "{}", "{}", "{}"};
    static const char role[] = "hutong_auditor";
    const struct base_str name = base_str_of(role);
    return data_scope_any(scope, DATA_LOOK_AUDIT)
               ? enter(conn, role, nothing, NULL, base_key_id(&key_of_keys, &name, 1), diag)
               : base_diag_set(diag, BASE_CONFLICT, "this scope does not have the audit");
}

enum base_err data_scope_leave(struct data_conn *conn, struct base_diag *diag)
{
    if (conn->role == DATA_CONN_OWNER) {
        return BASE_OK;
    }
    enum base_err err = change(conn, DATA_SCOPE_LEAVE, DATA_NO_ARGS, diag);
    if (!err) {
        conn->role = DATA_CONN_OWNER;
    }
    return err;
}
