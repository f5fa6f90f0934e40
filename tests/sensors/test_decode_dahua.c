/* sensors/decode_dahua.c: doors and cards, what begins and ends, plates, calls that are nobody's business. */
#include "kit.h"

#define VTO(code) "DahuaVTO/" code "/Event"
#define FROM "'deviceType':'VTO','serialNumber':'SER1'"
#define PUSH "bridge/dahua/AccessControl"
#define SAID (KIT_NOW - 3 * KIT_SECOND)

static struct sensors_event said(enum sensors_kind kind, enum sensors_phase phase, enum sensors_subject subject)
{
    struct sensors_event wanted = kit_wanted("SER1", kind, phase, subject);
    wanted.t_event = SAID;
    wanted.t_source = SENSORS_TIME_DEVICE;
    return wanted;
}

static void a_card_opens_the_door(void **state)
{
    (void)state;
    const struct sensors_event *event =
        kit_decode(VTO("AccessControl"),
                   "{'Action':'Pulse','Data':{'CardNo':'C-77','LocaleTime':'2020-01-01 00:00:00','Name':'Amy',"
                   "'Password':'1234','UserID':'42','RecNo':691,'SnapURL':'','Status':1,'UTC':1795247997}," FROM "}",
                   1);
    struct sensors_event wanted = said(SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_CARD);
    wanted.subject = base_str_of("C-77");
    wanted.native_id = base_str_of("691");
    wanted.flags = SENSORS_FLAG_REDACTED;
    sensors_event_measure(&wanted, "granted", 1, "1");
    kit_same(event, &wanted);
    assert_int_equal(kit.decoded.redacted, 3); /* name, password, user */
    kit_never_says("Amy");
    kit_never_says("1234");
    kit_never_says("C-77");
}

static void a_user_is_refused_at_the_second_door(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode("bridge/dahua/hall/AccessControl",
                                                   "{'Code':'AccessControl','Action':'Pulse','Index':0,'Data':"
                                                   "{'UserID':42,'CardNo':'','UTC':1795247997,'DoorID':2,'Status':0}}",
                                                   1);
    struct sensors_event wanted = said(SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_CARD);
    wanted.device = base_str_of("hall");
    wanted.subject = base_str_of("42");
    wanted.channel = base_str_of("2");
    sensors_event_measure(&wanted, "granted", 0, "1");
    kit_same(event, &wanted);
    event = kit_decode(PUSH,
                       "{'Code':'AccessControl','Action':'Pulse','Data':{'UTC':1795247997,'DoorID':2,'Status':1}}", 1);
    wanted = said(SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_UNIT); /* opened from inside */
    wanted.device = base_str_of("2");
    sensors_event_measure(&wanted, "granted", 1, "1");
    kit_same(event, &wanted);
}

static void a_door_stands_open(void **state)
{
    (void)state;
    struct sensors_event wanted = said(SENSORS_KIND_STATE, SENSORS_PHASE_START, SENSORS_SUBJECT_UNIT);
    wanted.channel = base_str_of("open");
    sensors_event_measure(&wanted, "open", 1, "1");
#define DOOR(status) "{'Action':'Pulse','Data':{'Status':'" status "','UTC':1795247997}," FROM "}"
    kit_same(kit_decode(VTO("DoorStatus"), DOOR("Open"), 1), &wanted);
    assert_int_equal(kit_decode(VTO("DoorStatus"), DOOR("Close"), 1)->phase, SENSORS_PHASE_END);
    assert_int_equal(kit_decode(VTO("DoorStatus"), DOOR("Close"), 1)->phase, SENSORS_PHASE_SNAPSHOT);
    kit_refused(VTO("DoorStatus"), DOOR("Ajar"), SENSORS_REASON_FIELD);
#undef DOOR
}

static void what_begins_and_ends(void **state)
{
    (void)state;
    struct sensors_event wanted = said(SENSORS_KIND_DETECTION, SENSORS_PHASE_START, SENSORS_SUBJECT_OBJECT);
    wanted.channel = base_str_of("motion");
    wanted.lasts_us = 600 * KIT_SECOND;
    sensors_event_measure(&wanted, "motion", 1, "1");
    kit_same(kit_decode(VTO("VideoMotion"), "{'Action':'Start','Data':{'UTC':1795247997}," FROM "}", 1), &wanted);
    wanted.phase = SENSORS_PHASE_END;
    wanted.lasts_us = 0;
    wanted.measures[0].value = 0;
    kit_same(kit_decode(VTO("VideoMotion"), "{'Action':'Stop','Data':{'UTC':1795247997}," FROM "}", 1), &wanted);
    wanted = said(SENSORS_KIND_ALARM, SENSORS_PHASE_START, SENSORS_SUBJECT_UNIT);
    wanted.device = base_str_of("bridge/1");
    wanted.channel = base_str_of("input_1");
    wanted.severity = 2;
    wanted.lasts_us = 600 * KIT_SECOND;
    sensors_event_measure(&wanted, "input", 1, "1");
    kit_same(kit_decode("bridge/dahua/AlarmLocal",
                        "{'Code':'AlarmLocal','Action':'Start','Index':1,'Data':{'UTC':1795247997}}", 1),
             &wanted);
    assert_int_equal(kit_decode(VTO("CrossRegionDetection"), "{'Action':'Pulse'," FROM "}", 1)->severity, 3);
    assert_int_equal(kit_decode(VTO("CrossLineDetection"), "{'Action':'Pulse'," FROM "}", 1)->phase,
                     SENSORS_PHASE_PULSE);
}

