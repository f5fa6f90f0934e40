/* sensors/decode_zigbee2mqtt*.c: the shared payloads and messages of our own: alarms, doors, buttons, the bridge and
 * what it says again. */
#include "kit.h"

static void the_shared_payloads(void **state)
{
    (void)state;
    assert_string_equal(kit_tell_file("zigbee2mqtt/Smoke", "zigbee2mqtt/smoke_device_block.json"),
                        "alarm end 0x00158d0001d64498 unit channel=smoke 2026-11-21T08:00:00Z received smoke=0 1; "
                        "battery=100 %; voltage=3.075 V; link_quality=81 1;\n");
    assert_string_equal(kit_tell_file("zigbee2mqtt/remote", "zigbee2mqtt/last_seen_only_epoch_ms.json"),
                        "lifecycle snapshot remote unit 2026-11-21T08:00:00Z received flags=replay,time_repaired\n");
    assert_string_equal(
        kit_tell_file("zigbee/czujnikzalania1", "zigbee2mqtt/water_leak_string_battery.json"),
        "alarm end czujnikzalania1 unit channel=water_leak 2026-11-21T08:00:00Z received water_leak=0 1; "
        "battery=100 %; voltage=3.045 V; link_quality=99 1;\n");
    kit.t_recv = INT64_C(1561390255000000);
    assert_string_equal(kit_tell_file("zigbee/smoke_detector", "zigbee2mqtt/smoke_alarm.json"),
                        "alarm start smoke_detector unit channel=smoke 2019-06-24T15:30:53.312Z gateway smoke=1 1; "
                        "link_quality=26 1; severity=4\n"
                        "alarm end smoke_detector unit channel=battery_low 2019-06-24T15:30:53.312Z gateway "
                        "battery_low=0 1;\n");
}

static void a_contact_that_is_closed_is_not_open(void **state)
{
    (void)state;
    assert_string_equal(kit_tell("zigbee2mqtt/block 3/roof door", "{\"contact\":true,\"tamper\":true}"),
                        "state end block 3/roof door unit channel=open 2026-11-21T08:00:00Z received open=0 1;\n"
                        "alarm start block 3/roof door unit channel=tamper 2026-11-21T08:00:00Z received tamper=1 1; "
                        "severity=2\n");
    assert_string_equal(kit_tell("site/north/zigbee2mqtt/door", "{\"contact\":false,\"occupancy\":true}"),
                        "state start door unit channel=open 2026-11-21T08:00:00Z received open=1 1;\n"
                        "detection start door unit channel=occupancy 2026-11-21T08:00:00Z received occupancy=1 1;\n");
}

static void numbers_have_its_units(void **state)
{
    (void)state;
    assert_string_equal(
        kit_tell("zigbee2mqtt/air",
                 "{\"temperature\":\"21.5\",\"humidity\":40,\"pressure\":1013.25,\"illuminance\":9000,"
                 "\"illuminance_lux\":80,\"co2\":612,\"pm25\":7,\"voc\":150,\"soil_moisture\":33,\"battery\":null,"
                 "\"device_temperature\":39,\"last_seen\":1795247990000,\"update\":{\"state\":\"idle\"},"
                 "\"update_available\":false,\"linkquality\":255}"),
        "measurement pulse air unit 2026-11-21T07:59:50Z gateway temperature=21.5 Cel; humidity=40 %; "
        "pressure=101325 Pa; illuminance=80 lx; co2=612 ppm; pm2_5=7 ug/m3; tvoc=150 ug/m3; soil_moisture=33 %; "
        "link_quality=255 1;\n");
    assert_string_equal(kit_tell("zigbee2mqtt/plug",
                                 "{\"state\":\"ON\",\"power\":12,\"energy\":3.5,\"voltage\":230,\"current\":0.05,"
                                 "\"state_l2\":\"OFF\",\"temperature_l2\":200000,\"last_seen\":\"2 minutes ago\"}"),
                        "state start plug unit channel=on 2026-11-21T08:00:00Z received on=1 1; flags=sentinel\n"
                        "state end plug unit channel=on_l2 2026-11-21T08:00:00Z received on_l2=0 1; flags=sentinel\n"
                        "measurement pulse plug unit 2026-11-21T08:00:00Z received power=12 W; energy=3.5 kW.h; "
                        "voltage=230 V; current=0.05 A; flags=sentinel\n");
    assert_string_equal(kit_tell("zigbee2mqtt/cell", "{\"battery\":80,\"voltage\":900}"),
                        "measurement pulse cell unit 2026-11-21T08:00:00Z received battery=80 %; voltage=0.9 V;\n");
    assert_string_equal(kit_tell("zigbee2mqtt/air/temperature", "21.5"),
                        "measurement pulse air unit 2026-11-21T08:00:00Z received temperature=21.5 Cel;\n");
    assert_string_equal(kit_tell("zigbee2mqtt/button/action", "single"),
                        "state pulse button unit channel=action 2026-11-21T08:00:00Z received action=single\n");
    assert_string_equal(kit_tell("zigbee2mqtt/air/brightness", "21"), "ignored\n");
}

