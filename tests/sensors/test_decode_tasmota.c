/* sensors/decode_tasmota*.c: the shared payloads and messages of our own: cards, beacons, sensors, switches. */
#include "kit.h"

static void the_shared_payloads(void **state)
{
    (void)state;
    AUTO(sensors_zone) zone = NULL;
    if (sensors_zone_open("Asia/Shanghai", &kit.diag, &zone)) {
        skip();
    }
    kit.zone = zone;
    assert_string_equal(kit_tell_file("tele/tasmota/SENSOR", "tasmota/nfc_pn532_checkpoint.json"),
                        "checkpoint pulse tasmota tag:53BB1F05110001 2023-02-24T12:05:48Z device "
                        "nfc_auth=1 1; flags=late,redacted\nredacted=1\n");
    assert_string_equal(kit_tell_file("tele/ibeacon/SENSOR", "tasmota/ibeacon_on.json"),
                        "checkpoint start ibeacon tag:A4C1387FC1E1 2021-01-02T04:08:40Z device "
                        "pos=beacon rssi=-56 dBm; flags=late\n");
    assert_string_equal(kit_tell_file("tele/tasmota/SENSOR", "tasmota/multi_sensor_keyed.json"),
                        "measurement pulse tasmota unit channel=DS18B20-1 2021-01-02T01:09:44Z device "
                        "temperature=13.3 Cel; native=00000566CC39 flags=late\n"
                        "measurement pulse tasmota unit channel=DS18B20-2 2021-01-02T01:09:44Z device "
                        "temperature=1.2 Cel; native=0000059352D4 flags=late\n"
                        "measurement pulse tasmota unit channel=DS18B20-3 2021-01-02T01:09:44Z device "
                        "temperature=22.5 Cel; native=000005937C90 flags=late\n");
    assert_string_equal(kit_tell_file("tele/bin1/SENSOR", "tasmota/distance_bin.json"),
                        "measurement pulse bin1 unit channel=SR04 2019-01-01T14:42:35Z device distance=0.16754 m; "
                        "flags=late\n");
    assert_string_equal(kit_tell_file("tele/hotWater/SENSOR", "tasmota/issue2571_1970.json"),
                        "measurement pulse hotWater unit channel=ENERGY 2026-11-21T08:00:00Z received "
                        "energy=25 kW.h; power=7 W; voltage=246 V; current=0 A; flags=time_repaired\n");
    assert_string_equal(kit_tell_file("tele/hotWater/LWT", "tasmota/lwt_online.txt"),
                        "lifecycle start hotWater unit 2026-11-21T08:00:00Z received\n");
}

static void the_device_is_beside_the_prefix(void **state)
{
    (void)state;
    static const char *const topics[] = {"tele/gate/SENSOR", "gate/tele/SENSOR", "estate/tele/gate/SENSOR"};
    for (size_t i = 0; i < BASE_COUNT(topics); i++) {
        assert_string_equal(
            kit_tell(topics[i], "{\"Time\":\"2026-11-21T08:00:00\",\"AM2301\":{\"Temperature\":21.5}}"),
            "measurement pulse gate unit channel=AM2301 2026-11-21T08:00:00Z device temperature=21.5 Cel;\n");
    }
    assert_string_equal(kit_tell("tele/north/gate/LWT", "Offline\n"),
                        "lifecycle end north/gate unit 2026-11-21T08:00:00Z received\n");
}

