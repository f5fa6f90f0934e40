/* hutong import contacts: who is told, in versions; which organisation answers at a level; addresses never repeated. */
#include "import_kit.h"

static const char header[] =
    "organisation,position,label,channel,url,secret,ack_s,to,level,estate,community,field,district,field_ack_s";

static void a_contact_comes_twice_and_has_versions(void **state)
{
    (void)state;
    static const char contacts[] = "organisation,position,label,channel,url,secret,ack_s,level,estate\n"
                                   "co,1,值班室,wecom,https://example.org/send?key=k,,,estate,A1\n"
                                   "co,2,经理,webhook,http://example.org:8080/in,s3cret,60,alliance,\n";
    works(import("contacts", contacts, "--dry-run"));
    assert_string_equal(value("select count(*) from contact"), "0");
    works(import("contacts", contacts, "--json"));
    says("\"added\":2,\"changed\":0,\"unchanged\":0");
    works(import("contacts", contacts, "--json"));
    says("\"added\":0,\"changed\":0,\"unchanged\":2");
    assert_string_equal(value("select string_agg(concat_ws(' ', position, label, channel, url, secret, ack_s), ', ' "
                              "order by position) from contact"),
                        "1 值班室 wecom https://example.org/send?key=k 300, 2 经理 webhook http://example.org:8080/in "
                        "s3cret 60");
    assert_string_equal(value("select string_agg(concat_ws(' ', rank, estate_id), ', ' order by rank) from "
                              "level_organisation"),
                        "0 1, 2");
    /* another secret: the contact that was is kept, and has ended */
    works(import("contacts",
                 "organisation,position,label,channel,url,secret,ack_s\nco,2,经理,webhook,"
                 "http://example.org:8080/in,other,60\n",
                 "--json"));
    says("\"changed\":1");
    assert_string_equal(value("select string_agg(concat_ws(' ', secret, valid_to is null), ', ' order by id) from "
                              "contact where position = 2"),
                        "s3cret f, other t");
    /* it goes: the line as it is, and an end */
    static const char ends[] = "organisation,position,label,channel,url,secret,ack_s,to\nco,2,经理,webhook,"
                               "http://example.org:8080/in,other,60,2099-01-01\n";
    works(import("contacts", ends, "--json"));
    says("\"changed\":1");
    works(import("contacts", ends, "--json"));
    says("\"unchanged\":1");
    assert_string_equal(value("select max(valid_to at time zone 'Asia/Shanghai') from contact where secret = 'other'"),
                        "2099-01-01 00:00:00");
    assert_string_equal(value("select count(*) from contact where position = 2"), "2");
    assert_string_equal(value("select string_agg(note, ',') from audit where note like '%s3cret%'"), "");
}

static void a_level_changes_hands(void **state)
{
    (void)state;
    value("insert into organisation (code, name, kind) values ('st', '街道', 'community')");
    value("insert into district (id, code, name) values (1, 'd', 'd'); insert into street (id, district_id, code, "
          "name) values (1, 1, 's', 's'); insert into community (id, street_id, code, name) values (1, 1, 'c1', 'c'); "
          "update estate set community_id = 1 where id = 1");
    works(import("contacts",
                 "organisation,position,label,channel,url,level,community\n"
                 "co,1,值班室,webhook,https://example.org/a,community,\n"
                 "st,1,值班室,webhook,https://example.org/b,community,c1\n",
                 NULL));
    assert_string_equal(value("select string_agg((level_organisation_of(e.id, 1::smallint) = o.id)::text, ' ' order by "
                              "e.id) from estate e join organisation o on o.code = 'st' where e.id in (1, 2)"),
                        "true false"); /* of its community before of all */
    works(import("contacts",
                 "organisation,position,label,channel,url,level,estate\n"
                 "co,1,值班室,webhook,https://example.org/a,community,1\n",
                 NULL));
    assert_string_equal(value("select o.code from organisation o where o.id = level_organisation_of(1, 1::smallint)"),
                        "co");
}

