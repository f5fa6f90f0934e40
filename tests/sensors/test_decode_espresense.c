/* sensors/decode_espresense.c: the shared payload and messages of our own; what is a tag's, what a room's, what is
 * dropped. */
#include "kit.h"

#define TAG "iBeacon:426c7565-4368-6172-6d42-6561636f6e73-3838-4949"
#define TAG_TOPIC "espresense/devices/" TAG "/office"

static void the_shared_payload_is_a_checkpoint_of_the_tag_at_the_room(void **state)
{
    (void)state;
    struct kit_outcome out = kit_try_file(TAG_TOPIC, "ble/espresense_device.json", KIT_NOW);
    assert_int_equal(out.err, BASE_OK);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.event.kind, SENSORS_KIND_CHECKPOINT);
    assert_int_equal(out.event.phase, SENSORS_PHASE_PULSE);
    assert_int_equal(out.event.t_event, KIT_NOW);
    assert_int_equal(out.event.t_source, SENSORS_TIME_RECEIVED);
    assert_int_equal(out.event.subject_type, SENSORS_SUBJECT_TAG);
    assert_true(base_str_is(out.event.subject, TAG));
    assert_true(base_str_is(out.event.device, "office"));
    assert_true(base_str_is(out.event.native_id, "office"));
    assert_int_equal(out.event.measure_count, 2);
    kit_near(sensors_event_value(&out.event, "distance"), 6.58);
    kit_near(sensors_event_value(&out.event, "rssi"), -81.1);
    assert_true(isnan(out.event.lon));
    assert_int_equal(out.event.pos_source, SENSORS_POSITION_BEACON);
    assert_int_equal(out.event.flags, 0);
    assert_int_equal(out.decoded.redacted, 0);
}

static void names_and_identity_keys_are_dropped_and_counted(void **state)
{
    (void)state;
    struct kit_outcome out =
        kit_try("espresense/devices/irk:00/hall", "{\"id\":\"irk:00\",\"name\":\"Amy's phone\","
                                                  "\"irk\":\"0011\",\"distance\":1.5,\"rssi\":-60}");
    assert_int_equal(out.err, BASE_OK);
    assert_int_equal(out.decoded.redacted, 2);
    assert_int_equal(out.event.flags, SENSORS_FLAG_REDACTED);
    kit_never_says("Amy");
    kit_never_says("0011");
    out = kit_try("espresense/settings/irk:00/config", "{\"id\":\"amy\",\"name\":\"Amy's phone\"}");
    assert_true(out.decoded.ignored);
    assert_int_equal(out.decoded.redacted, 1);
    out = kit_try("espresense/rooms/hall/known_irks", "0011");
    assert_true(out.decoded.ignored);
    assert_int_equal(out.decoded.redacted, 1);
}

static void the_payload_names_the_tag_and_the_topic_the_room(void **state)
{
    (void)state;
    struct kit_outcome out =
        kit_try("north/espresense/devices/guard-tag-1/lobby", "{\"id\":\"itag:01\",\"distance\":2}");
    assert_true(base_str_is(out.event.subject, "itag:01"));
    assert_true(base_str_is(out.event.device, "lobby"));
    out = kit_try("espresense/devices/guard-tag-1/lobby", "{\"distance\":\"2.5\"}");
    assert_true(base_str_is(out.event.subject, "guard-tag-1"));
    kit_near(sensors_event_value(&out.event, "distance"), 2.5);
}

static void impossible_values_are_sentinels(void **state)
{
    (void)state;
    struct kit_outcome out = kit_try(TAG_TOPIC, "{\"distance\":-1,\"rssi\":-60,\"batt\":255,\"mV\":3000,\"rh\":40}");
    assert_int_equal(out.event.flags, SENSORS_FLAG_SENTINEL);
    assert_true(isnan(sensors_event_value(&out.event, "distance")));
    assert_true(isnan(sensors_event_value(&out.event, "battery")));
    kit_near(sensors_event_value(&out.event, "voltage"), 3);
    kit_near(sensors_event_value(&out.event, "humidity"), 40);
}

