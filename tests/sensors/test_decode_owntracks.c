/* sensors/decode_owntracks.c: the shared payloads and awkward ones of our own; what is repaired, refused, dropped. */
#include "kit.h"

static struct kit_outcome decode(const char *payload)
{
    return kit_try("owntracks/amy/phone", payload);
}

static struct kit_outcome decode_bytes(const char *bytes, size_t len)
{
    return kit_try_bytes("owntracks/amy/phone", (struct base_str){bytes, len}, KIT_NOW);
}

static struct kit_outcome decode_file(const char *name, int64_t t_recv)
{
    char path[200];
    snprintf(path, sizeof path, "owntracks/%s", name);
    return kit_try_file("owntracks/amy/phone", path, t_recv);
}

static void a_location_has_every_field_in_si_units(void **state)
{
    (void)state;
    struct kit_outcome out =
        decode("{\"_type\":\"location\",\"lat\":31.02,\"lon\":121.4,\"tst\":1795247990,\"acc\":7,\"alt\":12,"
               "\"vel\":36,\"cog\":270,\"batt\":63,\"p\":100.734,\"vac\":-1}");
    assert_int_equal(out.err, BASE_OK);
    assert_int_equal(out.decoded.count, 1);
    assert_int_equal(out.event.kind, SENSORS_KIND_POSITION);
    assert_int_equal(out.event.t_event, KIT_NOW - 10 * KIT_SECOND);
    assert_int_equal(out.event.t_source, SENSORS_TIME_DEVICE);
    kit_near(out.event.lon, 121.4);
    kit_near(out.event.lat, 31.02);
    kit_near(out.event.acc_m, 7);
    kit_near(out.event.alt_m, 12);
    kit_near(out.event.speed_mps, 10);
    kit_near(out.event.course_deg, 270);
    kit_near(sensors_event_value(&out.event, "battery"), 63);
    kit_near(sensors_event_value(&out.event, "pressure"), 100734);
    assert_int_equal(out.event.pos_source, SENSORS_POSITION_GNSS);
    assert_int_equal(out.event.subject_type, SENSORS_SUBJECT_GUARD);
    assert_int_equal(out.event.flags, 0);
    assert_true(base_str_is(out.event.device, "amy/phone"));
}

static void missing_fields_are_unknown_not_zero(void **state)
{
    (void)state;
    struct kit_outcome out = decode("{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":1795247990}");
    assert_int_equal(out.err, BASE_OK);
    assert_true(isnan(out.event.acc_m) && isnan(out.event.alt_m) && isnan(out.event.speed_mps) &&
                isnan(out.event.course_deg));
    assert_int_equal(out.event.measure_count, 0);
}

static void impossible_fields_are_sentinels(void **state)
{
    (void)state;
    struct kit_outcome out =
        decode("{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":1795247990,\"vel\":-1,\"cog\":-1,"
               "\"acc\":-1,\"batt\":255}");
    assert_int_equal(out.event.flags, SENSORS_FLAG_SENTINEL);
    assert_true(isnan(out.event.speed_mps) && isnan(out.event.course_deg) && isnan(out.event.acc_m));
    assert_int_equal(out.event.measure_count, 0);
}

static void numbers_may_be_strings(void **state)
{
    (void)state;
    struct kit_outcome text = decode_file("issue_ios85_dup_1.json", KIT_NOW);
    assert_int_equal(text.err, BASE_OK);
    kit_near(text.event.lat, 45.6821);
    kit_near(text.event.lon, 11.9612);
    kit_near(text.event.acc_m, 5);
    assert_int_equal(text.event.t_event, 1409552642 * KIT_SECOND);
    kit_near(sensors_event_value(&text.event, "battery"), 95);
    struct kit_outcome number = decode("{\"_type\":\"location\",\"lat\":45.6821,\"lon\":11.9612,\"tst\":1409552642}");
    assert_true(base_id_equal(text.event.dedup, number.event.dedup));
}

