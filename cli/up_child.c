/* Children of the supervisor: started, watched, started again after a pause that grows while they keep dying. */
#include "cli/up.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DELAY_FIRST_US = 500000, DELAY_MOST_US = 30000000, STEADY_US = 60000000, STOP_US = 10000000 };

struct cli_up_child *cli_up_child_add(struct cli_up *up, const char *name, const char *broker)
{
    /* The table holds every child there is: a full one is a mistake in this folder, not in the input. */
    struct cli_up_child *child = &up->children[up->child_count++];
    *child = (struct cli_up_child){.name = name, .kind = CLI_UP_PROGRAM, .broker = broker, .delay_us = DELAY_FIRST_US};
    return child;
}

static enum base_err start_program(struct cli_up_child *child, struct base_diag *diag)
{
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len < 0) {
        return base_diag_set(diag, BASE_IO, "/proc/self/exe cannot be read");
    }
    self[len] = '\0';
    char *broker = NULL;
    if (child->broker && asprintf(&broker, "HUTONG_BROKER=%s", child->broker) < 0) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = cli_process_start(
        &(struct cli_process){
            .program = self,
            .argv = (const char *const[]){"hutong", child->name, child->option, NULL},
            .environment = broker ? (const char *const[]){broker, NULL} : NULL,
            .output = STDERR_FILENO, /* standard output is for the ready line */
            .death_signal = SIGKILL, /* truth is in the database: any of them can be killed at any moment */
        },
        diag, &child->pid);
    free(broker);
    return err;
}

enum base_err cli_up_child_start(struct cli_up *up, struct cli_up_child *child, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    switch (child->kind) {
    case CLI_UP_POSTGRES:
        err = cli_server_postgres_start(up->postgres, diag);
        child->pid = cli_server_postgres_pid(up->postgres);
        break;
    case CLI_UP_BROKER:
        err = cli_server_broker_start(up->broker, diag);
        child->pid = cli_server_broker_pid(up->broker);
        break;
    case CLI_UP_PROGRAM:
        err = start_program(child, diag);
        break;
    }
    child->started_us = base_clock_mono_us();
    if (!err) {
        child->due_us = 0;
    }
    return err;
}

static void wait_before_restart(struct cli_up_child *child)
{
    int64_t now = base_clock_mono_us();
    if (now - child->started_us > STEADY_US) {
        child->delay_us = DELAY_FIRST_US;
    }
    child->due_us = now + child->delay_us;
    child->delay_us = child->delay_us * 2 > DELAY_MOST_US ? DELAY_MOST_US : child->delay_us * 2;
}

static void ended(struct cli_up *up, struct cli_up_child *child, int status)
{
    if (child->kind == CLI_UP_POSTGRES) {
        cli_server_postgres_exited(up->postgres);
    } else if (child->kind == CLI_UP_BROKER) {
        cli_server_broker_exited(up->broker);
    }
    child->pid = 0;
    child->ended++;
    wait_before_restart(child);
    base_log(BASE_LOG_WARN, "child ended, it is started again", base_log_text("child", child->name),
             WIFSIGNALED(status) ? base_log_i64("signal", WTERMSIG(status)) : base_log_i64("code", WEXITSTATUS(status)),
             base_log_f64("in_s", (double)(child->due_us - base_clock_mono_us()) / 1e6));
}

void cli_up_child_reap(struct cli_up *up)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < up->child_count; i++) {
            if (up->children[i].pid == pid) {
                ended(up, &up->children[i], status);
            }
        }
    }
}

void cli_up_child_restart_due(struct cli_up *up)
{
    for (size_t i = 0; i < up->child_count; i++) {
        struct cli_up_child *child = &up->children[i];
        if (!child->due_us || child->due_us > base_clock_mono_us()) {
            continue;
        }
        struct base_diag diag = {.text = ""};
        if (cli_up_child_start(up, child, &diag)) {
            child->pid = 0;
            child->ended++;
            wait_before_restart(child);
            base_log(BASE_LOG_ERROR, "child does not start", base_log_text("child", child->name),
                     base_log_text("error", diag.text));
        } else {
            base_log(BASE_LOG_INFO, "child runs again", base_log_text("child", child->name),
                     base_log_i64("pid", child->pid));
        }
    }
}

int cli_up_child_wait_ms(const struct cli_up *up)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < up->child_count; i++) {
        int64_t due = up->children[i].due_us;
        next = due && due < next ? due : next;
    }
    if (next == INT64_MAX) {
        return -1;
    }
    int64_t left = next - base_clock_mono_us();
    return left <= 0 ? 0 : (int)(left / 1000) + 1;
}

void cli_up_child_stop_all(struct cli_up *up)
{
    for (size_t i = 0; i < up->child_count; i++) { /* all at once: they need not wait for one another */
        if (up->children[i].kind == CLI_UP_PROGRAM && up->children[i].pid > 0) {
            kill(up->children[i].pid, SIGTERM);
        }
    }
    for (size_t i = 0; i < up->child_count; i++) {
        if (up->children[i].kind == CLI_UP_PROGRAM) {
            cli_process_stop(up->children[i].pid, SIGTERM, STOP_US);
            up->children[i].pid = 0;
        }
    }
    if (up->broker) {
        cli_server_broker_stop(up->broker);
    }
    if (up->postgres) {
        cli_server_postgres_stop(up->postgres);
    }
}
