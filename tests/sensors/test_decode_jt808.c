/* sensors/decode_jt808.c and decode_jt808_frame.c: a gateway's JSON and a terminal's frames give the same events. */
#include "kit.h"

#define PHONE "000000000808"
#define UP "jt808/" PHONE "/up"
#define HEAD(id) "{'header':{'encrypt':0,'len':1,'msg_id':" id ",'msg_sn':7,'phone':'" PHONE "'},'body':"
#define PLACE "'altitude':14,'direction':39,'latitude':31020000,'longitude':121400000,'speed':360,'time':'261121155957'"
#define FIXED (KIT_NOW - 3 * KIT_SECOND) /* 15:59:57 in China */

static struct sensors_event fix(void)
{
    struct sensors_event wanted = kit_wanted(PHONE, SENSORS_KIND_POSITION, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_FLEET);
    wanted.t_event = FIXED;
    wanted.t_source = SENSORS_TIME_DEVICE;
    wanted.lon = 121.4;
    wanted.lat = 31.02;
    wanted.alt_m = 14;
    wanted.speed_mps = 10;
    wanted.course_deg = 39;
    wanted.pos_source = SENSORS_POSITION_GNSS;
    sensors_event_measure(&wanted, "ignition", 1, "1");
    sensors_event_measure(&wanted, "odometer", 12300, "m");
    return wanted;
}

/* --- frames of our own --- */
struct frame {
    uint8_t bytes[512];
    size_t len;
};

static void put(struct frame *frame, const char *hex)
{
    for (; hex[0] && hex[1]; hex += 2) {
        char byte[3] = {hex[0], hex[1], 0};
        frame->bytes[frame->len++] = (uint8_t)strtoul(byte, NULL, 16);
    }
}

/* Check byte, escapes and flags round what is there. */
static struct frame sealed(const char *hex)
{
    struct frame plain = {.len = 0}, frame = {.len = 0};
    uint8_t check = 0;
    put(&plain, hex);
    for (size_t i = 0; i < plain.len; i++) {
        check ^= plain.bytes[i];
    }
    plain.bytes[plain.len++] = check;
    put(&frame, "7e");
    for (size_t i = 0; i < plain.len; i++) {
        bool special = plain.bytes[i] == 0x7e || plain.bytes[i] == 0x7d;
        frame.bytes[frame.len++] = special ? 0x7d : plain.bytes[i];
        if (special) {
            frame.bytes[frame.len++] = plain.bytes[i] == 0x7e ? 2 : 1;
        }
    }
    put(&frame, "7e");
    return frame;
}

static enum base_err send(const struct frame *frame)
{
    return kit_bytes("raw", (struct base_str){(const char *)frame->bytes, frame->len}, KIT_NOW);
}

/* alarm, status, 31.02, 121.40, 14 m, 36 km/h, 39 degrees, time; mileage 12.3 km */
#define BODY           \
    "0000000000000003" \
    "01d953e0"         \
    "073c6ac0"         \
    "000e"             \
    "0168"             \
    "0027"             \
    "261121155957"     \
    "01040000007b"

static void a_frame_is_what_the_gateway_says_of_it(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode(
        UP, HEAD("512") "{'alarm':0,'status':3," PLACE ",'extra':{'mileage':123,'rssi':31,'gnss_sat_num':9}}}", 1);
    struct sensors_event wanted = fix();
    kit_same(event, &wanted);
    struct base_id dedup = event->dedup;
    struct frame frame = sealed("02000022"
                                "000000000808"
                                "0007" BODY);
    assert_int_equal(send(&frame), BASE_OK);
    assert_int_equal(kit.decoded.count, 1);
    kit_same(kit.decoded.events, &wanted);
    assert_true(base_id_equal(kit.decoded.events[0].dedup, dedup));
    frame = sealed("02004022"
                   "01"
                   "00000000000000000808"
                   "7e7d" BODY); /* of 2019; a serial to be escaped */
    assert_int_equal(send(&frame), BASE_OK);
    wanted.device = base_str_of("00000000000000000808");
    kit_same(kit.decoded.events, &wanted);
}

