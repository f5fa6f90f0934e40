/* What filters of rules may ask, one table for each thing that is asked about. */
#include "facts/rule_event.h"

#include <pthread.h>
#include <stdlib.h>

#define ASK(name, type, sql)          \
    {                                 \
        name, GEO_CQL2_##type, 0, sql \
    }

static const struct geo_cql2_property event_fixed[] = {
#define FACTS_EVENT_ROW(constant, name, type) {name, GEO_CQL2_##type, 0, NULL},
    FACTS_EVENT_ASKS(FACTS_EVENT_ROW)
#undef FACTS_EVENT_ROW
};

static const struct geo_cql2_property window[] = {
    ASK("duty", TEXT, "q.duty"),
    ASK("duty_id", INTEGER, "q.duty_id"),
    ASK("proof", TEXT, "q.proof"),
    ASK("subject_kind", TEXT, "q.subject_kind"),
    {"subject_types", GEO_CQL2_ARRAY, GEO_CQL2_TEXT, "q.subject_types"},
    ASK("organisation", TEXT, "q.organisation"),
    ASK("campaign", TEXT, "q.campaign"),
    ASK("reason", TEXT, "q.reason"),
    ASK("estate_id", INTEGER, "q.estate_id"),
};

static const struct geo_cql2_property silence[] = {
    ASK("device_kind", TEXT, "q.device_kind"), ASK("source", TEXT, "q.source"),
    ASK("format", TEXT, "q.format"),           ASK("messages", INTEGER, "q.messages"),
    ASK("storey", INTEGER, "q.storey"),        ASK("estate_id", INTEGER, "q.estate_id"),
};

/* In the order of the last columns of rule_hits.sql. */
static const struct geo_cql2_property place[FACTS_RULE_PLACE_COUNT] = {
    ASK("estate_id", INTEGER, NULL),  ASK("building_id", INTEGER, NULL),     ASK("use", TEXT, NULL),
    ASK("levels", INTEGER, NULL),     ASK("height", NUMBER, NULL),           ASK("dwellings", INTEGER, NULL),
    ASK("year_built", INTEGER, NULL), ASK("storey", INTEGER, NULL),          ASK("zones", TEXT, NULL),
    ASK("management", TEXT, NULL),    ASK("organisation_id", INTEGER, NULL), ASK("community_id", INTEGER, NULL),
    ASK("code", TEXT, NULL),
};

enum { QUANTITIES_MAX = 200 };
static struct geo_cql2_property event[FACTS_EVENT_FIXED + QUANTITIES_MAX];
static struct geo_cql2_schema event_schema = {.properties = event, .rules = true};
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill_event(void)
{
    for (size_t i = 0; i < BASE_COUNT(event_fixed); i++) {
        event[event_schema.count++] = event_fixed[i];
    }
    const struct sensors_quantity *quantity;
    for (size_t i = 0; i < QUANTITIES_MAX && (quantity = sensors_quantity_at(i)); i++) {
        event[event_schema.count++] = (struct geo_cql2_property){quantity->name, GEO_CQL2_NUMBER, 0, NULL};
    }
}

const struct geo_cql2_schema *facts_rule_schema(enum facts_rule_about about)
{
    static const struct geo_cql2_schema of_window = {.properties = window, .count = BASE_COUNT(window), .rules = true};
    static const struct geo_cql2_schema of_silence = {
        .properties = silence, .count = BASE_COUNT(silence), .rules = true};
    static const struct geo_cql2_schema of_place = {.properties = place, .count = BASE_COUNT(place), .rules = true};
    pthread_once(&once, fill_event);
    switch (about) {
    case FACTS_RULE_WINDOW:
        return &of_window;
    case FACTS_RULE_SILENCE:
        return &of_silence;
    case FACTS_RULE_PLACE:
        return &of_place;
    default:
        return &event_schema;
    }
}

enum base_err facts_rule_check(enum facts_rule_about about, const char *filter, struct base_diag *diag)
{
    AUTO(geo_cql2) read = NULL;
    AUTO(geo_cql2_run) run = NULL;
    enum base_err err = geo_cql2_text_in(base_str_of(filter), facts_rule_schema(about), diag, &read);
    return err ? err : geo_cql2_run_new(read, diag, &run);
}

/* --- places --- */
struct facts_rule_place {
    struct geo_cql2 *filter;
    struct geo_cql2_run *run;
};

enum base_err facts_rule_place_new(const char *filter, struct base_diag *diag, struct facts_rule_place **ret_place)
{
    AUTO(facts_rule_place) made = calloc(1, sizeof *made);
    if (!made) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = geo_cql2_text_in(base_str_of(filter), facts_rule_schema(FACTS_RULE_PLACE), diag, &made->filter);
    err = err ? err : geo_cql2_run_new(made->filter, diag, &made->run);
    if (err) {
        return err;
    }
    *ret_place = made;
    made = NULL;
    return BASE_OK;
}

void facts_rule_place_free(struct facts_rule_place *freed)
{
    if (freed) {
        geo_cql2_run_free(freed->run);
        geo_cql2_free(freed->filter);
        free(freed);
    }
}

static void give_place(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    *ret_value = ((const struct geo_cql2_value *)of)[property];
}

bool facts_rule_place_holds(struct facts_rule_place *asked, const struct geo_cql2_value values[FACTS_RULE_PLACE_COUNT],
                            int64_t now_us)
{
    const struct geo_cql2_feature feature = {.of = values, .value = give_place};
    return geo_cql2_run_feature(asked->run, &feature, now_us) == GEO_CQL2_TRUE;
}
