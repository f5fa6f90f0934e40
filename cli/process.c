/* Children that end with us, however we end: the kernel holds a signal for each (PR_SET_PDEATHSIG). */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TICK_NS = 10000000, LEFTOVER_US = 30000000, KILLED_US = 5000000, FOUND_MAX = 256 };

static const char *program_of(const struct cli_process *process)
{
    return process->program ? process->program : process->argv[0];
}

static void tick(void)
{
    nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
}

/* Runs in the child: whatever fails leaves its errno in *_exit's way, and never returns to our code. */
static bool become(const struct cli_process *process, pid_t parent)
{
    const struct cli_user *user = process->user;
    if (user && user->drop && (setgroups(1, &user->gid) != 0 || setgid(user->gid) != 0 || setuid(user->uid) != 0)) {
        return false;
    }
    /* After setuid, which clears it; and the parent may be gone already. */
    if (process->death_signal && prctl(PR_SET_PDEATHSIG, process->death_signal) != 0) {
        return false;
    }
    if (getppid() != parent) {
        _exit(1);
    }
    int input = open(process->input ? process->input : "/dev/null", O_RDONLY);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0) {
        return false;
    }
    if (process->output >= 0 &&
        (dup2(process->output, STDOUT_FILENO) < 0 || dup2(process->output, STDERR_FILENO) < 0)) {
        return false;
    }
    if (process->directory && chdir(process->directory) != 0) {
        return false;
    }
    for (const char *const *pair = process->environment; pair && *pair; pair++) {
        char *text = strdup(*pair);
        if (!text || putenv(text) != 0) {
            return false;
        }
    }
    return true;
}

static _Noreturn void run_child(const struct cli_process *process, pid_t parent, int report)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Ctrl-C on the terminal is for the supervisor, which ends its children in order. */
    setpgid(0, 0);
    if (become(process, parent)) {
        execv(program_of(process), (char *const *)process->argv);
    }
    int why = errno;
    ssize_t written = write(report, &why, sizeof why);
    (void)written;
    _exit(127);
}

enum base_err cli_process_start(const struct cli_process *process, struct base_diag *diag, pid_t *ret_pid)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        return base_diag_set(diag, BASE_IO, "%s: %s", program_of(process), strerror(errno));
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        run_child(process, parent, report[1]);
    }
    int why = pid < 0 ? errno : 0;
    close(report[1]);
    /* The pipe closes by itself when exec succeeds. */
    ssize_t got = 0;
    while (pid > 0 && (got = read(report[0], &why, sizeof why)) < 0 && errno == EINTR) {
    }
    close(report[0]);
    if (pid > 0 && got == 0) {
        *ret_pid = pid;
        return BASE_OK;
    }
    cli_process_stop(pid, SIGKILL, KILLED_US);
    return base_diag_set(diag, why == ENOENT ? BASE_NOT_FOUND : BASE_IO, "%s: %s", program_of(process), strerror(why));
}

/* The last lines that a program printed, on one line. */
static void last_words(const struct base_buf *output, char *text, size_t size)
{
    struct base_str words = base_str_trim(base_buf_str(output));
    size_t len = words.len < size - 1 ? words.len : size - 1;
    if (len) {
        memcpy(text, words.at + words.len - len, len);
    }
    text[len] = '\0';
    for (char *c = text; *c; c++) {
        *c = *c == '\n' ? ' ' : *c;
    }
}

