/* sensors/decode_chirpstack.c: the shared payloads and messages of our own; whose clock is believed, what each event
 * becomes, what is refused. */
#include "kit.h"

#define EVENT "application/1/device/70b3d57ed0050001/event/"
#define INFO "\"deviceInfo\":{\"devEui\":\"70b3d57ed0050001\",\"deviceProfileName\":\"Some profile\",\"tags\":{}}"
#define WHEN "\"time\":\"2026-11-21T07:59:59+00:00\""

static struct kit_outcome shared(const char *name, const char *topic)
{
    char path[200];
    snprintf(path, sizeof path, "chirpstack/%s", name);
    return kit_try_file(topic, path, KIT_NOW);
}

static void the_shared_uplinks(void **state)
{
    (void)state;
    struct kit_outcome out = shared("up.json", EVENT "up");
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.phase, SENSORS_PHASE_PULSE);
    assert_int_equal(out.event.subject_type, SENSORS_SUBJECT_UNIT);
    assert_true(base_str_is(out.event.device, "0101010101010101"));
    assert_int_equal(out.event.t_event, kit_time("2022-07-18T09:34:15.775023Z"));
    assert_int_equal(out.event.t_source, SENSORS_TIME_GATEWAY);
    assert_int_equal(out.event.t_gateway, SENSORS_NO_TIME);
    assert_int_equal(out.event.flags, SENSORS_FLAG_LATE | SENSORS_FLAG_PARTIAL);
    assert_int_equal(out.event.measure_count, 2);
    kit_near(sensors_event_value(&out.event, "rssi"), -36);
    kit_near(sensors_event_value(&out.event, "snr"), 10.5);
    out = shared("issue285_roaming_delay.json", EVENT "up"); /* commands of the network only */
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.flags, SENSORS_FLAG_LATE);
    assert_true(isnan(out.event.lon)); /* where the gateway is */
    out = shared("issue130_gateway_clock_7days.json", EVENT "up");
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.event.kind, SENSORS_KIND_POSITION);
    kit_near(out.event.lon, -122.4);
    kit_near(out.event.lat, 37.8);
    kit_near(out.event.alt_m, 29);
    kit_near(out.event.acc_m, 2.5);
    assert_true(isnan(out.event.speed_mps));
    kit_near(sensors_event_value(&out.event, "voltage"), 3.98);
    assert_int_equal(out.event.t_event, kit_time("2024-07-23T03:15:37.161Z"));
    assert_int_equal(out.event.t_gateway, kit_time("2024-07-23T03:15:36.161Z"));
    out = shared("v3_time_zero.json", "application/1/node/514d3857b73bb24e/rx");
    assert_true(base_str_is(out.event.device, "514d3857b73bb24e"));
    assert_int_equal(out.event.t_event, KIT_NOW);
    assert_int_equal(out.event.t_source, SENSORS_TIME_RECEIVED);
    assert_int_equal(out.event.flags, SENSORS_FLAG_TIME_REPAIRED | SENSORS_FLAG_PARTIAL);
    kit_near(sensors_event_value(&out.event, "snr"), 9.5);
}

static void the_other_shared_payloads(void **state)
{
    (void)state;
    struct kit_outcome out = shared("join.json", EVENT "join");
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.measure_count, 0);
    out = shared("location.json", EVENT "location");
    assert_int_equal(out.event.kind, SENSORS_KIND_POSITION);
    kit_near(out.event.lon, -8.839375);
    kit_near(out.event.lat, 37.344214);
    kit_near(out.event.alt_m, 2);
    assert_int_equal(out.event.pos_source, SENSORS_POSITION_NETWORK);
    assert_true(shared("log.json", EVENT "log").decoded.ignored);
    out = shared("integration.json", EVENT "integration");
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.event.kind, SENSORS_KIND_MEASUREMENT);
    kit_near(sensors_event_value(&out.event, "voltage"), 3.04);
    kit_near(sensors_event_value(&out.event, "temperature"), 25);
    assert_int_equal(out.event.t_event, kit_time("2022-03-28T15:26:24.757Z"));
    assert_int_equal(out.event.t_source, SENSORS_TIME_SERVER);
    assert_int_equal(out.event.t_gateway, kit_time("2022-07-18T10:02:15.812284Z"));
}

