/* cli: the program `hutong` - its subcommands, the supervisor, and the private servers that `hutong up` runs.
 *
 * Ownership  ret_x is yours (free it with the type's _free); const pointers are borrowed from the handle they came
 * from. Threads    the supervisor has one thread: a child is tied to the life of the *thread* that started it. Errors
 * enum base_err with a sentence in *diag; only the cli_X_main functions print, log and choose an exit code.
 */
#ifndef HUTONG_CLI_H
#define HUTONG_CLI_H

#include "base/base.h"

#include <sys/types.h>

/* --- subcommands: argv[0] is the subcommand's name; they return the exit code (0 ok, 1 failed, 2 usage) --- */
int cli_up_main(int argc, char **argv);
int cli_migrate_main(int argc, char **argv);
int cli_doctor_main(int argc, char **argv);
int cli_import_main(int argc, char **argv);
int cli_source_main(int argc, char **argv);
int cli_device_main(int argc, char **argv);
int cli_mapping_main(int argc, char **argv);
int cli_account_main(int argc, char **argv); /* hutong user */
int cli_token_main(int argc, char **argv);
int cli_decode_main(int argc, char **argv);
int cli_filter_main(int argc, char **argv);
int cli_ingest_main(int argc, char **argv);
int cli_replay_main(int argc, char **argv);
int cli_serve_main(int argc, char **argv);
int cli_judge_main(int argc, char **argv);
int cli_simulate_main(int argc, char **argv);

/* --- command (command.c): what every subcommand says about itself --- */
struct cli_command {
    const char *usage; /* "hutong import KIND FILE [options]", then what it does, as --help prints it */
    const struct base_option *options;
    size_t count;
};

enum { CLI_GO_ON = -1 };
/* Answers --help, names wrong options. Returns CLI_GO_ON with *ret_options filled, or the exit code to return. */
int cli_command_options(const struct cli_command *command, int argc, char **argv,
                        struct base_options *ret_options) BASE_MUST_CHECK;
/* The whole of a subcommand: its options, what it does with them, and the exit code. */
int cli_command_run(const struct cli_command *command,
                    enum base_err (*run)(const struct base_options *given, struct base_diag *diag), int argc,
                    char **argv);
/* Prints "hutong NAME: sentence" to standard error; returns the exit code, 2 for wrong usage and 1 for the rest. */
int cli_command_fail(const char *name, enum base_err err, const struct base_diag *diag);
/* The known name that a person may have meant, or NULL. */
const char *cli_command_nearest(const char *text, const char *const *names, size_t count);

/* --- var (var.c): where the state lies, and what $HUTONG_VAR/hutong.env says about it --- */
/* Sets what hutong.env holds and the environment does not have. HUTONG_VAR itself is taken from the file: the state may
 * have moved to where PostgreSQL's user can reach it. A missing file is no error. */
enum base_err cli_var_load(struct base_diag *diag) BASE_MUST_CHECK;

/* --- user (user.c): who runs the private servers. PostgreSQL refuses root, so root steps down for both. --- */
struct cli_user {
    bool drop; /* false: we are not root, the servers run as we do */
    uid_t uid;
    gid_t gid;
    const char *name; /* static */
};

enum base_err cli_user_find(struct base_diag *diag, struct cli_user *ret_user) BASE_MUST_CHECK;
/* May that user make files in the directory? (A clone under /root is out of reach for everybody else.) */
bool cli_user_reaches(const struct cli_user *user, const char *directory);
/* Makes the directory (mode 0700), owned by that user. */
enum base_err cli_user_mkdir(const struct cli_user *user, const char *directory,
                             struct base_diag *diag) BASE_MUST_CHECK;
/* Replaces a file that only that user may read. */
enum base_err cli_user_write(const struct cli_user *user, const char *path, const void *data, size_t len,
                             struct base_diag *diag) BASE_MUST_CHECK;

/* --- process (process.c): children that end with us --- */
struct cli_process {
    const char *program;            /* path; NULL: argv[0] is one */
    const char *const *argv;        /* what ps shows */
    const char *const *environment; /* NULL-terminated KEY=value, set over our own; NULL: nothing to add */
    const struct cli_user *user;    /* NULL: as we are */
    const char *directory;          /* working directory; NULL: ours */
    const char *input;              /* file for standard input; NULL: nothing to read */
    int output;                     /* descriptor for standard output and error; -1: ours */
    int death_signal;               /* the kernel sends it to the child when we are gone, however we went */
};

