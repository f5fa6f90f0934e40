/* sensors/decode_frigate.c: shared payloads and messages of our own, every field; what nobody may learn. */
#include "cameras.h"

#define LASTS (600 * SECOND)
#define BIKE                                                                                                     \
    "{\"type\":\"%s\",\"before\":{\"id\":\"a-1\"},\"after\":{\"id\":\"a-1\",\"camera\":\"yard\",\"frame_time\":" \
    "1795247990.5,\"label\":\"%s\",\"sub_label\":null,\"top_score\":0.9,\"score\":0.8,"                          \
    "\"start_time\":1795247900.25,\"end_time\":%s,\"false_positive\":%s}}"

static struct outcome object(const char *topic, const char *type, const char *label, const char *end, const char *wrong)
{
    char payload[1024];
    snprintf(payload, sizeof payload, BIKE, type, label, end, wrong);
    return decode(topic, payload);
}

static void an_update_of_an_object_goes_on(void **state)
{
    (void)state;
    int64_t received = time_at("2020-12-04T23:19:24Z");
    struct outcome out = decode_shared("frigate/events", "frigate/events_update.json", received);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.decoded.redacted, 2);
    check(&out.event, &(struct wanted){.device = "front_door",
                                       .channel = "person",
                                       .native_id = "1607123955.475377-mxklsc",
                                       .kind = SENSORS_KIND_DETECTION,
                                       .phase = SENSORS_PHASE_UPDATE,
                                       .t_event = time_at("2020-12-04T23:19:22.082975Z"),
                                       .t_recv = received,
                                       .t_source = SENSORS_TIME_SERVER,
                                       .subject_type = SENSORS_SUBJECT_OBJECT,
                                       .severity = SENSORS_NO_SEVERITY,
                                       .confidence = 0.87890625,
                                       .flags = SENSORS_FLAG_REDACTED,
                                       .lasts_us = LASTS});
    says_not(&out, "John");
    says_not(&out, "ABC12345");
    says_not(&out, "driveway");
}

static void the_field_set_of_old_versions_is_read_too(void **state)
{
    (void)state;
    int64_t received = time_at("2022-08-02T11:15:24Z");
    struct outcome out = decode_shared("frigate/events", "frigate/issue3580_event_0.11.json", received);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.decoded.redacted, 0);
    check(&out.event, &(struct wanted){.device = "front_door",
                                       .channel = "car",
                                       .native_id = "1659438905.489551-xy562v",
                                       .kind = SENSORS_KIND_DETECTION,
                                       .phase = SENSORS_PHASE_UPDATE,
                                       .t_event = time_at("2022-08-02T11:15:22.199656Z"),
                                       .t_recv = received,
                                       .t_source = SENSORS_TIME_SERVER,
                                       .subject_type = SENSORS_SUBJECT_OBJECT,
                                       .severity = SENSORS_NO_SEVERITY,
                                       .confidence = 0.65234375,
                                       .lasts_us = LASTS});
}

static void an_object_begins_and_ends(void **state)
{
    (void)state;
    struct wanted wanted = {.device = "north/yard",
                            .channel = "bicycle",
                            .native_id = "a-1",
                            .kind = SENSORS_KIND_DETECTION,
                            .phase = SENSORS_PHASE_START,
                            .t_event = time_at("2026-11-21T07:59:50.5Z"),
                            .t_recv = NOW,
                            .t_source = SENSORS_TIME_SERVER,
                            .subject_type = SENSORS_SUBJECT_OBJECT,
                            .severity = SENSORS_NO_SEVERITY,
                            .confidence = 0.8,
                            .lasts_us = LASTS};
    struct outcome out = object("north/events", "new", "bicycle", "null", "false");
    check(&out.event, &wanted);
    struct base_id first = out.event.dedup;
    out = object("north/events", "end", "bicycle", "1795247995", "false");
    wanted.phase = SENSORS_PHASE_END;
    wanted.t_event = time_at("2026-11-21T07:59:55Z");
    wanted.lasts_us = 0;
    check(&out.event, &wanted);
    assert_false(base_id_equal(first, out.event.dedup));
    out = object("frigate/events", "new", "somebody's own word", "null", "false");
    is_text(out.event.device, "yard");
    is_text(out.event.channel, "object");
    is_text(object("a/b/events", "new", "Garbage_Truck", "null", "false").event.channel, "garbage_truck");
    out = object("frigate/events", "new", "car", "null", "true");
    assert_true(out.decoded.ignored && out.decoded.count == 0);
}