/* Default values are left out; the topic goes before the content, which tells when there is none. */
static void uplinks_of_our_own(void **state)
{
    (void)state;
    static const char payload[] = "{\"deduplicationId\":\"d1\"," WHEN "," INFO ",\"fPort\":8,\"data\":\"AQ==\","
                                  "\"object\":{\"temperature\":21.0,\"co2\":612,\"pir\":\"trigger\"},\"rxInfo\":"
                                  "[{\"rssi\":-90,\"snr\":1},{\"rssi\":-70,\"snr\":7.25,\"location\":{\"latitude\":1,"
                                  "\"longitude\":2}}]}";
    static const char *const topics[] = {EVENT "up", "", "north/" EVENT "up", "bridge/x"};
    for (size_t i = 0; i < BASE_COUNT(topics); i++) {
        struct kit_outcome out = kit_try(topics[i], payload);
        assert_int_equal(out.decoded.count, 2);
        assert_int_equal(out.event.kind, SENSORS_KIND_DETECTION);
        assert_int_equal(out.event.phase, SENSORS_PHASE_START);
        assert_true(base_str_is(out.event.channel, "motion"));
        const struct sensors_event *measured = &out.decoded.events[1];
        assert_int_equal(measured->measure_count, 4);
        kit_near(sensors_event_value(measured, "temperature"), 21);
        kit_near(sensors_event_value(measured, "co2"), 612);
        kit_near(sensors_event_value(measured, "rssi"), -70);
        kit_near(sensors_event_value(measured, "snr"), 7.25);
        assert_int_equal(measured->t_event, KIT_NOW - KIT_SECOND);
        assert_true(isnan(measured->lon));
        assert_int_equal(measured->flags, 0);
    }
}

static void the_key_is_the_deduplication_id(void **state)
{
    (void)state;
#define UP(id, rest) "{" id INFO ",\"fPort\":8," rest "\"object\":{\"humidity\":40}}"
    struct base_id first = kit_try(EVENT "up", UP("\"deduplicationId\":\"a\",", "\"fCnt\":1,")).event.dedup;
    assert_true(base_id_equal(
        first, kit_try(EVENT "up", UP("\"deduplicationId\":\"a\",", WHEN ",\"rxInfo\":[{\"rssi\":-1}],")).event.dedup));
    assert_false(
        base_id_equal(first, kit_try(EVENT "up", UP("\"deduplicationId\":\"b\",", "\"fCnt\":1,")).event.dedup));
    first = kit_try(EVENT "up", UP("", "\"data\":\"AQ==\",")).event.dedup;
    assert_true(base_id_equal(first, kit_try(EVENT "up", UP("", "\"fCnt\":0,\"data\":\"AQ==\",")).event.dedup));
    assert_false(base_id_equal(first, kit_try(EVENT "up", UP("", "\"fCnt\":1,\"data\":\"AQ==\",")).event.dedup));
    assert_false(base_id_equal(first, kit_try(EVENT "up", UP("", "\"data\":\"Ag==\",")).event.dedup));
}

static void a_gateways_wrong_clock(void **state)
{
    (void)state;
    struct kit_outcome out = kit_try(EVENT "up", "{\"time\":\"2026-11-28T08:00:00Z\"," INFO ",\"rxInfo\":[{\"gwTime\":"
                                                 "\"2026-11-28T08:00:00Z\",\"nsTime\":\"2026-11-21T07:59:58Z\"}]}");
    assert_int_equal(out.event.t_event, KIT_NOW - 2 * KIT_SECOND);
    assert_int_equal(out.event.t_source, SENSORS_TIME_SERVER);
    assert_int_equal(out.event.t_gateway, KIT_NOW + 7 * 86400 * KIT_SECOND); /* as it says */
    assert_int_equal(out.event.flags, SENSORS_FLAG_TIME_REPAIRED | SENSORS_FLAG_CLOCK_AHEAD);
    out = kit_try(EVENT "up", "{" INFO ",\"rxInfo\":[]}");
    assert_int_equal(out.event.t_event, KIT_NOW);
    assert_int_equal(out.event.t_source, SENSORS_TIME_RECEIVED);
    assert_int_equal(out.event.flags, 0);
}

static void what_a_device_says_of_its_battery(void **state)
{
    (void)state;
    struct kit_outcome out =
        kit_try(EVENT "status", "{\"deduplicationId\":\"a\"," WHEN "," INFO ",\"margin\":8,\"batteryLevel\":75.2}");
    assert_int_equal(out.event.kind, SENSORS_KIND_MEASUREMENT);
    assert_int_equal(out.event.measure_count, 1);
    kit_near(sensors_event_value(&out.event, "battery"), 75.2);
    out = kit_try(EVENT "status", "{" INFO ",\"margin\":8,\"batteryLevel\":255}");
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.flags, SENSORS_FLAG_SENTINEL);
    out = kit_try("", "{" INFO ",\"margin\":8,\"externalPowerSource\":true,\"batteryLevel\":0}");
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.measure_count, 0);
}

