/* Which cells of which zone a subject's steps cover, piece of time by piece of time. */
#include "duty/track_private.h"

#include <stdlib.h>
#include <string.h>

enum { BESIDE_MAX = 64 /* zones beside one step */ };

bool duty_track_cover_wants(const struct duty_cover *cover, enum sensors_subject type)
{
    return cover->index && cover->types & (1u << type);
}

/* --- tools --- */
static enum base_err read_tools(struct duty_cover *cover, struct duty_turn *turn, int64_t from_us, int64_t to_us,
                                struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(turn->conn, DATA_TRACK_TOOLS,
                 DATA_ARGS(data_i64(turn->estate_id), data_time(from_us), data_time(to_us)), diag, &rows);
    cover->tool_count = err ? 0 : data_rows_count(rows);
    if (!duty_track_room(&cover->tools, &cover->tool_cap, cover->tool_count, sizeof *cover->tools)) {
        return base_diag_set(diag, BASE_NOMEM, "judge: no memory for what tools said");
    }
    for (size_t i = 0; i < cover->tool_count; i++) {
        cover->tools[i] =
            (struct duty_tool_change){data_rows_id(rows, i, 0), data_rows_time(rows, i, 1), data_rows_bool(rows, i, 2)};
    }
    return err;
}

enum base_err duty_track_cover_begin(struct duty_cover *cover, struct duty_turn *turn, int64_t from_us, int64_t to_us,
                                     int64_t back_us, struct base_diag *diag)
{
    int64_t early_us = from_us < INT64_MIN + back_us + DUTY_TRACK_DAY ? from_us : from_us - back_us;
    enum base_err err = duty_track_zone_load(cover, turn, early_us, to_us, diag);
    cover->turn = turn;
    cover->diag = diag;
    cover->err = BASE_OK;
    cover->tool_count = 0;
    return err || !cover->index ? err : read_tools(cover, turn, early_us, to_us, diag);
}

void duty_track_cover_subject(struct duty_cover *cover, const struct duty_walker *walker)
{
    size_t low = 0, high = cover->tool_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(cover->tools[middle].subject.bytes, walker->subject.bytes, sizeof walker->subject.bytes) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    cover->tool_at = cover->tool_end = low;
    while (cover->tool_end < cover->tool_count &&
           base_id_equal(cover->tools[cover->tool_end].subject, walker->subject)) {
        cover->tool_end++;
    }
    cover->tool_first = low;
    cover->tool_was = walker->tool;
    cover->tool_was_us = walker->tool_us;
    cover->first_open = cover->piece_count;
    cover->skip_before_us = INT64_MIN;
    cover->skip_after_us = INT64_MAX;
    cover->exact = false;
}

/* As of at_us; what it says again is no change. */
static void turn_tool(struct duty_cover *cover, struct duty_walker *walker, int64_t at_us)
{
    for (; cover->tool_at < cover->tool_end && cover->tools[cover->tool_at].at_us <= at_us; cover->tool_at++) {
        enum duty_tool tool = cover->tools[cover->tool_at].on ? DUTY_TOOL_ON : DUTY_TOOL_OFF;
        if (tool != walker->tool) {
            walker->tool = tool;
            walker->tool_us = cover->tools[cover->tool_at].at_us;
            walker->changed = true;
        }
    }
}

/* --- pieces of time --- */
struct part {
    int64_t from_us, to_us;
};

/* The elementary stretch of the zone's windows that holds the moment, cut every 15 minutes; false: no window does.
 * *ret_next: when the next window begins, INT64_MAX: none. */
static bool find_part(const struct duty_cover *cover, const struct duty_zone *zone, int64_t at_us,
                      struct part *ret_part, int64_t *ret_next)
{
    struct part part = {INT64_MIN, INT64_MAX};
    bool inside = false;
    *ret_next = INT64_MAX;
    for (size_t i = zone->first; i < zone->first + zone->count; i++) {
        const int64_t edges[] = {cover->spans[i].from_us, cover->spans[i].to_us};
        inside = inside || (edges[0] <= at_us && at_us < edges[1]);
        *ret_next = edges[0] > at_us && edges[0] < *ret_next ? edges[0] : *ret_next;
        for (size_t j = 0; j < 2; j++) {
            part.from_us = edges[j] <= at_us && edges[j] > part.from_us ? edges[j] : part.from_us;
            part.to_us = edges[j] > at_us && edges[j] < part.to_us ? edges[j] : part.to_us;
        }
    }
    if (inside) {
        ret_part->from_us = part.from_us + (at_us - part.from_us) / DUTY_PIECE_US * DUTY_PIECE_US;
        int64_t end_us = ret_part->from_us + DUTY_PIECE_US;
        ret_part->to_us = part.to_us < end_us ? part.to_us : end_us;
    }
    return inside;
}

static struct duty_piece *piece_of(struct duty_cover *cover, const struct duty_walker *walker, size_t zone,
                                   const struct part *part, int64_t key_us)
{
    for (size_t i = cover->piece_count; i-- > cover->first_open;) {
        struct duty_piece *piece = &cover->pieces[i];
        if (piece->zone == zone && piece->from_us == key_us) {
            return piece;
        }
    }
    size_t bytes = geo_cover_bytes(&cover->zones[zone].grid);
    uint8_t *bits = calloc(bytes + 1, 1);
    if (!bits || !duty_track_room(&cover->pieces, &cover->piece_cap, cover->piece_count + 1, sizeof *cover->pieces)) {
        free(bits);
        cover->err = base_diag_set(cover->diag, BASE_NOMEM, "judge: no memory for coverage");
        return NULL;
    }
    struct duty_piece *piece = &cover->pieces[cover->piece_count++];
    cover->bytes += bytes;
    *piece = (struct duty_piece){.subject = walker->subject,
                                 .type = walker->type,
                                 .zone = zone,
                                 .from_us = key_us,
                                 .to_us = part->to_us,
                                 .tool = walker->tool != DUTY_TOOL_OFF,
                                 .exact = cover->exact,
                                 .bits = bits};
    return piece;
}

