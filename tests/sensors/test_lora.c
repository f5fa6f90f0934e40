/* sensors/lora*.c and the shipped mappings: one reading of each model, as The Things Stack and ChirpStack bring it,
 * decoded by the network and as bytes. All four give the same event. */
#include "sensors/lora.h"
#include "sensors/mapping.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1795248000000000) /* 2026-11-21T08:00:00Z */

static struct base_arena arena;
static struct base_diag diag;
static const struct base_key key = {.bytes = "test key"};
static struct sensors_mappings *mappings;

struct model {
    const char *name;
    int f_port;
    const char *hex;    /* what the device sends */
    const char *object; /* what a codec of it gives */
    const char *other;  /* another codec of the maker's, NULL: there is none */
    const char *events; /* kind phase channel: measures */
};

static const struct model models[] = {
    {"em400-tld", 85, "01755a03670a0104826a04050001",
     "{\"battery\":90,\"temperature\":26.6,\"distance\":1130,\"position\":\"tilt\"}", NULL,
     "state start tilt: tilt=1 1\nmeasurement pulse: distance=1.13 m temperature=26.6 Cel battery=90 %\n"},
    {"em400-mud", 85, "83670a0101848264000105000001755a",
     "{\"battery\":90,\"temperature\":26.6,\"distance\":100,\"position\":\"normal\",\"distance_alarming\":true}", NULL,
     "state end tilt: tilt=0 1\nmeasurement pulse: distance=0.1 m temperature=26.6 Cel battery=90 %\n"},
    {"em400-udl", 85, "03670a0104 82ffff", "{\"temperature\":26.6,\"distance\":65535}", NULL,
     "measurement pulse sentinel: temperature=26.6 Cel\n"},
    {"em500-swl", 85, "01754b03772b01", "{\"battery\":75,\"level\":299}", "{\"battery\":75,\"depth\":299}",
     "measurement pulse: level=2.99 m battery=75 %\n"},
    {"em500-udl", 85, "01754b0382f405", "{\"battery\":75,\"distance\":1.524}", "{\"battery\":75,\"distance\":1524}",
     "measurement pulse: distance=1.524 m battery=75 %\n"},
    {"em300-sld", 85, "03670a010468500500 01", "{\"temperature\":26.6,\"humidity\":40,\"water_leak\":\"leak\"}",
     "{\"temperature\":26.6,\"humidity\":40,\"leakage_status\":\"leak\"}",
     "alarm start water_leak severity 3: water_leak=1 1\nmeasurement pulse: temperature=26.6 Cel humidity=40 %\n"},
    {"em300-mcs", 85, "03670a01060001", "{\"temperature\":26.6,\"magnet\":1}",
     "{\"temperature\":26.6,\"magnet_status\":\"open\"}",
     "state start open: open=1 1\nmeasurement pulse: temperature=26.6 Cel\n"},
    {"am319", 85, "03670a01046850050001 06cb03 077da302087d2500 09735f27 0a7d0400 0b7d1f00 0c7d3100 0e0100 01755a",
     "{\"temperature\":26.6,\"humidity\":40,\"activity\":\"trigger\",\"light_level\":3,\"co2\":675,\"tvoc\":37,"
     "\"pressure\":1007.9,\"hcho\":0.04,\"pm2.5\":31,\"pm10\":49,\"beep\":\"no\",\"battery\":90}",
     "{\"temperature\":26.6,\"humidity\":40,\"pir\":\"trigger\",\"light_level\":3,\"co2\":675,\"tvoc\":0.37,"
     "\"pressure\":1007.9,\"hcho\":0.04,\"pm2_5\":31,\"pm10\":49,\"battery\":90}",
     "detection start motion: motion=1 1\nmeasurement pulse: temperature=26.6 Cel humidity=40 % co2=675 ppm "
     "pressure=100790 Pa hcho=0.04 mg/m3 pm2_5=31 ug/m3 pm10=49 ug/m3 battery=90 %\n"},
    {"am107", 85, "03670a01046850056a4900 06651c00790014 00077de704087d0700 09733f27",
     "{\"temperature\":26.6,\"humidity\":40,\"activity\":73,\"illumination\":28,\"infrared\":20,"
     "\"infrared_and_visible\":121,\"co2\":1255,\"tvoc\":7,\"pressure\":1004.7}",
     NULL, "measurement pulse: temperature=26.6 Cel humidity=40 % illuminance=28 lx co2=1255 ppm pressure=100470 Pa\n"},
    {"ws301", 85, "01755a030001040000", "{\"battery\":90,\"door\":\"open\",\"install\":\"yes\"}",
     "{\"battery\":90,\"magnet_status\":\"open\",\"tamper_status\":\"installed\"}",
     "state start open: open=1 1 battery=90 %\nalarm end tamper: tamper=0 1\n"},
    {"ws202", 85, "030001040001", "{\"pir\":\"trigger\",\"light\":\"light\"}",
     "{\"pir\":\"trigger\",\"daylight\":\"bright\"}", "detection start motion: motion=1 1\n"},
    {"gs301", 85, "02670a01036850047d3200057dffff", "{\"temperature\":26.6,\"humidity\":40,\"nh3\":0.5}",
     "{\"temperature\":26.6,\"humidity\":40,\"nh3\":0.5,\"h2s_sensor_status\":\"device error\"}",
     "measurement pulse: nh3=0.5 ppm temperature=26.6 Cel humidity=40 %\n"},
    {"gs101", 85, "058e01060100070100", "{\"state\":\"abnormal\",\"valve\":\"close\",\"relay\":\"close\"}",
     "{\"gas_status\":\"alarm\",\"valve_status\":\"off\"}", "alarm start gas severity 4: gas=1 1\n"},
    {"gs524n", 1, "2211645a1cf3",
     "{\"version\":2,\"protocol\":2,\"type\":\"smoke sensor\",\"event\":\"alarm\",\"battery\":100,\"concentration\":90,"
     "\"temperature\":28}",
     NULL,
     "alarm start smoke severity 4: smoke=1 1\nmeasurement pulse: smoke_density=90 % temperature=28 Cel battery=100 "
     "%\n"},
    {"ra02a", 6, "010a01a401000115000000",
     "{\"Device\":\"RA02A\",\"Volt\":\"3.6(low battery)\",\"FireAlarm\":\"Alarm\",\"HighTempAlarm\":\"No Alarm\","
     "\"Temp\":27.7}",
     NULL,
     "alarm start smoke severity 4: smoke=1 1\nalarm end fire: fire=0 1\nalarm start battery_low severity 1: "
     "battery_low=1 1\nmeasurement pulse: temperature=27.7 Cel voltage=3.6 V\n"},
    {"ldds75", 2, "0d2305dc00", "{\"Bat\":3.363,\"distance\":1500}", "{\"Bat\":\"3.363 V\",\"Distance\":\"1500 mm\"}",
     "measurement pulse: distance=1.5 m voltage=3.363 V\n"},
    {"lds02", 10, "8bb80100000500000300",
     "{\"BAT_V\":3.0,\"MOD\":1,\"DOOR_OPEN_STATUS\":1,\"DOOR_OPEN_TIMES\":5,\"LAST_DOOR_OPEN_DURATION\":3,\"ALARM\":0}",
     NULL, "state start open: open=1 1 voltage=3 V\n"},
};

