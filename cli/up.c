/* hutong up: starts everything in order, starts again what dies, and leaves nothing behind. */
#include "cli/up.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { READY_US = 60000000, READY_LOOK_MS = 50, READY_DEATHS = 3 };

static const struct base_option options[] = {
    {.name = "demo", .type = BASE_OPTION_FLAG, .help = "add a generated district and simulated devices"},
    {.name = "no-past",
     .type = BASE_OPTION_FLAG,
     .help = "with --demo: no day before is played, and nobody owes anything yet"},
    {.name = "port",
     .env = "HUTONG_PORT",
     .type = BASE_OPTION_INT,
     .value = "N",
     .standard = "8080",
     .help = "port of the map; 0 takes a free one and keeps it"},
    {.name = "bind",
     .env = "HUTONG_BIND",
     .type = BASE_OPTION_TEXT,
     .value = "A",
     .standard = "127.0.0.1",
     .help = "IPv4 address of the map; beyond this machine only once somebody has an account"},
    {.name = "mqtt-port",
     .env = "HUTONG_MQTT_PORT",
     .type = BASE_OPTION_INT,
     .value = "N",
     .help = "port of the private broker; else a free one, which is kept"},
    {.name = "mqtt-bind",
     .env = "HUTONG_MQTT_BIND",
     .type = BASE_OPTION_TEXT,
     .value = "A",
     .help = "let phones connect: IPv4 address of this machine for the broker, 0.0.0.0 for all"},
    {.name = "var",
     .env = "HUTONG_VAR",
     .type = BASE_OPTION_TEXT,
     .value = "DIR",
     .standard = "./var",
     .help = "where database, broker, keys and logs lie"},
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "print the ready line as JSON, also on a terminal"},
    CLI_MIRROR_OPTIONS,
    CLI_ACCESS_OPTIONS,
};

static const struct cli_command command = {
    .usage = "hutong up [options]\n"
             "Starts a private PostgreSQL and MQTT broker (or uses HUTONG_DATABASE and HUTONG_BROKER), brings the\n"
             "schema up to date, then ingest and the map; starts again what dies. Ctrl-C ends everything.\n"
             "Ready when it prints {\"url\":...,\"database\":...,\"broker\":...}, on a terminal a friendlier text.",
    .options = options,
    .count = BASE_COUNT(options),
};

/* What was given reaches `hutong serve` by its environment. */
static bool pass_on(const struct base_options *given)
{
    static const struct base_option passed[] = {CLI_MIRROR_OPTIONS, CLI_ACCESS_OPTIONS};
    bool good = true;
    for (size_t i = 0; i < given->count && good; i++) {
        for (size_t k = 0; k < BASE_COUNT(passed) && good; k++) {
            bool named = strcmp(given->table[i].name, passed[k].name) == 0 && given->values[i];
            good = !named || setenv(passed[k].env, given->values[i], 1) == 0;
        }
    }
    return good;
}

static enum base_err check(struct cli_up *up, const struct base_options *given, struct base_diag *diag)
{
    int64_t port = base_option_int(given, "port");
    int64_t mqtt_port = base_option_int(given, "mqtt-port");
    if (given->operand_count) {
        return base_diag_set(diag, BASE_USAGE, "takes no operands, but got \"%s\"", given->operands[0]);
    }
    if (port < 0 || port > 65535 || mqtt_port < 0 || mqtt_port > 65535) {
        return base_diag_set(diag, BASE_USAGE, "a port is a number from 1 to 65535, or 0 for a free one");
    }
    up->bind = base_option_text(given, "bind");
    up->bind = strcmp(up->bind, "localhost") == 0 ? "127.0.0.1" : up->bind;
    struct in_addr address;
    if (inet_pton(AF_INET, up->bind, &address) != 1) {
        return base_diag_set(diag, BASE_USAGE, "--bind %s is no IPv4 address; use 127.0.0.1, or 0.0.0.0 for all",
                             up->bind);
    }
    if (!pass_on(given)) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    up->tls = base_option_text(given, "tls-cert") != NULL;
    up->port = (int)port;
    up->mqtt_port = (int)mqtt_port;
    up->mqtt_bind = base_option_text(given, "mqtt-bind");
    up->demo = base_option_flag(given, "demo");
    up->past = !base_option_flag(given, "no-past");
    up->json = base_option_flag(given, "json");
    up->terminal = isatty(STDOUT_FILENO) == 1;
    return BASE_OK;
}

/* Signals wait in a descriptor from the first moment: none can come between two steps and leave half of them. */
static enum base_err take_signals(struct cli_up *up, struct base_diag *diag)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    up->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return up->signals < 0 ? base_diag_set(diag, BASE_IO, "cannot wait for signals") : BASE_OK;
}

