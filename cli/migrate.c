/* hutong migrate: brings the database's schema up to this program. */
#include "cli/cli.h"
#include "data/data.h"

static const struct base_option options[] = {
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "say what was done as JSON"},
};

static const struct cli_command command = {
    .usage = "hutong migrate [--json]\n"
             "Applies the schema steps that the database of HUTONG_DATABASE does not have yet.",
    .options = options,
    .count = BASE_COUNT(options),
};

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    int applied = 0;
    enum base_err err = given->operand_count ? base_diag_set(diag, BASE_USAGE, "takes no operands") : BASE_OK;
    if (!err) {
        err = data_conn_open(NULL, "hutong migrate", diag, &conn);
    }
    if (!err) {
        err = data_migrate(conn, diag, &applied);
    }
    if (!err) {
        printf(base_option_flag(given, "json") ? "{\"applied\":%d}\n" : "%d schema steps applied\n", applied);
    }
    return err;
}

int cli_migrate_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