static void a_car_at_the_barrier(void **state)
{
    (void)state;
    const struct sensors_event *event =
        kit_decode("bridge/dahua/gate/TrafficJunction",
                   "{'Code':'TrafficJunction','Action':'Pulse','Index':0,'Data':{'UTC':1795247997,'Speed':36,"
                   "'Object':{'Text':'测A00001','Confidence':90},'TrafficCar':{'PlateNumber':'测A00001','Name':'x'}}}",
                   1);
    struct sensors_event wanted = said(SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_PLATE);
    wanted.device = base_str_of("gate");
    wanted.subject = base_str_of("测A00001");
    wanted.confidence = 0.9;
    wanted.flags = SENSORS_FLAG_REDACTED;
    sensors_event_measure(&wanted, "speed", 10, "m/s");
    kit_same(event, &wanted);
    kit_never_says("A00001");
    event = kit_decode("b/dahua/gate/x", "{'Code':'TrafficJunction','Action':'Pulse','Data':{'TrafficCar':{}}}", 1);
    assert_int_equal(event->subject_type, SENSORS_SUBJECT_OBJECT);
    assert_int_equal(event->flags, SENSORS_FLAG_SENTINEL);
}

static void calls_and_clocks_are_ignored(void **state)
{
    (void)state;
    kit_ignored(VTO("TimeChange"), "{'Action':'Pulse','Data':{'UTC':1795247997}," FROM "}", 0);
    kit_ignored(VTO("Invite"), "{'Action':'Pulse','Data':{'CallID':'8001'}," FROM "}", 1);
    kit_ignored(VTO("BackKeyLight"), "{'Action':'Pulse','Data':{'State':8}," FROM "}", 0);
    kit_ignored("b/dahua/n/x", "{'Code':'FaceRecognition','Action':'Start','Data':{'Face':{'Age':1},'Candidates':[1]}}",
                2);
}

static void the_key_is_the_record_or_all_that_tells(void **state)
{
    (void)state;
#define MESSAGE(rec, utc, card)                                                                                        \
    "{'Code':'AccessControl','Data':{'CardNo':'" card "','RecNo':" rec ",'Status':1,'UTC':" utc "},'serialNumber':'S'" \
    "}"
    struct base_id one = kit_dedup(PUSH, MESSAGE("7", "1795247997", "C"));
    assert_true(base_id_equal(one, kit_dedup("x", MESSAGE("7", "1795247997", "C"))));
    assert_false(base_id_equal(one, kit_dedup(PUSH, MESSAGE("8", "1795247997", "C"))));
    one = kit_dedup(PUSH, MESSAGE("null", "1795247997", "C"));
    assert_false(base_id_equal(one, kit_dedup(PUSH, MESSAGE("null", "1795247998", "C"))));
    assert_false(base_id_equal(one, kit_dedup(PUSH, MESSAGE("null", "1795247997", "D"))));
#undef MESSAGE
}

static void what_is_no_message_is_refused(void **state)
{
    (void)state;
    kit_refused(VTO("AccessControl"), "{'Action':'Pulse','Data':5," FROM "}", SENSORS_REASON_FIELD);
    kit_refused("x", "{'Code':'VideoMotion','Action':'Start'}", SENSORS_REASON_FIELD);
    kit_refused(VTO("VideoMotion"), "{'Action':'Dance'," FROM "}", SENSORS_REASON_FIELD);
    kit_refused(VTO("TeaTime"), "{'Action':'Pulse'," FROM "}", SENSORS_REASON_TYPE);
    kit_refused(VTO("TrafficJunction"), "{'Action':'Pulse','Data':{}," FROM "}", SENSORS_REASON_FIELD);
    kit_refused("x", "'", SENSORS_REASON_NOT_JSON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_card_opens_the_door),
        cmocka_unit_test(a_user_is_refused_at_the_second_door),
        cmocka_unit_test_setup_teardown(a_door_stands_open, kit_remember, kit_forget),
        cmocka_unit_test(what_begins_and_ends),
        cmocka_unit_test(a_car_at_the_barrier),
        cmocka_unit_test(calls_and_clocks_are_ignored),
        cmocka_unit_test(the_key_is_the_record_or_all_that_tells),
        cmocka_unit_test(what_is_no_message_is_refused),
    };
    return kit_run("dahua", tests);
}
