/* sensors/decode_onvif.c and decode_onvif_metadata.c: shared payloads and messages of our own, every field; what nobody
 * may learn. */
#include "kit.h"

#define LASTS (3600 * KIT_SECOND)
#define FRAMES "gate/onvif-mj/VideoAnalytics/1/Finder"

static void an_area_is_intruded(void **state)
{
    (void)state;
    int64_t received = kit_time("2026-08-10T01:28:41Z");
    struct kit_outcome out = kit_try_file("cam01/onvif-ej/OpenApp/WiseAI/IvaArea/&vs-0/intrusion",
                                          "onvif/hanwha_wiseai_intrusion.json", received);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.decoded.redacted, 0);
    kit_is(&out.event, "alarm start cam01/vs-0 object channel=intrusion/name1 2026-08-10T01:28:40.128Z device "
                       "intrusion=1 1; severity=3 native=name1/41808 lasts=3600");
}

static void the_falling_edge_of_a_crossing_counts_nothing(void **state)
{
    (void)state;
    int64_t received = kit_time("2026-05-29T00:00:05Z");
    struct kit_outcome out = kit_try_file("AA:BB/onvif-ej/OpenApp/WiseAI/LineCrossing/&vs-0/bike",
                                          "onvif/hanwha_linecross_state_false.json", received);
    kit_is(&out.event, "detection end AA:BB/vs-0 object channel=line_crossing/bike 2026-05-29T00:00:04Z device "
                       "line_crossing=0 1; native=bike");
    out = kit_try_file("AA:BB/onvif-ej/OpenApp/WiseAI/LineCrossing/&vs-0/test_out",
                       "onvif/hanwha_linecross_no_time.json", KIT_NOW);
    kit_is(&out.event, "detection start AA:BB/vs-0 object channel=line_crossing/test_out 2026-11-21T08:00:00Z received "
                       "line_crossing=1 1; native=test_out/2 lasts=3600");
}

static void the_same_sensor_has_one_temperature(void **state)
{
    (void)state;
    int64_t received = kit_time("2025-07-15T14:30:02Z");
    struct kit_outcome out =
        kit_try_file("MyDevice/onvif-ej/Device/Sensor/Temperature/High", "onvif/ej_temperature_high.json", received);
    assert_int_equal(out.decoded.count, 1);
    kit_is(&out.event,
           "measurement pulse MyDevice unit channel=temp_001 2025-07-15T14:30:00Z device temperature=28.65 Cel;");
    out = kit_try_file("MyDevice/onvif-mj/SensorData/Temperature", "onvif/mj_sensor_kelvin.json", received);
    assert_int_equal(out.decoded.count, 1);
    kit_is(&out.event,
           "measurement pulse MyDevice unit channel=temp_001 2025-07-15T14:30:00Z device temperature=25.5 Cel;");
}

static void an_object_in_a_picture_is_a_snapshot(void **state)
{
    (void)state;
    int64_t received = kit_time("2021-10-05T15:13:28Z");
    struct kit_outcome out =
        kit_try_file("MyDevice/onvif-mj/VideoAnalytics/1/MyClassifier", "onvif/mj_frame_human.json", received);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.decoded.redacted, 2);
    kit_is(&out.event, "detection snapshot MyDevice object channel=human 2021-10-05T15:13:27.321Z device "
                       "confidence=0.8 native=MyClassifier/15 flags=redacted");
    kit_never_says("Male");
    kit_never_says("Shorts");
    kit_never_says("White");
}

