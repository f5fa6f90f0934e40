/* sensors/decode_traccar.c: fixes, what the server made of them, alarms that begin and end. */
#include "kit.h"

#define DEVICE "'device':{'id':3,'name':'Amy','uniqueId':'860000000000001','phone':'+86','contact':null,'email':''}"
#define PLACE "'valid':true,'latitude':31.02,'longitude':121.4"
#define TIMES "'serverTime':'2026-11-21T07:59:58.000+00:00','fixTime':'2026-11-21T07:59:57.000+0000'"
#define ID "860000000000001"
#define FIXED (KIT_NOW - 3 * KIT_SECOND)

static struct sensors_event fix(void)
{
    struct sensors_event wanted = kit_wanted(ID, SENSORS_KIND_POSITION, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_VEHICLE);
    wanted.t_event = FIXED;
    wanted.t_gateway = KIT_NOW - 2 * KIT_SECOND;
    wanted.t_source = SENSORS_TIME_DEVICE;
    wanted.lon = 121.4;
    wanted.lat = 31.02;
    wanted.pos_source = SENSORS_POSITION_GNSS;
    wanted.flags = SENSORS_FLAG_REDACTED;
    return wanted;
}

static void a_fix_in_knots_and_milliseconds(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode(
        "traccar/positions",
        "{'position':{'id':0,'deviceId':3,'protocol':'teltonika'," TIMES "," PLACE
        ",'altitude':12.5,'speed':10,'course':90,'accuracy':5,'address':'Lane 1','network':{'wifiAccessPoints':[{}]},"
        "'attributes':{'batteryLevel':80,'power':27.4,'odometer':1000,'totalDistance':5,'hours':7200000,"
        "'ignition':true,'rssi':-70,'sat':9,'driverUniqueId':'D1'}}," DEVICE "}",
        1);
    struct sensors_event wanted = fix();
    wanted.alt_m = 12.5;
    wanted.acc_m = 5;
    wanted.speed_mps = 18520.0 / 3600;
    wanted.course_deg = 90;
    sensors_event_measure(&wanted, "ignition", 1, "1");
    sensors_event_measure(&wanted, "battery", 80, "%");
    sensors_event_measure(&wanted, "voltage", 27.4, "V");
    sensors_event_measure(&wanted, "odometer", 1000, "m");
    sensors_event_measure(&wanted, "duration", 7200, "s");
    sensors_event_measure(&wanted, "rssi", -70, "dBm");
    kit_same(event, &wanted);
    assert_int_equal(kit.decoded.redacted, 5); /* name, phone, address, network, driver */
    kit_never_says("Amy");
    kit_never_says("Lane");
    kit_never_says("D1");
}

static void without_a_fix_the_servers_guess_is_left_out(void **state)
{
    (void)state;
    const struct sensors_event *event =
        kit_decode("t",
                   "{'position':{" TIMES ",'valid':false,'latitude':31.02,'longitude':121.4,'speed':3,"
                   "'attributes':{'battery':4.1,'rssi':4}},'device':{'uniqueId':'" ID "'}}",
                   1);
    struct sensors_event wanted = fix();
    wanted.lon = wanted.lat = NAN;
    wanted.pos_source = SENSORS_POSITION_NONE;
    wanted.flags = SENSORS_FLAG_PARTIAL;
    sensors_event_measure(&wanted, "voltage", 4.1, "V");
    kit_same(event, &wanted);
}

static void a_clock_ahead_gives_way_to_the_servers(void **state)
{
    (void)state;
    const struct sensors_event *event =
        kit_decode("t",
                   "[{'deviceId':7,'attributes':[],'serverTime':'2026-11-21T07:59:58.000+0000',"
                   "'fixTime':'2026-11-21T08:15:00.000+0000'," PLACE "}]",
                   1);
    struct sensors_event wanted = fix();
    wanted.device = base_str_of("id:7");
    wanted.t_event = wanted.t_gateway;
    wanted.t_source = SENSORS_TIME_SERVER;
    wanted.flags = SENSORS_FLAG_TIME_REPAIRED | SENSORS_FLAG_CLOCK_AHEAD;
    kit_same(event, &wanted);
}

