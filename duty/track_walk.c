/* One subject's positions in order: what is believed, and where on a shift nothing was. */
#include "duty/track_private.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, FLAG_LAST = 1 };

/* Longer than any person works: a shift that only says whose devices these are. Nobody is awaited at its start. */
#define STANDING_US DUTY_TRACK_DAY

bool duty_track_room(void *array, size_t *cap, size_t count, size_t size)
{
    if (count <= *cap) {
        return true;
    }
    size_t wanted = count + count / 2 + 64;
    void *old, *grown;
    memcpy(&old, array, sizeof old); /* a pointer to any pointer */
    grown = realloc(old, wanted * size);
    if (!grown) {
        return false;
    }
    memcpy(array, &grown, sizeof grown);
    *cap = wanted;
    return true;
}

void duty_track_walk_init(struct duty_walker *walker, struct base_id subject, enum sensors_subject type)
{
    memset(walker, 0, sizeof *walker);
    walker->subject = subject;
    walker->type = type;
    walker->poor_us = walker->tool_us = SENSORS_NO_TIME;
    facts_track_init(&walker->track);
}

static int64_t gap_us(const struct duty_walker *walker)
{
    const struct facts_rules *rules = facts_rules_of(walker->type);
    return rules ? rules->gap_us : INT64_MAX;
}

/* --- gaps --- */
static void add(struct duty_gaps *gaps, const struct duty_gap *gap)
{
    if (!duty_track_room(&gaps->list, &gaps->cap, gaps->count + 1, sizeof *gaps->list)) {
        gaps->err = BASE_NOMEM;
        return;
    }
    gaps->list[gaps->count++] = *gap;
}

/* What lies between the last believed position (or the shift's start) and to_us, as far as it belongs to the shift.
 * False: it is no gap. */
static bool find(const struct duty_walker *walker, const struct duty_shift *shift, int64_t to_us, struct duty_gap *gap)
{
    bool leads = !walker->has_last || walker->last.t_event < shift->from_us;
    int64_t from_us = leads ? shift->from_us : walker->last.t_event;
    int64_t end_us = to_us < shift->to_us ? to_us : shift->to_us;
    if (end_us - from_us <= gap_us(walker) || (leads && shift->to_us - shift->from_us > STANDING_US)) {
        return false;
    }
    *gap = (struct duty_gap){.subject = walker->subject,
                             .type = walker->type,
                             .shift_id = shift->id,
                             .from_us = from_us,
                             .to_us = end_us,
                             .seen_us = end_us,
                             .poor = walker->poor_us != SENSORS_NO_TIME && walker->poor_us >= from_us,
                             .has_before = !leads,
                             .before = leads ? (struct geo_point){0, 0} : walker->last.at};
    return true;
}

/* Until fix, or (NULL) until to_us, where they go on. Of shifts that overlap, one gap with that beginning: the longest,
 * of equals that of the lower shift. */
static void find_all(const struct duty_walker *walker, int64_t to_us, const struct facts_fix *fix,
                     struct duty_gaps *gaps)
{
    struct duty_gap found[DUTY_WALK_SHIFTS];
    size_t count = 0;
    for (size_t i = 0; i < walker->shift_count; i++) {
        struct duty_gap gap;
        if (!find(walker, &walker->shifts[i], to_us, &gap)) {
            continue;
        }
        size_t at = 0;
        while (at < count && found[at].from_us != gap.from_us) {
            at++;
        }
        if (at == count) {
            found[count++] = gap;
        } else if (gap.to_us > found[at].to_us || (gap.to_us == found[at].to_us && gap.shift_id < found[at].shift_id)) {
            found[at] = gap;
        }
    }
    for (size_t i = 0; i < count; i++) {
        found[i].has_after = fix && found[i].to_us == to_us;
        found[i].after = found[i].has_after ? fix->at : (struct geo_point){0, 0};
        found[i].to_us = fix ? found[i].to_us : SENSORS_NO_TIME;
        add(gaps, &found[i]);
    }
}

static void believe(struct duty_walker *walker, const struct facts_fix *fix, struct duty_gaps *gaps)
{
    find_all(walker, fix->t_event, fix, gaps);
    walker->last = *fix;
    walker->has_last = true;
    walker->poor_us = SENSORS_NO_TIME;
}

/* --- rows --- */
static void note_shift(struct duty_walker *walker, const struct duty_shift *shift)
{
    for (size_t i = 0; i < walker->shift_count; i++) {
        if (walker->shifts[i].id == shift->id) {
            return;
        }
    }
    if (walker->shift_count < DUTY_WALK_SHIFTS) {
        walker->shifts[walker->shift_count++] = *shift;
    }
}

