/* hutong ingest: the worker between broker and database. */
#include "ingest/ingest.h"
#include "cli/keep.h"

#include <stdlib.h>

static const struct base_option options[] = {
    {.name = "workers",
     .type = BASE_OPTION_INT,
     .value = "N",
     .standard = "1",
     .help = "processes that share the sources; this version has one"},
    {.name = "batch",
     .env = "HUTONG_BATCH",
     .type = BASE_OPTION_INT,
     .value = "N",
     .standard = "2000",
     .help = "messages in one transaction at most, 1-20000"} DATA_KEEPS(CLI_KEEP_ROW),
};

static const struct cli_command command = {
    .usage = "hutong ingest [--workers N]\n"
             "Reads every source's topics from HUTONG_BROKER into HUTONG_DATABASE; a message is acknowledged when it\n"
             "is stored. Ends cleanly on SIGTERM. Keys are in HUTONG_VAR/keys and made when they are missing. What is\n"
             "older than it is kept is deleted; a source's own retention goes before when it is shorter.",
    .options = options,
    .count = BASE_COUNT(options),
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    int64_t batch = base_option_int(given, "batch");
    struct data_keeps keeps;
    if (given->operand_count) {
        return base_diag_set(diag, BASE_USAGE, "takes no operands");
    }
    if (base_option_int(given, "workers") != 1) {
        return base_diag_set(diag, BASE_USAGE, "--workers: this version runs one worker; leave it at 1");
    }
    if (batch < 1 || batch > 20000) {
        return base_diag_set(diag, BASE_USAGE, "--batch: between 1 and 20000");
    }
    enum base_err err = cli_keep_read(given, diag, &keeps);
    if (err) {
        return err;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    base_log_name_set("ingest");
    return ingest_run(
        &(struct ingest_options){.var = getenv("HUTONG_VAR"), .batch_max = (int)batch, .keeps = keeps, .stop = &stop},
        diag);
}

int cli_ingest_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