static void the_key_is_of_id_type_and_frame(void **state)
{
    (void)state;
    struct outcome first = object("frigate/events", "update", "car", "null", "false");
    struct outcome again = decode_at("frigate/events",
                                     "{\"type\":\"update\",\"after\":{\"id\":\"a-1\",\"camera\":\"yard\","
                                     "\"frame_time\":1795247990.5,\"label\":\"truck\",\"score\":0.1}}",
                                     NOW + 5 * SECOND);
    assert_true(base_id_equal(first.event.dedup, again.event.dedup));
    again = decode("frigate/events", "{\"type\":\"update\",\"after\":{\"id\":\"a-1\",\"camera\":\"yard\","
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
        struct outcome out = decode("frigate/triggers", payload);
        assert_int_equal(out.event.flags, cases[i].flags);
        if (cases[i].confidence < 0) {
            assert_true(isnan(out.event.confidence));
        } else {
            is_near(out.event.confidence, cases[i].confidence);
        }
    }
}

static void a_review_that_rises_begins(void **state)
{
    (void)state;
    int64_t received = time_at("2024-06-21T16:25:40Z");
    struct outcome out = decode_shared("frigate/reviews", "frigate/reviews_update.json", received);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.decoded.redacted, 2);
    check(&out.event, &(struct wanted){.device = "front_cam",
                                       .channel = "alert",
                                       .native_id = "1718987129.308396-fqk5ka",
                                       .kind = SENSORS_KIND_DETECTION,
                                       .phase = SENSORS_PHASE_START,
                                       .t_event = time_at("2024-06-21T16:25:29.308396Z"),
                                       .t_recv = received,
                                       .t_source = SENSORS_TIME_SERVER,
                                       .subject_type = SENSORS_SUBJECT_OBJECT,
                                       .severity = SENSORS_NO_SEVERITY,
                                       .confidence = -1,
                                       .flags = SENSORS_FLAG_REDACTED,
                                       .lasts_us = LASTS});
    says_not(&out, "Bob");
    says_not(&out, "clips");
    static const char before[] =
        "{\"type\":\"update\",\"before\":{\"severity\":\"%s\"},\"after\":{\"id\":\"r\",\"camera\":"
        "\"c\",\"start_time\":1795247990,\"severity\":\"%s\"}}";
    char payload[300];
    snprintf(payload, sizeof payload, before, "alert", "alert");
    out = decode("frigate/reviews", payload);
    assert_int_equal(out.event.phase, SENSORS_PHASE_UPDATE);
    struct base_id alert = out.event.dedup;
    snprintf(payload, sizeof payload, before, "detection", "detection");
    out = decode("frigate/reviews", payload);
    assert_int_equal(out.event.phase, SENSORS_PHASE_UPDATE);
    is_text(out.event.channel, "detection");
    assert_false(base_id_equal(alert, out.event.dedup));
    out = decode("frigate/reviews",
                 "{\"type\":\"end\",\"after\":{\"id\":\"r\",\"camera\":\"c\",\"start_time\":1795247990,"
                 "\"end_time\":1795247999,\"severity\":\"alert\"}}");
    assert_int_equal(out.event.phase, SENSORS_PHASE_END);
    assert_int_equal(out.event.t_event, NOW - SECOND);
    ignored("frigate/reviews", "{\"type\":\"genai\",\"after\":{\"data\":{\"metadata\":{\"title\":\"A man\"}}}}", 1);
}

static void faces_descriptions_and_classes_are_nobodys_business(void **state)
{
    (void)state;
    static const char *const files[] = {"frigate/tracked_object_face.json", "frigate/classification_sub_label.json",
                                        "frigate/classification_attribute.json"};
    for (size_t i = 0; i < BASE_COUNT(files); i++) {
        struct outcome out = decode_shared("frigate/tracked_object_update", files[i], NOW);
        assert_true(out.decoded.ignored && out.decoded.count == 0);
        assert_int_equal(out.decoded.redacted, 1);
    }
    ignored("frigate/tracked_object_update", "{\"type\":\"description\",\"id\":\"a\",\"description\":\"A man\"}", 1);
    ignored("frigate/yard/person/snapshot", "\xff\xd8\xff", 1);
    ignored("frigate/yard/audio/transcription", "what he said", 1);
}

