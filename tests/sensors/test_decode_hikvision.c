/* sensors/decode_hikvision.c: plates, what begins and ends, doors, heartbeats, a history at connection. */
#include "kit.h"

#define TOPIC "bridge/hikvision/gate-2/event"
#define BASE(type, state)                                                                                            \
    "'macAddress':'02:00:00:00:00:01','channelID':'1','dateTime':'2026-11-21T15:59:57+08:00','activePostCount':'1'," \
    "'eventType':'" type "','eventState':'" state "'"
#define DEVICE "02:00:00:00:00:01/1"
#define SAID (KIT_NOW - 3 * KIT_SECOND)

static struct sensors_event said(enum sensors_kind kind, enum sensors_phase phase, enum sensors_subject subject)
{
    struct sensors_event wanted = kit_wanted(DEVICE, kind, phase, subject);
    wanted.t_event = SAID;
    wanted.t_source = SENSORS_TIME_DEVICE;
    return wanted;
}

static void a_plate_of_either_spelling(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode(
        TOPIC,
        "{" BASE("ANPR", "active") ",'channelName':'East','aNPR':{'licensePlate':'测A00001','confidenceLevel':'97',"
                                   "'originalLicensePlate':'测A0000','vehicleInfo':{'speed':36}}}",
        1);
    struct sensors_event wanted = said(SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_PLATE);
    wanted.subject = base_str_of("测A00001");
    wanted.confidence = 0.97;
    wanted.flags = SENSORS_FLAG_REDACTED;
    sensors_event_measure(&wanted, "speed", 10, "m/s");
    kit_same(event, &wanted);
    kit_never_says("A0000");
    kit_never_says("East");
    event = kit_decode(TOPIC,
                       "{'uuid':'u-1','eventType':'ANPR','eventState':'active','ANPR':{'licensePlate':'TEST123',"
                       "'pictureInfoList':[{'fileName':'a.jpg'}]}}",
                       1);
    wanted = kit_wanted("gate-2", SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_PLATE);
    wanted.subject = base_str_of("TEST123");
    wanted.native_id = base_str_of("u-1");
    wanted.flags = SENSORS_FLAG_REDACTED;
    kit_same(event, &wanted);
    kit_ignored(TOPIC, "{'uuid':'u-1','eventType':'ANPR','eventState':'inactive','ANPR':{'licensePlate':'TEST123'}}",
                0);
    event = kit_decode(TOPIC, "{" BASE("ANPR", "active") ",'ANPR':{'licensePlate':'车牌','confidenceLevel':'0'}}", 1);
    wanted = said(SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_OBJECT);
    wanted.flags = SENSORS_FLAG_SENTINEL;
    kit_same(event, &wanted);
}

static void motion_begins_goes_on_and_ends(void **state)
{
    (void)state;
    struct sensors_event wanted = said(SENSORS_KIND_DETECTION, SENSORS_PHASE_START, SENSORS_SUBJECT_OBJECT);
    wanted.channel = base_str_of("motion");
    wanted.lasts_us = 600 * KIT_SECOND;
    sensors_event_measure(&wanted, "motion", 1, "1");
    kit_same(kit_decode(TOPIC, "{" BASE("VMD", "active") "}", 1), &wanted);
    wanted.phase = SENSORS_PHASE_UPDATE;
    kit_same(kit_decode(TOPIC, "{" BASE("VMD", "active") "}", 1), &wanted);
    wanted.phase = SENSORS_PHASE_END;
    wanted.lasts_us = 0;
    wanted.measures[0].value = 0;
    kit_same(kit_decode(TOPIC, "{'EventNotificationAlert':{" BASE("VMD", "inactive") "}}", 1), &wanted);
}

static void alarms_have_a_severity_while_they_last(void **state)
{
    (void)state;
    struct sensors_event wanted = said(SENSORS_KIND_ALARM, SENSORS_PHASE_START, SENSORS_SUBJECT_OBJECT);
    wanted.channel = base_str_of("intrusion");
    wanted.severity = 3;
    wanted.lasts_us = 600 * KIT_SECOND;
    sensors_event_measure(&wanted, "intrusion", 1, "1");
    kit_same(kit_decode(TOPIC, "{" BASE("fielddetection", "active") "}", 1), &wanted);
    wanted = said(SENSORS_KIND_ALARM, SENSORS_PHASE_END, SENSORS_SUBJECT_UNIT);
    wanted.channel = base_str_of("input_3");
    sensors_event_measure(&wanted, "input", 0, "1");
    kit_same(kit_decode(TOPIC, "{" BASE("IO", "inactive") ",'inputIOPortID':3}", 1), &wanted);
    assert_true(base_str_is(kit_decode(TOPIC, "{" BASE("shelteralarm", "active") "}", 1)->channel, "tamper"));
    assert_true(base_str_is(kit_decode(TOPIC, "{" BASE("diskfull", "active") "}", 1)->channel, "fault_diskfull"));
}

