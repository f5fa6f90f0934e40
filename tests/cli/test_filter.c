/* `hutong filter` as it is typed: both notations, a file, what is wrong. */
#include "cli/cli.h"
#include "fixture/fixture.h"
#include "geo/geo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char features[] =
    "{\"type\":\"FeatureCollection\",\"features\":["
    "{\"type\":\"Feature\",\"id\":11,\"properties\":{\"name\":\"Łódź "
    "Tower\",\"levels\":12,\"height\":35.5,\"open\":true,"
    "\"built\":\"1999-07-01\",\"seen\":\"2026-05-01T08:30:00+08:00\",\"noted\":\"2026-05-01T08:30:00\"},"
    "\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[[[[121,31],[121.1,31],[121.1,31.1],[121,31.1],[121,31]]],"
    "[[[121.2,31],[121.3,31],[121.3,31.1],[121.2,31.1],[121.2,31]]]]}},"
    "{\"type\":\"Feature\",\"id\":12,\"properties\":{\"name\":\"kiosk\",\"levels\":1,\"height\":3,\"open\":false,"
    "\"built\":\"2020-02-29\",\"seen\":\"2026-05-01T00:30:01Z\",\"noted\":\"2026-05-02T00:00:00\"},"
    "\"geometry\":{\"type\":\"Point\",\"coordinates\":[121.25,31.05]}},"
    "{\"type\":\"Feature\",\"id\":13,\"properties\":{\"name\":null,\"levels\":null,\"height\":null,\"open\":null,"
    "\"built\":null,\"seen\":null,\"noted\":null},\"geometry\":null}]}\n";

static char folder[4096];

/* What a shell shows of the command: F is the program, its file is all.geojson. */
static const char *shown(const char *script)
{
    static struct base_buf output;
    static char line[8192];
    struct base_diag diag = {.text = ""};
    base_buf_release(&output);
    base_buf_init(&output, 1 << 20);
    snprintf(line, sizeof line, "cd '%s'; F() { '%s' filter \"$@\"; }; exec 2>&1; %s; true", folder, fixture_binary(),
             script);
    struct cli_process process = {.argv = (const char *const[]){"/bin/sh", "-c", line, NULL}};
    assert_int_equal(cli_process_run(&process, &diag, &output), BASE_OK);
    return base_buf_cstr(&output);
}

static void assert_shows(const char *script, const char *expected)
{
    const char *text = shown(script);
    if (strcmp(text, expected) != 0) {
        fail_msg("%s\n%s--- expected\n%s", script, text, expected);
    }
}

static void assert_has(const char *script, const char *part)
{
    const char *text = shown(script);
    if (!strstr(text, part)) {
        fail_msg("%s\n%s--- expected within: %s", script, text, part);
    }
}

static int set_up(void **state)
{
    (void)state;
    struct base_diag diag = {.text = ""};
    char path[4200];
    snprintf(folder, sizeof folder, "%s", fixture_scratch());
    snprintf(path, sizeof path, "%s/all.geojson", folder);
    return base_file_write(path, 0600, features, sizeof features - 1, &diag) ? -1 : 0;
}

static void both_notations(void **state)
{
    (void)state;
    static const char json[] = "{\"op\":\"and\",\"args\":[{\"op\":\">\",\"args\":[{\"property\":\"levels\"},6]},"
                               "{\"op\":\"like\",\"args\":[{\"property\":\"name\"},\"a%\"]}]}";
    char script[1024], expected[1024];
    snprintf(expected, sizeof expected, "levels > 6 AND name LIKE 'a%%'\n%s\n", json);
    assert_shows("F \"levels>6 and name like 'a%'\"", expected);
    assert_shows("echo \"levels>6 and name like 'a%'\" | F -", expected);
    snprintf(script, sizeof script, "F --lang json '%s'", json);
    assert_shows(script, expected);
    snprintf(script, sizeof script, "echo '%s' | F - --lang json", json);
    assert_shows(script, expected);
    assert_shows("F --json 'a = 1'",
                 "{\"text\":\"a = 1\",\"json\":{\"op\":\"=\",\"args\":[{\"property\":\"a\"},1]}}\n");
}