static void a_copy_that_lost_or_gained_members_is_the_same_event(void **state)
{
    (void)state;
    struct kit_outcome first =
        decode("{\"_type\":\"location\",\"lat\":0.1,\"lon\":0.1,\"tst\":1709970594,\"p\":100.7,\"t\":\"p\"}");
    struct kit_outcome second = decode_file("issue_ios785_redelivery.json", KIT_NOW);
    struct kit_outcome later = decode("{\"_type\":\"location\",\"lat\":0.1,\"lon\":0.1,\"tst\":1709970595}");
    assert_true(base_id_equal(first.event.dedup, second.event.dedup));
    assert_false(base_id_equal(first.event.dedup, later.event.dedup));
}

static void the_key_does_not_know_when_it_was_received(void **state)
{
    (void)state;
    const char *payload = "{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":1795247990}";
    struct kit_outcome a = kit_try("owntracks/amy/phone", payload);
    struct kit_outcome b = kit_try_at("owntracks/amy/phone", payload, KIT_NOW + 86400 * KIT_SECOND);
    struct kit_outcome c = kit_try("owntracks/bob/phone", payload);
    assert_true(base_id_equal(a.event.dedup, b.event.dedup));
    assert_false(base_id_equal(a.event.dedup, c.event.dedup));
}

static void gps_week_rollover_is_repaired(void **state)
{
    (void)state;
    struct kit_outcome out = decode_file("issue_android1431_gps_week_rollover.json", 1687453745 * KIT_SECOND);
    assert_int_equal(out.err, BASE_OK);
    assert_int_equal(out.event.t_event, (1068138065 + 1024 * 7 * 86400) * KIT_SECOND);
    assert_int_equal(out.event.t_source, SENSORS_TIME_REPAIRED);
    assert_int_equal(out.event.flags, SENSORS_FLAG_TIME_REPAIRED | SENSORS_FLAG_LATE);
    /* and without created_at, against receipt */
    out = decode("{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":1175932790}");
    assert_int_equal(out.event.t_event, KIT_NOW - 10 * KIT_SECOND);
    assert_int_equal(out.event.flags, SENSORS_FLAG_TIME_REPAIRED);
}

static void a_clock_that_is_no_clock_gives_way_to_receipt(void **state)
{
    (void)state;
    struct kit_outcome epoch = decode("{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":17}");
    assert_int_equal(epoch.event.t_event, KIT_NOW);
    assert_int_equal(epoch.event.t_source, SENSORS_TIME_RECEIVED);
    assert_int_equal(epoch.event.flags, SENSORS_FLAG_TIME_REPAIRED);
    struct kit_outcome ahead = decode("{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":1795248301}");
    assert_int_equal(ahead.event.t_event, KIT_NOW);
    assert_int_equal(ahead.event.flags, SENSORS_FLAG_TIME_REPAIRED | SENSORS_FLAG_CLOCK_AHEAD);
    struct kit_outcome little = decode("{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":1795248300}");
    assert_int_equal(little.event.t_event, KIT_NOW + 300 * KIT_SECOND);
    assert_int_equal(little.event.flags, 0);
    struct kit_outcome none = decode("{\"_type\":\"location\",\"lat\":31,\"lon\":121}");
    assert_int_equal(none.event.t_event, KIT_NOW);
    assert_int_equal(none.event.t_source, SENSORS_TIME_RECEIVED);
}

static void times_come_as_text_and_in_every_scale(void **state)
{
    (void)state;
    static const char *const tsts[] = {"1795247990",
                                       "\"1795247990\"",
                                       "1795247990000",
                                       "1795247990.0",
                                       "\"2026-11-21T07:59:50Z\"",
                                       "\"2026-11-21T15:59:50+08:00\"",
                                       "\"2026-11-21T15:59:50+0800\"",
                                       "\"2026-11-21 07:59:50\""};
    for (size_t i = 0; i < BASE_COUNT(tsts); i++) {
        char payload[200];
        snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":%s}", tsts[i]);
        struct kit_outcome out = decode(payload);
        if (out.err || out.event.t_event != KIT_NOW - 10 * KIT_SECOND) {
            fail_msg("%s", tsts[i]);
        }
    }
}

