/* Rules, compiled once. For each pair of kind and phase it is known which rules could match at all: an event that none
 * could is done with after two comparisons. */
#include "facts/rule_event.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = SENSORS_KIND_LIFECYCLE + 1, PHASES = SENSORS_PHASE_SNAPSHOT + 1, RULES_MAX = 10000 };

struct side {                /* what begins, or what clears */
    struct geo_cql2 *filter; /* NULL: nothing does */
    struct geo_cql2_run *run;
    uint64_t may; /* a bit for each kind and phase */
};

struct compiled {
    int64_t id, version, estate_id;
    int64_t *except;
    size_t except_count;
    struct side begins, clears;
};

struct facts_ruleset {
    struct compiled *list;
    struct facts_rule_hit *hits; /* room for one a rule */
    size_t count, cap;
    uint64_t may; /* of any rule */
};

static uint64_t bit_of(unsigned kind, unsigned phase)
{
    return UINT64_C(1) << (kind * PHASES + phase);
}

enum base_err facts_ruleset_new(struct base_diag *diag, struct facts_ruleset **ret_set)
{
    struct facts_ruleset *set = calloc(1, sizeof *set);
    if (!set) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    *ret_set = set;
    return BASE_OK;
}

static void release_side(struct side *side)
{
    geo_cql2_run_free(side->run);
    geo_cql2_free(side->filter);
}

static void release(struct compiled *rule)
{
    release_side(&rule->begins);
    release_side(&rule->clears);
    free(rule->except);
}

void facts_ruleset_free(struct facts_ruleset *set)
{
    for (size_t i = 0; set && i < set->count; i++) {
        release(&set->list[i]);
    }
    if (set) {
        free(set->list);
        free(set->hits);
        free(set);
    }
}

/* --- adding --- */
static uint64_t may_of(const struct geo_cql2 *filter)
{
    uint64_t may = 0;
    for (unsigned i = 0; i < KINDS * PHASES; i++) {
        unsigned kind = i / PHASES, phase = i % PHASES;
        const struct geo_cql2_known known[] = {{FACTS_EVENT_KIND, base_str_of(sensors_kind_name(kind))},
                                               {FACTS_EVENT_PHASE, base_str_of(sensors_phase_name(phase))}};
        bool news = phase != SENSORS_PHASE_SNAPSHOT || kind == SENSORS_KIND_MEASUREMENT;
        may |= news && geo_cql2_allows(filter, known, BASE_COUNT(known)) ? bit_of(kind, phase) : 0;
    }
    return may;
}

static enum base_err compile_side(const char *text, const char *what, struct base_diag *diag, struct side *side)
{
    if (!text) {
        return BASE_OK;
    }
    enum base_err err = geo_cql2_text_in(base_str_of(text), facts_rule_schema(FACTS_RULE_EVENT), diag, &side->filter);
    err = err ? err : geo_cql2_run_new(side->filter, diag, &side->run);
    if (err) {
        return base_diag_prefix(diag, err, "%s", what);
    }
    side->may = may_of(side->filter);
    return BASE_OK;
}

static bool copy_except(const struct facts_rule *rule, struct compiled *made)
{
    if (rule->except_count) {
        made->except = malloc(rule->except_count * sizeof *made->except);
        if (!made->except) {
            return false;
        }
        memcpy(made->except, rule->except, rule->except_count * sizeof *made->except);
    }
    made->except_count = rule->except_count;
    return true;
}

static bool grow(struct facts_ruleset *set)
{
    if (set->count < set->cap) {
        return true;
    }
    size_t cap = set->cap ? set->cap * 2 : 16;
    struct compiled *list = realloc(set->list, cap * sizeof *list);
    set->list = list ? list : set->list;
    struct facts_rule_hit *hits = list ? realloc(set->hits, cap * sizeof *hits) : NULL;
    set->hits = hits ? hits : set->hits;
    set->cap = hits ? cap : set->cap;
    return hits;
}

enum base_err facts_ruleset_add(struct facts_ruleset *set, const struct facts_rule *rule, struct base_diag *diag)
{
    struct compiled made = {.id = rule->id, .version = rule->version, .estate_id = rule->estate_id};
    if (set->count >= RULES_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "more than %d rules", RULES_MAX);
    }
    enum base_err err = compile_side(rule->filter, "filter", diag, &made.begins);
    err = err ? err : compile_side(rule->clear, "clear", diag, &made.clears);
    if (!err && (!copy_except(rule, &made) || !grow(set))) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (err) {
        release(&made);
        return err;
    }
    set->may |= made.begins.may | made.clears.may;
    set->list[set->count++] = made;
    return BASE_OK;
}