enum base_err cli_process_run(const struct cli_process *process, struct base_diag *diag, struct base_buf *output)
{
    int pipe_fd[2];
    if (pipe2(pipe_fd, O_CLOEXEC) != 0) {
        return base_diag_set(diag, BASE_IO, "%s: %s", program_of(process), strerror(errno));
    }
    struct cli_process piped = *process;
    piped.output = pipe_fd[1];
    pid_t pid;
    enum base_err err = cli_process_start(&piped, diag, &pid);
    close(pipe_fd[1]);
    if (err) {
        close(pipe_fd[0]);
        return err;
    }
    char piece[4096];
    ssize_t got;
    while ((got = read(pipe_fd[0], piece, sizeof piece)) != 0) {
        if (got > 0) {
            base_buf_append(output, piece, (size_t)got); /* past the ceiling the rest is read and dropped */
        } else if (errno != EINTR) {
            break;
        }
    }
    close(pipe_fd[0]);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return BASE_OK;
    }
    char words[600];
    last_words(output, words, sizeof words);
    return base_diag_set(diag, BASE_IO, "%s failed: %s", program_of(process), words);
}

static bool gone(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) == pid || (kill(pid, 0) != 0 && errno == ESRCH);
}

void cli_process_stop(pid_t pid, int signal, int64_t patience_us)
{
    if (pid <= 0) {
        return;
    }
    int64_t deadline = base_clock_mono_us() + patience_us;
    kill(pid, signal);
    while (!gone(pid)) {
        if (base_clock_mono_us() > deadline) {
            kill(pid, SIGKILL);
        }
        tick();
    }
}

/* Is it a process of that name at work in that directory? Others' processes cannot be looked into, and are not ours. */
static bool works_in(const char *pid, const char *directory, const char *name)
{
    char path[64];
    char cwd[PATH_MAX];
    char comm[64];
    snprintf(path, sizeof path, "/proc/%s/cwd", pid);
    ssize_t len = readlink(path, cwd, sizeof cwd - 1);
    if (len < 0) {
        return false;
    }
    cwd[len] = '\0';
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    FILE *file = fopen(path, "re");
    bool named = file && fgets(comm, sizeof comm, file) && strncmp(comm, name, strlen(name)) == 0;
    if (file) {
        fclose(file);
    }
    return named && strcmp(cwd, directory) == 0;
}

static size_t find_leftovers(const char *directory, const char *name, pid_t found[FOUND_MAX])
{
    size_t count = 0;
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    while (proc && count < FOUND_MAX && (entry = readdir(proc))) {
        int64_t pid;
        if (base_str_i64(base_str_of(entry->d_name), &pid) && works_in(entry->d_name, directory, name)) {
            found[count++] = (pid_t)pid;
        }
    }
    if (proc) {
        closedir(proc);
    }
    return count;
}

enum base_err cli_process_leftover(const char *directory, const char *name, int signal, struct base_diag *diag)
{
    char real[PATH_MAX];
    pid_t found[FOUND_MAX];
    if (!realpath(directory, real)) {
        return BASE_OK; /* not there yet: nobody works in it */
    }
    int64_t start = base_clock_mono_us();
    bool told = false;
    size_t count;
    while ((count = find_leftovers(real, name, found)) > 0) {
        int64_t waited = base_clock_mono_us() - start;
        if (waited > LEFTOVER_US + KILLED_US) {
            return base_diag_set(diag, BASE_CONFLICT, "%s: process %d (%s) of an earlier run does not end; end it",
                                 real, (int)found[0], name);
        }
        for (size_t i = 0; i < count && (!told || waited > LEFTOVER_US); i++) {
            /* One signal each: a second SIGINT would not hurry PostgreSQL, a SIGKILL at the end does. */
            kill(found[i], waited > LEFTOVER_US ? SIGKILL : signal);
        }
        told = true;
        tick();
    }
    return BASE_OK;
}

char *cli_process_find(const char *directories, const char *name)
{
    const char *lists[] = {directories, getenv("PATH")};
    for (size_t i = 0; i < BASE_COUNT(lists); i++) {
        struct base_str rest = base_str_of(lists[i]);
        struct base_str directory;
        while (base_str_next(&rest, ':', &directory)) {
            char *path = NULL;
            if (directory.len && asprintf(&path, "%.*s/%s", (int)directory.len, directory.at, name) > 0 &&
                access(path, X_OK) == 0) {
                return path;
            }
            free(path);
        }
    }
    return NULL;
}
