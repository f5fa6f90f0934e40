/* What the files of data/ share about a connection. Private to data/. */
#ifndef HUTONG_DATA_CONN_PRIVATE_H
#define HUTONG_DATA_CONN_PRIVATE_H

#include "data/data.h"

#include <libpq-fe.h>

struct data_conn {
    PGconn *pg;
    bool prepared[DATA_QUERY_COUNT];
};

/* Explains a failed call by the server's message; result may be NULL. */
enum base_err data_conn_failed(struct data_conn *conn, const PGresult *result, const char *doing,
                               struct base_diag *diag);
/* Runs one utility statement of our own (transaction control, partition upkeep, LISTEN). */
enum base_err data_conn_command(struct data_conn *conn, const char *sql, struct base_diag *diag) BASE_MUST_CHECK;

#endif
