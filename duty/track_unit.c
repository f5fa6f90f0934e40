/* How far around a stretch positions must be read: back to where a track knows nothing yet, on to where it has
 * forgotten all. Such places are the first position of a shift, and one after a silence longer than facts' gap. */
#include "duty/track_private.h"

#include <string.h>

static bool is_evidence(const struct duty_walker *walker, const struct duty_row *row)
{
    const struct facts_rules *rules = facts_rules_of(walker->type);
    struct facts_step steps[FACTS_STEPS_MAX];
    struct facts_track fresh; /* large: what is not begun is not touched */
    size_t count;
    const struct facts_fix fix = {.t_event = row->t_event, .at = {row->lon, row->lat}, .acc_m = row->acc_m};
    facts_track_init(&fresh);
    return rules && !row->received && facts_track_believe(&fresh, rules, &fix, steps, &count) == FACTS_TAKEN;
}

/* --- what was read, in order; of one moment positions before check-ins --- */
static enum base_err merge(const struct duty_read *read, struct base_diag *diag, struct duty_unit *unit)
{
    const struct duty_track_table *table = read->table;
    const struct duty_walker *walker = &table->walkers[read->number];
    size_t row = table->first[read->number], end = table->first[read->number + 1], checkin = 0;
    if (!duty_track_room(&unit->list, &unit->cap, end - row + read->checkin_count, sizeof *unit->list)) {
        return base_diag_set(diag, BASE_NOMEM, "judge: no memory for %zu positions of a subject", end - row);
    }
    unit->count = 0;
    while (row < end || checkin < read->checkin_count) {
        const struct duty_row *next = row < end ? &table->rows[table->order[row]] : NULL;
        const struct duty_checkin *in = checkin < read->checkin_count ? &read->checkins[checkin] : NULL;
        if (next && (!in || next->t_event <= in->of.t_event)) {
            row++;
            if (is_evidence(walker, next)) {
                unit->list[unit->count++] = (struct duty_activity){.t_event = next->t_event, .row = next};
            }
        } else {
            checkin++;
            unit->list[unit->count++] = (struct duty_activity){.t_event = in->of.t_event, .checkin = in};
        }
    }
    return BASE_OK;
}

static int64_t shift_of(const struct duty_activity *at)
{
    return at->row ? at->row->shift_id : at->checkin->of.shift_id;
}

/* A shift that is no longer than a day: all of it can be read. */
static const struct duty_shift *bounded(const struct duty_read *read, int64_t id)
{
    const struct duty_shift *shift = duty_track_table_shift(read->table, id);
    return shift && shift->to_us - shift->from_us <= DUTY_TRACK_DAY ? shift : NULL;
}

static void find_starts(const struct duty_read *read, struct duty_unit *unit)
{
    const struct facts_rules *rules = facts_rules_of(read->table->walkers[read->number].type);
    const struct duty_activity *before = NULL, *fix = NULL; /* the last of any kind, the last position */
    for (size_t i = 0; i < unit->count && rules; i++) {
        struct duty_activity *at = &unit->list[i];
        if (at->row && fix && fix->row->shift_id != at->row->shift_id) {
            at->start = DUTY_NEW_SHIFT;
        } else if ((at->row ? !fix : !before) && bounded(read, shift_of(at)) &&
                   read->from_us <= bounded(read, shift_of(at))->from_us) {
            at->start = DUTY_NEW_SHIFT;
        } else if (at->row && at->t_event - (before ? before->t_event : read->from_us) > rules->gap_us) {
            at->start = DUTY_AFTER_SILENCE;
        }
        before = at;
        fix = at->row ? at : fix;
    }
}

/* A piece of coverage may hold what was covered on both sides of a silence: then the unit keeps away from it, so that
 * whatever lies in such a piece is older, or newer, than what came late. */
#define MARGIN_US (DUTY_PIECE_US + 5 * DUTY_BRIDGE_US)

