/* sensors/decode_shelly*.c: the shared payloads and messages of our own: what is told twice, what is a dump, buttons,
 * the first generation. */
#include "kit.h"

#define RPC "shellyx-0001/events/rpc"

static const char *notify(const char *method, const char *params)
{
    char payload[1000];
    snprintf(payload, sizeof payload, "{\"src\":\"shellyx-0001\",\"dst\":\"d\",\"method\":\"%s\",\"params\":%s}",
             method, params);
    return kit_tell(RPC, payload);
}

static void the_shared_payloads(void **state)
{
    (void)state;
    assert_string_equal(
        kit_tell_file("shelly1pmminig3-5432044edbc0/status/switch:0", "shelly/status_switch0.json"),
        "state start shelly1pmminig3-5432044edbc0 unit channel=switch:0 2026-11-21T08:00:00Z received on=1 1;\n"
        "measurement pulse shelly1pmminig3-5432044edbc0 unit channel=switch:0 2026-11-21T08:00:00Z received "
        "power=11.5 W; voltage=240.3 V; current=0.073 A; frequency=50 Hz; energy=152.669987 kW.h;\n");
    kit.t_recv = INT64_C(1646945885000000);
    assert_string_equal(kit_tell_file("shellyplus1-a8032abc7158/events/rpc", "shelly/notify_event_button.json"),
                        "state pulse shellyplus1-a8032abc7158 unit channel=input:0 2022-03-10T20:58:02.470Z device "
                        "action=double_push\n");
}

static void a_change_is_told_on_two_topics(void **state)
{
    (void)state;
    kit.memory = sensors_memory_new();
    assert_string_equal(notify("NotifyStatus", "{\"ts\":1795247999.5,\"switch:0\":{\"id\":0,\"output\":true,"
                                               "\"apower\":11.5}}"),
                        "state start shellyx-0001 unit channel=switch:0 2026-11-21T07:59:59.500Z device on=1 1;\n"
                        "measurement pulse shellyx-0001 unit channel=switch:0 2026-11-21T07:59:59.500Z device "
                        "power=11.5 W;\n");
    assert_string_equal(kit_tell("shellyx-0001/status/switch:0", "{\"output\":true,\"apower\":11.5}"), "repeated=1\n");
    assert_string_equal(kit_tell("shellyx-0001/status/switch:1", "{\"output\":true}"),
                        "state start shellyx-0001 unit channel=switch:1 2026-11-21T08:00:00Z received on=1 1;\n");
    /* What the difference did not say is news, once. */
    assert_string_equal(kit_tell("shellyx-0001/status/switch:0", "{\"output\":true,\"apower\":11.5,"
                                                                 "\"aenergy\":{\"total\":2000}}"),
                        "state update shellyx-0001 unit channel=switch:0 2026-11-21T08:00:00Z received on=1 1;\n"
                        "measurement pulse shellyx-0001 unit channel=switch:0 2026-11-21T08:00:00Z received "
                        "power=11.5 W; energy=2 kW.h;\n");
    assert_string_equal(notify("NotifyStatus", "{\"ts\":1795248000,\"switch:0\":{\"aenergy\":{\"total\":2000}}}"),
                        "repeated=1\n");
    kit.t_recv = KIT_NOW + 3 * KIT_SECOND;
    assert_string_equal(notify("NotifyStatus", "{\"ts\":1795248003,\"switch:0\":{\"output\":true}}"),
                        "state update shellyx-0001 unit channel=switch:0 2026-11-21T08:00:03Z device on=1 1;\n");
    assert_string_equal(notify("NotifyStatus", "{\"ts\":1795248003,\"switch:0\":{\"output\":false}}"),
                        "state end shellyx-0001 unit channel=switch:0 2026-11-21T08:00:03Z device on=0 1;\n");
}

