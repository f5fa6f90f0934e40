/* Who was told of which step, and which of them have had their answer. */
#include "incident/oracle_notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTICES = ORACLE_LINES * 2, TEXT = 48 };

struct notice {
    char step[16];
    int organisation;
    bool asks, answered;
};

struct story {
    struct notice notices[NOTICES];
    size_t count;
    int level;
    bool sent;
    char when[24]; /* clocks spoke last, and how */
    bool warned, broke;
};

static bool is_one_of(const char *step, const char *steps)
{
    size_t len = strlen(step);
    for (const char *at = steps; (at = strstr(at, step)); at += len) {
        if ((at == steps || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

/* The same organisation hears of a step once, however many rules name it. */
static void tell(struct story *story, size_t first, const char *step, int organisation, bool asks)
{
    for (size_t i = first; i < story->count; i++) {
        if (story->notices[i].organisation == organisation) {
            return;
        }
    }
    struct notice *notice = &story->notices[story->count++];
    *notice = (struct notice){.organisation = organisation, .asks = asks};
    snprintf(notice->step, sizeof notice->step, "%s", step);
}

static void tell_all(struct story *story, const char *step)
{
    size_t first = story->count;
    int level = ORACLE_LEVEL + story->level, to_act = story->sent ? ORACLE_SENT : level;
    if (is_one_of(step, "report reopen refuse escalate")) {
        tell(story, first, step, level, true);
    }
    if (is_one_of(step, "dispatch rework mediate_again")) {
        tell(story, first, step, to_act, true);
    }
    if (is_one_of(step, "escalate")) {
        tell(story, first, step, ORACLE_ESTATE, false);
    }
    if (is_one_of(step, "warn breach urge supervise revoke reclassify")) {
        tell(story, first, step, to_act, false);
    }
    if (is_one_of(step, "breach")) {
        tell(story, first, step, level, false);
    }
}

/* Clocks that speak at one moment are told of together, unless somebody did something in between. */
static bool is_again(struct story *story, const char *when, const char *step)
{
    bool warns = strcmp(step, "warn") == 0, *said = warns ? &story->warned : &story->broke;
    if (!warns && strcmp(step, "breach") != 0) {
        story->when[0] = strcmp(step, "escalate") == 0 ? story->when[0] : '\0';
        return false;
    }
    if (strcmp(story->when, when) != 0) {
        snprintf(story->when, sizeof story->when, "%s", when);
        story->warned = story->broke = false;
    }
    bool again = *said;
    *said = true;
    return again;
}

static void follow(struct story *story, const char *line)
{
    char when[24], step[24];
    snprintf(when, sizeof when, "%.*s", (int)strcspn(line, " "), line);
    snprintf(step, sizeof step, "%.*s", (int)strcspn(line + strlen(when) + 1, " "), line + strlen(when) + 1);
    if (is_one_of(step, "file dispatch accept refuse arrive plan resolve reject escalate merge revoke admit mediate "
                        "agree fail refer "
                        "withdraw")) {
        for (size_t i = 0; i < story->count; i++) {
            story->notices[i].answered = true;
        }
    }
    story->level += strcmp(step, "escalate") == 0;
    story->sent = strcmp(step, "dispatch") == 0 || (story->sent && strcmp(step, "escalate") != 0);
    if (!is_again(story, when, step)) {
        tell_all(story, step);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

void oracle_notices(const struct oracle *oracle, struct base_buf *text)
{
    static char lines[NOTICES][TEXT];
    struct story *story = calloc(1, sizeof *story);
    for (size_t i = 0; i < oracle->line_count; i++) {
        follow(story, oracle->lines[i]);
    }
    for (size_t i = 0; i < story->count; i++) {
        const struct notice *notice = &story->notices[i];
        snprintf(lines[i], TEXT, "%s %d %s", notice->step, notice->organisation,
                 !notice->asks      ? "told"
                 : notice->answered ? "acknowledged"
                                    : "asks");
    }
    qsort(lines, story->count, TEXT, by_text);
    for (size_t i = 0; i < story->count; i++) {
        base_buf_printf(text, "%s%s", i ? ";" : "", lines[i]);
    }
    free(story);
}