static void cards_are_presented_and_beacons_are_heard(void **state)
{
    (void)state;
    assert_string_equal(kit_tell("tele/door/SENSOR",
                                 "{\"Time\":\"2026-11-21T08:00:00\",\"RC522\":{\"UID\":\"BA839D07\",\"Data\":\"\","
                                 "\"Type\":\"MIFARE 1KB\",\"Auth\":\"NOk\"}}"),
                        "checkpoint pulse door tag:BA839D07 2026-11-21T08:00:00Z device nfc_auth=0 1;\n");
    assert_string_equal(kit_tell("tele/door/SENSOR", "{\"WIEGAND\":{\"UID\":4302741608,\"Size\":34}}"),
                        "checkpoint pulse door tag:4302741608 2026-11-21T08:00:00Z received\n");
    assert_string_equal(kit_tell("tele/hall/SENSOR",
                                 "{\"Time\":\"2026-11-21T08:00:00\",\"IBEACON\":{\"UID\":\"00000000000000000000000000"
                                 "000001\",\"MAJOR\":\"7\",\"MINOR\":\"9\",\"RSSI\":0,\"NAME\":\"Amy\","
                                 "\"STATE\":\"OFF\"}}"),
                        "checkpoint end hall tag:00000000000000000000000000000001:7:9 "
                        "2026-11-21T08:00:00Z device pos=beacon flags=redacted\nredacted=1\n");
    kit.memory = sensors_memory_new();
    static const struct {
        const char *state, *phase;
    } steps[] = {{"ON", "checkpoint start"},
                 {"ON", "checkpoint update"},
                 {"OFF", "checkpoint end"},
                 {"OFF", "checkpoint snapshot"},
                 {"", "checkpoint pulse"}};
    for (size_t i = 0; i < BASE_COUNT(steps); i++) {
        char payload[200];
        snprintf(payload, sizeof payload, "{\"IBEACON\":{\"MAC\":\"A4C138000001\",\"RSSI\":-50,\"STATE\":\"%s\"}}",
                 steps[i].state);
        assert_ptr_equal(strstr(kit_tell("tele/hall/SENSOR", payload), steps[i].phase), kit.text.data);
    }
    struct base_str name, value;
    for (size_t at = 0; sensors_memory_changed(kit.memory, &at, &name, &value);) {
        assert_null(memmem(name.at, name.len, "A4C138000001", 12)); /* who was heard is kept nowhere in clear */
    }
}

static void units_are_the_drivers_or_the_messages(void **state)
{
    (void)state;
    assert_string_equal(
        kit_tell("tele/roof/SENSOR",
                 "{\"Time\":\"2026-11-21T08:00:00\",\"BME280\":{\"Temperature\":68,\"Humidity\":40.5,"
                 "\"DewPoint\":40,\"Pressure\":750},\"VL53L0X\":{\"Distance\":263},"
                 "\"BH1750\":{\"Illuminance\":79},\"SDS0X1\":{\"PM2.5\":2.3,\"PM10\":3.1},"
                 "\"SCD30\":{\"CarbonDioxide\":632,\"eCO2\":600},\"COUNTER\":{\"C1\":5,\"C2\":6},"
                 "\"ANALOG\":{\"A0\":500,\"Temperature1\":212},\"ESP32\":{\"Temperature\":128},"
                 "\"AS3935\":{\"Distance\":5},\"TempUnit\":\"F\",\"PressureUnit\":\"mmHg\"}"),
        "measurement pulse roof unit channel=BME280 2026-11-21T08:00:00Z device temperature=20 Cel; "
        "humidity=40.5 %; pressure=99991.7906 Pa;\n"
        "measurement pulse roof unit channel=VL53L0X 2026-11-21T08:00:00Z device distance=0.263 m;\n"
        "measurement pulse roof unit channel=BH1750 2026-11-21T08:00:00Z device illuminance=79 lx;\n"
        "measurement pulse roof unit channel=SDS0X1 2026-11-21T08:00:00Z device pm2_5=2.3 ug/m3; "
        "pm10=3.1 ug/m3;\n"
        "measurement pulse roof unit channel=SCD30 2026-11-21T08:00:00Z device co2=632 ppm;\n"
        "measurement pulse roof unit channel=COUNTER 2026-11-21T08:00:00Z device count=5 1; "
        "count_2=6 1;\n"
        "measurement pulse roof unit channel=ANALOG 2026-11-21T08:00:00Z device temperature=100 Cel;\n");
    assert_string_equal(kit_tell("stat/meter/STATUS8",
                                 "{\"StatusSNS\":{\"Time\":\"2026-11-21T08:00:00\",\"ENERGY\":{\"Total\":1.5,"
                                 "\"Power\":[10,20],\"Voltage\":230}}}"),
                        "measurement pulse meter unit channel=ENERGY 2026-11-21T08:00:00Z device energy=1.5 kW.h; "
                        "power=10 W; power_2=20 W; voltage=230 V;\n");
    assert_string_equal(kit_tell("tele/garden/SENSOR",
                                 "{\"Time\":\"2026-11-21T08:00:00\",\"ATC1a2b3c\":{\"mac\":\"a4c1381a2b3c\","
                                 "\"Temperature\":20.1,\"Humidity\":140,\"Battery\":87,\"RSSI\":-71},"
                                 "\"Amy's room\":{\"Temperature\":20}}"),
                        "measurement pulse garden unit channel=ATC1a2b3c 2026-11-21T08:00:00Z device "
                        "temperature=20.1 Cel; battery=87 %; rssi=-71 dBm; flags=sentinel,redacted\nredacted=1\n");
}