static void a_button_is_pressed_each_time_and_a_call_for_help_is_an_alarm(void **state)
{
    (void)state;
    kit.memory = sensors_memory_new();
    for (int i = 0; i < 2; i++) {
        assert_string_equal(kit_tell("zigbee2mqtt/button", "{\"action\":\"double\",\"linkquality\":90}"),
                            "state pulse button unit channel=action 2026-11-21T08:00:00Z received action=double "
                            "link_quality=90 1;\n");
    }
    assert_string_equal(kit_tell("zigbee2mqtt/badge", "{\"action\":\"emergency\"}"),
                        "alarm start badge unit channel=sos 2026-11-21T08:00:00Z received sos=1 1; severity=4\n");
    assert_string_equal(kit_tell("zigbee2mqtt/badge", "{\"action\":\"call Amy at home\"}"), "ignored\nredacted=1\n");
    kit.t_recv = KIT_NOW + 3 * KIT_SECOND;
    assert_string_equal(kit_tell("zigbee2mqtt/badge", "{\"action\":\"\"}"),
                        "lifecycle pulse badge unit 2026-11-21T08:00:03Z received\n");
}

static void three_copies_in_a_second_are_one_event(void **state)
{
    (void)state;
    kit.memory = sensors_memory_new();
    (void)kit_tell("zigbee2mqtt/leak", "{\"water_leak\":true,\"linkquality\":80}");
    struct base_id first = kit_key(0);
    kit.t_recv = KIT_NOW + KIT_SECOND;
    assert_string_equal(kit_tell("zigbee2mqtt/leak", "{\"water_leak\":true,\"linkquality\":84}"), "repeated=1\n");
    kit.t_recv = KIT_NOW + 3 * KIT_SECOND;
    assert_string_equal(kit_tell("zigbee2mqtt/leak", "{\"water_leak\":true,\"linkquality\":81}"),
                        "alarm update leak unit channel=water_leak 2026-11-21T08:00:03Z received water_leak=1 1; "
                        "link_quality=81 1; severity=3\n");
    assert_true(base_id_equal(first, kit_key(0)));
    kit.t_recv = KIT_NOW + 6 * KIT_SECOND;
    (void)kit_tell("zigbee2mqtt/leak", "{\"water_leak\":true,\"linkquality\":81,\"last_seen\":1795248006000}");
    assert_false(base_id_equal(first, kit_key(0)));
    kit.t_recv = KIT_NOW + 3 * KIT_SECOND;
    assert_string_equal(kit_tell("zigbee2mqtt/leak", "{\"water_leak\":false,\"linkquality\":81}"),
                        "alarm end leak unit channel=water_leak 2026-11-21T08:00:03Z received water_leak=0 1; "
                        "link_quality=81 1;\n");
    assert_false(base_id_equal(first, kit_key(0)));
}

static void after_a_restart_what_was_known_is_said_again(void **state)
{
    (void)state;
    static const char open[] = "{\"contact\":false}", shut[] = "{\"contact\":true}";
    kit.memory = sensors_memory_new();
    (void)kit_tell("zigbee2mqtt/door", open);
    (void)kit_tell("zigbee2mqtt/window", open);
    kit.t_recv = KIT_NOW + 100 * KIT_SECOND;
    assert_string_equal(kit_tell("zigbee2mqtt/bridge/state", "{\"state\":\"online\"}"),
                        "lifecycle start bridge unit 2026-11-21T08:01:40Z received\n");
    kit.t_recv += 10 * KIT_SECOND;
    assert_string_equal(kit_tell("zigbee2mqtt/door", open),
                        "state update door unit channel=open 2026-11-21T08:01:50Z received open=1 1; flags=replay\n");
    assert_string_equal(kit_tell("zigbee2mqtt/window", shut),
                        "state end window unit channel=open 2026-11-21T08:01:50Z received open=0 1;\n");
    kit.t_recv += 5 * KIT_SECOND;
    assert_string_equal(kit_tell("zigbee2mqtt/door", open),
                        "state update door unit channel=open 2026-11-21T08:01:55Z received open=1 1;\n");
    assert_string_equal(kit_tell("zigbee2mqtt/door", "{\"contact\":false,\"last_seen\":1795248115000}"),
                        "repeated=1\n");
    kit.t_recv += 5 * KIT_SECOND;
    assert_string_equal(kit_tell("zigbee2mqtt/door", "{\"contact\":false,\"last_seen\":1795248115000}"),
                        "state update door unit channel=open 2026-11-21T08:01:55Z gateway open=1 1; flags=replay\n");
}

