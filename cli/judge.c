/* hutong judge: decides windows of duties, in the foreground, until SIGTERM or SIGINT. */
#include "cli/cli.h"
#include "duty/duty.h"
#include "incident/incident.h"

#include <pthread.h>
#include <signal.h>

static const struct base_option options[] = {
    {.name = "once", .type = BASE_OPTION_FLAG, .help = "do what is due now, then end"},
    {.name = "at",
     .type = BASE_OPTION_TEXT,
     .value = "TIME",
     .help = "with --once: as if it were that time, such as 2026-11-21T08:00:00Z"},
    {.name = "lanes",
     .env = "HUTONG_JUDGE_LANES",
     .type = BASE_OPTION_INT,
     .value = "N",
     .standard = "0",
     .help = "estates judged at once, 1-16, each over a connection of its own; 0: by the processors, 4 at most"},
    {.name = "link",
     .env = "HUTONG_LINK",
     .type = BASE_OPTION_TEXT,
     .value = "URL",
     .help = "where the page is, such as https://map.example.org/: notices link to it"},
    {.name = "webhook-private",
     .env = "HUTONG_WEBHOOK_PRIVATE",
     .type = BASE_OPTION_FLAG,
     .help = "notices may also go to private addresses, and to this machine"},
};

static const struct cli_command command = {
    .usage =
        "hutong judge [--lanes N] [--link URL] [--webhook-private] [--once [--at TIME]]\n"
        "Opens the windows of duties and decides each when its grace is over and every source that could prove it has\n"
        "been read so far: met, missed, unknown or waived, with the evidence. What comes late is judged again. Beside\n"
        "it the clocks of incidents warn, break and escalate at their times, what rules find becomes incidents, and\n"
        "notices are sent to who must act. Any number may run, on any machines: one judges windows, the others stand\n"
        "by. Ends cleanly on SIGTERM.",
    .options = options,
    .count = BASE_COUNT(options),
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void *fire_clocks(void *unused)
{
    const struct incident_run_options clocks = {.stop = &stop};
    (void)unused;
    incident_run(&clocks);
    return NULL;
}

static void *deliver(void *notices)
{
    incident_deliver_run(notices);
    return NULL;
}

/* Clocks and notices have threads of their own: neither a long turn at an estate nor somebody's server delays any. */
static enum base_err run_all(const struct duty_judge_options *judge, struct incident_deliver_options *notices,
                             struct base_diag *diag)
{
    pthread_t clocks, sending;
    if (pthread_create(&clocks, NULL, fire_clocks, NULL) != 0) {
        return base_diag_set(diag, BASE_NOMEM, "cannot start a thread");
    }
    bool sends = pthread_create(&sending, NULL, deliver, notices) == 0;
    enum base_err err = sends ? duty_judge_run(judge, diag) : base_diag_set(diag, BASE_NOMEM, "cannot start a thread");
    stop = 1; /* also when windows cannot be judged: whoever supervises starts all again */
    pthread_join(clocks, NULL);
    if (sends) {
        pthread_join(sending, NULL);
    }
    return err;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    const char *at = base_option_text(given, "at");
    struct duty_judge_options judge = {
        .once = base_option_flag(given, "once"), .lanes = base_option_int(given, "lanes"), .stop = &stop};
    if (given->operand_count) {
        return base_diag_set(diag, BASE_USAGE, "takes no operands, but got \"%s\"", given->operands[0]);
    }
    if (judge.lanes < 0 || judge.lanes > DUTY_LANES_MAX) {
        return base_diag_set(diag, BASE_USAGE, "--lanes: between 1 and %d, or 0", DUTY_LANES_MAX);
    }
    if (at && !judge.once) {
        return base_diag_set(diag, BASE_USAGE, "--at needs --once: time goes on by itself otherwise");
    }
    if (at && !base_time_in(base_str_of(at), &judge.at_us)) {
        return base_diag_set(diag, BASE_USAGE, "--at: \"%s\" is not a time such as 2026-11-21T08:00:00Z", at);
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    base_log_name_set("judge");
    if (!judge.once) {
        struct incident_deliver_options notices = {.link = base_option_text(given, "link"),
                                                   .private_too = base_option_flag(given, "webhook-private"),
                                                   .stop = &stop};
        return run_all(&judge, &notices, diag);
    }
    enum base_err err = incident_run_once(NULL, judge.at_us, diag);
    return err ? err : duty_judge_run(&judge, diag);
}

int cli_judge_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