static void late_is_by_receipt(void **state)
{
    (void)state;
    struct kit_outcome out = decode_file("location_created_at_late.json", 1736161415 * KIT_SECOND);
    assert_int_equal(out.event.flags, SENSORS_FLAG_LATE);
    assert_int_equal(out.event.t_event, 1736161169 * KIT_SECOND);
}

static void greenwich_csv_is_a_location(void **state)
{
    (void)state;
    struct kit_outcome out = decode_file("csv_greenwich.txt", KIT_NOW);
    assert_int_equal(out.err, BASE_OK);
    kit_near(out.event.lat, 30.365854);
    kit_near(out.event.lon, 7.575769);
    kit_near(out.event.course_deg, 260);
    kit_near(out.event.speed_mps, 4 / 3.6);
    kit_near(out.event.alt_m, 70);
    assert_int_equal(out.event.t_event, INT64_C(0x542A46AA) * KIT_SECOND);
    struct kit_outcome south = decode("X0,542A46AA,k,-30365854,-7575769,26,4,7,5,872");
    kit_near(south.event.lat, -30.365854);
}

static void every_shared_payload_decodes_or_says_why(void **state)
{
    (void)state;
    static const char *const names[] = {"location_android.json", "location_minimal.json",  "location_ios_user.json",
                                        "location_min2.json",    "issue_ios85_dup_2.json", "lwt.json"};
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        struct kit_outcome out = decode_file(names[i], KIT_NOW);
        if (out.err || out.decoded.count != 1) {
            fail_msg("%s: %s", names[i], kit.diag.text);
        }
    }
    struct kit_outcome out = decode_file("encrypted.json", KIT_NOW);
    assert_int_equal(out.err, BASE_UNSUPPORTED);
    assert_string_equal(sensors_reason_text(out.decoded.reason), "encrypted message without a key");
}