size_t facts_ruleset_count(const struct facts_ruleset *set)
{
    return set->count;
}

/* --- matching --- */
static void give_text(struct base_str text, struct geo_cql2_value *value)
{
    value->null = text.len == 0;
    value->text = text;
}

static void give_name(const char *name, struct geo_cql2_value *value)
{
    give_text(name ? base_str_of(name) : (struct base_str){NULL, 0}, value);
}

static void give_integer(bool known, int64_t integer, struct geo_cql2_value *value)
{
    value->null = !known;
    value->integer = integer;
}

static void give_number(double number, struct geo_cql2_value *value)
{
    value->null = isnan(number);
    value->number = number;
}

static void give(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    const struct facts_rule_event *event = of;
    const struct geo_cql2_property *asked = &facts_rule_schema(FACTS_RULE_EVENT)->properties[property];
    *ret_value = (struct geo_cql2_value){.type = asked->type};
    switch (property) {
    case FACTS_EVENT_KIND:
        return give_name(sensors_kind_name(event->kind), ret_value);
    case FACTS_EVENT_PHASE:
        return give_name(sensors_phase_name(event->phase), ret_value);
    case FACTS_EVENT_CHANNEL:
        return give_text(event->channel, ret_value);
    case FACTS_EVENT_NATIVE_ID:
        return give_text(event->native_id, ret_value);
    case FACTS_EVENT_SEVERITY:
        return give_integer(event->severity != SENSORS_NO_SEVERITY, event->severity, ret_value);
    case FACTS_EVENT_CONFIDENCE:
        return give_number(event->confidence, ret_value);
    case FACTS_EVENT_SUBJECT_TYPE:
        return give_name(sensors_subject_name(event->subject_type), ret_value);
    case FACTS_EVENT_DEVICE_KIND:
        return give_text(event->device_kind, ret_value);
    case FACTS_EVENT_SOURCE:
        return give_text(event->source, ret_value);
    case FACTS_EVENT_STOREY:
        return give_integer(event->has_storey, event->storey, ret_value);
    case FACTS_EVENT_ESTATE_ID:
        return give_integer(true, event->estate_id, ret_value);
    case FACTS_EVENT_T_EVENT:
        return give_integer(true, event->t_event, ret_value);
    case FACTS_EVENT_LATE:
        ret_value->boolean = event->flags & SENSORS_FLAG_LATE;
        return;
    default:
        return give_number(sensors_measures_value(event->measures, asked->name), ret_value);
    }
}

static bool is_where(const struct compiled *rule, int64_t estate_id)
{
    bool there = rule->estate_id == FACTS_ALL_ESTATES || rule->estate_id == estate_id;
    for (size_t i = 0; i < rule->except_count && there; i++) {
        there = rule->except[i] != estate_id;
    }
    return there;
}

static bool holds(struct side *side, uint64_t bit, const struct facts_rule_event *event, int64_t now_us)
{
    const struct geo_cql2_feature feature = {.of = event, .value = give};
    return (side->may & bit) && geo_cql2_run_feature(side->run, &feature, now_us) == GEO_CQL2_TRUE;
}

size_t facts_ruleset_match(struct facts_ruleset *set, const struct facts_rule_event *event, int64_t now_us,
                           const struct facts_rule_hit **ret_hits)
{
    uint64_t bit = bit_of(event->kind, event->phase);
    size_t count = 0;
    *ret_hits = set->hits;
    if (!(set->may & bit) || (event->flags & (SENSORS_FLAG_REPLAY | SENSORS_FLAG_HISTORICAL))) {
        return 0;
    }
    for (size_t i = 0; i < set->count; i++) {
        struct compiled *rule = &set->list[i];
        if (!((rule->begins.may | rule->clears.may) & bit) || !is_where(rule, event->estate_id)) {
            continue;
        }
        bool begins = holds(&rule->begins, bit, event, now_us);
        if (begins || holds(&rule->clears, bit, event, now_us)) {
            set->hits[count++] = (struct facts_rule_hit){rule->id, rule->version, begins};
        }
    }
    return count;
}
