/* hutong device as a user runs it: what is stored, what it prints, and how it refuses. */
#include "cli/cli.h"
#include "fixture/ingest_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct base_diag diag;
static struct base_buf output;
static PGconn *pg;

/* Runs hutong with the words; what it printed is in output, or in diag when it failed. */
static enum base_err run(const char *const *words)
{
    const char *argv[24] = {fixture_binary()};
    for (size_t i = 0; words[i] && i < 22; i++) {
        argv[i + 1] = words[i];
    }
    base_buf_reset(&output);
    diag.text[0] = '\0';
    return cli_process_run(&(struct cli_process){.argv = argv, .death_signal = SIGKILL}, &diag, &output);
}
#define RUN(...) run((const char *const[]){"device", __VA_ARGS__, NULL})

static void works(enum base_err err)
{
    if (err) {
        fail_msg("%s", diag.text);
    }
}

static void refuses(enum base_err err, const char *because)
{
    assert_int_not_equal(err, BASE_OK);
    if (!strstr(diag.text, because) && !strstr(base_buf_cstr(&output), because)) {
        fail_msg("\"%s\" is not in: %s / %s", because, diag.text, base_buf_cstr(&output));
    }
}

static void says(const char *text)
{
    if (!strstr(base_buf_cstr(&output), text)) {
        fail_msg("\"%s\" is not in: %s", text, base_buf_cstr(&output));
    }
}

/* Sources rooms (ESPresense, home estate 1) and guards; estates 1 and 2 with buildings 11 12 (1号楼 2号楼) and 21
 * (1号楼), and building 10, closed, whose place 11 has taken. */
static void fresh(void)
{
    const char *database = fixture_database();
    setenv("HUTONG_DATABASE", database, 1);
    PQfinish(pg);
    pg = kit_connect(database);
    kit_value(pg,
              "insert into estate (id, dataset, key, name) values (1, 't', '1', '云栖花园'), (2, 't', '2', '听雨苑')");
    kit_value(pg, "insert into building (estate_id, id, dataset, key, codes, levels, levels_source, height_m, "
                  "height_source, area_m2, lon, lat, geom, valid_to) select e, i, 't', k, array[c], 6, 'given', 18, "
                  "'levels', 600, 121.4, 31.02, st_multi(st_makeenvelope(121.3998, 31.0199, 121.4002, 31.0201, 4326)), "
                  "t from (values (1, 11, 'a', '1号楼', null), (1, 12, 'b', '2号楼', null), (2, 21, 'c', '1号楼', "
                  "null), (2, 22, 'd', '9号楼', null), (2, 10, 'a', '1号楼', now())) v (e, i, k, c, t)");
    kit_value(pg, "insert into source (name, estate_id, topics, format, purpose) values ('rooms', 1, '{x/#}', "
                  "'espresense', 'p'), ('guards', 1, '{y/#}', 'owntracks', 'p'), ('city', 0, '{z/#}', 'espresense', "
                  "'p')");
}

static void write_file(const char *text, char path[300])
{
    snprintf(path, 300, "%s/devices.csv", fixture_scratch());
    assert_int_equal(base_file_write(path, 0600, text, strlen(text), &diag), BASE_OK);
}

#define PLACES                                                                                                      \
    "select string_agg(concat_ws('/', native_id, kind, state, building_estate_id, building_id, storey, lon, lat), " \
    "',' order by native_id, id) from device where valid_to is null"

static void a_device_is_added_bound_and_moved(void **state)
{
    (void)state;
    fresh();
    works(RUN("add", "--source", "rooms", "--id", "hall", "--kind", "reader", "--building", "11", "--storey", "2"));
    says("1 added");
    works(RUN("add", "--source", "rooms", "--id", "gate", "--kind", "camera", "--lon", "121.4", "--lat", "-31.02"));
    works(RUN("add", "--source", "rooms", "--id", "hall", "--kind", "reader", "--building", "11", "--storey", "2"));
    says("1 unchanged");
    assert_string_equal(kit_value(pg, PLACES), "gate/camera/accepted/121.4/-31.02,hall/reader/accepted/1/11/2");
    works(RUN("add", "--source", "rooms", "--id", "hall", "--kind", "reader")); /* no word of the place: it stays */
    says("1 unchanged");
    works(RUN("add", "--source", "rooms", "--id", "hall", "--kind", "reader", "--building", "21"));
    says("1 moved");
    assert_string_equal(kit_value(pg, PLACES), "gate/camera/accepted/121.4/-31.02,hall/reader/accepted/2/21");
    assert_string_equal(kit_value(pg, "select building_id || '/' || storey || '/' || (d.valid_to = (select valid_from "
                                      "from device n where n.native_id = 'hall' and n.valid_to is null)) from device d "
                                      "where valid_to is not null"),
                        "11/2/true");
    assert_string_equal(kit_value(pg, "select string_agg(distinct estate_id::text, ',') from device"), "1");
    assert_int_equal(kit_number(pg, "select registry_version from source where name = 'rooms'"), 6);
    works(RUN("remove", "--source", "rooms", "--id", "hall"));
    assert_string_equal(kit_value(pg, PLACES), "gate/camera/accepted/121.4/-31.02");
}

