/* Rounds of a day that was, tags that are read, cameras that are off. Each is drawn by itself, from its own seed and
 * the hour, so that none depends on when somebody asked. How often rounds are late or left out is an estate's way, not
 * a guard's. */
#include "sensors/simulate.h"

#include <math.h>

#define SECOND INT64_C(1000000)
#define HOUR (INT64_C(3600) * SECOND)
enum { NIGHT_FROM_H = 22, NIGHT_TO_H = 6, HOURS = 24, ASLEEP_TO_H = 4, FIRST_S = 150, SPREAD_S = 300 };

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
    bool asleep = habit == &badly && hour >= 0 && hour < ASLEEP_TO_H; /* all of them, the first night */
    if ((!is_night(of_day) && of_day % 2) || asleep || fate < habit->left_out) {
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

/* --- tags at readers --- */
enum { SHIFT_H = 8, SHIFT_FROM_H = 6, TAGS = 24, COPIED_TAG = TAGS + 1, PAIRS = 24, PAIR = 6, LOOKS = 8 };
static const double not_read = 0.04;

/* Up to two readings a shift, the earlier first; number 0 or 1. One tag is read at two places within twenty seconds, in
 * the first afternoon, and nothing else there. False: none. */
static bool reading(const struct sensors_simulate_past *past, size_t reader, int64_t shift, int number, int64_t *ret_us,
                    int *ret_tag)
{
    struct sensors_seeded own = sensors_seeded_of(7907 * (uint64_t)reader, (uint64_t)shift);
    double fate = sensors_seeded_real(&own, 0, 1);
    int64_t from_us = past->midnight_us + (SHIFT_FROM_H + shift * SHIFT_H) * HOUR;
    int first_s = sensors_seeded_whole(&own, 300, 14000), second_s = sensors_seeded_whole(&own, 14400, 28000);
    bool copied = shift == 1 && (reader % PAIRS == PAIR || reader % PAIRS == PAIR + 1);
    *ret_tag = copied ? COPIED_TAG : sensors_seeded_whole(&own, 1, TAGS);
    *ret_us = from_us + SECOND * (copied ? 3600 + 20 * (int64_t)(reader % PAIRS - PAIR) : number ? second_s : first_s);
    return copied ? number == 0 : fate >= not_read && (number == 0 || fate > 0.5);
}

int64_t sensors_simulate_past_reading(const struct sensors_simulate_past *past, size_t number, int64_t time_us,
                                      int *ret_tag)
{
    int64_t first = (time_us - past->midnight_us) / HOUR / SHIFT_H - 2, at_us = 0;
    for (int64_t shift = first; shift < first + LOOKS; shift++) {
        for (int k = 0; k < 2; k++) {
            if (reading(past, number, shift, k, &at_us, ret_tag) && at_us > time_us) {
                return at_us;
            }
        }
    }
    return INT64_MAX; /* LOOKS shifts left out in a row */
}

/* --- cameras --- */
enum { BEAT_S = 600, OFF_H = 4, BRIEF_S = 1200, HUNG_H = 5 };

/* Of the first day: some are off for hours, some for minutes, and of some the recorder says nothing for a while. */
static int64_t trouble(const struct sensors_simulate_past *past, size_t number, int64_t *ret_to_us, bool *ret_hung)
{
    int64_t from_us = past->midnight_us + 9 * HOUR + (int64_t)(number % 17) * 600 * SECOND;
    bool off = number % 6 == 1, brief = number % 6 == 3;
    *ret_hung = number % 8 == 4;
    *ret_to_us = from_us + (*ret_hung ? HUNG_H * HOUR : off ? OFF_H * HOUR : brief ? BRIEF_S * SECOND : 0);
    return from_us;
}

bool sensors_simulate_past_online(const struct sensors_simulate_past *past, size_t number, int64_t time_us,
                                  int64_t *ret_next_us)
{
    bool hung;
    int64_t to_us, from_us = trouble(past, number, &to_us, &hung), next_us = time_us + BEAT_S * SECOND;
    if (time_us < from_us && next_us > from_us) {
        next_us = hung ? to_us : from_us;
    } else if (time_us < to_us && next_us > to_us) {
        next_us = to_us;
    }
    *ret_next_us = next_us;
    return hung || !within(time_us, from_us, to_us);
}