/* --- steps --- */
static struct geo_point on_way(const struct facts_fix *from, const struct facts_fix *to, int64_t at_us)
{
    if (at_us >= to->t_event || to->t_event == from->t_event) {
        return to->at;
    }
    double along = (double)(at_us - from->t_event) / (double)(to->t_event - from->t_event);
    along = along < 0 ? 0 : along;
    return (struct geo_point){from->at.lon + along * (to->at.lon - from->at.lon),
                              from->at.lat + along * (to->at.lat - from->at.lat)};
}

struct way {
    const struct facts_fix *from, *to;
    int64_t shift_us; /* the shift's beginning; INT64_MIN: none */
};

static int64_t key_of(const struct duty_walker *walker, const struct way *way, const struct part *part, int64_t at_us)
{
    int64_t key_us = part->from_us;
    key_us = way->shift_us > key_us && way->shift_us <= at_us ? way->shift_us : key_us;
    return walker->tool_us > key_us && walker->tool_us <= at_us ? walker->tool_us : key_us;
}

static void cover_part(struct duty_cover *cover, const struct duty_walker *walker, size_t number, const struct way *way,
                       const struct part *part, int64_t at_us, int64_t end_us)
{
    const struct duty_zone *zone = &cover->zones[number];
    int64_t key_us = key_of(walker, way, part, at_us);
    if (key_us < cover->skip_before_us || part->to_us > cover->skip_after_us) {
        return;
    }
    struct duty_piece *piece = piece_of(cover, walker, number, part, key_us);
    if (piece) {
        geo_cover_segment(&zone->grid, on_way(way->from, way->to, at_us), on_way(way->from, way->to, end_us),
                          zone->half_width_m, piece->bits);
    }
}

/* closed: the end belongs to it. */
static void cover_zone(struct duty_cover *cover, const struct duty_walker *walker, size_t number, const struct way *way,
                       int64_t from_us, int64_t to_us, bool closed)
{
    struct duty_zone *zone = &cover->zones[number];
    if (!(zone->types & (1u << walker->type))) {
        return;
    }
    for (int64_t at_us = from_us; at_us < to_us || (closed && at_us == to_us);) {
        struct part part;
        int64_t next_us;
        if (!find_part(cover, zone, at_us, &part, &next_us)) {
            at_us = next_us;
            continue;
        }
        cover->err = cover->err ? cover->err : duty_track_zone_grid(cover, zone);
        if (cover->err || zone->state == DUTY_GRID_NONE) {
            return;
        }
        int64_t end_us = part.to_us < to_us ? part.to_us : to_us;
        cover_part(cover, walker, number, way, &part, at_us, end_us);
        if (at_us == to_us || end_us < part.to_us) {
            return;
        }
        at_us = end_us; /* where one part ends the next begins, with the same position */
    }
}

struct beside {
    size_t zones[BESIDE_MAX];
    size_t count;
};

static bool collect(void *at, const struct geo_place_step *place)
{
    struct beside *beside = at;
    beside->zones[beside->count++] = (size_t)place->hit.id - 1;
    return beside->count < BESIDE_MAX;
}

/* Parts of the way between changes of the tool. */
void duty_track_cover_step(struct duty_cover *cover, struct duty_walker *walker, const struct facts_step *step,
                           const struct duty_shift *shift)
{
    struct beside beside = {.count = 0};
    bool bridged = step->path && step->to.t_event - step->from.t_event <= DUTY_BRIDGE_US;
    const struct way way = {
        .from = bridged ? &step->from : &step->to, .to = &step->to, .shift_us = shift ? shift->from_us : INT64_MIN};
    if (cover->err) {
        return;
    }
    geo_place_near(cover->index, way.from->at, way.to->at, cover->widest_m, collect, &beside);
    for (int64_t at_us = way.from->t_event; beside.count;) {
        turn_tool(cover, walker, at_us);
        int64_t change_us = cover->tool_at < cover->tool_end ? cover->tools[cover->tool_at].at_us : INT64_MAX;
        bool last = change_us > way.to->t_event;
        for (size_t i = 0; i < beside.count; i++) {
            cover_zone(cover, walker, beside.zones[i], &way, at_us, last ? way.to->t_event : change_us, last);
        }
        if (last) {
            return;
        }
        at_us = change_us;
    }
}

void duty_track_cover_subject_end(struct duty_cover *cover, struct duty_walker *walker, int64_t to_us)
{
    walker->tool = cover->tool_was; /* the next step may begin a minute before to_us */
    walker->tool_us = cover->tool_was_us;
    cover->tool_at = cover->tool_first;
    turn_tool(cover, walker, to_us - DUTY_BRIDGE_US - 1);
}

void duty_track_cover_forget(struct duty_cover *cover)
{
    for (size_t i = 0; i < cover->piece_count; i++) {
        free(cover->pieces[i].bits);
    }
    cover->piece_count = cover->first_open = cover->bytes = 0;
}
