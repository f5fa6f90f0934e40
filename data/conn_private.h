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
    struct base_id scope;                                              /* scoped: role and settings, as a key */
};

/* data_conn_open for a connection that takes replication commands too. */
enum base_err data_conn_open_streaming(const char *conninfo, const char *name, struct base_diag *diag,
                                       struct data_conn **ret_conn) BASE_MUST_CHECK;

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

/* One parameter as libpq takes it (run.c): room holds a number in network order and must outlive the call, as must
 * arg when it is an id. */
void data_run_bind(const struct data_arg *arg, uint64_t *room, const char **value, int *length, int *format);
/* Takes the result of a statement: its rows, or the error that it is (run.c). ret_rows may be NULL. */
enum base_err data_run_result(struct data_conn *conn, PGresult *result, const char *name, struct base_diag *diag,
                              struct data_rows **ret_rows) BASE_MUST_CHECK;

/* data_run_filtered for any text, so that tests can ask tables of their own (filter.c). */
struct data_embedded;
enum base_err data_filter_run(struct data_conn *conn, const struct data_embedded *query, const struct geo_cql2 *filter,
                              const struct data_arg *args, size_t count, struct base_diag *diag,
                              struct data_rows **ret_rows) BASE_MUST_CHECK;

#endif
