/* hutong import of tables: files as they come - encodings, hostile ones -, all or nothing. */
#include "import_kit.h"

static const char days[] = "calendar,day,kind,name,label\r\n"
                           "cn,2026-10-01,rest,中国,国庆节\r\n"
                           "cn,2026/10/10,work,,补班\r\n";

static void a_calendar_comes_twice_and_is_the_same(void **state)
{
    (void)state;
    works(import("calendars", days, "--dry-run"));
    says("2 calendars, 2 of them new, 0 changed, 0 unchanged, 0 remarks (dry run: nothing was stored)");
    assert_string_equal(value("select count(*) from calendar"), "0");
    works(import("calendars", days, "--json"));
    says("{\"lines\":2,\"added\":2,\"changed\":0,\"unchanged\":0,\"remarks\":0,\"dry_run\":false}");
    assert_string_equal(value("select string_agg(concat_ws(' ', c.code, c.name, day, kind, d.name), ', ' order by day) "
                              "from calendar c join calendar_day d on d.calendar_id = c.id"),
                        "cn 中国 2026-10-01 rest 国庆节, cn 中国 2026-10-10 work 补班");
    works(import("calendars", days, "--json"));
    says("\"added\":0,\"changed\":0,\"unchanged\":2");
    works(import("calendars", "calendar,day,kind\ncn,2026-10-10,rest\n", "--json"));
    says("\"changed\":1");
    assert_string_equal(value("select note from audit order by id desc limit 1"), "calendars: 1 lines, 0 new");
}

/* Windows of its duties that have not begun go, and judge is to open them again; those of others stay. */
static void a_changed_calendar_has_windows_opened_anew(void **state)
{
    (void)state;
    works(import("calendars", days, NULL));
    value("insert into duty (estate_id, id, key, name, subject_kind, schedule, proof, calendar_id, valid_from, "
          "opened_to) values "
          "(1, 1, 'a', 'a', 'building', 'every 1h', 'pass', (select id from calendar), now() - interval '1 day', now() "
          "+ interval "
          "'1 day'), (1, 2, 'b', 'b', 'building', 'every 1h', 'pass', null, now() - interval '1 day', now() + interval "
          "'1 day');"
          "create table window_rest partition of duty_window default;"
          "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at) "
          "select 1, now() "
          "+ h * interval '1 hour', d, 1, 1, 'building', now() + (h + 1) * interval '1 hour', now() + (h + 2) * "
          "interval '1 hour' "
          "from generate_series(-3, 3) h, generate_series(1, 2) d");
    works(import("calendars", days, NULL));
    assert_string_equal(value("select count(*) from duty_window"), "14");
    works(import("calendars", "calendar,day,kind\ncn,2026-10-10,rest\n", "--dry-run"));
    assert_string_equal(value("select count(*) from duty_window"), "14");
    works(import("calendars", "calendar,day,kind\ncn,2026-10-10,rest\n", NULL));
    assert_string_equal(
        value("select string_agg(n::text, ' ' order by duty_id) from (select duty_id, count(*) as n from duty_window "
              "group by 1) c"),
        "4 7"); /* the one that begins with this moment has begun */
    assert_string_equal(value("select string_agg((opened_to > now())::text, ' ' order by id) from duty"), "false true");
}

