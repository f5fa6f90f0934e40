/* The private Mosquitto: persistent, unlimited queues (the broker is the queue while the database is away), no
 * strangers. */
#include "cli/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { START_US = 30000000, STOP_US = 30000000 };

/* Topics that the known formats are published under. A phone may write below its own name only, and read
 * nothing: OwnTracks' friends feature would show everybody's position to everybody. "#" holds no topic that begins with
 * "$": those of two clouds are named. */
static const struct {
    const char *name;
    const char *acl;
} users[CLI_BROKER_USERS] = {
    [CLI_BROKER_INGEST] = {"ingest", "topic read #\ntopic read $SYS/#\ntopic read $oc/#\ntopic read $thing/#\n"},
    [CLI_BROKER_SERVE] = {"serve", "topic write hutong/checkins/#\n"},
    [CLI_BROKER_DEVICE] = {"device",
                           "topic deny hutong/checkins/#\ntopic write #\ntopic write $oc/#\ntopic write $thing/#\n"},
    [CLI_BROKER_PHONE] = {"phone", "topic write owntracks/phone/#\n"},
    [CLI_BROKER_HUTONG] = {"hutong",
                           "topic readwrite #\ntopic read $SYS/#\ntopic readwrite $oc/#\ntopic readwrite $thing/#\n"},
};

struct cli_server_broker {
    struct cli_user user;
    pid_t pid;
    int port;
    char *var;
    char *bind;
    char *program;
    char *hasher; /* mosquitto_passwd */
    char *directory;
    char *log;
    char *urls[CLI_BROKER_USERS];
    char passwords[CLI_BROKER_USERS][CLI_KEPT_PASSWORD];
};

static enum base_err find_programs(struct cli_server_broker *broker, struct base_diag *diag)
{
    const char *given = getenv("HUTONG_MOSQUITTO_BIN"); /* only there, when it is set */
    if (given && *given) {
        if (asprintf(&broker->program, "%s/mosquitto", given) < 0) {
            broker->program = NULL;
        }
        if (broker->program && access(broker->program, X_OK) != 0) {
            free(broker->program);
            broker->program = NULL;
        }
    } else {
        broker->program = cli_process_find("/usr/sbin:/usr/local/sbin", "mosquitto");
    }
    broker->hasher = cli_process_find("/usr/bin", "mosquitto_passwd");
    if (!broker->program || !broker->hasher) {
        return base_diag_set(diag, BASE_NOT_FOUND,
                             "the MQTT broker Mosquitto is not installed; install the package mosquitto (make setup "
                             "does it), or set HUTONG_BROKER to a broker of your own");
    }
    return BASE_OK;
}

static enum base_err places(struct cli_server_broker *broker, struct base_diag *diag)
{
    char *logs = NULL;
    enum base_err err = BASE_OK;
    if (asprintf(&broker->directory, "%s/broker", broker->var) < 0) {
        broker->directory = NULL;
    }
    if (asprintf(&broker->log, "%s/log/broker.log", broker->var) < 0) {
        broker->log = NULL;
    }
    if (!broker->directory || !broker->log || asprintf(&logs, "%s/log", broker->var) < 0) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    err = base_file_mkdirs(logs, 0700, diag);
    if (!err) {
        err = cli_user_mkdir(&broker->user, broker->directory, diag);
    }
    free(logs);
    return err;
}

/* Where our own processes reach it: the listener's address, or loopback when it listens everywhere. */
static const char *reached_at(const struct cli_server_broker *broker)
{
    return strcmp(broker->bind, "0.0.0.0") == 0 ? "127.0.0.1" : broker->bind;
}

static enum base_err kept(struct cli_server_broker *broker, int wanted, struct base_diag *diag)
{
    enum base_err err = cli_kept_port(broker->var, "broker.port", broker->bind, wanted, diag, &broker->port);
    for (int i = 0; i < CLI_BROKER_USERS && !err; i++) {
        char name[64];
        snprintf(name, sizeof name, "broker.%s.password", users[i].name);
        err = cli_kept_password(broker->var, name, diag, broker->passwords[i]);
        if (!err && asprintf(&broker->urls[i], "mqtt://%s:%s@%s:%d", users[i].name, broker->passwords[i],
                             reached_at(broker), broker->port) < 0) {
            broker->urls[i] = NULL;
            err = base_diag_set(diag, BASE_NOMEM, "out of memory");
        }
    }
    return err;
}

static enum base_err write_in(const struct cli_server_broker *broker, const char *name, const struct base_buf *text,
                              struct base_diag *diag)
{
    char *path = NULL;
    if (text->err || asprintf(&path, "%s/%s", broker->directory, name) < 0) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = cli_user_write(&broker->user, path, text->data, text->len, diag);
    free(path);
    return err;
}

/* mosquitto_passwd -U hashes a file in place; its other forms would show the passwords in ps. */
static enum base_err write_passwords(const struct cli_server_broker *broker, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) text;
    AUTO_VALUE(base_buf) output;
    base_buf_init(&text, 4096);
    base_buf_init(&output, 4096);
    for (int i = 0; i < CLI_BROKER_USERS; i++) {
        base_buf_printf(&text, "%s:%s\n", users[i].name, broker->passwords[i]);
    }
    enum base_err err = write_in(broker, "passwords", &text, diag);
    if (!err) {
        err = cli_process_run(
            &(struct cli_process){
                .argv = (const char *const[]){broker->hasher, "-U", "passwords", NULL},
                .user = &broker->user,
                .directory = broker->directory,
                .death_signal = SIGKILL,
            },
            diag, &output);
        err = err ? cli_server_explain(err, base_buf_cstr(&output), broker->var, diag) : BASE_OK;
    }
    return err;
}

