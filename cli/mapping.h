/* mapping: where mapping files lie, as an option of every subcommand that decodes. Private to cli/. */
#ifndef HUTONG_CLI_MAPPING_H
#define HUTONG_CLI_MAPPING_H

#include "cli/cli.h"
#include "sensors/sensors.h"

/* A row of an option table. */
#define CLI_MAPPING_ROW                                                                         \
    {                                                                                           \
        .name = "mappings", .env = "HUTONG_MAPPINGS", .type = BASE_OPTION_TEXT, .value = "DIR", \
        .help = "folder of mapping files, *.json; default: $HUTONG_VAR/mapping"                 \
    }

/* That folder (given NULL: by the environment alone); "" when the path is too long to be one. */
const char *cli_mapping_dir(const struct base_options *given, char path[4096]);
enum base_err cli_mapping_load(const struct base_options *given, struct base_diag *diag,
                               struct sensors_mappings **ret_mappings) BASE_MUST_CHECK;
/* The decoder or mapping of that name; USAGE names all there are. */
enum base_err cli_mapping_format(const struct sensors_mappings *mappings, const char *name, struct base_diag *diag,
                                 const struct sensors_format **ret_format) BASE_MUST_CHECK;

#endif
