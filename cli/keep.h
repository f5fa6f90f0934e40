/* keep: how long facts are kept, as options of every subcommand that has to know. Private to cli/. */
#ifndef HUTONG_CLI_KEEP_H
#define HUTONG_CLI_KEEP_H

#include "cli/cli.h"
#include "data/data.h"

/* A row of an option table for each of DATA_KEEPS, behind the last other row: {...} DATA_KEEPS(CLI_KEEP_ROW) */
#define CLI_KEEP_ROW(constant, option, environment, usual, text)                                                \
    ,                                                                                                           \
    {                                                                                                           \
        .name = (option), .env = (environment), .type = BASE_OPTION_SPAN, .value = "SPAN", .standard = (usual), \
        .help = (text)                                                                                          \
    }

/* USAGE: shorter than a day or longer than a century. */
enum base_err cli_keep_read(const struct base_options *given, struct base_diag *diag,
                            struct data_keeps *ret_keeps) BASE_MUST_CHECK;

#endif
