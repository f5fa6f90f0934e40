/* sensors/mapping_load.c and what it leans on: right files are taken, wrong ones named by line, path and reason, and
 * the schema knows the members that the loader knows. */
#include "fixture/fixture.h"
#include "sensors/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct base_diag diag;

static enum base_err load(const char *text)
{
    AUTO(sensors_mapping) mapping = NULL;
    diag.text[0] = '\0';
    return sensors_mapping_load("t.json", base_str_of(text), &diag, &mapping);
}

#define HEAD "{\"map\":\"t\",\"version\":1,\n\"topic\":\"a/{x}\",\n"
#define EMIT(inner) HEAD "\"emit\":[\n{\"kind\":\"measurement\",\"device\":\"topic:x\",\n" inner "}]}"
#define TWO "\"measure\":[{\"name\":\"distance\",\"from\":\"/d\"},\n{\"name\":\"temperature\",\"from\":\"/t\","
#define MEASURE(inner) EMIT(TWO inner "}]")
#define MEMBER(inner) EMIT("\"measure\":[{\"name\":\"distance\",\"from\":\"/d\"}],\n" inner)
#define WHEN(inner) HEAD "\"when\":[\n{\"exists\":\"/a\"},\n" inner "],\"ignore\":true}"

static void wrong_files_are_named_by_line_and_path(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"{", "mapping t.json: not JSON: line 1"},
        {"[]", "mapping t.json line 1 /: an object is wanted"},
        {"{\"version\":1,\"topic\":\"a\",\"ignore\":true}", "line 1 /: \"map\" is missing"},
        {"{\"map\":\"Not So\",\n\"version\":1,\"topic\":\"a\",\"ignore\":true}", "line 1 /map: a name has lower case"},
        {"{\"map\":\"owntracks\",\n\"version\":1,\"topic\":\"a\",\"ignore\":true}",
         "line 1 /map: \"owntracks\" is the name of a decoder"},
        {"{\"map\":\"t\",\n\"version\":2,\"topic\":\"a\",\"ignore\":true}",
         "line 2 /version: \"version\": 1 is wanted"},
        {"{\"map\":\"t\",\"version\":1,\n\"ignore\":true}", "line 1 /: \"topic\" is missing"},
        {"{\"map\":\"t\",\"version\":1,\n\n\"topics\":\"a\",\"ignore\":true}",
         "line 3 /topics: no such member; there are"},
        {"{\"map\":\"t\",\"version\":1,\"topic\":\"a\"}", "line 1 /: \"emit\", or \"ignore\": true"},
        {"{\"map\":\"t\",\"version\":1,\n\"subject\":\"amy\",\"topic\":\"a\",\"ignore\":true}",
         "line 2 /subject: \"amy\" is none of guard"},
        {"{\"map\":\"t\",\"version\":1,\n\"topic\":\"a/{x\",\"ignore\":true}", "line 2 /topic: { without }"},
        {"{\"map\":\"t\",\"version\":1,\n\"topic\":\"a/#/b\",\"ignore\":true}", "line 2 /topic: # is the last level"},
        {"{\"map\":\"t\",\"version\":1,\n\"topic\":\"a/b+\",\"ignore\":true}", "line 2 /topic: + and # are levels"},
        {"{\"map\":\"t\",\"version\":1,\n\"topic\":[\"a/{x}\",\n\"b/{y}\"],\"ignore\":true}",
         "line 3 /topic/1: topics of one case keep the same names"},
        {"{\"map\":\"t\",\"version\":1,\n\"inside\":\"zigbee\",\"ignore\":true}",
         "line 2 /inside: \"zigbee\" is none of ttn"},
        {"{\"map\":\"t\",\"version\":1,\"cases\":[{\"topic\":\"a\",\"ignore\":true}],\n\"when\":[]}",
         "line 2 /when: with \"cases\" it belongs to each of them"},
        {"{\"map\":\"t\",\"version\":1,\"cases\":[]}", "/cases: 1 to 64 cases are wanted"},
        {EMIT("\"measure\":{}"), "line 5 /emit/0/measure: an array is wanted"},
        {EMIT("\"time\":\"/t\""), "line 4 /emit/0: a measurement without \"measure\" or \"measure_all\""},
        {HEAD "\"emit\":[\n{\"device\":\"topic:x\"}]}", "line 4 /emit/0: \"kind\" is missing"},
        {HEAD "\"emit\":[\n{\"kind\":\"alert\",\"device\":\"topic:x\"}]}",
         "line 4 /emit/0/kind: \"alert\" is none of position"},
        {HEAD "\"emit\":[\n{\"kind\":\"state\"}]}", "line 4 /emit/0: \"device\" is missing: who sends it"},
        {HEAD "\"emit\":[\n{\"kind\":\"state\",\n\"device\":\"topic:y\"}]}",
         "line 5 /emit/0/device: the topic has no {y}"},
        {HEAD "\"emit\":[\n{\"kind\":\"state\",\n\"device\":\"each:y\"}]}",
         "line 5 /emit/0/device: no \"each\" is called \"y\""},
        {HEAD "\"emit\":[\n{\"kind\":\"state\",\n\"device\":\"gate\"}]}", "line 5 /emit/0/device: \"gate\" is no path"},
        {HEAD "\"emit\":[\n{\"kind\":\"state\",\n\"device\":\"/a~2\"}]}", "line 5 /emit/0/device: in a JSON Pointer ~"},
        {HEAD "\"emit\":[\n{\"kind\":\"state\",\n\"device\":{\"from\":\"/a\",\"value\":1}}]}",
         "line 5 /emit/0/device: one of \"from\""},
        {HEAD "\"emit\":[\n{\"kind\":\"position\",\n\"device\":\"/a\"}]}", "/emit/0: a position without lon and lat"},
        {HEAD "\"emit\":[\n{\"kind\":\"position\",\n\"device\":\"/a\",\"lon\":\"/b\"}]}",
         "/emit/0: lon and lat: both or none"},
        {MEASURE("\"unit\":\"foo\""), "line 6 /emit/0/measure/1/unit: \"foo\" is no unit of temperature"},
        {MEASURE("\"unit\":\"mm\""), "line 6 /emit/0/measure/1/unit: \"mm\" is no unit of temperature"},
        {MEASURE("\"do\":[\"reverse\"]"), "line 6 /emit/0/measure/1/do/0: \"reverse\" is no transform"},
        {MEASURE("\"do\":[{\"bit\":70}]"), "line 6 /emit/0/measure/1/do/0: bits are 0"},
        {MEASURE("\"enum\":{}"), "line 6 /emit/0/measure/1/enum: an object is wanted, such as"},
        {MEASURE("\"enum\":{\"a\":[1]}"), "line 6 /emit/0/measure/1/enum/a: a text, a number, true, false or null"},
        {MEASURE("\"drop\":0"), "line 6 /emit/0/measure/1/drop: an array is wanted"},
        {MEASURE("\"scale\":\"2\""), "line 6 /emit/0/measure/1/scale: a number is wanted"},
        {MEMBER("\"phase\":\"begin\""), "line 6 /emit/0/phase: \"begin\" is not a phase: pulse start"},
        {MEMBER("\"phase\":{\"from\":\"/p\",\"enum\":{\"a\":\"begin\"}}"),
         "line 6 /emit/0/phase: \"a\" does not become a phase"},
        {MEMBER("\"time\":{\"from\":\"/t\",\"as\":\"rfc\"}"), "line 6 /emit/0/time/as: \"rfc\" is none of auto iso"},
        {MEMBER("\"time\":{\"from\":\"/t\",\"tz\":\"Mars/Base\"}"), "line 6 /emit/0/time/tz: "},
        {MEMBER("\"subject\":{\"type\":\"amy\",\"from\":\"/t\"}"),
         "line 6 /emit/0/subject/type: \"amy\" is none of guard"},
        {MEMBER("\"flags\":[\"late\"]"), "line 6 /emit/0/flags/0: \"late\" is none of sentinel"},
        {MEMBER("\"lasts\":\"soon\""), "line 6 /emit/0/lasts: \"soon\" is no span"},
        {MEMBER("\"severity\":9"), "line 6 /emit/0/severity: severities are 0 to 4"},
        {MEMBER("\"key\":[\"when\"]"), "line 6 /emit/0/key/0: \"when\" is no path"},
        {MEMBER("\"measure_all\":{\"from\":\"\",\"strings\":\"all\"}"),
         "line 6 /emit/0/measure_all/strings: \"all\" is none of"},
        {WHEN("{\"near\":[\"/a\",1]}"), "line 5 /when/1/near: no such member"},
        {WHEN("{\"eq\":[\"/a\"]}"), "line 5 /when/1/eq: a path and what it is compared with are wanted"},
        {WHEN("{\"in\":[\"/a\",1]}"), "line 5 /when/1/in/1: an array is wanted"},
        {WHEN("{\"gt\":[\"/a\",\"1\"]}"), "line 5 /when/1/gt/1: a number is wanted"},
        {WHEN("{\"is\":[\"/a\",\"float\"]}"), "line 5 /when/1/is/1: \"float\" is none of text"},
        {WHEN("{\"eq\":[\"/a\",1],\"ne\":[\"/a\",1]}"), "line 5 /when/1: one test each is wanted"},
        {WHEN("{\"eq\":[\"model\",\"x\"]}"), "line 5 /when/1/eq/0: \"model\" is no path"},
        {HEAD "\"each\":[{\"items\":\"\"},\n{\"keys\":\"\",\"items\":\"\"}],\"ignore\":true}",
         "line 4 /each/1: one of \"keys\""},
        {HEAD "\"each\":[{\"at\":\"\"},{\"at\":\"\"},{\"at\":\"\"},{\"at\":\"\"},{\"at\":\"\"}],\"ignore\":true}",
         "line 3 /each: more than 4 loops"},
    };
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        if (load(wrong[i].text) == BASE_OK) {
            fail_msg("taken: %s", wrong[i].text);
        }
        if (!strstr(diag.text, wrong[i].message)) {
            fail_msg("\"%s\" is not \"... %s\"", diag.text, wrong[i].message);
        }
    }
}