static void a_plate_is_an_access(void **state)
{
    (void)state;
    static const char lpr[] =
        "{\"type\":\"lpr\",\"id\":\"a-1\",\"name\":\"Amy's car\",\"plate\":\"TEST 01\",\"score\":0.95,"
        "\"camera\":\"gate\",\"timestamp\":1795247998}";
    struct outcome out = decode("frigate/tracked_object_update", lpr);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.decoded.redacted, 1);
    check(&out.event, &(struct wanted){.device = "gate",
                                       .subject = "TEST01",
                                       .native_id = "a-1",
                                       .kind = SENSORS_KIND_ACCESS,
                                       .phase = SENSORS_PHASE_PULSE,
                                       .t_event = NOW - 2 * SECOND,
                                       .t_recv = NOW,
                                       .t_source = SENSORS_TIME_SERVER,
                                       .subject_type = SENSORS_SUBJECT_PLATE,
                                       .severity = SENSORS_NO_SEVERITY,
                                       .confidence = 0.95,
                                       .flags = SENSORS_FLAG_REDACTED});
    says_not(&out, "TEST");
    says_not(&out, "Amy");
    out = decode("frigate/tracked_object_update",
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
    AUTO(sensors_memory) memory = sensors_memory_new();
    struct sensors_message message = {
        .topic = base_str_of("frigate/tracked_object_update"),
        .payload =
            base_str_of("{\"type\":\"lpr\",\"id\":\"a\",\"camera\":\"g\",\"plate\":\"T1\",\"timestamp\":1795247998}"),
        .t_recv = NOW,
        .memory = memory};
    assert_int_equal(decode_message(message).decoded.count, 1);
    message.t_recv += 3 * SECOND;
    message.payload =
        base_str_of("{\"type\":\"lpr\",\"id\":\"a\",\"camera\":\"g\",\"plate\":\"T1\",\"timestamp\":1795248001}");
    struct outcome out = decode_message(message);
    assert_int_equal(out.decoded.count, 0);
    assert_int_equal(out.decoded.repeated, 1);
    message.payload =
        base_str_of("{\"type\":\"lpr\",\"id\":\"a\",\"camera\":\"g\",\"plate\":\"T11\",\"timestamp\":1795248001}");
    assert_int_equal(decode_message(message).decoded.count, 1);
}

static void a_trigger_is_dated_by_receipt(void **state)
{
    (void)state;
    struct outcome out = decode_shared("frigate/triggers", "frigate/triggers.json", NOW);
    assert_int_equal(out.decoded.redacted, 0);
    check(&out.event, &(struct wanted){.device = "driveway",
                                       .channel = "trigger",
                                       .native_id = "1751565549.853251-b69j73",
                                       .kind = SENSORS_KIND_DETECTION,
                                       .phase = SENSORS_PHASE_PULSE,
                                       .t_event = NOW,
                                       .t_recv = NOW,
                                       .t_source = SENSORS_TIME_RECEIVED,
                                       .subject_type = SENSORS_SUBJECT_OBJECT,
                                       .severity = SENSORS_NO_SEVERITY,
                                       .confidence = 0.85});
    says_not(&out, "car_trigger");
}

static void motion_is_on_or_off(void **state)
{
    (void)state;
    struct wanted wanted = {.device = "front_door",
                            .channel = "motion",
                            .kind = SENSORS_KIND_DETECTION,
                            .phase = SENSORS_PHASE_START,
                            .t_event = NOW,
                            .t_recv = NOW,
                            .t_source = SENSORS_TIME_RECEIVED,
                            .subject_type = SENSORS_SUBJECT_OBJECT,
                            .measure = "motion",
                            .unit = "1",
                            .value = 1,
                            .severity = SENSORS_NO_SEVERITY,
                            .confidence = -1,
                            .lasts_us = LASTS};
    struct outcome out = decode_shared("frigate/front_door/motion", "frigate/camera_motion.txt", NOW);
    check(&out.event, &wanted);
    wanted.phase = SENSORS_PHASE_END;
    wanted.value = 0;
    wanted.lasts_us = 0;
    out = decode("frigate/front_door/motion", "OFF");
    check(&out.event, &wanted);
    out = decode("frigate/front_door/audio/bark", "ON");
    is_text(out.event.channel, "bark");
    is_text(out.event.device, "front_door");
    assert_int_equal(out.event.measure_count, 0);
}