static void a_lost_picture_that_is_not_lost_is_a_heartbeat(void **state)
{
    (void)state;
    struct sensors_event wanted = said(SENSORS_KIND_ALARM, SENSORS_PHASE_START, SENSORS_SUBJECT_UNIT);
    wanted.channel = base_str_of("fault_videoloss");
    wanted.severity = 2;
    wanted.lasts_us = 600 * KIT_SECOND;
    sensors_event_measure(&wanted, "fault", 1, "1");
    kit_same(kit_decode(TOPIC, "{" BASE("videoloss", "active") "}", 1), &wanted);
    assert_int_equal(kit_decode(TOPIC, "{" BASE("videoloss", "inactive") "}", 1)->phase, SENSORS_PHASE_END);
    wanted = said(SENSORS_KIND_LIFECYCLE, SENSORS_PHASE_START, SENSORS_SUBJECT_UNIT);
    kit_same(kit_decode(TOPIC, "{" BASE("videoloss", "inactive") "}", 1), &wanted);
    kit_forget(NULL);
    kit_same(kit_decode(TOPIC, "{" BASE("videoloss", "inactive") "}", 1), &wanted);
}

static void a_card_at_a_door(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode(
        TOPIC,
        "{" BASE("AccessControllerEvent", "active") ",'AccessControllerEvent':{'majorEventType':5,'subEventType':1,"
                                                    "'cardNo':'C-77','name':'Amy','employeeNoString':'42','serialNo':9,"
                                                    "'pictureURL':'http://x/y','mask':'no'}}",
        1);
    struct sensors_event wanted = said(SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_CARD);
    wanted.subject = base_str_of("C-77");
    wanted.native_id = base_str_of("9");
    wanted.flags = SENSORS_FLAG_REDACTED;
    sensors_event_measure(&wanted, "granted", 1, "1");
    kit_same(event, &wanted);
    assert_int_equal(kit.decoded.redacted, 4); /* name, number beside the card, picture, mask */
    kit_never_says("Amy");
    kit_never_says("C-77");
    event = kit_decode(
        TOPIC,
        "{" BASE("AccessControllerEvent", "active") ",'AccessControllerEvent':{'majorEventType':5,"
                                                    "'subEventType':76,'employeeNoString':'42','currentEvent':false}}",
        1);
    wanted = said(SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_CARD);
    wanted.subject = base_str_of("42");
    wanted.flags = SENSORS_FLAG_REPLAY | SENSORS_FLAG_HISTORICAL;
    sensors_event_measure(&wanted, "granted", 0, "1");
    kit_same(event, &wanted);
}

static void the_door_itself(void **state)
{
    (void)state;
#define DOOR(minor)                                                                                                  \
    "{" BASE("AccessControllerEvent", "active") ",'AccessControllerEvent':{'majorEventType':5,'subEventType':" minor \
                                                "}}"
    struct sensors_event wanted = said(SENSORS_KIND_STATE, SENSORS_PHASE_START, SENSORS_SUBJECT_UNIT);
    wanted.channel = base_str_of("open");
    sensors_event_measure(&wanted, "open", 1, "1");
    kit_same(kit_decode(TOPIC, DOOR("25"), 1), &wanted);
    wanted = said(SENSORS_KIND_ALARM, SENSORS_PHASE_START, SENSORS_SUBJECT_UNIT);
    wanted.channel = base_str_of("intrusion");
    wanted.severity = 3;
    wanted.lasts_us = 600 * KIT_SECOND;
    sensors_event_measure(&wanted, "intrusion", 1, "1");
    kit_same(kit_decode(TOPIC, DOOR("27"), 1), &wanted);
    assert_int_equal(kit_decode(TOPIC, DOOR("21"), 1)->phase, SENSORS_PHASE_END); /* no longer locked */
    kit_ignored(TOPIC,
                "{" BASE("AccessControllerEvent", "active") ",'AccessControllerEvent':{'majorEventType':3,'name':'a'}}",
                1);
#undef DOOR
}

