/* sensors/decode_cloudevents.c: the envelope, what data may say, batches, and envelopes that are not there. */
#include "standard.h"

#define HEAD "\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/hall/1\",\"type\":\"org.reading\""

static struct outcome decode(const char *payload)
{
    return decode_at("cloudevents", "mytopic", base_str_of(payload), NOW);
}

static void without_data_it_is_a_state(void **state)
{
    (void)state;
    struct outcome out = decode_at("cloudevents", "mytopic", shared_file("cloudevents/structured.json"), NOW);
    assert_int_equal(out.decoded.count, 1);
    shows(event_at(&out, 0), "state pulse 2018-04-05T03:56:24Z device unit device:/mycontext/subcontext "
                             "channel:com.example.someevent native:1234-1234-1234 +late");
    refused(decode_at("cloudevents", "mytopic", shared_file("cloudevents/structured_spec_invalid.json"), NOW),
            SENSORS_REASON_NOT_JSON);
}

static void readings_in_data_are_measured(void **state)
{
    (void)state;
    struct outcome out =
        decode("{" HEAD ",\"time\":\"2026-11-21T15:59:50+08:00\",\"data\":{\"temperature\":\"21.5\",\"humidity\":{"
               "\"value\":40,\"unit\":\"%RH\"},\"smoke\":true,\"rpm\":900,\"mode\":\"eco\",\"name\":\"x\"}}");
    assert_int_equal(out.decoded.count, 2);
    assert_int_equal(out.decoded.redacted, 1);
    shows(event_at(&out, 0), "alarm start 2026-11-21T07:59:50Z device unit device:/hall/1 channel:smoke native:e-1 "
                             "smoke=1[1] severity=4 +redacted");
    shows(event_at(&out, 1), "measurement pulse 2026-11-21T07:59:50Z device unit device:/hall/1 native:e-1 "
                             "temperature=21.5[Cel] humidity=40[%] rpm=900[1] +redacted");
    assert_false(base_id_equal(event_at(&out, 0)->dedup, event_at(&out, 1)->dedup));
}

static void a_place_is_a_position(void **state)
{
    (void)state;
    struct outcome out =
        decode("{" HEAD ",\"data\":{\"lat\":31.02,\"lng\":121.4,\"alt\":5,\"battery\":80,\"temperature\":3}}");
    assert_int_equal(out.decoded.count, 2);
    shows(event_at(&out, 0), "position pulse 2026-11-21T08:00:00Z received unit device:/hall/1 native:e-1 at:gnss "
                             "lon=121.4 lat=31.02 alt=5 battery=80[%]");
    shows(event_at(&out, 1), "measurement pulse 2026-11-21T08:00:00Z received unit device:/hall/1 native:e-1 at:gnss "
                             "lon=121.4 lat=31.02 alt=5 temperature=3[Cel]");
    out = decode("{" HEAD ",\"data\":{\"lat\":31.02,\"temperature\":9000}}");
    shows(event_at(&out, 0), "state pulse 2026-11-21T08:00:00Z received unit device:/hall/1 channel:org.reading "
                             "native:e-1 +sentinel +partial");
}

static void a_batch_is_its_events(void **state)
{
    (void)state;
    struct outcome out =
        decode("[{" HEAD "},{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"b\",\"type\":\"t\",\"data\":[1]}]");
    assert_int_equal(out.decoded.count, 2);
    shows(event_at(&out, 0),
          "state pulse 2026-11-21T08:00:00Z received unit device:/hall/1 channel:org.reading native:e-1");
    shows(event_at(&out, 1), "state pulse 2026-11-21T08:00:00Z received unit device:b channel:t native:e-1");
    assert_false(base_id_equal(event_at(&out, 0)->dedup, event_at(&out, 1)->dedup));
    out = decode("[]");
    assert_true(out.decoded.ignored);
}

static void a_key_is_of_source_and_id(void **state)
{
    (void)state;
    struct outcome out = decode("{" HEAD ",\"time\":\"2026-11-21T07:00:00Z\",\"data\":{\"co2\":400}}");
    struct base_id id = event_at(&out, 0)->dedup;
    out = decode("{" HEAD ",\"time\":\"2026-11-21T07:30:00Z\",\"data\":{\"co2\":500}}");
    assert_true(base_id_equal(id, event_at(&out, 0)->dedup));
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
        refused(decode(cases[i].payload), cases[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_data_it_is_a_state), cmocka_unit_test(readings_in_data_are_measured),
        cmocka_unit_test(a_place_is_a_position),      cmocka_unit_test(a_batch_is_its_events),
        cmocka_unit_test(a_key_is_of_source_and_id),  cmocka_unit_test(what_cannot_be_read_says_why),
    };
    return run_standard(tests, BASE_COUNT(tests));
}
