/* simulate (private): a walker on a path (simulate_walk.c), the phone in the pocket (simulate_phone.c). */
#ifndef HUTONG_SENSORS_SIMULATE_H
#define HUTONG_SENSORS_SIMULATE_H

#include "sensors/seeded.h"
#include "sensors/sensors.h"

/* --- path: a closed way in metres east and north of its first point, with what lies along it --- */
struct simulate_stop {
    double along; /* metres from the path's start */
    double lon, lat;
    char *key, *name;
    bool pause;
};

struct simulate_path {
    int64_t estate_id;
    double lon, lat; /* of the first point, degrees */
    double metres_per_lon, metres_per_lat;
    double (*at)[2];
    double *along; /* of each point */
    size_t count;
    double length;
    struct simulate_stop *stops; /* by along */
    size_t stop_count;
};

enum base_err sensors_simulate_path_init(struct simulate_path *path, const struct sensors_simulate_route *route,
                                         struct base_diag *diag) BASE_MUST_CHECK;
void sensors_simulate_path_release(struct simulate_path *path);
/* Keeps the stop when it lies on the way. */
enum base_err sensors_simulate_path_stop(struct simulate_path *path, const struct sensors_simulate_stop *stop,
                                         struct base_diag *diag) BASE_MUST_CHECK;
/* Where metre along is, and which way the path leads there: degrees clockwise from north. */
void sensors_simulate_path_at(const struct simulate_path *path, double along, double ret_xy[2], double *ret_course);

/* --- walker --- */
enum { SIMULATE_REPORTS = 32 }; /* between two fixes; what is more is forgotten, as phones do */

struct simulate_report { /* a stop was reached or left */
    const struct simulate_stop *stop;
    int64_t time_us;
    bool enter;
};

struct simulate_walker {
    const struct simulate_path *path;
    struct sensors_seeded random;
    int64_t time_us;
    double along;     /* metres on the path */
    double pace_mps;  /* this guard's own */
    double speed_mps; /* now; 0 while standing */
    int64_t stand_until_us;
    const struct sensors_simulate_past *past; /* NULL: walks all the time */
    int64_t post_until_us;                    /* stands at the post, the path's start; 0: on the way */
    size_t next_stop;
    struct simulate_report reports[SIMULATE_REPORTS];
    size_t report_count;
    size_t report_told;
    double error[2]; /* of the position, metres east and north: wanders slowly */
    double acc_m;
    double battery;
};

void sensors_simulate_walk_begin(struct simulate_walker *walker, const struct simulate_path *path, uint64_t seed,
                                 int64_t start_us);
/* Goes on to time_us; what happened on the way is in reports. */
void sensors_simulate_walk_to(struct simulate_walker *walker, int64_t time_us);

/* The position's error wanders on for so many seconds. */
void sensors_simulate_walk_drift(struct simulate_walker *walker, double seconds);

/* --- rounds of a day that was (simulate_past.c) --- */
enum { SIMULATE_PAST_FIX_S = 20, SIMULATE_PAST_POST = 3 }; /* at the post every so many-th position is sent */
/* From now on the walker goes on rounds and is at its post, waiting for the first. */
void sensors_simulate_past_begin(struct simulate_walker *walker, const struct sensors_simulate_past *past);
/* When the next round begins that begins at time_us or later. */
int64_t sensors_simulate_past_round(const struct simulate_walker *walker, int64_t time_us);
bool sensors_simulate_past_silent(const struct simulate_walker *walker, int64_t time_us);
bool sensors_simulate_past_held(const struct simulate_walker *walker, int64_t time_us);
/* When a tag is read next after time_us by the reader with that number, and whose it is, 1 ... */
int64_t sensors_simulate_past_reading(const struct sensors_simulate_past *past, size_t number, int64_t time_us,
                                      int *ret_tag);
/* Whether a camera with that number says at time_us that it is there; when it says so or the contrary next. */
bool sensors_simulate_past_online(const struct sensors_simulate_past *past, size_t number, int64_t time_us,
                                  int64_t *ret_next_us);

/* --- ways on which vehicles are, by what they do there --- */
enum simulate_ground { SIMULATE_ROADS, SIMULATE_HALTS, SIMULATE_SWEEPS, SIMULATE_GROUNDS };
struct simulate_ways {
    struct simulate_path *list;
    size_t count;
};

/* --- tour (simulate_tour.c): a vehicle's places, one after the other --- */
struct simulate_tour {
    const struct simulate_ways *ways;         /* NULL: none, it drives about */
    size_t *own, own_count;                   /* which of the ways are its own; owned */
    bool sweeps;                              /* else it stands at the end of each way, and turns back */
    const struct sensors_simulate_past *past; /* NULL: live */
    int64_t origin_us;                        /* midnight; live: when it set out */
    int64_t number;                           /* of the slot since then */
    const struct simulate_path *way;
    int64_t from_us, lasts_us, stand_us; /* of the slot; how long a truck stands */
    double reach;                        /* share of the way that is done */
};

