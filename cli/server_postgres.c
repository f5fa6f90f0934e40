/* The private PostgreSQL: its place, its programs, its life as a child of the supervisor. */
#include "cli/server.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OLDEST = 15, START_US = 120000000, STOP_US = 60000000 };

/* The newest version that Debian's layout holds; a directory of one's own by HUTONG_PG_BIN; else what PATH finds. */
static char *find_bin(void)
{
    const char *given = getenv("HUTONG_PG_BIN");
    if (given && *given) {
        char *postgres = NULL;
        bool good = asprintf(&postgres, "%s/postgres", given) > 0 && access(postgres, X_OK) == 0;
        free(postgres);
        return good ? strdup(given) : NULL;
    }
    glob_t found;
    long newest = OLDEST - 1;
    char *bin = NULL;
    if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            long version = strtol(found.gl_pathv[i] + strlen("/usr/lib/postgresql/"), NULL, 10);
            if (version > newest) {
                newest = version;
                free(bin);
                bin = strndup(found.gl_pathv[i], strlen(found.gl_pathv[i]) - strlen("/postgres"));
            }
        }
        globfree(&found);
    }
    char *program = bin ? NULL : cli_process_find(NULL, "postgres");
    if (program) {
        bin = strndup(program, strlen(program) - strlen("/postgres"));
    }
    free(program);
    return bin;
}

/* FNV-1a: only a short, stable name for a long path. */
static uint64_t short_name(const char *path)
{
    uint64_t hash = 14695981039346656037U;
    for (const char *c = path; *c; c++) {
        hash = (hash ^ (unsigned char)*c) * 1099511628211U;
    }
    return hash;
}

/* A Unix socket's path holds 107 bytes, and PostgreSQL takes a list of directories: a VAR that is deeper, or has a
 * comma or a quote in its name, gets a short place of its own. */
static char *socket_directory(const char *var)
{
    char *path = NULL;
    struct sockaddr_un limit;
    int len = asprintf(&path, "%s/run", var);
    bool too_long = len > 0 && (size_t)len + sizeof "/.s.PGSQL.65535.lock" > sizeof limit.sun_path;
    if (len > 0 && (too_long || strpbrk(var, ",\"'"))) {
        free(path);
        len = asprintf(&path, "/tmp/hutong-%016llx", (unsigned long long)short_name(var));
    }
    return len > 0 ? path : NULL;
}

/* A conninfo value in quotes, as libpq reads it. */
static void conninfo_value(struct base_buf *buf, const char *key, const char *value)
{
    base_buf_printf(buf, "%s%s='", buf->len ? " " : "", key);
    for (const char *c = value; *c; c++) {
        if (*c == '\'' || *c == '\\') {
            base_buf_u8(buf, '\\');
        }
        base_buf_u8(buf, (uint8_t)*c);
    }
    base_buf_u8(buf, '\'');
}

static void conninfo(struct base_buf *text, const struct cli_server_postgres *postgres, const char *database,
                     const char *role, const char *password)
{
    char port[16];
    snprintf(port, sizeof port, "%d", postgres->port);
    conninfo_value(text, "host", postgres->socket);
    conninfo_value(text, "port", port);
    conninfo_value(text, "dbname", database);
    conninfo_value(text, "user", role);
    conninfo_value(text, "password", password);
}

static char *conninfo_text(const struct cli_server_postgres *postgres, const char *database, const char *role,
                           const char *password)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 8192);
    conninfo(&text, postgres, database, role, password);
    const char *whole = base_buf_cstr(&text);
    return text.err ? NULL : strdup(whole);
}

static enum base_err places(struct cli_server_postgres *postgres, struct base_diag *diag)
{
    const char *var = postgres->var;
    if (asprintf(&postgres->directory, "%s/postgres", var) < 0) {
        postgres->directory = NULL;
    }
    if (asprintf(&postgres->log, "%s/log/postgres.log", var) < 0) {
        postgres->log = NULL;
    }
    char *logs = NULL;
    postgres->socket = socket_directory(var);
    enum base_err err = BASE_OK;
    if (!postgres->directory || !postgres->log || !postgres->socket || asprintf(&logs, "%s/log", var) < 0) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    err = cli_user_mkdir(&postgres->user, postgres->socket, diag);
    if (!err) {
        err = base_file_mkdirs(logs, 0700, diag);
    }
    free(logs);
    return err;
}

static enum base_err kept(struct cli_server_postgres *postgres, int wanted, struct base_diag *diag)
{
    const char *var = postgres->var;
    enum base_err err = cli_kept_password(var, "postgres.password", diag, postgres->password);
    if (!err) {
        err = cli_kept_password(var, "postgres.admin.password", diag, postgres->admin_password);
    }
    if (!err) {
        err = cli_kept_port(var, "postgres.port", "127.0.0.1", wanted, diag, &postgres->port);
    }
    if (!err) {
        postgres->database = conninfo_text(postgres, CLI_SERVER_DATABASE, CLI_SERVER_ROLE, postgres->password);
        postgres->admin = conninfo_text(postgres, "postgres", "postgres", postgres->admin_password);
        if (!postgres->database || !postgres->admin) {
            err = base_diag_set(diag, BASE_NOMEM, "out of memory");
        }
    }
    return err;
}

