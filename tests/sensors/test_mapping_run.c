/* sensors/mapping_run.c and what it leans on: mapping files written here, applied to messages written here. */
#include "fixture/fixture.h"
#include "sensors/mapping.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1795248000000000) /* 2026-11-21T08:00:00Z */
#define SECOND INT64_C(1000000)

static struct base_arena arena;
static struct base_diag diag;
static struct sensors_decoded decoded;
static struct sensors_memory *memory;
static struct sensors_mappings *latest; /* names of measures may be the mapping's */
static const struct base_key key = {.bytes = "test key"};

/* A mapping file in a folder of its own, through the door that ingest takes. */
static struct sensors_mappings *mappings_of(const char *text)
{
    char path[1024];
    struct sensors_mappings *mappings = NULL;
    const struct sensors_format *format;
    snprintf(path, sizeof path, "%s/%s.json", fixture_scratch(), fixture_unique());
    assert_int_equal(base_file_write(path, 0600, text, strlen(text), &diag), BASE_OK);
    if (sensors_mappings_file(path, &diag, &mappings, &format)) {
        fail_msg("%s", diag.text);
    }
    return mappings;
}

static enum base_err decode_as(const struct sensors_mappings *mappings, const char *name, const char *topic,
                               const char *payload)
{
    const struct sensors_message message = {.topic = base_str_of(topic),
                                            .payload = base_str_of(payload),
                                            .t_recv = NOW,
                                            .source = base_str_of("s"),
                                            .key = &key,
                                            .memory = memory,
                                            .mappings = mappings};
    base_arena_reset(&arena);
    diag.text[0] = '\0';
    const struct sensors_format *format = sensors_mappings_find(mappings, base_str_of(name));
    assert_non_null(format);
    return sensors_decode(format, &message, &arena, &diag, &decoded);
}

static const struct sensors_event *one(const char *text, const char *topic, const char *payload)
{
    static struct sensors_event event;
    sensors_mappings_free(latest);
    struct sensors_mappings *mappings = latest = mappings_of(text);
    enum base_err err = decode_as(mappings, "t", topic, payload);
    if (err) {
        fail_msg("%s", diag.text);
    }
    assert_int_equal(decoded.count, 1);
    event = decoded.events[0];
    return &event;
}

static enum sensors_reason refused(const char *text, const char *topic, const char *payload)
{
    AUTO(sensors_mappings) mappings = mappings_of(text);
    assert_int_not_equal(decode_as(mappings, "t", topic, payload), BASE_OK);
    assert_int_equal(decoded.count, 0);
    return decoded.reason;
}

static void near(double a, double b)
{
    if (!(fabs(a - b) < 1e-6)) {
        fail_msg("%.9f is not %.9f", a, b);
    }
}

#define T "{\"map\":\"t\",\"version\":1,"
#define M(rest) T "\"topic\":\"m/{d}\",\"emit\":[{\"kind\":\"measurement\",\"device\":\"topic:d\"," rest "}]}"

static void values_are_transformed_in_the_order_that_is_written_down(void **state)
{
    (void)state;
    const struct sensors_event *event = one(
        M("\"measure\":["
          "{\"name\":\"distance\",\"from\":\"/d\",\"unit\":\"mm\"},"
          "{\"name\":\"temperature\",\"from\":\"/t\",\"do\":[{\"split\":\" \",\"at\":-2}],\"unit\":\"[degF]\"},"
          "{\"name\":\"humidity\",\"from\":[\"/none\",\"/h\"],\"scale\":0.5,\"offset\":1},"
          "{\"name\":\"mode\",\"from\":\"/m\",\"do\":[\"trim\",\"lower\"],\"enum\":{\"auto\":2,\"*\":9}},"
          "{\"name\":\"hexed\",\"from\":\"/x\",\"do\":[\"hex\"]},"
          "{\"name\":\"inner\",\"from\":\"/j\",\"do\":[\"parse\",{\"get\":\"/a/1\"}]},"
          "{\"name\":\"many\",\"from\":\"/l\",\"do\":[\"length\"]},"
          "{\"name\":\"bit_two\",\"from\":\"/b\",\"do\":[{\"bit\":2}]},"
          "{\"name\":\"word\",\"from\":\"/w\",\"do\":[\"base64\",{\"strip_prefix\":\"a-\"}],\"text\":true}]"),
        "m/1",
        "{\"d\":\"2116\",\"t\":\"it is 68 F\",\"h\":100,\"m\":\" AUTO \",\"x\":\"0x1F\",\"j\":\"{\\\"a\\\":[1,7]}\","
        "\"l\":[1,2,3],\"b\":4,\"w\":\"YS1vaw==\"}");
    near(sensors_event_value(event, "distance"), 2.116);
    near(sensors_event_value(event, "temperature"), 20);
    near(sensors_event_value(event, "humidity"), 51);
    near(sensors_event_value(event, "mode"), 2);
    near(sensors_event_value(event, "hexed"), 31);
    near(sensors_event_value(event, "inner"), 7);
    near(sensors_event_value(event, "many"), 3);
    near(sensors_event_value(event, "bit_two"), 1);
    assert_true(base_str_is(event->measures[event->measure_count - 1].text, "ok"));
}

