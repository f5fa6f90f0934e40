/* A joint response in CAP 1.2: valid by tests/incident/cap12.xsd (libxml2), whatever the places and departments are
 * called; what it says, and what it never says. */
#include "kit.h"

#include <libxml/xmlschemas.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static xmlSchemaPtr schema;
static struct base_buf document;

/* --- one document --- */

static void complain(void *of, const char *format, ...)
{
    (void)of;
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

static xmlDocPtr read_document(void)
{
    xmlDocPtr doc = xmlReadMemory(base_buf_cstr(&document), (int)document.len, "cap", NULL, XML_PARSE_NONET);
    assert_non_null(doc);
    return doc;
}

/* The incident's document as it is now; must be valid. */
static void ask(int64_t id)
{
    const struct incident_key key = {101, id};
    base_buf_reset(&document);
    if (incident_cap_out(kit_conn, &key, &document, &kit_diag)) {
        fail_msg("%s", kit_diag.text);
    }
    xmlDocPtr doc = read_document();
    xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(schema);
    xmlSchemaSetValidErrors(valid, complain, complain, NULL);
    if (xmlSchemaValidateDoc(valid, doc) != 0) {
        fail_msg("not valid: %s", base_buf_cstr(&document));
    }
    xmlSchemaFreeValidCtxt(valid);
    xmlFreeDoc(doc);
}

/* The text of what an XPath finds, "" when it finds nothing. */
static const char *at(const char *path)
{
    static char text[4][4096];
    static size_t turn;
    char *into = text[turn++ % 4];
    xmlDocPtr doc = read_document();
    xmlXPathContextPtr context = xmlXPathNewContext(doc);
    xmlXPathRegisterNs(context, (const xmlChar *)"c", (const xmlChar *)"urn:oasis:names:tc:emergency:cap:1.2");
    xmlXPathObjectPtr found = xmlXPathEvalExpression((const xmlChar *)path, context);
    assert_non_null(found);
    xmlChar *value = xmlXPathCastToString(found);
    snprintf(into, sizeof text[0], "%s", (const char *)value);
    xmlFree(value);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    xmlFreeDoc(doc);
    return into;
}

#define AT(path, wanted) assert_string_equal(at(path), wanted)

/* --- what it is of --- */

static void begin(void)
{
    kit_begin();
    base_buf_init(&document, 1 << 20);
    kit_value(kit_pg,
              "insert into organisation (id, kind, code, name) values (21, 'department', 'FIRE', '消防支队'), "
              "(22, 'department', 'POLICE 2', '派出所'); "
              "insert into district (id, code, name) values (1, '310104', '区'); "
              "insert into street (id, district_id, code, name) values (1, 1, 's', '街道'); "
              "insert into community (id, street_id, code, name) values (1, 1, 'c', '社区'); "
              "update estate set community_id = 1, code = 'E-101', name_en = 'Heping Li' where id = 101; "
              "insert into field_organisation (field, organisation_id) values ('fire', 21), ('police', 22); "
              "insert into building (estate_id, id, dataset, key, name, name_en, levels, levels_source, height_m, "
              "height_source, area_m2, lon, lat, geom) values (101, 12, 't', '12', '3号楼', 'Building 3', 18, 'given', "
              "54, 'levels', 400, 121.005, 31.005, st_multi(st_makeenvelope(121.0049, 31.0048, 121.0051, 31.0052, "
              "4326)))");
}

static void end(void)
{
    base_buf_release(&document);
    kit_end();
}

static int64_t opened(const char *category, bool drill, bool in_building)
{
    struct incident_report report = kit_report(101, category, INT64_C(1770000000000000));
    report.title = "张三家 13800138000";
    report.note = "张三的电话";
    report.drill = drill;
    report.building_id = in_building ? data_i64(12) : data_null();
    report.storey = in_building ? data_i64(17) : data_null();
    report.lon = data_f64(121.0021);
    report.lat = data_f64(31.0034);
    return kit_open_incident(&report);
}

static void call(int64_t id, const char *field, int64_t at_us)
{
    const struct incident_joint joint = {.estate_id = 101,
                                         .id = id,
                                         .actor = "desk",
                                         .reason = "张三说人手不够",
                                         .fields = {field},
                                         .field_count = 1,
                                         .ack_s = data_null(),
                                         .at_us = at_us};
    if (data_begin_write(kit_conn, &kit_diag) || incident_joint_call(kit_conn, &joint, &kit_diag) ||
        data_commit(kit_conn, &kit_diag)) {
        kit_die("call", kit_diag.text);
    }
}

static void stand_down(int64_t id, int64_t at_us)
{
    const struct incident_key key = {101, id};
    if (data_begin_write(kit_conn, &kit_diag) ||
        incident_joint_stand_down(kit_conn, &key, "desk", NULL, at_us, &kit_diag) || data_commit(kit_conn, &kit_diag)) {
        kit_die("stand down", kit_diag.text);
    }
}

enum { SECOND = 1000000 };
static const int64_t first_us = INT64_C(1770000060000000); /* 2026-02-02T10:41:00+08:00 */

static void an_alert_its_update_and_its_end(void **state)
{
    (void)state;
    char first[200], second[400];
    begin();
    int64_t id = opened("smoke", false, true);
    const struct incident_key key = {101, id};
    assert_int_equal(incident_cap_out(kit_conn, &key, &document, &kit_diag), BASE_NOT_FOUND);
    call(id, "fire", first_us);
    ask(id);
    AT("/c:alert/c:identifier", "HT-101-1-1");
    AT("/c:alert/c:sender", "hutong:310104");
    AT("/c:alert/c:sent", "2026-02-02T10:41:00+08:00");
    AT("/c:alert/c:status", "Actual");
    AT("/c:alert/c:msgType", "Alert");
    AT("/c:alert/c:scope", "Private");
    AT("/c:alert/c:addresses", "\"FIRE\"");
    AT("count(/c:alert/c:references)", "0");
    AT("count(/c:alert/c:info)", "2");
    AT("/c:alert/c:info[1]/c:language", "zh-CN");
    AT("/c:alert/c:info[2]/c:language", "en");
    AT("/c:alert/c:info[1]/c:category", "Fire");
    AT("/c:alert/c:info[1]/c:event", "烟雾报警");
    AT("/c:alert/c:info[2]/c:event", "Smoke alarm");
    AT("/c:alert/c:info[1]/c:responseType", "Execute");
    AT("/c:alert/c:info[1]/c:urgency", "Immediate");
    AT("/c:alert/c:info[1]/c:severity", "Severe");
    AT("/c:alert/c:info[1]/c:certainty", "Observed");
    AT("/c:alert/c:info[1]/c:expires", "2026-02-09T10:41:00+08:00");
    AT("/c:alert/c:info[1]/c:headline", "联合响应:烟雾报警(严重) 和平里 3号楼 17层");
    AT("/c:alert/c:info[2]/c:headline", "Joint response: Smoke alarm (serious), Heping Li Building 3 storey 17");
    AT("/c:alert/c:info[2]/c:description", "Called: Fire.");
    /* latitude first; closed */
    AT("/c:alert/c:info[1]/c:area/c:polygon", "31.0048000,121.0049000 31.0052000,121.0049000 31.0052000,121.0051000 "
                                              "31.0048000,121.0051000 31.0048000,121.0049000");
    AT("/c:alert/c:info[1]/c:area/c:geocode[1]/c:value", "101");
    AT("/c:alert/c:info[1]/c:area/c:geocode[2]/c:value", "E-101");
    snprintf(first, sizeof first, "hutong:310104,HT-101-1-1,2026-02-02T10:41:00+08:00");
    call(id, "police", first_us + 90 * SECOND);
    ask(id);
    AT("/c:alert/c:identifier", "HT-101-1-2");
    AT("/c:alert/c:msgType", "Update");
    AT("/c:alert/c:addresses", "\"POLICE 2\" \"FIRE\"");
    AT("/c:alert/c:references", first);
    AT("/c:alert/c:info[1]/c:description", "已呼叫:公安、消防。");
    stand_down(id, first_us + 3600 * INT64_C(1000000));
    ask(id);
    snprintf(second, sizeof second, "%s hutong:310104,HT-101-1-2,2026-02-02T10:42:30+08:00", first);
    AT("/c:alert/c:identifier", "HT-101-1-3");
    AT("/c:alert/c:msgType", "Cancel");
    AT("/c:alert/c:references", second);
    AT("/c:alert/c:info[1]/c:responseType", "AllClear");
    AT("/c:alert/c:info[1]/c:urgency", "Past");
    /* Called again: another one. */
    call(id, "fire", first_us + 7200 * INT64_C(1000000));
    ask(id);
    snprintf(first, sizeof first, "HT-101-%s-1", kit_value(kit_pg, "select max(id) from joint"));
    AT("/c:alert/c:identifier", first);
    AT("/c:alert/c:msgType", "Alert");
    end();
}

static void a_drill_is_an_exercise(void **state)
{
    (void)state;
    begin();
    int64_t id = opened("gas_leak", true, true);
    call(id, "fire", first_us);
    ask(id);
    AT("/c:alert/c:status", "Exercise");
    AT("/c:alert/c:info[1]/c:headline", "演练·联合响应:燃气泄漏(特殊) 和平里 3号楼 17层");
    AT("starts-with(/c:alert/c:info[2]/c:headline, 'DRILL - ')", "true");
    AT("starts-with(/c:alert/c:info[1]/c:description, '演练')", "true");
    AT("/c:alert/c:info[1]/c:severity", "Extreme");
    AT("/c:alert/c:info[1]/c:category", "Safety");
    end();
}

/* At no building a circle about the point; nowhere in particular: the estate. */
static void where_it_is(void **state)
{
    (void)state;
    begin();
    int64_t id = opened("other", false, false);
    call(id, "fire", first_us);
    ask(id);
    AT("count(//c:polygon)", "0");
    AT("/c:alert/c:info[1]/c:area/c:circle", "31.0034000,121.0021000 0.1");
    id = opened("other", false, false);
    call(id, "police", first_us);
    kit_value(kit_pg, "update incident set lon = null, lat = null");
    ask(id);
    AT("count(//c:circle)", "0");
    AT("/c:alert/c:info[1]/c:area/c:areaDesc", "和平里");
    AT("/c:alert/c:info[1]/c:area/c:polygon", "31.0000000,121.0000000 31.0100000,121.0000000 31.0100000,121.0100000 "
                                              "31.0000000,121.0100000 31.0000000,121.0000000");
    /* A time zone west of Greenwich, and an odd one. */
    kit_value(kit_pg, "update estate set tz = 'America/St_Johns' where id = 101");
    ask(id);
    AT("/c:alert/c:sent", "2026-02-01T23:11:00-03:30");
    /* An outline with a hole and an island: outer rings alone. */
    kit_value(kit_pg,
              "update estate set geom = st_multi(st_union(st_difference(st_makeenvelope(121, 31, 121.01, 31.01, "
              "4326), st_makeenvelope(121.004, 31.004, 121.006, 31.006, 4326)), st_makeenvelope(121.02, 31.02, "
              "121.03, 31.03, 4326))) where id = 101");
    ask(id);
    AT("count(/c:alert/c:info[1]/c:area/c:polygon)", "2");
    AT("contains(//c:polygon[1], '31.004')", "false");
    end();
}

static void what_somebody_wrote_is_not_in_it(void **state)
{
    (void)state;
    begin();
    int64_t id = opened("smoke", false, true);
    call(id, "fire", first_us);
    ask(id);
    assert_null(strstr(base_buf_cstr(&document), "张三"));
    assert_null(strstr(base_buf_cstr(&document), "13800138000"));
    assert_null(strstr(base_buf_cstr(&document), "人手"));
    assert_null(strstr(base_buf_cstr(&document), "desk"));
    end();
}

static void hostile_names_stay_names(void **state)
{
    (void)state;
    static const char *const names[] = {"]]></areaDesc><polygon>0,0</polygon>",
                                        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;",
                                        "\" onload=\"x\" '; --",
                                        "\x01\x02\x0b\x1f",
                                        "%s%n%999999d",
                                        "\xEF\xBF\xBE\xEF\xBF\xBF 🔥 \xE2\x80\xAE",
                                        "&#0;&#x1F;&amp;amp;",
                                        "   "};
    begin();
    int64_t id = opened("smoke", true, true);
    call(id, "fire", first_us);
    call(id, "police", first_us + SECOND);
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        const char *const values[] = {names[i]};
        static const char *const statements[] = {
            "update estate set name = $1, name_en = $1, code = $1 where id = 101",
            "update building set name = $1, name_en = $1 where id = 12",
            "update organisation set code = $1 where id = 21",
            "update incident_category set name = $1, name_en = $1, gb_class = $1 where code = 'smoke'",
            "update district set code = $1 where id = 1"};
        for (size_t k = 0; k < BASE_COUNT(statements); k++) {
            PGresult *result = PQexecParams(kit_pg, statements[k], 1, NULL, values, NULL, NULL, 0);
            assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
            PQclear(result);
        }
        ask(id);
        AT("count(//c:area)", "2");
        AT("count(//c:polygon)", "2");
        AT("count(//*[not(namespace-uri() = 'urn:oasis:names:tc:emergency:cap:1.2')])", "0");
    }
    /* Any text, many times over. */
    kit_value(kit_pg, "update estate set name = repeat('<&\"', 3000) where id = 101");
    ask(id);
    end();
}

static int load_schema(void **state)
{
    (void)state;
    char path[600];
    snprintf(path, sizeof path, "%s/tests/incident/cap12.xsd", fixture_source());
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(path);
    schema = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    return schema ? 0 : -1;
}

static int free_schema(void **state)
{
    (void)state;
    xmlSchemaFree(schema);
    xmlCleanupParser();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_its_update_and_its_end),
        cmocka_unit_test(a_drill_is_an_exercise),
        cmocka_unit_test(where_it_is),
        cmocka_unit_test(what_somebody_wrote_is_not_in_it),
        cmocka_unit_test(hostile_names_stay_names),
    };
    return cmocka_run_group_tests(tests, load_schema, free_schema);
}