enum base_err cli_process_start(const struct cli_process *process, struct base_diag *diag,
                                pid_t *ret_pid) BASE_MUST_CHECK;
/* Runs to the end and appends what it printed; a failure's diag ends with its last words. process->output is ignored.
 */
enum base_err cli_process_run(const struct cli_process *process, struct base_diag *diag,
                              struct base_buf *output) BASE_MUST_CHECK;
/* Sends the signal, waits, and kills at the end of its patience. Reaps. pid <= 0 does nothing. */
void cli_process_stop(pid_t pid, int signal, int64_t patience_us);
/* Ends what an earlier run that was killed has left: processes of that name whose working directory is this one. */
enum base_err cli_process_leftover(const char *directory, const char *name, int signal,
                                   struct base_diag *diag) BASE_MUST_CHECK;
/* First of the names that can be executed: in directories (colon-separated), then in PATH. Yours to free(); or NULL. */
char *cli_process_find(const char *directories, const char *name);

/* --- kept (kept.c): what must be the same after a restart lies in VAR/kept, one value a file, mode 0600 --- */
/* wanted > 0: that port, kept from now on. 0: the kept one, else a free one. CONFLICT when another program has it. */
enum base_err cli_kept_port(const char *var, const char *name, const char *bind, int wanted, struct base_diag *diag,
                            int *ret_port) BASE_MUST_CHECK;
/* OK when the port can be listened on; otherwise diag says why not. Nothing is kept. */
enum base_err cli_kept_port_free(const char *name, const char *bind, int port, struct base_diag *diag) BASE_MUST_CHECK;
#define CLI_KEPT_PASSWORD 25
enum base_err cli_kept_password(const char *var, const char *name, struct base_diag *diag,
                                char ret_password[CLI_KEPT_PASSWORD]) BASE_MUST_CHECK;

/* --- servers (server_postgres.c, server_broker.c): private PostgreSQL and Mosquitto under VAR ---
 *
 * _new finds the programs, ends leftovers, makes what is missing (initdb, passwords, configuration) and starts nothing.
 * _start returns when the server answers. After a crash that the supervisor saw (waitpid), say _exited and start again.
 * _free stops a running server. */
struct cli_server {
    const char *var; /* absolute; the servers' user reaches it */
    const struct cli_user *user;
    const char *bind; /* broker only: address of the listener; NULL: 127.0.0.1 */
    int port;         /* 0: the kept one, else a free one */
};

struct cli_server_postgres;
enum base_err cli_server_postgres_new(const struct cli_server *server, struct base_diag *diag,
                                      struct cli_server_postgres **ret_postgres) BASE_MUST_CHECK;
enum base_err cli_server_postgres_start(struct cli_server_postgres *postgres, struct base_diag *diag) BASE_MUST_CHECK;
void cli_server_postgres_stop(struct cli_server_postgres *postgres);
void cli_server_postgres_exited(struct cli_server_postgres *postgres);
void cli_server_postgres_free(struct cli_server_postgres *postgres);
BASE_AUTO_FREE(cli_server_postgres)
pid_t cli_server_postgres_pid(const struct cli_server_postgres *postgres);            /* 0: not running */
const char *cli_server_postgres_database(const struct cli_server_postgres *postgres); /* role hutong, its database */
const char *cli_server_postgres_admin(const struct cli_server_postgres *postgres);    /* superuser, database postgres */
/* How a database of that name is reached on this server by the role hutong. */
enum base_err cli_server_postgres_named(const struct cli_server_postgres *postgres, const char *database,
                                        struct base_buf *ret_conninfo) BASE_MUST_CHECK;

/* Users of the private broker. What each may do is in its topic list (server_broker.c). */
enum cli_broker_user {
    CLI_BROKER_INGEST, /* reads every topic, writes none */
    CLI_BROKER_SERVE,  /* sends check-ins, reads nothing */
    CLI_BROKER_DEVICE, /* simulated devices: write, but no check-ins */
    CLI_BROKER_PHONE,  /* real phones: write owntracks/phone/... only */
    CLI_BROKER_HUTONG, /* everything: HUTONG_BROKER of whoever runs hutong, and tests */
    CLI_BROKER_USERS
};

