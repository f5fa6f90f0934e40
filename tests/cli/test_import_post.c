/* hutong import roles of posts, and profiles of estates. */
#include "import_kit.h"

static const char header[] = "label,estate,kind,building,organisation,label_en,from,to";

static void posts_come_and_change_hands(void **state)
{
    (void)state;
    static const char posts[] = "label,estate,kind,building,organisation,label_en,from,to\n"
                                "1号楼楼长,A1,steward,B1,,Steward 1,2026-01-01,\n"
                                "业委会,1,committee,,,,2026-01-01 08:00,\n";
    works(import("roles", posts, "--json"));
    says("\"added\":2,\"changed\":0,\"unchanged\":0");
    works(import("roles", posts, "--json"));
    says("\"added\":0,\"changed\":0,\"unchanged\":2");
    assert_string_equal(value("select string_agg(concat_ws(' ', kind, building_id, label_en, valid_from at time zone "
                              "'UTC'), ', ' order by kind) from responsibility"),
                        "committee 2026-01-01 00:00:00, steward 1 Steward 1 2025-12-31 16:00:00");
    /* its company changes in June: the post ends there, and goes on */
    static const char june[] = "label,estate,kind,building,organisation,from\n1号楼楼长,A1,steward,B1,co,2026-06-01\n";
    works(import("roles", june, "--json"));
    says("\"changed\":1");
    works(import("roles", june, "--json"));
    says("\"unchanged\":1");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', (valid_from at time zone 'Asia/Shanghai')::date, (valid_to "
              "at time zone 'Asia/Shanghai')::date, organisation_id is not null), ', ' order by "
              "valid_from) from responsibility where kind = 'steward'"),
        "2026-01-01 2026-06-01 f, 2026-06-01 t");
    /* put right in place: the same moment */
    works(
        import("roles", "label,estate,kind,building,label_en,from\n1号楼楼长,A1,steward,B1,S,2026-06-01\n", "--json"));
    says("\"changed\":1");
    assert_string_equal(value("select count(*) from responsibility where kind = 'steward'"), "2");
    /* it ends, without saying since when it was */
    works(import("roles", "label,estate,kind,building,label_en,to\n1号楼楼长,A1,steward,B1,S,2099-01-01\n", "--json"));
    says("\"changed\":1");
    assert_string_equal(
        value("select count(*) || ' ' || max(valid_to at time zone 'Asia/Shanghai') from responsibility "
              "where kind = 'steward'"),
        "2 2099-01-01 00:00:00");
    /* new from now on, once */
    works(import("roles", "label,estate,kind\n志愿队,A1,volunteer\n", "--json"));
    works(import("roles", "label,estate,kind\n志愿队,A1,volunteer\n", "--json"));
    says("\"unchanged\":1");
}

static void wrong_posts_are_named(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"x,A9,steward", "estate \"A9\": there is none of that id or code"},
        {"x,A2,steward", "estate \"A2\": several have that code; give the id"},
        {"x,,steward", "estate is missing"},
        {"x,A1,king", "kind \"king\" is none of steward, grid_head"},
        {",A1,steward", "label is missing"},
        {"x,A1,steward,B9", "building \"B9\": there is no building of that id or code in estate 1"},
        {"x,A1,steward,B2", "building \"B2\": several buildings have that code; give the id in estate 1"},
        {"x,A1,steward,,nobody", "organisation \"nobody\": there is none of that code"},
        {"x,A1,steward,,,,soon", "from \"soon\": a time is written"},
        {"x,A1,steward,,,,2026-02-01,2026-01-01", "to 2026-01-01 is not after from 2026-02-01"},
        {"x,A1,steward,,,,,2020-01-01", "to 2020-01-01 has passed: from when was it?"},
        {"王 138 0000 0000,A1,steward", "label: 11 digits in a row look like somebody's number"},
    };
    refuses_each("roles", header, wrong, BASE_COUNT(wrong));
    assert_string_equal(value("select count(*) from responsibility"), "0");
}

static void profiles_are_never_changed_and_fees_are(void **state)
{
    (void)state;
    static const char profiles[] =
        "estate,valid_from,management_type,organisation,backstop,service_grade,fee_per_m2,contract,contract_to,month,"
        "collected\n"
        "A1,2026-01-01,market,co,,三级,1.20,HT-1,2027-01-01,,\n"
        "A1,2026-07-01,resident,,co,,,,,,\n"
        "A1,,,,,,,,,2026-08,93.5%\n"
        "A1,,,,,,,,,2026-09-15,0.4\n";
    works(import("profiles", profiles, "--json"));
    says("\"added\":4");
    works(import("profiles", profiles, "--json"));
    says("\"unchanged\":4");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', management_type, organisation_id is null, backstop_id is "
              "null, service_grade, fee_per_m2, contract), ', ' order by valid_from) from estate_profile"),
        "market f t 三级 1.20 HT-1, resident t f");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', month, collected), ', ' order by month) from estate_fee"),
        "2026-08-01 0.935, 2026-09-01 0.4");
    works(import("profiles", "estate,month,collected\nA1,2026-09,0.8\n", "--json"));
    says("\"changed\":1");
    static const struct kit_wrong wrong[] = {
        {"A1,2026-01-01,state", "valid_from 2026-01-01: there is another profile since that day"},
        {"A1,2026-02-01,private", "management_type \"private\" is none of market, state, resident"},
        {"A1,2026-02-01,,x", "organisation \"x\""},
        {"A1,2026-02-01,,,x", "backstop \"x\""},
        {"A1,2026-02-01,,,,,-1", "fee_per_m2 \"-1\": a number from 0 to 999999"},
        {"A1,soon", "valid_from \"soon\""},
        {"A1,,market", "valid_from is missing: since when is management_type so?"},
        {"A1", "valid_from or month is missing"},
        {"A1,2026-02-01,,,,,,,,2026-02,1", "valid_from and month"},
        {"A1,,,,,,,,,2026-13,1", "month \"2026-13\""},
        {"A1,,,,,,,,,2026-12,101%", "collected \"101%\": a share from 0 to 1"},
        {"A1,,,,,,,,,2026-12,", "collected \"\""},
    };
    refuses_each("profiles",
                 "estate,valid_from,management_type,organisation,backstop,service_grade,fee_per_m2,contract,"
                 "contract_to,month,collected",
                 wrong, BASE_COUNT(wrong));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(posts_come_and_change_hands, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(wrong_posts_are_named, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(profiles_are_never_changed_and_fees_are, kit_up, kit_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
