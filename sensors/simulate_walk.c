/* A guard on a round: an own pace, a rest at each checkpoint, and a satellite position that wanders around the true one
 * the way it does between houses - slowly, so that the track drifts instead of shivering. */
#include "sensors/simulate.h"

#include <math.h>

#define SECOND 1000000.0
static const double drift_s = 40; /* how long an error lives */
static const double error_max_m = 9;

void sensors_simulate_walk_begin(struct simulate_walker *walker, const struct simulate_path *path, uint64_t seed,
                                 int64_t start_us)
{
    *walker = (struct simulate_walker){.path = path, .random = {seed}, .time_us = start_us};
    sensors_seeded_next(&walker->random);
    walker->pace_mps = sensors_seeded_real(&walker->random, 1.15, 1.45);
    walker->speed_mps = walker->pace_mps;
    walker->along = sensors_seeded_real(&walker->random, 0, path->length);
    walker->battery = sensors_seeded_real(&walker->random, 48, 99);
    walker->acc_m = 6;
    while (walker->next_stop < path->stop_count && path->stops[walker->next_stop].along <= walker->along) {
        walker->next_stop++;
    }
}

static void report(struct simulate_walker *walker, const struct simulate_stop *stop, bool enter)
{
    if (walker->report_count < SIMULATE_REPORTS) {
        walker->reports[walker->report_count++] = (struct simulate_report){stop, walker->time_us, enter};
    }
}

/* The stop the walker has come to, if next_stop - 1 is where it stands. */
static const struct simulate_stop *here(const struct simulate_walker *walker)
{
    size_t count = walker->path->stop_count;
    return &walker->path->stops[(walker->next_stop + count - 1) % count];
}

static void stand(struct simulate_walker *walker, int64_t time_us)
{
    walker->speed_mps = 0;
    if (time_us < walker->stand_until_us) {
        walker->time_us = time_us;
        return;
    }
    walker->time_us = walker->stand_until_us;
    walker->stand_until_us = 0;
    report(walker, here(walker), false);
}

static void wait(struct simulate_walker *walker, int64_t time_us)
{
    bool goes = walker->post_until_us <= time_us;
    walker->speed_mps = 0;
    walker->time_us = goes ? walker->post_until_us : time_us;
    walker->post_until_us = goes ? 0 : walker->post_until_us;
}

/* Walks until time_us, the next stop or the end of the lap, whichever comes first. */
static void walk(struct simulate_walker *walker, int64_t time_us)
{
    const struct simulate_path *path = walker->path;
    bool stop_ahead = walker->next_stop < path->stop_count;
    double end = stop_ahead ? path->stops[walker->next_stop].along : path->length;
    double speed = walker->pace_mps + 0.05 * sin(walker->along / 23); /* nobody walks like a clock */
    double seconds = (double)(time_us - walker->time_us) / SECOND;
    walker->speed_mps = speed;
    if (walker->along + seconds * speed < end) {
        walker->along += seconds * speed;
        walker->time_us = time_us;
        return;
    }
    walker->time_us += (int64_t)((end - walker->along) / speed * SECOND);
    walker->along = end;
    if (!stop_ahead) {
        walker->along = 0;
        walker->next_stop = 0;
        walker->post_until_us = walker->past ? sensors_simulate_past_round(walker, walker->time_us) : 0;
        return;
    }
    const struct simulate_stop *stop = &path->stops[walker->next_stop++];
    double rest_s = stop->pause ? sensors_seeded_real(&walker->random, 8, 25) : 2;
    report(walker, stop, true);
    walker->stand_until_us = walker->time_us + (int64_t)(rest_s * SECOND);
}

/* A first-order Gauss-Markov process per axis. */
void sensors_simulate_walk_drift(struct simulate_walker *walker, double seconds)
{
    double keep = exp(-seconds / drift_s);
    bool bad = sensors_seeded_real(&walker->random, 0, 1) < 0.02; /* a bus, a balcony, a basement ramp */
    double deviation = 2.2 * sqrt(1 - keep * keep);
    for (int axis = 0; axis < 2; axis++) {
        double error = walker->error[axis] * keep + deviation * sensors_seeded_normal(&walker->random);
        walker->error[axis] = fmin(fmax(error, -error_max_m / M_SQRT2), error_max_m / M_SQRT2);
    }
    double wanted = bad ? sensors_seeded_real(&walker->random, 15, 32) : sensors_seeded_real(&walker->random, 4, 12);
    walker->acc_m = bad ? wanted : fmin(0.8 * fmin(walker->acc_m, 12) + 0.2 * wanted, 12);
    walker->battery -= seconds / 420; /* a percent in seven minutes: tracking is dear */
    if (walker->battery < 12) {
        walker->battery = 100; /* back from the charger */
    }
}

void sensors_simulate_walk_to(struct simulate_walker *walker, int64_t time_us)
{
    double seconds = (double)(time_us - walker->time_us) / SECOND;
    walker->report_count = 0;
    walker->report_told = 0;
    while (walker->time_us < time_us) {
        if (walker->post_until_us) {
            wait(walker, time_us);
        } else if (walker->stand_until_us) {
            stand(walker, time_us);
        } else {
            walk(walker, time_us);
        }
    }
    sensors_simulate_walk_drift(walker, fmax(seconds, 0));
}
