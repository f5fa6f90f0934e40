/* sensors/decode_cloudevents.c: the envelope, what data may say, batches, and envelopes that are not there. */
#include "kit.h"

#define HEAD "\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/hall/1\",\"type\":\"org.reading\""

static void decode(const char *payload)
{
    kit_try("mytopic", payload);
}

static void without_data_it_is_a_state(void **state)
{
    (void)state;
    kit_try_bytes("mytopic", kit_file("cloudevents/structured.json"), KIT_NOW);
    assert_int_equal(kit.decoded.count, 1);
    kit_is(kit_event(0), "state pulse /mycontext/subcontext unit channel=com.example.someevent 2018-04-05T03:56:24Z "
                         "device native=1234-1234-1234 flags=late");
    kit_try_bytes("mytopic", kit_file("cloudevents/structured_spec_invalid.json"), KIT_NOW);
    kit_was_refused(SENSORS_REASON_NOT_JSON);
}

static void readings_in_data_are_measured(void **state)
{
    (void)state;
    decode("{" HEAD ",\"time\":\"2026-11-21T15:59:50+08:00\",\"data\":{\"temperature\":\"21.5\",\"humidity\":{"
           "\"value\":40,\"unit\":\"%RH\"},\"smoke\":true,\"rpm\":900,\"mode\":\"eco\",\"name\":\"x\"}}");
    assert_int_equal(kit.decoded.count, 2);
    assert_int_equal(kit.decoded.redacted, 1);
    kit_is(kit_event(0), "alarm start /hall/1 unit channel=smoke 2026-11-21T07:59:50Z device smoke=1 1; severity=4 "
                         "native=e-1 flags=redacted");
    kit_is(kit_event(1), "measurement pulse /hall/1 unit 2026-11-21T07:59:50Z device temperature=21.5 Cel; humidity=40 "
                         "%; rpm=900 1; native=e-1 flags=redacted");
    assert_false(base_id_equal(kit_event(0)->dedup, kit_event(1)->dedup));
}

static void a_place_is_a_position(void **state)
{
    (void)state;
    decode("{" HEAD ",\"data\":{\"lat\":31.02,\"lng\":121.4,\"alt\":5,\"battery\":80,\"temperature\":3}}");
    assert_int_equal(kit.decoded.count, 2);
    kit_is(kit_event(0), "position pulse /hall/1 unit 2026-11-21T08:00:00Z received lon=121.4 lat=31.02 alt=5 pos=gnss "
                         "battery=80 %; native=e-1");
    kit_is(kit_event(1), "measurement pulse /hall/1 unit 2026-11-21T08:00:00Z received lon=121.4 lat=31.02 alt=5 "
                         "pos=gnss temperature=3 Cel; native=e-1");
    decode("{" HEAD ",\"data\":{\"lat\":31.02,\"temperature\":9000}}");
    kit_is(
        kit_event(0),
        "state pulse /hall/1 unit channel=org.reading 2026-11-21T08:00:00Z received native=e-1 flags=sentinel,partial");
}

static void a_batch_is_its_events(void **state)
{
    (void)state;
    decode("[{" HEAD "},{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"b\",\"type\":\"t\",\"data\":[1]}]");
    assert_int_equal(kit.decoded.count, 2);
    kit_is(kit_event(0), "state pulse /hall/1 unit channel=org.reading 2026-11-21T08:00:00Z received native=e-1");
    kit_is(kit_event(1), "state pulse b unit channel=t 2026-11-21T08:00:00Z received native=e-1");
    assert_false(base_id_equal(kit_event(0)->dedup, kit_event(1)->dedup));
    decode("[]");
    assert_true(kit.decoded.ignored);
}

static void a_key_is_of_source_and_id(void **state)
{
    (void)state;
    decode("{" HEAD ",\"time\":\"2026-11-21T07:00:00Z\",\"data\":{\"co2\":400}}");
    struct base_id id = kit_event(0)->dedup;
    decode("{" HEAD ",\"time\":\"2026-11-21T07:30:00Z\",\"data\":{\"co2\":500}}");
    assert_true(base_id_equal(id, kit_event(0)->dedup));
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        enum sensors_reason reason;
    } cases[] = {
        {"{\"temperature\":21}", SENSORS_REASON_FIELD}, /* binary mode: the envelope is elsewhere */
        {"{\"specversion\":\"1.0\",\"id\":5,\"source\":\"a\",\"type\":\"t\"}", SENSORS_REASON_FIELD},
        {"{\"specversion\":\"1.0\",\"id\":\"5\",\"source\":\"\",\"type\":\"t\"}", SENSORS_REASON_FIELD},
        {"{\"specversion\":\"0.3\",\"id\":\"5\",\"source\":\"a\",\"type\":\"t\"}", SENSORS_REASON_TYPE},
        {"21", SENSORS_REASON_FIELD},
        {"[1]", SENSORS_REASON_FIELD},
        {"{" HEAD ",\"data\":{\"lat\":91,\"lon\":0}}", SENSORS_REASON_POSITION},
        {"{" HEAD, SENSORS_REASON_NOT_JSON},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        decode(cases[i].payload);
        kit_was_refused(cases[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_data_it_is_a_state), cmocka_unit_test(readings_in_data_are_measured),
        cmocka_unit_test(a_place_is_a_position),      cmocka_unit_test(a_batch_is_its_events),
        cmocka_unit_test(a_key_is_of_source_and_id),  cmocka_unit_test(what_cannot_be_read_says_why),
    };
    return kit_run("cloudevents", tests);
}
