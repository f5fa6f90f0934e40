/* sensors/decode_senml.c: the examples of RFC 8428, as JSON and CBOR, and what a pack may do wrong. */
#include "kit.h"

static void decode(struct base_str payload)
{
    kit_try_bytes("sensors/senml", payload, KIT_NOW);
}

static void text(const char *payload)
{
    decode(base_str_of(payload));
}

static void one_record_is_named_by_its_unit(void **state)
{
    (void)state;
    decode(kit_file("senml/ex1_single.json"));
    assert_int_equal(kit.decoded.count, 1);
    kit_is(kit_event(0),
           "measurement pulse urn:dev:ow:10e2073a01080063 unit 2026-11-21T08:00:00Z received temperature=23.1 Cel;");
}

static void base_fields_hold_and_times_add_up(void **state)
{
    (void)state;
    static const char *const files[] = {"senml/ex3_relative_times.json", "senml/ex3.cbor.bin"};
    for (size_t i = 0; i < BASE_COUNT(files); i++) {
        decode(kit_file(files[i]));
        assert_int_equal(kit.decoded.count, 6);
        assert_int_equal(kit.decoded.redacted, 0);
        kit_is(kit_event(0), "measurement pulse urn:dev:ow:10e2073a0108006 unit 2010-06-08T18:01:16.001Z device "
                             "voltage=120.1 V; current=1.7 A; flags=late");
        kit_is(kit_event(1), "measurement pulse urn:dev:ow:10e2073a0108006 unit 2010-06-08T18:01:11.001Z device "
                             "current=1.2 A; flags=late");
        kit_is(kit_event(5), "measurement pulse urn:dev:ow:10e2073a0108006 unit 2010-06-08T18:01:15.001Z device "
                             "current=1.6 A; flags=late");
        assert_false(base_id_equal(kit_event(0)->dedup, kit_event(1)->dedup));
    }
}

static void json_and_cbor_of_a_pack_are_the_same_events(void **state)
{
    (void)state;
    decode(kit_file("senml/ex3_relative_times.json"));
    struct base_id first = kit_event(0)->dedup, last = kit_event(5)->dedup;
    decode(kit_file("senml/ex3.cbor.bin"));
    assert_true(base_id_equal(first, kit_event(0)->dedup));
    assert_true(base_id_equal(last, kit_event(5)->dedup));
}

static void positions_come_as_units(void **state)
{
    (void)state;
    decode(kit_file("senml/ex5_latlon_as_units.json"));
    assert_int_equal(kit.decoded.count, 9);
    kit_is(kit_event(0), "position pulse urn:dev:ow:10e2073a01080063 unit 2011-10-31T13:24:24Z device lon=24.30621 "
                         "lat=60.07965 pos=gnss flags=late");
    kit_is(kit_event(1), "measurement pulse urn:dev:ow:10e2073a01080063 unit 2011-10-31T13:24:24Z device lon=24.30621 "
                         "lat=60.07965 pos=gnss humidity=20 %; flags=late");
    kit_is(kit_event(6),
           "measurement pulse urn:dev:ow:10e2073a01080063 unit 2011-10-31T13:26:54Z device battery=98 %; flags=late");
    kit_is(kit_event(8), "measurement pulse urn:dev:ow:10e2073a01080063 unit 2011-10-31T13:27:24Z device lon=24.30628 "
                         "lat=60.07967 pos=gnss humidity=21.2 %; flags=late");
    assert_false(base_id_equal(kit_event(0)->dedup, kit_event(1)->dedup));
}

