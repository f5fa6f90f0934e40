/* Migrations: an advisory lock lets one migrator work, checksums catch a step that was edited after it ran. */
#include "data/conn_private.h"
#include "data/embedded.h"

#include <string.h>

/* "hutong" as a number; any constant nobody else locks would do. */
#define LOCK_SQL "select pg_advisory_lock(114934872829)"
#define UNLOCK_SQL "select pg_advisory_unlock(114934872829)"

static const struct base_key checksum_key = {.bytes = "hutong migration checksums"};

static void checksum(const struct data_embedded *step, char text[BASE_ID_TEXT])
{
    struct base_str sql = base_str_of(step->sql);
    base_id_hex(base_key_id(&checksum_key, &sql, 1), text);
}

/* Every step that the database has must be known here, unchanged. */
static enum base_err compare(const struct data_rows *done, struct base_diag *diag)
{
    for (size_t i = 0; i < data_rows_count(done); i++) {
        const char *version = data_rows_text(done, i, 0);
        const struct data_embedded *step = data_embedded_migrations + 1;
        while (step->name && strcmp(step->name, version) != 0) {
            step++;
        }
        if (!step->name) {
            return base_diag_set(diag, BASE_CONFLICT,
                                 "migrate: the database has step %s, which this program does not know: it was "
                                 "migrated by a newer hutong; use that one",
                                 version);
        }
        char sum[BASE_ID_TEXT];
        checksum(step, sum);
        if (strcmp(sum, data_rows_text(done, i, 1)) != 0) {
            return base_diag_set(diag, BASE_CONFLICT,
                                 "migrate: step %s was changed after it ran here; put its old text back and make the "
                                 "change a new step",
                                 version);
        }
    }
    return BASE_OK;
}

static bool is_done(const struct data_rows *done, const char *name)
{
    for (size_t i = 0; i < data_rows_count(done); i++) {
        if (strcmp(data_rows_text(done, i, 0), name) == 0) {
            return true;
        }
    }
    return false;
}

static enum base_err apply(struct data_conn *conn, const struct data_embedded *step, struct base_diag *diag)
{
    char sum[BASE_ID_TEXT];
    checksum(step, sum);
    enum base_err err = data_begin(conn, diag);
    if (!err) {
        err = data_conn_command(conn, "its statements", step->sql, diag);
    }
    if (!err) {
        err = data_run(conn, DATA_MIGRATION_RECORD, DATA_ARGS(data_text(step->name), data_text(sum)), diag, NULL);
    }
    if (!err) {
        err = data_commit(conn, diag);
    }
    if (err) {
        data_rollback(conn);
        return base_diag_prefix(diag, err, "migrate: step %s", step->name);
    }
    return BASE_OK;
}

static enum base_err apply_missing(struct data_conn *conn, struct base_diag *diag, int *ret_applied)
{
    enum base_err err =
        data_conn_command(conn, data_embedded_migrations[0].name, data_embedded_migrations[0].sql, diag);
    AUTO(data_rows) done = NULL;
    if (!err) {
        err = data_run(conn, DATA_MIGRATION_LIST, DATA_NO_ARGS, diag, &done);
    }
    if (!err) {
        err = compare(done, diag);
    }
    int applied = 0;
    for (const struct data_embedded *step = data_embedded_migrations + 1; step->name && !err; step++) {
        if (!is_done(done, step->name)) {
            err = apply(conn, step, diag);
            applied++;
        }
    }
    if (!err && ret_applied) {
        *ret_applied = applied;
    }
    return err;
}

enum base_err data_migrate(struct data_conn *conn, struct base_diag *diag, int *ret_applied)
{
    enum base_err err = data_conn_command(conn, "migration lock", LOCK_SQL, diag);
    if (err) {
        return err;
    }
    err = apply_missing(conn, diag, ret_applied);
    enum base_err unlocked = data_conn_command(conn, "migration lock", UNLOCK_SQL, err ? NULL : diag);
    return err ? err : unlocked;
}
