/* Messages as the devices of each family write them: cameras behind Frigate, plate cameras, LoRaWAN bins and air
 * stations, Zigbee smoke detectors, vehicles forwarded by Traccar, sweepers and cameras' recorders that speak SenML,
 * NFC readers with Tasmota, lifts that publish scalars. */
#include "sensors/simulate.h"

#include <math.h>

#define SECOND INT64_C(1000000)

static void f64(struct base_json_out *out, const char *key, double value, int decimals)
{
    base_json_out_key(out, key);
    base_json_out_f64(out, value, decimals);
}

static void i64(struct base_json_out *out, const char *key, int64_t value)
{
    base_json_out_key(out, key);
    base_json_out_i64(out, value);
}

static void text(struct base_json_out *out, const char *key, const char *value)
{
    base_json_out_key(out, key);
    base_json_out_text(out, value);
}

static void flag(struct base_json_out *out, const char *key, bool value)
{
    base_json_out_key(out, key);
    base_json_out_bool(out, value);
}

static void time(struct base_json_out *out, const char *key, int64_t time_us)
{
    base_json_out_key(out, key);
    base_json_out_time(out, time_us);
}

static void object(struct base_json_out *out, const char *key)
{
    base_json_out_key(out, key);
    base_json_out_object(out);
}

/* --- Frigate --- */
static void tracked(const struct simulate_device *device, bool ended, struct base_json_out *out)
{
    char id[64];
    double start = (double)device->since_us / 1e6;
    snprintf(id, sizeof id, "%.6f-%06x", start, (unsigned)(device->number * 7919u % 0xFFFFFFu));
    text(out, "id", id);
    text(out, "camera", device->native);
    f64(out, "frame_time", (double)device->due_us / 1e6, 6);
    text(out, "label", device->value > 0 ? "car" : "person");
    base_json_out_key(out, "sub_label");
    base_json_out_null(out);
    f64(out, "top_score", 0.86, 3);
    f64(out, "score", 0.8, 3);
    flag(out, "false_positive", false);
    f64(out, "start_time", start, 6);
    base_json_out_key(out, "end_time");
    if (ended) {
        base_json_out_f64(out, (double)device->due_us / 1e6, 6);
    } else {
        base_json_out_null(out);
    }
    flag(out, "active", !ended);
    flag(out, "stationary", false);
}

void sensors_simulate_frigate(const struct simulate_device *device, const char *type, struct base_buf *topic,
                              struct base_buf *payload)
{
    base_buf_text(topic, "frigate/events");
    struct base_json_out out = base_json_out_of(payload);
    bool ended = type[0] == 'e';
    base_json_out_object(&out);
    text(&out, "type", type);
    object(&out, "before");
    tracked(device, false, &out);
    base_json_out_object_end(&out);
    object(&out, "after");
    tracked(device, ended, &out);
    base_json_out_object_end(&out);
    base_json_out_object_end(&out);
}

/* --- a plate camera's own MQTT --- */
void sensors_simulate_anpr(const struct simulate_device *device, const char *plate, struct base_buf *topic,
                           struct base_buf *payload)
{
    base_buf_printf(topic, "%s/device/message/up/ivs_result", device->native);
    struct base_json_out out = base_json_out_of(payload);
    base_json_out_object(&out);
    text(&out, "sn", device->native);
    text(&out, "name", "ivs_result");
    text(&out, "version", "1.0");
    i64(&out, "timestamp", device->due_us / SECOND);
    object(&out, "payload");
    object(&out, "AlarmInfoPlate");
    object(&out, "result");
    object(&out, "PlateResult");
    text(&out, "license", plate);
    i64(&out, "confidence", 97);
    i64(&out, "triggerType", 1);
    for (int i = 0; i < 5; i++) {
        base_json_out_object_end(&out);
    }
}

/* --- LoRaWAN --- */
static uint32_t counter_of(const struct simulate_device *device)
{
    return (uint32_t)device->count + 1;
}