static void a_position_alone_is_a_fix(void **state)
{
    (void)state;
    text("[{\"bn\":\"cart-7/\",\"bt\":1795247990,\"n\":\"lon\",\"u\":\"lon\",\"v\":121.4},"
         "{\"n\":\"lat\",\"u\":\"lat\",\"v\":31.02},{\"n\":\"alt\",\"u\":\"m\",\"v\":12},{\"n\":\"batt\",\"u\":\"%EL\","
         "\"v\":80}]");
    assert_int_equal(kit.decoded.count, 1);
    kit_is(kit_event(0),
           "position pulse cart-7 unit 2026-11-21T07:59:50Z device lon=121.4 lat=31.02 alt=12 pos=gnss battery=80 %;");
    text("[{\"bn\":\"cart-7\",\"u\":\"lon\",\"v\":121.4},{\"u\":\"Cel\",\"v\":5}]");
    kit_is(kit_event(0),
           "measurement pulse cart-7 unit 2026-11-21T08:00:00Z received temperature=5 Cel; flags=partial");
    text("[{\"bn\":\"cart-7\",\"u\":\"lon\",\"v\":0},{\"u\":\"lat\",\"v\":0}]");
    kit_is(kit_event(0), "position pulse cart-7 unit 2026-11-21T08:00:00Z received flags=null_island,partial");
}

static void the_base_name_may_change(void **state)
{
    (void)state;
    decode(kit_file("senml/ex6_base_name_changes.json"));
    assert_int_equal(kit.decoded.count, 2);
    kit_is(kit_event(0), "measurement pulse 2001:db8::2 unit 2011-10-31T16:27:09Z device temperature=25.2 Cel; "
                         "humidity=30 %; flags=late");
    kit_is(kit_event(1), "measurement pulse 2001:db8::1 unit 2011-10-31T16:27:09Z device temperature=12.3 Cel; "
                         "humidity=67 %; flags=late");
}

static void texts_and_bytes_are_dropped_and_yes_or_no_is_a_state(void **state)
{
    (void)state;
    decode(kit_file("senml/ex7_string_bool_data.json"));
    assert_int_equal(kit.decoded.count, 2);
    assert_int_equal(kit.decoded.redacted, 2);
    kit_is(kit_event(0), "state end urn:dev:ow:10e2073a01080063 unit channel=open 2026-11-21T08:00:00Z received open=0 "
                         "1; flags=redacted");
    kit_is(kit_event(1), "measurement pulse urn:dev:ow:10e2073a01080063 unit 2026-11-21T08:00:00Z received "
                         "temperature=23.1 Cel; flags=redacted");
}

static void names_that_nobody_knows_are_kept(void **state)
{
    (void)state;
    decode(kit_file("senml/ex9_first_record_no_value.json"));
    assert_int_equal(kit.decoded.count, 1);
    kit_is(kit_event(0), "measurement pulse urn:dev:ow:10e2073a01080063 unit 2026-11-21T08:00:00Z received "
                         "temperature=23.1 Cel; heat=1 1; fan=0 1;");
    decode(kit_file("senml/ex12_exponent_time.json"));
    assert_int_equal(kit.decoded.count, 2);
    kit_is(kit_event(0), "measurement pulse 2001:db8::3 unit 2011-10-31T16:27:09Z device value=1 1; flags=late");
    kit_is(kit_event(1), "measurement pulse 2001:db8::4 unit 2011-10-31T16:27:09Z device value=1 1; flags=late");
    text("[{\"bn\":\"a:\",\"n\":\"inside\",\"u\":\"Cel\",\"v\":20},{\"n\":\"outside\",\"u\":\"Cel\",\"v\":-3},"
         "{\"n\":\"odd name\",\"v\":1},{\"n\":\"rpm\",\"u\":\"1/min\",\"v\":900},{\"n\":\"ok\",\"vb\":true}]");
    kit_is(kit_event(0), "measurement pulse a unit 2026-11-21T08:00:00Z received temperature=20 Cel; outside=-3 Cel; "
                         "rpm=900 1/min; ok=1 1;");
}

