/* sensors/decode_anpr.c: plates in clear and in base64, passes said twice, what a camera says beside them. */
#include "kit.h"

#define UP "sn-1/device/message/up/ivs_result"
#define QUICK "sn-1/device/message/up/quick_ivs_result"
#define RESULT(license, more) "'AlarmInfoPlate':{'result':{'PlateResult':{'license':'" license "'" more "}}}"
#define ENVELOPE(name, license, more) \
    "{'sn':'sn-1','name':'" name "','version':'1.0','timestamp':1795247997,'payload':{" RESULT(license, more) "}}"
#define SAID (KIT_NOW - 3 * KIT_SECOND)

static struct sensors_event pass(const char *plate)
{
    struct sensors_event wanted = kit_wanted("sn-1", SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_PLATE);
    wanted.subject = base_str_of(plate);
    wanted.t_event = SAID;
    wanted.t_source = SENSORS_TIME_DEVICE;
    return wanted;
}

static void a_plate_in_base64_and_no_pictures(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode(UP,
                                                   ENVELOPE("ivs_result", "VEVTVDEyMw==",
                                                            ",'confidence':88,'plateid':17,'full_image_content':'/9j/',"
                                                            "'small_image_content':'','imagePath':'%2Fa_TEST123.jpg'"),
                                                   1);
    struct sensors_event wanted = pass("TEST123");
    wanted.confidence = 0.88;
    wanted.native_id = base_str_of("17");
    wanted.flags = SENSORS_FLAG_REDACTED;
    kit_same(event, &wanted);
    assert_int_equal(kit.decoded.redacted, 2);
    kit_never_says("TEST123");
    kit_never_says("9j");
    wanted = pass("测A00001");
    event = kit_decode(UP, ENVELOPE("ivs_result", "5rWLQTAwMDAx", ""), 1); /* UTF-8 */
    kit_same(event, &wanted);
    event = kit_decode(UP, ENVELOPE("ivs_result", "suJBMDAwMDE=", ""), 1); /* GB18030 */
    kit_same(event, &wanted);
}

static void a_plate_in_clear_is_left_as_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *payload, *plate;
    } rows[] = {
        {ENVELOPE("ivs_result", "测A·00001", ""), "测A00001"},
        {ENVELOPE("ivs_result", "ABCD1234", ""), "ABCD1234"}, /* base64 of nothing that is a plate */
        {ENVELOPE("ivs_result", "test-123", ""), "TEST123"},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        struct sensors_event wanted = pass(rows[i].plate);
        kit_same(kit_decode(UP, rows[i].payload, 1), &wanted);
    }
}

static void a_bridge_a_radar_and_the_cameras_clock(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode(
        "gate/plate",
        "{'AlarmInfoPlate':{'deviceName':'IVS','serialno':'sn-1','result':{'PlateResult':{'license':'测A00001',"
        "'confidence':194,'isoffline':1,'speed':45,'radarSpeed':{'Speed':{'PerHour':36}},"
        "'timeStamp':{'Timeval':{'sec':1795247997,'usec':250000}}}}}}",
        1);
    struct sensors_event wanted = pass("测A00001");
    wanted.t_event = SAID + 250000;
    wanted.flags = SENSORS_FLAG_SENTINEL | SENSORS_FLAG_HISTORICAL;
    sensors_event_measure(&wanted, "speed", 10, "m/s");
    kit_same(event, &wanted);
    assert_true(base_str_is(kit_decode("gate/plate", "{" RESULT("测A00001", "") "}", 1)->device, "gate"));
}

static void no_plate_is_no_subject(void **state)
{
    (void)state;
    static const char *const words[] = {"",        "_无_",     "无牌车",       "车牌", "noPlate",
                                        "unknown", "X+aXoF8=", "bm9QbGF0ZQ==", "5peg"}; /* and in base64 */
    struct sensors_event wanted = pass("");
    wanted.subject_type = SENSORS_SUBJECT_OBJECT;
    wanted.flags = SENSORS_FLAG_SENTINEL;
    for (size_t i = 0; i < BASE_COUNT(words); i++) {
        char payload[400];
        snprintf(payload, sizeof payload, ENVELOPE("ivs_result", "%s", ",'confidence':0"), words[i]);
        kit_same(kit_decode(UP, payload, 1), &wanted);
    }
}

static void a_pass_that_is_said_twice_is_one(void **state)
{
    (void)state;
    kit_decode(QUICK, ENVELOPE("quick_ivs_result", "TEST123", ""), 1);
    kit_never_says("TEST123"); /* the memory is stored */
    kit_decode(UP, ENVELOPE("ivs_result", "VEVTVDEyMw==", ",'plateid':17"), 0);
    assert_int_equal(kit.decoded.repeated, 1);
    assert_false(kit.decoded.ignored);
    kit_decode(UP, ENVELOPE("ivs_result", "TEST124", ""), 1);
    kit_decode(UP, "{'sn':'sn-2','name':'ivs_result','timestamp':1795247997,'payload':{" RESULT("TEST124", "") "}}", 0);
    kit_decode("sn-2/device/message/up/ivs_result",
               "{'name':'ivs_result','timestamp':1795247997,'payload':{" RESULT("TEST124", "") "}}", 1);
    kit_decode(UP, "{'name':'ivs_result','timestamp':1795247990,'payload':{" RESULT("TEST124", "") "}}", 1);
}