static void plates_in_pictures_are_pseudonyms(void **state)
{
    (void)state;
    static const char frame[] =
        "{\"Frame\":{\"@UtcTime\":\"2026-11-21T07:59:59Z\",\"Object\":[{\"@ObjectId\":\"7\",\"Appearance\":{\"Class\":"
        "{\"Type\":{\"@Likelihood\":0.6,\"#text\":\"Vehicle\"}},\"LicensePlateInfo\":{\"PlateNumber\":{\"#text\":"
        "\"TEST 02\",\"@Likelihood\":0.9}},\"Image\":\"Zm9v\"}}]}}";
    struct kit_outcome out = kit_try(FRAMES, frame);
    assert_int_equal(out.decoded.count, 2);
    assert_int_equal(out.decoded.redacted, 1);
    kit_is(&out.event,
           "access pulse gate plate:TEST02 2026-11-21T07:59:59Z device confidence=0.9 native=Finder/7 flags=redacted");
    kit_text(out.decoded.events[1].channel, "vehicle");
    assert_int_equal(out.decoded.events[1].subject.len, 0);
    kit_never_says("TEST");
    kit_never_says("Zm9v");
    out = kit_try("gate/onvif-ej/RuleEngine/Recognition/LicensePlate/&1/in",
                  "{\"UtcTime\":\"2026-11-21T07:59:59Z\",\"Source\":{\"VideoSource\":\"1\",\"Rule\":\"in\"},\"Data\":{"
                  "\"LicensePlateInfo\":{\"LicensePlateInfo\":{\"PlateNumber\":{\"@Likelihood\":0.9,\"#text\":\"TEST "
                  "02\"}}},\"Image\":\"Zm9v\"}}");
    kit_is(&out.event,
           "access pulse gate/1 plate:TEST02 2026-11-21T07:59:59Z device confidence=0.9 native=in flags=redacted");
    kit_never_says("TEST");
    out = kit_try("gate/onvif-ej/RuleEngine/Recognition/LicensePlate/&1",
                  "{\"Source\":{},\"Data\":{\"PlateNumber\":\"_无_\",\"Likelihood\":0.3}}");
    assert_int_equal(out.event.subject.len, 0);
    assert_int_equal(out.event.subject_type, SENSORS_SUBJECT_OBJECT);
    assert_int_equal(out.event.flags, SENSORS_FLAG_SENTINEL);
}

static void with_a_memory_pictures_are_told_now_and_then(void **state)
{
    (void)state;
    static const char payload[] = "{'Frame':[{'Object':[{'Appearance':{'Class':{'Type':[{'#text':'Human'}]}}},"
                                  "{'Appearance':{'Class':{'Type':[{'#text':'Human'}]}}}]}]}";
    kit_decode(FRAMES, payload, 2);
    kit.t_recv = KIT_NOW + KIT_SECOND;
    kit_decode(FRAMES, payload, 0);
    assert_int_equal(kit.decoded.repeated, 2);
    kit.t_recv += 10 * KIT_SECOND;
    kit_decode(FRAMES, payload, 2);
}

static void a_property_changes_or_stays(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        enum sensors_phase phase;
    } steps[] = {{"true", SENSORS_PHASE_START}, {"\"true\"", SENSORS_PHASE_UPDATE},    {"1", SENSORS_PHASE_UPDATE},
                 {"false", SENSORS_PHASE_END},  {"\"false\"", SENSORS_PHASE_SNAPSHOT}, {"\"1\"", SENSORS_PHASE_START}};
    for (size_t i = 0; i < BASE_COUNT(steps); i++) {
        char payload[200];
        snprintf(payload, sizeof payload, "{\"Source\":{\"Source\":\"v1\"},\"Data\":{\"State\":%s}}", steps[i].state);
        struct kit_outcome out = kit_try("a/b/onvif-ej/VideoSource/MotionAlarm/&v1", payload);
        kit_text(out.event.device, "a/b/v1");
        kit_text(out.event.channel, "motion");
        kit_text(out.event.native_id, "v1");
        assert_int_equal(out.event.phase, steps[i].phase);
    }
}

static void every_object_crosses_anew(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        char payload[200];
        snprintf(payload, sizeof payload, "{\"Source\":{\"Rule\":\"r\"},\"Data\":{\"State\":true,\"ObjectId\":%d}}", i);
        struct kit_outcome out = kit_try("a/onvif-ej/RuleEngine/LineDetector/Crossed/&1/r", payload);
        assert_int_equal(out.event.phase, SENSORS_PHASE_START);
        kit_text(out.event.device, "a/1");
    }
}

