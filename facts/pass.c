/* One piece of evidence and the places beside it: passes open, go on and close. */
#include "facts/private.h"

#include <math.h>
#include <stdlib.h>

enum { BESIDE_MAX = 512 }; /* places beside one step; no town has more within some 25 m of 500 m */

struct beside {
    enum facts_kind kind;
    struct geo_place_step at;
};

struct besides {
    struct beside list[BESIDE_MAX];
    size_t count;
    enum facts_kind kind;
};

const char *facts_kind_name(enum facts_kind kind)
{
#define NAME(name, text) #text,
    static const char *const names[] = {FACTS_KINDS(NAME)};
    return names[kind];
}

const char *facts_method_name(enum facts_method method)
{
    static const char *const names[] = {FACTS_METHODS(NAME)};
#undef NAME
    return names[method];
}

/* --- the places beside a step --- */
static bool collect(void *at, const struct geo_place_step *place)
{
    struct besides *besides = at;
    besides->list[besides->count++] = (struct beside){besides->kind, *place};
    return besides->count < BESIDE_MAX;
}

/* The index gives no order: where there is not room for all, the same ones must be chosen in every run. */
static int by_distance(const void *a, const void *b)
{
    const struct geo_place_step *x = &((const struct beside *)a)->at, *y = &((const struct beside *)b)->at;
    if (x->hit.distance_m != y->hit.distance_m) {
        return x->hit.distance_m < y->hit.distance_m ? -1 : 1;
    }
    return (x->hit.id > y->hit.id) - (x->hit.id < y->hit.id);
}

/* Checkpoints and zones go before buildings: they are few, and drawn because somebody asks for them. */
static void look_beside(const struct facts_pass_step *step, struct besides *besides)
{
    static const enum facts_kind order[] = {FACTS_KIND_CHECKPOINT, FACTS_KIND_ZONE, FACTS_KIND_BUILDING};
    besides->count = 0;
    for (size_t i = 0; i < BASE_COUNT(order) && besides->count < BESIDE_MAX; i++) {
        size_t first = besides->count;
        besides->kind = order[i];
        if (step->places->of[order[i]]) {
            geo_place_near(step->places->of[order[i]], step->from ? step->from->at : step->to->at, step->to->at,
                           step->rules->radius[order[i]].leave_m, collect, besides);
            qsort(besides->list + first, besides->count - first, sizeof *besides->list, by_distance);
        }
    }
}

/* --- writing --- */
static void give(struct facts_pass *pass, int64_t now, const struct facts_sink *sink)
{
    pass->t_written = now;
    sink->take(sink->at, pass);
}

static void close_at(struct facts_track *track, uint32_t number, int64_t now, const struct facts_sink *sink)
{
    track->open[number].open = false;
    give(&track->open[number], now, sink);
    track->open[number] = track->open[--track->open_count];
}

void facts_pass_close_all(struct facts_track *track, const struct facts_sink *sink)
{
    while (track->open_count) {
        uint32_t last = track->open_count - 1;
        close_at(track, last, track->open[last].t_to, sink);
    }
}

static void close_stale(struct facts_track *track, const struct facts_rules *rules, int64_t now,
                        const struct facts_sink *sink)
{
    for (uint32_t i = track->open_count; i-- > 0;) {
        if (now - track->open[i].t_to > rules->gap_us) {
            close_at(track, i, now, sink);
        }
    }
}

/* --- a step --- */
struct facts_pass *facts_pass_find(struct facts_track *track, enum facts_kind kind, int64_t place_id)
{
    for (uint32_t i = 0; i < track->open_count; i++) {
        if (track->open[i].kind == kind && track->open[i].place_id == place_id) {
            return &track->open[i];
        }
    }
    return NULL;
}

static int64_t moment_of(const struct facts_pass_step *step, const struct beside *beside)
{
    if (!step->from) {
        return step->to->t_event;
    }
    double span_us = (double)(step->to->t_event - step->from->t_event);
    return step->from->t_event + (int64_t)llround(beside->at.along * span_us);
}

/* Between two circles of accuracy the radius goes from one to the other. */
static float accuracy_at(const struct facts_pass_step *step, const struct beside *beside)
{
    float from = step->from && step->from->acc_m > 0 ? step->from->acc_m : NAN;
    float to = step->to->acc_m > 0 ? step->to->acc_m : NAN;
    if (!step->from || beside->at.along >= 1) {
        return to;
    }
    return beside->at.along <= 0 ? from : from + (float)beside->at.along * (to - from);
}

static bool ends_there(const struct facts_pass_step *step, const struct beside *beside)
{
    return beside->at.end_m <= step->rules->radius[beside->kind].leave_m;
}