static void a_switch_is_told_twice(void **state)
{
    (void)state;
    kit.memory = sensors_memory_new();
    assert_string_equal(kit_tell("stat/lamp/RESULT", "{\"POWER\":\"ON\"}"),
                        "state start lamp unit channel=on 2026-11-21T08:00:00Z received on=1 1;\n");
    assert_string_equal(kit_tell("stat/lamp/POWER", "ON"), "repeated=1\n");
    kit.t_recv = KIT_NOW + 3 * KIT_SECOND;
    assert_string_equal(kit_tell("stat/lamp/POWER", "ON"),
                        "state update lamp unit channel=on 2026-11-21T08:00:03Z received on=1 1;\n");
    assert_string_equal(kit_tell("stat/lamp/POWER2", "OFF"),
                        "state snapshot lamp unit channel=on_2 2026-11-21T08:00:03Z received on_2=0 1;\n");
    assert_string_equal(kit_tell("tele/lamp/SENSOR", "{\"Switch1\":\"ON\",\"Switch2\":{\"Action\":\"OFF\"}}"),
                        "state start lamp unit channel=switch 2026-11-21T08:00:03Z received switch=1 1;\n"
                        "state snapshot lamp unit channel=switch_2 2026-11-21T08:00:03Z received switch_2=0 1;\n");
    assert_string_equal(kit_tell("stat/lamp/RESULT", "{\"Button1\":{\"Action\":\"SINGLE\"}}"),
                        "state pulse lamp unit channel=action 2026-11-21T08:00:03Z received action=SINGLE\n");
}

static void how_it_does_is_a_snapshot_and_networks_are_dropped(void **state)
{
    (void)state;
    static const char payload[] = "{\"Time\":\"2026-11-21T08:00:00\",\"UptimeSec\":912,\"Vcc\":3.3,\"POWER\":\"ON\","
                                  "\"Wifi\":{\"AP\":1,\"SSId\":\"home\",\"BSSId\":\"00:11\",\"RSSI\":78,"
                                  "\"Signal\":-61}}";
    assert_string_equal(kit_tell("tele/lamp/STATE", payload),
                        "state snapshot lamp unit channel=telemetry 2026-11-21T08:00:00Z device rssi=-61 dBm; "
                        "uptime=912 s; voltage=3.3 V; flags=redacted\n"
                        "state snapshot lamp unit channel=on 2026-11-21T08:00:00Z device on=1 1; flags=redacted\n"
                        "redacted=2\n");
    kit.memory = sensors_memory_new();
    (void)kit_tell("stat/lamp/POWER", "OFF");
    assert_non_null(strstr(kit_tell("tele/lamp/STATE", payload), "state start lamp unit channel=on"));
}

static void the_key_is_of_device_sensor_time_and_values(void **state)
{
    (void)state;
    static const char *const others[][2] = {
        {"tele/b/SENSOR", "{\"Time\":\"2026-11-21T08:00:00\",\"AM2301\":{\"Temperature\":21.5}}"},
        {"tele/a/SENSOR", "{\"Time\":\"2026-11-21T08:00:01\",\"AM2301\":{\"Temperature\":21.5}}"},
        {"tele/a/SENSOR", "{\"Time\":\"2026-11-21T08:00:00\",\"AM2302\":{\"Temperature\":21.5}}"},
        {"tele/a/SENSOR", "{\"Time\":\"2026-11-21T08:00:00\",\"AM2301\":{\"Temperature\":21.6}}"},
    };
    (void)kit_tell("tele/a/SENSOR", "{\"Time\":\"2026-11-21T08:00:00\",\"AM2301\":{\"Temperature\":21.5}}");
    struct base_id first = kit_key(0);
    for (size_t i = 0; i < BASE_COUNT(others); i++) {
        (void)kit_tell(others[i][0], others[i][1]);
        assert_false(base_id_equal(first, kit_key(0)));
    }
    kit.retained = true;
    kit.t_recv = KIT_NOW + 60 * KIT_SECOND;
    assert_string_equal(
        kit_tell("tele/a/SENSOR", "{\"Time\":\"2026-11-21T08:00:00\",\"AM2301\":{\"Temperature\":21.5},\"X\":1}"),
        "measurement pulse a unit channel=AM2301 2026-11-21T08:00:00Z device temperature=21.5 Cel; "
        "flags=retained,replay\n");
    assert_true(base_id_equal(first, kit_key(0)));
}