static void a_dump_is_a_snapshot_but_danger_is_news(void **state)
{
    (void)state;
    kit.memory = sensors_memory_new();
    static const char dump[] = "{\"ts\":1795248000,\"switch:0\":{\"output\":true},\"smoke:0\":{\"alarm\":true},"
                               "\"temperature:0\":{\"tC\":21.5,\"tF\":70.7},\"humidity:0\":{\"rh\":40},"
                               "\"devicepower:0\":{\"battery\":{\"V\":5.2,\"percent\":77}},"
                               "\"flood:0\":{\"alarm\":false},\"cloud\":{\"connected\":true},"
                               "\"wifi\":{\"ssid\":\"home\",\"rssi\":-50}}";
    assert_string_equal(notify("NotifyFullStatus", dump),
                        "state snapshot shellyx-0001 unit channel=switch:0 2026-11-21T08:00:00Z device on=1 1; "
                        "flags=redacted\n"
                        "alarm start shellyx-0001 unit channel=smoke 2026-11-21T08:00:00Z device smoke=1 1; "
                        "severity=4 flags=redacted\n"
                        "measurement pulse shellyx-0001 unit channel=temperature:0 2026-11-21T08:00:00Z device "
                        "temperature=21.5 Cel; flags=redacted\n"
                        "measurement pulse shellyx-0001 unit channel=humidity:0 2026-11-21T08:00:00Z device "
                        "humidity=40 %; flags=redacted\n"
                        "measurement pulse shellyx-0001 unit channel=devicepower:0 2026-11-21T08:00:00Z device "
                        "battery=77 %; voltage=5.2 V; flags=redacted\n"
                        "alarm snapshot shellyx-0001 unit channel=water_leak 2026-11-21T08:00:00Z device "
                        "water_leak=0 1; flags=redacted\nredacted=1\n");
    (void)notify("NotifyFullStatus", dump);
    assert_non_null(strstr(kit.text.data, "alarm snapshot shellyx-0001 unit channel=smoke"));
}

static void buttons_doors_and_times(void **state)
{
    (void)state;
    assert_string_equal(notify("NotifyEvent", "{\"ts\":1795248000,\"events\":[{\"component\":\"input:1\",\"id\":1,"
                                              "\"event\":\"btn_down\"},{\"component\":\"input:1\",\"id\":1,"
                                              "\"event\":\"long_push\",\"ts\":1795247999.5},{\"component\":\"sys\","
                                              "\"event\":\"config_changed\"}]}"),
                        "state pulse shellyx-0001 unit channel=input:1 2026-11-21T07:59:59.500Z device "
                        "action=long_push\n");
    assert_string_equal(notify("NotifyStatus", "{\"ts\":1.61,\"cover:0\":{\"state\":\"open\"},\"input:0\":{\"state\":"
                                               "true},\"input:1\":{\"state\":null}}"),
                        "state start shellyx-0001 unit channel=cover:0 2026-11-21T08:00:00Z received open=1 1; "
                        "flags=time_repaired\n"
                        "state start shellyx-0001 unit channel=input:0 2026-11-21T08:00:00Z received on=1 1; "
                        "flags=time_repaired\n");
    assert_string_equal(kit_tell("hall/shelly/online", "false"),
                        "lifecycle end hall/shelly unit 2026-11-21T08:00:00Z received\n");
    kit.memory = sensors_memory_new();
    (void)kit_tell("hall/shelly/events/rpc",
                   "{\"src\":\"shellyx-0001\",\"method\":\"NotifyStatus\",\"params\":{\"ts\":1795248000}}");
    assert_string_equal(kit_tell("hall/shelly/online", "true"),
                        "lifecycle start shellyx-0001 unit 2026-11-21T08:00:00Z received\n");
    assert_string_equal(notify("NotifyStatus", "{\"ts\":1795248000,\"em:0\":{\"total_act_power\":900,\"a_voltage\":229,"
                                               "\"b_voltage\":230,\"c_voltage\":231}}"),
                        "measurement pulse shellyx-0001 unit channel=em:0 2026-11-21T08:00:00Z device power=900 W; "
                        "voltage=229 V; voltage_2=230 V; voltage_3=231 V;\n");
}

static void the_key_is_of_component_time_and_values(void **state)
{
    (void)state;
    static const char *const others[] = {
        "{\"ts\":1795248001,\"switch:0\":{\"output\":true}}",
        "{\"ts\":1795248000,\"switch:1\":{\"output\":true}}",
        "{\"ts\":1795248000,\"switch:0\":{\"output\":false}}",
    };
    (void)notify("NotifyStatus", "{\"ts\":1795248000,\"switch:0\":{\"output\":true}}");
    struct base_id first = kit_key(0);
    for (size_t i = 0; i < BASE_COUNT(others); i++) {
        (void)notify("NotifyStatus", others[i]);
        assert_false(base_id_equal(first, kit_key(0)));
    }
    kit.t_recv = KIT_NOW + 60 * KIT_SECOND;
    (void)notify("NotifyStatus", "{\"ts\":1795248000,\"switch:0\":{\"output\":true},\"sys\":{}}");
    assert_true(base_id_equal(first, kit_key(0)));
}

