/* sensors/decode_frigate.c: shared payloads and messages of our own, every field; what nobody may learn. */
#include "kit.h"

#define LASTS (600 * KIT_SECOND)
#define BIKE                                                                                                     \
    "{\"type\":\"%s\",\"before\":{\"id\":\"a-1\"},\"after\":{\"id\":\"a-1\",\"camera\":\"yard\",\"frame_time\":" \
    "1795247990.5,\"label\":\"%s\",\"sub_label\":null,\"top_score\":0.9,\"score\":0.8,"                          \
    "\"start_time\":1795247900.25,\"end_time\":%s,\"false_positive\":%s}}"

static struct kit_outcome object(const char *topic, const char *type, const char *label, const char *end,
                                 const char *wrong)
{
    char payload[1024];
    snprintf(payload, sizeof payload, BIKE, type, label, end, wrong);
    return kit_try(topic, payload);
}

static void an_update_of_an_object_goes_on(void **state)
{
    (void)state;
    int64_t received = kit_time("2020-12-04T23:19:24Z");
    struct kit_outcome out = kit_try_file("frigate/events", "frigate/events_update.json", received);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.decoded.redacted, 2);
    kit_is(&out.event, "detection update front_door object channel=person 2020-12-04T23:19:22.082975Z server "
                       "confidence=0.87890625 native=1607123955.475377-mxklsc lasts=600 flags=redacted");
    kit_never_says("John");
    kit_never_says("ABC12345");
    kit_never_says("driveway");
}

static void the_field_set_of_old_versions_is_read_too(void **state)
{
    (void)state;
    int64_t received = kit_time("2022-08-02T11:15:24Z");
    struct kit_outcome out = kit_try_file("frigate/events", "frigate/issue3580_event_0.11.json", received);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.decoded.redacted, 0);
    kit_is(&out.event, "detection update front_door object channel=car 2022-08-02T11:15:22.199656Z server "
                       "confidence=0.65234375 native=1659438905.489551-xy562v lasts=600");
}

static void an_object_begins_and_ends(void **state)
{
    (void)state;
    struct kit_outcome out = object("north/events", "new", "bicycle", "null", "false");
    kit_is(&out.event, "detection start north/yard object channel=bicycle 2026-11-21T07:59:50.500Z server "
                       "confidence=0.8 native=a-1 lasts=600");
    struct base_id first = out.event.dedup;
    out = object("north/events", "end", "bicycle", "1795247995", "false");
    kit_is(&out.event,
           "detection end north/yard object channel=bicycle 2026-11-21T07:59:55Z server confidence=0.8 native=a-1");
    assert_false(base_id_equal(first, out.event.dedup));
    out = object("frigate/events", "new", "somebody's own word", "null", "false");
    kit_text(out.event.device, "yard");
    kit_text(out.event.channel, "object");
    kit_text(object("a/b/events", "new", "Garbage_Truck", "null", "false").event.channel, "garbage_truck");
    out = object("frigate/events", "new", "car", "null", "true");
    assert_true(out.decoded.ignored && out.decoded.count == 0);
}

static void the_key_is_of_id_type_and_frame(void **state)
{
    (void)state;
    struct kit_outcome first = object("frigate/events", "update", "car", "null", "false");
    struct kit_outcome again = kit_try_at("frigate/events",
                                          "{\"type\":\"update\",\"after\":{\"id\":\"a-1\",\"camera\":\"yard\","
                                          "\"frame_time\":1795247990.5,\"label\":\"truck\",\"score\":0.1}}",
                                          KIT_NOW + 5 * KIT_SECOND);
    assert_true(base_id_equal(first.event.dedup, again.event.dedup));
    again = kit_try("frigate/events", "{\"type\":\"update\",\"after\":{\"id\":\"a-1\",\"camera\":\"yard\","
                                      "\"frame_time\":1795247990.6,\"label\":\"car\",\"score\":0.8}}");
    assert_false(base_id_equal(first.event.dedup, again.event.dedup));
    assert_false(base_id_equal(first.event.dedup, object("two/events", "update", "car", "null", "false").event.dedup));
}