static enum base_err write_topics(const struct cli_server_broker *broker, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 4096);
    for (int i = 0; i < CLI_BROKER_USERS; i++) {
        base_buf_printf(&text, "user %s\n%s\n", users[i].name, users[i].acl);
    }
    return write_in(broker, "topics", &text, diag);
}

static enum base_err write_conf(const struct cli_server_broker *broker, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 16384);
    base_buf_printf(&text,
                    "# Written by hutong at each start.\n"
                    "listener %d %s\n"
                    "allow_anonymous false\n"
                    "password_file %s/passwords\n"
                    "acl_file %s/topics\n"
                    "\n# A session that is away for long keeps all that was sent to it.\n"
                    "persistence true\n"
                    "persistence_location %s/\n"
                    "autosave_interval 10\n"
                    "max_inflight_messages 0\n"
                    "max_queued_messages 0\n"
                    "\n# Above the largest message that is kept as a dead letter; a camera's picture is none.\n"
                    "message_size_limit 2097152\n"
                    "set_tcp_nodelay true\n"
                    "connection_messages false\n"
                    "log_dest stderr\n"
                    "log_type error\nlog_type warning\nlog_type notice\n"
                    "log_timestamp_format %%Y-%%m-%%dT%%H:%%M:%%SZ\n",
                    broker->port, broker->bind, broker->directory, broker->directory, broker->directory);
    return write_in(broker, "mosquitto.conf", &text, diag);
}

enum base_err cli_server_broker_new(const struct cli_server *server, struct base_diag *diag,
                                    struct cli_server_broker **ret_broker)
{
    AUTO(cli_server_broker) broker = calloc(1, sizeof *broker);
    if (!broker || !(broker->var = strdup(server->var)) ||
        !(broker->bind = strdup(server->bind ? server->bind : "127.0.0.1"))) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    broker->user = *server->user;
    enum base_err err = find_programs(broker, diag);
    if (!err) {
        err = places(broker, diag);
    }
    if (!err) {
        err = cli_process_leftover(broker->directory, "mosquitto", SIGTERM, diag);
    }
    if (!err) {
        err = kept(broker, server->port, diag);
    }
    if (!err) {
        err = write_passwords(broker, diag);
    }
    if (!err) {
        err = write_topics(broker, diag);
    }
    if (!err) {
        err = write_conf(broker, diag);
    }
    if (err) {
        return err;
    }
    *ret_broker = broker;
    broker = NULL;
    return BASE_OK;
}

static bool answers(const struct cli_server_broker *broker)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)broker->port)};
    if (inet_pton(AF_INET, reached_at(broker), &at.sin_addr) != 1) {
        return false;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return good;
}

static enum base_err wait_answer(struct cli_server_broker *broker, off_t log_start, struct base_diag *diag)
{
    int64_t deadline = base_clock_mono_us() + START_US;
    while (!answers(broker)) {
        bool ended = waitpid(broker->pid, NULL, WNOHANG) == broker->pid;
        if (ended) {
            broker->pid = 0;
        }
        if (ended || base_clock_mono_us() > deadline) {
            cli_server_broker_stop(broker);
            return cli_server_log_explain(broker->log, log_start, "the MQTT broker", diag);
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return BASE_OK;
}

enum base_err cli_server_broker_start(struct cli_server_broker *broker, struct base_diag *diag)
{
    int output;
    struct stat log = {.st_size = 0};
    enum base_err err = cli_process_leftover(broker->directory, "mosquitto", SIGTERM, diag);
    if (!err) {
        err = cli_server_log_open(broker->log, diag, &output);
    }
    if (err) {
        return err;
    }
    err = fstat(output, &log) != 0
              ? base_diag_set(diag, BASE_IO, "%s cannot be read", broker->log)
              : cli_process_start(
                    &(struct cli_process){
                        .argv = (const char *const[]){broker->program, "-c", "mosquitto.conf", NULL},
                        .environment = (const char *const[]){"TZ=UTC", NULL},
                        .user = &broker->user,
                        .directory = broker->directory,
                        .output = output,
                        .death_signal = SIGTERM, /* it saves its sessions and ends */
                    },
                    diag, &broker->pid);
    close(output);
    return err ? err : wait_answer(broker, log.st_size, diag);
}

void cli_server_broker_stop(struct cli_server_broker *broker)
{
    cli_process_stop(broker->pid, SIGTERM, STOP_US);
    broker->pid = 0;
}

void cli_server_broker_exited(struct cli_server_broker *broker)
{
    broker->pid = 0;
}

void cli_server_broker_free(struct cli_server_broker *broker)
{
    if (!broker) {
        return;
    }
    cli_server_broker_stop(broker);
    free(broker->var);
    free(broker->bind);
    free(broker->program);
    free(broker->hasher);
    free(broker->directory);
    free(broker->log);
    for (int i = 0; i < CLI_BROKER_USERS; i++) {
        free(broker->urls[i]);
    }
    free(broker);
}

pid_t cli_server_broker_pid(const struct cli_server_broker *broker)
{
    return broker->pid;
}

int cli_server_broker_port(const struct cli_server_broker *broker)
{
    return broker->port;
}

const char *cli_server_broker_url(const struct cli_server_broker *broker, enum cli_broker_user user)
{
    return broker->urls[user];
}

const char *cli_server_broker_password(const struct cli_server_broker *broker, enum cli_broker_user user)
{
    return broker->passwords[user];
}