static void topics_say_what_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *data, *channel, *measure;
        enum sensors_kind kind;
        int severity;
        enum sensors_subject subject;
    } cases[] = {
        {"RuleEngine/CellMotionDetector/Motion", "\"IsMotion\":true", "motion", "motion", SENSORS_KIND_DETECTION, -1,
         SENSORS_SUBJECT_OBJECT},
        {"RuleEngine/FieldDetector/ObjectsInside", "\"IsInside\":true", "intrusion", "intrusion", SENSORS_KIND_ALARM, 3,
         SENSORS_SUBJECT_OBJECT},
        {"RuleEngine/TamperDetector/Tamper", "\"IsTamper\":true", "tamper", "tamper", SENSORS_KIND_ALARM, 2,
         SENSORS_SUBJECT_UNIT},
        {"VideoSource/GlobalSceneChange/ImagingService", "\"State\":true", "tamper", "tamper", SENSORS_KIND_ALARM, 2,
         SENSORS_SUBJECT_UNIT},
        {"Device/HardwareFailure/StorageFailure", "\"Failed\":true", "fault", "fault", SENSORS_KIND_ALARM, 2,
         SENSORS_SUBJECT_UNIT},
        {"Device/Trigger/Relay", "\"LogicalState\":\"active\"", "relay", "on", SENSORS_KIND_STATE, -1,
         SENSORS_SUBJECT_UNIT},
        {"Device/Trigger/DigitalInput", "\"LogicalState\":true", "input", "on", SENSORS_KIND_STATE, -1,
         SENSORS_SUBJECT_UNIT},
        {"UserAlarm/IVA/HumanShapeDetect", "\"State\":true", "person", "person", SENSORS_KIND_DETECTION, -1,
         SENSORS_SUBJECT_OBJECT},
        {"UserAlarm/Own", "\"State\":true", "user_alarm", "user_alarm", SENSORS_KIND_ALARM, 2, SENSORS_SUBJECT_OBJECT},
        {"RuleEngine/MyRuleDetector/VehicleDetect", "\"State\":true", "vehicle", "vehicle", SENSORS_KIND_DETECTION, -1,
         SENSORS_SUBJECT_OBJECT},
        {"Door/DoorAlarm", "\"State\":\"DoorForcedOpen\"", "intrusion", "intrusion", SENSORS_KIND_ALARM, 3,
         SENSORS_SUBJECT_UNIT},
        {"Door/State/DoorPhysicalState", "\"State\":\"Open\"", "open", "open", SENSORS_KIND_STATE, -1,
         SENSORS_SUBJECT_UNIT},
        {"AccessControl/Duress", "\"State\":true", "sos", "sos", SENSORS_KIND_ALARM, 4, SENSORS_SUBJECT_UNIT},
        {"Vendor/WaterLine/Red-Alert", "\"State\":true", "red_alert", "on", SENSORS_KIND_STATE, -1,
         SENSORS_SUBJECT_UNIT},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        char topic[200], payload[200];
        snprintf(topic, sizeof topic, "d/onvif-ej/%s", cases[i].topic);
        snprintf(payload, sizeof payload, "{\"Source\":{},\"Data\":{%s}}", cases[i].data);
        struct kit_outcome out = kit_try(topic, payload);
        kit_text(out.event.device, "d");
        kit_text(out.event.channel, cases[i].channel);
        assert_int_equal(out.event.kind, cases[i].kind);
        assert_int_equal(out.event.phase, SENSORS_PHASE_START);
        assert_int_equal(out.event.severity, cases[i].severity);
        assert_int_equal(out.event.subject_type, cases[i].subject);
        kit_near(sensors_event_value(&out.event, cases[i].measure), 1);
    }
}