enum base_err cli_server_postgres_new(const struct cli_server *server, struct base_diag *diag,
                                      struct cli_server_postgres **ret_postgres)
{
    AUTO(cli_server_postgres) postgres = calloc(1, sizeof *postgres);
    if (!postgres || !(postgres->var = strdup(server->var))) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    postgres->user = *server->user;
    postgres->bin = find_bin();
    if (!postgres->bin) {
        return base_diag_set(diag, BASE_NOT_FOUND,
                             "PostgreSQL %d or newer is not installed; install the packages postgresql-15 and "
                             "postgresql-15-postgis-3 (make setup does it), or set HUTONG_DATABASE to a server of "
                             "your own",
                             OLDEST);
    }
    enum base_err err = places(postgres, diag);
    if (!err) {
        err = cli_process_leftover(postgres->directory, "postgres", SIGINT, diag);
    }
    if (!err) {
        err = kept(postgres, server->port, diag);
    }
    if (!err) {
        err = cli_server_postgres_init(postgres, diag);
    }
    if (err) {
        return err;
    }
    *ret_postgres = postgres;
    postgres = NULL;
    return BASE_OK;
}

/* A postmaster.pid that outlived its postmaster: in a container the number may be somebody else's by now, and
 * PostgreSQL would refuse to start. cli_process_leftover has seen that nobody works in the directory. */
static void forget_pid(const struct cli_server_postgres *postgres)
{
    char *path = NULL;
    if (asprintf(&path, "%s/postmaster.pid", postgres->directory) > 0) {
        unlink(path);
        free(path);
    }
}

/* Line 8 of postmaster.pid is the postmaster's own word on its state (miscinit.h: LOCK_FILE_LINE_PM_STATUS). */
static bool is_ready(const struct cli_server_postgres *postgres)
{
    char *path = NULL;
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 1 << 17);
    bool read = asprintf(&path, "%s/postmaster.pid", postgres->directory) > 0 &&
                base_file_read(path, 4096, NULL, &file) == BASE_OK;
    free(path);
    struct base_str rest = base_buf_str(&file);
    struct base_str line = {NULL, 0};
    for (int number = 0; read && number < 8; number++) {
        read = base_str_next(&rest, '\n', &line);
    }
    return read && base_str_starts(line, "ready");
}

static enum base_err wait_ready(struct cli_server_postgres *postgres, off_t log_start, struct base_diag *diag)
{
    int64_t deadline = base_clock_mono_us() + START_US;
    while (!is_ready(postgres)) {
        if (waitpid(postgres->pid, NULL, WNOHANG) == postgres->pid) {
            postgres->pid = 0;
            return cli_server_log_explain(postgres->log, log_start, "PostgreSQL", diag);
        }
        if (base_clock_mono_us() > deadline) {
            cli_server_postgres_stop(postgres);
            return cli_server_log_explain(postgres->log, log_start, "PostgreSQL", diag);
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return BASE_OK;
}

enum base_err cli_server_postgres_start(struct cli_server_postgres *postgres, struct base_diag *diag)
{
    int output;
    struct stat log;
    char *program = NULL;
    enum base_err err = cli_process_leftover(postgres->directory, "postgres", SIGINT, diag);
    if (!err) {
        err = cli_server_postgres_conf(postgres, diag);
    }
    if (!err) {
        err = cli_server_log_open(postgres->log, diag, &output);
    }
    if (err) {
        return err;
    }
    forget_pid(postgres);
    if (fstat(output, &log) != 0 || asprintf(&program, "%s/postgres", postgres->bin) < 0) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    } else {
        err = cli_process_start(
            &(struct cli_process){
                .argv = (const char *const[]){program, "-D", postgres->directory, NULL},
                .environment = (const char *const[]){"LC_ALL=C", NULL},
                .user = &postgres->user,
                .directory = postgres->directory,
                .output = output,
                .death_signal = SIGINT, /* a fast shutdown: clients are cut, what is committed is checkpointed */
            },
            diag, &postgres->pid);
    }
    free(program);
    close(output);
    return err ? err : wait_ready(postgres, log.st_size, diag);
}

void cli_server_postgres_stop(struct cli_server_postgres *postgres)
{
    cli_process_stop(postgres->pid, SIGINT, STOP_US);
    postgres->pid = 0;
}

void cli_server_postgres_exited(struct cli_server_postgres *postgres)
{
    postgres->pid = 0;
}

void cli_server_postgres_free(struct cli_server_postgres *postgres)
{
    if (!postgres) {
        return;
    }
    cli_server_postgres_stop(postgres);
    if (postgres->socket && strncmp(postgres->socket, "/tmp/", 5) == 0) {
        rmdir(postgres->socket); /* empty by now; the next run makes it again */
    }
    free(postgres->var);
    free(postgres->bin);
    free(postgres->directory);
    free(postgres->socket);
    free(postgres->log);
    free(postgres->database);
    free(postgres->admin);
    free(postgres);
}

pid_t cli_server_postgres_pid(const struct cli_server_postgres *postgres)
{
    return postgres->pid;
}

const char *cli_server_postgres_database(const struct cli_server_postgres *postgres)
{
    return postgres->database;
}

const char *cli_server_postgres_admin(const struct cli_server_postgres *postgres)
{
    return postgres->admin;
}

enum base_err cli_server_postgres_named(const struct cli_server_postgres *postgres, const char *database,
                                        struct base_buf *ret_conninfo)
{
    conninfo(ret_conninfo, postgres, database, CLI_SERVER_ROLE, postgres->password);
    return ret_conninfo->err;
}