/* Made with libsodium's crypto_secretbox_easy, key "s3cr3t", nonce 0, 1 ... 23. */
static void a_secret_opens_encrypted_messages(void **state)
{
    (void)state;
    static const char location[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXXQNnsfqD6Pn1PqZ6R+H5goeYDKsnpNqNrHoBXiT16R+tcxqL"
                                   "A8IEQ6QmaKxBfJhECDZaXBFGvKG/ck1y1ojjnBddiW8OWjBIrMJQZrPb8ED+YjpXCls=";
    static const char twice[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX/ZFNG0leYdY4vmH5xIvwhoeYDKsnpNqNrHoIXyTm5Aa2eFyF"
                                "DYwBVvJ9eadPH7VqJzYd";
    static const char word[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXYjqIirmjOPWGVWaHzcQ2E5PUP7YwsQ==";
    static const struct {
        const char *secret, *box;
        enum sensors_reason reason;
    } cases[] = {
        {"s3cr3t", location, SENSORS_REASON_NONE},  {"", location, SENSORS_REASON_ENCRYPTED},
        {"other", location, SENSORS_REASON_SECRET}, {"s3cr3t", "1Vu7Owp ... pejYpzrQ", SENSORS_REASON_SECRET},
        {"s3cr3t", twice, SENSORS_REASON_TYPE},     {"s3cr3t", word, SENSORS_REASON_NOT_JSON},
        {"s3cr3t", "", SENSORS_REASON_FIELD},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        char payload[500];
        snprintf(payload, sizeof payload, "{\"_type\":\"encrypted\",\"data\":\"%s\"}", cases[i].box);
        kit.secret = cases[i].secret;
        struct kit_outcome out = decode(payload);
        kit.secret = NULL;
        if (out.decoded.reason != cases[i].reason || (out.err != BASE_OK) != (out.decoded.count == 0)) {
            fail_msg("%zu: %s", i, sensors_reason_text(out.decoded.reason));
        }
        if (!out.err) {
            struct kit_outcome clear = decode("{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":1795247990}");
            assert_true(base_id_equal(clear.event.dedup, out.event.dedup));
            assert_int_equal(out.decoded.redacted, 1);
        }
    }
}

static void a_will_is_dated_by_receipt_and_keyed_by_its_session(void **state)
{
    (void)state;
    struct kit_outcome a = decode("{\"_type\":\"lwt\",\"tst\":1795240000}");
    struct kit_outcome b = decode("{\"_type\":\"lwt\",\"tst\":1795240001}");
    assert_int_equal(a.event.kind, SENSORS_KIND_LIFECYCLE);
    assert_int_equal(a.event.phase, SENSORS_PHASE_END);
    assert_int_equal(a.event.t_event, KIT_NOW);
    assert_int_equal(a.event.t_source, SENSORS_TIME_RECEIVED);
    assert_false(base_id_equal(a.event.dedup, b.event.dedup));
}

static void a_transition_keeps_the_region_and_drops_its_name(void **state)
{
    (void)state;
    struct kit_outcome out =
        kit_try("owntracks/amy/phone/event",
                "{\"_type\":\"transition\",\"event\":\"leave\",\"desc\":\"home\",\"rid\":\"7f\",\"tst\":"
                "1795247990,\"wtst\":1,\"lat\":31,\"lon\":121,\"acc\":5}");
    assert_int_equal(out.err, BASE_OK);
    assert_int_equal(out.event.kind, SENSORS_KIND_TRANSITION);
    assert_int_equal(out.event.phase, SENSORS_PHASE_END);
    assert_int_equal(out.event.t_event, KIT_NOW - 10 * KIT_SECOND);
    assert_true(base_str_is(out.event.native_id, "7f"));
    assert_int_equal(out.decoded.redacted, 1);
    assert_int_equal(out.event.flags, SENSORS_FLAG_REDACTED);
}

static void a_long_region_is_cut_between_characters(void **state)
{
    (void)state;
    char payload[600], rid[400] = "x";
    for (size_t i = 0; i < 50; i++) {
        memcpy(rid + 1 + i * 3, "家", 4);
    }
    snprintf(payload, sizeof payload,
             "{\"_type\":\"transition\",\"event\":\"enter\",\"rid\":\"%s\",\"tst\":1795247990}", rid);
    struct kit_outcome out = kit_try("owntracks/amy/phone/event", payload);
    assert_int_equal(out.err, BASE_OK);
    assert_int_equal(out.event.native_id.len, 127); /* 1 + 42 * 3: the next would pass SENSORS_NATIVE_MAX */
    assert_true(base_str_utf8(out.event.native_id));
}

static void what_names_a_person_is_dropped_and_counted(void **state)
{
    (void)state;
    struct kit_outcome card =
        kit_try("owntracks/amy/phone/info", "{\"_type\":\"card\",\"name\":\"Amy\",\"face\":\"aGk=\"}");
    assert_int_equal(card.err, BASE_OK);
    assert_true(card.decoded.ignored);
    assert_int_equal(card.decoded.count, 0);
    assert_int_equal(card.decoded.redacted, 2);
    struct kit_outcome wifi =
        decode("{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":1795247990,\"SSID\":\"amy\",\"BSSID\":"
               "\"a\",\"inregions\":[\"home\"],\"poi\":\"x\",\"image\":\"y\"}");
    assert_int_equal(wifi.decoded.redacted, 5);
    assert_int_equal(wifi.event.flags, SENSORS_FLAG_REDACTED);
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 4096);
    struct base_json_out out = base_json_out_of(&text);
    sensors_event_out(&wifi.event, &(struct sensors_event_label){.source = {NULL, 0}}, &out);
    assert_null(strstr(base_buf_cstr(&text), "amy"));
    assert_null(strstr(base_buf_cstr(&text), "home"));
}

static void settings_commands_and_steps_are_ignored(void **state)
{
    (void)state;
    static const char *const types[] = {"steps", "status", "cmd", "dump", "configuration", "request"};
    for (size_t i = 0; i < BASE_COUNT(types); i++) {
        char payload[64];
        snprintf(payload, sizeof payload, "{\"_type\":\"%s\"}", types[i]);
        struct kit_outcome out = decode(payload);
        assert_int_equal(out.err, BASE_OK);
        assert_true(out.decoded.ignored);
    }
    assert_true(decode_bytes("", 0).decoded.ignored);
}

static void waypoints_give_an_event_each(void **state)
{
    (void)state;
    struct kit_outcome out =
        decode("{\"_type\":\"waypoints\",\"waypoints\":[{\"_type\":\"waypoint\",\"desc\":\"a\",\"tst\":"
               "1795247990,\"lat\":31,\"lon\":121},{\"desc\":\"b\",\"tst\":1795247991,\"rid\":\"r2\"}]}");
    assert_int_equal(out.err, BASE_OK);
    assert_int_equal(out.decoded.count, 2);
    assert_int_equal(out.decoded.redacted, 2);
    assert_true(isnan(out.event.lon));
    assert_true(base_str_is(out.decoded.events[1].native_id, "r2"));
}

static void a_beacon_is_a_detection(void **state)
{
    (void)state;
    struct kit_outcome out = kit_try("owntracks/amy/phone/beacon",
                                     "{\"_type\":\"beacon\",\"uuid\":\"CA27\",\"major\":1,\"minor\":2,\"rssi\":"
                                     "-60,\"acc\":1.5,\"tst\":1795247990}");
    assert_int_equal(out.err, BASE_OK);
    assert_int_equal(out.event.kind, SENSORS_KIND_DETECTION);
    assert_true(base_str_is(out.event.native_id, "CA27:1:2"));
    kit_near(sensors_event_value(&out.event, "rssi"), -60);
    kit_near(sensors_event_value(&out.event, "distance"), 1.5);
}

static void null_island_has_no_position(void **state)
{
    (void)state;
    struct kit_outcome out = decode("{\"_type\":\"location\",\"lat\":0,\"lon\":0.0,\"tst\":1795247990}");
    assert_int_equal(out.err, BASE_OK);
    assert_true(isnan(out.event.lon) && isnan(out.event.lat));
    assert_int_equal(out.event.flags, SENSORS_FLAG_NULL_ISLAND | SENSORS_FLAG_PARTIAL);
}

static void bad_input_has_a_reason_that_quotes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload;
        enum sensors_reason reason;
    } cases[] = {
        {"owntracks/amy/phone", "{\"_type\":\"location\",\"lat\":91,\"lon\":121,\"tst\":1}", SENSORS_REASON_POSITION},
        {"owntracks/amy/phone", "{\"_type\":\"location\",\"lat\":31,\"lon\":-180.1}", SENSORS_REASON_POSITION},
        {"owntracks/amy/phone", "{\"_type\":\"location\",\"lat\":\"north\",\"lon\":1}", SENSORS_REASON_FIELD},
        {"owntracks/amy/phone", "{\"_type\":\"location\"}", SENSORS_REASON_FIELD},
        {"owntracks/amy/phone", "{\"_type\":\"teapot\"}", SENSORS_REASON_TYPE},
        {"owntracks/amy/phone", "{\"lat\":1}", SENSORS_REASON_TYPE},
        {"owntracks/amy/phone", "{\"_type\":\"transition\",\"event\":\"jump\"}", SENSORS_REASON_FIELD},
        {"owntracks/amy/phone", "{\"_type\":\"waypoints\"}", SENSORS_REASON_FIELD},
        {"owntracks/amy/phone", "[1]", SENSORS_REASON_NOT_JSON},
        {"owntracks/amy/phone", "ON", SENSORS_REASON_NOT_JSON},
        {"owntracks/amy/phone", "{\"_type\":\"location\",\"lat\":1,\"lat\":2}", SENSORS_REASON_NOT_JSON},
        {"owntracks/amy/phone", "X0,542A46AA,k,91000000,0,26,4,7,5,872", SENSORS_REASON_POSITION},
        {"owntracks/amy/phone", "X0,xyz,k,1,0,26,4,7,5,872", SENSORS_REASON_NOT_JSON},
        {"owntracks/amy/phone", "\xff\xfe{\"_type\":1}", SENSORS_REASON_NOT_UTF8},
        {"owntracks/amy/phone", "{\"_type\":\"loc\xc3\x28\"}", SENSORS_REASON_NOT_UTF8},
        {"owntracks/amy", "{\"_type\":\"location\",\"lat\":1,\"lon\":1}", SENSORS_REASON_TOPIC},
        {"owntracks/amy/phone/teapot", "{}", SENSORS_REASON_TOPIC},
        {"owntracks/amy/phone/event/more", "{}", SENSORS_REASON_TOPIC},
        {"owntracks//phone", "{}", SENSORS_REASON_TOPIC},
        {"frigate", "{}", SENSORS_REASON_TOPIC},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct kit_outcome out = kit_try(cases[i].topic, cases[i].payload);
        if (!out.err || out.decoded.reason != cases[i].reason || out.decoded.count) {
            fail_msg("%s %s: %s", cases[i].topic, cases[i].payload, sensors_reason_text(out.decoded.reason));
        }
        assert_null(strstr(sensors_reason_text(out.decoded.reason), "amy"));
        assert_true(kit.diag.text[0] != '\0');
    }
}

