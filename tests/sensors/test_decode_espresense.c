/* sensors/decode_espresense.c: the shared payload and messages of our own; what is a tag's, what a room's, what is
 * dropped. */
#include "fixture/fixture.h"
#include "sensors/sensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1795248000000000) /* 2026-11-21T08:00:00Z */
#define TAG "iBeacon:426c7565-4368-6172-6d42-6561636f6e73-3838-4949"
#define TAG_TOPIC "espresense/devices/" TAG "/office"

static struct base_arena arena;
static struct base_diag diag;
static const struct base_key key = {.bytes = "test key"};

struct outcome {
    enum base_err err;
    struct sensors_decoded decoded;
    struct sensors_event event; /* the first, or empty */
};

static struct outcome decode_at(const char *topic, struct base_str payload, int64_t t_recv, bool retained)
{
    struct outcome outcome = {.event = sensors_event_empty()};
    const struct sensors_message message = {.topic = base_str_of(topic),
                                            .payload = payload,
                                            .t_recv = t_recv,
                                            .retained = retained,
                                            .source = base_str_of("s"),
                                            .key = &key};
    base_arena_reset(&arena);
    diag.text[0] = '\0';
    outcome.err =
        sensors_decode(sensors_format_find(base_str_of("espresense")), &message, &arena, &diag, &outcome.decoded);
    if (!outcome.err && outcome.decoded.count) {
        outcome.event = outcome.decoded.events[0];
    }
    return outcome;
}

static struct outcome decode(const char *topic, const char *payload)
{
    return decode_at(topic, base_str_of(payload), NOW, false);
}

static void near(double a, double b)
{
    if (!(fabs(a - b) < 1e-6)) {
        fail_msg("%.9f is not %.9f", a, b);
    }
}

static void the_shared_payload_is_a_checkpoint_of_the_tag_at_the_room(void **state)
{
    (void)state;
    const char *shared = fixture_shared();
    char path[1024];
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 1 << 20);
    if (!shared) {
        skip();
    }
    snprintf(path, sizeof path, "%s/payloads/ble/espresense_device.json", shared);
    if (base_file_read(path, 1 << 15, &diag, &file)) {
        fail_msg("%s", diag.text);
    }
    struct outcome out = decode_at(TAG_TOPIC, base_buf_str(&file), NOW, false);
    assert_int_equal(out.err, BASE_OK);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.event.kind, SENSORS_KIND_CHECKPOINT);
    assert_int_equal(out.event.phase, SENSORS_PHASE_PULSE);
    assert_int_equal(out.event.t_event, NOW);
    assert_int_equal(out.event.t_source, SENSORS_TIME_RECEIVED);
    assert_int_equal(out.event.subject_type, SENSORS_SUBJECT_TAG);
    assert_true(base_str_is(out.event.subject, TAG));
    assert_true(base_str_is(out.event.device, "office"));
    assert_true(base_str_is(out.event.native_id, "office"));
    assert_int_equal(out.event.measure_count, 2);
    near(sensors_event_value(&out.event, "distance"), 6.58);
    near(sensors_event_value(&out.event, "rssi"), -81.1);
    assert_true(isnan(out.event.lon));
    assert_int_equal(out.event.pos_source, SENSORS_POSITION_BEACON);
    assert_int_equal(out.event.flags, 0);
    assert_int_equal(out.decoded.redacted, 0);
}

static void names_and_identity_keys_are_dropped_and_counted(void **state)
{
    (void)state;
    struct outcome out = decode("espresense/devices/irk:00/hall", "{\"id\":\"irk:00\",\"name\":\"Amy's phone\","
                                                                  "\"irk\":\"0011\",\"distance\":1.5,\"rssi\":-60}");
    assert_int_equal(out.err, BASE_OK);
    assert_int_equal(out.decoded.redacted, 2);
    assert_int_equal(out.event.flags, SENSORS_FLAG_REDACTED);
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 16);
    struct base_json_out json = base_json_out_of(&text);
    sensors_event_out(&out.event, &(struct sensors_event_label){.source = base_str_of("s")}, &json);
    assert_null(strstr(base_buf_cstr(&text), "Amy"));
    assert_null(strstr(base_buf_cstr(&text), "0011"));
    out = decode("espresense/settings/irk:00/config", "{\"id\":\"amy\",\"name\":\"Amy's phone\"}");
    assert_true(out.decoded.ignored);
    assert_int_equal(out.decoded.redacted, 1);
    out = decode("espresense/rooms/hall/known_irks", "0011");
    assert_true(out.decoded.ignored);
    assert_int_equal(out.decoded.redacted, 1);
}