/* The last start at or before from_us; else the first that there is, if nothing lies before it. */
static bool find_first(const struct duty_read *read, int64_t from_us, struct duty_unit *unit)
{
    bool found = false;
    for (size_t i = 0; i < unit->count; i++) {
        const struct duty_activity *at = &unit->list[i];
        bool apart = at->start == DUTY_NEW_SHIFT ? at->t_event <= from_us : at->t_event <= from_us - MARGIN_US;
        bool alone = i == 0 && (at->start == DUTY_NEW_SHIFT || at->t_event - read->from_us > MARGIN_US);
        if (at->start != DUTY_GOES_ON && (apart || alone)) {
            unit->first = i;
            found = true;
        }
    }
    if (!found && unit->count) {
        const struct duty_shift *shift = bounded(read, shift_of(&unit->list[0]));
        unit->wants_from_us = shift ? shift->from_us : unit->wants_from_us;
    }
    return found;
}

/* Nothing for a day, then a check-in: taken for the first word of its subject. */
static bool begins_with_checkin(const struct duty_read *read, const struct duty_unit *unit)
{
    const struct facts_rules *rules = facts_rules_of(read->table->walkers[read->number].type);
    return rules && unit->list[0].checkin && unit->list[0].t_event - read->from_us > rules->gap_us;
}

/* The first start after to_us; else, when more was to be done than was read, the last one; else the end of everything.
 */
static bool find_end(const struct duty_read *read, int64_t to_us, struct duty_unit *unit)
{
    size_t last = 0;
    bool found = false;
    unit->end = unit->count;
    for (size_t i = unit->first + 1; i < unit->count && !found; i++) {
        const struct duty_activity *at = &unit->list[i];
        int64_t after_us = at->start == DUTY_NEW_SHIFT ? to_us : to_us + MARGIN_US;
        bool starts = at->start != DUTY_GOES_ON && at->t_event > unit->from_us;
        last = starts ? i : last;
        found = starts && at->t_event > after_us;
    }
    if (last && (found || to_us >= read->to_us)) {
        unit->end = last;
        unit->to_us = unit->list[last].t_event;
        return true;
    }
    if (read->to_us == INT64_MAX) {
        unit->to_us = INT64_MAX;
        return true;
    }
    const struct duty_shift *shift = bounded(read, shift_of(&unit->list[unit->count - 1]));
    int64_t newest_us = unit->list[unit->count - 1].t_event;
    if (shift && shift->to_us <= read->to_us && newest_us < shift->to_us) {
        unit->to_us = shift->to_us; /* what comes after is another track */
        return true;
    }
    unit->wants_to_us = shift && shift->to_us > read->to_us ? shift->to_us : unit->wants_to_us;
    return false;
}

enum base_err duty_track_unit_find(const struct duty_read *read, int64_t from_us, int64_t to_us, bool forced,
                                   struct base_diag *diag, struct duty_unit *unit)
{
    enum base_err err = merge(read, diag, unit);
    unit->first = unit->end = 0;
    unit->seeded = unit->cut_from = unit->cut_to = unit->found = false;
    unit->wants_from_us = unit->wants_to_us = SENSORS_NO_TIME;
    if (err) {
        return err;
    }
    if (unit->count == 0) {
        unit->found = forced;
        return BASE_OK;
    }
    find_starts(read, unit);
    unit->cut_from = !find_first(read, from_us, unit) && !(forced && begins_with_checkin(read, unit));
    if (unit->cut_from && !forced) {
        return BASE_OK;
    }
    unit->from_us = unit->list[unit->first].t_event;
    unit->seeded = unit->list[unit->first].start != DUTY_NEW_SHIFT;
    unit->cut_to = !find_end(read, to_us, unit);
    if (unit->cut_to) {
        unit->to_us = read->to_us;
    }
    unit->found = forced || !unit->cut_to;
    return BASE_OK;
}