static void the_key_is_of_what_the_message_says(void **state)
{
    (void)state;
    static const char payload[] = "{\"id\":\"a\",\"distance\":1.50,\"rssi\":-60,\"int\":900}";
    struct base_id first = kit_try("espresense/devices/a/hall", payload).event.dedup;
    kit.retained = true;
    struct kit_outcome later = kit_try_at("espresense/devices/a/hall", payload, KIT_NOW + KIT_SECOND);
    kit.retained = false;
    assert_true(base_id_equal(first, later.event.dedup));
    assert_int_equal(later.event.flags, SENSORS_FLAG_RETAINED | SENSORS_FLAG_REPLAY);
    assert_false(base_id_equal(first, kit_try("espresense/devices/a/gate", payload).event.dedup));
    assert_false(base_id_equal(first, kit_try("espresense/devices/b/hall", "{\"id\":\"b\",\"distance\":1.50,\"rssi\":"
                                                                           "-60,\"int\":900}")
                                          .event.dedup));
    assert_false(base_id_equal(first, kit_try("espresense/devices/a/hall", "{\"id\":\"a\",\"distance\":1.51,\"rssi\":"
                                                                           "-60,\"int\":900}")
                                          .event.dedup));
    assert_false(base_id_equal(kit_try("espresense/rooms/hall/pir", "ON").event.dedup,
                               kit_try("espresense/rooms/hall/radar", "ON").event.dedup));
}

static void a_rooms_node_is_a_thing(void **state)
{
    (void)state;
    struct kit_outcome out = kit_try("espresense/rooms/hall/status", "online");
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.phase, SENSORS_PHASE_START);
    assert_int_equal(out.event.subject_type, SENSORS_SUBJECT_UNIT);
    assert_true(base_str_is(out.event.device, "hall"));
    assert_int_equal(out.event.subject.len, 0);
    assert_int_equal(kit_try("espresense/rooms/hall/status", "offline").event.phase, SENSORS_PHASE_END);
    out = kit_try("espresense/rooms/hall/telemetry", "{\"ip\":\"10.0.0.2\",\"uptime\":15,\"rssi\":-60,\"count\":2}");
    assert_int_equal(out.event.kind, SENSORS_KIND_STATE);
    assert_true(base_str_is(out.event.channel, "telemetry"));
    kit_near(sensors_event_value(&out.event, "uptime"), 15);
    kit_near(sensors_event_value(&out.event, "count"), 2);
}

static void sensors_of_the_node_come_in_si_units(void **state)
{
    (void)state;
    struct kit_outcome out = kit_try("espresense/rooms/hall/bme280_pressure", "1013.25");
    assert_int_equal(out.event.kind, SENSORS_KIND_MEASUREMENT);
    kit_near(sensors_event_value(&out.event, "pressure"), 101325);
    assert_true(base_str_is(out.event.channel, "bme280_pressure"));
    out = kit_try("espresense/rooms/hall/temperature", " 21.5\n");
    kit_near(sensors_event_value(&out.event, "temperature"), 21.5);
    out = kit_try("espresense/rooms/hall/temperature", "-127"); /* a wire is off */
    assert_int_equal(out.event.flags, SENSORS_FLAG_SENTINEL);
    assert_int_equal(out.event.measure_count, 0);
    out = kit_try("espresense/rooms/hall/motion", "OFF");
    assert_int_equal(out.event.kind, SENSORS_KIND_DETECTION);
    assert_int_equal(out.event.phase, SENSORS_PHASE_END);
    assert_true(base_str_is(out.event.native_id, "motion"));
    kit_near(sensors_event_value(&out.event, "motion"), 0);
    out = kit_try("espresense/rooms/hall/switch_1", "ON");
    assert_int_equal(out.event.kind, SENSORS_KIND_STATE);
    assert_int_equal(out.event.phase, SENSORS_PHASE_START);
    kit_near(sensors_event_value(&out.event, "on"), 1);
}

static void settings_and_commands_are_ignored(void **state)
{
    (void)state;
    static const char *const topics[] = {"espresense/rooms/hall/max_distance", "espresense/rooms/hall/restart/set",
                                         "espresense/companion/status", "espresense/devices/a/hall/battery"};
    for (size_t i = 0; i < BASE_COUNT(topics); i++) {
        struct kit_outcome out = kit_try(topics[i], "16");
        if (out.err || !out.decoded.ignored || out.decoded.count) {
            fail_msg("%s: %s", topics[i], kit.diag.text);
        }
    }
    assert_true(kit_try("espresense/rooms/hall/status", "").decoded.ignored);
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
        struct kit_outcome out = kit_try(cases[i].topic, cases[i].payload);
        if (!out.err || out.decoded.reason != cases[i].reason || out.decoded.count || !kit.diag.text[0]) {
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
        cmocka_unit_test_setup_teardown(the_key_is_of_what_the_message_says, NULL, kit_forget),
        cmocka_unit_test(a_rooms_node_is_a_thing),
        cmocka_unit_test(sensors_of_the_node_come_in_si_units),
        cmocka_unit_test(settings_and_commands_are_ignored),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };
    return kit_run("espresense", tests);
}
