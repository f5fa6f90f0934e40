/* The second opinion: written apart from the tables it is compared with. */
#include "oracle.h"

#include <stdio.h>
#include <string.h>

static const char *const stage_names[ORACLE_STAGES] = {"respond", "resolve", "plan", "level"};

/* What may be done where: "step>state", "!" needs a note, "*" by either, "@" by the platform alone, "<" back to before.
 */
static const char *const loop[ORACLE_STATES][2] = {
    {"reported", "file>filed* reject>rejected! merge>merged pause>paused! escalate>filed* revoke>closed!@ reclassify! "
                 "urge supervise! comment! call_joint! stand_down "},
    {"filed", "dispatch>dispatched* reject>rejected! merge>merged pause>paused! escalate>filed* revoke>closed!@ "
              "reclassify! urge supervise! comment! call_joint! stand_down "},
    {"dispatched",
     "accept>accepted arrive>on_site* dispatch>dispatched refuse>filed! merge>merged pause>paused! "
     "escalate>filed* revoke>closed!@ reclassify! urge supervise! comment! defer! call_joint! stand_down "},
    {"accepted", "arrive>on_site* dispatch>dispatched! merge>merged pause>paused! escalate>filed* reclassify! urge "
                 "supervise! comment! defer! call_joint! stand_down "},
    {"on_site", "resolve>resolved plan>resolved! dispatch>dispatched! merge>merged pause>paused! escalate>filed* "
                "reclassify! urge supervise! comment! defer! call_joint! stand_down "},
    {"resolved", "feed_back>fed_back urge supervise! comment! stand_down "},
    {"fed_back", "verify>verified rework>dispatched! urge supervise! comment! stand_down "},
    {"verified", "close>closed urge supervise! comment! stand_down "},
    {"paused", "resume>< escalate>filed@ urge supervise! comment! defer! call_joint! stand_down "},
    {"closed", "reopen>filed! "},
    {"rejected", "reopen>reported! "},
    {"merged", "split><! "},
};

static const char *const dispute[ORACLE_STATES][2] = {
    {"reported", "admit>admitted reject>rejected! withdraw>closed! merge>merged pause>paused! escalate>reported* "
                 "reclassify! urge supervise! comment! "},
    {"admitted", "mediate>mediating dispatch refer>referred! withdraw>closed! merge>merged pause>paused! "
                 "escalate>reported* reclassify! urge supervise! comment! defer! "},
    {"mediating", "agree>agreed! fail>failed! mediate dispatch! withdraw>closed! merge>merged pause>paused! "
                  "escalate>reported* reclassify! urge supervise! comment! defer! "},
    {"failed", "refer>referred! mediate>mediating withdraw>closed! escalate>reported* urge supervise! comment! "},
    {"agreed", "follow_up>followed_up! mediate_again>mediating! urge supervise! comment! "},
    {"referred", "follow_up>followed_up! urge supervise! comment! "},
    {"followed_up", "close>closed mediate_again>mediating! follow_up! urge supervise! comment! "},
    {"paused", "resume>< escalate>reported@ urge supervise! comment! defer! "},
    {"closed", "reopen>reported! "},
    {"rejected", "reopen>reported! "},
    {"merged", "split><! "},
};

struct rule {
    bool found, note, people, platform, back;
    char next[16]; /* "": stays */
};

/* The state's row, or one that is empty. */
static const char *const *row_of(const struct oracle *oracle, const char *state)
{
    const char *const(*rules)[2] = oracle->dispute ? dispute : loop;
    size_t i = 0;
    while (i < ORACLE_STATES - 1 && (!rules[i][0] || strcmp(rules[i][0], state) != 0)) {
        i++;
    }
    return rules[i];
}

static struct rule rule_of(const struct oracle *oracle, const char *step)
{
    struct rule rule = {.people = true};
    char word[24];
    snprintf(word, sizeof word, "%s", step);
    const char *at = row_of(oracle, oracle->state)[1];
    while (at && *at) {
        size_t len = strcspn(at, " "), name = strcspn(at, " >!*@");
        if (name == strlen(word) && strncmp(at, word, name) == 0) {
            const char *next = at[name] == '>' ? at + name + 1 : "";
            rule.found = true;
            rule.back = *next == '<';
            snprintf(rule.next, sizeof rule.next, "%.*s", rule.back ? 0 : (int)strcspn(next, " !*@"), next);
            rule.note = memchr(at, '!', len) != NULL;
            rule.platform = memchr(at, '*', len) || memchr(at, '@', len);
            rule.people = !memchr(at, '@', len);
            return rule;
        }
        at += len + 1;
    }
    return rule;
}