struct cli_server_broker;
enum base_err cli_server_broker_new(const struct cli_server *server, struct base_diag *diag,
                                    struct cli_server_broker **ret_broker) BASE_MUST_CHECK;
enum base_err cli_server_broker_start(struct cli_server_broker *broker, struct base_diag *diag) BASE_MUST_CHECK;
void cli_server_broker_stop(struct cli_server_broker *broker);
void cli_server_broker_exited(struct cli_server_broker *broker);
void cli_server_broker_free(struct cli_server_broker *broker);
BASE_AUTO_FREE(cli_server_broker)
pid_t cli_server_broker_pid(const struct cli_server_broker *broker);
int cli_server_broker_port(const struct cli_server_broker *broker);
const char *cli_server_broker_url(const struct cli_server_broker *broker, enum cli_broker_user user);
const char *cli_server_broker_password(const struct cli_server_broker *broker, enum cli_broker_user user);

/* What is shown, the same for `hutong serve` and `hutong up`, which passes them on likewise. */
#define CLI_MIRROR_OPTIONS                                                                                     \
    {"feed",                                                                                                   \
     "HUTONG_FEEDS",                                                                                           \
     BASE_OPTION_TEXT,                                                                                         \
     "CONNINFO",                                                                                               \
     NULL,                                                                                                     \
     true,                                                                                                     \
     "show the estates of this database too; again for more, in the environment with ; between"},              \
        {"mirror-memory",                                                                                      \
         "HUTONG_MIRROR_MEMORY",                                                                               \
         BASE_OPTION_INT,                                                                                      \
         "MB",                                                                                                 \
         "4096",                                                                                               \
         false,                                                                                                \
         "rows in memory, of which tiles are made; more are refused"},                                         \
    {                                                                                                          \
        "cache-memory", "HUTONG_CACHE_MEMORY", BASE_OPTION_INT, "MB", "256", false, "finished tiles in memory" \
    }

/* Who is let in, the same for `hutong serve` and `hutong up`, which passes them on by their environment. */
#define CLI_ACCESS_OPTIONS                                                                                          \
    {"tls-cert", "HUTONG_TLS_CERT", BASE_OPTION_TEXT, "FILE", NULL, false, "certificate chain (PEM): speak HTTPS"}, \
        {"tls-key",                                                                                                 \
         "HUTONG_TLS_KEY",                                                                                          \
         BASE_OPTION_TEXT,                                                                                          \
         "FILE",                                                                                                    \
         NULL,                                                                                                      \
         false,                                                                                                     \
         "its private key (PEM), readable by us alone"},                                                            \
        {"proxies",                                                                                                 \
         "HUTONG_PROXIES",                                                                                          \
         BASE_OPTION_TEXT,                                                                                          \
         "A,B",                                                                                                     \
         NULL,                                                                                                      \
         false,                                                                                                     \
         "addresses of our own proxies, whose X-Forwarded-* is believed"},                                          \
        {"jwt-keys",                                                                                                \
         "HUTONG_JWT_KEYS",                                                                                         \
         BASE_OPTION_TEXT,                                                                                          \
         "FILE",                                                                                                    \
         NULL,                                                                                                      \
         false,                                                                                                     \
         "take JWT signed by a key of this JWKS file (RS256, ES256); read again when it changes"},                  \
        {"jwt-issuer", "HUTONG_JWT_ISSUER", BASE_OPTION_TEXT, "TEXT", NULL, false, "what their iss must be"},       \
        {"jwt-audience", "HUTONG_JWT_AUDIENCE", BASE_OPTION_TEXT, "TEXT", NULL, false, "what their aud has"},       \
        {"session-idle",                                                                                            \
         "HUTONG_SESSION_IDLE",                                                                                     \
         BASE_OPTION_SPAN,                                                                                          \
         "SPAN",                                                                                                    \
         "30min",                                                                                                   \
         false,                                                                                                     \
         "a session that nobody uses ends after this"},                                                             \
    {                                                                                                               \
        "session-life", "HUTONG_SESSION_LIFE", BASE_OPTION_SPAN, "SPAN", "7d", false, "and any after this"          \
    }

#endif