/* By the clock of most estates: Shanghai's. Estate 2 is in another zone. */
static void a_campaign_comes_twice_and_can_be_put_right(void **state)
{
    (void)state;
    static const char text[] = "code,name,name_en,from,to\r\n"
                               "clean,清洁家园,Clean home,2026-10-01,2026-10-08\r\n"
                               "fire,消防专项,,2026/11/1 8:00,2026-12-01T00:00:00Z\r\n";
    value("update estate set tz = 'Europe/Berlin' where id = 2");
    works(import("campaigns", text, "--dry-run"));
    says("2 campaigns, 2 of them new, 0 changed, 0 unchanged, 0 remarks (dry run: nothing was stored)");
    assert_string_equal(value("select count(*) from campaign"), "0");
    works(import("campaigns", text, "--json"));
    says("\"added\":2,\"changed\":0,\"unchanged\":0");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', code, name, name_en, t_from at time zone 'UTC', t_to at time"
              " zone 'UTC'), ', ' order by code) from campaign"),
        "clean 清洁家园 Clean home 2026-09-30 16:00:00 2026-10-07 16:00:00, "
        "fire 消防专项 2026-11-01 00:00:00 2026-12-01 00:00:00");
    works(import("campaigns", text, "--json"));
    says("\"added\":0,\"changed\":0,\"unchanged\":2");
    works(import("campaigns", "code,name,from,to\nclean,清洁家园,2026-10-01,2026-10-08\n", "--json"));
    says("\"changed\":1");
    assert_string_equal(value("select name_en from campaign where code = 'clean'"), "");
    assert_string_equal(value("select note from audit order by id desc limit 1"), "campaigns: 1 lines, 0 new");
    /* A duty can name it now. */
    works(import("duties",
                 "estate,key,name,subject_kind,schedule,proof,campaign\nA1,d,d,building,every 2h,pass,clean\n", NULL));
    assert_string_equal(value("select c.code from duty d join campaign c on c.id = d.campaign_id"), "clean");
}

static void every_wrong_campaign_is_named(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {",x,2026-10-01,2026-10-08", "code: 0 bytes; 1 to 100 go"},
        {"c,,2026-10-01,2026-10-08", "name: 0 bytes; 1 to 200 go"},
        {"c,x,,2026-10-08", "from is missing"},
        {"c,x,2026-10-01,", "to is missing"},
        {"c,x,tomorrow,2026-10-08", "from \"tomorrow\": a time is written"},
        {"c,x,2026-10-01,2026-02-30", "to \"2026-02-30\": a time is written"},
        {"c,x,2026-10-08,2026-10-08", "to \"2026-10-08\" must be after from"},
        {"c,x,2026-10-08,2026-10-01", "to \"2026-10-01\" must be after from"},
        {"c,x,2026-10-01,2027-11-30", "to \"2027-11-30\" must be after from, by 400 days at most"},
    };
    refuses_each("campaigns", "code,name,from,to", wrong, BASE_COUNT(wrong));
    assert_string_equal(value("select count(*) from campaign"), "0");
}

static void files_are_read_as_spreadsheets_save_them(void **state)
{
    (void)state;
    static const char gbk[] =
        "calendar,day,kind,name,label\r\ncn,2026-10-01,rest,\xD6\xD0\xB9\xFA,\xB9\xFA\xC7\xEC\xBD\xDA\r\n";
    works(import("calendars", gbk, NULL));
    assert_string_equal(value("select name from calendar_day"), "国庆节");
    assert_string_equal(value("select name from calendar"), "中国");
    works(import("calendars",
                 "\xEF\xBB\xBF"
                 "calendar,day,kind\n\"cn\",2026-10-02,rest",
                 NULL));
    assert_string_equal(value("select count(*) from calendar_day"), "2");
}

static void every_wrong_line_is_named_and_nothing_is_stored(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"cn,2026-02-30,rest", "day \"2026-02-30\": a day is written"},
        {"cn,2026-10-01 08:00,rest", "day \"2026-10-01 08:00\""},
        {"cn,2026-10-01,holiday", "kind \"holiday\" is none of work, rest"},
        {",2026-10-01,rest", "calendar: its code"},
        {"cn,,rest", "day \"\""},
        {"cn,2026-10-01,rest,x,y,z", "6 fields, but 3 columns"},
    };
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 16);
    base_buf_text(&text, "calendar,day,kind\ncn,2026-10-01,rest\n");
    for (int i = 0; i < 30; i++) {
        base_buf_printf(&text, "cn,%d,rest\n", i);
    }
    enum base_err err = import("calendars", base_buf_cstr(&text), NULL);
    refuses(err, "30 faults in 31 lines; nothing was stored");
    refuses(err, "t.csv:22: day \"19\"");
    assert_null(strstr(diag.text, "t.csv:23:")); /* the first twenty */
    assert_string_equal(value("select count(*) from calendar"), "0");
    base_buf_reset(&text);
    base_buf_text(&text, "calendar,day,kind\n");
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        base_buf_printf(&text, "%s\n", wrong[i].line);
    }
    err = import("calendars", base_buf_cstr(&text), NULL);
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        char at[200];
        snprintf(at, sizeof at, "t.csv:%zu: %s", i + 2, wrong[i].because);
        refuses(err, at);
    }
}