static void the_cameras_own_xml(void **state)
{
    (void)state;
    static const char xml[] =
        "--MIME\r\nContent-Type: application/xml\r\n\r\n<?xml version='1.0'?><EventNotificationAlert version='2.0' "
        "xmlns='urn:x'><macAddress>02:00:00:00:00:01</macAddress><channelID>1</"
        "channelID><dateTime>2026-11-21T15:59:57+08:00"
        "</dateTime><activePostCount>1</activePostCount><eventType>ANPR</eventType><eventState>active</"
        "eventState><ANPR>"
        "<licensePlate>测A00001</licensePlate><confidenceLevel>97</confidenceLevel></ANPR></EventNotificationAlert>\r\n"
        "--MIME\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8";
    struct sensors_event wanted = said(SENSORS_KIND_ACCESS, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_PLATE);
    wanted.subject = base_str_of("测A00001");
    wanted.confidence = 0.97;
    wanted.flags = SENSORS_FLAG_REDACTED;
    kit_same(kit_decode(TOPIC, xml, 1), &wanted);
    struct base_id dedup = kit.decoded.events[0].dedup;
    assert_true(base_id_equal(
        dedup,
        kit_dedup(TOPIC, "{" BASE("ANPR", "active") ",'ANPR':{'licensePlate':'测A00001','confidenceLevel':97}}")));
    kit_refused(TOPIC, "<EventNotificationAlert><a></EventNotificationAlert>", SENSORS_REASON_NOT_XML);
    kit_refused(TOPIC, "<EventNotificationAlert>", SENSORS_REASON_NOT_JSON);
}

static void faces_are_not_kept(void **state)
{
    (void)state;
    kit_ignored(TOPIC, "{" BASE("faceCapture", "active") ",'faceCapture':[{'targetAttrs':{}}],'name':'Amy'}", 2);
    kit_ignored(TOPIC, "{" BASE("facedetection", "active") "}", 0);
}

static void the_key_is_the_uuid_or_all_that_tells(void **state)
{
    (void)state;
#define MESSAGE(uuid, count, plate)                                                                                   \
    "{'deviceID':'d','uuid':'" uuid "','eventType':'ANPR','dateTime':'2026-11-21T07:59:57Z','activePostCount':" count \
    ",'ANPR':{'licensePlate':'" plate "'}}"
    struct base_id one = kit_dedup(TOPIC, MESSAGE("u", "1", "TEST123"));
    assert_true(base_id_equal(one, kit_dedup("other/topic", MESSAGE("u", "1", "TEST123"))));
    assert_false(base_id_equal(one, kit_dedup(TOPIC, MESSAGE("v", "1", "TEST123"))));
    one = kit_dedup(TOPIC, MESSAGE("", "1", "TEST123"));
    assert_false(base_id_equal(one, kit_dedup(TOPIC, MESSAGE("", "2", "TEST123"))));
#undef MESSAGE
}

static void what_is_no_message_is_refused(void **state)
{
    (void)state;
    kit_refused(TOPIC, "{'deviceID':'d'}", SENSORS_REASON_FIELD);
    kit_refused(TOPIC, "{'eventType':5}", SENSORS_REASON_FIELD);
    kit_refused("x", "{'eventType':'VMD'}", SENSORS_REASON_FIELD);
    kit_refused(TOPIC, "{'eventType':'teaTime'}", SENSORS_REASON_TYPE);
    kit_refused(TOPIC, "{'eventType':'ANPR','ANPR':5}", SENSORS_REASON_FIELD);
    kit_refused(TOPIC, "{'eventType':'ANPR','ANPR':{'licensePlate':5}}", SENSORS_REASON_FIELD);
    kit_refused(TOPIC, "{'eventType':'AccessControllerEvent','AccessControllerEvent':[1]}", SENSORS_REASON_FIELD);
    kit_refused(TOPIC, "[]", SENSORS_REASON_NOT_JSON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plate_of_either_spelling),
        cmocka_unit_test_setup_teardown(motion_begins_goes_on_and_ends, kit_remember, kit_forget),
        cmocka_unit_test(alarms_have_a_severity_while_they_last),
        cmocka_unit_test_setup_teardown(a_lost_picture_that_is_not_lost_is_a_heartbeat, kit_remember, kit_forget),
        cmocka_unit_test(a_card_at_a_door),
        cmocka_unit_test(the_door_itself),
        cmocka_unit_test(the_cameras_own_xml),
        cmocka_unit_test(faces_are_not_kept),
        cmocka_unit_test(the_key_is_the_uuid_or_all_that_tells),
        cmocka_unit_test(what_is_no_message_is_refused),
    };
    return kit_run("hikvision", tests);
}