void sensors_simulate_ttn(const struct simulate_device *device, int deep_mm, bool tipped, struct base_buf *topic,
                          struct base_buf *payload)
{
    base_buf_printf(topic, "v3/demo@estate/devices/bin-%zu/up", device->number);
    struct base_json_out out = base_json_out_of(payload);
    base_json_out_object(&out);
    object(&out, "end_device_ids");
    text(&out, "dev_eui", device->native);
    base_json_out_object_end(&out);
    time(&out, "received_at", device->due_us + SECOND / 5);
    object(&out, "uplink_message");
    text(&out, "session_key_id", "ZGVtbyBkZW1vIGRlbW8=");
    i64(&out, "f_port", 85);
    i64(&out, "f_cnt", counter_of(device));
    object(&out, "decoded_payload");
    f64(&out, "battery", 92, 0);
    f64(&out, "distance", round(device->value), 0);
    f64(&out, "fill_level", round(100 * fmax(1 - device->value / deep_mm, 0)), 0); /* the formatter knows the bin */
    text(&out, "position", tipped ? "tilt" : "normal");
    base_json_out_object_end(&out);
    time(&out, "received_at", device->due_us);
    object(&out, "version_ids");
    text(&out, "brand_id", "milesight-iot");
    text(&out, "model_id", "em400-tld");
    base_json_out_object_end(&out);
    base_json_out_object_end(&out);
    base_json_out_object_end(&out);
}

static void air(const struct simulate_device *device, struct base_json_out *out)
{
    double mood = device->value;
    f64(out, "temperature", round(10 * (18 + 4 * mood)) / 10, 1);
    f64(out, "humidity", round(2 * (58 - 10 * mood)) / 2, 1);
    f64(out, "co2", round(430 + 60 * fabs(mood)), 0);
    f64(out, "pm2_5", round(28 + 25 * fabs(mood)), 0);
    f64(out, "pm10", round(45 + 35 * fabs(mood)), 0);
}

void sensors_simulate_chirpstack(const struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    char id[64];
    base_buf_printf(topic, "application/00000000-0000-0000-0000-00000000da7a/device/%s/event/up", device->native);
    snprintf(id, sizeof id, "da7a0000-0000-4000-8000-%04x%08x", (unsigned)device->number & 0xFFFFu, counter_of(device));
    struct base_json_out out = base_json_out_of(payload);
    base_json_out_object(&out);
    text(&out, "deduplicationId", id);
    time(&out, "time", device->due_us);
    object(&out, "deviceInfo");
    text(&out, "deviceProfileName", "air station");
    text(&out, "devEui", device->native);
    base_json_out_object_end(&out);
    i64(&out, "fCnt", counter_of(device));
    i64(&out, "fPort", 85);
    text(&out, "data", "AA==");
    object(&out, "object");
    air(device, &out);
    base_json_out_object_end(&out);
    base_json_out_object_end(&out);
}

/* --- Zigbee2MQTT --- */
void sensors_simulate_zigbee2mqtt(const struct simulate_device *device, bool smoke, struct base_buf *topic,
                                  struct base_buf *payload)
{
    base_buf_printf(topic, "zigbee2mqtt/%s", device->native);
    struct base_json_out out = base_json_out_of(payload);
    base_json_out_object(&out);
    flag(&out, "smoke", smoke);
    flag(&out, "battery_low", false);
    i64(&out, "battery", 100 - device->count / 500 % 40);
    i64(&out, "linkquality", 80 + (int64_t)(device->number % 60));
    i64(&out, "last_seen", device->due_us / 1000);
    base_json_out_object_end(&out);
}

static void place(const struct simulate_walker *walker, double *ret_lon, double *ret_lat, double *ret_course)
{
    const struct simulate_path *path = walker->path;
    double xy[2];
    sensors_simulate_path_at(path, walker->along, xy, ret_course);
    *ret_lon = path->lon + (xy[0] + walker->error[0]) / path->metres_per_lon;
    *ret_lat = path->lat + (xy[1] + walker->error[1]) / path->metres_per_lat;
}