struct simulate_device;
/* Its own are the ways of its estate; without one, every of-th from its number among its family on. NOMEM. */
enum base_err sensors_simulate_tour_share(struct simulate_device *device, size_t of,
                                          struct base_diag *diag) BASE_MUST_CHECK;
/* From start_us on; past NULL: live. */
void sensors_simulate_tour_begin(struct simulate_device *device, const struct sensors_simulate_past *past,
                                 int64_t start_us);
/* The walker is where the vehicle is at due_us. False: it is done there. */
bool sensors_simulate_tour_step(struct simulate_device *device);
/* due_us: after_us later, or when the next place's turn is. */
void sensors_simulate_tour_next(struct simulate_device *device, bool over, int64_t after_us);

/* --- device (simulate_device.c): what a thing does, each in the format of its family (simulate_message.c) --- */
struct simulate_device {
    const struct simulate_family *family;
    char *native;
    int levels;
    size_t number; /* among the devices */
    size_t nth;    /* among those of its family */
    int64_t estate_id;
    struct sensors_seeded random;
    int64_t due_us; /* of its next message */
    int64_t since_us;
    int step;                      /* of a story of several messages, a lift's storey ... */
    int count;                     /* messages so far */
    double slow;                   /* times rarer than live; 0: silent, for its messages do not say when */
    double value;                  /* a bin's free space, an air station's mood */
    struct simulate_walker walker; /* of a vehicle */
    struct simulate_tour tour;
    const struct sensors_simulate_past *past; /* NULL: live */
};

/* False: nobody knows how such a device behaves, or it needs a way and there is none. */
bool sensors_simulate_device_begin(struct simulate_device *device, const struct sensors_simulate_device *thing,
                                   const struct simulate_ways ways[SIMULATE_GROUNDS], size_t number, uint64_t seed,
                                   int64_t start_us);
/* Numbers families, and shares their ways among them; vehicles set out. past NULL: live. NOMEM. */
enum base_err sensors_simulate_device_share(struct simulate_device *devices, size_t count,
                                            const struct sensors_simulate_past *past, int64_t start_us,
                                            struct base_diag *diag) BASE_MUST_CHECK;
/* What it does in a day that was; due_us INT64_MAX: nothing. */
void sensors_simulate_device_past(struct simulate_device *device, const struct sensors_simulate_past *past);
void sensors_simulate_device_live(struct simulate_device *device, int64_t now_us);
void sensors_simulate_device_release(struct simulate_device *device);
/* Its message at due_us; then due_us is that of the next. */
void sensors_simulate_device_tell(struct simulate_device *device, struct base_buf *topic, struct base_buf *payload);

/* --- messages (simulate_message.c), as such devices write them --- */
void sensors_simulate_frigate(const struct simulate_device *device, const char *type, struct base_buf *topic,
                              struct base_buf *payload);
void sensors_simulate_anpr(const struct simulate_device *device, const char *plate, struct base_buf *topic,
                           struct base_buf *payload);
void sensors_simulate_ttn(const struct simulate_device *device, int deep_mm, bool tipped, struct base_buf *topic,
                          struct base_buf *payload);
void sensors_simulate_zigbee2mqtt(const struct simulate_device *device, bool smoke, struct base_buf *topic,
                                  struct base_buf *payload);
void sensors_simulate_chirpstack(const struct simulate_device *device, struct base_buf *topic,
                                 struct base_buf *payload);
void sensors_simulate_traccar(const struct simulate_device *device, struct base_buf *topic, struct base_buf *payload);
void sensors_simulate_tasmota(const struct simulate_device *device, const char *uid, struct base_buf *topic,
                              struct base_buf *payload);
void sensors_simulate_sweeper(const struct simulate_device *device, bool engaged, struct base_buf *topic,
                              struct base_buf *payload);
void sensors_simulate_recorder(const struct simulate_device *device, bool online, struct base_buf *topic,
                               struct base_buf *payload);
void sensors_simulate_elevator(const struct simulate_device *device, struct base_buf *topic, struct base_buf *payload);

/* --- phone: OwnTracks JSON --- */
void sensors_simulate_phone_location(const struct simulate_walker *walker, size_t number, struct base_buf *topic,
                                     struct base_buf *payload);
void sensors_simulate_phone_transition(const struct simulate_walker *walker, const struct simulate_report *report,
                                       size_t number, struct base_buf *topic, struct base_buf *payload);

#endif
