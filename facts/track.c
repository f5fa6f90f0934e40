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

/* Could the subject have come from a to b, way_m metres, in that time? Noise within the circles of accuracy is no
 * movement. */
static bool is_way(const struct facts_rules *rules, const struct facts_fix *a, const struct facts_fix *b, double way_m)
{
    double seconds = (double)(b->t_event - a->t_event) / 1e6;
    return !is_gap(rules, a, b) && way_m - accuracy_m(rules, a) - accuracy_m(rules, b) <= rules->speed_mps * seconds;
}

static bool reaches(const struct facts_rules *rules, const struct facts_fix *a, const struct facts_fix *b)
{
    return is_way(rules, a, b, distance_m(a->at, b->at));
}

static int64_t newest(const struct facts_track *track)
{
    return track->doubted ? track->jump.t_event : track->last.t_event;
}

/* The fix after a jump tells what it was: an outlier, if this one can be reached from before it; the new place, if it
 * can be reached from there - then the jump counts as a position without a path to it. Neither: it is forgotten. */
static size_t settle_jump(struct facts_track *track, const struct facts_rules *rules, const struct facts_fix *fix,
                          struct facts_step *step)
{
    bool confirmed = track->doubted && !reaches(rules, &track->last, fix) && reaches(rules, &track->jump, fix);
    track->doubted = false;
    if (confirmed) {
        *step = (struct facts_step){.path = false, .to = track->jump};
        track->last = track->jump;
    }
    return confirmed;
}

/* Is it evidence, and newer than the track? */
static enum facts_outcome judge(const struct facts_track *track, const struct facts_rules *rules,
                                const struct facts_fix *fix)
{
    if (!is_evidence(rules, fix)) {
        return FACTS_IGNORED;
    }
    return track->begun && fix->t_event < newest(track) ? FACTS_LATE : FACTS_TAKEN;
}

enum facts_outcome facts_track_believe(struct facts_track *track, const struct facts_rules *rules,
                                       const struct facts_fix *fix, struct facts_step steps[FACTS_STEPS_MAX],
                                       size_t *ret_count)
{
    enum facts_outcome outcome = judge(track, rules, fix);
    *ret_count = 0;
    if (outcome != FACTS_TAKEN) {
        return outcome;
    }
    if (track->begun && fix->shift_id != track->last.shift_id) {
        facts_track_init(track);
    }
    size_t count = settle_jump(track, rules, fix, &steps[0]);
    bool goes_on = track->begun && !is_gap(rules, &track->last, fix);
    double way_m = goes_on ? distance_m(track->last.at, fix->at) : 0;
    if (goes_on && !is_way(rules, &track->last, fix, way_m)) {
        track->jump = *fix;
        track->doubted = true;
    } else {
        steps[count].path = goes_on && way_m <= rules->path_max_m;
        steps[count].from = track->last;
        steps[count++].to = *fix;
        track->last = *fix;
        track->begun = true;
    }
    *ret_count = count;
    return FACTS_TAKEN;
}

enum facts_outcome facts_track_fix(struct facts_track *track, const struct facts_rules *rules,
                                   const struct facts_fix *fix, const struct facts_places *places,
                                   const struct facts_sink *sink)
{
    struct facts_step steps[FACTS_STEPS_MAX];
    size_t count = 0;
    if (track->begun && fix->shift_id != track->last.shift_id && judge(track, rules, fix) == FACTS_TAKEN) {
        facts_track_end(track, sink);
    }
    enum facts_outcome outcome = facts_track_believe(track, rules, fix, steps, &count);
    for (size_t i = 0; i < count; i++) {
        const struct facts_pass_step step = {.rules = rules,
                                             .from = steps[i].path ? &steps[i].from : NULL,
                                             .to = &steps[i].to,
                                             .places = places,
                                             .sink = sink};
        facts_pass_take_step(track, &step);
    }
    return outcome;
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
    bool late = checkin->t_event < newest(track);
    if (!late || (there && checkin->t_event >= there->t_from)) {
        facts_pass_take_checkin(track, rules, checkin, sink);
    }
    return late ? FACTS_LATE : FACTS_TAKEN;
}
