/* cql2_allows.c: what a filter rules out by what some text properties are, and that it never rules out what would
 * match. */
#include "geo/geo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct geo_cql2_property properties[] = {
    {"kind", GEO_CQL2_TEXT, 0, NULL}, {"other", GEO_CQL2_TEXT, 0, NULL}, {"number", GEO_CQL2_NUMBER, 0, NULL}};
static const struct geo_cql2_schema schema = {.properties = properties, .count = 3};

static const char *const kinds[] = {"alarm", "state", "Alarm"};

static struct geo_cql2 *read(const char *text)
{
    struct base_diag diag;
    struct geo_cql2 *filter = NULL;
    if (geo_cql2_text_in(base_str_of(text), &schema, &diag, &filter)) {
        fail_msg("%s: %s", text, diag.text);
    }
    return filter;
}

static void what_is_ruled_out(void **state)
{
    (void)state;
    static const struct {
        const char *filter;
        bool allows[3]; /* of each kind */
    } rows[] = {
        {"kind = 'alarm'", {true, false, false}},
        {"'alarm' = kind", {true, false, false}},
        {"kind IN ('alarm', 'state')", {true, true, false}},
        {"kind = 'alarm' AND number > 1", {true, false, false}},
        {"kind = 'alarm' AND kind = 'state'", {false, false, false}},
        {"kind = 'alarm' OR kind = 'state'", {true, true, false}},
        {"kind = 'alarm' OR number > 1", {true, true, true}},
        {"(kind = 'alarm' OR kind = 'state') AND (number > 1 OR kind = 'state')", {true, true, false}},
        {"NOT (kind = 'alarm')", {true, true, true}}, /* more cannot be told without running it */
        {"kind <> 'alarm'", {true, true, true}},
        {"kind = other", {true, true, true}},
        {"other = 'alarm'", {true, true, true}},
        {"CASEI(kind) = CASEI('alarm')", {true, true, true}},
        {"kind LIKE 'al%'", {true, true, true}},
        {"kind IS NULL", {true, true, true}},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO(geo_cql2) filter = read(rows[i].filter);
        for (size_t k = 0; k < BASE_COUNT(kinds); k++) {
            if (geo_cql2_allows(filter, &(struct geo_cql2_known){0, base_str_of(kinds[k])}, 1) != rows[i].allows[k]) {
                fail_msg("%s of %s", rows[i].filter, kinds[k]);
            }
        }
    }
}

/* Two together rule out more than each does. */
static void two_properties(void **state)
{
    (void)state;
    AUTO(geo_cql2) filter = read("(kind = 'alarm' AND other IN ('x', 'y')) OR (kind = 'state' AND other = 'z')");
    static const struct {
        const char *kind, *other;
        bool allows;
    } rows[] = {{"alarm", "x", true}, {"alarm", "z", false}, {"state", "z", true}, {"state", "y", false}};
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        const struct geo_cql2_known known[] = {{0, base_str_of(rows[i].kind)}, {1, base_str_of(rows[i].other)}};
        assert_int_equal(geo_cql2_allows(filter, known, 2), rows[i].allows);
        assert_true(geo_cql2_allows(filter, &known[1], 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_ruled_out), cmocka_unit_test(two_properties)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