static void what_means_nothing_is_a_sentinel(void **state)
{
    (void)state;
    const struct sensors_event *event =
        one(M("\"measure\":[{\"name\":\"distance\",\"from\":\"/d\",\"unit\":\"mm\",\"drop\":[0,65535]},"
              "{\"name\":\"temperature\",\"from\":\"/t\",\"max\":60},{\"name\":\"humidity\",\"from\":\"/h\"}]"),
            "m/1", "{\"d\":65535,\"t\":99,\"h\":50}");
    assert_int_equal(event->measure_count, 1);
    assert_int_equal(event->flags, SENSORS_FLAG_SENTINEL);
}

static void yes_and_no_are_events_of_their_own(void **state)
{
    (void)state;
    static const char text[] = M("\"measure_all\":{\"from\":\"\",\"strings\":\"numeric-or-text\"}");
    AUTO(sensors_mappings) mappings = mappings_of(text);
    memory = sensors_memory_new();
    for (int round = 0; round < 2; round++) {
        assert_int_equal(decode_as(mappings, "t", "m/1",
                                   "{\"smoke\":true,\"Power\":\"off\",\"temp\":\"21.5\","
                                   "\"WF\":3,\"owner\":\"Amy\"}"),
                         BASE_OK);
        assert_int_equal(decoded.count, 3);
        assert_int_equal(decoded.events[0].kind, SENSORS_KIND_ALARM);
        assert_int_equal(decoded.events[0].severity, 4);
        assert_int_equal(decoded.events[0].phase, round ? SENSORS_PHASE_UPDATE : SENSORS_PHASE_START);
        assert_true(base_str_is(decoded.events[1].channel, "on"));
        assert_int_equal(decoded.events[1].phase, SENSORS_PHASE_SNAPSHOT);
        near(sensors_event_value(&decoded.events[2], "temperature"), 21.5);
        near(sensors_event_value(&decoded.events[2], "WF"), 3);
        assert_int_equal(decoded.events[2].measure_count, 2);
        assert_int_equal(decoded.redacted, 1);
        assert_true(decoded.events[2].flags & SENSORS_FLAG_REDACTED);
    }
    sensors_memory_free(memory);
    memory = NULL;
}

