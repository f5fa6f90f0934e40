/* A slow second opinion on incidents: its own list of steps, clocks that count minute by minute. Times are whole
 * minutes since 1970; which minutes are worked is a table made with the C library's time zones. Ownership  lines are
 * the oracle's. Threads: one. */
#ifndef HUTONG_TESTS_INCIDENT_ORACLE_H
#define HUTONG_TESTS_INCIDENT_ORACLE_H

#include "base/base.h"

enum { ORACLE_STAGES = 4, ORACLE_STATES = 13, ORACLE_CLOCKS = 160, ORACLE_LINES = 400, ORACLE_LINE = 64 };

struct oracle_hours {
    const uint8_t *worked; /* by minute since first; NULL: all */
    int64_t first, count;
};

struct oracle_policy {
    int64_t stages[3];   /* respond, resolve, plan: minutes; 0: none */
    int64_t levels[4];   /* by rank; 0: stays */
    const char *reasons; /* of a pause, that stop clocks: "weather parts" */
    struct oracle_hours hours;
};

struct oracle_clock {
    int stage; /* 0 respond, 1 resolve, 2 plan, 3 level */
    int64_t started, total, left, warn, runs_from, due, warn_at;
    bool runs, stopped, warned, breached;
    int64_t stopped_at, warned_at, breached_at;
};

struct oracle {
    const struct oracle_policy *policy;
    const char *state, *before;
    bool dispute, touched, sent;
    int level;
    struct oracle_clock clocks[ORACLE_CLOCKS];
    size_t clock_count;
    char lines[ORACLE_LINES][ORACLE_LINE]; /* "29000000 arrive on_site" */
    size_t line_count;
};

void oracle_report(struct oracle *oracle, const struct oracle_policy *policy, bool of_dispute, int64_t at);
/* Warnings, breaches and escalations due by then. */
void oracle_fire(struct oracle *oracle, int64_t at);
/* Fires first. to: of reclassify, the policy from then on; NULL: nothing would change, or it cannot. False: the step is
 * not allowed. */
bool oracle_act(struct oracle *oracle, const char *step, bool platform, const char *note, bool other,
                const struct oracle_policy *to, int64_t at);
/* The n-th of the steps that there are at its state, in its own order: the ways on come first; counted round. */
void oracle_step(const struct oracle *oracle, int number, char step[16]);
/* When the earliest running clock is due; INT64_MAX: none runs. */
int64_t oracle_breach(const struct oracle *oracle);

#endif
