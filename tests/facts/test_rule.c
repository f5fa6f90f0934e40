/* rule.c and ruleset.c: what each filter may ask, which events are news, and that no filter is believed unread. */
#include "facts_test.h"

enum { RULE = 7, VERSION = 3, ESTATE = 101 };

static struct facts_rule_event smoke(void)
{
    return (struct facts_rule_event){
        .estate_id = ESTATE,
        .t_event = TEST_START,
        .kind = SENSORS_KIND_ALARM,
        .phase = SENSORS_PHASE_START,
        .subject_type = SENSORS_SUBJECT_UNIT,
        .severity = 4,
        .confidence = 0.5,
        .has_storey = true,
        .storey = -2,
        .channel = base_str_of("smoke"),
        .native_id = base_str_of("17"),
        .source = base_str_of("hall"),
        .device_kind = base_str_of("smoke_detector"),
        .measures =
            base_str_of("{\"smoke\":{\"value\":1,\"unit\":\"1\"},\"battery\":{\"value\":97.5,\"unit\":\"%\"}}")};
}

static void add(struct facts_ruleset *set, const char *filter, const char *clear)
{
    const struct facts_rule rule = {
        .id = RULE, .version = VERSION, .estate_id = FACTS_ALL_ESTATES, .filter = filter, .clear = clear};
    test_ok(facts_ruleset_add(set, &rule, &test_diag));
}

/* 'b' begins, 'c' clears, '-' nothing. */
static char match(const char *filter, const char *clear, const struct facts_rule_event *event)
{
    AUTO(facts_ruleset) set = NULL;
    const struct facts_rule_hit *hits = NULL;
    test_ok(facts_ruleset_new(&test_diag, &set));
    add(set, filter, clear);
    size_t count = facts_ruleset_match(set, event, TEST_START, &hits);
    assert_true(count <= 1);
    if (count) {
        assert_int_equal(hits[0].rule_id, RULE);
        assert_int_equal(hits[0].version, VERSION);
    }
    return count == 0 ? '-' : hits[0].begins ? 'b' : 'c';
}

static void everything_can_be_asked(void **state)
{
    (void)state;
    static const struct {
        const char *holds, *fails;
    } rows[] = {
        {"kind = 'alarm'", "kind = 'state'"},
        {"phase IN ('pulse', 'start')", "phase IN ('pulse', 'end')"},
        {"channel LIKE 'smo%'", "channel = 'Smoke'"},
        {"native_id = '17'", "native_id = '7'"},
        {"severity >= 4", "severity > 4"},
        {"confidence BETWEEN 0.4 AND 0.6", "confidence > 0.5"},
        {"subject_type = 'unit'", "subject_type = 'guard'"},
        {"device_kind = 'smoke_detector'", "device_kind = 'camera'"},
        {"source = 'hall'", "source <> 'hall'"},
        {"storey < 0", "storey = 2"},
        {"estate_id = 101", "estate_id IN (1, 102)"},
        {"NOT late", "late"},
        {"t_event < NOW() OR t_event = NOW()", "t_event > NOW()"},
        {"smoke = 1", "smoke = 0"},
        {"battery > 97.4 AND battery < 97.6", "battery < 20"},
        {"fill IS NULL", "fill >= 90"},
        {"NOT (kind = 'state')", "NOT (kind = 'alarm')"},
        {"kind = 'state' OR smoke = 1", "kind = 'alarm' AND (phase = 'end' OR fire = 1)"},
        {"'alarm' = kind", "kind = channel"},
    };
    const struct facts_rule_event event = smoke();
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        if (match(rows[i].holds, NULL, &event) != 'b' || match(rows[i].fails, NULL, &event) != '-') {
            fail_msg("%s | %s", rows[i].holds, rows[i].fails);
        }
    }
}

