/* A connection: opened the same way everywhere, its failures sorted into "gone" and "refused". */
#include "data/conn_private.h"

#include <stdlib.h>
#include <string.h>

/* What connecting says has several lines, and a cure may stand in the last. */
static void one_line(char *text)
{
    size_t len = strlen(text);
    while (len && (text[len - 1] == '\n' || text[len - 1] == ' ')) {
        text[--len] = '\0';
    }
    for (char *c = text; *c; c++) {
        if (*c == '\n' || *c == '\t') {
            *c = ' ';
        }
    }
}

/* SQLSTATE 57P (shutdown, crash), 08 (connection; 08P01 is our own fault) and 53 (disk full, out of memory, too many
 * connections): the server cannot now, the data is fine. */
static bool server_cannot_now(const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    return state && (strncmp(state, "57P", 3) == 0 || strncmp(state, "53", 2) == 0 ||
                     (strncmp(state, "08", 2) == 0 && strcmp(state, "08P01") != 0));
}

/* What the server says of a statement goes without DETAIL and CONTEXT, which quote rows. */
static void explain(struct data_conn *conn, const PGresult *result, char *text, size_t size)
{
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *state = primary ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *hint = primary ? PQresultErrorField(result, PG_DIAG_MESSAGE_HINT) : NULL;
    if (primary) {
        snprintf(text, size, "%s%s%s%s%s%s", primary, state ? " (SQLSTATE " : "", state ? state : "", state ? ")" : "",
                 hint ? "; hint: " : "", hint ? hint : "");
    } else {
        snprintf(text, size, "%s", PQerrorMessage(conn->pg));
    }
    one_line(text);
}

enum base_err data_conn_failed(struct data_conn *conn, const PGresult *result, const char *doing,
                               struct base_diag *diag)
{
    bool away = PQstatus(conn->pg) != CONNECTION_OK || server_cannot_now(result);
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    bool taken = state && strcmp(state, "23505") == 0; /* unique_violation: the row is there already */
    enum base_err err = away ? BASE_DATABASE_AWAY : taken ? BASE_CONFLICT : BASE_DATABASE;
    snprintf(conn->state, sizeof conn->state, "%s", state ? state : "");
    if (!diag) {
        return err;
    }
    char message[768];
    explain(conn, result, message, sizeof message);
    return base_diag_set(diag, err, "database: %s: %s", doing, *message ? message : "the connection is gone");
}

enum base_err data_conn_command(struct data_conn *conn, const char *doing, const char *sql, struct base_diag *diag)
{
    PGresult *result = PQexec(conn->pg, sql);
    ExecStatusType status = PQresultStatus(result);
    enum base_err err = BASE_OK;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        err = data_conn_failed(conn, result, doing, diag);
    }
    PQclear(result);
    return err;
}

static void quiet(void *unused, const char *message)
{
    (void)unused;
    (void)message; /* notices are not errors, and libraries do not write to the terminal */
}

/* replication: NULL, or "database" for a connection that may also stream. */
static enum base_err open_as(const char *conninfo, const char *name, const char *replication, struct base_diag *diag,
                             struct data_conn **ret_conn)
{
    const char *info = conninfo && *conninfo ? conninfo : getenv("HUTONG_DATABASE");
    if (!info || !*info) {
        return base_diag_set(diag, BASE_NOT_FOUND,
                             "database: HUTONG_DATABASE is not set and there is no hutong.env; start `hutong up`, or "
                             "set it to a connection string");
    }
    struct data_conn *conn = calloc(1, sizeof *conn);
    if (!conn) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    const char *keys[] = {"dbname",           "application_name", "client_encoding", "connect_timeout",
                          "tcp_user_timeout", "options",          "replication",     NULL};
    const char *values[] = {info,        name,    "UTF8",
                            "10",        "20000", "-c search_path=hutong,public -c TimeZone=UTC -c DateStyle=ISO",
                            replication, NULL};
    conn->pg = PQconnectdbParams(keys, values, 1);
    PQsetNoticeProcessor(conn->pg, quiet, NULL);
    if (PQstatus(conn->pg) != CONNECTION_OK) {
        enum base_err err = data_conn_failed(conn, NULL, "cannot connect", diag);
        data_conn_free(conn);
        return err;
    }
    *ret_conn = conn;
    return BASE_OK;
}

enum base_err data_conn_open(const char *conninfo, const char *name, struct base_diag *diag,
                             struct data_conn **ret_conn)
{
    return open_as(conninfo, name, NULL, diag, ret_conn);
}

enum base_err data_conn_open_streaming(const char *conninfo, const char *name, struct base_diag *diag,
                                       struct data_conn **ret_conn)
{
    return open_as(conninfo, name, "database", diag, ret_conn);
}

void data_conn_free(struct data_conn *conn)
{
    if (conn) {
        PQfinish(conn->pg);
        free(conn);
    }
}

bool data_conn_good(const struct data_conn *conn)
{
    return conn && PQstatus(conn->pg) == CONNECTION_OK;
}

int data_conn_backend_pid(const struct data_conn *conn)
{
    return PQbackendPID(conn->pg);
}

int data_conn_socket(const struct data_conn *conn)
{
    return PQsocket(conn->pg);
}

bool data_conn_late(const struct data_conn *conn)
{
    return strcmp(conn->state, "57014") == 0; /* query_canceled */
}

enum base_err data_begin(struct data_conn *conn, struct base_diag *diag)
{
    return data_conn_command(conn, "begin", "begin", diag);
}

enum base_err data_begin_write(struct data_conn *conn, struct base_diag *diag)
{
    return data_conn_command(conn, "begin", "begin read write", diag);
}

enum base_err data_begin_snapshot(struct data_conn *conn, struct base_diag *diag)
{
    return data_conn_command(conn, "begin", "begin isolation level repeatable read, read only", diag);
}

/* A COMMIT of a failed transaction answers ROLLBACK and is no error to libpq; to us nothing was stored. */
enum base_err data_commit(struct data_conn *conn, struct base_diag *diag)
{
    PGresult *result = PQexec(conn->pg, "commit");
    enum base_err err = BASE_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        err = data_conn_failed(conn, result, "commit", diag);
    } else if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        err = base_diag_set(diag, BASE_DATABASE, "database: commit: the transaction had failed and was rolled back");
    }
    PQclear(result);
    return err;
}

void data_rollback(struct data_conn *conn)
{
    if (data_conn_good(conn) && PQtransactionStatus(conn->pg) != PQTRANS_IDLE) {
        PQclear(PQexec(conn->pg, "rollback"));
    }
}
