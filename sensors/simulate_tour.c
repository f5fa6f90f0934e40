/* Tours: where a vehicle works, place after place, each in a slot of time of its own. Trucks come up to a halt, stand,
 * and turn back; sweepers drive a zone from end to end, brush down. Between two places nobody hears of them. In a day
 * that was some places are left out and some cut short; where that happens depends on the place and the tour alone. */
#include "sensors/simulate.h"

#include <math.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000)
#define DAY (INT64_C(86400) * SECOND)

static const double truck_mps = 5, sweeper_mps = 1.5; /* the latter at least: who has much ground to do is faster */

/* Sweeping as San Francisco does it, early and about noon, and once more for the night; refuse as in Tainan, where
 * trucks come by the clock - here also in the morning; never while sweepers are
 * about. */
static const struct tour {
    int from_s, lasts_s;
} sweeps[] = {{5 * 3600, 4 * 3600}, {12 * 3600, 4 * 3600}, {21 * 3600, 4 * 3600}},
  rounds[] = {{9 * 3600, 5400}, {18 * 3600, 5400}};

static const struct habit { /* shares of places */
    double left_out, cut_short;
} well = {0.04, 0.05}, badly = {0.3, 0.25};

static const struct tour *tour_of(const struct simulate_tour *tour, int64_t number)
{
    return tour->sweeps ? &sweeps[number % BASE_COUNT(sweeps)] : &rounds[number % BASE_COUNT(rounds)];
}

static int64_t tours_a_day(const struct simulate_tour *tour)
{
    return tour->sweeps ? BASE_COUNT(sweeps) : BASE_COUNT(rounds);
}

enum base_err sensors_simulate_tour_share(struct simulate_device *device, size_t of, struct base_diag *diag)
{
    struct simulate_tour *tour = &device->tour;
    tour->own = calloc(tour->ways->count, sizeof *tour->own);
    if (!tour->own) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < tour->ways->count; i++) {
        int64_t estate_id = tour->ways->list[i].estate_id;
        if (device->estate_id ? estate_id == device->estate_id : i % of == device->nth) {
            tour->own[tour->own_count++] = i;
        }
    }
    return BASE_OK;
}

/* When the slot begins that has that number since the origin, and how long it is. Live, tours follow one another, in
 * half the time. */
static int64_t slot_from(const struct simulate_tour *tour, int64_t number, int64_t *ret_lasts_us)
{
    int64_t count = (int64_t)tour->own_count, round = number / count;
    const struct tour *of = tour_of(tour, tour->past ? round : 0);
    int64_t lasts_us = of->lasts_s * SECOND / count / (tour->past ? 1 : 2);
    *ret_lasts_us = lasts_us;
    return tour->origin_us + (tour->past
                                  ? round / tours_a_day(tour) * DAY + of->from_s * SECOND + number % count * lasts_us
                                  : number * lasts_us);
}

/* False: left out. */
static bool draw(struct simulate_tour *tour, size_t place)
{
    uint64_t estate_id = (uint64_t)tour->way->estate_id;
    struct sensors_seeded own = sensors_seeded_of(estate_id + 104729 * place, (uint64_t)tour->number);
    const struct habit *habit = tour->past && tour->way->estate_id == tour->past->badly_estate ? &badly : &well;
    double fate = tour->past ? sensors_seeded_real(&own, 0, 1) : 1;
    bool short_ = fate < habit->left_out + habit->cut_short;
    tour->reach = short_ ? sensors_seeded_real(&own, 0.2, 0.45) : 1;
    tour->stand_us = (short_ ? 15 : sensors_seeded_whole(&own, 100, 200)) * SECOND;
    return fate >= habit->left_out;
}

/* The next place that is not left out. */
static void go_on(struct simulate_device *device)
{
    struct simulate_tour *tour = &device->tour;
    size_t place;
    do {
        tour->number++;
        place = tour->own[tour->number % (int64_t)tour->own_count];
        tour->way = &tour->ways->list[place];
        tour->from_us = slot_from(tour, tour->number, &tour->lasts_us);
    } while (!draw(tour, place));
    device->due_us = tour->from_us;
}

void sensors_simulate_tour_begin(struct simulate_device *device, const struct sensors_simulate_past *past,
                                 int64_t start_us)
{
    struct simulate_tour *tour = &device->tour;
    int64_t lasts_us;
    if (!tour->own_count) {
        device->due_us = INT64_MAX; /* more vehicles than places */
        return;
    }
    tour->past = past;
    tour->origin_us = past ? past->midnight_us : start_us;
    tour->number = -1;
    while (slot_from(tour, tour->number + 1, &lasts_us) < start_us) {
        tour->number++;
    }
    go_on(device);
}

/* Metres along the way at due_us. *ret_over: nothing more is to be done here. */
static double along(const struct simulate_device *device, bool *ret_over)
{
    const struct simulate_tour *tour = &device->tour;
    double length = tour->way->length, end = length / 2; /* there and back */
    double seconds = (double)(device->due_us - tour->from_us) / 1e6;
    if (tour->sweeps) {
        double mps = fmax(sweeper_mps, end / (0.85 * (double)tour->lasts_us / 1e6));
        *ret_over = seconds * mps >= end * tour->reach;
        return fmin(seconds * mps, end * tour->reach);
    }
    double stood_s = fmin(fmax(seconds - end / truck_mps, 0), (double)tour->stand_us / 1e6);
    double driven = (seconds - stood_s) * truck_mps;
    *ret_over = driven >= length;
    return fmin(driven, length);
}

bool sensors_simulate_tour_step(struct simulate_device *device)
{
    struct simulate_walker *walker = &device->walker;
    double seconds = (double)(device->due_us - walker->time_us) / 1e6, was = walker->along;
    bool over, same = walker->path == device->tour.way && device->due_us > device->tour.from_us;
    walker->along = along(device, &over);
    walker->path = device->tour.way;
    walker->time_us = device->due_us;
    walker->speed_mps = same && seconds > 0 ? (walker->along - was) / seconds : 0;
    sensors_simulate_walk_drift(walker, fmax(seconds, 0));
    return !over;
}

void sensors_simulate_tour_next(struct simulate_device *device, bool over, int64_t after_us)
{
    device->due_us += after_us;
    if (over) {
        go_on(device);
    }
}