static void times_are_read_as_the_mapping_says(void **state)
{
    (void)state;
    static const struct {
        const char *as, *said;
        int64_t us;
    } times[] = {
        {"\"as\":\"basic-iso\",\"tz\":\"UTC\"", "\"20261121T075900Z\"", NOW - 60 * SECOND},
        {"\"as\":\"basic-iso\",\"tz\":\"+08:00\"", "\"20261121155900\"", NOW - 60 * SECOND},
        {"\"as\":\"basic-iso\",\"tz\":\"+08:00\"", "\"261121155900\"", NOW - 60 * SECOND},
        {"\"as\":\"iso\"", "\"2026-11-21T07:59Z\"", NOW - 60 * SECOND},
        {"\"as\":\"iso\",\"tz\":\"+08:00\"", "\"2026-11-21T15:59:00\"", NOW - 60 * SECOND},
        {"\"as\":\"iso\",\"tz\":\"+08:00\"", "\"2026-11-21T07:59:00+00:00\"", NOW - 60 * SECOND},
        {"\"as\":\"iso-naive\",\"tz\":\"Asia/Shanghai\"", "\"2026-11-21 15:59:00\"", NOW - 60 * SECOND},
        {"\"as\":\"epoch-ms\"", "1795247940000", NOW - 60 * SECOND},
        {"\"as\":\"epoch-s\"", "\"1795247940\"", NOW - 60 * SECOND},
        {"\"as\":\"epoch\"", "1795247940000000", NOW - 60 * SECOND},
        {"\"as\":\"auto\"", "1795247940", NOW - 60 * SECOND},
        {"\"as\":\"epoch-s\"", "\"yesterday\"", NOW},
    };
    for (size_t i = 0; i < BASE_COUNT(times); i++) {
        char text[600], payload[100];
        snprintf(text, sizeof text,
                 M("\"time\":{\"from\":\"/t\",%s},\"measure\":[{\"name\":\"humidity\",\"from\":\"/h\"}]"), times[i].as);
        snprintf(payload, sizeof payload, "{\"t\":%s,\"h\":1}", times[i].said);
        const struct sensors_event *event = one(text, "m/1", payload);
        if (event->t_event != times[i].us) {
            fail_msg("%s of %s: %lld s off", times[i].as, times[i].said,
                     (long long)((event->t_event - times[i].us) / SECOND));
        }
    }
}

static void contexts_within_contexts(void **state)
{
    (void)state;
    AUTO(sensors_mappings)
    mappings = mappings_of(
        T "\"topic\":\"m\",\"each\":[{\"keys\":\"/g\",\"as\":\"dev\"},{\"items\":\"\",\"as\":\"row\",\"single\":true}],"
          "\"emit\":[{\"when\":[{\"exists\":\"/"
          "v\"}],\"kind\":\"measurement\",\"device\":{\"ns\":\"n\",\"from\":\"each:dev\"},"
          "\"time\":{\"from\":\"/ts\",\"as\":\"epoch-ms\"},"
          "\"measure\":[{\"name\":\"level\",\"from\":\"each:row/v\"},{\"name\":\"unit_no\",\"from\":\"root:/no\"}]}]}");
    assert_int_equal(decode_as(mappings, "t", "m",
                               "{\"no\":4,\"g\":{\"A\":[{\"ts\":1795247990000,\"v\":1},{\"ts\":1795247991000,\"v\":2}],"
                               "\"B\":{\"ts\":1795247990000,\"v\":3},\"C\":[]}}"),
                     BASE_OK);
    assert_int_equal(decoded.count, 3);
    assert_true(base_str_is(decoded.events[2].device, "B"));
    assert_true(base_str_is(decoded.events[2].ns, "n"));
    near(sensors_event_value(&decoded.events[1], "level"), 2);
    near(sensors_event_value(&decoded.events[1], "unit_no"), 4);
    assert_false(base_id_equal(decoded.events[0].dedup, decoded.events[1].dedup));
    assert_int_equal(decode_as(mappings, "t", "m", "{\"g\":{}}"), BASE_OK);
    assert_true(decoded.ignored);
    assert_int_equal(decode_as(mappings, "t", "m", "{\"g\":{\"A\":[{}]}}"), BASE_INVALID);
    assert_int_equal(decoded.reason, SENSORS_REASON_MAPPING);
    assert_int_equal(decode_as(mappings, "t", "m", "{\"g\":7}"), BASE_INVALID);
    assert_int_equal(decoded.reason, SENSORS_REASON_FIELD);
    assert_int_equal(decode_as(mappings, "t", "m", "7"), BASE_INVALID);
    assert_int_equal(decode_as(mappings, "t", "m", ""), BASE_OK); /* a retained value was taken back */
    assert_true(decoded.ignored);
}

