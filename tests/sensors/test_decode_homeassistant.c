/* sensors/decode_homeassistant.c: configurations are remembered, changed and taken back; what they name is read. */
#include "kit.h"

#define SENSOR "homeassistant/sensor/hall/t1/config"
#define CONTACT "homeassistant/binary_sensor/c1/config"

static struct sensors_event reading(const char *device, const char *channel)
{
    struct sensors_event event =
        kit_wanted(device, SENSORS_KIND_MEASUREMENT, SENSORS_PHASE_PULSE, SENSORS_SUBJECT_UNIT);
    event.channel = base_str_of(channel);
    return event;
}

static void a_member_of_json_becomes_a_reading_in_its_unit(void **state)
{
    (void)state;
    kit_ignored(SENSOR,
                "{'~':'home','stat_t':'~/t1','dev_cla':'temperature','unit_of_meas':'°F',"
                "'val_tpl':'{{ value_json.air.t | round(1) }}','uniq_id':'u1','dev':{'ids':['node-1'],'name':'x'}}",
                0);
    kit_refused("home/t1", "{'air':{'t':70.7}}", SENSORS_REASON_UNBORN); /* a filter behind the name */
    kit_ignored(SENSOR,
                "{'~':'home','stat_t':'~/t1','dev_cla':'temperature','unit_of_meas':'°F',"
                "'val_tpl':'{{ value_json.air.t }}','uniq_id':'u1','dev':{'ids':['node-1'],'name':'x'}}",
                0);
    struct sensors_event wanted = reading("node-1", "temperature");
    sensors_event_measure(&wanted, "temperature", 21.5, "Cel");
    kit_same(kit_decode("home/t1", "{'air':{'t':70.7}}", 1), &wanted);
    kit_same(kit_decode("home/t1", "{'air':{'t':'70.7'}}", 1), &wanted);
    kit_ignored("home/t1", "{'air':{}}", 0);
    kit_ignored("home/t1", "{'air':{'t':'unavailable'}}", 0);
}

static void yes_and_no_are_told_by_the_words_it_gave(void **state)
{
    (void)state;
    kit_ignored(
        CONTACT,
        "{'state_topic':'home/c1','device_class':'door','unique_id':'u2','payload_on':'1st','payload_off':'2nd',"
        "'availability':[{'topic':'home/c1/there'}]}",
        0);
    struct sensors_event wanted = kit_wanted("u2", SENSORS_KIND_STATE, SENSORS_PHASE_START, SENSORS_SUBJECT_UNIT);
    wanted.channel = base_str_of("open");
    sensors_event_measure(&wanted, "open", 1, "1");
    kit_same(kit_decode("home/c1", "1st", 1), &wanted);
    wanted.phase = SENSORS_PHASE_UPDATE;
    kit_same(kit_decode("home/c1", "1st", 1), &wanted);
    wanted.phase = SENSORS_PHASE_END;
    wanted.measures[0].value = 0;
    kit_same(kit_decode("home/c1", "2nd", 1), &wanted);
    kit_ignored("home/c1", "neither", 0);
    struct sensors_event gone = kit_wanted("u2", SENSORS_KIND_LIFECYCLE, SENSORS_PHASE_END, SENSORS_SUBJECT_UNIT);
    kit_same(kit_decode("home/c1/there", "offline", 1), &gone);
}

static void a_lock_that_is_on_is_not_locked(void **state)
{
    (void)state;
    kit_ignored("homeassistant/binary_sensor/l/config", "{'state_topic':'home/l','device_class':'lock'}", 0);
    struct sensors_event wanted = kit_wanted("l", SENSORS_KIND_STATE, SENSORS_PHASE_SNAPSHOT, SENSORS_SUBJECT_UNIT);
    wanted.channel = base_str_of("locked");
    sensors_event_measure(&wanted, "locked", 0, "1");
    kit_same(kit_decode("home/l", "ON", 1), &wanted);
}

static void one_configuration_of_several_components(void **state)
{
    (void)state;
    kit_ignored("homeassistant/device/box/config",
                "{'dev':{'ids':'box-1'},'state_topic':'ignored','cmps':{"
                "'a':{'p':'sensor','device_class':'humidity','unit_of_measurement':'%','state_topic':'box/s',"
                "'value_template':'{{ value_json.rh }}'},"
                "'b':{'p':'binary_sensor','device_class':'smoke','state_topic':'box/s',"
                "'value_template':'{{value_json[\\\"smoke\\\"]}}'}}}",
                0);
    const struct sensors_event *events = kit_decode("box/s", "{'rh':40,'smoke':true}", 2);
    struct sensors_event wanted = reading("box-1", "humidity");
    sensors_event_measure(&wanted, "humidity", 40, "%");
    kit_same(&events[0], &wanted);
    wanted = kit_wanted("box-1", SENSORS_KIND_ALARM, SENSORS_PHASE_START, SENSORS_SUBJECT_UNIT);
    wanted.channel = base_str_of("smoke");
    wanted.severity = 4;
    sensors_event_measure(&wanted, "smoke", 1, "1");
    kit_same(&events[1], &wanted);
}

static void what_is_taken_back_or_moved_is_forgotten(void **state)
{
    (void)state;
    kit_ignored(CONTACT, "{'state_topic':'home/c1','device_class':'motion'}", 0);
    kit_decode("home/c1", "ON", 1);
    kit_ignored(CONTACT, "{'state_topic':'home/c2','device_class':'motion'}", 0);
    kit_refused("home/c1", "ON", SENSORS_REASON_UNBORN);
    kit_decode("home/c2", "ON", 1);
    kit_ignored(CONTACT, "", 0);
    kit_refused("home/c2", "ON", SENSORS_REASON_UNBORN);
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    kit_refused(SENSOR, "ON", SENSORS_REASON_NOT_JSON);
    kit_refused(SENSOR, "[1]", SENSORS_REASON_NOT_JSON);
    kit_refused("home/never", "ON", SENSORS_REASON_UNBORN);
    kit_ignored(SENSOR, "{'stat_t':'home/t1','dev_cla':'temperature'}", 0);
    kit_refused("home/t1", "{'t':", SENSORS_REASON_NOT_JSON);
    kit_ignored(SENSOR, "{'stat_t':5,'dev_cla':[],'val_tpl':{},'dev':'x','avty':7,'cmps':3}", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_member_of_json_becomes_a_reading_in_its_unit, kit_remember, kit_forget),
        cmocka_unit_test_setup_teardown(yes_and_no_are_told_by_the_words_it_gave, kit_remember, kit_forget),
        cmocka_unit_test_setup_teardown(a_lock_that_is_on_is_not_locked, kit_remember, kit_forget),
        cmocka_unit_test_setup_teardown(one_configuration_of_several_components, kit_remember, kit_forget),
        cmocka_unit_test_setup_teardown(what_is_taken_back_or_moved_is_forgotten, kit_remember, kit_forget),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_refused, kit_remember, kit_forget),
    };
    return kit_run("homeassistant", tests);
}