static void the_first_generation_has_a_topic_a_value(void **state)
{
    (void)state;
    static const char *const messages[][3] = {
        {"shellies/s-1/relay/0", "on", "state start s-1 unit channel=relay/0 2026-11-21T08:00:00Z received on=1 1;\n"},
        {"shellies/s-1/relay/1/power", "12.5",
         "measurement pulse s-1 unit channel=relay/1/power 2026-11-21T08:00:00Z received power=12.5 W;\n"},
        {"shellies/s-1/relay/0/energy", "60000",
         "measurement pulse s-1 unit channel=relay/0/energy 2026-11-21T08:00:00Z received energy=1 kW.h;\n"},
        {"shellies/s-1/sensor/flood", "true",
         "alarm start s-1 unit channel=water_leak 2026-11-21T08:00:00Z received water_leak=1 1; severity=3\n"},
        {"shellies/s-1/sensor/state", "open",
         "state start s-1 unit channel=sensor/state 2026-11-21T08:00:00Z received open=1 1;\n"},
        {"shellies/s-1/sensor/temperature", "999999", "ignored\n"},
        {"shellies/s-1/input_event/0", "{\"event\":\"SS\",\"event_cnt\":3}",
         "state pulse s-1 unit channel=input:0 2026-11-21T08:00:00Z received action=double_push\n"},
        {"shellies/s-1/online", "true", "lifecycle start s-1 unit 2026-11-21T08:00:00Z received\n"},
        {"shellies/s-1/info", "{\"wifi_sta\":{\"ssid\":\"home\"}}", "ignored\nredacted=1\n"},
        {"shellies/s-1/relay/0/command", "on", "ignored\n"},
        {"shellies/announce", "{}", "ignored\n"},
    };
    for (size_t i = 0; i < BASE_COUNT(messages); i++) {
        assert_string_equal(kit_tell(messages[i][0], messages[i][1]), messages[i][2]);
    }
}

static void what_is_no_event_is_ignored(void **state)
{
    (void)state;
    static const char *const messages[][2] = {
        {RPC, "{\"id\":1,\"src\":\"shellyx-0001\",\"result\":{}}"},
        {"shellyx-0001/rpc", "{\"id\":1,\"method\":\"Switch.Set\"}"},
        {"shellyx-0001/command", "status_update"},
        {"shellyx-0001/status/cloud", "{\"connected\":true}"},
        {"shellyx-0001/online", ""},
    };
    for (size_t i = 0; i < BASE_COUNT(messages); i++) {
        assert_string_equal(kit_tell(messages[i][0], messages[i][1]), "ignored\n");
    }
    assert_string_equal(kit_tell("shellyx-0001/status/wifi", "{\"ssid\":\"home\"}"), "ignored\nredacted=1\n");
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload;
        enum sensors_reason reason;
    } cases[] = {
        {"shellyx-0001", "{}", SENSORS_REASON_TOPIC},
        {"/status/switch:0", "{}", SENSORS_REASON_TOPIC},
        {"shellyx-0001/status/a/b", "{}", SENSORS_REASON_TOPIC},
        {"shellies//relay/0", "on", SENSORS_REASON_TOPIC},
        {"\xff/events/rpc", "{}", SENSORS_REASON_TOPIC},
        {RPC, "on", SENSORS_REASON_NOT_JSON},
        {RPC, "[]", SENSORS_REASON_NOT_JSON},
        {RPC, "\xff", SENSORS_REASON_NOT_UTF8},
        {RPC, "{\"src\":\"a\",\"method\":\"NotifyNothing\",\"params\":{}}", SENSORS_REASON_TYPE},
        {RPC, "{\"src\":\"a\",\"method\":\"NotifyStatus\",\"params\":5}", SENSORS_REASON_FIELD},
        {RPC, "{\"src\":\"a\",\"method\":\"NotifyStatus\",\"params\":{\"switch:0\":1}}", SENSORS_REASON_FIELD},
        {RPC, "{\"src\":\"a\",\"method\":\"NotifyEvent\",\"params\":{\"events\":{}}}", SENSORS_REASON_FIELD},
        {RPC, "{\"src\":\"a\",\"method\":\"NotifyEvent\",\"params\":{\"events\":[1]}}", SENSORS_REASON_FIELD},
        {"", "{\"method\":\"NotifyStatus\",\"params\":{}}", SENSORS_REASON_DEVICE},
        {"shellyx-0001/online", "yes", SENSORS_REASON_FIELD},
        {"shellies/s-1/relay/0", "perhaps", SENSORS_REASON_FIELD},
        {"shellies/s-1/sensor/temperature", "warm", SENSORS_REASON_FIELD},
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
        cmocka_unit_test_setup(a_change_is_told_on_two_topics, kit_forget),
        cmocka_unit_test_setup(a_dump_is_a_snapshot_but_danger_is_news, kit_forget),
        cmocka_unit_test_setup(buttons_doors_and_times, kit_forget),
        cmocka_unit_test_setup(the_key_is_of_component_time_and_values, kit_forget),
        cmocka_unit_test_setup(the_first_generation_has_a_topic_a_value, kit_forget),
        cmocka_unit_test_setup(what_is_no_event_is_ignored, kit_forget),
        cmocka_unit_test_setup(what_cannot_be_read_says_why, kit_forget),
    };
    return kit_run("shelly", tests);
}