/* False: the pass is over. */
static bool extend(struct facts_pass *pass, const struct facts_pass_step *step, const struct beside *beside)
{
    int64_t now = step->to->t_event;
    if ((float)beside->at.hit.distance_m < pass->nearest_m) {
        pass->nearest_m = (float)beside->at.hit.distance_m;
        pass->acc_m = accuracy_at(step, beside);
    }
    if (ends_there(step, beside)) {
        pass->t_to = now > pass->t_to ? now : pass->t_to;
        pass->fixes += pass->fixes < INT32_MAX;
        return now - pass->t_from < step->rules->longest_us;
    }
    if (now < pass->t_to) {
        return true; /* a check-in is newer than this fix */
    }
    int64_t moment = moment_of(step, beside);
    pass->t_to = moment > pass->t_to ? moment : pass->t_to;
    return false;
}

static void begin(struct facts_track *track, const struct facts_pass_step *step, const struct beside *beside)
{
    bool stays = ends_there(step, beside);
    int64_t moment = moment_of(step, beside);
    struct facts_pass pass = {.kind = beside->kind,
                              .method = FACTS_METHOD_TRACK,
                              .open = stays,
                              .place_id = beside->at.hit.id,
                              .estate_id = beside->at.hit.estate_id,
                              .t_from = moment,
                              .t_to = stays ? step->to->t_event : moment,
                              .nearest_m = (float)beside->at.hit.distance_m,
                              .acc_m = accuracy_at(step, beside),
                              .fixes = stays};
    if (stays && track->open_count == FACTS_OPEN_MAX) {
        return;
    }
    give(&pass, step->to->t_event, step->sink);
    if (stays) {
        track->open[track->open_count++] = pass;
    }
}

static const struct beside *beside_of(const struct besides *besides, const struct facts_pass *pass)
{
    for (size_t i = 0; i < besides->count; i++) {
        if (besides->list[i].kind == pass->kind && besides->list[i].at.hit.id == pass->place_id) {
            return &besides->list[i];
        }
    }
    return NULL;
}

static void go_on(struct facts_track *track, const struct facts_pass_step *step, const struct besides *besides)
{
    int64_t now = step->to->t_event;
    for (uint32_t i = track->open_count; i-- > 0;) {
        struct facts_pass *pass = &track->open[i];
        const struct beside *beside = beside_of(besides, pass);
        if (beside ? !extend(pass, step, beside) : now >= pass->t_to) {
            close_at(track, i, now, step->sink);
        } else if (now - pass->t_written >= step->rules->write_us) {
            give(pass, now, step->sink);
        }
    }
}

void facts_pass_take_step(struct facts_track *track, const struct facts_pass_step *step)
{
    struct besides besides;
    bool known[BESIDE_MAX];
    close_stale(track, step->rules, step->to->t_event, step->sink);
    look_beside(step, &besides);
    for (size_t i = 0; i < besides.count; i++) {
        known[i] = facts_pass_find(track, besides.list[i].kind, besides.list[i].at.hit.id) != NULL;
    }
    go_on(track, step, &besides);
    for (size_t i = 0; i < besides.count; i++) {
        const struct beside *beside = &besides.list[i];
        if (!known[i] && beside->at.hit.distance_m <= step->rules->radius[beside->kind].enter_m) {
            begin(track, step, beside);
        }
    }
}

/* --- a check-in --- */
void facts_pass_take_checkin(struct facts_track *track, const struct facts_rules *rules,
                             const struct facts_checkin *checkin, const struct facts_sink *sink)
{
    int64_t now = checkin->t_event;
    close_stale(track, rules, now, sink);
    struct facts_pass *pass = facts_pass_find(track, FACTS_KIND_BUILDING, checkin->building_id);
    if (!pass && track->open_count < FACTS_OPEN_MAX) {
        pass = &track->open[track->open_count++];
        *pass = (struct facts_pass){.kind = FACTS_KIND_BUILDING,
                                    .method = FACTS_METHOD_TRACK,
                                    .open = true,
                                    .place_id = checkin->building_id,
                                    .estate_id = checkin->estate_id,
                                    .t_from = now,
                                    .t_to = now,
                                    .acc_m = NAN};
    }
    if (!pass) {
        return;
    }
    bool news = pass->method != FACTS_METHOD_CHECKIN || now - pass->t_written >= rules->write_us;
    pass->method = FACTS_METHOD_CHECKIN;
    pass->nearest_m = 0;
    pass->acc_m = NAN;
    pass->t_to = now > pass->t_to ? now : pass->t_to;
    if (news) {
        give(pass, now > pass->t_written ? now : pass->t_written, sink);
    }
}
