/* sensors/decode_sensorthings.c: observations of the standard, what their datastream tells of them, and odd results. */
#include "kit.h"

#define TOPIC "v1.1/Datastreams(1)/Observations"

static void decode(const char *topic, const char *payload)
{
    kit_try(topic, payload);
}

static void the_shared_observation_has_its_time(void **state)
{
    (void)state;
    kit_try_bytes(TOPIC, kit_file("sensorthings/observation.json"), KIT_NOW);
    assert_int_equal(kit.decoded.count, 1);
    kit_is(kit_event(0), "measurement pulse Datastreams(1) unit 2015-02-05T17:00:00Z device value=72 1; flags=late");
}

static void a_misspelt_time_is_none(void **state)
{
    (void)state;
    kit_try_bytes("v1.0/Datastreams(example_id)/Observations", kit_file("sensorthings/observation_typo_time.json"),
                  KIT_NOW);
    assert_int_equal(kit.decoded.count, 1);
    kit_is(kit_event(0), "measurement pulse Datastreams(example_id) unit 2026-11-21T08:00:00Z received value=72 1;");
}

static void an_expanded_datastream_tells_quantity_and_unit(void **state)
{
    (void)state;
    decode(
        "frost/v1.1/Observations",
        "{\"result\":\"68\",\"phenomenonTime\":\"2026-11-21T07:50:00Z/2026-11-21T15:59:00+08:00\",\"resultTime\":null,"
        "\"parameters\":{\"a\":1},\"Datastream\":{\"@iot.id\":7,\"name\":\"Hall of somebody\","
        "\"unitOfMeasurement\":{\"symbol\":\"°F\"},\"ObservedProperty\":{\"name\":\"Air Temperature\"}}}");
    assert_int_equal(kit.decoded.count, 1);
    kit_is(kit_event(0), "measurement pulse Datastreams(7) unit 2026-11-21T07:59:00Z device temperature=20 Cel;");
    decode(TOPIC,
           "{\"result\":5,\"Datastream\":{\"name\":\"revolutions\",\"unitOfMeasurement\":{\"symbol\":\"rpm\"}}}");
    kit_is(kit_event(0), "measurement pulse Datastreams(1) unit 2026-11-21T08:00:00Z received value=5 rpm;");
    decode(TOPIC, "{\"result\":5,\"Datastream\":{\"name\":\"Hall\",\"unitOfMeasurement\":{\"symbol\":\"°C\"}}}");
    kit_is(kit_event(0), "measurement pulse Datastreams(1) unit 2026-11-21T08:00:00Z received temperature=5 Cel;");
    decode("v1.1/Things(3)/Datastreams('a b')/Observations",
           "{\"result\":true,\"resultTime\":\"2026-11-21T07:59:59Z\",\"Datastream\":{\"name\":\"smoke\"}}");
    kit_is(kit_event(0),
           "alarm start Datastreams(a b) unit channel=smoke 2026-11-21T07:59:59Z device smoke=1 1; severity=4");
}

static void a_datastream_that_came_before_is_remembered(void **state)
{
    (void)state;
    kit_remember(state);
    decode("v1.1/Datastreams(1)", "{\"name\":\"humidity\",\"unitOfMeasurement\":{\"symbol\":\"%\"}}");
    assert_true(kit.decoded.ignored);
    decode(TOPIC, "{\"result\":40}");
    kit_is(kit_event(0), "measurement pulse Datastreams(1) unit 2026-11-21T08:00:00Z received humidity=40 %;");
    decode("v1.1/Datastreams(2)/Observations", "{\"result\":false}");
    kit_is(kit_event(0), "measurement pulse Datastreams(2) unit 2026-11-21T08:00:00Z received value=0 1;");
    decode(TOPIC, "{\"result\":400}"); /* no working device */
    assert_true(kit.decoded.ignored);
    kit_forget(state);
}

static void a_point_is_a_position(void **state)
{
    (void)state;
    decode(TOPIC, "{\"result\":{\"type\":\"Point\",\"coordinates\":[121.4,31.02]}}");
    kit_is(kit_event(0),
           "position pulse Datastreams(1) unit 2026-11-21T08:00:00Z received lon=121.4 lat=31.02 pos=gnss");
    decode(TOPIC, "{\"result\":{\"type\":\"Point\",\"coordinates\":[121.4,91]}}");
    kit_was_refused(SENSORS_REASON_POSITION);
}

static void a_key_is_of_topic_time_and_result(void **state)
{
    (void)state;
    decode(TOPIC, "{\"result\":1,\"phenomenonTime\":\"2026-11-21T08:00:00Z\"}");
    struct base_id id = kit_event(0)->dedup;
    decode(TOPIC, "{\"phenomenonTime\":\"2026-11-21T16:00:00+08:00\",\"result\":1.0,\"parameters\":{}}");
    assert_true(base_id_equal(id, kit_event(0)->dedup));
    decode(TOPIC, "{\"result\":2,\"phenomenonTime\":\"2026-11-21T08:00:00Z\"}");
    assert_false(base_id_equal(id, kit_event(0)->dedup));
    decode("v1.1/Datastreams(2)/Observations", "{\"result\":1,\"phenomenonTime\":\"2026-11-21T08:00:00Z\"}");
    assert_false(base_id_equal(id, kit_event(0)->dedup));
}

static void words_and_other_entities_are_ignored(void **state)
{
    (void)state;
    decode(TOPIC, "{\"result\":\"Machine Room\"}");
    assert_true(kit.decoded.ignored);
    assert_int_equal(kit.decoded.redacted, 1);
    decode("v1.1/Things(1)", "{\"name\":\"x\"}");
    assert_true(kit.decoded.ignored);
    decode(TOPIC, "");
    assert_true(kit.decoded.ignored);
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
        decode(cases[i].topic, cases[i].payload);
        kit_was_refused(cases[i].reason);
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
    return kit_run("sensorthings", tests);
}
