/* What the files of data/ share about a connection. Private to data/. */
#ifndef HUTONG_DATA_CONN_PRIVATE_H
#define HUTONG_DATA_CONN_PRIVATE_H

#include "data/data.h"

#include <libpq-fe.h>

#define DATA_DAY_US INT64_C(86400000000)
#define DATA_EPOCH_US INT64_C(946684800000000) /* PostgreSQL counts from 2000-01-01 */

struct data_conn {
    PGconn *pg;
    bool prepared[DATA_QUERY_COUNT];
    char state[6]; /* SQLSTATE of the last failure; "" when the server said nothing */
    enum { DATA_CONN_OWNER, DATA_CONN_SCOPED, DATA_CONN_UNSURE } role; /* unsure: changing it failed */
    struct base_id scope;                                            /* scoped: role and settings, as a key */
};

/* Explains a failed call by the server's message; result may be NULL. Never by the rows it was about: messages are
 * logged, and rows hold positions and pseudonyms. */
enum base_err data_conn_failed(struct data_conn *conn, const PGresult *result, const char *doing,
                               struct base_diag *diag);
/* Runs utility statements of our own (transaction control, partition upkeep, LISTEN, a migration); doing names them
 * when they fail. */
enum base_err data_conn_command(struct data_conn *conn, const char *doing, const char *sql,
                                struct base_diag *diag) BASE_MUST_CHECK;

/* To PostgreSQL's microseconds (run.c); the least and the largest are its -infinity and infinity, which stay so. */
int64_t data_run_time_out(int64_t time_us);

#endif
