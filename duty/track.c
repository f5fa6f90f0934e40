/* From positions to gaps of trackers, passes derived again and coverage: what judge does next at an estate. */
#include "duty/track_private.h"

#include <stdlib.h>

enum { SLICE_FIRST_S = 600 };

static enum base_err memory_new(struct base_diag *diag, struct duty_track **ret_track)
{
    struct duty_track *track = calloc(1, sizeof *track);
    if (!track) {
        return base_diag_set(diag, BASE_NOMEM, "judge: no memory");
    }
    track->slice_us = SLICE_FIRST_S * DUTY_TRACK_SECOND;
    track->place_version = -1;
    *ret_track = track;
    return BASE_OK;
}

void duty_track_free(struct duty_track *track)
{
    if (track) {
        duty_track_table_release(&track->table);
        free(track->gaps.list);
        free(track->changes.list);
        free(track->passes.list);
        free(track->passes.given);
        free(track->unit.list);
        free(track->known);
        free(track->checkins);
        duty_track_cover_forget(&track->cover);
        duty_track_zone_release(&track->cover);
        free(track->cover.zones);
        free(track->cover.spans);
        free(track->cover.tools);
        free(track->cover.pieces);
        for (size_t i = 0; i < FACTS_KIND_COUNT; i++) {
            geo_place_free(track->places[i]);
        }
        free(track);
    }
}

void duty_track_opened(struct duty_turn *turn)
{
    atomic_fetch_add(turn->opened, 1);
}

/* Stretches first: what is known of the past is put right before more is read. */
enum base_err duty_track_step(struct duty_turn *turn, struct base_diag *diag, bool *ret_more)
{
    bool derived = false;
    enum base_err err = turn->track ? BASE_OK : memory_new(diag, &turn->track);
    err = err ? err : duty_track_derive(turn, diag, &derived);
    *ret_more = derived;
    return err || derived ? err : duty_track_slice(turn, diag, ret_more);
}