static void without_a_fix_there_is_no_place(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode(UP, HEAD("512") "{'alarm':0,'status':0," PLACE "}}", 1);
    struct sensors_event wanted = kit_wanted(PHONE, SENSORS_KIND_POSITION, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_FLEET);
    wanted.t_event = FIXED;
    wanted.t_source = SENSORS_TIME_DEVICE;
    wanted.flags = SENSORS_FLAG_PARTIAL;
    sensors_event_measure(&wanted, "ignition", 0, "1");
    kit_same(event, &wanted);
    event = kit_decode(UP,
                       HEAD("512") "{'alarm':0,'status':14,'latitude':31020000,'longitude':121400000,'altitude':65526,"
                                   "'time':'000000000000'}}",
                       1);
    kit_near(event->lat, -31.02); /* south and west */
    kit_near(event->lon, -121.4);
    kit_near(event->alt_m, -10);
    assert_int_equal(event->t_source, SENSORS_TIME_RECEIVED);
    assert_int_equal(event->flags, SENSORS_FLAG_PARTIAL);
}

static void a_batch_is_history(void **state)
{
    (void)state;
    const struct sensors_event *events =
        kit_decode(UP,
                   HEAD("1796") "{'type':1,'length':2,'location':[{'alarm':0,'status':3," PLACE
                                ",'extra':{'mileage':123}},{'alarm':0,'status':3," PLACE "}]}}",
                   2);
    struct sensors_event wanted = fix();
    wanted.flags = SENSORS_FLAG_HISTORICAL;
    kit_same(&events[0], &wanted);
    struct frame frame = sealed("07040027"
                                "000000000808"
                                "0007"
                                "0001"
                                "01"
                                "0022" BODY);
    assert_int_equal(send(&frame), BASE_OK);
    kit_same(kit.decoded.events, &wanted);
    frame = sealed("07040027"
                   "000000000808"
                   "0007"
                   "0002"
                   "01"
                   "0022" BODY);
    assert_int_not_equal(send(&frame), BASE_OK);
    assert_int_equal(kit.decoded.reason, SENSORS_REASON_BINARY);
    assert_int_equal(kit.decoded.count, 0);
}

static void alarm_bits_begin_and_end(void **state)
{
    (void)state;
    /* SOS, speed, a tired driver, the antenna */
    const struct sensors_event *events = kit_decode(UP, HEAD("512") "{'alarm':39,'status':3," PLACE "}}", 4);
    assert_int_equal(kit.decoded.redacted, 1);
    struct sensors_event wanted = fix();
    wanted.kind = SENSORS_KIND_ALARM;
    wanted.phase = SENSORS_PHASE_START;
    wanted.channel = base_str_of("sos");
    wanted.severity = 4;
    wanted.flags = SENSORS_FLAG_REDACTED;
    wanted.measure_count = 0;
    sensors_event_measure(&wanted, "sos", 1, "1");
    kit_same(&events[1], &wanted);
    assert_true(base_str_is(events[2].channel, "overspeed"));
    assert_true(base_str_is(events[3].channel, "fault"));
    assert_int_equal(events[3].severity, 2);
    events = kit_decode(UP, HEAD("512") "{'alarm':2,'status':3," PLACE "}}", 3);
    assert_true(base_str_is(events[1].channel, "overspeed"));
    assert_int_equal(events[1].phase, SENSORS_PHASE_UPDATE);
    assert_true(base_str_is(events[2].channel, "fault"));
    assert_int_equal(events[2].phase, SENSORS_PHASE_END);
}

static void an_area_has_an_id(void **state)
{
    (void)state;
    const struct sensors_event *events = kit_decode(
        UP,
        HEAD("512") "{'alarm':1048576,'status':3," PLACE ",'extra':{'in_out_alarm':{'type':1,'id':42,'direction':1}}}}",
        2);
    struct sensors_event wanted = fix();
    wanted.kind = SENSORS_KIND_TRANSITION;
    wanted.phase = SENSORS_PHASE_END;
    wanted.native_id = base_str_of("42");
    wanted.measure_count = 0;
    kit_same(&events[1], &wanted);
    struct frame frame = sealed("0200002a"
                                "000000000808"
                                "0007" BODY "1206010000002a00");
    assert_int_equal(send(&frame), BASE_OK);
    assert_int_equal(kit.decoded.events[1].phase, SENSORS_PHASE_START);
    assert_true(base_str_is(kit.decoded.events[1].native_id, "42"));
    events = kit_decode(UP, HEAD("512") "{'alarm':1048576,'status':3," PLACE "}}", 2);
    assert_true(base_str_is(events[1].channel, "geofence"));
}

