/* hutong import shifts: rosters by the source's clock, devices by hash alone. */
#include "import_kit.h"

static const char header[] = "source,label,from,to,device,subject_type,label_en,organisation";

static void a_roster_comes_twice_and_is_the_same(void **state)
{
    (void)state;
    static const char roster[] = "source,label,from,to,device,subject_type,label_en,organisation\n"
                                 "patrol,巡逻1组,2026-11-30 20:00,2026-12-01 08:00,guard/7,,Patrol 1,co\n"
                                 "patrol,巡逻1组,2026-12-01T12:00:00Z,2026-12-02 08:00,guard/7,guard,Patrol 1,co\n"
                                 "any,保洁,2026-12-01 06:00,2026-12-01 14:00,,cleaner,,\n";
    works(import("shifts", roster, "--dry-run"));
    assert_string_equal(value("select count(*) from shift"), "0");
    works(import("shifts", roster, "--json"));
    says("\"added\":3,\"changed\":0,\"unchanged\":0,\"remarks\":0");
    works(import("shifts", roster, "--json"));
    says("\"added\":0,\"changed\":0,\"unchanged\":3,\"remarks\":0");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', h.label, h.label_en, h.subject_type, starts_at at time zone 'UTC', "
              "ends_at at time zone 'UTC', device_hash is null, o.code), ', ' order by h.starts_at) from shift h left "
              "join "
              "organisation o on o.id = h.organisation_id"),
        "巡逻1组 Patrol 1 guard 2026-11-30 12:00:00 2026-12-01 00:00:00 f co, 保洁 保洁 cleaner 2026-11-30 22:00:00 "
        "2026-12-01 06:00:00 t, 巡逻1组 Patrol 1 guard 2026-12-01 12:00:00 2026-12-02 00:00:00 f co");
    /* another month, another name of the same device */
    assert_string_equal(value("select count(distinct device_hash) from shift"), "2");
    works(import("shifts", "source,label,from,to,device\npatrol,巡逻1组,2026-11-30 20:00,2026-12-01 09:00,guard/7\n",
                 "--json"));
    says("\"changed\":1");
    assert_string_equal(value("select count(*) from shift"), "3");
    assert_string_equal(value("select count(*) from shift where shift::text like '%guard/7%'"), "0");
}

static void overlaps_are_reported(void **state)
{
    (void)state;
    works(import("shifts",
                 "source,label,from,to,device\n"
                 "patrol,夜班,2026-11-30 20:00,2026-12-01 08:00,guard/7\n"
                 "patrol,早班,2026-12-01 07:00,2026-12-01 15:00,guard/7\n" /* in the next month, under its key */
                 "patrol,早班,2026-12-01 07:00,2026-12-01 15:00,guard/8\n"
                 "patrol,长班,2026-12-05 07:00,2026-12-08 15:00,guard/9\n",
                 "--json"));
    says("t.csv:3: remark: overlaps shift \"夜班\" of the same device (2026-11-30T12:00:00Z to 2026-12-01T00:00:00Z)");
    says("t.csv:5: remark: lasts more than a day");
    says("\"added\":4,\"changed\":0,\"unchanged\":0,\"remarks\":2");
}

static void wrong_shifts_are_named(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"nobody,x,2026-12-01,2026-12-02,d", "source \"nobody\": there is none of that name"},
        {"patrol,,2026-12-01,2026-12-02,d", "label is missing"},
        {"patrol,x,,2026-12-02,d", "from is missing"},
        {"patrol,x,2026-12-01,,d", "to is missing"},
        {"patrol,x,2026-12-02,2026-12-01,d",
         "to 2026-12-01 is not after from 2026-12-02; a night ends on the next day"},
        {"patrol,x,2026-12-01 22:00,2026-12-01 06:00,d", "to 2026-12-01 06:00 is not after from"},
        {"patrol,x,2026-12-01,2026-12-01,d", "to 2026-12-01 is not after from"},
        {"patrol,x,tonight,2026-12-01,d", "from \"tonight\": a time is written"},
        {"patrol,x,2026-12-01,2026-12-02,d,dog", "subject_type \"dog\" is none of guard"},
        {"any,x,2026-12-01,2026-12-02,d", "subject_type is missing, and the source says none"},
        {"patrol,x,2026-12-01,2026-12-02,d,,,nobody", "organisation \"nobody\""},
        {"patrol,13800000000,2026-12-01,2026-12-02,d", "label: 11 digits in a row"},
    };
    refuses_each("shifts", header, wrong, BASE_COUNT(wrong));
    assert_string_equal(value("select count(*) from shift"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_roster_comes_twice_and_is_the_same, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(overlaps_are_reported, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(wrong_shifts_are_named, kit_up, kit_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
