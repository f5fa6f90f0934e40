/* hutong device: its parts. Private to cli/. */
#ifndef HUTONG_CLI_DEVICE_H
#define HUTONG_CLI_DEVICE_H

#include "cli/cli.h"
#include "data/data.h"

#define CLI_DEVICE_ID_MAX 256 /* bytes; ingest takes no longer ones either */

struct cli_device_source {
    int64_t id, estate_id;
    bool personal; /* all its devices are somebody's: none may be stored */
};

/* Begins a transaction in which nobody else changes the source's devices. */
enum base_err cli_device_begin(struct data_conn *conn, const char *source, struct base_diag *diag,
                               struct cli_device_source *ret_source) BASE_MUST_CHECK;

/* device_put.c: one device of the command line (path NULL) or those of a CSV file, all or none. */
enum base_err cli_device_put(const struct base_options *given, const char *path,
                             struct base_diag *diag) BASE_MUST_CHECK;
/* device_list.c */
enum base_err cli_device_list(const struct base_options *given, struct data_conn *conn,
                              struct base_diag *diag) BASE_MUST_CHECK;

#endif
