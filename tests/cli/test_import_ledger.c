/* hutong import surveys and rectifications: by key, in versions; what has become of an entry stays where the file says
 * nothing. */
#include "import_kit.h"

static const char surveys[] = "estate,key,inspected,found_at,finding,severity,building,storey,category,organisation\n"
                              "A1,2026-01,消防通道,2026-05-02 09:30,杂物占用,serious,B1,2,fire_lane,co\n"
                              "A1,2026-02,电梯,2026/5/3,,,,,,\n";

static void surveys_come_twice_and_are_the_same(void **state)
{
    (void)state;
    works(import("surveys", surveys, "--dry-run"));
    assert_string_equal(value("select count(*) from survey"), "0");
    works(import("surveys", surveys, "--json"));
    says("\"lines\":2,\"added\":2,\"changed\":0,\"unchanged\":0");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', key, inspected, found_at at time zone 'Asia/Shanghai', finding,"
              " severity, building_id, storey, category, survey_state(s)), ', ' order by key) from survey s"),
        "2026-01 消防通道 2026-05-02 09:30:00 杂物占用 serious 1 2 fire_lane open, 2026-02 电梯 2026-05-03"
        " 00:00:00 clear");
    value("update survey set settled_at = now() where key = '2026-01'"); /* as over HTTP */
    works(import("surveys", surveys, "--json"));
    says("\"added\":0,\"changed\":0,\"unchanged\":2");
    works(import(
        "surveys",
        "estate,key,inspected,found_at,finding,severity\nA1,2026-01,消防通道,2026-05-02 09:30,杂物占用,special\n",
        "--json"));
    says("\"changed\":1");
    assert_string_equal(
        value("select concat_ws(' ', version, severity, survey_state(s)) from survey s where key = '2026-01'"),
        "2 special settled");
}

static void rectifications_until_the_day_is_over(void **state)
{
    (void)state;
    static const char header[] = "estate,key,problem,organisation,deadline,measure,survey,done_at,verified_at,result\n";
    char file[600];
    snprintf(file, sizeof file, "%sA1,r1,杂物占用,co,2026-05-10,清理,2026-01,,,\nA1,r2,路面,co,2026-05-10 12:00,,,,,\n",
             header);
    works(import("rectifications", file, "--json"));
    says("\"added\":2");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', r.key, deadline at time zone 'Asia/Shanghai', s.key,"
              " rectification_state(r)), ', ' order by r.key) from rectification r left join survey s on s.id ="
              " r.survey_id"),
        "r1 2026-05-11 00:00:00 2026-01 due, r2 2026-05-10 12:00:00 due");
    char done[600];
    snprintf(done, sizeof done,
             "%sA1,r1,杂物占用,co,2026-05-10,清理,2026-01,2026-05-09 10:00,2026-05-09 11:00,已清理\n", header);
    works(import("rectifications", done, "--json"));
    says("\"changed\":1");
    works(import("rectifications", file, "--json")); /* the older file again: nothing is undone */
    says("\"unchanged\":2");
    assert_string_equal(
        value("select concat_ws(' ', rectification_state(r), result, reworks, version) from rectification r"
              " where key = 'r1'"),
        "verified 已清理 0 2");
}

static void wrong_surveys_are_named(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"A1,a,,2026-05-02,,,,,,,,", "inspected: 0 characters; 1 to 200 go"},
        {"A1,,x,2026-05-02,,,,,,,,", "key: 0 characters; 1 to 120 go"},
        {"A1,b,x,,,,,,,,,", "found_at is missing"},
        {"A1,c,x,2099-05-02,,,,,,,,", "found_at is yet to come"},
        {"A1,d,x,2026-05-02,y,,,,,,,", "severity is missing"},
        {"A1,e,x,2026-05-02,y,huge,,,,,,", "severity \"huge\" is none of small"},
        {"A1,f,x,2026-05-02,,,B9,,,,,", "building \"B9\": there is no building of that id or code"},
        {"A1,g,x,2026-05-02,,,,900,,,,", "storey \"900\""},
        {"A1,h,x,2026-05-02,,,,,nothing,,,", "category \"nothing\": there is none"},
        {"A1,i,x,2026-05-02,,,,,,nobody,,", "organisation \"nobody\": there is none of that code"},
        {"A1,j,x,2026-05-02,,,,,,,77,", "incident \"77\": there is none in this estate"},
        {"A1,k,x,2026-05-02,,,,,,,,2026-05-01", "settled_at is too early"},
        {"A9,l,x,2026-05-02,,,,,,,,", "estate \"A9\": there is none of that id or code"},
        {"A1,k,y,2026-05-02,,,,,,,,", "key \"k\" stands on 13, too"},
    };
    value("delete from rectification; delete from survey");
    refuses_each(
        "surveys",
        "estate,key,inspected,found_at,finding,severity,building,storey,category,organisation,incident,settled_at",
        wrong, BASE_COUNT(wrong));
    assert_string_equal(value("select count(*) from survey"), "0");
}

static void wrong_rectifications_are_named(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"A1,a,,co,2026-05-02,,,,,,,,,,", "problem: 0 characters; 1 to 1000 go"},
        {"A1,b,x,,2026-05-02,,,,,,,,,,", "organisation is missing: who has to put it right?"},
        {"A1,c,x,co,,,,,,,,,,,", "deadline is missing"},
        {"A1,d,x,co,soon,,,,,,,,,,", "deadline \"soon\""},
        {"A1,e,x,co,2026-05-02,,,,none,,,,,,", "survey is the key of no survey of this estate"},
        {"A1,f,x,co,2026-05-02,,,,,,,2026-05-02,,,", "verified_at needs the time before it, too"},
        {"A1,g,x,co,2026-05-02,,,,,,,,2026-05-02,,", "dropped_at needs a result that says why"},
        {"A1,h,x,co,2026-05-02,,,,,,,,,,77", "evidence \"77\": there is none in this estate"},
    };
    refuses_each("rectifications",
                 "estate,key,problem,organisation,deadline,measure,building,storey,survey,incident,done_at,verified_at,"
                 "dropped_at,"
                 "result,evidence",
                 wrong, BASE_COUNT(wrong));
    assert_string_equal(value("select count(*) from rectification"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(surveys_come_twice_and_are_the_same),
        cmocka_unit_test(rectifications_until_the_day_is_over),
        cmocka_unit_test(wrong_surveys_are_named),
        cmocka_unit_test(wrong_rectifications_are_named),
    };
    return cmocka_run_group_tests(tests, kit_up, kit_down);
}