static void what_just_happens_is_a_pulse(void **state)
{
    (void)state;
    struct kit_outcome out =
        kit_try("d/onvif-ej/RuleEngine/LineDetector/Crossed/&1/r",
                "{\"UtcTime\":\"2026-11-21T07:59:59\",\"Source\":{\"VideoSource\":1,\"Rule\":\"r\"},"
                "\"Data\":{\"ObjectId\":\"4\",\"Object\":{\"Object\":[{\"Appearance\":{\"HumanFace\":{"
                "\"Gender\":\"Male\"}}}]}}}");
    assert_int_equal(out.decoded.redacted, 1);
    kit_is(&out.event,
           "detection pulse d/1 object channel=line_crossing/r 2026-11-21T07:59:59Z device native=r/4 flags=redacted");
    out = kit_try("d/onvif-ej/RuleEngine/CountAggregation/Counter/&1/in",
                  "{\"Source\":{\"VideoSource\":\"1\",\"Rule\":\"in\"},\"Data\":{\"Count\":\"12\"}}");
    assert_int_equal(out.event.kind, SENSORS_KIND_MEASUREMENT);
    kit_text(out.event.channel, "in");
    kit_near(sensors_event_value(&out.event, "count"), 12);
    struct base_id twelve = out.event.dedup; /* without a time the value tells two apart */
    out = kit_try("d/onvif-ej/RuleEngine/CountAggregation/Counter/&1/in",
                  "{\"Source\":{\"VideoSource\":\"1\",\"Rule\":\"in\"},\"Data\":{\"Count\":13}}");
    assert_false(base_id_equal(twelve, out.event.dedup));
}

static void who_was_let_in_is_a_card(void **state)
{
    (void)state;
    struct kit_outcome out =
        kit_try("d/onvif-ej/AccessControl/AccessGranted/Credential/&door1",
                "{\"UtcTime\":\"2026-11-21T08:00:00Z\",\"Source\":{\"AccessPointToken\":\"door1\"},\"Data\":{"
                "\"CredentialToken\":\"c-77\",\"CredentialHolderName\":\"Amy\"}}");
    assert_int_equal(out.decoded.redacted, 1);
    kit_is(&out.event, "access pulse d card:c-77 2026-11-21T08:00:00Z device granted=1 1; native=door1 flags=redacted");
    kit_never_says("Amy");
    kit_never_says("c-77");
}

static void the_key_is_of_source_time_object_and_state(void **state)
{
    (void)state;
    static const char topic[] = "d/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&1/r";
    static const char format[] =
        "{\"UtcTime\":\"%s\",\"Source\":{\"Rule\":\"r\"},\"Data\":{\"State\":%s,\"ObjectId\":%s}}";
    static const struct {
        const char *time, *state, *object;
        bool same;
    } cases[] = {{"2026-11-21T08:00:00Z", "\"true\"", "5", true},
                 {"2026-11-21T08:00:00", "true", "\"5\"", true},
                 {"2026-11-21T08:00:01Z", "true", "5", false},
                 {"2026-11-21T08:00:00Z", "false", "5", false},
                 {"2026-11-21T08:00:00Z", "true", "6", false}};
    char payload[300];
    snprintf(payload, sizeof payload, format, "2026-11-21T08:00:00Z", "true", "5");
    struct base_id first = kit_try(topic, payload).event.dedup;
    assert_false(
        base_id_equal(first, kit_try("d/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&2/r", payload).event.dedup));
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        snprintf(payload, sizeof payload, format, cases[i].time, cases[i].state, cases[i].object);
        assert_int_equal(base_id_equal(first, kit_try_at(topic, payload, KIT_NOW + KIT_SECOND).event.dedup),
                         cases[i].same);
    }
}

static void how_it_is_at_the_beginning_is_a_replay(void **state)
{
    (void)state;
    struct kit_outcome out =
        kit_try("d/onvif-ej/VideoSource/MotionAlarm/&1",
                "{\"UtcTime\":\"0000-00-00T00:00:00Z\",\"PropertyOperation\":\"Initialized\",\"Source\":{"
                "\"Source\":\"1\"},\"Data\":{\"State\":true}}");
    assert_int_equal(out.event.flags, SENSORS_FLAG_REPLAY | SENSORS_FLAG_SENTINEL);
    assert_int_equal(out.event.t_event, KIT_NOW);
    assert_int_equal(out.event.t_source, SENSORS_TIME_RECEIVED);
    kit.retained = true;
    out = kit_try("d/onvif-ej/VideoSource/MotionAlarm/&1", "{\"Source\":{},\"Data\":{\"State\":true}}");
    assert_int_equal(out.event.flags, SENSORS_FLAG_REPLAY | SENSORS_FLAG_RETAINED);
}