/* --- messages --- */
static size_t bytes_of(const char *hex, uint8_t *bytes)
{
    static const char digits[] = "0123456789abcdef";
    size_t half = 0;
    for (; *hex; hex++) {
        const char *at = strchr(digits, *hex);
        if (at) {
            bytes[half / 2] = (uint8_t)(half % 2 ? bytes[half / 2] | (at - digits) : (at - digits) << 4);
            half++;
        }
    }
    assert_int_equal(half % 2, 0);
    return half / 2;
}

static void base64_of(const uint8_t *bytes, size_t len, char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        unsigned bits = (unsigned)bytes[i] << 16 | (i + 1 < len ? (unsigned)bytes[i + 1] << 8 : 0) |
                        (i + 2 < len ? bytes[i + 2] : 0);
        *text++ = digits[bits >> 18];
        *text++ = digits[bits >> 12 & 63];
        *text++ = i + 1 < len ? digits[bits >> 6 & 63] : '=';
        *text++ = i + 2 < len ? digits[bits & 63] : '=';
    }
    *text = '\0';
}

static void ttn(const struct model *model, const char *data, const char *object, char *text, size_t size)
{
    snprintf(text, size,
             "{\"end_device_ids\":{\"dev_eui\":\"70B3D57ED0050001\"},\"uplink_message\":{\"received_at\":"
             "\"2026-11-21T07:59:59Z\",\"f_port\":%d,\"frm_payload\":\"%s\",\"version_ids\":{\"brand_id\":\"b\","
             "\"model_id\":\"%s\"}%s%s}}",
             model->f_port, data, model->name, object ? ",\"decoded_payload\":" : "", object ? object : "");
}

