/* Any bytes as a track: what is read is written again byte for byte, and goes on with a fix and a check-in. */
#include "facts/facts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void taken(void *at, const struct facts_pass *pass)
{
    if (pass->t_to < pass->t_from || !(pass->nearest_m >= 0)) {
        abort();
    }
    ++*(size_t *)at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_diag diag;
    struct facts_track track;
    size_t given = 0;
    const struct facts_sink sink = {taken, &given};
    const struct facts_places nowhere = {.of = {NULL}};
    const struct facts_rules *rules = facts_rules_of(SENSORS_SUBJECT_GUARD);
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, FACTS_TRACK_BYTES);
    if (facts_track_in((struct base_str){(const char *)data, size}, &diag, &track)) {
        return 0;
    }
    facts_track_out(&track, &buf);
    if (buf.err || buf.len != size || (size && memcmp(buf.data, data, size) != 0)) {
        abort();
    }
    struct facts_fix fix = {.t_event = track.begun ? track.last.t_event + 1000000 : 0,
                            .shift_id = track.begun ? track.last.shift_id : 0,
                            .at = {121.5, 31.2},
                            .acc_m = 5};
    struct facts_checkin checkin = {fix.t_event, fix.shift_id, 7, 0};
    (void)facts_track_fix(&track, rules, &fix, &nowhere, &sink);
    (void)facts_track_checkin(&track, rules, &checkin, &sink);
    facts_track_end(&track, &sink);
    return 0;
}