static void confidences_are_shares(void **state)
{
    (void)state;
    static const struct {
        const char *score;
        double confidence; /* below 0: none */
        uint32_t flags;
    } cases[] = {{"0.5", 0.5, 0},
                 {"\"88\"", 0.88, 0},
                 {"194", -1, SENSORS_FLAG_SENTINEL},
                 {"null", -1, 0},
                 {"-1", -1, SENSORS_FLAG_SENTINEL},
                 {"1", 1, 0}};
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        char payload[256];
        snprintf(payload, sizeof payload, "{\"camera\":\"c\",\"event_id\":\"e\",\"score\":%s}", cases[i].score);
        struct kit_outcome out = kit_try("frigate/triggers", payload);
        assert_int_equal(out.event.flags, cases[i].flags);
        if (cases[i].confidence < 0) {
            assert_true(isnan(out.event.confidence));
        } else {
            kit_near(out.event.confidence, cases[i].confidence);
        }
    }
}

static void a_review_that_rises_begins(void **state)
{
    (void)state;
    int64_t received = kit_time("2024-06-21T16:25:40Z");
    struct kit_outcome out = kit_try_file("frigate/reviews", "frigate/reviews_update.json", received);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.decoded.redacted, 2);
    kit_is(&out.event, "detection start front_cam object channel=alert 2024-06-21T16:25:29.308396Z server "
                       "native=1718987129.308396-fqk5ka lasts=600 flags=redacted");
    kit_never_says("Bob");
    kit_never_says("clips");
    static const char before[] =
        "{\"type\":\"update\",\"before\":{\"severity\":\"%s\"},\"after\":{\"id\":\"r\",\"camera\":"
        "\"c\",\"start_time\":1795247990,\"severity\":\"%s\"}}";
    char payload[300];
    snprintf(payload, sizeof payload, before, "alert", "alert");
    out = kit_try("frigate/reviews", payload);
    assert_int_equal(out.event.phase, SENSORS_PHASE_UPDATE);
    struct base_id alert = out.event.dedup;
    snprintf(payload, sizeof payload, before, "detection", "detection");
    out = kit_try("frigate/reviews", payload);
    assert_int_equal(out.event.phase, SENSORS_PHASE_UPDATE);
    kit_text(out.event.channel, "detection");
    assert_false(base_id_equal(alert, out.event.dedup));
    out = kit_try("frigate/reviews",
                  "{\"type\":\"end\",\"after\":{\"id\":\"r\",\"camera\":\"c\",\"start_time\":1795247990,"
                  "\"end_time\":1795247999,\"severity\":\"alert\"}}");
    assert_int_equal(out.event.phase, SENSORS_PHASE_END);
    assert_int_equal(out.event.t_event, KIT_NOW - KIT_SECOND);
    kit_ignored("frigate/reviews", "{\"type\":\"genai\",\"after\":{\"data\":{\"metadata\":{\"title\":\"A man\"}}}}", 1);
}

static void faces_descriptions_and_classes_are_nobodys_business(void **state)
{
    (void)state;
    static const char *const files[] = {"frigate/tracked_object_face.json", "frigate/classification_sub_label.json",
                                        "frigate/classification_attribute.json"};
    for (size_t i = 0; i < BASE_COUNT(files); i++) {
        struct kit_outcome out = kit_try_file("frigate/tracked_object_update", files[i], KIT_NOW);
        assert_true(out.decoded.ignored && out.decoded.count == 0);
        assert_int_equal(out.decoded.redacted, 1);
    }
    kit_ignored("frigate/tracked_object_update", "{\"type\":\"description\",\"id\":\"a\",\"description\":\"A man\"}",
                1);
    kit_ignored("frigate/yard/person/snapshot", "\xff\xd8\xff", 1);
    kit_ignored("frigate/yard/audio/transcription", "what he said", 1);
}

