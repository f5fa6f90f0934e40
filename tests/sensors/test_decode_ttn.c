/* sensors/decode_ttn.c: the shared payloads and messages of our own; whose time and whose place it is, what is one
 * uplink and what another, what is refused. */
#include "kit.h"

#define TOPIC "v3/estate@tenant/devices/bin-07/up"
#define IDS "\"end_device_ids\":{\"device_id\":\"bin-07\",\"dev_eui\":\"70B3D57ED0050001\"}"

static struct kit_outcome decode(const char *payload)
{
    return kit_try(TOPIC, payload);
}

/* An uplink with these members of uplink_message, heard at 07:59:59 by the server. */
static struct kit_outcome up(const char *members)
{
    char text[4096];
    snprintf(text, sizeof text,
             "{" IDS ",\"received_at\":\"2026-11-21T07:59:59.9Z\",\"uplink_message\":{\"session_key_id\":\"AXBS\","
             "\"received_at\":\"2026-11-21T07:59:59.5Z\"%s%s}}",
             members[0] ? "," : "", members);
    return decode(text);
}

static struct kit_outcome shared(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "ttn/%s", name);
    return kit_try_file(TOPIC, path, KIT_NOW);
}

static void the_shared_air_sensor(void **state)
{
    (void)state;
    struct kit_outcome out = shared("air_quality_am319.json");
    const struct sensors_event *air = NULL;
    assert_int_equal(out.err, BASE_OK);
    for (size_t i = 0; i < out.decoded.count; i++) {
        air = out.decoded.events[i].kind == SENSORS_KIND_MEASUREMENT ? &out.decoded.events[i] : air;
    }
    assert_non_null(air);
    assert_true(base_str_is(air->device, "0004A30B001C0530"));
    assert_int_equal(air->phase, SENSORS_PHASE_PULSE);
    assert_int_equal(air->subject_type, SENSORS_SUBJECT_UNIT);
    assert_int_equal(air->t_event, kit_time("2020-02-12T15:15:45.789585Z"));
    assert_int_equal(air->t_source, SENSORS_TIME_SERVER);
    assert_int_equal(air->t_gateway, kit_time("2020-02-12T15:15:45.787Z"));
    kit_near(air->lon, 23.72678801175413);
    kit_near(air->lat, 37.97155556731436);
    kit_near(air->alt_m, 10);
    assert_int_equal(air->pos_source, SENSORS_POSITION_REGISTERED);
    kit_near(sensors_event_value(air, "battery"), 92);
    kit_near(sensors_event_value(air, "temperature"), 30.8);
    kit_near(sensors_event_value(air, "humidity"), 50.5);
    kit_near(sensors_event_value(air, "co2"), 936);
    kit_near(sensors_event_value(air, "pm2_5"), 32);
    kit_near(sensors_event_value(air, "pm10"), 48);
    kit_near(sensors_event_value(air, "rssi"), -35);
    kit_near(sensors_event_value(air, "snr"), 5);
    assert_true(isnan(sensors_event_value(air, "tvoc")));
    assert_true(isnan(sensors_event_value(air, "illuminance")));
}

static void the_other_shared_payloads(void **state)
{
    (void)state;
    struct kit_outcome out = shared("join.json");
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.phase, SENSORS_PHASE_PULSE);
    assert_int_equal(out.event.t_event, kit_time("2020-02-17T07:49:09.736532Z"));
    assert_int_equal(out.event.t_source, SENSORS_TIME_SERVER);
    assert_int_equal(out.event.flags, SENSORS_FLAG_LATE);
    out = shared("up_no_fcnt_no_received_at.json");
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.t_event, kit_time("2019-01-29T13:02:34.981Z"));
    assert_int_equal(out.event.t_source, SENSORS_TIME_GATEWAY);
    assert_int_equal(out.event.t_gateway, SENSORS_NO_TIME);
    assert_int_equal(out.event.flags, SENSORS_FLAG_LATE | SENSORS_FLAG_PARTIAL);
    kit_near(sensors_event_value(&out.event, "rssi"), -35);
    assert_true(shared("downlink_failed.json").decoded.ignored);
    out = shared("up_doc_invalid_json.json");
    assert_int_equal(out.decoded.reason, SENSORS_REASON_NOT_JSON);
    out = shared("v2_retry_no_time.json");
    assert_int_equal(out.event.kind, SENSORS_KIND_POSITION);
    assert_true(base_str_is(out.event.device, "009E5AF21CCD79C1"));
    assert_int_equal(out.event.t_event, kit_time("2019-07-07T20:24:17.593623Z"));
    kit_near(out.event.lon, -3.886435);
    kit_near(out.event.lat, 40.526508);
    assert_int_equal(out.event.pos_source, SENSORS_POSITION_GNSS);
    out = shared("issue233_cached_fix.json"); /* a part of a message only */
    assert_int_equal(out.decoded.reason, SENSORS_REASON_FIELD);
}