static void a_department_answers_for_a_field(void **state)
{
    (void)state;
    static const char departments[] = "organisation,position,label,channel,url,field,district,estate,field_ack_s\n"
                                      "fire,1,值班室,webhook,https://example.org/a,fire,,,\n"
                                      "fire2,1,值班室,webhook,https://example.org/b,fire,d,,90\n"
                                      "fire3,1,值班室,webhook,https://example.org/c,fire,,2,\n";
    static const char who[] =
        "select string_agg(concat_ws(' ', e.id, o.code, f.ack_s), ', ' order by e.id) from estate e cross join lateral "
        "field_organisation_of(e.id, 'fire') f join organisation o on o.id = f.organisation_id where e.id in (1, 2)";
    value("insert into organisation (code, name, kind) values ('fire', '消防支队', 'department'), ('fire2', '区消防', "
          "'department'), ('fire3', '微型消防站', 'department')");
    for (int i = 0; i < 2; i++) {
        works(import("contacts", departments, "--json"));
        assert_string_equal(value("select count(*) from field_organisation"), "3");
    }
    says("\"unchanged\":3");
    assert_string_equal(value(who), "1 fire2 90, 2 fire3"); /* estate 1 lies in the district */
    works(import("contacts",
                 "organisation,position,label,channel,url,field,estate\n"
                 "fire,1,值班室,webhook,https://example.org/a,fire,2\n",
                 NULL));
    assert_string_equal(value(who), "1 fire2 90, 2 fire");
}

static void wrong_contacts_are_named_without_their_addresses(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"nobody,1,x,webhook,https://h/", "organisation \"nobody\": there is none of that code"},
        {",1,x,webhook,https://h/", "organisation is missing"},
        {"co,,x,webhook,https://h/", "position is missing"},
        {"co,0,x,webhook,https://h/", "position \"0\": a number from 1 to 99"},
        {"co,1,,webhook,https://h/", "label is missing"},
        {"co,1,王 138 0000 0000,webhook,https://h/", "label: 11 digits in a row look like somebody's number"},
        {"co,1,x,pigeon,https://h/", "channel \"pigeon\" is none of webhook, wecom, dingtalk, sms"},
        {"co,1,x,webhook,ftp://h/secretpath", "url: an address such as https://"},
        {"co,1,x,webhook,https:///secretpath", "url: an address such as https://"},
        {"co,1,x,webhook,file:///etc/passwd", "url: an address such as https://"},
        {"co,1,x,webhook,https://h/a b", "url: an address such as https://"},
        {"co,1,x,dingtalk,https://h/robot,s", "url: a DingTalk robot's has ?access_token=... in it"},
        {"co,1,x,webhook,https://h/,,0", "ack_s \"0\": a number from 1 to 604800"},
        {"co,1,x,webhook,https://h/,,,soon", "to \"soon\": a time is written"},
        {"co,1,x,webhook,https://h/,,,,heaven", "there is no level \"heaven\""},
        {"co,1,x,webhook,https://h/,,,,,A1", "level or field is missing"},
        {"co,1,x,webhook,https://h/,,,,estate,A9", "estate \"A9\": there is none of that id or code"},
        {"co,1,x,webhook,https://h/,,,,estate,A1,c1", "a level is an estate's or a community's, not both"},
    };
    value("delete from level_organisation; delete from field_organisation; delete from contact");
    refuses_each("contacts", header, wrong, BASE_COUNT(wrong));
    assert_string_equal(value("select count(*) from contact"), "0");
    assert_null(strstr(base_buf_cstr(&output), "secretpath"));
}

static void wrong_fields_are_named(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"co,1,x,webhook,https://h/,,,,,,,fire", "organisation \"co\": is not of kind department"},
        {"fire,1,x,webhook,https://h/,,,,,,,wizards", "field \"wizards\": there is no such department"},
        {"fire,1,x,webhook,https://h/,,,,,,,fire,nowhere", "district \"nowhere\": there is none of that code"},
        {"fire,1,x,webhook,https://h/,,,,,A1,,fire,d", "a field is an estate's or a district's, not both"},
        {"fire,1,x,webhook,https://h/,,,,estate,,,fire", "a line says level or field"},
        {"fire,1,x,webhook,https://h/,,,,,,c1,fire", "community goes with level"},
        {"co,1,x,webhook,https://h/,,,,estate,,,,d", "community goes with level, district and field_ack_s with field"},
        {"fire,1,x,webhook,https://h/,,,,,,,fire,,0", "field_ack_s \"0\": a number from 1 to 604800"},
    };
    value("delete from field_organisation; delete from contact");
    refuses_each("contacts", header, wrong, BASE_COUNT(wrong));
    assert_string_equal(value("select count(*) from field_organisation"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_contact_comes_twice_and_has_versions),
        cmocka_unit_test(a_level_changes_hands),
        cmocka_unit_test(a_department_answers_for_a_field),
        cmocka_unit_test(wrong_fields_are_named),
        cmocka_unit_test(wrong_contacts_are_named_without_their_addresses),
    };
    return cmocka_run_group_tests(tests, kit_up, kit_down);
}
