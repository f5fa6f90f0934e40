/* What an OwnTracks phone sends (booklet, "JSON payloads"): location in move mode, transition at a region's edge. */
#include "sensors/simulate.h"

#include <math.h>

#define SECOND INT64_C(1000000)
enum { REGIONS_MADE_S = 1767225600 }; /* 2026-01-01: when the regions were drawn */

static void topic_of(struct base_buf *topic, size_t number, const char *suffix)
{
    base_buf_reset(topic);
    base_buf_printf(topic, "owntracks/demo/guard-%02zu%s", number, suffix);
}

/* Two characters for the map: 01 ... ZZ. */
static void tid(struct base_json_out *out, size_t number)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t base = number < 100 ? 10 : 36;
    char text[3] = {digits[number / base % base], digits[number % base], '\0'};
    base_json_out_key(out, "tid");
    base_json_out_text(out, text);
}

static void number_member(struct base_json_out *out, const char *key, double value, int decimals)
{
    base_json_out_key(out, key);
    base_json_out_f64(out, value, decimals);
}

static void time_member(struct base_json_out *out, const char *key, int64_t time_us)
{
    base_json_out_key(out, key);
    base_json_out_i64(out, time_us / SECOND);
}

static void text_member(struct base_json_out *out, const char *key, const char *text)
{
    base_json_out_key(out, key);
    base_json_out_text(out, text);
}

static void position(const struct simulate_walker *walker, struct base_json_out *out, double *ret_course)
{
    const struct simulate_path *path = walker->path;
    double xy[2];
    sensors_simulate_path_at(path, walker->along, xy, ret_course);
    number_member(out, "lat", path->lat + (xy[1] + walker->error[1]) / path->metres_per_lat, 7);
    number_member(out, "lon", path->lon + (xy[0] + walker->error[0]) / path->metres_per_lon, 7);
}

void sensors_simulate_phone_location(const struct simulate_walker *walker, size_t number, struct base_buf *topic,
                                     struct base_buf *payload)
{
    topic_of(topic, number, "");
    base_buf_reset(payload);
    struct base_json_out out = base_json_out_of(payload);
    double course;
    base_json_out_object(&out);
    text_member(&out, "_type", "location");
    number_member(&out, "acc", round(walker->acc_m), 0);
    number_member(&out, "alt", round(4 + walker->error[0] / 3), 0);
    number_member(&out, "batt", round(walker->battery), 0);
    number_member(&out, "bs", 1, 0);
    position(walker, &out, &course);
    number_member(&out, "cog", fmod(round(course), 360), 0);
    text_member(&out, "conn", "m");
    number_member(&out, "m", 2, 0);
    text_member(&out, "t", "t");
    tid(&out, number);
    time_member(&out, "tst", walker->time_us);
    number_member(&out, "vac", round(walker->acc_m / 2), 0);
    number_member(&out, "vel", round(walker->speed_mps * 3.6), 0);
    base_json_out_object_end(&out);
}

void sensors_simulate_phone_transition(const struct simulate_walker *walker, const struct simulate_report *report,
                                       size_t number, struct base_buf *topic, struct base_buf *payload)
{
    topic_of(topic, number, "/event");
    base_buf_reset(payload);
    struct base_json_out out = base_json_out_of(payload);
    const struct simulate_path *path = walker->path;
    base_json_out_object(&out);
    text_member(&out, "_type", "transition");
    number_member(&out, "acc", round(walker->acc_m), 0);
    text_member(&out, "desc", report->stop->name);
    text_member(&out, "event", report->enter ? "enter" : "leave");
    number_member(&out, "lat", report->stop->lat + walker->error[1] / path->metres_per_lat, 7);
    number_member(&out, "lon", report->stop->lon + walker->error[0] / path->metres_per_lon, 7);
    text_member(&out, "rid", report->stop->key);
    text_member(&out, "t", "c");
    tid(&out, number);
    time_member(&out, "tst", report->time_us);
    number_member(&out, "wtst", REGIONS_MADE_S, 0);
    base_json_out_object_end(&out);
}
