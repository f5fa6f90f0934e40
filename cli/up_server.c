/* The two servers under everything: private ones, or somebody's own after a check. Then the schema. */
#include "cli/doctor.h"
#include "cli/up.h"
#include "data/data.h"

#include <stdlib.h>
#include <string.h>

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

/* Is there an account? Beyond loopback there must be: said here, before serve is started and says so three times. */
static enum base_err check_reach(struct cli_up *up, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_ACCESS_OPEN, DATA_NO_ARGS, diag, &rows);
    up->open = !err && data_rows_bool(rows, 0, 0);
    if (up->open && strncmp(up->bind, "127.", 4) != 0) {
        err = base_diag_set(
            diag, BASE_USAGE,
            "--bind %s: there is no account yet, so whoever reaches the map would be administrator; start "
            "without --bind, then `hutong user add NAME --role administrator`, then again with it",
            up->bind);
    }
    return err;
}

static enum base_err migrate(struct cli_up *up, struct base_diag *diag)
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
    return err ? err : check_reach(up, conn, diag);
}

enum base_err cli_up_server_start(struct cli_up *up, struct base_diag *diag)
{
    enum base_err err = start_postgres(up, diag);
    if (!err) {
        err = start_broker(up, diag);
    }
    return err ? err : migrate(up, diag);
}