static void readings_of_one_moment_are_one_event(void **state)
{
    (void)state;
    AUTO(sensors_mappings)
    mappings =
        mappings_of(T "\"topic\":\"m/{d}\",\"each\":[{\"keys\":\"\",\"as\":\"p\"}],\"emit\":[{\"kind\":\"measurement\","
                      "\"device\":\"topic:d\",\"time\":{\"from\":\"/time\",\"as\":\"epoch-ms\"},"
                      "\"measure\":[{\"name\":{\"from\":\"each:p\"},\"from\":[\"/value\",\"\"]}]}]}");
    assert_int_equal(
        decode_as(mappings, "t", "m/1",
                  "{\"temp\":{\"value\":1,\"time\":1795247990000},\"hum\":{\"value\":2,\"time\":1795247990000},"
                  "\"co2\":{\"value\":3,\"time\":1795247980000}}"),
        BASE_OK);
    assert_int_equal(decoded.count, 2);
    assert_int_equal(decoded.events[0].measure_count, 2);
    near(sensors_event_value(&decoded.events[1], "co2"), 3);
    assert_int_equal(decode_as(mappings, "t", "m/1", "{\"temp\":21,\"hum\":50}"), BASE_OK);
    assert_int_equal(decoded.count, 1);
    struct base_id first = decoded.events[0].dedup;
    assert_int_equal(decode_as(mappings, "t", "m/1", "{\"temp\":22,\"hum\":50}"), BASE_OK);
    assert_false(base_id_equal(first, decoded.events[0].dedup)); /* without a time the values tell */
}

static void positions_subjects_and_phases(void **state)
{
    (void)state;
    static const char text[] = T
        "\"topic\":\"p\",\"subject\":\"vehicle\",\"emit\":["
        "{\"when\":[{\"exists\":\"/lat\"}],\"kind\":\"position\",\"device\":\"/id\",\"lon\":\"/lon\",\"lat\":\"/lat\","
        "\"speed\":{\"from\":\"/v\",\"unit\":\"[kn_i]\"},\"course\":{\"from\":\"/c\",\"drop\":[-1]},"
        "\"flags\":[{\"flag\":\"historical\",\"when\":[{\"eq\":[\"/old\",true]}]}]},"
        "{\"when\":[{\"exists\":\"/plate\"}],\"kind\":\"access\",\"device\":\"/id\",\"private\":[\"/name\",\"/none\"],"
        "\"subject\":{\"type\":\"plate\",\"from\":\"/plate\",\"drop\":[\"unknown\"]}},"
        "{\"kind\":\"alarm\",\"channel\":{\"value\":\"sos\"},\"device\":\"/id\",\"confidence\":\"/conf\","
        "\"phase\":{\"from\":\"/s\",\"enum\":{\"1\":\"start\",\"0\":\"end\"}}}]}";
    const struct sensors_event *event =
        one(text, "p", "{\"id\":12345678901234567,\"lon\":121.4,\"lat\":31,\"v\":10,\"c\":-1,\"old\":\"true\"}");
    assert_true(base_str_is(event->device, "12345678901234567"));
    near(event->speed_mps, 5.144444);
    assert_true(isnan(event->course_deg));
    assert_int_equal(event->flags, SENSORS_FLAG_SENTINEL | SENSORS_FLAG_HISTORICAL);
    assert_int_equal(event->subject_type, SENSORS_SUBJECT_VEHICLE);
    event = one(text, "p", "{\"id\":\"g\",\"plate\":\"A1\",\"name\":\"Amy\"}");
    assert_true(base_str_is(event->subject, "A1"));
    assert_int_equal(event->subject_type, SENSORS_SUBJECT_PLATE);
    assert_int_equal(event->flags, SENSORS_FLAG_REDACTED);
    event = one(text, "p", "{\"id\":\"g\",\"plate\":\"unknown\"}");
    assert_int_equal(event->subject.len, 0);
    assert_int_equal(event->subject_type, SENSORS_SUBJECT_OBJECT);
    assert_int_equal(event->flags, SENSORS_FLAG_SENTINEL);
    event = one(text, "p", "{\"id\":\"g\",\"s\":1,\"conf\":97.5}");
    assert_int_equal(event->phase, SENSORS_PHASE_START);
    assert_int_equal(event->severity, 4);
    near(event->confidence, 0.975);
    assert_int_equal(refused(text, "p", "{\"id\":\"g\",\"s\":7}"), SENSORS_REASON_MAPPING);
    assert_int_equal(refused(text, "p", "{\"id\":\"g\",\"lat\":91,\"lon\":0}"), SENSORS_REASON_POSITION);
    assert_int_equal(refused(text, "p", "{\"id\":\"g\",\"lat\":\"x\",\"lon\":0}"), SENSORS_REASON_FIELD);
    assert_int_equal(refused(text, "p", "{\"plate\":\"A1\"}"), SENSORS_REASON_FIELD);
    assert_int_equal(refused(text, "p", "[1]"), SENSORS_REASON_MAPPING);
    assert_int_equal(refused(text, "p", "{"), SENSORS_REASON_NOT_JSON);
    assert_int_equal(refused(text, "q", "{}"), SENSORS_REASON_TOPIC);
}

