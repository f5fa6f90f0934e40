/* POST /api/notices/{key}/ack: by the key alone, and nobody who serves can read one. */
#include "api/write_kit.h"

static const char key[] = "11111111-2222-4333-8444-555555555555";

static void fill(void)
{
    test_sql(on.pg, "create table notice_all partition of notice default");
    test_sql(on.pg, "insert into organisation (id, kind, code, name) values (500, 'site', 'o500', 'x')");
    test_sql(on.pg, "insert into contact (id, organisation_id, position, label, channel, url) values (1, 500, 1, 'x',"
                    " 'webhook', 'https://example.org/')");
    test_sql(on.pg, "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, title,"
                    " t_event, reported_at, state_at) select 1, 1, 'call', 'other', 'small', id, 1, 'x', now(), now(),"
                    " now() from sla_policy where key = 'small'");
    test_sql(on.pg, "insert into notice (estate_id, incident_id, key, step, contact_id, organisation_id, level, asks,"
                    " line, link, body, state) values (1, 1, '11111111-2222-4333-8444-555555555555', 'report', 1, 500,"
                    " 0, true, 'l', '#', '{}', 'sent')");
}

static void the_key_is_all_it_needs(void **state)
{
    (void)state;
    char path[100];
    fill();
    snprintf(path, sizeof path, "/api/notices/%s/ack", key);
    WRITE_EXPECT(404, ask("POST", "/api/notices/11111111-2222-4333-8444-555555555556/ack", "", ""));
    WRITE_EXPECT(404, ask("POST", "/api/notices/1/ack", "", ""));
    WRITE_EXPECT(405, get(path, NULL));
    assert_string_equal(test_sql(on.pg, "select state from notice"), "sent");
    WRITE_EXPECT(200, ask("POST", path, "", ""));
    assert_non_null(strstr(answer.body.at, "{\"state\":\"acknowledged\"}"));
    assert_string_equal(test_sql(on.pg, "select state || ' ' || acked_by from notice"), "acknowledged contact 1");
    WRITE_EXPECT(200, ask("POST", path, "", ""));
}

static void nobody_who_serves_reads_keys_or_addresses(void **state)
{
    (void)state;
    assert_string_equal(
        test_sql(on.pg, "select count(*) from (values ('hutong_serve'), ('hutong_district'), ('hutong_planner'),"
                        " ('hutong_auditor')) r (role), (values ('notice', 'key'), ('contact', 'url'), ('contact',"
                        " 'secret')) c (t, col) where has_column_privilege(role, 'hutong.' || t, col, 'select')"),
        "0");
}

static int open_all(void **state)
{
    (void)state;
    return write_open((struct api_config){.port = 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_all_it_needs),
        cmocka_unit_test(nobody_who_serves_reads_keys_or_addresses),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
