/* Private to facts/: what track.c asks of pass.c. */
#ifndef HUTONG_FACTS_PRIVATE_H
#define HUTONG_FACTS_PRIVATE_H

#include "facts/facts.h"

/* Evidence: the way from one believed fix to the next, or a position alone (from NULL). */
struct facts_pass_step {
    const struct facts_rules *rules;
    const struct facts_fix *from; /* NULL: no path */
    const struct facts_fix *to;
    const struct facts_places *places;
    const struct facts_sink *sink;
};

/* Opens, extends and closes the track's passes. */
void facts_pass_take_step(struct facts_track *track, const struct facts_pass_step *step);
void facts_pass_take_checkin(struct facts_track *track, const struct facts_rules *rules,
                             const struct facts_checkin *checkin, const struct facts_sink *sink);
void facts_pass_close_all(struct facts_track *track, const struct facts_sink *sink);
/* The open pass of that place, or NULL. */
struct facts_pass *facts_pass_find(struct facts_track *track, enum facts_kind kind, int64_t place_id);

#endif