static void it_comes_lives_and_goes(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode(UP, HEAD("2") "{}}", 1);
    struct sensors_event wanted = kit_wanted(PHONE, SENSORS_KIND_LIFECYCLE, SENSORS_PHASE_START, SENSORS_SUBJECT_FLEET);
    kit_same(event, &wanted);
    assert_int_equal(kit_decode(UP, HEAD("2") "{}}", 1)->phase, SENSORS_PHASE_UPDATE);
    event = kit_decode(UP, HEAD("256") "{'province':31,'license_number':'测A00001','color':1}}", 1);
    wanted.phase = SENSORS_PHASE_PULSE;
    wanted.flags = SENSORS_FLAG_REDACTED;
    kit_same(event, &wanted);
    kit_never_says("A00001");
    assert_int_equal(kit_decode(UP, HEAD("3") "{}}", 1)->phase, SENSORS_PHASE_END);
    assert_int_equal(kit_decode(UP, HEAD("258") "{'code':'secret'}}", 1)->phase, SENSORS_PHASE_START);
    kit_ignored(UP, HEAD("1794") "{'driver_name':'Amy','certificate':'1','orgnization':''}}", 2);
    kit_ignored(UP, HEAD("1") "{'seq':1}}", 0);
    kit_ignored("jt808/" PHONE "/dn", HEAD("512") "5}", 0);
}

static void what_contradicts_itself_is_refused(void **state)
{
    (void)state;
    kit_refused(UP, "{'header':5,'body':{}}", SENSORS_REASON_FIELD);
    kit_refused(UP, HEAD("512") "5}", SENSORS_REASON_FIELD);
    kit_refused(UP, HEAD("512") "{'alarm':-1,'status':3," PLACE "}}", SENSORS_REASON_FIELD);
    kit_refused(UP, HEAD("1796") "{'location':{}}}", SENSORS_REASON_FIELD);
    kit_refused(UP, "{'header':{'encrypt':1,'msg_id':512,'phone':'1'},'body':''}", SENSORS_REASON_ENCRYPTED);
    kit_refused(UP, HEAD("512") "{'alarm':0,'status':2,'latitude':99000000,'longitude':0}}", SENSORS_REASON_POSITION);
    kit_refused("raw", "~", SENSORS_REASON_BINARY);
    kit_refused("raw", "~~", SENSORS_REASON_BINARY);
    kit_refused("raw", "~abcdefgh~", SENSORS_REASON_BINARY);
    kit_refused("raw", "~}x~", SENSORS_REASON_BINARY);
    struct frame frame = sealed("02000023"
                                "000000000808"
                                "0007" BODY);
    assert_int_not_equal(send(&frame), BASE_OK);
    frame = sealed("02000422"
                   "000000000808"
                   "0007" BODY);
    assert_int_not_equal(send(&frame), BASE_OK);
    assert_int_equal(kit.decoded.reason, SENSORS_REASON_ENCRYPTED);
}

static void a_torn_item_and_a_second_frame(void **state)
{
    (void)state;
    struct frame frame = sealed("02000024"
                                "000000000808"
                                "0007" BODY "3104"),
                 next = sealed("00020000"
                               "000000000808"
                               "0008");
    assert_int_equal(send(&frame), BASE_OK);
    assert_int_equal(kit.decoded.events[0].flags, SENSORS_FLAG_PARTIAL);
    memcpy(frame.bytes + frame.len, next.bytes, next.len);
    frame.len += next.len;
    assert_int_equal(send(&frame), BASE_OK);
    assert_int_equal(kit.decoded.count, 2);
    assert_int_equal(kit.decoded.events[1].kind, SENSORS_KIND_LIFECYCLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_what_the_gateway_says_of_it),
        cmocka_unit_test(without_a_fix_there_is_no_place),
        cmocka_unit_test(a_batch_is_history),
        cmocka_unit_test_setup_teardown(alarm_bits_begin_and_end, kit_remember, kit_forget),
        cmocka_unit_test(an_area_has_an_id),
        cmocka_unit_test_setup_teardown(it_comes_lives_and_goes, kit_remember, kit_forget),
        cmocka_unit_test(what_contradicts_itself_is_refused),
        cmocka_unit_test(a_torn_item_and_a_second_frame),
    };
    return kit_run("jt808", tests);
}