static void what_is_no_event_is_ignored(void **state)
{
    (void)state;
    static const char *const messages[][2] = {
        {"tasmota/discovery/AABBCCDDEEFF/config", "{\"ip\":\"192.0.2.1\",\"fn\":[\"Hall\"]}"},
        {"tele/lamp/INFO1", "{\"Info1\":{\"Module\":\"Generic\"}}"},
        {"cmnd/lamp/POWER", "ON"},
        {"tele/lamp/LWT", ""},
        {"tele/lamp/SENSOR", "{\"Time\":\"2026-11-21T08:00:00\"}"},
        {"stat/lamp/RESULT", "{\"TelePeriod\":300}"},
        {"stat/lamp/STATUS", "{\"Status\":{\"Module\":1}}"},
    };
    for (size_t i = 0; i < BASE_COUNT(messages); i++) {
        assert_string_equal(kit_tell(messages[i][0], messages[i][1]), "ignored\n");
    }
    assert_string_equal(kit_tell("stat/lamp/RESULT", "{\"SSId1\":\"home\"}"), "ignored\nredacted=1\n");
    assert_string_equal(kit_tell("stat/lamp/STATUS4", "{\"StatusLOG\":{\"SSId\":[\"home\",\"\"]}}"),
                        "ignored\nredacted=1\n");
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload;
        enum sensors_reason reason;
    } cases[] = {
        {"", "{}", SENSORS_REASON_TOPIC},
        {"tele/SENSOR", "{}", SENSORS_REASON_TOPIC},
        {"lamp/SENSOR", "{}", SENSORS_REASON_TOPIC},
        {"tele//SENSOR", "{}", SENSORS_REASON_TOPIC},
        {"tele/\xff/SENSOR", "{}", SENSORS_REASON_TOPIC},
        {"a/b/c/d/e/f/g/h/i/j/k/l/m/n/tele/o/SENSOR", "{}", SENSORS_REASON_TOPIC},
        {"tele/lamp/SENSOR", "ON", SENSORS_REASON_NOT_JSON},
        {"tele/lamp/SENSOR", "[]", SENSORS_REASON_NOT_JSON},
        {"tele/lamp/SENSOR", "\xff", SENSORS_REASON_NOT_UTF8},
        {"tele/lamp/SENSOR", "{\"PN532\":\"53BB\"}", SENSORS_REASON_FIELD},
        {"tele/lamp/SENSOR", "{\"PN532\":{\"Data\":\"x\"}}", SENSORS_REASON_FIELD},
        {"tele/lamp/SENSOR", "{\"PN532\":{\"UID\":{}}}", SENSORS_REASON_FIELD},
        {"tele/lamp/SENSOR", "{\"IBEACON\":{\"MAC\":5}}", SENSORS_REASON_FIELD},
        {"tele/lamp/SENSOR", "{\"AM2301\":{\"Temperature\":5},\"ENERGY\":7}", SENSORS_REASON_FIELD},
        {"tele/lamp/LWT", "maybe", SENSORS_REASON_FIELD},
        {"stat/lamp/POWER", "5", SENSORS_REASON_FIELD},
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
        cmocka_unit_test_setup(the_device_is_beside_the_prefix, kit_forget),
        cmocka_unit_test_setup(cards_are_presented_and_beacons_are_heard, kit_forget),
        cmocka_unit_test_setup(units_are_the_drivers_or_the_messages, kit_forget),
        cmocka_unit_test_setup(a_switch_is_told_twice, kit_forget),
        cmocka_unit_test_setup(how_it_does_is_a_snapshot_and_networks_are_dropped, kit_forget),
        cmocka_unit_test_setup(the_key_is_of_device_sensor_time_and_values, kit_forget),
        cmocka_unit_test_setup(what_is_no_event_is_ignored, kit_forget),
        cmocka_unit_test_setup(what_cannot_be_read_says_why, kit_forget),
    };
    return kit_run("tasmota", tests);
}