static void the_payload_names_the_tag_and_the_topic_the_room(void **state)
{
    (void)state;
    struct outcome out = decode("north/espresense/devices/guard-tag-1/lobby", "{\"id\":\"itag:01\",\"distance\":2}");
    assert_true(base_str_is(out.event.subject, "itag:01"));
    assert_true(base_str_is(out.event.device, "lobby"));
    out = decode("espresense/devices/guard-tag-1/lobby", "{\"distance\":\"2.5\"}");
    assert_true(base_str_is(out.event.subject, "guard-tag-1"));
    near(sensors_event_value(&out.event, "distance"), 2.5);
}

static void impossible_values_are_sentinels(void **state)
{
    (void)state;
    struct outcome out = decode(TAG_TOPIC, "{\"distance\":-1,\"rssi\":-60,\"batt\":255,\"mV\":3000,\"rh\":40}");
    assert_int_equal(out.event.flags, SENSORS_FLAG_SENTINEL);
    assert_true(isnan(sensors_event_value(&out.event, "distance")));
    assert_true(isnan(sensors_event_value(&out.event, "battery")));
    near(sensors_event_value(&out.event, "voltage"), 3);
    near(sensors_event_value(&out.event, "humidity"), 40);
}

static void the_key_is_of_what_the_message_says(void **state)
{
    (void)state;
    static const char payload[] = "{\"id\":\"a\",\"distance\":1.50,\"rssi\":-60,\"int\":900}";
    struct base_id first = decode("espresense/devices/a/hall", payload).event.dedup;
    struct outcome later = decode_at("espresense/devices/a/hall", base_str_of(payload), NOW + 1000000, true);
    assert_true(base_id_equal(first, later.event.dedup));
    assert_int_equal(later.event.flags, SENSORS_FLAG_RETAINED | SENSORS_FLAG_REPLAY);
    assert_false(base_id_equal(first, decode("espresense/devices/a/gate", payload).event.dedup));
    assert_false(base_id_equal(first, decode("espresense/devices/b/hall", "{\"id\":\"b\",\"distance\":1.50,\"rssi\":"
                                                                          "-60,\"int\":900}")
                                          .event.dedup));
    assert_false(base_id_equal(first, decode("espresense/devices/a/hall", "{\"id\":\"a\",\"distance\":1.51,\"rssi\":"
                                                                          "-60,\"int\":900}")
                                          .event.dedup));
    assert_false(base_id_equal(decode("espresense/rooms/hall/pir", "ON").event.dedup,
                               decode("espresense/rooms/hall/radar", "ON").event.dedup));
}

static void a_rooms_node_is_a_thing(void **state)
{
    (void)state;
    struct outcome out = decode("espresense/rooms/hall/status", "online");
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.phase, SENSORS_PHASE_START);
    assert_int_equal(out.event.subject_type, SENSORS_SUBJECT_UNIT);
    assert_true(base_str_is(out.event.device, "hall"));
    assert_int_equal(out.event.subject.len, 0);
    assert_int_equal(decode("espresense/rooms/hall/status", "offline").event.phase, SENSORS_PHASE_END);
    out = decode("espresense/rooms/hall/telemetry", "{\"ip\":\"10.0.0.2\",\"uptime\":15,\"rssi\":-60,\"count\":2}");
    assert_int_equal(out.event.kind, SENSORS_KIND_STATE);
    assert_true(base_str_is(out.event.channel, "telemetry"));
    near(sensors_event_value(&out.event, "uptime"), 15);
    near(sensors_event_value(&out.event, "count"), 2);
}

