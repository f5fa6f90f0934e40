/* Which fixes are believed, and from which to which a subject has walked. */
#include "facts/private.h"

#include <math.h>

void facts_track_init(struct facts_track *track)
{
    track->begun = track->doubted = false;
    track->open_count = 0;
}

void facts_track_end(struct facts_track *track, const struct facts_sink *sink)
{
    facts_pass_close_all(track, sink);
    facts_track_init(track);
}

static double distance_m(struct geo_point a, struct geo_point b)
{
    struct geo_local local = geo_local_at((a.lat + b.lat) / 2);
    return hypot((b.lon - a.lon) * local.lon_m, (b.lat - a.lat) * local.lat_m);
}

static double accuracy_m(const struct facts_rules *rules, const struct facts_fix *fix)
{
    return fix->acc_m > 0 ? (double)fix->acc_m : rules->acc_unknown_m;
}

static bool is_evidence(const struct facts_rules *rules, const struct facts_fix *fix)
{
    return isfinite(fix->at.lon) && isfinite(fix->at.lat) && accuracy_m(rules, fix) <= rules->acc_max_m;
}

static bool is_gap(const struct facts_rules *rules, const struct facts_fix *a, const struct facts_fix *b)
{
    return b->t_event - a->t_event > rules->gap_us;
}

/* Could the subject have come from a to b in that time? Noise within the circles of accuracy is no movement. */
static bool reaches(const struct facts_rules *rules, const struct facts_fix *a, const struct facts_fix *b)
{
    double seconds = (double)(b->t_event - a->t_event) / 1e6;
    double certain_m = distance_m(a->at, b->at) - accuracy_m(rules, a) - accuracy_m(rules, b);
    return !is_gap(rules, a, b) && certain_m <= rules->speed_mps * seconds;
}

static int64_t newest(const struct facts_track *track)
{
    return track->doubted ? track->jump.t_event : track->last.t_event;
}

/* The fix after a jump tells what it was: an outlier, if this one can be reached from before it; the new place, if it
 * can be reached from there - then the jump counts as a position without a path to it. Neither: it is forgotten. */
static void settle_jump(struct facts_track *track, const struct facts_fix *fix, struct facts_pass_step *step)
{
    if (track->doubted && !reaches(step->rules, &track->last, fix) && reaches(step->rules, &track->jump, fix)) {
        step->from = NULL;
        step->to = &track->jump;
        facts_pass_take_step(track, step);
        track->last = track->jump;
    }
    track->doubted = false;
}

enum facts_outcome facts_track_fix(struct facts_track *track, const struct facts_rules *rules,
                                   const struct facts_fix *fix, const struct facts_places *places,
                                   const struct facts_sink *sink)
{
    struct facts_pass_step step = {.rules = rules, .places = places, .sink = sink};
    if (!is_evidence(rules, fix)) {
        return FACTS_IGNORED;
    }
    if (track->begun && fix->t_event < newest(track)) {
        return FACTS_LATE;
    }
    if (track->begun && fix->shift_id != track->last.shift_id) {
        facts_track_end(track, sink);
    }
    settle_jump(track, fix, &step);
    bool goes_on = track->begun && !is_gap(rules, &track->last, fix);
    if (goes_on && !reaches(rules, &track->last, fix)) {
        track->jump = *fix;
        track->doubted = true;
        return FACTS_TAKEN;
    }
    step.from = goes_on && distance_m(track->last.at, fix->at) <= rules->path_max_m ? &track->last : NULL;
    step.to = fix;
    facts_pass_take_step(track, &step);
    track->last = *fix;
    track->begun = true;
    return FACTS_TAKEN;
}

enum facts_outcome facts_track_checkin(struct facts_track *track, const struct facts_rules *rules,
                                       const struct facts_checkin *checkin, const struct facts_sink *sink)
{
    struct facts_track moment = {.begun = false};
    if (!track->begun || track->last.shift_id != checkin->shift_id) {
        facts_pass_take_checkin(&moment, rules, checkin, sink);
        facts_track_end(&moment, sink);
        return FACTS_TAKEN;
    }
    const struct facts_pass *there = facts_pass_find(track, FACTS_KIND_BUILDING, checkin->building_id);
    if (checkin->t_event < newest(track) && !(there && checkin->t_event >= there->t_from)) {
        return FACTS_LATE;
    }
    facts_pass_take_checkin(track, rules, checkin, sink);
    return FACTS_TAKEN;
}
