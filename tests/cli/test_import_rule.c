/* hutong import rules: versions, an estate's own, and each wrong line named with what is wrong where. */
#include "import_kit.h"

#define HEADER "key,name,watches,filter,category,clear,hold_s,estate,enabled"
static const char rules[] = HEADER "\n"
                                   "heat,高温,event,temperature > 60,smoke,temperature < 50,60,,\n"
                                   "silent,离线,silence,device_kind = 'camera',device_down,,3600,,\n"
                                   "night,漏巡,window,duty = 'night',missed_round,,,,\n"
                                   "heat,高温,event,temperature > 70,smoke,temperature < 50,60,A1,\n";

static void versions(void **state)
{
    (void)state;
    const char *count = "select count(*) from rule where key in ('heat', 'silent', 'night')";
    value("create table before as select version from rule_version");
    works(import("rules", rules, "--dry-run"));
    assert_string_equal(value(count), "0");
    works(import("rules", rules, "--json"));
    says("\"added\":4,\"changed\":0,\"unchanged\":0");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', key, coalesce(estate_id, 0), version, max_age_s, merge_by, quiet, "
              "name_en), ', ' order by key, estate_id nulls first) from rule where key in ('heat', 'night')"),
        "heat 0 1 3600 building wait 高温, heat 1 1 3600 building wait 高温, night 0 1 86400 building wait 漏巡");
    assert_string_equal(value("select r.version > b.version from rule_version r, before b"), "t");
    works(import("rules", rules, "--json"));
    says("\"added\":0,\"changed\":0,\"unchanged\":4");
    works(import("rules", HEADER "\nheat,高温,event,temperature > 65,smoke,temperature < 50,60,,no\n", "--json"));
    says("\"changed\":1");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', version, filter, enabled, valid_to is null), ', ' order by version) "
              "from rule where key = 'heat' and estate_id is null"),
        "1 temperature > 60 t f, 2 temperature > 65 f t");
    assert_string_equal(value("select count(distinct id) from rule where key = 'heat' and estate_id is null"), "1");
    assert_string_equal(value("select count(*) from rule where key = 'heat' and estate_id = 1 and valid_to is null"),
                        "1");
    works(import("rules", HEADER "\nsmoke,烟雾,event,smoke = 1,smoke,smoke = 0,0,,\n", NULL)); /* one that ships */
    says("1 rules, 0 of them new, 1 changed");
}

static void each_wrong_line(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"A,高温,event,smoke = 1,smoke,,,,", "key \"A\""},
        {"aa,,event,smoke = 1,smoke,,,,", "name: 0 bytes"},
        {"aa,高温,events,smoke = 1,smoke,,,,", "watches \"events\" is none of event, window, silence"},
        {"aa,高温,event,smok = 1,smoke,,,,", "filter: at 1: there is no property \"smok\"; did you mean \"smoke\"?"},
        {"aa,高温,event,smoke = 'x',smoke,,,,", "filter: at 9"},
        {"aa,高温,event,,smoke,,,,", "filter: at 1"},
        {"aa,高温,window,smoke = 1,missed_round,,,,", "filter: at 1: there is no property \"smoke\""},
        {"aa,高温,event,smoke = 1,smoke,smoke <,60,,", "clear: at 8"},
        {"aa,高温,window,duty = 'x',missed_round,duty = 'y',,,", "clear: a window ends by itself"},
        {"aa,高温,event,smoke = 1,fire,,,,", "category \"fire\": there is none"},
        {"aa,高温,event,smoke = 1,smoke,,60,,", "hold_s: what must last needs clear"},
        {"aa,高温,event,smoke = 1,smoke,smoke = 0,-1,,", "hold_s \"-1\": a number from 0"},
        {"aa,高温,silence,messages > 1,device_down,,,,", "hold_s: after how many seconds"},
        {"aa,高温,window,duty = 'x',missed_round,,60,,", "hold_s: a window that was missed"},
        {"aa,高温,event,smoke = 1,smoke,,,nowhere,", "estate \"nowhere\": there is none"},
        {"aa,高温,event,smoke = 1,smoke,,,,maybe", "enabled \"maybe\" is none of yes, no"},
    };
    refuses_each("rules", HEADER, wrong, BASE_COUNT(wrong));
    static const struct kit_wrong more[] = {
        {"aa,高温,event,smoke = 1,smoke,flat = 1,,,", "place: at 1: there is no property \"flat\""},
        {"aa,高温,event,smoke = 1,smoke,,25:00,06:00,", "quiet_from \"25:00\": a time of day is written 22:00"},
        {"aa,高温,event,smoke = 1,smoke,,22:00,,", "quiet_from and quiet_to: two different"},
        {"aa,高温,event,smoke = 1,smoke,,22:00,22:00,", "quiet_from and quiet_to: two different"},
        {"aa,高温,event,smoke = 1,smoke,,22:00,06:00,later", "quiet \"later\" is none of wait, drop"},
    };
    refuses_each("rules", "key,name,watches,filter,category,place,quiet_from,quiet_to,quiet", more, BASE_COUNT(more));
    assert_string_equal(value("select count(*) from rule where key = 'aa'"), "0");
}

static void the_same_rule_twice(void **state)
{
    (void)state;
    refuses(import("rules",
                   HEADER "\ntwo,高温,event,smoke = 1,smoke,,,,\ntwo,高温,event,fire = 1,smoke,,,,\n"
                          "two,高温,event,fire = 1,smoke,,,A1,\n",
                   NULL),
            "t.csv:3: key \"two\" stands in the file twice");
    assert_string_equal(value("select count(*) from rule where key = 'two'"), "0");
}

/* docs/rules.md shows a file: it is one. */
static void the_example(void **state)
{
    (void)state;
    char path[600];
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    snprintf(path, sizeof path, "%s/docs/rules.md", fixture_source());
    works(base_file_read(path, 1 << 20, &diag, &text));
    base_buf_u8(&text, 0);
    char *begin = strstr(text.data, "key,name,watches"), *end = begin ? strstr(begin, "```") : NULL;
    assert_non_null(end);
    *end = '\0';
    works(import("rules", begin, "--dry-run"));
    says("2 rules, 0 of them new, 2 changed");
}

static void a_night_s_windows_may_be_one(void **state)
{
    (void)state;
    static const char header[] = "key,name,watches,filter,category,merge_by";
    static const struct kit_wrong wrong[] = {
        {"aa,高温,event,smoke = 1,smoke,duty_night", "merge_by: duty_night is for windows"},
        {"bb,漏巡,window,proof = 'pass',missed_round,night", "merge_by \"night\" is none of building"},
    };
    char file[200];
    refuses_each("rules", header, wrong, BASE_COUNT(wrong));
    snprintf(file, sizeof file, "%s\nbb,漏巡,window,proof = 'pass',missed_round,duty_night\n", header);
    works(import("rules", file, NULL));
    assert_string_equal(value("select merge_by from rule where key = 'bb' and valid_to is null"), "duty_night");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(versions, kit_up, kit_down),
                                       cmocka_unit_test_setup_teardown(each_wrong_line, kit_up, kit_down),
                                       cmocka_unit_test_setup_teardown(the_same_rule_twice, kit_up, kit_down),
                                       cmocka_unit_test_setup_teardown(the_example, kit_up, kit_down),
                                       cmocka_unit_test_setup_teardown(a_night_s_windows_may_be_one, kit_up, kit_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