static void a_name_alone_is_the_device_unless_it_ends_in_a_quantity(void **state)
{
    (void)state;
    text("[{\"n\":\"pump/1/temperature\",\"u\":\"K\",\"v\":300},{\"n\":\"bn/b:x\",\"v\":1}]");
    assert_int_equal(kit.decoded.count, 2);
    kit_is(kit_event(0), "measurement pulse pump/1 unit 2026-11-21T08:00:00Z received temperature=26.85 Cel;");
    kit_is(kit_event(1), "measurement pulse bn/b:x unit 2026-11-21T08:00:00Z received value=1 1;");
    text("[{\"bn\":\"urn:dev:gw:\",\"n\":\"bin1/fill\",\"u\":\"%\",\"v\":40}]");
    kit_is(kit_event(0), "measurement pulse urn:dev:gw:bin1 unit 2026-11-21T08:00:00Z received fill=40 %;");
}

static void values_and_sums_have_their_base(void **state)
{
    (void)state;
    text("[{\"bn\":\"m:\",\"bv\":100,\"bs\":1800000,\"n\":\"power\",\"u\":\"W\",\"v\":20,"
         "\"s\":1800000},{\"n\":\"rain\",\"s\":5},{\"n\":\"temp\",\"u\":\"Cel\",\"v\":5000}]");
    kit_is(kit_event(0), "measurement pulse m unit 2026-11-21T08:00:00Z received power=120 W; energy=1 kW.h; "
                         "rain_sum=1800005 s; flags=sentinel");
}

static void times_below_2_to_28_count_from_receipt(void **state)
{
    (void)state;
    text("[{\"bn\":\"m:\",\"bt\":-60,\"n\":\"temp\",\"v\":1},{\"n\":\"temp\",\"t\":-600,\"v\":2},"
         "{\"n\":\"temp\",\"t\":1000,\"v\":3}]");
    assert_int_equal(kit.decoded.count, 3);
    kit_is(kit_event(0), "measurement pulse m unit 2026-11-21T07:59:00Z received temperature=1 Cel;");
    kit_is(kit_event(1), "measurement pulse m unit 2026-11-21T07:49:00Z received temperature=2 Cel; flags=late");
    kit_is(kit_event(2), "measurement pulse m unit 2026-11-21T08:00:00Z received temperature=3 Cel;");
    text("[{\"n\":\"m/temp\",\"t\":1795258800,\"v\":1}]"); /* three hours ahead */
    kit_is(kit_event(0),
           "measurement pulse m unit 2026-11-21T08:00:00Z received temperature=1 Cel; flags=time_repaired,clock_ahead");
}

static void a_key_is_of_name_and_time(void **state)
{
    (void)state;
    text("[{\"bn\":\"m:\",\"n\":\"temp\",\"t\":1795248000,\"v\":1}]");
    struct base_id id = kit_event(0)->dedup;
    kit_try_at("elsewhere", "[{\"n\":\"temp\",\"bn\":\"m:\",\"bt\":1795247990,\"t\":10,\"v\":1.0}]",
               KIT_NOW + 60000000);
    assert_true(base_id_equal(id, kit_event(0)->dedup));
    text("[{\"bn\":\"m:\",\"n\":\"hum\",\"t\":1795248000,\"v\":1}]");
    assert_false(base_id_equal(id, kit_event(0)->dedup));
    text("[{\"bn\":\"m:\",\"n\":\"temp\",\"v\":1}]");
    id = kit_event(0)->dedup;
    text("[{\"bn\":\"m:\",\"n\":\"temp\",\"v\":2}]"); /* without a time the value tells */
    assert_false(base_id_equal(id, kit_event(0)->dedup));
}

static void more_than_an_event_holds_goes_into_another(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) pack;
    base_buf_init(&pack, 1 << 16);
    base_buf_text(&pack, "[{\"bn\":\"m:\"}");
    for (int i = 0; i < 70; i++) {
        base_buf_printf(&pack, ",{\"n\":\"x%d\",\"v\":%d}", i, i);
    }
    base_buf_text(&pack, "]");
    decode(base_buf_str(&pack));
    size_t measures = 0;
    assert_int_equal(kit.decoded.count, 3);
    for (size_t i = 0; i < kit.decoded.count; i++) {
        measures += kit_event(i)->measure_count;
    }
    assert_int_equal(measures, 70);
    assert_false(base_id_equal(kit_event(0)->dedup, kit_event(1)->dedup));
}