/* What has no value is unknown, and unknown is no match, either way round. */
static void what_is_not_known_matches_nothing(void **state)
{
    (void)state;
    static const char *const asked[] = {"channel = ''",    "severity >= 0",           "confidence >= 0",
                                        "storey >= -200",  "subject_type <> 'guard'", "device_kind <> 'camera'",
                                        "native_id <> 'x'"};
    const struct facts_rule_event event = {.kind = SENSORS_KIND_STATE,
                                           .subject_type = SENSORS_SUBJECT_NONE,
                                           .severity = SENSORS_NO_SEVERITY,
                                           .confidence = NAN};
    for (size_t i = 0; i < BASE_COUNT(asked); i++) {
        assert_int_equal(match(asked[i], NULL, &event), '-');
    }
    assert_int_equal(match("kind = 'state'", NULL, &event), 'b');
}

static void only_news_matches(void **state)
{
    (void)state;
    static const uint32_t old[] = {SENSORS_FLAG_REPLAY, SENSORS_FLAG_REPLAY | SENSORS_FLAG_RETAINED,
                                   SENSORS_FLAG_HISTORICAL, SENSORS_FLAG_HISTORICAL | SENSORS_FLAG_LATE};
    struct facts_rule_event event = smoke();
    for (size_t i = 0; i < BASE_COUNT(old); i++) {
        event.flags = old[i];
        assert_int_equal(match("kind = 'alarm'", "phase = 'start'", &event), '-');
    }
    event.flags = SENSORS_FLAG_RETAINED | SENSORS_FLAG_LATE; /* kept, but not what was known: news that comes late */
    assert_int_equal(match("kind = 'alarm' AND late", NULL, &event), 'b');
    event.flags = 0;
    event.phase = SENSORS_PHASE_SNAPSHOT;
    assert_int_equal(match("kind = 'alarm'", "kind = 'alarm'", &event), '-');
    event.kind = SENSORS_KIND_MEASUREMENT; /* a reading is of now */
    assert_int_equal(match("kind = 'measurement'", NULL, &event), 'b');
}

static void what_clears(void **state)
{
    (void)state;
    struct facts_rule_event event = smoke();
    assert_int_equal(match("phase = 'end'", "phase = 'start'", &event), 'c');
    assert_int_equal(match("phase = 'start'", "phase = 'start'", &event), 'b');
    event.phase = SENSORS_PHASE_END;
    assert_int_equal(match("phase = 'start'", NULL, &event), '-');
    assert_int_equal(match("kind = 'alarm' AND phase = 'start'", "kind = 'alarm' AND phase = 'end'", &event), 'c');
}

/* An estate's own rule takes the place of the one of all. */
static void estates(void **state)
{
    (void)state;
    static const int64_t own[] = {55, ESTATE};
    AUTO(facts_ruleset) set = NULL;
    const struct facts_rule_hit *hits = NULL;
    const struct facts_rule rules[] = {
        {1, 1, FACTS_ALL_ESTATES, own, 2, "kind = 'alarm'", NULL},
        {2, 1, ESTATE, NULL, 0, "severity = 4", NULL},
        {3, 1, 55, NULL, 0, "severity = 4", NULL},
        {4, 1, FACTS_ALL_ESTATES, NULL, 0, "storey = -2", NULL},
    };
    struct facts_rule_event event = smoke();
    test_ok(facts_ruleset_new(&test_diag, &set));
    for (size_t i = 0; i < BASE_COUNT(rules); i++) {
        test_ok(facts_ruleset_add(set, &rules[i], &test_diag));
    }
    assert_int_equal(facts_ruleset_match(set, &event, 0, &hits), 2);
    assert_int_equal(hits[0].rule_id, 2);
    assert_int_equal(hits[1].rule_id, 4);
    event.estate_id = 0;
    assert_int_equal(facts_ruleset_match(set, &event, 0, &hits), 2);
    assert_int_equal(hits[0].rule_id, 1);
    assert_int_equal(hits[1].rule_id, 4);
}