static void a_tracker_with_a_thermometer_gives_both(void **state)
{
    (void)state;
    struct kit_outcome out = up("\"f_cnt\":7,\"f_port\":2,\"frm_payload\":\"AQ==\",\"decoded_payload\":{\"gps_1\":"
                                "{\"latitude\":31.02,\"longitude\":121.4,\"altitude\":7},\"temp\":\"21.5\",\"battery\":"
                                "3.61,\"moving\":true},\"rx_metadata\":[{\"rssi\":-110,\"snr\":-4.5,\"location\":"
                                "{\"latitude\":1,\"longitude\":2}},{\"rssi\":-90,\"snr\":8}]");
    assert_int_equal(out.decoded.count, 2);
    assert_int_equal(out.event.kind, SENSORS_KIND_POSITION);
    kit_near(out.event.lon, 121.4);
    kit_near(out.event.lat, 31.02);
    kit_near(out.event.alt_m, 7);
    assert_int_equal(out.event.pos_source, SENSORS_POSITION_GNSS);
    assert_int_equal(out.event.measure_count, 3);
    kit_near(sensors_event_value(&out.event, "voltage"), 3.61);
    kit_near(sensors_event_value(&out.event, "rssi"), -90);
    kit_near(sensors_event_value(&out.event, "snr"), 8);
    const struct sensors_event *measured = &out.decoded.events[1];
    assert_int_equal(measured->kind, SENSORS_KIND_MEASUREMENT);
    assert_int_equal(measured->measure_count, 1);
    kit_near(sensors_event_value(measured, "temperature"), 21.5);
    kit_near(measured->lon, 121.4);
    assert_int_equal(measured->flags, 0);
    assert_false(base_id_equal(measured->dedup, out.event.dedup));
}

static void what_has_no_sure_unit_is_left_out(void **state)
{
    (void)state;
    struct kit_outcome out = up("\"f_port\":2,\"decoded_payload\":{\"distance\":2116,\"humidity\":40}");
    assert_int_equal(out.event.measure_count, 1);
    kit_near(sensors_event_value(&out.event, "humidity"), 40);
    assert_int_equal(out.event.flags, SENSORS_FLAG_PARTIAL);
    out = up("\"f_port\":2,\"decoded_payload\":{\"humidity\":40,\"fw\":3,\"name\":\"hall of Amy\"}");
    assert_int_equal(out.event.measure_count, 1);
    assert_int_equal(out.event.flags, 0);
}

static void alarms_and_states_are_events_of_their_own(void **state)
{
    (void)state;
    struct kit_outcome out = up("\"f_port\":1,\"decoded_payload\":{\"smoke\":true,\"water_leak\":\"normal\",\"door\":"
                                "\"open\",\"battery\":50}");
    assert_int_equal(out.decoded.count, 3);
    assert_int_equal(out.event.kind, SENSORS_KIND_ALARM);
    assert_int_equal(out.event.phase, SENSORS_PHASE_START);
    assert_int_equal(out.event.severity, 4);
    assert_true(base_str_is(out.event.channel, "smoke"));
    kit_near(sensors_event_value(&out.event, "battery"), 50);
    assert_int_equal(out.decoded.events[1].phase, SENSORS_PHASE_END);
    assert_true(base_str_is(out.decoded.events[1].channel, "water_leak"));
    assert_int_equal(out.decoded.events[2].kind, SENSORS_KIND_STATE);
    kit_near(sensors_event_value(&out.decoded.events[2], "open"), 1);
}

static void a_cached_place_is_none(void **state)
{
    (void)state;
    struct kit_outcome out =
        up("\"f_port\":1,\"frm_payload\":\"AQ==\",\"decoded_payload\":{\"cached\":{\"latitudeDeg\":"
           "31.02,\"longitudeDeg\":121.4}},\"decoded_payload_warnings\":[\"fix failed\"]");
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_true(isnan(out.event.lon));
    assert_int_equal(out.event.flags, SENSORS_FLAG_PARTIAL);
}

static void places_that_cannot_be(void **state)
{
    (void)state;
    struct kit_outcome out =
        up("\"f_port\":1,\"decoded_payload\":{\"lat\":121.4,\"lon\":31.02}"); /* the wrong way round */
    kit_near(out.event.lon, 121.4);
    kit_near(out.event.lat, 31.02);
    assert_int_equal(out.event.flags, SENSORS_FLAG_PARTIAL);
    out = up("\"f_port\":1,\"decoded_payload\":{\"lat\":500,\"lon\":31.02,\"humidity\":40}");
    assert_int_equal(out.decoded.count, 1);
    assert_true(isnan(out.event.lon));
    assert_int_equal(out.event.flags, SENSORS_FLAG_SENTINEL);
    kit_near(sensors_event_value(&out.event, "humidity"), 40);
    out = up("\"f_port\":1,\"decoded_payload\":{\"lat\":0,\"lon\":0}");
    assert_int_equal(out.event.kind, SENSORS_KIND_POSITION);
    assert_true(isnan(out.event.lon));
    assert_true(out.event.flags & SENSORS_FLAG_NULL_ISLAND);
}