/* --- clocks --- */
static bool worked(const struct oracle_hours *hours, int64_t minute)
{
    return !hours->worked ||
           (minute >= hours->first && minute < hours->first + hours->count && hours->worked[minute - hours->first]);
}

static int64_t due(const struct oracle_hours *hours, int64_t at, int64_t left)
{
    if (left <= 0) {
        while (!worked(hours, at)) {
            at++;
        }
        return at;
    }
    for (; left > 0; at++) {
        left -= worked(hours, at);
    }
    return at;
}

static void run(struct oracle *oracle, struct oracle_clock *clock, int64_t at)
{
    clock->runs = true;
    clock->runs_from = at;
    clock->due = due(&oracle->policy->hours, at, clock->left);
    clock->warn_at = due(&oracle->policy->hours, at, clock->left - clock->warn);
}

static void halt(struct oracle *oracle, struct oracle_clock *clock, int64_t at)
{
    for (int64_t minute = clock->runs_from; clock->runs && minute < at; minute++) {
        clock->left -= worked(&oracle->policy->hours, minute);
    }
    clock->runs = false;
}

static int64_t given(const struct oracle *oracle, int stage)
{
    return stage == 3 ? oracle->policy->levels[oracle->level] : oracle->policy->stages[stage];
}

/* Of all the time that is given so much has been worked already. */
static void start_late(struct oracle *oracle, int stage, int64_t at, int64_t worked_already, bool runs)
{
    int64_t minutes = given(oracle, stage);
    if (minutes) {
        struct oracle_clock *clock = &oracle->clocks[oracle->clock_count++];
        *clock = (struct oracle_clock){
            .stage = stage, .started = at, .total = minutes, .left = minutes - worked_already, .warn = minutes / 5};
        if (runs) {
            run(oracle, clock, at);
        }
    }
}

static void start(struct oracle *oracle, int stage, int64_t at)
{
    start_late(oracle, stage, at, 0, true);
}

static void stop(struct oracle *oracle, const char *stages, int64_t at)
{
    for (size_t i = 0; i < oracle->clock_count; i++) {
        struct oracle_clock *clock = &oracle->clocks[i];
        if (!clock->stopped && strstr(stages, stage_names[clock->stage])) {
            halt(oracle, clock, at);
            clock->stopped = true;
            clock->stopped_at = at;
        }
    }
}

static void start_all(struct oracle *oracle, int64_t at, bool respond)
{
    for (int stage = respond ? 0 : 1; stage < ORACLE_STAGES; stage++) {
        start(oracle, stage, at);
    }
}

/* Every clock under way ends; one of the other policy takes its place. */
static void reclassify(struct oracle *oracle, const struct oracle_policy *to, int64_t at)
{
    size_t count = oracle->clock_count;
    bool was[ORACLE_CLOCKS] = {false}, ran[ORACLE_CLOCKS], level = false, end = false;
    for (size_t i = 0; i < count; i++) {
        struct oracle_clock *clock = &oracle->clocks[i];
        was[i] = !clock->stopped;
        ran[i] = clock->runs;
        if (was[i]) {
            halt(oracle, clock, at);
            clock->stopped = true;
            clock->stopped_at = at;
        }
    }
    oracle->policy = to;
    for (size_t i = 0; i < count; i++) {
        int stage = oracle->clocks[i].stage, other = stage == 1 ? 2 : stage == 2 ? 1 : stage;
        if (was[i]) {
            level = level || stage == 3;
            end = end || stage == 1 || stage == 2;
            start_late(oracle, given(oracle, stage) ? stage : other, at,
                       oracle->clocks[i].total - oracle->clocks[i].left, ran[i]);
        }
    }
    for (int stage = 1; stage < ORACLE_STAGES; stage++) {
        if (stage == 3 ? !level : !end) {
            start(oracle, stage, at);
        }
    }
}

/* --- steps --- */
static void write_line(struct oracle *oracle, int64_t at, const char *step)
{
    snprintf(oracle->lines[oracle->line_count++], ORACLE_LINE, "%lld %s %s", (long long)at, step, oracle->state);
}