static void huge_and_deep_messages_meet_limits(void **state)
{
    (void)state;
    static char huge[SENSORS_PAYLOAD_MAX + 1];
    memset(huge, ' ', sizeof huge);
    memcpy(huge, "{\"_type\":\"location\"", 19);
    huge[sizeof huge - 1] = '}';
    struct kit_outcome out = decode_bytes(huge, sizeof huge);
    assert_int_equal(out.err, BASE_LIMIT);
    assert_int_equal(out.decoded.reason, SENSORS_REASON_TOO_LARGE);
    memset(huge, '[', 1000);
    out = decode_bytes(huge, 1000);
    assert_int_equal(out.decoded.reason, SENSORS_REASON_TOO_DEEP);
    size_t len = (size_t)snprintf(huge, sizeof huge, "{\"_type\":\"waypoints\",\"waypoints\":[1");
    for (int i = 0; i < 5000; i++) {
        len += (size_t)snprintf(huge + len, sizeof huge - len, ",1");
    }
    len += (size_t)snprintf(huge + len, sizeof huge - len, "]}");
    out = decode_bytes(huge, len);
    assert_int_equal(out.decoded.reason, SENSORS_REASON_TOO_MANY);
}

static void topics_may_have_another_root(void **state)
{
    (void)state;
    const char *payload = "{\"_type\":\"location\",\"lat\":31,\"lon\":121,\"tst\":1795247990}";
    struct kit_outcome site = kit_try("guards/amy/phone", payload);
    struct kit_outcome deep = kit_try("city/site/owntracks/amy/phone", payload);
    assert_true(base_str_is(site.event.device, "amy/phone"));
    assert_true(base_str_is(deep.event.device, "amy/phone"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_location_has_every_field_in_si_units),
        cmocka_unit_test(missing_fields_are_unknown_not_zero),
        cmocka_unit_test(impossible_fields_are_sentinels),
        cmocka_unit_test(numbers_may_be_strings),
        cmocka_unit_test(a_copy_that_lost_or_gained_members_is_the_same_event),
        cmocka_unit_test(the_key_does_not_know_when_it_was_received),
        cmocka_unit_test(gps_week_rollover_is_repaired),
        cmocka_unit_test(a_clock_that_is_no_clock_gives_way_to_receipt),
        cmocka_unit_test(times_come_as_text_and_in_every_scale),
        cmocka_unit_test(late_is_by_receipt),
        cmocka_unit_test(greenwich_csv_is_a_location),
        cmocka_unit_test(every_shared_payload_decodes_or_says_why),
        cmocka_unit_test(a_secret_opens_encrypted_messages),
        cmocka_unit_test(a_will_is_dated_by_receipt_and_keyed_by_its_session),
        cmocka_unit_test(a_transition_keeps_the_region_and_drops_its_name),
        cmocka_unit_test(a_long_region_is_cut_between_characters),
        cmocka_unit_test(what_names_a_person_is_dropped_and_counted),
        cmocka_unit_test(settings_commands_and_steps_are_ignored),
        cmocka_unit_test(waypoints_give_an_event_each),
        cmocka_unit_test(a_beacon_is_a_detection),
        cmocka_unit_test(null_island_has_no_position),
        cmocka_unit_test(bad_input_has_a_reason_that_quotes_nothing),
        cmocka_unit_test(huge_and_deep_messages_meet_limits),
        cmocka_unit_test(topics_may_have_another_root),
    };
    return kit_run("owntracks", tests);
}