static void what_was_known_moves_along(void **state)
{
    (void)state;
    fresh();
    works(RUN("add", "--source", "rooms", "--id", "hall", "--kind", "reader", "--building", "11"));
    kit_value(pg, "update device set first_seen = now(), last_seen = now(), messages = 7");
    kit_value(pg, "insert into device_state (estate_id, device_id, kind, t_event, t_recv, phase) select estate_id, id, "
                  "'lifecycle', now(), now(), 'start' from device");
    works(RUN("add", "--source", "rooms", "--id", "hall", "--kind", "reader", "--building", "12"));
    assert_string_equal(kit_value(pg, "select d.building_id || '/' || d.messages || '/' || s.phase from device_state s "
                                      "join device d on d.estate_id = s.estate_id and d.id = s.device_id"),
                        "12/7/start");
    works(RUN("remove", "--source", "rooms", "--id", "hall"));
    assert_int_equal(kit_number(pg, "select count(*) from device_state"), 0);
}

static void a_building_is_found_by_id_or_code_or_named(void **state)
{
    (void)state;
    fresh();
    works(RUN("add", "--source", "rooms", "--id", "a", "--kind", "reader", "--building", "1号楼")); /* at home */
    works(RUN("add", "--source", "rooms", "--id", "b", "--kind", "reader", "--building", "9号楼")); /* elsewhere */
    assert_string_equal(kit_value(pg, PLACES), "a/reader/accepted/1/11,b/reader/accepted/2/22");
    refuses(RUN("add", "--source", "city", "--id", "a", "--kind", "reader", "--building", "1号楼"),
            "is a code of 2 buildings; give the id: 11 (1号楼, 云栖花园), 21 (1号楼, 听雨苑)");
    refuses(RUN("add", "--source", "rooms", "--id", "a", "--kind", "reader", "--building", "10"),
            "building 10 is no more; building 11 has taken its place");
    refuses(RUN("add", "--source", "rooms", "--id", "a", "--kind", "reader", "--building", "99"),
            "there is no building \"99\", by id or by code; hutong import buildings");
    refuses(RUN("add", "--source", "rooms", "--id", "a", "--kind", "reader", "--building", "11", "--storey", "7"),
            "storey 7: the building has 6");
    assert_string_equal(kit_value(pg, PLACES), "a/reader/accepted/1/11,b/reader/accepted/2/22");
}

static void wrong_words_are_named(void **state)
{
    (void)state;
    fresh();
    refuses(RUN("add", "--id", "a", "--kind", "reader"), "--source is missing");
    refuses(RUN("add", "--source", "rooms", "--id", "a"), "--kind is missing");
    refuses(RUN("add", "--source", "nobody", "--id", "a", "--kind", "k"), "there is no source \"nobody\"");
    refuses(RUN("add", "--source", "rooms", "--id", "a", "--kind", "k", "--storey", "1"),
            "a storey needs its building");
    refuses(RUN("add", "--source", "rooms", "--id", "a", "--kind", "k", "--lon", "1"), "lon and lat go together");
    refuses(RUN("add", "--source", "rooms", "--id", "a", "--kind", "k", "--lon", "31", "--lat", "121"), "-90 to 90");
    refuses(RUN("add", "--source", "rooms", "--id", "a", "--kind", "k", "--lon", "1", "--lat", "1", "--building", "11"),
            "not both");
    refuses(RUN("add", "--source", "rooms", "--id", "a", "--id", "b", "--kind", "k"), "one --id at a time");
    refuses(RUN("accept", "--source", "rooms"), "--id (or --all) is missing");
    refuses(RUN("accept", "--source", "rooms", "--id", "none"), "has no device \"none\"");
    refuses(RUN("list", "--state", "odd"), "quarantined or accepted");
    refuses(RUN("hold"), "add, import, list, accept or remove");
    assert_int_equal(kit_number(pg, "select count(*) from device"), 0);
}