static void places_the_network_knows(void **state)
{
    (void)state;
    static const char *const kinds[] = {"SOURCE_GPS", "SOURCE_REGISTRY", "SOURCE_LORA_TDOA_GEOLOCATION"};
    static const enum sensors_position sources[] = {SENSORS_POSITION_GNSS, SENSORS_POSITION_REGISTERED,
                                                    SENSORS_POSITION_NETWORK};
    for (size_t i = 0; i < BASE_COUNT(kinds); i++) {
        char text[600];
        snprintf(text, sizeof text,
                 "\"f_port\":1,\"decoded_payload\":{\"humidity\":40},\"locations\":{\"x\":{\"latitude\":1,"
                 "\"longitude\":2,\"source\":\"SOURCE_UNKNOWN\"},\"y\":{\"latitude\":31.02,\"longitude\":121.4,"
                 "\"accuracy\":50,\"source\":\"%s\"}}",
                 kinds[i]);
        struct kit_outcome out = up(text);
        assert_int_equal(out.decoded.count, 1);
        assert_int_equal(out.event.kind, SENSORS_KIND_MEASUREMENT);
        assert_int_equal(out.event.pos_source, sources[i]);
        kit_near(out.event.lon, i < 2 ? 121.4 : 2);
    }
    struct kit_outcome out =
        decode("{" IDS ",\"received_at\":\"2026-11-21T07:59:59.9Z\",\"location_solved\":{\"service\":"
               "\"gls\",\"location\":{\"latitude\":31.02,\"longitude\":121.4,\"accuracy\":80}}}");
    assert_int_equal(out.event.kind, SENSORS_KIND_POSITION);
    assert_int_equal(out.event.pos_source, SENSORS_POSITION_NETWORK);
    kit_near(out.event.acc_m, 80);
    out = decode("{" IDS ",\"service_data\":{\"service\":\"s\",\"data\":{\"location\":{\"latitude\":31.02,"
                 "\"longitude\":121.4}}}}");
    assert_int_equal(out.event.kind, SENSORS_KIND_POSITION);
    assert_int_equal(out.event.t_source, SENSORS_TIME_RECEIVED);
    assert_true(decode("{" IDS ",\"service_data\":{\"service\":\"s\",\"data\":{\"a\":1}}}").decoded.ignored);
}

static void the_key_is_the_session_the_counter_and_the_bytes(void **state)
{
    (void)state;
    static const char first[] = "\"f_port\":2,\"frm_payload\":\"AQ==\",\"decoded_payload\":{\"humidity\":40}";
    struct base_id id = up(first).event.dedup;
    assert_true(base_id_equal(id, up("\"f_cnt\":0,\"f_port\":2,\"frm_payload\":\"AQ==\",\"decoded_payload\":"
                                     "{\"humidity\":40},\"rx_metadata\":[{\"rssi\":-1}]")
                                      .event.dedup));
    assert_false(base_id_equal(
        id, up("\"f_cnt\":1,\"f_port\":2,\"frm_payload\":\"AQ==\",\"decoded_payload\":{\"humidity\":40}").event.dedup));
    assert_false(base_id_equal(
        id, up("\"f_port\":2,\"frm_payload\":\"Ag==\",\"decoded_payload\":{\"humidity\":40}").event.dedup));
    assert_false(base_id_equal(
        id, decode("{" IDS ",\"uplink_message\":{\"session_key_id\":\"AXBT\",\"f_port\":2,\"frm_payload\":\"AQ==\","
                   "\"decoded_payload\":{\"humidity\":40}}}")
                .event.dedup));
}