/* --- Traccar --- */
void sensors_simulate_traccar(const struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    const struct simulate_walker *walker = &device->walker;
    double lon, lat, course;
    place(walker, &lon, &lat, &course);
    base_buf_text(topic, "traccar/positions");
    struct base_json_out out = base_json_out_of(payload);
    base_json_out_object(&out);
    object(&out, "position");
    i64(&out, "id", 0);
    time(&out, "deviceTime", device->due_us);
    time(&out, "fixTime", device->due_us);
    time(&out, "serverTime", device->due_us + SECOND);
    flag(&out, "valid", true);
    f64(&out, "latitude", lat, 7);
    f64(&out, "longitude", lon, 7);
    f64(&out, "speed", walker->speed_mps / 0.514444, 2); /* knots */
    f64(&out, "course", course, 1);
    f64(&out, "accuracy", round(walker->acc_m), 0);
    object(&out, "attributes");
    flag(&out, "ignition", true);
    f64(&out, "power", 27.4, 1);
    base_json_out_object_end(&out);
    base_json_out_object_end(&out);
    object(&out, "device");
    text(&out, "uniqueId", device->native);
    base_json_out_object_end(&out);
    base_json_out_object_end(&out);
}

/* --- Tasmota: its clock is the estate's, which is eight hours ahead and knows no summer time --- */
void sensors_simulate_tasmota(const struct simulate_device *device, const char *uid, struct base_buf *topic,
                              struct base_buf *payload)
{
    char now[BASE_TIME_TEXT];
    int64_t local = device->due_us / SECOND * SECOND + INT64_C(8) * 3600 * SECOND;
    base_buf_printf(topic, "tele/%s/SENSOR", device->native);
    struct base_json_out out = base_json_out_of(payload);
    base_json_out_object(&out);
    base_json_out_key(&out, "Time");
    base_json_out_str(&out, (struct base_str){base_time_out(local, now), 19});
    object(&out, "PN532");
    text(&out, "UID", uid);
    text(&out, "DATA", "");
    base_json_out_object_end(&out);
    base_json_out_object_end(&out);
}

/* --- SenML (RFC 8428): the base record names the device and the moment --- */
static void senml(const struct simulate_device *device, struct base_json_out *out)
{
    char base[80];
    snprintf(base, sizeof base, "%s:", device->native);
    base_json_out_array(out);
    base_json_out_object(out);
    text(out, "bn", base);
    f64(out, "bt", (double)device->due_us / 1e6, 3);
}

static void flagged(struct base_json_out *out, const char *name, bool value)
{
    text(out, "n", name);
    flag(out, "vb", value);
    base_json_out_object_end(out);
    base_json_out_array_end(out);
}

void sensors_simulate_sweeper(const struct simulate_device *device, bool engaged, struct base_buf *topic,
                              struct base_buf *payload)
{
    double lon, lat, course;
    place(&device->walker, &lon, &lat, &course);
    base_buf_printf(topic, "senml/sweepers/%s", device->native);
    struct base_json_out out = base_json_out_of(payload);
    const struct {
        const char *name, *unit;
        double value;
    } place[] = {{"longitude", "lon", lon}, {"latitude", "lat", lat}};
    senml(device, &out);
    for (size_t i = 0; i < BASE_COUNT(place); i++) {
        text(&out, "n", place[i].name);
        text(&out, "u", place[i].unit);
        f64(&out, "v", place[i].value, 7);
        base_json_out_object_end(&out);
        base_json_out_object(&out);
    }
    flagged(&out, "tool", engaged);
}

void sensors_simulate_recorder(const struct simulate_device *device, bool online, struct base_buf *topic,
                               struct base_buf *payload)
{
    base_buf_printf(topic, "senml/cameras/%s", device->native);
    struct base_json_out out = base_json_out_of(payload);
    senml(device, &out);
    flagged(&out, "online", online);
}

/* --- a lift: the whole payload is its storey --- */
void sensors_simulate_elevator(const struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    base_buf_printf(topic, "building/status/elevator/%s/floor", device->native);
    base_buf_printf(payload, "%d", device->step);
}