static void a_plate_is_an_access(void **state)
{
    (void)state;
    static const char lpr[] =
        "{\"type\":\"lpr\",\"id\":\"a-1\",\"name\":\"Amy's car\",\"plate\":\"TEST 01\",\"score\":0.95,"
        "\"camera\":\"gate\",\"timestamp\":1795247998}";
    struct kit_outcome out = kit_try("frigate/tracked_object_update", lpr);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.decoded.redacted, 1);
    kit_is(&out.event,
           "access pulse gate plate:TEST01 2026-11-21T07:59:58Z server confidence=0.95 native=a-1 flags=redacted");
    kit_never_says("TEST");
    kit_never_says("Amy");
    out = kit_try("frigate/tracked_object_update",
                  "{\"type\":\"lpr\",\"id\":\"a\",\"camera\":\"gate\",\"plate\":\"Unknown\","
                  "\"score\":0.2,\"timestamp\":1795247998}");
    assert_int_equal(out.event.kind, SENSORS_KIND_ACCESS);
    assert_int_equal(out.event.subject.len, 0);
    assert_int_equal(out.event.subject_type, SENSORS_SUBJECT_OBJECT);
    assert_int_equal(out.event.flags, SENSORS_FLAG_SENTINEL);
    assert_true(isnan(out.event.confidence));
}

static void a_plate_read_again_passed_once(void **state)
{
    (void)state;
    static const char topic[] = "frigate/tracked_object_update";
    static const char format[] = "{'type':'lpr','id':'a','camera':'g','plate':'%s','timestamp':%d}";
    char payload[200];
    snprintf(payload, sizeof payload, format, "T1", 1795247998);
    kit_decode(topic, payload, 1);
    kit.t_recv = KIT_NOW + 3 * KIT_SECOND;
    snprintf(payload, sizeof payload, format, "T1", 1795248001);
    kit_decode(topic, payload, 0);
    assert_int_equal(kit.decoded.repeated, 1);
    snprintf(payload, sizeof payload, format, "T11", 1795248001);
    kit_decode(topic, payload, 1);
}

static void a_trigger_is_dated_by_receipt(void **state)
{
    (void)state;
    struct kit_outcome out = kit_try_file("frigate/triggers", "frigate/triggers.json", KIT_NOW);
    assert_int_equal(out.decoded.redacted, 0);
    kit_is(&out.event, "detection pulse driveway object channel=trigger 2026-11-21T08:00:00Z received confidence=0.85 "
                       "native=1751565549.853251-b69j73");
    kit_never_says("car_trigger");
}

static void motion_is_on_or_off(void **state)
{
    (void)state;
    struct kit_outcome out = kit_try_file("frigate/front_door/motion", "frigate/camera_motion.txt", KIT_NOW);
    kit_is(&out.event,
           "detection start front_door object channel=motion 2026-11-21T08:00:00Z received motion=1 1; lasts=600");
    out = kit_try("frigate/front_door/motion", "OFF");
    kit_is(&out.event, "detection end front_door object channel=motion 2026-11-21T08:00:00Z received motion=0 1;");
    out = kit_try("frigate/front_door/audio/bark", "ON");
    kit_text(out.event.channel, "bark");
    kit_text(out.event.device, "front_door");
    assert_int_equal(out.event.measure_count, 0);
}