static void chirpstack(const struct model *model, const char *data, const char *object, char *text, size_t size)
{
    snprintf(text, size,
             "{\"deduplicationId\":\"d\",\"time\":\"2026-11-21T07:59:59Z\",\"deviceInfo\":{\"devEui\":\"70b3\","
             "\"deviceProfileName\":\"Maker %s EU868\",\"tags\":{}},\"fPort\":%d,\"data\":\"%s\"%s%s}",
             model->name, model->f_port, data, object ? ",\"object\":" : "", object ? object : "");
}

/* --- events as text --- */
static void describe(const struct sensors_decoded *decoded, struct base_buf *text)
{
    base_buf_reset(text);
    for (size_t i = 0; i < decoded->count; i++) {
        const struct sensors_event *event = &decoded->events[i];
        base_buf_printf(text, "%s %s", sensors_kind_name(event->kind), sensors_phase_name(event->phase));
        base_buf_printf(text, "%s%.*s", event->channel.len ? " " : "", (int)event->channel.len,
                        event->channel.len ? event->channel.at : "");
        if (event->severity != SENSORS_NO_SEVERITY) {
            base_buf_printf(text, " severity %d", event->severity);
        }
        base_buf_text(text, event->flags & SENSORS_FLAG_SENTINEL ? " sentinel" : "");
        base_buf_text(text, event->flags & SENSORS_FLAG_PARTIAL ? " partial" : "");
        base_buf_text(text, ":");
        for (size_t j = 0; j < event->measure_count; j++) {
            const struct sensors_measure *measure = &event->measures[j];
            base_buf_printf(text, " %s=%g %s", measure->name, measure->value, measure->unit);
        }
        base_buf_text(text, "\n");
    }
}

/* What the envelope says of each: nothing else may be in it. */
static void check_rest(const struct model *model, const char *format, const struct sensors_event *event)
{
    bool ttn = strcmp(format, "ttn") == 0;
    const uint32_t said = SENSORS_FLAG_SENTINEL | SENSORS_FLAG_PARTIAL; /* described */
    bool same = base_str_is(event->device, ttn ? "70B3D57ED0050001" : "70b3") && event->ns.len == 0 &&
                event->subject.len == 0 && event->subject_type == SENSORS_SUBJECT_UNIT && event->native_id.len == 0 &&
                event->t_event == NOW - 1000000 && event->t_gateway == SENSORS_NO_TIME &&
                event->t_source == (ttn ? SENSORS_TIME_SERVER : SENSORS_TIME_GATEWAY) && event->lasts_us == 0 &&
                event->pos_source == SENSORS_POSITION_NONE && isnan(event->confidence) && isnan(event->lon) &&
                isnan(event->lat) && isnan(event->alt_m) && isnan(event->acc_m) && isnan(event->speed_mps) &&
                isnan(event->course_deg) && (event->flags & ~said) == 0;
    if (!same) {
        fail_msg("%s as %s: device, time, place, subject or flags are not the envelope's", model->name, format);
    }
}