static void bare_words_and_xml(void **state)
{
    (void)state;
    static const char words[] =
        T "\"topic\":\"lift/{id}/floor\",\"payload\":\"text\",\"emit\":[{\"kind\":\"measurement\","
          "\"device\":\"topic:id\",\"measure\":[{\"name\":\"floor\",\"from\":\"payload:\"}]}]}";
    static const char xml[] =
        T "\"topic\":\"x\",\"payload\":\"xml\",\"emit\":[{\"kind\":\"alarm\",\"device\":\"/N/Id\"}]}";
    near(sensors_event_value(one(words, "lift/1/floor", " 7\n"), "floor"), 7);
    assert_true(base_str_is(one(xml, "x", "<N><Id>64</Id></N>")->device, "64"));
    assert_int_equal(refused(xml, "x", "<N>"), SENSORS_REASON_NOT_XML);
}

static void conditions(void **state)
{
    (void)state;
    static const struct {
        const char *when;
        bool holds;
    } rows[] = {
        {"{\"exists\":\"/n\"}", true},
        {"{\"exists\":\"/none\"}", false},
        {"{\"eq\":[\"/n\",5]}", true},
        {"{\"eq\":[\"/s\",5]}", true},
        {"{\"eq\":[\"/b\",true]}", true},
        {"{\"eq\":[\"/z\",null]}", true},
        {"{\"ne\":[\"/n\",5]}", false},
        {"{\"ne\":[\"/none\",5]}", true},
        {"{\"in\":[\"/t\",[\"a\",\"ab\"]]}", true},
        {"{\"gt\":[\"/n\",5]}", false},
        {"{\"ge\":[\"/n\",5]}", true},
        {"{\"lt\":[\"/s\",6]}", true},
        {"{\"le\":[\"/none\",6]}", false},
        {"{\"is\":[\"/l\",\"array\"]}", true},
        {"{\"is\":[\"/s\",\"numeric\"]}", true},
        {"{\"is\":[\"/s\",\"number\"]}", false},
        {"{\"is\":[\"\",\"object\"]}", true},
        {"{\"is\":[\"/b\",\"scalar\"]}", true},
        {"{\"starts\":[\"/t\",\"a\"]}", true},
        {"{\"ends\":[\"/t\",\"b\"]}", true},
        {"{\"ends\":[\"/t\",\"xab\"]}", false},
        {"{\"has\":[\"/l\",\"x\"]}", true},
        {"{\"has\":[\"/t\",\"c\"]}", false},
        {"{\"not\":{\"exists\":\"/n\"}}", false},
        {"{\"any\":[{\"exists\":\"/none\"},{\"exists\":\"/n\"}]}", true},
        {"{\"all\":[{\"exists\":\"/none\"},{\"exists\":\"/n\"}]}", false},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        char text[400];
        snprintf(text, sizeof text, T "\"topic\":\"m\",\"when\":[%s],\"ignore\":true}", rows[i].when);
        AUTO(sensors_mappings) mappings = mappings_of(text);
        enum base_err err =
            decode_as(mappings, "t", "m", "{\"n\":5,\"s\":\"5\",\"b\":\"true\",\"z\":null,\"t\":\"ab\",\"l\":[\"x\"]}");
        if ((err == BASE_OK) != rows[i].holds) {
            fail_msg("%s: %s", rows[i].when, diag.text);
        }
    }
}

static void topics(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *topic, *device;
    } rows[] = {
        {"a/{d}/c", "a/b/c", "b"},
        {"a/{d}/c", "a/b/d", NULL},
        {"a/{d}/c", "a/b/c/d", NULL},
        {"+/{d}", "x/y", "y"},
        {"+/{d}", "$SYS/y", NULL},
        {"$oc/{d}/r", "$oc/1/r", "1"},
        {"a/{d}/#", "a/b/c/d", "b"},
        {"a/{d#}", "a/b/c", "b/c"},
        {"v/Streams({d})/O", "v/Streams(7)/O", "7"},
        {"v/Streams({d})/O", "v/Streams/O", NULL},
        {"/{d}", "/x", "x"},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        char text[300];
        snprintf(text, sizeof text, T "\"topic\":\"%s\",\"emit\":[{\"kind\":\"state\",\"device\":\"topic:d\"}]}",
                 rows[i].pattern);
        if (rows[i].device) {
            assert_true(base_str_is(one(text, rows[i].topic, "{}")->device, rows[i].device));
        } else {
            assert_int_equal(refused(text, rows[i].topic, "{}"), SENSORS_REASON_TOPIC);
        }
    }
}