static void right_files_are_taken(void **state)
{
    (void)state;
    static const char *const right[] = {
        HEAD "\"ignore\":true}",
        MEASURE("\"unit\":\"[degF]\",\"drop\":[-1,\"NaN\"],\"min\":-40,\"max\":80"),
        MEMBER("\"time\":{\"from\":\"/t\",\"tz\":\"+08:00\"}"),
        MEMBER("\"key\":[\"device\",\"time\",\"/seq\"]"),
        "{\"map\":\"t\",\"version\":1,\"inside\":\"ttn|chirpstack\",\"when\":[{\"eq\":[\"model\",\"a\"]},{\"ge\":[\"f_"
        "port\",2]}],"
        "\"emit\":[{\"kind\":\"measurement\",\"measure\":[{\"name\":\"fill\",\"from\":\"/f\"}]}]}",
    };
    for (size_t i = 0; i < BASE_COUNT(right); i++) {
        if (load(right[i])) {
            fail_msg("%s: %s", right[i], diag.text);
        }
    }
}

static void the_samples_are_taken(void **state)
{
    (void)state;
    static const char *const names[] = {"bin_em400", "tasmota_nfc", "thingsboard_gateway"};
    const char *shared = fixture_shared();
    for (size_t i = 0; shared && i < BASE_COUNT(names); i++) {
        char path[1024];
        AUTO_VALUE(base_buf) text;
        base_buf_init(&text, 1 << 20);
        snprintf(path, sizeof path, "%s/payloads/mapping/%s.json", shared, names[i]);
        if (base_file_read(path, 1 << 15, &diag, &text) || load(base_buf_cstr(&text))) {
            fail_msg("%s: %s", path, diag.text);
        }
    }
    if (!shared) {
        skip();
    }
}