static void wrong_files_are_refused(void **state)
{
    (void)state;
    refuses(import("calendars", "", NULL), "the first line names the columns, and calendar is missing");
    refuses(import("calendars", "calendar,day,kind\n", NULL), "there is no line in it");
    refuses(import("calendars", "calendar,day\ncn,2026-10-01\n", NULL), "and kind is missing");
    refuses(import("calendars", "calendar,day,kind,day\n", NULL),
            "column \"day\" is there twice, of calendar day kind");
    refuses(import("calendars", "calendar,day,kind,colour\n", NULL), "column \"colour\" is none of calendar day kind");
    refuses(import("calendars", "calendar,day,kind\n\"cn,2026-10-01,rest\n", NULL),
            "a quote is opened and never closed");
    refuses(import("calendars", "calendar,day,kind\n\xff\xff,2026-10-01,rest\n", NULL), "neither UTF-8 nor GB 18030");
    refuses(import("calendars", days, "--crs=gcj02"), "--crs means nothing for calendars");
    refuses(import("rosters", "a\n", NULL), "there is no kind \"rosters\"");
}

static void hostile_files_do_no_harm(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 40 << 20);
    base_buf_text(&text, "calendar,day,kind,name\ncn,2026-10-01,rest,");
    memset(base_buf_reserve(&text, 10 << 20), 'x', 10 << 20);
    text.len += 10 << 20;
    base_buf_text(&text, "\n");
    refuses(import_bytes("calendars", "t.csv", text.data, text.len, NULL),
            "t.csv:2: name: 10485760 bytes; up to 8192 go");
    memset(base_buf_reserve(&text, 10 << 20), 'x', 10 << 20);
    text.len += 10 << 20;
    refuses(import_bytes("calendars", "t.csv", text.data, text.len, NULL), "t.csv");
    static const char nul[] = "calendar,day,kind\ncn,2026-\0-01,rest\n";
    refuses(import_bytes("calendars", "t.csv", nul, sizeof nul - 1, NULL), "NUL bytes");
    base_buf_reset(&text);
    for (int i = 0; i < 1000; i++) {
        base_buf_printf(&text, "%scolumn%d", i ? "," : "", i);
    }
    refuses(import_bytes("calendars", "t.csv", text.data, text.len, NULL), "line 1: more than 64 fields");
    base_buf_reset(&text);
    base_buf_text(&text, "calendar,day,kind\n");
    for (int i = 0; i < 1000; i++) {
        base_buf_text(&text, "a,");
    }
    refuses(import_bytes("calendars", "t.csv", text.data, text.len, NULL), "line 2: more than 64 fields");
    base_buf_reset(&text);
    for (int i = 0; i < 100000; i++) {
        base_buf_text(&text, "\"\",");
    }
    refuses(import_bytes("calendars", "t.csv", text.data, text.len, NULL), "more than 64 fields");
    base_buf_reset(&text);
    memset(base_buf_reserve(&text, 100000), '[', 100000);
    text.len += 100000;
    refuses(import_bytes("duties", "t.geojson", text.data, text.len, NULL), "t.geojson");
    assert_string_equal(value("select count(*) from calendar"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_calendar_comes_twice_and_is_the_same, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(a_changed_calendar_has_windows_opened_anew, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(a_campaign_comes_twice_and_can_be_put_right, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(every_wrong_campaign_is_named, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(files_are_read_as_spreadsheets_save_them, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(every_wrong_line_is_named_and_nothing_is_stored, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(wrong_files_are_refused, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(hostile_files_do_no_harm, kit_up, kit_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