static void alarms_begin_go_on_and_end(void **state)
{
    (void)state;
    static const char first[] = "{'position':{" TIMES "," PLACE ",'attributes':{'alarm':'sos,lowBattery'}},"
                                "'device':{'uniqueId':'" ID "'}}";
    const struct sensors_event *events = kit_decode("t", first, 3);
    struct sensors_event wanted = fix();
    wanted.flags = 0;
    kit_same(&events[0], &wanted);
    wanted.kind = SENSORS_KIND_ALARM;
    wanted.phase = SENSORS_PHASE_START;
    wanted.channel = base_str_of("sos");
    wanted.severity = 4;
    sensors_event_measure(&wanted, "sos", 1, "1");
    kit_same(&events[1], &wanted);
    assert_true(base_str_is(events[2].channel, "battery_low"));
    assert_int_equal(events[2].severity, 1);
    assert_int_equal(events[2].lasts_us, 3600 * KIT_SECOND);
    assert_false(base_id_equal(events[1].dedup, events[2].dedup));
    events = kit_decode("t", first, 3);
    assert_int_equal(events[1].phase, SENSORS_PHASE_UPDATE);
    events = kit_decode("t", "{'position':{" TIMES "," PLACE ",'attributes':{}},'device':{'uniqueId':'" ID "'}}", 2);
    assert_true(base_str_is(events[1].channel, "battery_low"));
    assert_int_equal(events[1].phase, SENSORS_PHASE_END);
    assert_int_equal(events[1].severity, SENSORS_NO_SEVERITY);
    kit_near(sensors_event_value(&events[1], "battery_low"), 0);
}

static void a_tired_driver_is_nobodys_business(void **state)
{
    (void)state;
    kit_decode(
        "t", "{'position':{" TIMES "," PLACE ",'attributes':{'alarm':'fatigueDriving'}},'device':{'uniqueId':'1'}}", 1);
    assert_int_equal(kit.decoded.redacted, 1);
    kit_never_says("fatigue");
    const struct sensors_event *events = kit_decode(
        "t", "{'position':{" TIMES "," PLACE ",'attributes':{'alarm':'newWord'}},'device':{'uniqueId':'1'}}", 2);
    assert_true(base_str_is(events[1].channel, "fault"));
}

static void a_geofence_is_known_by_its_id(void **state)
{
    (void)state;
    const struct sensors_event *event =
        kit_decode("traccar/events",
                   "{'event':{'id':12,'type':'geofenceExit','geofenceId':5,'deviceId':3},'geofence':{'id':5,"
                   "'name':'Home','description':'mine','area':'CIRCLE (31 121, 50)'},"
                   "'position':{" TIMES "," PLACE ",'accuracy':0,'attributes':{'ignition':false}}," DEVICE "}",
                   1);
    struct sensors_event wanted = fix();
    wanted.kind = SENSORS_KIND_TRANSITION;
    wanted.phase = SENSORS_PHASE_END;
    wanted.native_id = base_str_of("5");
    sensors_event_measure(&wanted, "ignition", 0, "1");
    kit_same(event, &wanted);
    assert_int_equal(kit.decoded.redacted, 4);
    kit_never_says("Home");
    kit_never_says("CIRCLE");
}

static void coming_and_going_are_the_servers_word(void **state)
{
    (void)state;
    const struct sensors_event *event = kit_decode(
        "t", "{'event':{'id':1,'type':'deviceOffline','eventTime':'2026-11-21T07:59:57Z'},'device':{'uniqueId':'x'}}",
        1);
    struct sensors_event wanted = kit_wanted("x", SENSORS_KIND_LIFECYCLE, SENSORS_PHASE_END, SENSORS_SUBJECT_VEHICLE);
    wanted.t_event = FIXED;
    wanted.t_source = SENSORS_TIME_SERVER;
    kit_same(event, &wanted);
    kit_ignored("t", "{'event':{'type':'deviceUnknown'},'device':{'uniqueId':'x'}}", 0);
    kit_ignored("t",
                "{'event':{'type':'driverChanged','attributes':{'driverUniqueId':'D1'}},'device':{'uniqueId':'x'}}", 1);
    kit_ignored("t", "{'event':{'type':'alarm','attributes':{'alarm':'powerRestored'}},'device':{'uniqueId':'x'}}", 0);
}

static void events_of_alarm_and_speed(void **state)
{
    (void)state;
    const struct sensors_event *event =
        kit_decode("t",
                   "{'event':{'id':2,'type':'deviceOverspeed','attributes':{'speed':40}},'position':{" TIMES "," PLACE
                   ",'speed':40},'device':{'uniqueId':'" ID "'}}",
                   1);
    struct sensors_event wanted = fix();
    wanted.kind = SENSORS_KIND_ALARM;
    wanted.phase = SENSORS_PHASE_START;
    wanted.channel = base_str_of("overspeed");
    wanted.severity = 2;
    wanted.lasts_us = 600 * KIT_SECOND;
    wanted.speed_mps = 40 * 1852.0 / 3600;
    wanted.flags = 0;
    sensors_event_measure(&wanted, "overspeed", 1, "1");
    kit_same(event, &wanted);
    event = kit_decode(
        "t", "{'event':{'id':3,'type':'alarm','attributes':{'alarm':'tampering'}},'device':{'uniqueId':'1'}}", 1);
    assert_true(base_str_is(event->channel, "tamper"));
    assert_int_equal(event->severity, 2);
}