/* What persons carry has no row here, by whichever way. */
static void persons_devices_are_refused(void **state)
{
    (void)state;
    fresh();
    refuses(RUN("add", "--source", "guards", "--id", "amy/phone", "--kind", "phone"), "are persons'");
    refuses(RUN("add", "--source", "rooms", "--id", "amys-tag", "--kind", "tag"), "what persons carry");
    kit_value(pg, "update source set subject_type = 'fleet' where name = 'guards'");
    works(RUN("add", "--source", "guards", "--id", "sweeper/1", "--kind", "sweeper"));
    assert_int_equal(kit_number(pg, "select count(*) from device"), 1);
}

static void a_file_is_imported_as_a_whole(void **state)
{
    (void)state;
    char path[300];
    fresh();
    write_file("\xef\xbb\xbf"
               "building,id,kind,name,lon,lat,storey\r\n"
               "2号楼,hall,reader,\"Hall, north\",,,3\r\n"
               "\r\n"
               ",lamp,lamp,\"the \"\"old\"\" lamp\",121.41,31.01,\r\n"
               ",plain\r\n",
               path);
    works(RUN("import", "--source", "rooms", "--file", path, "--dry-run"));
    says("3 added, 0 moved, 0 changed, 0 unchanged (dry run: nothing was stored)");
    assert_int_equal(kit_number(pg, "select count(*) from device"), 0);
    works(RUN("import", "--source", "rooms", "--file", path));
    assert_string_equal(kit_value(pg, PLACES), "hall/reader/accepted/1/12/3,lamp/lamp/accepted/121.41/31.01,plain/unit/"
                                               "accepted");
    assert_string_equal(kit_value(pg, "select string_agg(name, ';' order by native_id) from device"),
                        "Hall, north;the \"old\" lamp");
    write_file("id,building,storey\nhall,12,3\nlamp,12,\nplain,12,1\nnew,,\n", path);
    works(RUN("import", "--source", "rooms", "--file", path, "--json"));
    says("{\"devices\":4,\"added\":1,\"moved\":1,\"changed\":1,\"unchanged\":1,\"dry_run\":false}");
    assert_string_equal(kit_value(pg, PLACES), "hall/reader/accepted/1/12/3,lamp/lamp/accepted/1/12,new/unit/accepted,"
                                               "plain/unit/accepted/1/12/1");
    assert_int_equal(kit_number(pg, "select count(*) from device where valid_to is not null"), 1);
}

/* cli_process_run gives the last words only; the lines stand before them. */
static void every_wrong_line_of_a_file_is_named(void **state)
{
    (void)state;
    char path[300];
    fresh();
    write_file("id,kind,building,storey,lon,lat\n"
               "a,reader,11,2,,\n"
               ",reader,,,,\n"
               "b,tag,,,,\n"
               "c,reader,,x,,\n"
               "d,reader,,,200,1\n"
               "e,reader,,,,,\n",
               path);
    refuses(RUN("import", "--source", "rooms", "--file", path), "5 of 6 devices are wrong; nothing was stored");
    refuses(RUN("import", "--source", "rooms", "--file", path), "devices.csv:3: an id has 1 to 256 bytes, not 0");
    refuses(RUN("import", "--source", "rooms", "--file", path), "devices.csv:5: storey x");
    refuses(RUN("import", "--source", "rooms", "--file", path), "devices.csv:7: 7 fields, but 6 columns");
    write_file("id,building,storey\na,11,\nb,99,\na,11,\nc,11,40\n", path);
    refuses(RUN("import", "--source", "rooms", "--file", path), "devices.csv:3: there is no building \"99\"");
    refuses(RUN("import", "--source", "rooms", "--file", path), "devices.csv:4: id \"a\" stands on line 2, too");
    refuses(RUN("import", "--source", "rooms", "--file", path), "3 of 4 devices are wrong; nothing was stored");
    write_file("name,place\n", path);
    refuses(RUN("import", "--source", "rooms", "--file", path), "column \"place\" is none of id, kind");
    write_file("name\nx\n", path);
    refuses(RUN("import", "--source", "rooms", "--file", path), "id among them");
    write_file("id\n\"x\n", path);
    refuses(RUN("import", "--source", "rooms", "--file", path), "line 2: a quote is opened and never closed");
    write_file("id\n", path);
    refuses(RUN("import", "--source", "rooms", "--file", path), "no device in it");
    write_file("id\n\xb1\xb1\n", path);
    refuses(RUN("import", "--source", "rooms", "--file", path), "not UTF-8");
    refuses(RUN("import", "--source", "rooms", "--file", "/nowhere.csv"), "/nowhere.csv");
    assert_int_equal(kit_number(pg, "select count(*) from device"), 0);
}

