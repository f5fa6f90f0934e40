/* What the files of data/ share about a connection. Private to data/. */
#ifndef HUTONG_DATA_CONN_PRIVATE_H
#define HUTONG_DATA_CONN_PRIVATE_H

#include "data/data.h"

#include <libpq-fe.h>

struct data_conn {
    PGconn *pg;
    bool prepared[DATA_QUERY_COUNT];
};

/* Explains a failed call by the server's message; result may be NULL. Never by the rows it was about: messages are
 * logged, and rows hold positions and pseudonyms. */
enum base_err data_conn_failed(struct data_conn *conn, const PGresult *result, const char *doing,
                               struct base_diag *diag);
/* Runs utility statements of our own (transaction control, partition upkeep, LISTEN, a migration); doing names them
 * when they fail. */
enum base_err data_conn_command(struct data_conn *conn, const char *doing, const char *sql,
                                struct base_diag *diag) BASE_MUST_CHECK;

#endif
