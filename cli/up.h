/* up: the supervisor's state, and what its files do for it. Private to cli/. */
#ifndef HUTONG_CLI_UP_H
#define HUTONG_CLI_UP_H

#include "cli/cli.h"

enum { CLI_UP_CHILDREN = 8, CLI_UP_ARGUMENTS = 4 };

/* Something that runs and is started again when it ends.
 *
 *   start ──> running (pid > 0) ──ended──> waiting until due_us ──> start ...
 *                 └── ran for a while: the delay is short again
 */
struct cli_up_child {
    const char *name; /* "ingest": what ps shows is "hutong ingest" */
    enum { CLI_UP_POSTGRES, CLI_UP_BROKER, CLI_UP_PROGRAM } kind;
    const char *option; /* its one argument; NULL: none */
    const char *broker; /* HUTONG_BROKER as this child gets it; NULL: as we have it */
    pid_t pid;
    int64_t started_us;
    int64_t delay_us;
    int64_t due_us; /* when to start it again; 0: it runs */
    int ended;      /* how often so far */
};

struct cli_up {
    struct cli_user user;
    char *var;   /* absolute: where the state lies */
    char *asked; /* absolute: where it was asked for, when PostgreSQL's user cannot get there; else NULL */
    int lock;    /* held as long as we live */
    int signals; /* signalfd */
    bool demo;
    bool past; /* the demo starts with the day before */
    bool json;
    bool terminal;
    bool open; /* nobody has an account */
    const char *bind;
    bool tls; /* serve speaks HTTPS */
    int port;
    const char *mqtt_bind; /* NULL: loopback only */
    int mqtt_port;
    struct cli_server_postgres *postgres; /* NULL: HUTONG_DATABASE is somebody's own */
    struct cli_server_broker *broker;     /* NULL: HUTONG_BROKER is somebody's own */
    const char *database;
    const char *broker_url;
    char url[64];
    struct cli_up_child children[CLI_UP_CHILDREN]; /* in the order of their start */
    size_t child_count;
};

/* up_var.c: makes the place, moves when it must, takes the lock; writes hutong.env. */
enum base_err cli_up_var_take(struct cli_up *up, const char *var, struct base_diag *diag) BASE_MUST_CHECK;
enum base_err cli_up_var_write(const struct cli_up *up, struct base_diag *diag) BASE_MUST_CHECK;
/* Does the text hold the password kept under that name, so that it names a server of this VAR? */
bool cli_up_var_knows(const struct cli_up *up, const char *password_name, const char *text);

/* up_server.c: private servers, or checks of somebody's own; then migrations. */
enum base_err cli_up_server_start(struct cli_up *up, struct base_diag *diag) BASE_MUST_CHECK;
/* Asks whether nobody has an account; then only this machine may reach the map. */
enum base_err cli_up_server_open(struct cli_up *up, struct base_diag *diag) BASE_MUST_CHECK;

/* up_child.c */
struct cli_up_child *cli_up_child_add(struct cli_up *up, const char *name, const char *broker);
enum base_err cli_up_child_start(struct cli_up *up, struct cli_up_child *child, struct base_diag *diag) BASE_MUST_CHECK;
void cli_up_child_reap(struct cli_up *up);
void cli_up_child_restart_due(struct cli_up *up);
int cli_up_child_wait_ms(const struct cli_up *up); /* until the next one is due; -1: none waits */
void cli_up_child_stop_all(struct cli_up *up);     /* also the servers, last */

/* up_ready.c */
bool cli_up_ready_answers(const struct cli_up *up); /* does GET /healthz say 200? With TLS: does it take connections? */
void cli_up_ready_print(const struct cli_up *up);

/* up_phone.c: --mqtt-bind: an OwnTracks source, an open shift, and what to type into the phone. */
enum base_err cli_up_phone_prepare(const struct cli_up *up, struct base_diag *diag) BASE_MUST_CHECK;
void cli_up_phone_print(const struct cli_up *up);

/* up_task.c: --demo: where to try /task, and the code to sign in with. */
void cli_up_task_print(const struct cli_up *up);

/* up_demo.c: --demo: the generated district, its sources and shifts. */
enum base_err cli_up_demo_prepare(const struct cli_up *up, struct base_diag *diag) BASE_MUST_CHECK;

#endif