static void the_bridge_tells_which_address_has_which_name(void **state)
{
    (void)state;
    kit.memory = sensors_memory_new();
    assert_string_equal(kit_tell("zigbee2mqtt/bridge/devices",
                                 "[{\"ieee_address\":\"0x00158d0001d64498\",\"friendly_name\":\"block 3/smoke\"},"
                                 "{\"ieee_address\":5},7]"),
                        "ignored\n");
    assert_string_equal(kit_tell("zigbee2mqtt/block 3/smoke", "{\"smoke\":true}"),
                        "alarm start 0x00158d0001d64498 unit channel=smoke 2026-11-21T08:00:00Z received smoke=1 1; "
                        "severity=4\n");
    assert_string_equal(kit_tell("zigbee2mqtt/block 3/smoke/availability", "offline"),
                        "lifecycle end 0x00158d0001d64498 unit 2026-11-21T08:00:00Z received\n");
    assert_string_equal(kit_tell("zigbee2mqtt/other/availability", "{\"state\":\"online\"}"),
                        "lifecycle start other unit 2026-11-21T08:00:00Z received\n");
    assert_string_equal(kit_tell("zigbee2mqtt/bridge/event",
                                 "{\"type\":\"device_joined\",\"data\":{\"friendly_name\":\"new one\","
                                 "\"ieee_address\":\"0x00158d0001d64499\"}}"),
                        "lifecycle pulse 0x00158d0001d64499 unit 2026-11-21T08:00:00Z received\n");
    assert_string_equal(kit_tell("zigbee2mqtt/bridge/event",
                                 "{\"type\":\"device_leave\",\"data\":{\"ieee_address\":\"0x00158d0001d64499\"}}"),
                        "lifecycle end 0x00158d0001d64499 unit 2026-11-21T08:00:00Z received\n");
}

static void what_is_no_event_is_ignored(void **state)
{
    (void)state;
    static const char *const messages[][2] = {
        {"zigbee2mqtt/bridge/logging", "{\"level\":\"info\"}"},
        {"zigbee2mqtt/bridge/event", "{\"type\":\"device_interview\",\"data\":{}}"},
        {"zigbee2mqtt/lamp/set", "{\"state\":\"ON\"}"},
        {"zigbee2mqtt/lamp/get", "{\"state\":\"\"}"},
        {"zigbee2mqtt/lamp", ""},
    };
    for (size_t i = 0; i < BASE_COUNT(messages); i++) {
        assert_string_equal(kit_tell(messages[i][0], messages[i][1]), "ignored\n");
    }
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload;
        enum sensors_reason reason;
    } cases[] = {
        {"", "{}", SENSORS_REASON_TOPIC},
        {"zigbee2mqtt", "{}", SENSORS_REASON_TOPIC},
        {"zigbee2mqtt/", "{}", SENSORS_REASON_TOPIC},
        {"zigbee2mqtt/\xff", "{}", SENSORS_REASON_TOPIC},
        {"zigbee2mqtt/lamp", "ON", SENSORS_REASON_NOT_JSON},
        {"zigbee2mqtt/lamp", "{\"smoke\":", SENSORS_REASON_NOT_JSON},
        {"zigbee2mqtt/lamp", "[{\"smoke\":true}]", SENSORS_REASON_NOT_JSON},
        {"zigbee2mqtt/lamp/state", "1,\"smoke\":true", SENSORS_REASON_NOT_JSON},
        {"zigbee2mqtt/lamp", "\xff", SENSORS_REASON_NOT_UTF8},
        {"zigbee2mqtt/lamp", "{\"smoke\":{\"value\":true}}", SENSORS_REASON_FIELD},
        {"zigbee2mqtt/lamp", "{\"temperature\":[20]}", SENSORS_REASON_FIELD},
        {"zigbee2mqtt/lamp/availability", "perhaps", SENSORS_REASON_FIELD},
        {"zigbee2mqtt/bridge/devices", "{}", SENSORS_REASON_FIELD},
        {"zigbee2mqtt/bridge/event", "{\"type\":\"device_joined\"}", SENSORS_REASON_FIELD},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        (void)kit_tell(cases[i].topic, cases[i].payload);
        if (!kit.err || kit.decoded.reason != cases[i].reason || kit.decoded.count) {
            fail_msg("%s %s: %s", cases[i].topic, cases[i].payload, sensors_reason_text(kit.decoded.reason));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_shared_payloads, kit_forget),
        cmocka_unit_test_setup(a_contact_that_is_closed_is_not_open, kit_forget),
        cmocka_unit_test_setup(numbers_have_its_units, kit_forget),
        cmocka_unit_test_setup(a_button_is_pressed_each_time_and_a_call_for_help_is_an_alarm, kit_forget),
        cmocka_unit_test_setup(three_copies_in_a_second_are_one_event, kit_forget),
        cmocka_unit_test_setup(after_a_restart_what_was_known_is_said_again, kit_forget),
        cmocka_unit_test_setup(the_bridge_tells_which_address_has_which_name, kit_forget),
        cmocka_unit_test_setup(what_is_no_event_is_ignored, kit_forget),
        cmocka_unit_test_setup(what_cannot_be_read_says_why, kit_forget),
    };
    return kit_run("zigbee2mqtt", tests);
}