static void of_a_file(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *ids;
    } rows[] = {
        {"levels > 6", "11\n"},
        {"NOT levels > 6", "12\n"},
        {"height BETWEEN 3 AND 35.5", "11\n12\n"},
        {"height = 3", "12\n"},
        {"open", "11\n"},
        {"open = FALSE", "12\n"},
        {"open IS NULL AND name IS NULL AND levels IS NULL AND built IS NULL AND seen IS NULL AND geometry IS NULL",
         "13\n"},
        {"casei(accenti(name)) LIKE casei('LODZ%')", "11\n"},
        {"built < DATE('2000-01-01')", "11\n"},
        {"built = DATE('2020-02-29')", "12\n"},
        {"seen = TIMESTAMP('2026-05-01T00:30:00Z')", "11\n"},
        {"T_AFTER(seen, TIMESTAMP('2026-05-01T08:30:00+08:00'))", "12\n"},
        {"noted = TIMESTAMP('2026-05-01T08:30:00Z')", "11\n"}, /* a time without a zone is read as UTC */
        {"noted = DATE('2026-05-02')", "12\n"},
        {"S_INTERSECTS(geometry, POINT(121.25 31.05))", "11\n12\n"},
        {"S_WITHIN(geometry, BBOX(121.24, 31, 121.4, 32))", "12\n"},
        {"S_DISJOINT(geometry, POINT(0 0))", "11\n12\n"},
        {"levels IN (1, 2, 12)", "11\n12\n"},
        {"levels = 99", ""},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        char script[512];
        snprintf(script, sizeof script, "F \"%s\" --file all.geojson --ids", rows[i].filter);
        assert_shows(script, rows[i].ids);
    }
    assert_shows("F 'levels > 6' --file all.geojson", "1 of 3 features\n");
    assert_shows("F 'levels > 0' --file all.geojson --json",
                 "{\"text\":\"levels > 0\",\"json\":{\"op\":\">\",\"args\":[{\"property\":\"levels\"},0]},\"total\":3,"
                 "\"selected\":2,\"unknown\":1,\"ids\":[11,12]}\n");
    assert_shows("echo 'open' | F - --file all.geojson", "1 of 3 features\n");
}

static void what_is_wrong(void **state)
{
    (void)state;
    assert_shows("F 'levels >'; echo $?", "hutong filter: at 9: expected a value, but the filter ends here\n1\n");
    assert_has("F 'level > 3' --file all.geojson", "at 1: there is no property \"level\"; did you mean \"levels\"?");
    assert_has("F \"built = '2020-02-29'\" --file all.geojson", "a date is written DATE('2026-05-01')");
    assert_has("F 'levels > 3' --lang xml; echo $?", "--lang xml: text or json\n2\n");
    assert_has("F --lang json 'levels > 3'; echo $?", "\n1\n");
    assert_has("F; echo $?", "takes one filter");
    assert_has("F a b; echo $?", "2\n");
    assert_has("F open --ids; echo $?", "2\n");
    assert_has("F open --file nothing.geojson; echo $?", "nothing.geojson");
    assert_has("echo no data > text.geojson; F open --file text.geojson; echo $?", "1\n");
    assert_has("F ''; echo $?", "the filter is empty\n1\n");
    assert_has("printf '' | F -; echo $?", "the filter is empty\n1\n");
}

static void too_long(void **state)
{
    (void)state;
    assert_has("{ printf 'a = 1'; head -c 65000 /dev/zero | tr '\\0' ' '; printf 'or b'; } | F -", "a = 1 OR b\n");
    assert_has("head -c 65537 /dev/zero | tr '\\0' a | F -; echo $?", "longer than 65536 bytes\n1\n");
    assert_has("head -c 300000 /dev/zero | tr '\\0' a | F -; echo $?", "larger than the limit");
    assert_has("{ printf '{\"op\":\"isNull\",\"args\":['; head -c 250000 /dev/zero | tr '\\0' ' ';"
               " printf '{\"property\":\"a\"}]}'; } | F - --lang json",
               "a IS NULL\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_notations), cmocka_unit_test(of_a_file),
                                       cmocka_unit_test(what_is_wrong), cmocka_unit_test(too_long)};
    return cmocka_run_group_tests(tests, set_up, NULL);
}