static void recorder_and_cameras_come_and_go(void **state)
{
    (void)state;
    kit.retained = true;
    struct kit_outcome out = kit_try("frigate/available", "offline");
    kit_is(&out.event, "lifecycle end frigate unit 2026-11-21T08:00:00Z received flags=retained,replay");
    kit.retained = false;
    out = kit_try("east/nvr/available", "online");
    kit_text(out.event.device, "east/nvr");
    assert_int_equal(out.event.phase, SENSORS_PHASE_START);
    out = kit_try("frigate/yard/status/detect", "offline");
    kit_text(out.event.device, "yard");
    assert_int_equal(out.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(out.event.phase, SENSORS_PHASE_END);
}

static void settings_counts_and_figures_are_ignored(void **state)
{
    (void)state;
    static const char *const topics[] = {"frigate/stats",
                                         "frigate/yard/person",
                                         "frigate/yard/all/active",
                                         "frigate/yard/detect/set",
                                         "frigate/yard/motion/state",
                                         "frigate/yard/audio/dBFS",
                                         "frigate/notifications/state",
                                         "frigate/yard/review_status"};
    for (size_t i = 0; i < BASE_COUNT(topics); i++) {
        kit_ignored(topics[i], "3", 0);
    }
    kit_ignored("frigate/available", "", 0);
    kit_ignored("frigate/yard/motion", "", 0);
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    kit_refused("", "{}", SENSORS_REASON_TOPIC);
    kit_refused("events", "{}", SENSORS_REASON_TOPIC);
    kit_refused("/events", "{}", SENSORS_REASON_TOPIC);
    kit_refused("frigate//motion", "ON", SENSORS_REASON_TOPIC);
    kit_refused("frigate/another", "{}", SENSORS_REASON_TOPIC);
    kit_refused("frigate/\xff/motion", "ON", SENSORS_REASON_TOPIC);
    kit_refused("frigate/events", "ON", SENSORS_REASON_NOT_JSON);
    kit_refused("frigate/events", "[]", SENSORS_REASON_NOT_JSON);
    kit_refused("frigate/events", "{\"type\":\"gone\"}", SENSORS_REASON_TYPE);
    kit_refused("frigate/events", "{\"type\":\"new\",\"after\":5}", SENSORS_REASON_FIELD);
    kit_refused("frigate/events", "{\"type\":\"new\",\"after\":{\"id\":\"a\",\"camera\":7}}", SENSORS_REASON_FIELD);
    kit_refused("frigate/events", "{\"type\":\"new\",\"after\":{\"id\":\"a\",\"camera\":\"c\"}}", SENSORS_REASON_FIELD);
    kit_refused("frigate/reviews", "{\"type\":\"new\",\"after\":{\"id\":\"a\",\"camera\":\"c\",\"severity\":\"odd\"}}",
                SENSORS_REASON_FIELD);
    kit_refused("frigate/tracked_object_update", "{\"type\":\"odd\"}", SENSORS_REASON_TYPE);
    kit_refused("frigate/tracked_object_update", "{\"type\":\"lpr\",\"id\":\"a\"}", SENSORS_REASON_FIELD);
    kit_refused("frigate/triggers", "{\"camera\":[],\"event_id\":\"a\"}", SENSORS_REASON_FIELD);
    kit_refused("frigate/yard/motion", "maybe", SENSORS_REASON_FIELD);
    kit_refused("frigate/available", "maybe", SENSORS_REASON_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_of_an_object_goes_on),
        cmocka_unit_test(the_field_set_of_old_versions_is_read_too),
        cmocka_unit_test(an_object_begins_and_ends),
        cmocka_unit_test(the_key_is_of_id_type_and_frame),
        cmocka_unit_test(confidences_are_shares),
        cmocka_unit_test(a_review_that_rises_begins),
        cmocka_unit_test(faces_descriptions_and_classes_are_nobodys_business),
        cmocka_unit_test(a_plate_is_an_access),
        cmocka_unit_test_setup_teardown(a_plate_read_again_passed_once, kit_remember, kit_forget),
        cmocka_unit_test(a_trigger_is_dated_by_receipt),
        cmocka_unit_test(motion_is_on_or_off),
        cmocka_unit_test_setup_teardown(recorder_and_cameras_come_and_go, NULL, kit_forget),
        cmocka_unit_test(settings_counts_and_figures_are_ignored),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };
    return kit_run("frigate", tests);
}
