/* What an event costs that the rules look at: those that ship, events as devices send them. Processor time of one
 * thread. Prints bench rule_KIND N ns, of: nothing (no rule is about its kind and phase), other (some are; none
 * matches), match. Instructions: valgrind --tool=callgrind --toggle-collect=facts_ruleset_match bench_rule 1000 other
 */
#include "data/data.h"
#include "facts/facts.h"
#include "fixture/fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVENTS = 1000000 };

static const char *only; /* of this kind; NULL: all */

static _Noreturn void die(const char *why)
{
    fprintf(stderr, "bench_rule: %s\n", why);
    exit(1);
}

static void load(struct facts_ruleset *set)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    struct base_diag diag = {.text = ""};
    enum base_err err = data_conn_open(fixture_database(), "bench", &diag, &conn);
    err = err ? err : data_run(conn, DATA_RULE_LIST, DATA_NO_ARGS, &diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        const struct facts_rule rule = {.id = data_rows_i64(rows, row, 0),
                                        .version = 1,
                                        .estate_id = FACTS_ALL_ESTATES,
                                        .filter = data_rows_text(rows, row, 3),
                                        .clear = data_rows_text(rows, row, 4)};
        err = facts_ruleset_add(set, &rule, &diag);
    }
    if (err) {
        die(diag.text);
    }
}

static void measure(struct facts_ruleset *set, const char *name, const struct facts_rule_event *event, int64_t count,
                    size_t wanted)
{
    struct timespec begin, end;
    const struct facts_rule_hit *hits;
    size_t found = 0;
    if (only && strcmp(only, name) != 0) {
        return;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (int64_t i = 0; i < count; i++) {
        found += facts_ruleset_match(set, event, 0, &hits);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    if (found != wanted * (size_t)count) {
        die("the rules matched otherwise than they should");
    }
    double ns = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
    printf("bench rule_%s %.1f ns\n", name, ns / (double)count);
}

int main(int argc, char **argv)
{
    AUTO(facts_ruleset) set = NULL;
    struct base_diag diag = {.text = ""};
    int64_t count = EVENTS;
    if (argc > 1 && !base_str_i64(base_str_of(argv[1]), &count)) {
        die("takes the number of events");
    }
    only = argc > 2 ? argv[2] : NULL;
    if (facts_ruleset_new(&diag, &set)) {
        die(diag.text);
    }
    load(set);
    struct facts_rule_event event = {
        .estate_id = 1,
        .kind = SENSORS_KIND_STATE,
        .phase = SENSORS_PHASE_UPDATE,
        .subject_type = SENSORS_SUBJECT_UNIT,
        .severity = SENSORS_NO_SEVERITY,
        .confidence = NAN,
        .channel = base_str_of("online"),
        .measures =
            base_str_of("{\"temperature\":{\"value\":21.5,\"unit\":\"Cel\"},\"humidity\":{\"value\":40,\"unit\":\"%\"},"
                        "\"battery\":{\"value\":97,\"unit\":\"%\"}}")};
    measure(set, "nothing", &event, count, 0);
    event.kind = SENSORS_KIND_MEASUREMENT;
    event.phase = SENSORS_PHASE_PULSE;
    measure(set, "other", &event, count, 0);
    event.kind = SENSORS_KIND_ALARM;
    event.phase = SENSORS_PHASE_START;
    event.channel = base_str_of("smoke");
    event.measures = base_str_of("{\"smoke\":{\"value\":1,\"unit\":\"1\"},\"battery\":{\"value\":97,\"unit\":\"%\"}}");
    measure(set, "match", &event, count, 1);
    return 0;
}