static void turn_clocks(struct oracle *oracle, const char *step, const char *note, int64_t at)
{
    static const char all[] = "respond resolve plan level";
    if (strcmp(step, "arrive") == 0 || strcmp(step, "admit") == 0) {
        stop(oracle, "respond", at);
    } else if (strcmp(step, "plan") == 0) {
        stop(oracle, "respond plan level", at);
    } else if (strcmp(step, "resolve") == 0 || strcmp(step, "reject") == 0 || strcmp(step, "merge") == 0 ||
               strcmp(step, "revoke") == 0 || strcmp(step, "agree") == 0 || strcmp(step, "refer") == 0 ||
               strcmp(step, "withdraw") == 0) {
        stop(oracle, all, at);
    } else if (strcmp(step, "rework") == 0 || strcmp(step, "mediate_again") == 0) {
        start_all(oracle, at, false);
    } else if (strcmp(step, "reopen") == 0 || strcmp(step, "split") == 0) {
        start_all(oracle, at, true);
    } else if (strcmp(step, "escalate") == 0) {
        stop(oracle, "level", at);
        start(oracle, 3, at);
    }
    for (size_t i = 0; i < oracle->clock_count; i++) {
        struct oracle_clock *clock = &oracle->clocks[i];
        if (strcmp(step, "pause") == 0 && !clock->stopped && strstr(oracle->policy->reasons, note)) {
            halt(oracle, clock, at);
        } else if (strcmp(step, "resume") == 0 && !clock->stopped && !clock->runs) {
            run(oracle, clock, at);
        }
    }
}

static void take(struct oracle *oracle, const struct rule *rule, const char *step, bool platform, const char *note,
                 int64_t at)
{
    const char *was = oracle->state;
    if (rule->back) {
        oracle->state = oracle->before;
    } else if (rule->next[0]) {
        oracle->state = row_of(oracle, rule->next)[0];
    }
    if (strcmp(step, "pause") == 0 || strcmp(step, "merge") == 0) {
        oracle->before = was;
    }
    oracle->touched = oracle->touched || !platform;
    oracle->level += strcmp(step, "escalate") == 0;
    oracle->sent = strcmp(step, "dispatch") == 0 ? true : strcmp(step, "escalate") == 0 ? false : oracle->sent;
    write_line(oracle, at, step);
    turn_clocks(oracle, step, note, at);
}

static int64_t fires_at(const struct oracle_clock *clock)
{
    if (clock->stopped || !clock->runs || clock->breached) {
        return INT64_MAX;
    }
    return !clock->warned && clock->warn_at < clock->due ? clock->warn_at : clock->due;
}

static void fire_one(struct oracle *oracle, struct oracle_clock *clock, int64_t at)
{
    bool warns = !clock->warned && clock->warn_at < clock->due;
    *(warns ? &clock->warned : &clock->breached) = true;
    *(warns ? &clock->warned_at : &clock->breached_at) = at;
    write_line(oracle, at, warns ? "warn" : "breach");
    if (!warns && clock->stage == 3 && oracle->level < 3) {
        struct rule rule = rule_of(oracle, "escalate");
        take(oracle, &rule, "escalate", true, "", at);
    }
}

void oracle_fire(struct oracle *oracle, int64_t at)
{
    for (;;) {
        struct oracle_clock *next = NULL;
        for (size_t i = 0; i < oracle->clock_count; i++) {
            struct oracle_clock *clock = &oracle->clocks[i];
            next = fires_at(clock) <= at && (!next || fires_at(clock) < fires_at(next)) ? clock : next;
        }
        if (!next) {
            return;
        }
        fire_one(oracle, next, fires_at(next));
    }
}

void oracle_report(struct oracle *oracle, const struct oracle_policy *policy, bool of_dispute, int64_t at)
{
    memset(oracle, 0, sizeof *oracle);
    oracle->dispute = of_dispute;
    oracle->policy = policy;
    oracle->state = oracle->before = "reported";
    write_line(oracle, at, "report");
    start_all(oracle, at, true);
}

bool oracle_act(struct oracle *oracle, const char *step, bool platform, const char *note, bool other,
                const struct oracle_policy *to, int64_t at)
{
    oracle_fire(oracle, at);
    struct rule rule = rule_of(oracle, step);
    bool changes = strcmp(step, "reclassify") == 0;
    if (!rule.found || !(platform ? rule.platform : rule.people) || (rule.note && !note[0]) ||
        (strcmp(step, "escalate") == 0 && oracle->level == 3) || (strcmp(step, "revoke") == 0 && oracle->touched) ||
        (strcmp(step, "merge") == 0 && !other) || (changes && !to)) {
        return false;
    }
    take(oracle, &rule, step, platform, note, at);
    if (changes) {
        reclassify(oracle, to, at);
    }
    return true;
}

void oracle_step(const struct oracle *oracle, int number, char step[16])
{
    const char *at = row_of(oracle, oracle->state)[1];
    for (const char *word = at; word; number--) {
        snprintf(step, 16, "%.*s", (int)strcspn(word, " >!*@"), word);
        word += strcspn(word, " ");
        word = number == 0 ? NULL : *word && word[1] ? word + 1 : at;
    }
}

int64_t oracle_breach(const struct oracle *oracle)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < oracle->clock_count; i++) {
        const struct oracle_clock *clock = &oracle->clocks[i];
        least = clock->runs && !clock->stopped && clock->due < least ? clock->due : least;
    }
    return least;
}