static void cars_without_a_plate_are_told_apart(void **state)
{
    (void)state;
    kit_decode(UP, ENVELOPE("ivs_result", "", ""), 1);
    kit_decode(UP, ENVELOPE("ivs_result", "", ""), 1);
    kit_decode(QUICK, ENVELOPE("quick_ivs_result", "_无_", ""), 1);
    kit_decode(UP, ENVELOPE("ivs_result", "_无_", ""), 0);
    assert_int_equal(kit.decoded.repeated, 1);
}

static void heartbeats_and_wires(void **state)
{
    (void)state;
    const struct sensors_event *event =
        kit_decode("g/plate", "{'AlarmInfoPlate':{'serialno':'sn-1','heartbeat':1}}", 1);
    struct sensors_event wanted = kit_wanted("sn-1", SENSORS_KIND_LIFECYCLE, SENSORS_PHASE_START, SENSORS_SUBJECT_UNIT);
    kit_same(event, &wanted);
    event =
        kit_decode("sn-1/device/message/up/keep_alive", "{'sn':'sn-1','name':'keep_alive','timestamp':1795247997}", 1);
    wanted.t_event = SAID;
    wanted.t_source = SENSORS_TIME_DEVICE;
    kit_same(event, &wanted);
    event = kit_decode("sn-1/device/message/up/gpio_in",
                       "{'name':'gpio_in','timestamp':1795247997,'payload':{'AlarmGioIn':{'result':"
                       "{'TriggerResult':{'source':2,'value':1}}}}}",
                       1);
    wanted.kind = SENSORS_KIND_STATE;
    wanted.channel = base_str_of("input_2");
    sensors_event_measure(&wanted, "on", 1, "1");
    kit_same(event, &wanted);
    kit_ignored("sn-1/device/message/down/gpio_out", "{'name':'gpio_out'}", 0);
    kit_ignored("sn-1/device/message/up/snapshot", "{'name':'snapshot','payload':{}}", 0);
}

static void axis_speaks_plainly(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode(
        "any",
        "{'topic':'any','device':'ACCC00','name':'East gate','plate':'TEST123','image':null,'timestamp':1795247997000}",
        1);
    struct sensors_event wanted = pass("TEST123");
    wanted.device = base_str_of("ACCC00");
    kit_same(event, &wanted);
    kit_never_says("East");
    event = kit_decode("any",
                       "{'plateUTF8':'测A00001','plateConfidence':0.91,'capture_timestamp':1795247997000,'carID':5,"
                       "'carState':'new','camera_info':{'SerialNumber':'ACCC00'}}",
                       1);
    wanted.subject = base_str_of("测A00001");
    wanted.confidence = 0.91;
    wanted.native_id = base_str_of("5");
    kit_same(event, &wanted);
    kit_ignored("any", "{'plateText':'TEST123','carState':'lost','camera_info':{'SerialNumber':'ACCC00'}}", 0);
}

static void the_key_is_camera_time_and_plate(void **state)
{
    (void)state;
    struct base_id one = kit_dedup(UP, ENVELOPE("ivs_result", "TEST123", ",'triggerType':1,'bright':1"));
    assert_true(base_id_equal(one, kit_dedup(UP, ENVELOPE("ivs_result", "TEST123", ",'triggerType':1,'bright':2"))));
    assert_false(base_id_equal(one, kit_dedup(UP, ENVELOPE("ivs_result", "TEST124", ",'triggerType':1"))));
    assert_false(base_id_equal(one, kit_dedup(UP, ENVELOPE("ivs_result", "TEST123", ",'triggerType':4"))));
    assert_false(base_id_equal(
        one, kit_dedup("sn-2/device/message/up/ivs_result", ENVELOPE("ivs_result", "TEST123", ",'triggerType':1"))));
}

static void what_is_no_message_is_refused(void **state)
{
    (void)state;
    kit_refused(UP, "{'payload':{'AlarmInfoPlate':5}}", SENSORS_REASON_FIELD);
    kit_refused(UP, "{'payload':{'AlarmInfoPlate':{'result':{'PlateResult':{'license':7}}}}}", SENSORS_REASON_FIELD);
    kit_refused(UP, "{'payload':5}", SENSORS_REASON_FIELD);
    kit_refused("g", "{'AlarmInfoPlate':{'heartbeat':1}}", SENSORS_REASON_FIELD);
    kit_refused("g/x", "{'hello':1}", SENSORS_REASON_TYPE);
    kit_refused("g/plate", "{'AlarmGioIn':{'result':{'TriggerResult':{'source':'x','value':1}}}}",
                SENSORS_REASON_FIELD);
    kit_refused("any", "{'plate':'TEST123'}", SENSORS_REASON_FIELD);
    kit_refused("any", "5", SENSORS_REASON_NOT_JSON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plate_in_base64_and_no_pictures),
        cmocka_unit_test(a_plate_in_clear_is_left_as_it_is),
        cmocka_unit_test(a_bridge_a_radar_and_the_cameras_clock),
        cmocka_unit_test(no_plate_is_no_subject),
        cmocka_unit_test_setup_teardown(a_pass_that_is_said_twice_is_one, kit_remember, kit_forget),
        cmocka_unit_test_setup_teardown(cars_without_a_plate_are_told_apart, kit_remember, kit_forget),
        cmocka_unit_test(heartbeats_and_wires),
        cmocka_unit_test(axis_speaks_plainly),
        cmocka_unit_test(the_key_is_camera_time_and_plate),
        cmocka_unit_test(what_is_no_message_is_refused),
    };
    return kit_run("anpr", tests);
}