static void sensors_of_the_node_come_in_si_units(void **state)
{
    (void)state;
    struct outcome out = decode("espresense/rooms/hall/bme280_pressure", "1013.25");
    assert_int_equal(out.event.kind, SENSORS_KIND_MEASUREMENT);
    near(sensors_event_value(&out.event, "pressure"), 101325);
    assert_true(base_str_is(out.event.channel, "bme280_pressure"));
    out = decode("espresense/rooms/hall/temperature", " 21.5\n");
    near(sensors_event_value(&out.event, "temperature"), 21.5);
    out = decode("espresense/rooms/hall/temperature", "-127"); /* a wire is off */
    assert_int_equal(out.event.flags, SENSORS_FLAG_SENTINEL);
    assert_int_equal(out.event.measure_count, 0);
    out = decode("espresense/rooms/hall/motion", "OFF");
    assert_int_equal(out.event.kind, SENSORS_KIND_DETECTION);
    assert_int_equal(out.event.phase, SENSORS_PHASE_END);
    assert_true(base_str_is(out.event.native_id, "motion"));
    near(sensors_event_value(&out.event, "motion"), 0);
    out = decode("espresense/rooms/hall/switch_1", "ON");
    assert_int_equal(out.event.kind, SENSORS_KIND_STATE);
    assert_int_equal(out.event.phase, SENSORS_PHASE_START);
    near(sensors_event_value(&out.event, "on"), 1);
}

static void settings_and_commands_are_ignored(void **state)
{
    (void)state;
    static const char *const topics[] = {"espresense/rooms/hall/max_distance", "espresense/rooms/hall/restart/set",
                                         "espresense/companion/status", "espresense/devices/a/hall/battery"};
    for (size_t i = 0; i < BASE_COUNT(topics); i++) {
        struct outcome out = decode(topics[i], "16");
        if (out.err || !out.decoded.ignored || out.decoded.count) {
            fail_msg("%s: %s", topics[i], diag.text);
        }
    }
    assert_true(decode("espresense/rooms/hall/status", "").decoded.ignored);
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload;
        enum sensors_reason reason;
    } cases[] = {
        {"", "{}", SENSORS_REASON_TOPIC},
        {"espresense/devices/a", "{}", SENSORS_REASON_TOPIC},
        {"espresense/devices//hall", "{}", SENSORS_REASON_TOPIC},
        {"espresense/devices/a/b/c/d", "{}", SENSORS_REASON_TOPIC},
        {"espresense/rooms/hall", "{}", SENSORS_REASON_TOPIC},
        {"owntracks/devices/a/hall", "{}", SENSORS_REASON_TOPIC},
        {"espresense/devices/\xff/hall", "{}", SENSORS_REASON_TOPIC},
        {TAG_TOPIC, "online", SENSORS_REASON_NOT_JSON},
        {TAG_TOPIC, "[1]", SENSORS_REASON_NOT_JSON},
        {TAG_TOPIC, "\xff", SENSORS_REASON_NOT_UTF8},
        {"espresense/rooms/hall/status", "maybe", SENSORS_REASON_FIELD},
        {"espresense/rooms/hall/motion", "1", SENSORS_REASON_FIELD},
        {"espresense/rooms/hall/humidity", "wet", SENSORS_REASON_FIELD},
        {"espresense/rooms/hall/telemetry", "up", SENSORS_REASON_NOT_JSON},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct outcome out = decode(cases[i].topic, cases[i].payload);
        if (!out.err || out.decoded.reason != cases[i].reason || out.decoded.count || !diag.text[0]) {
            fail_msg("%s %s: %s", cases[i].topic, cases[i].payload, sensors_reason_text(out.decoded.reason));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shared_payload_is_a_checkpoint_of_the_tag_at_the_room),
        cmocka_unit_test(names_and_identity_keys_are_dropped_and_counted),
        cmocka_unit_test(the_payload_names_the_tag_and_the_topic_the_room),
        cmocka_unit_test(impossible_values_are_sentinels),
        cmocka_unit_test(the_key_is_of_what_the_message_says),
        cmocka_unit_test(a_rooms_node_is_a_thing),
        cmocka_unit_test(sensors_of_the_node_come_in_si_units),
        cmocka_unit_test(settings_and_commands_are_ignored),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_arena_release(&arena);
    return failed;
}