static bool told_to_end(const struct cli_up *up)
{
    struct signalfd_siginfo info;
    bool end = false;
    while (read(up->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        end = end || info.ssi_signo != SIGCHLD;
    }
    return end;
}

static enum base_err set_environment(const struct cli_up *up, struct base_diag *diag)
{
    char port[16];
    snprintf(port, sizeof port, "%d", up->port);
    bool good = setenv("HUTONG_VAR", up->var, 1) == 0 && setenv("HUTONG_DATABASE", up->database, 1) == 0 &&
                setenv("HUTONG_BROKER", up->broker_url, 1) == 0 && setenv("HUTONG_BIND", up->bind, 1) == 0 &&
                setenv("HUTONG_PORT", port, 1) == 0;
    return good ? BASE_OK : base_diag_set(diag, BASE_NOMEM, "out of memory");
}

static enum base_err prepare(struct cli_up *up, const char *var, struct base_diag *diag)
{
    enum base_err err = take_signals(up, diag);
    if (!err) {
        err = cli_user_find(diag, &up->user);
    }
    if (!err) {
        err = cli_up_var_take(up, var, diag);
    }
    if (!err) {
        err = up->port ? cli_kept_port_free("map", up->bind, up->port, diag)
                       : cli_kept_port(up->var, "http.port", up->bind, 0, diag, &up->port);
    }
    if (!err) {
        snprintf(up->url, sizeof up->url, "%s://%s:%d", up->tls ? "https" : "http", up->bind, up->port);
        err = cli_up_server_start(up, diag);
    }
    if (!err) {
        err = cli_up_server_open(up, diag);
    }
    if (!err) {
        err = set_environment(up, diag);
    }
    if (!err) {
        err = cli_up_var_write(up, diag);
    }
    if (!err && up->mqtt_bind) {
        err = cli_up_phone_prepare(up, diag);
    }
    if (!err && up->demo) {
        err = cli_up_demo_prepare(up, diag);
    }
    return err;
}

static enum base_err start_programs(struct cli_up *up, struct base_diag *diag)
{
    const struct cli_server_broker *broker = up->broker;
    cli_up_child_add(up, "serve", broker ? cli_server_broker_url(broker, CLI_BROKER_SERVE) : NULL);
    cli_up_child_add(up, "ingest", broker ? cli_server_broker_url(broker, CLI_BROKER_INGEST) : NULL);
    cli_up_child_add(up, "judge", NULL);
    if (up->demo) {
        struct cli_up_child *child =
            cli_up_child_add(up, "simulate", broker ? cli_server_broker_url(broker, CLI_BROKER_DEVICE) : NULL);
        child->option = up->past ? "--past" : NULL;
    }
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < up->child_count && !err; i++) {
        if (up->children[i].kind == CLI_UP_PROGRAM) {
            err = cli_up_child_start(up, &up->children[i], diag);
        }
    }
    return err;
}

/* Before the first answer a child that cannot stay up is a fault to report, afterwards one to live with. */
static enum base_err hopeless(const struct cli_up *up, int64_t since_us, struct base_diag *diag)
{
    for (size_t i = 0; i < up->child_count; i++) {
        if (up->children[i].ended >= READY_DEATHS) {
            return base_diag_set(diag, BASE_IO, "%s ended %d times while starting; what it said is above",
                                 up->children[i].name, up->children[i].ended);
        }
    }
    if (base_clock_mono_us() - since_us > READY_US) {
        return base_diag_set(diag, BASE_TIMEOUT, "%s/healthz does not answer", up->url);
    }
    return BASE_OK;
}

static enum base_err run(struct cli_up *up, struct base_diag *diag)
{
    bool ready = false;
    int64_t since = base_clock_mono_us();
    while (!told_to_end(up)) {
        cli_up_child_reap(up);
        cli_up_child_restart_due(up);
        if (!ready && cli_up_ready_answers(up)) {
            ready = true;
            cli_up_ready_print(up);
        }
        enum base_err err = ready ? BASE_OK : hopeless(up, since, diag);
        if (err) {
            return err;
        }
        struct pollfd wait = {.fd = up->signals, .events = POLLIN};
        poll(&wait, 1, ready ? cli_up_child_wait_ms(up) : READY_LOOK_MS);
    }
    return BASE_OK;
}

static void release(struct cli_up *up)
{
    cli_server_broker_free(up->broker);
    cli_server_postgres_free(up->postgres);
    free(up->var);
    free(up->asked);
    if (up->signals >= 0) {
        close(up->signals);
    }
    if (up->lock >= 0) {
        close(up->lock);
    }
}

int cli_up_main(int argc, char **argv)
{
    struct base_options given;
    struct base_diag diag = {.text = ""};
    int code = cli_command_options(&command, argc, argv, &given);
    if (code != CLI_GO_ON) {
        return code;
    }
    struct cli_up up = {.lock = -1, .signals = -1};
    enum base_err err = check(&up, &given, &diag);
    if (!err) {
        err = prepare(&up, base_option_text(&given, "var"), &diag);
    }
    if (!err) {
        err = start_programs(&up, &diag);
    }
    if (!err) {
        err = run(&up, &diag);
    }
    cli_up_child_stop_all(&up);
    release(&up);
    base_options_release(&given);
    return err ? cli_command_fail("up", err, &diag) : 0;
}