static void nothing_to_keep_is_ignored(void **state)
{
    (void)state;
    static const char *const packs[] = {"", "[]", "[{\"bn\":\"a\"}]", "[{\"bn\":\"a:\",\"n\":\"who\",\"vs\":\"b\"}]"};
    for (size_t i = 0; i < BASE_COUNT(packs); i++) {
        text(packs[i]);
        assert_int_equal(kit.err, BASE_OK);
        assert_true(kit.decoded.ignored);
        assert_int_equal(kit.decoded.redacted, i == 3);
    }
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        enum sensors_reason reason;
    } cases[] = {
        {"{}", SENSORS_REASON_FIELD},
        {"[1]", SENSORS_REASON_FIELD},
        {"5", SENSORS_REASON_FIELD},
        {"[{\"n\":5,\"v\":1}]", SENSORS_REASON_FIELD},
        {"[{\"n\":\"a\",\"v\":{}}]", SENSORS_REASON_FIELD},
        {"[{\"n\":\"a\",\"v\":\"hot\"}]", SENSORS_REASON_FIELD},
        {"[{\"n\":\"a\",\"t\":[],\"v\":1}]", SENSORS_REASON_FIELD},
        {"[{\"n\":\"a\",\"vb\":\"true\"}]", SENSORS_REASON_FIELD},
        {"[{\"v\":1}]", SENSORS_REASON_DEVICE},
        {"[{\"bn\":\":::\",\"n\":\"a\",\"v\":1}]", SENSORS_REASON_DEVICE},
        {"[{\"n\":\"a\",\"v\":1,\"unit_\":\"x\"}]", SENSORS_REASON_FIELD},
        {"[{\"bver\":11,\"n\":\"a\",\"v\":1}]", SENSORS_REASON_FIELD},
        {"[{\"n\":\"a\",\"u\":\"lon\",\"v\":200},{\"n\":\"a\",\"u\":\"lat\",\"v\":2}]", SENSORS_REASON_POSITION},
        {"[{\"n\":\"a\"", SENSORS_REASON_NOT_JSON},
        {"\x81\xa2\x21\x61", SENSORS_REASON_BINARY},
        {"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff\x01", SENSORS_REASON_BINARY},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        text(cases[i].payload);
        kit_was_refused(cases[i].reason);
    }
}

static void too_many_moments_are_refused(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) pack;
    base_buf_init(&pack, 1 << 16);
    base_buf_text(&pack, "[{\"bn\":\"m:\"}");
    for (int i = 0; i < 257; i++) {
        base_buf_printf(&pack, ",{\"n\":\"x\",\"t\":-%d,\"v\":%d}", i, i);
    }
    base_buf_text(&pack, "]");
    decode(base_buf_str(&pack));
    kit_was_refused(SENSORS_REASON_TOO_MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_record_is_named_by_its_unit),
        cmocka_unit_test(base_fields_hold_and_times_add_up),
        cmocka_unit_test(json_and_cbor_of_a_pack_are_the_same_events),
        cmocka_unit_test(positions_come_as_units),
        cmocka_unit_test(a_position_alone_is_a_fix),
        cmocka_unit_test(the_base_name_may_change),
        cmocka_unit_test(texts_and_bytes_are_dropped_and_yes_or_no_is_a_state),
        cmocka_unit_test(names_that_nobody_knows_are_kept),
        cmocka_unit_test(a_name_alone_is_the_device_unless_it_ends_in_a_quantity),
        cmocka_unit_test(values_and_sums_have_their_base),
        cmocka_unit_test(times_below_2_to_28_count_from_receipt),
        cmocka_unit_test(a_key_is_of_name_and_time),
        cmocka_unit_test(more_than_an_event_holds_goes_into_another),
        cmocka_unit_test(nothing_to_keep_is_ignored),
        cmocka_unit_test(what_cannot_be_read_says_why),
        cmocka_unit_test(too_many_moments_are_refused),
    };
    return kit_run("senml", tests);
}