static void check(const struct model *model, const char *format, const char *payload, const char *wanted)
{
    const struct sensors_message message = {
        .payload = base_str_of(payload), .t_recv = NOW, .source = base_str_of("s"), .key = &key, .mappings = mappings};
    struct sensors_decoded decoded;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 16);
    base_arena_reset(&arena);
    if (sensors_decode(sensors_format_find(base_str_of(format)), &message, &arena, &diag, &decoded)) {
        fail_msg("%s %s: %s", model->name, payload, diag.text);
    }
    assert_int_equal(decoded.redacted, 0);
    for (size_t i = 0; i < decoded.count; i++) {
        check_rest(model, format, &decoded.events[i]);
    }
    describe(&decoded, &text);
    if (strcmp(base_buf_cstr(&text), wanted) != 0) {
        fail_msg("%s as %s:\n%s\nis not\n%s\nof %s", model->name, format, base_buf_cstr(&text), wanted, payload);
    }
}

/* A sentinel among bytes is left out before the object is made: its codec says it in a word of its own, or not at all.
 */
static const char *without(const char *events, const char *word, char *text)
{
    const char *at = strstr(events, word);
    size_t len = at ? (size_t)(at - events) : strlen(events);
    memcpy(text, events, len);
    memcpy(text + len, at ? at + strlen(word) : "", at ? strlen(at + strlen(word)) + 1 : 1);
    return text;
}

static void every_model_by_every_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(models); i++) {
        const struct model *model = &models[i];
        const char *const objects[] = {model->object, model->other ? model->other : model->object, NULL};
        for (size_t j = 0; j < BASE_COUNT(objects); j++) {
            uint8_t bytes[100];
            char data[200], payload[3000], plain[1000];
            base64_of(bytes, bytes_of(model->hex, bytes), data);
            const char *wanted = objects[j] ? model->events : without(model->events, " sentinel", plain);
            ttn(model, data, objects[j], payload, sizeof payload);
            check(model, "ttn", payload, wanted);
            chirpstack(model, data, objects[j], payload, sizeof payload);
            check(model, "chirpstack", payload, wanted);
        }
    }
}

/* So that none ships without a reading of it. */
static void every_mapping_has_a_model(void **state)
{
    (void)state;
    for (size_t i = 0; sensors_mapping_files[i].name; i++) {
        const char *text = sensors_mapping_files[i].text;
        bool found = !strstr(text, "\"inside\"");
        for (size_t j = 0; j < BASE_COUNT(models) && !found; j++) {
            char quoted[64];
            snprintf(quoted, sizeof quoted, "\"%s\"", models[j].name);
            found = strstr(text, quoted) != NULL;
        }
        if (!found) {
            fail_msg("%s: none of its models is tested here", sensors_mapping_files[i].name);
        }
    }
}

static void bytes_that_are_not_the_models(void **state)
{
    (void)state;
    static const struct {
        const char *model, *hex;
        double f_port;
        bool good;
    } cases[] = {
        {"em400-tld", "01755a", 85, true},
        {"em400-tld", "01755aff0b ffff0100ff16 0011223344556677", 85, true}, /* what it says after a reset */
        {"em400-tld", "01755a20ce00", 85, true},                             /* history behind it */
        {"em400-tld", "0175", 85, false},
        {"em400-tld", "0367 0a", 85, false},
        {"em400-tld", "20ce00", 85, false},
        {"em400-tld", "", 85, false},
        {"em400-xyz", "01755a", 85, false},
        {"", "01755a", 85, false},
        {"em400-tld", "01755a01755b", 85, false}, /* twice */
        {"gs524n", "2211645a1cf4", 1, false},     /* sum */
        {"gs524n", "2211645a1c", 1, false},
        {"gs524n", "2221645a1ce3", 1, false}, /* another kind of sensor */
        {"ra02a", "010a00a401000115000000", 6, false},
        {"ra02a", "011101a401000115000000", 6, false},
        {"ra02a", "010a01a4", 6, false},
        {"ra02a", "010a01a401000115000000", 7, false},
        {"ldds75", "0d23", 2, false},
        {"lds02", "8bb8", 10, false},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        uint8_t bytes[100];
        char data[200];
        AUTO(base_json) object = NULL;
        base64_of(bytes, bytes_of(cases[i].hex, bytes), data);
        bool good = sensors_lora_bytes_object(base_str_of(cases[i].model), base_str_of(data), cases[i].f_port, &object);
        if (good != cases[i].good || good != (object != NULL)) {
            fail_msg("%s %s", cases[i].model, cases[i].hex);
        }
    }
}