static void hostile_filters_are_refused(void **state)
{
    (void)state;
    static const struct {
        enum facts_rule_about about;
        const char *filter, *why;
    } rows[] = {
        {FACTS_RULE_EVENT, "", "at 1"},
        {FACTS_RULE_EVENT, "kind = ", "at 8"},
        {FACTS_RULE_EVENT, "smok = 1", "did you mean \"smoke\"?"},
        {FACTS_RULE_EVENT, "smoke = 'yes'", "at 9"},
        {FACTS_RULE_EVENT, "kind = 'alarm'; drop table rule", "at 15"},
        {FACTS_RULE_EVENT, "kind = 'alarm' OR pg_sleep(10) = 1", "at 19"},
        {FACTS_RULE_EVENT, "building_id = 1", "at 1"},
        {FACTS_RULE_PLACE, "kind = 'alarm'", "at 1"},
        {FACTS_RULE_WINDOW, "proof = 'round' AND smoke = 1", "at 21"},
        {FACTS_RULE_SILENCE, "device_kind = 'camera' AND last = 1", "at 28"},
    };
    AUTO(facts_ruleset) set = NULL;
    test_ok(facts_ruleset_new(&test_diag, &set));
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        assert_int_equal(facts_rule_check(rows[i].about, rows[i].filter, &test_diag), BASE_INVALID);
        if (!strstr(test_diag.text, rows[i].why)) {
            fail_msg("%s: %s", rows[i].filter, test_diag.text);
        }
        const struct facts_rule rule = {.filter = rows[i].filter};
        if (rows[i].about == FACTS_RULE_EVENT) {
            assert_int_equal(facts_ruleset_add(set, &rule, &test_diag), BASE_INVALID);
        }
    }
    assert_int_equal(facts_ruleset_count(set), 0);
    test_ok(
        facts_rule_check(FACTS_RULE_WINDOW, "A_OVERLAPS(subject_types, ('guard')) AND proof = 'round'", &test_diag));
    test_ok(facts_rule_check(FACTS_RULE_SILENCE, "device_kind = 'camera' AND messages > 10", &test_diag));
}

static void deep_and_long_filters_end(void **state)
{
    (void)state;
    enum { DEEP = 20000 };
    char *text = calloc(2 * DEEP + 32, 1);
    memset(text, '(', DEEP);
    memcpy(text + DEEP, "late", 4);
    memset(text + DEEP + 4, ')', DEEP);
    assert_int_not_equal(facts_rule_check(FACTS_RULE_EVENT, text, &test_diag), BASE_OK);
    free(text);
}

static void places(void **state)
{
    (void)state;
    AUTO(facts_rule_place) place = NULL;
    struct geo_cql2_value values[FACTS_RULE_PLACE_COUNT];
    const struct geo_cql2_schema *schema = facts_rule_schema(FACTS_RULE_PLACE);
    for (size_t i = 0; i < FACTS_RULE_PLACE_COUNT; i++) {
        values[i] = (struct geo_cql2_value){.type = schema->properties[i].type, .null = true};
    }
    test_ok(facts_rule_place_new("levels >= 7 AND zones LIKE '%fire_lane%'", &test_diag, &place));
    assert_false(facts_rule_place_holds(place, values, 0));
    for (size_t i = 0; i < FACTS_RULE_PLACE_COUNT; i++) {
        if (strcmp(schema->properties[i].name, "levels") == 0) {
            values[i] = (struct geo_cql2_value){.type = GEO_CQL2_INTEGER, .integer = 7};
        } else if (strcmp(schema->properties[i].name, "zones") == 0) {
            values[i] = (struct geo_cql2_value){.type = GEO_CQL2_TEXT, .text = base_str_of("fire_lane,green")};
        }
    }
    assert_true(facts_rule_place_holds(place, values, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(everything_can_be_asked),
                                       cmocka_unit_test(what_is_not_known_matches_nothing),
                                       cmocka_unit_test(only_news_matches),
                                       cmocka_unit_test(what_clears),
                                       cmocka_unit_test(estates),
                                       cmocka_unit_test(hostile_filters_are_refused),
                                       cmocka_unit_test(deep_and_long_filters_end),
                                       cmocka_unit_test(places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