static void the_number_stands_for_the_id_once_both_came(void **state)
{
    (void)state;
    static const char number[] = "[{'deviceId':3," TIMES "," PLACE "}]";
    assert_true(base_str_is(kit_decode("t", number, 1)->device, "id:3"));
    kit_decode("t", "{'position':{'deviceId':3," TIMES "," PLACE "}," DEVICE "}", 1);
    assert_true(base_str_is(kit_decode("t", number, 1)->device, ID));
}

static void the_app_by_itself(void **state)
{
    (void)state;
    const struct sensors_event *event =
        kit_decode("t",
                   "{'location':{'timestamp':'2026-11-21T07:59:57Z','coords':{'latitude':31.02,'longitude':121.4,"
                   "'accuracy':4,'speed':1.5,'heading':-1,'altitude':3},'battery':{'level':0.5}},'device_id':'77'}",
                   1);
    struct sensors_event wanted = fix();
    wanted.device = base_str_of("77");
    wanted.t_gateway = SENSORS_NO_TIME;
    wanted.acc_m = 4;
    wanted.alt_m = 3;
    wanted.speed_mps = 1.5;
    wanted.flags = SENSORS_FLAG_SENTINEL;
    sensors_event_measure(&wanted, "battery", 50, "%");
    kit_same(event, &wanted);
}

static void the_key_is_device_time_and_place(void **state)
{
    (void)state;
#define MESSAGE(id, server, time, lat)                                                                       \
    "{'position':{'id':" id ",'serverTime':'2026-11-21T07:59:" server "Z','fixTime':'2026-11-21T07:59:" time \
    "Z','latitude':" lat ",'longitude':121},'device':{'uniqueId':'a'}}"
    struct base_id one = kit_dedup("t", MESSAGE("0", "58", "57", "31.0"));
    assert_true(base_id_equal(one, kit_dedup("u", MESSAGE("9", "59", "57", "31.00"))));
    assert_false(base_id_equal(one, kit_dedup("t", MESSAGE("0", "58", "56", "31.0"))));
    assert_false(base_id_equal(one, kit_dedup("t", MESSAGE("0", "58", "57", "31.1"))));
#undef MESSAGE
#define MESSAGE(id, type) "{'event':{'id':" id ",'type':'" type "'},'device':{'uniqueId':'a'}}"
    one = kit_dedup("t", MESSAGE("1", "ignitionOn"));
    assert_true(base_id_equal(one, kit_dedup("t", MESSAGE("1", "ignitionOn"))));
    assert_false(base_id_equal(one, kit_dedup("t", MESSAGE("2", "ignitionOn"))));
    assert_false(base_id_equal(one, kit_dedup("t", MESSAGE("1", "ignitionOff"))));
#undef MESSAGE
}

static void what_is_no_message_is_refused(void **state)
{
    (void)state;
    kit_refused("t", "{'position':5,'device':{'uniqueId':'a'}}", SENSORS_REASON_FIELD);
    kit_refused("t", "[5]", SENSORS_REASON_FIELD);
    kit_refused("t", "7", SENSORS_REASON_FIELD);
    kit_refused("t", "{'position':{'latitude':31,'longitude':121}}", SENSORS_REASON_FIELD);
    kit_refused("t", "{'position':{'latitude':'x','longitude':121},'device':{'uniqueId':'a'}}", SENSORS_REASON_FIELD);
    kit_refused("t", "{'position':{'latitude':95,'longitude':121},'device':{'uniqueId':'a'}}", SENSORS_REASON_POSITION);
    kit_refused("t", "{'event':{'type':'teaTime'},'device':{'uniqueId':'a'}}", SENSORS_REASON_TYPE);
    kit_refused("t", "{'location':{'coords':{'latitude':31}},'device_id':1}", SENSORS_REASON_FIELD);
    kit_refused("t", "{'position':", SENSORS_REASON_NOT_JSON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fix_in_knots_and_milliseconds),
        cmocka_unit_test(without_a_fix_the_servers_guess_is_left_out),
        cmocka_unit_test(a_clock_ahead_gives_way_to_the_servers),
        cmocka_unit_test_setup_teardown(alarms_begin_go_on_and_end, kit_remember, kit_forget),
        cmocka_unit_test(a_tired_driver_is_nobodys_business),
        cmocka_unit_test(a_geofence_is_known_by_its_id),
        cmocka_unit_test(coming_and_going_are_the_servers_word),
        cmocka_unit_test(events_of_alarm_and_speed),
        cmocka_unit_test_setup_teardown(the_number_stands_for_the_id_once_both_came, kit_remember, kit_forget),
        cmocka_unit_test(the_app_by_itself),
        cmocka_unit_test(the_key_is_device_time_and_place),
        cmocka_unit_test(what_is_no_message_is_refused),
    };
    return kit_run("traccar", tests);
}