static void times(void **state)
{
    (void)state;
    struct kit_outcome out = up("\"f_port\":2,\"rx_metadata\":[{\"time\":\"\"},{\"time\":\"2026-11-21T07:59:58Z\"},"
                                "{\"time\":\"2026-11-21T07:59:57Z\"}]");
    assert_int_equal(out.event.t_event, KIT_NOW - KIT_SECOND / 2);
    assert_int_equal(out.event.t_gateway, KIT_NOW - 3 * KIT_SECOND);
    assert_int_equal(out.event.flags, 0);                                      /* no bytes: nothing is missing */
    out = up("\"f_port\":2,\"settings\":{\"time\":\"2019-01-01T00:00:00Z\"}"); /* a gateway without a clock */
    assert_int_equal(out.event.t_gateway, SENSORS_NO_TIME);
    out = decode("{" IDS ",\"received_at\":\"2026-11-21T07:59:59Z\",\"uplink_message\":{\"f_port\":1}}");
    assert_int_equal(out.event.t_event, KIT_NOW - KIT_SECOND);
    assert_int_equal(out.event.t_source, SENSORS_TIME_SERVER);
    out = decode("{" IDS ",\"received_at\":\"2026-11-21T09:59:59Z\",\"uplink_message\":{\"f_port\":1}}");
    assert_int_equal(out.event.t_event, KIT_NOW);
    assert_int_equal(out.event.flags, SENSORS_FLAG_TIME_REPAIRED | SENSORS_FLAG_CLOCK_AHEAD);
}

static void other_wrappings_and_versions(void **state)
{
    (void)state;
    struct kit_outcome out = decode("{\"result\":{" IDS ",\"uplink_message\":{\"f_port\":1,\"decoded_payload\":"
                                    "{\"humidity\":40}}}}");
    kit_near(sensors_event_value(&out.event, "humidity"), 40);
    out = decode("{\"end_device_ids\":{\"device_id\":\"bin-07\"},\"uplink_message\":{}}");
    assert_true(base_str_is(out.event.device, "bin-07"));
    out = kit_try("app/devices/d/events/activations", "{\"dev_eui\":\"00AA\",\"dev_addr\":\"1\",\"metadata\":{\"time\":"
                                                      "\"2026-11-21T07:59:59Z\"}}");
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.t_event, KIT_NOW - KIT_SECOND);
    assert_true(kit_try("app/devices/d/events/down/sent", "{\"message\":\"AA\"}").decoded.ignored);
    assert_true(kit_try("v3/a/devices/d/down/push", "{\"downlinks\":[]}").decoded.ignored);
    assert_true(decode("{" IDS ",\"downlink_ack\":{}}").decoded.ignored);
    assert_true(decode("").decoded.ignored);
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        enum sensors_reason reason;
    } cases[] = {
        {"online", SENSORS_REASON_NOT_JSON},
        {"[1]", SENSORS_REASON_NOT_JSON},
        {"\xff", SENSORS_REASON_NOT_UTF8},
        {"{}", SENSORS_REASON_FIELD},
        {"{\"end_device_ids\":3,\"uplink_message\":{}}", SENSORS_REASON_FIELD},
        {"{\"end_device_ids\":{\"dev_eui\":7},\"uplink_message\":{}}", SENSORS_REASON_DEVICE},
        {"{\"end_device_ids\":{\"dev_eui\":\"a b\"},\"uplink_message\":{}}", SENSORS_REASON_DEVICE},
        {"{" IDS "}", SENSORS_REASON_TYPE},
        {"{" IDS ",\"uplink_message\":3}", SENSORS_REASON_FIELD},
        {"{" IDS ",\"join_accept\":[]}", SENSORS_REASON_FIELD},
        {"{" IDS ",\"uplink_message\":{\"decoded_payload\":\"on\"}}", SENSORS_REASON_FIELD},
        {"{" IDS ",\"location_solved\":{\"location\":{\"latitude\":1}}}", SENSORS_REASON_FIELD},
        {"{\"dev_id\":\"a\",\"hardware_serial\":\"00AA\"}", SENSORS_REASON_TYPE},
        {"{\"dev_id\":\"a\",\"payload_raw\":\"AA==\",\"metadata\":1}", SENSORS_REASON_FIELD},
        {"{\"dev_id\":\"a\",\"payload_fields\":1,\"metadata\":{}}", SENSORS_REASON_FIELD},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct kit_outcome out = decode(cases[i].payload);
        if (!out.err || out.decoded.reason != cases[i].reason || out.decoded.count || !kit.diag.text[0]) {
            fail_msg("%s: %s", cases[i].payload, sensors_reason_text(out.decoded.reason));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shared_air_sensor),
        cmocka_unit_test(the_other_shared_payloads),
        cmocka_unit_test(a_tracker_with_a_thermometer_gives_both),
        cmocka_unit_test(what_has_no_sure_unit_is_left_out),
        cmocka_unit_test(alarms_and_states_are_events_of_their_own),
        cmocka_unit_test(a_cached_place_is_none),
        cmocka_unit_test(places_that_cannot_be),
        cmocka_unit_test(places_the_network_knows),
        cmocka_unit_test(the_key_is_the_session_the_counter_and_the_bytes),
        cmocka_unit_test(times),
        cmocka_unit_test(other_wrappings_and_versions),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };
    return kit_run("ttn", tests);
}
