/* sensors/decode_sensorthings.c: observations of the standard, what their datastream tells of them, and odd results. */
#include "standard.h"

#define TOPIC "v1.1/Datastreams(1)/Observations"

static struct outcome decode(const char *topic, const char *payload)
{
    return decode_at("sensorthings", topic, base_str_of(payload), NOW);
}

static void the_shared_observation_has_its_time(void **state)
{
    (void)state;
    struct outcome out = decode_at("sensorthings", TOPIC, shared_file("sensorthings/observation.json"), NOW);
    assert_int_equal(out.decoded.count, 1);
    shows(event_at(&out, 0),
          "measurement pulse 2015-02-05T17:00:00Z device unit device:Datastreams(1) value=72[1] +late");
}

static void a_misspelt_time_is_none(void **state)
{
    (void)state;
    struct outcome out = decode_at("sensorthings", "v1.0/Datastreams(example_id)/Observations",
                                   shared_file("sensorthings/observation_typo_time.json"), NOW);
    assert_int_equal(out.decoded.count, 1);
    shows(event_at(&out, 0),
          "measurement pulse 2026-11-21T08:00:00Z received unit device:Datastreams(example_id) value=72[1]");
}

static void an_expanded_datastream_tells_quantity_and_unit(void **state)
{
    (void)state;
    struct outcome out = decode(
        "frost/v1.1/Observations",
        "{\"result\":\"68\",\"phenomenonTime\":\"2026-11-21T07:50:00Z/2026-11-21T15:59:00+08:00\",\"resultTime\":null,"
        "\"parameters\":{\"a\":1},\"Datastream\":{\"@iot.id\":7,\"name\":\"Hall of somebody\","
        "\"unitOfMeasurement\":{\"symbol\":\"°F\"},\"ObservedProperty\":{\"name\":\"Air Temperature\"}}}");
    assert_int_equal(out.decoded.count, 1);
    shows(event_at(&out, 0),
          "measurement pulse 2026-11-21T07:59:00Z device unit device:Datastreams(7) temperature=20[Cel]");
    out = decode(TOPIC,
                 "{\"result\":5,\"Datastream\":{\"name\":\"revolutions\",\"unitOfMeasurement\":{\"symbol\":\"rpm\"}}}");
    shows(event_at(&out, 0), "measurement pulse 2026-11-21T08:00:00Z received unit device:Datastreams(1) value=5[rpm]");
    out = decode(TOPIC, "{\"result\":5,\"Datastream\":{\"name\":\"Hall\",\"unitOfMeasurement\":{\"symbol\":\"°C\"}}}");
    shows(event_at(&out, 0),
          "measurement pulse 2026-11-21T08:00:00Z received unit device:Datastreams(1) temperature=5[Cel]");
    out = decode("v1.1/Things(3)/Datastreams('a b')/Observations",
                 "{\"result\":true,\"resultTime\":\"2026-11-21T07:59:59Z\",\"Datastream\":{\"name\":\"smoke\"}}");
    shows(event_at(&out, 0), "alarm start 2026-11-21T07:59:59Z device unit device:Datastreams(a b) channel:smoke "
                             "smoke=1[1] severity=4");
}

static void a_datastream_that_came_before_is_remembered(void **state)
{
    (void)state;
    memory = sensors_memory_new();
    struct outcome out =
        decode("v1.1/Datastreams(1)", "{\"name\":\"humidity\",\"unitOfMeasurement\":{\"symbol\":\"%\"}}");
    assert_true(out.decoded.ignored);
    out = decode(TOPIC, "{\"result\":40}");
    shows(event_at(&out, 0),
          "measurement pulse 2026-11-21T08:00:00Z received unit device:Datastreams(1) humidity=40[%]");
    out = decode("v1.1/Datastreams(2)/Observations", "{\"result\":false}");
    shows(event_at(&out, 0), "measurement pulse 2026-11-21T08:00:00Z received unit device:Datastreams(2) value=0[1]");
    out = decode(TOPIC, "{\"result\":400}"); /* no working device */
    assert_true(out.decoded.ignored);
    sensors_memory_free(memory);
    memory = NULL;
}