static void version_3_and_services(void **state)
{
    (void)state;
    struct kit_outcome out = kit_try("application/1/device/x/event/up",
                                     "{\"devEUI\":\"cLPVftAFAAE=\",\"fPort\":1,\"data\":\"AQ==\",\"objectJSON\":"
                                     "\"{\\\"humidity\\\":40}\",\"rxInfo\":[{\"time\":\"2026-11-21T07:59:59Z\"}]}");
    assert_true(base_str_is(out.event.device, "70b3d57ed0050001"));
    kit_near(sensors_event_value(&out.event, "humidity"), 40);
    assert_int_equal(out.event.t_event, KIT_NOW - KIT_SECOND);
    out = kit_try(EVENT "integration", "{" WHEN "," INFO ",\"integrationName\":\"loracloud\",\"object\":"
                                       "{\"position_solution\":{\"llh\":[31.02,121.4,7],\"accuracy\":20}}}");
    assert_int_equal(out.event.kind, SENSORS_KIND_POSITION);
    assert_int_equal(out.event.pos_source, SENSORS_POSITION_NETWORK);
    kit_near(out.event.lon, 121.4);
    kit_near(out.event.acc_m, 20);
    out = kit_try(EVENT "location", "{" INFO ",\"location\":{\"latitude\":31.02,\"longitude\":121.4,\"source\":"
                                    "\"CONFIG\"}}");
    assert_int_equal(out.event.pos_source, SENSORS_POSITION_REGISTERED);
}

static void what_is_no_telemetry_is_ignored(void **state)
{
    (void)state;
    static const char *const events[] = {EVENT "ack", EVENT "txack", EVENT "log", "application/1/device/x/error",
                                         "application/1/device/x/command/down"};
    for (size_t i = 0; i < BASE_COUNT(events); i++) {
        assert_true(kit_try(events[i], "{" INFO "}").decoded.ignored);
    }
    assert_true(kit_try("", "{" INFO ",\"level\":\"ERROR\",\"code\":\"UPLINK_MIC\"}").decoded.ignored);
    assert_true(kit_try("", "{" INFO ",\"acknowledged\":true}").decoded.ignored);
    assert_true(kit_try(EVENT "integration", "{" INFO ",\"object\":{\"a\":1}}").decoded.ignored);
    assert_true(kit_try(EVENT "up", "").decoded.ignored);
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *event, *payload;
        enum sensors_reason reason;
    } cases[] = {
        {EVENT "up", "online", SENSORS_REASON_NOT_JSON},
        {EVENT "up", "[1]", SENSORS_REASON_NOT_JSON},
        {EVENT "up", "\xff", SENSORS_REASON_NOT_UTF8},
        {EVENT "up", "{}", SENSORS_REASON_FIELD},
        {EVENT "up", "{\"deviceInfo\":{\"devEui\":\"\"}}", SENSORS_REASON_DEVICE},
        {EVENT "up", "{\"deviceInfo\":{\"devEui\":3}}", SENSORS_REASON_DEVICE},
        {EVENT "up", "{\"deviceInfo\":\"x\"}", SENSORS_REASON_FIELD},
        {EVENT "up", "{" INFO ",\"object\":7}", SENSORS_REASON_FIELD},
        {EVENT "up", "{" INFO ",\"object\":[7]}", SENSORS_REASON_FIELD},
        {EVENT "up", "{" INFO ",\"objectJSON\":\"{\"}", SENSORS_REASON_FIELD},
        {EVENT "location", "{" INFO ",\"location\":{\"latitude\":1}}", SENSORS_REASON_FIELD},
        {EVENT "location", "{" INFO "}", SENSORS_REASON_FIELD},
        {"eu868/gateway/0016/state/conn", "{\"gatewayId\":\"0016\"}", SENSORS_REASON_TYPE},
        {"", "{" INFO "}", SENSORS_REASON_TYPE},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct kit_outcome out = kit_try(cases[i].event, cases[i].payload);
        if (!out.err || out.decoded.reason != cases[i].reason || out.decoded.count || !kit.diag.text[0]) {
            fail_msg("%s: %s", cases[i].payload, sensors_reason_text(out.decoded.reason));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shared_uplinks),           cmocka_unit_test(the_other_shared_payloads),
        cmocka_unit_test(uplinks_of_our_own),           cmocka_unit_test(the_key_is_the_deduplication_id),
        cmocka_unit_test(a_gateways_wrong_clock),       cmocka_unit_test(what_a_device_says_of_its_battery),
        cmocka_unit_test(version_3_and_services),       cmocka_unit_test(what_is_no_telemetry_is_ignored),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };
    return kit_run("chirpstack", tests);
}
