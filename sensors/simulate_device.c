/* What an estate's things do all day: a camera sees somebody come and go, a bin fills and is emptied, a lift goes up
 * and down, a smoke detector says every few minutes that all is well, and once in a long while that it is not. */
#include "sensors/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)

struct simulate_family {
    const char *format;
    double every_s; /* between two messages, about */
    double slow;    /* times rarer in a day that was; 0: its messages do not say when, or it has nothing to tell */
    bool drives;
    void (*tell)(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload);
};

/* After about so many seconds: half of them to half as many again. */
static void again_in(struct simulate_device *device, double seconds)
{
    device->due_us += (int64_t)(sensors_seeded_real(&device->random, 0.5, 1.5) * seconds * device->slow * 1e6);
}

/* One time in so many. */
static bool once_in(struct simulate_device *device, int times)
{
    return sensors_seeded_whole(&device->random, 1, times) == 1;
}

/* Comes into the picture, moves a few times, goes. */
static void camera(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    if (device->step == 0) {
        device->since_us = device->due_us;
        device->value = once_in(device, 3);
        device->count = sensors_seeded_whole(&device->random, 1, 3); /* updates to come */
        sensors_simulate_frigate(device, "new", topic, payload);
    } else {
        sensors_simulate_frigate(device, device->step <= device->count ? "update" : "end", topic, payload);
    }
    bool over = device->step > device->count;
    device->step = over ? 0 : device->step + 1;
    again_in(device, over ? 45 : 3);
}

/* A plate no authority gives out. */
static void gate(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    char plate[24];
    snprintf(plate, sizeof plate, "演D%05d", sensors_seeded_whole(&device->random, 100, 180) * 7);
    sensors_simulate_anpr(device, plate, topic, payload);
    again_in(device, 40);
}

enum { BIN_DEEP_MM = 1200, BIN_FULL_MM = 240, BIN_BRIM_MM = 150, BIN_FORGOTTEN = 6 };

/* value: millimetres to the waste. Emptied some time after it is full - four fifths, most -, and tipped for it. */
static void bin(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    bool forgotten = device->number % BIN_FORGOTTEN == 0; /* somebody's round comes late, always */
    bool full = device->value < (forgotten ? BIN_BRIM_MM : BIN_FULL_MM);
    bool emptied = full && once_in(device, forgotten ? 4 : 2);
    device->value = emptied ? BIN_DEEP_MM : fmax(device->value - sensors_seeded_real(&device->random, 0, 40), 60);
    sensors_simulate_ttn(device, BIN_DEEP_MM, emptied, topic, payload);
    device->count++;
    again_in(device, 60);
}

/* step: messages with smoke that are still to come. */
static void smoke_detector(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    if (device->step == 0 && device->count > 0 && once_in(device, 400)) {
        device->step = 3;
    }
    sensors_simulate_zigbee2mqtt(device, device->step > 0, topic, payload);
    device->step -= device->step > 0;
    device->count++;
    again_in(device, device->step ? 15 : 120);
}

static void air_station(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    device->value = 0.9 * device->value + 0.1 * sensors_seeded_normal(&device->random);
    sensors_simulate_chirpstack(device, topic, payload);
    device->count++;
    again_in(device, 45);
}

static void vehicle(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    sensors_simulate_walk_to(&device->walker, device->due_us);
    device->walker.report_count = device->walker.report_told = 0;
    sensors_simulate_traccar(device, topic, payload);
    device->due_us += (int64_t)(5 * device->slow) * SECOND;
}

/* A guard presents a tag. */
static void reader(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    char uid[16];
    snprintf(uid, sizeof uid, "04D3%04X", (unsigned)sensors_seeded_whole(&device->random, 1, 24) * 0x1F3u);
    sensors_simulate_tasmota(device, uid, topic, payload);
    again_in(device, 300);
}

/* step: its storey; value: where it goes. */
static void lift(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    int target = (int)device->value;
    if (device->step == 0 || device->step == target) {
        device->step = device->step ? device->step : 1;
        device->value = sensors_seeded_whole(&device->random, 1, device->levels > 1 ? device->levels : 6);
        again_in(device, 40);
    } else {
        device->step += device->step < target ? 1 : -1;
        device->due_us += 2 * SECOND;
    }
    sensors_simulate_elevator(device, topic, payload);
}

static const struct simulate_family families[] = {
    {"frigate", 30, 20, false, camera},
    {"anpr", 30, 10, false, gate},
    {"ttn", 60, 10, false, bin},
    {"zigbee2mqtt", 120, 0, false, smoke_detector},
    {"chirpstack", 45, 0, false, air_station},
    {"traccar", 5, 6, true, vehicle},
    {"tasmota", 200, 24, false, reader},
    {"elevator", 30, 0, false, lift},
};

static const struct simulate_family *family_of(const char *format)
{
    for (size_t i = 0; i < BASE_COUNT(families); i++) {
        if (strcmp(families[i].format, format) == 0) {
            return &families[i];
        }
    }
    return NULL;
}

bool sensors_simulate_device_begin(struct simulate_device *device, const struct sensors_simulate_device *thing,
                                   const struct simulate_path *roads, size_t road_count, size_t number, uint64_t seed,
                                   int64_t start_us)
{
    const struct simulate_family *family = family_of(thing->format);
    char *native = family && (!family->drives || road_count) ? strdup(thing->native) : NULL;
    if (!native) {
        return false;
    }
    *device = (struct simulate_device){.family = family,
                                       .native = native,
                                       .levels = thing->levels,
                                       .slow = 1,
                                       .number = number,
                                       .random = sensors_seeded_of(seed ^ UINT64_C(0xDE71CE), number),
                                       .since_us = start_us};
    device->value = family->tell == bin ? sensors_seeded_real(&device->random, BIN_FULL_MM, BIN_DEEP_MM) : 0;
    device->due_us = start_us + (int64_t)(sensors_seeded_real(&device->random, 0, family->every_s) * 1e6);
    if (family->drives) {
        sensors_simulate_walk_begin(&device->walker, &roads[number % road_count], sensors_seeded_next(&device->random),
                                    start_us);
        device->walker.pace_mps = sensors_seeded_real(&device->random, 3, 6);
    }
    return true;
}

void sensors_simulate_device_past(struct simulate_device *device)
{
    device->slow = device->family->slow;
    device->due_us = device->slow > 0 ? device->due_us : INT64_MAX;
}

void sensors_simulate_device_live(struct simulate_device *device, int64_t now_us)
{
    device->slow = 1;
    device->due_us = now_us + (int64_t)(sensors_seeded_real(&device->random, 0, device->family->every_s) * 1e6);
    device->walker.time_us = device->family->drives ? now_us : device->walker.time_us;
}

void sensors_simulate_device_release(struct simulate_device *device)
{
    free(device->native);
}

void sensors_simulate_device_tell(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    base_buf_reset(topic);
    base_buf_reset(payload);
    device->family->tell(device, topic, payload);
}