static void base64(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        bool good;
    } cases[] = {{"", 0, true},        {"AQ==", 1, true},   {"AQ", 1, true},     {"AQI=", 2, true},
                 {"AQID", 3, true},    {"-_-_", 3, true},   {"+/+/", 3, true},   {"A", 0, false},
                 {"AQ=D", 0, false},   {"AQ ==", 0, false}, {"AQ\n=", 0, false}, {"AQIDBA", 4, true},
                 {"AQIDBAU", 0, false}};
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        uint8_t bytes[4];
        size_t len = 0;
        bool good = sensors_lora_base64(base_str_of(cases[i].text), bytes, sizeof bytes, &len);
        if (good != cases[i].good || (good && len != cases[i].len)) {
            fail_msg("%s", cases[i].text);
        }
    }
}

static void models_by_the_profiles_name(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"Milesight EM400-TLD EU868", "em400-tld"},
                                           {"EU868 / Milesight (AM319)", "am319"},
                                           {"WS301", "ws301"},
                                           {"LoRaWAN sensor class A", ""},
                                           {"", ""},
                                           {"CN470 1.0.3", ""},
                                           {"dragino_lds02", "lds02"}};
    struct sensors_decoding decoding = {.arena = &arena};
    base_arena_reset(&arena);
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        struct base_str model = sensors_lora_model(&decoding, base_str_of(names[i][0]));
        if (!base_str_is(model, names[i][1])) {
            fail_msg("%s: %.*s", names[i][0], (int)model.len, model.len ? model.at : "");
        }
    }
}

static void objects_nobody_described(void **state)
{
    (void)state;
    static const struct {
        const char *object, *events;
    } cases[] = {
        {"{\"Temperature\":\"21.5\",\"air\":{\"Humidity\":40,\"CO2\":500}}",
         "measurement pulse: temperature=21.5 Cel humidity=40 % co2=500 ppm\n"},
        {"{\"battery\":3.61,\"temperature\":21}", "measurement pulse: voltage=3.61 V temperature=21 Cel\n"},
        {"{\"battery\":3,\"BatV\":3300,\"temperature\":21}",
         "measurement pulse: battery=3 % voltage=3.3 V temperature=21 Cel\n"},
        {"{\"humidity\":255,\"temperature\":21}", "measurement pulse sentinel: temperature=21 Cel\n"},
        {"{\"pressure\":1013,\"temperature\":21}", "measurement pulse partial: temperature=21 Cel\n"},
        {"{\"light_level\":3,\"temperature\":21}", "measurement pulse partial: temperature=21 Cel\n"},
        {"{\"previous\":{\"temperature\":3},\"temperature\":21}", "measurement pulse partial: temperature=21 Cel\n"},
        {"{\"smoke_status\":\"alarm\",\"temperature\":null}", "alarm start smoke severity 4: smoke=1 1\n"},
        {"{\"smoke\":\"normal\",\"state\":\"normal\"}", "alarm end smoke: smoke=0 1\n"},
        {"{\"motion\":17}", "lifecycle pulse partial:\n"},
        {"{\"serial\":\"x\",\"fw\":2}", "lifecycle pulse partial:\n"},
    };
    const struct model nobody = {.name = "unheard-of-1", .f_port = 1};
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        char payload[2000];
        ttn(&nobody, "AQ==", cases[i].object, payload, sizeof payload);
        check(&nobody, "ttn", payload, cases[i].events);
        chirpstack(&nobody, "AQ==", cases[i].object, payload, sizeof payload);
        check(&nobody, "chirpstack", payload, cases[i].events);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_model_by_every_way),      cmocka_unit_test(every_mapping_has_a_model),
        cmocka_unit_test(bytes_that_are_not_the_models), cmocka_unit_test(base64),
        cmocka_unit_test(models_by_the_profiles_name),   cmocka_unit_test(objects_nobody_described),
    };
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    if (sensors_mappings_load(NULL, &diag, &mappings)) {
        fprintf(stderr, "%s\n", diag.text);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sensors_mappings_free(mappings);
    base_arena_release(&arena);
    return failed;
}