static void recorder_and_cameras_come_and_go(void **state)
{
    (void)state;
    struct sensors_message message = {
        .topic = base_str_of("frigate/available"), .payload = base_str_of("offline"), .t_recv = NOW, .retained = true};
    struct wanted wanted = {.device = "frigate",
                            .kind = SENSORS_KIND_LIFECYCLE,
                            .phase = SENSORS_PHASE_END,
                            .t_event = NOW,
                            .t_recv = NOW,
                            .t_source = SENSORS_TIME_RECEIVED,
                            .subject_type = SENSORS_SUBJECT_UNIT,
                            .severity = SENSORS_NO_SEVERITY,
                            .confidence = -1,
                            .flags = SENSORS_FLAG_RETAINED | SENSORS_FLAG_REPLAY};
    struct outcome out = decode_message(message);
    check(&out.event, &wanted);
    out = decode("east/nvr/available", "online");
    is_text(out.event.device, "east/nvr");
    assert_int_equal(out.event.phase, SENSORS_PHASE_START);
    out = decode("frigate/yard/status/detect", "offline");
    is_text(out.event.device, "yard");
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
        ignored(topics[i], "3", 0);
    }
    ignored("frigate/available", "", 0);
    ignored("frigate/yard/motion", "", 0);
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    refused("", "{}", SENSORS_REASON_TOPIC);
    refused("events", "{}", SENSORS_REASON_TOPIC);
    refused("/events", "{}", SENSORS_REASON_TOPIC);
    refused("frigate//motion", "ON", SENSORS_REASON_TOPIC);
    refused("frigate/another", "{}", SENSORS_REASON_TOPIC);
    refused("frigate/\xff/motion", "ON", SENSORS_REASON_TOPIC);
    refused("frigate/events", "ON", SENSORS_REASON_NOT_JSON);
    refused("frigate/events", "[]", SENSORS_REASON_NOT_JSON);
    refused("frigate/events", "{\"type\":\"gone\"}", SENSORS_REASON_TYPE);
    refused("frigate/events", "{\"type\":\"new\",\"after\":5}", SENSORS_REASON_FIELD);
    refused("frigate/events", "{\"type\":\"new\",\"after\":{\"id\":\"a\",\"camera\":7}}", SENSORS_REASON_FIELD);
    refused("frigate/events", "{\"type\":\"new\",\"after\":{\"id\":\"a\",\"camera\":\"c\"}}", SENSORS_REASON_FIELD);
    refused("frigate/reviews", "{\"type\":\"new\",\"after\":{\"id\":\"a\",\"camera\":\"c\",\"severity\":\"odd\"}}",
            SENSORS_REASON_FIELD);
    refused("frigate/tracked_object_update", "{\"type\":\"odd\"}", SENSORS_REASON_TYPE);
    refused("frigate/tracked_object_update", "{\"type\":\"lpr\",\"id\":\"a\"}", SENSORS_REASON_FIELD);
    refused("frigate/triggers", "{\"camera\":[],\"event_id\":\"a\"}", SENSORS_REASON_FIELD);
    refused("frigate/yard/motion", "maybe", SENSORS_REASON_FIELD);
    refused("frigate/available", "maybe", SENSORS_REASON_FIELD);
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
        cmocka_unit_test(a_plate_read_again_passed_once),
        cmocka_unit_test(a_trigger_is_dated_by_receipt),
        cmocka_unit_test(motion_is_on_or_off),
        cmocka_unit_test(recorder_and_cameras_come_and_go),
        cmocka_unit_test(settings_counts_and_figures_are_ignored),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };
    cameras_format = "frigate";
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_arena_release(&arena);
    return failed;
}
