/* What an estate's things do all day: a camera sees somebody come and go, a bin fills and is emptied, a lift goes up
 * and down, a smoke detector says every few minutes that all is well, and once in a long while that it is not. */
#include "sensors/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)

struct simulate_family {
    const char *format;
    double every_s;   /* between two messages, about */
    double slow;      /* times rarer in a day that was; 0: its messages do not say when, or it has nothing to tell */
    const char *kind; /* of several that speak that format; NULL: of any */
    enum simulate_ground ground; /* SIMULATE_GROUNDS: it stays where it is */
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
    if (device->tour.ways) {
        bool works = sensors_simulate_tour_step(device);
        sensors_simulate_traccar(device, topic, payload);
        sensors_simulate_tour_next(device, !works, (int64_t)(5 * device->slow) * SECOND);
        return;
    }
    sensors_simulate_walk_to(&device->walker, device->due_us);
    device->walker.report_count = device->walker.report_told = 0;
    sensors_simulate_traccar(device, topic, payload);
    device->due_us += (int64_t)(5 * device->slow) * SECOND;
}

static void sweeper(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    bool works = sensors_simulate_tour_step(device);
    sensors_simulate_sweeper(device, works, topic, payload);
    sensors_simulate_tour_next(device, !works, (int64_t)(5 * device->slow) * SECOND);
}

/* A guard presents a tag. count: whose, in a day that was. */
static void reader(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    char uid[16];
    int tag = device->past ? device->count : sensors_seeded_whole(&device->random, 1, 24);
    snprintf(uid, sizeof uid, "04D3%04X", (unsigned)tag * 0x1F3u);
    sensors_simulate_tasmota(device, uid, topic, payload);
    if (device->past) {
        device->due_us = sensors_simulate_past_reading(device->past, device->nth, device->due_us, &device->count);
    } else {
        again_in(device, 300);
    }
}

/* Its recorder says whether it is there. */
static void watched_camera(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    int64_t next_us = device->due_us + 60 * SECOND;
    bool online = !device->past || sensors_simulate_past_online(device->past, device->nth, device->due_us, &next_us);
    sensors_simulate_recorder(device, online, topic, payload);
    device->due_us = next_us;
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
    {"frigate", 30, 40, NULL, SIMULATE_GROUNDS, camera},
    {"anpr", 30, 20, NULL, SIMULATE_GROUNDS, gate},
    {"ttn", 60, 10, NULL, SIMULATE_GROUNDS, bin},
    {"zigbee2mqtt", 120, 0, NULL, SIMULATE_GROUNDS, smoke_detector},
    {"chirpstack", 45, 0, NULL, SIMULATE_GROUNDS, air_station},
    {"traccar", 5, 3, NULL, SIMULATE_HALTS, vehicle},
    {"tasmota", 200, 1, NULL, SIMULATE_GROUNDS, reader},
    {"elevator", 30, 0, NULL, SIMULATE_GROUNDS, lift},
    {"senml", 5, 3, "vehicle", SIMULATE_SWEEPS, sweeper},
    {"senml", 60, 1, "camera", SIMULATE_GROUNDS, watched_camera},
};

static const struct simulate_family *family_of(const char *format, const char *kind)
{
    for (size_t i = 0; i < BASE_COUNT(families); i++) {
        bool any = !families[i].kind;
        if (strcmp(families[i].format, format) == 0 && (any || (kind && strcmp(families[i].kind, kind) == 0))) {
            return &families[i];
        }
    }
    return NULL;
}

/* Where there are no halts, a vehicle drives about on a road. False: it needs a way and there is none. */
static bool take_way(struct simulate_device *device, const struct simulate_ways ways[SIMULATE_GROUNDS],
                     int64_t start_us)
{
    enum simulate_ground ground = device->family->ground;
    const struct simulate_ways *roads = &ways[SIMULATE_ROADS];
    if (ground == SIMULATE_GROUNDS) {
        return true;
    }
    device->tour.ways = ways[ground].count ? &ways[ground] : NULL;
    device->tour.sweeps = ground == SIMULATE_SWEEPS;
    const struct simulate_path *path = device->tour.ways ? &ways[ground].list[0] : NULL;
    if (!path && ground == SIMULATE_HALTS && roads->count) {
        path = &roads->list[device->number % roads->count];
    }
    if (path) {
        sensors_simulate_walk_begin(&device->walker, path, sensors_seeded_next(&device->random), start_us);
        device->walker.pace_mps = sensors_seeded_real(&device->random, 3, 6);
    }
    return path != NULL;
}

bool sensors_simulate_device_begin(struct simulate_device *device, const struct sensors_simulate_device *thing,
                                   const struct simulate_ways ways[SIMULATE_GROUNDS], size_t number, uint64_t seed,
                                   int64_t start_us)
{
    const struct simulate_family *family = family_of(thing->format, thing->kind);
    *device = (struct simulate_device){.family = family,
                                       .levels = thing->levels,
                                       .slow = 1,
                                       .number = number,
                                       .estate_id = thing->estate_id,
                                       .random = sensors_seeded_of(seed ^ UINT64_C(0xDE71CE), number),
                                       .since_us = start_us};
    if (!family) {
        return false;
    }
    device->value = family->tell == bin ? sensors_seeded_real(&device->random, BIN_FULL_MM, BIN_DEEP_MM) : 0;
    device->due_us = start_us + (int64_t)(sensors_seeded_real(&device->random, 0, family->every_s) * 1e6);
    device->native = take_way(device, ways, start_us) ? strdup(thing->native) : NULL;
    return device->native != NULL;
}

enum base_err sensors_simulate_device_share(struct simulate_device *devices, size_t count,
                                            const struct sensors_simulate_past *past, int64_t start_us,
                                            struct base_diag *diag)
{
    size_t of[BASE_COUNT(families)] = {0};
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < count; i++) {
        devices[i].nth = of[devices[i].family - families]++;
    }
    for (size_t i = 0; i < count && !err; i++) {
        if (devices[i].tour.ways) {
            err = sensors_simulate_tour_share(&devices[i], of[devices[i].family - families], diag);
            sensors_simulate_tour_begin(&devices[i], past, start_us);
        }
    }
    return err;
}

void sensors_simulate_device_past(struct simulate_device *device, const struct sensors_simulate_past *past)
{
    device->past = past;
    device->slow = device->family->slow;
    device->due_us = device->slow > 0 ? device->due_us : INT64_MAX;
    if (device->family->tell == reader) {
        device->due_us = sensors_simulate_past_reading(past, device->nth, device->due_us, &device->count);
    }
}

void sensors_simulate_device_live(struct simulate_device *device, int64_t now_us)
{
    device->past = NULL;
    device->slow = 1;
    device->due_us = now_us + (int64_t)(sensors_seeded_real(&device->random, 0, device->family->every_s) * 1e6);
    device->walker.time_us = device->walker.path ? now_us : device->walker.time_us;
    if (device->tour.ways) {
        sensors_simulate_tour_begin(device, NULL, device->due_us);
    }
}

void sensors_simulate_device_release(struct simulate_device *device)
{
    free(device->native);
    free(device->tour.own);
}

void sensors_simulate_device_tell(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload)
{
    base_buf_reset(topic);
    base_buf_reset(payload);
    device->family->tell(device, topic, payload);
}