/* A text with every byte cut off, or another in its place, is refused or taken, but never believed halfway. */
static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    const char *text = sensors_mapping_files[0].text;
    size_t len = strlen(text);
    for (size_t i = 0; i + 8 < len; i += 7) {
        AUTO(sensors_mapping) mapping = NULL;
        AUTO(sensors_mapping) other = NULL;
        AUTO_VALUE(base_buf) copy;
        base_buf_init(&copy, 1 << 20);
        base_buf_append(&copy, text, len);
        copy.data[i] = copy.data[i] == '"' ? '1' : '"';
        assert_int_not_equal(sensors_mapping_load("t", (struct base_str){text, i}, NULL, &mapping), BASE_OK);
        if (sensors_mapping_load("t", base_buf_str(&copy), NULL, &other)) {
            assert_null(other);
        }
    }
}

static void the_schema_knows_the_same_members(void **state)
{
    (void)state;
    char path[1024];
    AUTO_VALUE(base_buf) text;
    AUTO(base_json) schema = NULL;
    base_buf_init(&text, 1 << 20);
    snprintf(path, sizeof path, "%s/docs/mapping.schema.json", fixture_source());
    assert_int_equal(base_file_read(path, 1 << 18, &diag, &text), BASE_OK);
    assert_int_equal(base_json_in_parse(text.data, text.len, &diag, &schema), BASE_OK);
    for (int i = 0; i < MAPPING_OBJECTS; i++) {
        const char *of = sensors_mapping_member_of((enum mapping_object)i);
        const char *const *names = sensors_mapping_member_names((enum mapping_object)i);
        const struct base_json *definition = base_json_in_get(base_json_in_get(schema, "$defs"), of);
        const struct base_json *properties = base_json_in_get(definition, "properties");
        size_t count = 0;
        for (; names[count]; count++) {
            if (!base_json_in_get(properties, names[count])) {
                fail_msg("%s: the schema lacks \"%s\"", of, names[count]);
            }
        }
        if (base_json_in_size(properties) != count) {
            fail_msg("%s: the schema has %zu members, the loader %zu", of, base_json_in_size(properties), count);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_files_are_named_by_line_and_path),
        cmocka_unit_test(right_files_are_taken),
        cmocka_unit_test(the_samples_are_taken),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(the_schema_knows_the_same_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
