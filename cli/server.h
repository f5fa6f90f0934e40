/* server: what the files of one private server share. Private to cli/. */
#ifndef HUTONG_CLI_SERVER_H
#define HUTONG_CLI_SERVER_H

#include "cli/cli.h"

#define CLI_SERVER_DATABASE "hutong"
#define CLI_SERVER_ROLE "hutong"

struct cli_server_postgres {
    struct cli_user user;
    pid_t pid;
    int port;
    char *var;
    char *bin;       /* directory of the programs */
    char *directory; /* the cluster: VAR/postgres */
    char *socket;    /* directory of the Unix socket */
    char *log;       /* file */
    char *database;
    char *admin;
    char password[CLI_KEPT_PASSWORD];
    char admin_password[CLI_KEPT_PASSWORD];
};

/* Makes the cluster when it is not there yet (server_postgres_init.c): initdb, roles, database, PostGIS. It is made
 * beside its place and renamed at the end: whatever interrupts it leaves nothing half made under the real name. */
enum base_err cli_server_postgres_init(const struct cli_server_postgres *postgres,
                                       struct base_diag *diag) BASE_MUST_CHECK;
/* Writes the settings that hutong decides (server_postgres_conf.c), at each start. */
enum base_err cli_server_postgres_conf(const struct cli_server_postgres *postgres,
                                       struct base_diag *diag) BASE_MUST_CHECK;
/* Bytes that may still be written where path lies. */
enum base_err cli_server_space(const char *path, struct base_diag *diag, int64_t *ret_bytes) BASE_MUST_CHECK;
/* Opens the log of a server for appending, a big one is put aside first. The descriptor is yours. */
enum base_err cli_server_log_open(const char *path, struct base_diag *diag, int *ret_fd) BASE_MUST_CHECK;
/* Why a server did not start: the words that it logged from start on, and what to do about the usual ones. */
enum base_err cli_server_log_explain(const char *path, off_t start, const char *what, struct base_diag *diag);
/* The sentence for a full disk, a missing PostGIS ... when words say so; otherwise what is in diag stays. */
enum base_err cli_server_explain(enum base_err err, const char *words, const char *var, struct base_diag *diag);

extern const char cli_server_postgres_init_sql[]; /* server_postgres_init.sql, embedded */

#endif
