/* The two servers under everything: private ones, or somebody's own after a check. Then the schema. */
#include "cli/doctor.h"
#include "cli/up.h"
#include "data/data.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

/* A variable that a shell took from our own hutong.env names our private server, not somebody's own. */
static const char *own(const struct cli_up *up, const char *variable, const char *password_name)
{
    const char *value = getenv(variable);
    return value && *value && !cli_up_var_knows(up, password_name, value) ? value : NULL;
}

static struct cli_up_child *add_server(struct cli_up *up, const char *name, pid_t pid)
{
    struct cli_up_child *child = cli_up_child_add(up, name, NULL);
    child->pid = pid;
    child->started_us = base_clock_mono_us();
    child->due_us = 0;
    return child;
}

static enum base_err start_postgres(struct cli_up *up, struct base_diag *diag)
{
    const char *given = own(up, "HUTONG_DATABASE", "postgres.password");
    if (given) {
        up->database = given;
        return cli_doctor_refuse(given, diag);
    }
    const struct cli_server server = {.var = up->var, .user = &up->user};
    enum base_err err = cli_server_postgres_new(&server, diag, &up->postgres);
    if (!err) {
        err = cli_server_postgres_start(up->postgres, diag);
    }
    if (!err) {
        up->database = cli_server_postgres_database(up->postgres);
        add_server(up, "postgres", cli_server_postgres_pid(up->postgres))->kind = CLI_UP_POSTGRES;
    }
    return err;
}

static enum base_err start_broker(struct cli_up *up, struct base_diag *diag)
{
    const char *given = own(up, "HUTONG_BROKER", "broker.hutong.password");
    if (given && up->mqtt_bind) {
        return base_diag_set(
            diag, BASE_USAGE,
            "--mqtt-bind is for the private broker, and HUTONG_BROKER names another; give one of them");
    }
    if (given) {
        up->broker_url = given;
        return BASE_OK;
    }
    const struct cli_server server = {.var = up->var, .user = &up->user, .bind = up->mqtt_bind, .port = up->mqtt_port};
    enum base_err err = cli_server_broker_new(&server, diag, &up->broker);
    if (!err) {
        err = cli_server_broker_start(up->broker, diag);
    }
    if (!err) {
        up->broker_url = cli_server_broker_url(up->broker, CLI_BROKER_HUTONG);
        add_server(up, "broker", cli_server_broker_pid(up->broker))->kind = CLI_UP_BROKER;
    }
    return err;
}

static enum base_err migrate(const struct cli_up *up, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    int applied = 0;
    enum base_err err = data_conn_open(up->database, "hutong up", diag, &conn);
    if (!err) {
        err = data_migrate(conn, diag, &applied);
    }
    if (!err && applied) {
        base_log(BASE_LOG_INFO, "schema brought up to date", base_log_i64("steps", applied));
    }
    return err;
}

enum base_err cli_up_server_start(struct cli_up *up, struct base_diag *diag)
{
    enum base_err err = start_postgres(up, diag);
    if (!err) {
        err = start_broker(up, diag);
    }
    return err ? err : migrate(up, diag);
}

static bool is_loopback(const char *address)
{
    struct in_addr at;
    return inet_pton(AF_INET, address, &at) == 1 && ntohl(at.s_addr) >> 24 == 127;
}

/* While nobody has an account, whoever reaches the map is administrator: this machine alone may. */
enum base_err cli_up_server_open(struct cli_up *up, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_conn_open(up->database, "hutong up", diag, &conn);
    err = err ? err : data_run(conn, DATA_ACCESS_OPEN, DATA_NO_ARGS, diag, &rows);
    up->open = !err && data_rows_bool(rows, 0, 0);
    const char *proxies = getenv("HUTONG_PROXIES");
    if (up->open && proxies && *proxies) {
        return base_diag_set(diag, BASE_USAGE,
                             "--proxies %s: nobody has an account yet, so whoever the proxy lets in is administrator; "
                             "start without it, make one (hutong user add NAME --role administrator), then start again",
                             proxies);
    }
    if (up->open && !is_loopback(up->bind)) {
        return base_diag_set(diag, BASE_USAGE,
                             "--bind %s: nobody has an account yet, so whoever reaches the map is administrator; start "
                             "it on 127.0.0.1, make one (hutong user add NAME --role administrator), then start again",
                             up->bind);
    }
    return err;
}