static void a_folder_goes_before_what_ships(void **state)
{
    (void)state;
    char dir[512], path[600];
    struct sensors_mappings *mappings = NULL, *wrong = NULL;
    static const char text[] = "{\"map\":\"alink\",\"version\":1,\"help\":\"ours\",\"topic\":\"x\",\"ignore\":true}";
    snprintf(dir, sizeof dir, "%s/%s", fixture_scratch(), fixture_unique());
    assert_int_equal(base_file_mkdirs(dir, 0700, &diag), BASE_OK);
    snprintf(path, sizeof path, "%s/a.json", dir);
    assert_int_equal(base_file_write(path, 0600, text, strlen(text), &diag), BASE_OK);
    assert_int_equal(sensors_mappings_load(dir, &diag, &mappings), BASE_OK);
    assert_string_equal(sensors_mappings_find(mappings, base_str_of("alink"))->help, "ours");
    assert_non_null(sensors_mappings_find(mappings, base_str_of("huawei")));
    sensors_mappings_free(mappings);
    snprintf(path, sizeof path, "%s/b.json", dir);
    assert_int_equal(base_file_write(path, 0600, text, strlen(text), &diag), BASE_OK);
    assert_int_equal(sensors_mappings_load(dir, &diag, &wrong), BASE_CONFLICT);
    assert_non_null(strstr(diag.text, "b.json"));
    assert_int_equal(sensors_mappings_load("/nowhere/at/all", &diag, &mappings), BASE_OK);
    sensors_mappings_free(mappings);
}

/* Loops within loops over one array end at a limit, not at the end of time. */
static void loops_are_bounded(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) payload;
    base_buf_init(&payload, 1 << 20);
    for (int i = 0; i < 600; i++) {
        base_buf_text(&payload, i ? ",1" : "[1");
    }
    base_buf_text(&payload, "]");
    assert_int_equal(
        refused(T "\"topic\":\"m\",\"each\":[{\"items\":\"root:\"},{\"items\":\"root:\"}],\"emit\":[{\"when\":"
                  "[{\"exists\":\"/x\"}],\"kind\":\"state\",\"device\":\"source:\"}]}",
                "m", base_buf_cstr(&payload)),
        SENSORS_REASON_TOO_MANY);
}

static void an_enum_of_phases_may_change(void **state)
{
    (void)state;
    const char *text =
        "{\"map\":\"t\",\"version\":1,\"topic\":\"v/{id}\",\"payload\":\"text\",\"emit\":[{\"kind\":\"state\","
        "\"device\":\"topic:id\",\"channel\":{\"value\":\"open\"},\"phase\":{\"from\":\"payload:\","
        "\"enum\":{\"WIDE\":\"start\",\"SHUT\":\"end\"},\"change\":true}}]}";
    assert_int_equal(one(text, "v/1", "WIDE")->phase, SENSORS_PHASE_START);
    assert_int_equal(one(text, "v/1", "SHUT")->phase, SENSORS_PHASE_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enum_of_phases_may_change),
        cmocka_unit_test(values_are_transformed_in_the_order_that_is_written_down),
        cmocka_unit_test(what_means_nothing_is_a_sentinel),
        cmocka_unit_test(yes_and_no_are_events_of_their_own),
        cmocka_unit_test(times_are_read_as_the_mapping_says),
        cmocka_unit_test(contexts_within_contexts),
        cmocka_unit_test(readings_of_one_moment_are_one_event),
        cmocka_unit_test(positions_subjects_and_phases),
        cmocka_unit_test(bare_words_and_xml),
        cmocka_unit_test(conditions),
        cmocka_unit_test(topics),
        cmocka_unit_test(a_folder_goes_before_what_ships),
        cmocka_unit_test(loops_are_bounded),
    };
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_arena_release(&arena);
    sensors_mappings_free(latest);
    return failed;
}
