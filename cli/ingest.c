/* hutong ingest: the workers between broker and database; one process each, so that one's death is nobody else's. */
#include "ingest/ingest.h"
#include "cli/keep.h"
#include "cli/mapping.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS_MAX = 64, RESTART_PAUSE_S = 1 };

static const struct base_option options[] = {
    {.name = "workers",
     .env = "HUTONG_WORKERS",
     .type = BASE_OPTION_INT,
     .value = "N",
     .standard = "1",
     .help = "processes that share the sources, 1-64; more may run elsewhere"},
    {.name = "batch",
     .env = "HUTONG_BATCH",
     .type = BASE_OPTION_INT,
     .value = "N",
     .standard = "2000",
     .help = "messages in one transaction at most, 1-20000"},
    CLI_MAPPING_ROW DATA_KEEPS(CLI_KEEP_ROW),
};

static const struct cli_command command = {
    .usage = "hutong ingest [--workers N]\n"
             "Reads every source's topics from HUTONG_BROKER into HUTONG_DATABASE; a message is acknowledged when it\n"
             "is stored. Any number of workers on any number of machines share the sources; one that dies or hangs\n"
             "is replaced by the others. Ends cleanly on SIGTERM, reads mapping files again on SIGHUP. Keys are in\n"
             "HUTONG_VAR/keys and made when missing; workers on other machines need the same ones. What is older than\n"
             "it is kept is deleted; a source's own retention goes before when it is shorter.\n"
             "HUTONG_BROKER may name the nodes of one broker, mqtt://user:password@host:port,host:port; with mqtts://\n"
             "HUTONG_BROKER_CA is a file of certificates that may sign the broker's, else the system's do.",
    .options = options,
    .count = BASE_COUNT(options),
};

static volatile sig_atomic_t stop, reload;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void on_hangup(int number)
{
    (void)number;
    reload = (reload + 1) & 0xFFFF;
}

/* Without SA_RESTART: waitpid must come back to pass the signal on. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = on_hangup;
    sigaction(SIGHUP, &action, NULL);
}

/* In the child: the worker; it ends with this process. */
static pid_t worker_start(const struct ingest_options *ingest)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        struct base_diag diag = {.text = ""};
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent) {
            _exit(0);
        }
        enum base_err err = ingest_run(ingest, &diag);
        if (err) {
            base_log(BASE_LOG_ERROR, "worker cannot work", base_log_text("why", diag.text));
        }
        _exit(err ? 1 : 0);
    }
    return pid;
}

/* The ended child's place in the list; -1: none of ours. */
static int64_t place_of(const pid_t *workers, int64_t count, pid_t pid)
{
    for (int64_t i = 0; i < count; i++) {
        if (workers[i] == pid) {
            return i;
        }
    }
    return -1;
}

static void end_all(const pid_t *workers, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (workers[i] > 0) {
            kill(workers[i], SIGTERM);
        }
    }
    for (int64_t i = 0; i < count; i++) {
        while (workers[i] > 0 && waitpid(workers[i], NULL, 0) < 0 && errno == EINTR) {
        }
    }
}

static void pass_on(const pid_t *workers, int64_t count)
{
    static int passed;
    for (int64_t i = 0; passed != reload && i < count; i++) {
        if (workers[i] > 0) {
            kill(workers[i], SIGHUP);
        }
    }
    passed = reload;
}

/* One that was killed is started again; one that says it can never work ends all. */
static enum base_err supervise(const struct ingest_options *ingest, int64_t count, struct base_diag *diag)
{
    pid_t workers[WORKERS_MAX] = {0};
    enum base_err err = BASE_OK;
    for (int64_t i = 0; i < count; i++) {
        workers[i] = worker_start(ingest);
    }
    while (!stop && !err) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, 0);
        int64_t at = pid > 0 ? place_of(workers, count, pid) : -1;
        pass_on(workers, count);
        if (at < 0) {
            continue;
        }
        workers[at] = 0;
        if (WIFEXITED(status)) {
            err = base_diag_set(diag, BASE_IO, "a worker ended with status %d; see the log above", WEXITSTATUS(status));
        } else if (!stop) {
            base_log(BASE_LOG_WARN, "worker died", base_log_i64("pid", pid), base_log_i64("signal", WTERMSIG(status)));
            nanosleep(&(struct timespec){.tv_sec = RESTART_PAUSE_S}, NULL);
            workers[at] = worker_start(ingest);
        }
    }
    end_all(workers, count);
    return stop ? BASE_OK : err;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    int64_t batch = base_option_int(given, "batch"), workers = base_option_int(given, "workers");
    if (given->operand_count) {
        return base_diag_set(diag, BASE_USAGE, "takes no operands");
    }
    if (workers < 1 || workers > WORKERS_MAX) {
        return base_diag_set(diag, BASE_USAGE, "--workers: between 1 and %d", WORKERS_MAX);
    }
    if (batch < 1 || batch > 20000) {
        return base_diag_set(diag, BASE_USAGE, "--batch: between 1 and 20000");
    }
    char mappings[4096];
    struct ingest_options ingest = {.var = getenv("HUTONG_VAR"),
                                    .mappings = cli_mapping_dir(given, mappings),
                                    .batch_max = (int)batch,
                                    .stop = &stop,
                                    .reload = &reload};
    enum base_err err = cli_keep_read(given, diag, &ingest.keeps);
    if (err) {
        return err;
    }
    catch_signals();
    base_log_name_set("ingest");
    return workers == 1 ? ingest_run(&ingest, diag) : supervise(&ingest, workers, diag);
}

int cli_ingest_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