static void whoever_waits_is_listed_first_and_accepted(void **state)
{
    (void)state;
    fresh();
    kit_value(pg, "insert into device (estate_id, source_id, native_id, kind, state, appeared, last_seen, messages) "
                  "select 1, id, n, 'unit', s, a, now(), 3 from source, (values ('aa', 'accepted', false), ('bb', "
                  "'accepted', true), ('c\x1b[2Jc', 'quarantined', true), ('dd', 'quarantined', true)) v (n, s, a) "
                  "where name = 'rooms'");
    works(RUN("list"));
    says("2 quarantined (hutong device accept), 1 new, 1 accepted");
    const char *text = base_buf_cstr(&output);
    assert_non_null(strstr(text, "c?[2Jc"));
    assert_null(strchr(text, '\x1b'));
    assert_true(strstr(text, "c?[2Jc") < strstr(text, "bb") && strstr(text, "bb") < strstr(text, "aa"));
    works(RUN("list", "--json", "--state", "quarantined", "--limit", "1"));
    AUTO(base_json) json = NULL;
    int64_t number = 0;
    assert_int_equal(base_json_in_parse(output.data, output.len, &diag, &json), BASE_OK);
    assert_true(base_json_in_i64(base_json_in_get(json, "quarantined"), &number) && number == 2);
    assert_int_equal(base_json_in_size(base_json_in_get(json, "devices")), 1);
    works(RUN("accept", "--source", "rooms", "--id", "dd"));
    says("1 accepted; what they sent so far waits as dead letters");
    refuses(RUN("accept", "--source", "rooms", "--id", "bb", "--id", "zz"),
            "has no device \"zz\"; nothing was changed");
    assert_int_equal(kit_number(pg, "select count(*) from device where appeared"), 2);
    works(RUN("accept", "--source", "rooms", "--all"));
    says("2 accepted");
    assert_int_equal(kit_number(pg, "select count(*) from device where state = 'accepted' and not appeared"), 4);
}

static void sources_show_their_devices(void **state)
{
    (void)state;
    fresh();
    works(run((const char *const[]){"source", "add", "bins", "--topic", "b/#", "--format", "espresense", "--purpose",
                                    "p", "--retention", "30d", "--admission", "quarantine", NULL}));
    assert_string_equal(kit_value(pg, "select admission from source where name = 'bins'"), "quarantine");
    refuses(run((const char *const[]){"source", "add", "bins", "--topic", "b/#", "--format", "espresense", "--purpose",
                                      "p", "--retention", "30d", "--admission", "maybe", NULL}),
            "--admission maybe: accept or quarantine");
    kit_value(pg, "insert into device (estate_id, source_id, native_id, kind, state, appeared) select 0, id, 'x', "
                  "'unit', 'quarantined', true from source where name = 'bins'");
    works(run((const char *const[]){"source", "list", "--json", NULL}));
    says("\"admission\":\"quarantine\",\"quarantined\":0,\"unknown_overflow\":0,\"devices\":{\"quarantined\":1,"
         "\"new\":0,\"accepted\":0}");
    works(run((const char *const[]){"source", "list", NULL}));
    says("source bins: 1 device in quarantine; hutong device list --source bins");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_added_bound_and_moved),
        cmocka_unit_test(what_was_known_moves_along),
        cmocka_unit_test(a_building_is_found_by_id_or_code_or_named),
        cmocka_unit_test(wrong_words_are_named),
        cmocka_unit_test(persons_devices_are_refused),
        cmocka_unit_test(a_file_is_imported_as_a_whole),
        cmocka_unit_test(every_wrong_line_of_a_file_is_named),
        cmocka_unit_test(whoever_waits_is_listed_first_and_accepted),
        cmocka_unit_test(sources_show_their_devices),
    };
    base_buf_init(&output, 1 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_buf_release(&output);
    PQfinish(pg);
    return failed;
}