static void a_point_is_a_position(void **state)
{
    (void)state;
    struct outcome out = decode(TOPIC, "{\"result\":{\"type\":\"Point\",\"coordinates\":[121.4,31.02]}}");
    shows(event_at(&out, 0), "position pulse 2026-11-21T08:00:00Z received unit device:Datastreams(1) at:gnss "
                             "lon=121.4 lat=31.02");
    refused(decode(TOPIC, "{\"result\":{\"type\":\"Point\",\"coordinates\":[121.4,91]}}"), SENSORS_REASON_POSITION);
}

static void a_key_is_of_topic_time_and_result(void **state)
{
    (void)state;
    struct outcome out = decode(TOPIC, "{\"result\":1,\"phenomenonTime\":\"2026-11-21T08:00:00Z\"}");
    struct base_id id = event_at(&out, 0)->dedup;
    out = decode(TOPIC, "{\"phenomenonTime\":\"2026-11-21T16:00:00+08:00\",\"result\":1.0,\"parameters\":{}}");
    assert_true(base_id_equal(id, event_at(&out, 0)->dedup));
    out = decode(TOPIC, "{\"result\":2,\"phenomenonTime\":\"2026-11-21T08:00:00Z\"}");
    assert_false(base_id_equal(id, event_at(&out, 0)->dedup));
    out = decode("v1.1/Datastreams(2)/Observations", "{\"result\":1,\"phenomenonTime\":\"2026-11-21T08:00:00Z\"}");
    assert_false(base_id_equal(id, event_at(&out, 0)->dedup));
}

static void words_and_other_entities_are_ignored(void **state)
{
    (void)state;
    struct outcome out = decode(TOPIC, "{\"result\":\"Machine Room\"}");
    assert_true(out.decoded.ignored);
    assert_int_equal(out.decoded.redacted, 1);
    out = decode("v1.1/Things(1)", "{\"name\":\"x\"}");
    assert_true(out.decoded.ignored);
    out = decode(TOPIC, "");
    assert_true(out.decoded.ignored);
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload;
        enum sensors_reason reason;
    } cases[] = {
        {"", "{\"result\":1}", SENSORS_REASON_TOPIC},
        {"sensors/1", "{\"result\":1}", SENSORS_REASON_TOPIC},
        {TOPIC, "{\"value\":1}", SENSORS_REASON_FIELD},
        {TOPIC, "{\"result\":null}", SENSORS_REASON_FIELD},
        {TOPIC, "{\"result\":[1,2]}", SENSORS_REASON_FIELD},
        {TOPIC, "{\"result\":{\"a\":1}}", SENSORS_REASON_FIELD},
        {TOPIC, "72", SENSORS_REASON_NOT_JSON},
        {TOPIC, "[{\"result\":1}]", SENSORS_REASON_NOT_JSON},
        {"v1.1/Observations", "{\"result\":1}", SENSORS_REASON_DEVICE},
        {"v1.1/Observations", "{\"result\":1,\"Datastream\":5}", SENSORS_REASON_DEVICE},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        refused(decode(cases[i].topic, cases[i].payload), cases[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shared_observation_has_its_time),
        cmocka_unit_test(a_misspelt_time_is_none),
        cmocka_unit_test(an_expanded_datastream_tells_quantity_and_unit),
        cmocka_unit_test(a_datastream_that_came_before_is_remembered),
        cmocka_unit_test(a_point_is_a_position),
        cmocka_unit_test(a_key_is_of_topic_time_and_result),
        cmocka_unit_test(words_and_other_entities_are_ignored),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };
    return run_standard(tests, BASE_COUNT(tests));
}