void duty_track_walk_row(struct duty_walker *walker, const struct duty_row *row, const struct duty_shift *shift,
                         struct duty_gaps *gaps, struct facts_step steps[FACTS_STEPS_MAX], size_t *ret_count)
{
    const struct facts_rules *rules = facts_rules_of(walker->type);
    *ret_count = 0;
    walker->changed = true;
    duty_track_walk_to(walker, row->t_event, gaps);
    if (shift && shift->to_us > row->t_event) {
        note_shift(walker, shift);
    }
    bool believed = false;
    if (!row->received && rules) {
        const struct facts_fix fix = {
            .t_event = row->t_event, .shift_id = row->shift_id, .at = {row->lon, row->lat}, .acc_m = row->acc_m};
        believed =
            facts_track_believe(&walker->track, rules, &fix, steps, ret_count) == FACTS_TAKEN && !walker->track.doubted;
    }
    for (size_t i = 0; i < *ret_count; i++) {
        believe(walker, &steps[i].to, gaps);
    }
    if (!believed) {
        walker->poor_us = row->t_event;
    }
}

static void end_shift(struct duty_walker *walker, size_t number, struct duty_gaps *gaps)
{
    struct duty_gap gap;
    if (find(walker, &walker->shifts[number], INT64_MAX, &gap)) {
        add(gaps, &gap);
    }
    walker->shift_count--;
    memmove(&walker->shifts[number], &walker->shifts[number + 1],
            (walker->shift_count - number) * sizeof *walker->shifts);
    walker->changed = true;
}

/* In the order in which they end: where two gaps begin at one moment, the one that is told later counts. */
void duty_track_walk_to(struct duty_walker *walker, int64_t to_us, struct duty_gaps *gaps)
{
    for (;;) {
        size_t first = walker->shift_count;
        for (size_t i = 0; i < walker->shift_count; i++) {
            const struct duty_shift *shift = &walker->shifts[i];
            if (shift->to_us <= to_us && (first == walker->shift_count || shift->to_us < walker->shifts[first].to_us)) {
                first = i;
            }
        }
        if (first == walker->shift_count) {
            return;
        }
        end_shift(walker, first, gaps);
    }
}

void duty_track_walk_end(struct duty_walker *walker, int64_t to_us, struct duty_gaps *gaps)
{
    duty_track_walk_to(walker, to_us, gaps);
    find_all(walker, to_us, NULL, gaps);
}

bool duty_track_walk_idle(const struct duty_walker *walker, int64_t at_us)
{
    return walker->shift_count == 0 && walker->tool == DUTY_TOOL_NEVER &&
           (!walker->has_last || at_us - walker->last.t_event > gap_us(walker));
}

/* --- as bytes: version type flags tool tool_us poor_us [last: t shift lon lat acc] count shifts track --- */
static void f64_out(struct base_buf *buf, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    base_buf_u64be(buf, bits);
}

void duty_track_walk_out(const struct duty_walker *walker, struct base_buf *buf)
{
    base_buf_u8(buf, VERSION);
    base_buf_u8(buf, (uint8_t)walker->type);
    base_buf_u8(buf, walker->has_last ? FLAG_LAST : 0);
    base_buf_u8(buf, (uint8_t)walker->tool);
    base_buf_u64be(buf, (uint64_t)walker->tool_us);
    base_buf_u64be(buf, (uint64_t)walker->poor_us);
    if (walker->has_last) {
        base_buf_u64be(buf, (uint64_t)walker->last.t_event);
        base_buf_u64be(buf, (uint64_t)walker->last.shift_id);
        f64_out(buf, walker->last.at.lon);
        f64_out(buf, walker->last.at.lat);
    }
    base_buf_u8(buf, (uint8_t)walker->shift_count);
    for (size_t i = 0; i < walker->shift_count; i++) {
        base_buf_u64be(buf, (uint64_t)walker->shifts[i].id);
    }
    facts_track_out(&walker->track, buf);
}

enum base_err duty_track_walk_in(struct base_str bytes, struct base_diag *diag, struct duty_walker *walker)
{
    struct base_reader reader = base_reader_of(bytes.at, bytes.len);
    bool known = base_reader_u8(&reader) == VERSION;
    walker->type = base_reader_u8(&reader);
    walker->has_last = base_reader_u8(&reader) & FLAG_LAST;
    walker->tool = base_reader_u8(&reader);
    walker->tool_us = (int64_t)base_reader_u64be(&reader);
    walker->poor_us = (int64_t)base_reader_u64be(&reader);
    if (walker->has_last) {
        walker->last.t_event = (int64_t)base_reader_u64be(&reader);
        walker->last.shift_id = (int64_t)base_reader_u64be(&reader);
        walker->last.at.lon = base_reader_f64be(&reader);
        walker->last.at.lat = base_reader_f64be(&reader);
    }
    walker->shift_count = base_reader_u8(&reader);
    known = known && walker->tool <= DUTY_TOOL_ON && walker->shift_count <= DUTY_WALK_SHIFTS;
    for (size_t i = 0; i < walker->shift_count && known; i++) {
        walker->shifts[i].id = (int64_t)base_reader_u64be(&reader);
    }
    if (!known || reader.failed) {
        return base_diag_set(diag, BASE_INVALID, "tracker_state: not written by this version");
    }
    size_t left = base_reader_left(&reader);
    return facts_track_in(base_reader_bytes(&reader, left), diag, &walker->track);
}