static void nothing_for_anybody_is_ignored(void **state)
{
    (void)state;
    kit_ignored("d/onvif-ej/VideoSource/MotionAlarm/&1", "", 0);
    kit_ignored("d/onvif-ej/VideoSource/MotionAlarm/&1",
                "{\"PropertyOperation\":\"Deleted\",\"Source\":{},\"Data\":{}}", 0);
    kit_ignored("d/onvif-ej/Monitoring/ProcessorUsage", "{\"Source\":{},\"Data\":{\"Value\":34}}", 0);
    kit_ignored("d/onvif-ej/Vendor/Job", "{\"Source\":{},\"Data\":{\"State\":\"Waiting\",\"UserName\":\"Amy\"}}", 1);
    kit_ignored(FRAMES, "{\"Frame\":[{\"@UtcTime\":\"2026-11-21T08:00:00Z\"}]}", 0);
    kit_ignored("d/onvif-mj/PTZ", "{\"PTZStatus\":{}}", 0);
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const char motion[] = "d/onvif-ej/VideoSource/MotionAlarm/&1";
    kit_refused("", "{}", SENSORS_REASON_TOPIC);
    kit_refused("d/onvif-ej", "{}", SENSORS_REASON_TOPIC);
    kit_refused("onvif-ej/VideoSource/MotionAlarm", "{}", SENSORS_REASON_TOPIC);
    kit_refused("d/onvif-ej/&1", "{}", SENSORS_REASON_TOPIC);
    kit_refused("d/onvif-ej/a//b", "{}", SENSORS_REASON_TOPIC);
    kit_refused("d/events/VideoSource", "{}", SENSORS_REASON_TOPIC);
    kit_refused("\xff/onvif-ej/a", "{}", SENSORS_REASON_TOPIC);
    kit_refused(motion, "ON", SENSORS_REASON_NOT_JSON);
    kit_refused(motion, "{\"UtcTime\":\"2026-11-21T08:00:00Z\",\"Data\":{\"State\":true,}}", SENSORS_REASON_NOT_JSON);
    kit_refused(motion, "{}", SENSORS_REASON_FIELD);
    kit_refused(motion, "{\"Source\":\"1\",\"Data\":{\"State\":true}}", SENSORS_REASON_FIELD);
    kit_refused(motion, "{\"Source\":{},\"Data\":true}", SENSORS_REASON_FIELD);
    kit_refused(motion, "{\"Source\":{},\"Data\":{\"State\":\"maybe\"}}", SENSORS_REASON_FIELD);
    kit_refused(motion, "{\"Source\":{},\"Data\":{\"State\":{\"a\":1}}}", SENSORS_REASON_FIELD);
    kit_refused(FRAMES, "{}", SENSORS_REASON_FIELD);
    kit_refused(FRAMES, "{\"Frame\":5}", SENSORS_REASON_FIELD);
    kit_refused(FRAMES, "{\"Frame\":[{\"Object\":[7]}]}", SENSORS_REASON_FIELD);
    kit_refused("d/onvif-mj/SensorData/Temperature", "{\"SensorData\":{\"Value\":\"warm\"}}", SENSORS_REASON_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_area_is_intruded),
        cmocka_unit_test(the_falling_edge_of_a_crossing_counts_nothing),
        cmocka_unit_test(the_same_sensor_has_one_temperature),
        cmocka_unit_test(an_object_in_a_picture_is_a_snapshot),
        cmocka_unit_test(plates_in_pictures_are_pseudonyms),
        cmocka_unit_test_setup_teardown(with_a_memory_pictures_are_told_now_and_then, kit_remember, kit_forget),
        cmocka_unit_test_setup_teardown(a_property_changes_or_stays, kit_remember, kit_forget),
        cmocka_unit_test_setup_teardown(every_object_crosses_anew, kit_remember, kit_forget),
        cmocka_unit_test(topics_say_what_it_is),
        cmocka_unit_test(what_just_happens_is_a_pulse),
        cmocka_unit_test(who_was_let_in_is_a_card),
        cmocka_unit_test(the_key_is_of_source_time_object_and_state),
        cmocka_unit_test_setup_teardown(how_it_is_at_the_beginning_is_a_replay, NULL, kit_forget),
        cmocka_unit_test(nothing_for_anybody_is_ignored),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };
    return kit_run("onvif", tests);
}
