/* Rounds of a day that was. Each is drawn by itself, from the walker's own seed and the hour, so that none depends on
 * when somebody asked. How often rounds are late or left out is an estate's way, not a guard's. */
#include "sensors/simulate.h"

#include <math.h>

#define SECOND INT64_C(1000000)
#define HOUR (INT64_C(3600) * SECOND)
enum { NIGHT_FROM_H = 22, NIGHT_TO_H = 6, HOURS = 24, FIRST_S = 150, SPREAD_S = 300 };

/* Shares of rounds. Most estates do well; somebody always does badly. */
static const struct habit {
    double left_out, late;
} well = {0.035, 0.06}, badly = {0.33, 0.25};

static bool is_night(int64_t hour)
{
    return hour >= NIGHT_FROM_H || hour < NIGHT_TO_H;
}

/* False: that hour has no round. */
static bool draw(const struct simulate_walker *walker, int64_t hour, int64_t *ret_start_us)
{
    int64_t of_day = ((hour % HOURS) + HOURS) % HOURS;
    struct sensors_seeded own =
        sensors_seeded_of(walker->path->estate_id + 7919 * (uint64_t)lround(walker->pace_mps * 1e6), (uint64_t)hour);
    const struct habit *habit = walker->path->estate_id == walker->past->badly_estate ? &badly : &well;
    double fate = sensors_seeded_real(&own, 0, 1);
    double start_s = FIRST_S + sensors_seeded_real(&own, 0, SPREAD_S);
    if ((!is_night(of_day) && of_day % 2) || fate < habit->left_out) {
        return false;
    }
    if (fate < habit->left_out + habit->late) {
        start_s += sensors_seeded_real(&own, 0.45, 0.75) * 3600 * (is_night(of_day) ? 1 : 2);
    }
    *ret_start_us = walker->past->midnight_us + hour * HOUR + (int64_t)(start_s * 1e6);
    return true;
}

int64_t sensors_simulate_past_round(const struct simulate_walker *walker, int64_t time_us)
{
    int64_t start_us = 0, best_us = INT64_MAX;
    int64_t first = (time_us - walker->past->midnight_us) / HOUR - 2;
    for (int64_t hour = first; hour < first + 2 * HOURS && best_us == INT64_MAX; hour++) {
        if (draw(walker, hour, &start_us) && start_us >= time_us) {
            best_us = start_us;
        }
    }
    return best_us == INT64_MAX ? time_us + HOUR : best_us;
}

void sensors_simulate_past_begin(struct simulate_walker *walker, const struct sensors_simulate_past *past)
{
    walker->past = past;
    walker->along = 0;
    walker->next_stop = 0;
    walker->post_until_us = sensors_simulate_past_round(walker, walker->time_us);
}

static bool within(int64_t time_us, int64_t from_us, int64_t to_us)
{
    return time_us >= from_us && time_us < to_us;
}

bool sensors_simulate_past_silent(const struct simulate_walker *walker, int64_t time_us)
{
    const struct sensors_simulate_past *past = walker->past;
    return past && walker->path->estate_id == past->silent_estate &&
           within(time_us, past->silent_from_us, past->silent_to_us);
}

bool sensors_simulate_past_held(const struct simulate_walker *walker, int64_t time_us)
{
    const struct sensors_simulate_past *past = walker->past;
    return past && walker->path->estate_id == past->held_estate &&
           within(time_us, past->held_from_us, past->held_to_us);
}
