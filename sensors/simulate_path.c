/* A round as the simulator walks it: metres along a closed way, checkpoints and gates in their order. */
#include "sensors/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double stop_reach_m = 12;

/* Metres per degree at a latitude: the WGS 84 series of Snyder, "Map Projections", p. 25. */
static void scale_at(double lat_deg, double *ret_per_lon, double *ret_per_lat)
{
    double lat = lat_deg * M_PI / 180;
    *ret_per_lat = 111132.954 - 559.822 * cos(2 * lat) + 1.175 * cos(4 * lat);
    *ret_per_lon = 111412.84 * cos(lat) - 93.5 * cos(3 * lat) + 0.118 * cos(5 * lat);
}

static void to_metres(const struct simulate_path *path, double lon, double lat, double ret_xy[2])
{
    ret_xy[0] = (lon - path->lon) * path->metres_per_lon;
    ret_xy[1] = (lat - path->lat) * path->metres_per_lat;
}

static void add(struct simulate_path *path, const double xy[2])
{
    double step = 0;
    if (path->count) {
        const double *last = path->at[path->count - 1];
        step = hypot(xy[0] - last[0], xy[1] - last[1]);
        if (step < 0.05) {
            return;
        }
    }
    path->length += step;
    path->along[path->count] = path->length;
    path->at[path->count][0] = xy[0];
    path->at[path->count++][1] = xy[1];
}

enum base_err sensors_simulate_path_init(struct simulate_path *path, const struct sensors_simulate_route *route,
                                         struct base_diag *diag)
{
    *path = (struct simulate_path){.estate_id = route->estate_id};
    if (route->count < 2) {
        return base_diag_set(diag, BASE_INVALID, "a route with %zu points cannot be walked", route->count);
    }
    path->lon = route->lonlat[0][0];
    path->lat = route->lonlat[0][1];
    scale_at(path->lat, &path->metres_per_lon, &path->metres_per_lat);
    path->at = calloc(2 * route->count, sizeof *path->at);
    path->along = calloc(2 * route->count, sizeof *path->along);
    if (!path->at || !path->along) {
        sensors_simulate_path_release(path);
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    double xy[2] = {0, 0};
    for (size_t i = 0; i < route->count; i++) {
        to_metres(path, route->lonlat[i][0], route->lonlat[i][1], xy);
        add(path, xy);
    }
    bool closed = hypot(xy[0], xy[1]) < 1;
    for (size_t i = route->count - 1; i > 0 && !closed; i--) { /* an open way is walked there and back */
        to_metres(path, route->lonlat[i - 1][0], route->lonlat[i - 1][1], xy);
        add(path, xy);
    }
    if (!(path->length > 20 && path->length < 1e6)) { /* not finite neither */
        sensors_simulate_path_release(path);
        return base_diag_set(diag, BASE_INVALID, "a route of %.0f m cannot be walked", path->length);
    }
    return BASE_OK;
}

void sensors_simulate_path_release(struct simulate_path *path)
{
    for (size_t i = 0; i < path->stop_count; i++) {
        free(path->stops[i].key);
        free(path->stops[i].name);
    }
    free(path->stops);
    free(path->at);
    free(path->along);
    *path = (struct simulate_path){0};
}

/* Metres along the path to its point nearest to xy, and how far away that is. */
static double nearest(const struct simulate_path *path, const double xy[2], double *ret_distance)
{
    double best = INFINITY;
    double best_along = 0;
    for (size_t i = 0; i + 1 < path->count; i++) {
        double dx = path->at[i + 1][0] - path->at[i][0];
        double dy = path->at[i + 1][1] - path->at[i][1];
        double t = ((xy[0] - path->at[i][0]) * dx + (xy[1] - path->at[i][1]) * dy) / (dx * dx + dy * dy);
        t = fmin(fmax(t, 0), 1);
        double distance = hypot(xy[0] - path->at[i][0] - t * dx, xy[1] - path->at[i][1] - t * dy);
        if (distance < best) {
            best = distance;
            best_along = path->along[i] + t * (path->along[i + 1] - path->along[i]);
        }
    }
    *ret_distance = best;
    return best_along;
}

enum base_err sensors_simulate_path_stop(struct simulate_path *path, const struct sensors_simulate_stop *stop,
                                         struct base_diag *diag)
{
    double xy[2] = {0, 0};
    double distance;
    to_metres(path, stop->lon, stop->lat, xy);
    double along = nearest(path, xy, &distance);
    if (!(distance <= stop_reach_m)) {
        return BASE_OK;
    }
    struct simulate_stop *grown = realloc(path->stops, (path->stop_count + 1) * sizeof *grown);
    if (!grown) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    path->stops = grown;
    struct simulate_stop kept = {.along = along,
                                 .lon = stop->lon,
                                 .lat = stop->lat,
                                 .key = strdup(stop->key ? stop->key : ""),
                                 .name = strdup(stop->name ? stop->name : ""),
                                 .pause = stop->pause};
    if (!kept.key || !kept.name) {
        free(kept.key);
        free(kept.name);
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    size_t place = path->stop_count++;
    for (; place > 0 && path->stops[place - 1].along > along; place--) {
        path->stops[place] = path->stops[place - 1];
    }
    path->stops[place] = kept;
    return BASE_OK;
}

void sensors_simulate_path_at(const struct simulate_path *path, double along, double ret_xy[2], double *ret_course)
{
    size_t low = 0, high = path->count - 1; /* along[low] <= along < along[high] */
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        *(path->along[middle] <= along ? &low : &high) = middle;
    }
    double dx = path->at[high][0] - path->at[low][0];
    double dy = path->at[high][1] - path->at[low][1];
    double t = (along - path->along[low]) / (path->along[high] - path->along[low]);
    t = fmin(fmax(t, 0), 1);
    ret_xy[0] = path->at[low][0] + t * dx;
    ret_xy[1] = path->at[low][1] + t * dy;
    *ret_course = fmod(atan2(dx, dy) * 180 / M_PI + 360, 360);
}
