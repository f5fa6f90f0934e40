/* From positions to gaps of trackers, passes derived again and coverage. Private to duty/track*.c.
 *
 *   fix --read in slices of time, or all of a shift again--> table: rows by subject, in event time
 *     --each subject's walker--> gaps, steps --> outage
 *                                         '--> cover --> coverage
 *
 * A walker is a function of one subject's rows in the order (t_event, dedup) and of the shifts, and nothing else: where
 * the slices are cut changes nothing, because it is kept between them (tracker_state), exactly. Whoever derives again
 * begins where a walker knows nothing: at the start of a shift, or after a silence.
 */
#ifndef HUTONG_DUTY_TRACK_PRIVATE_H
#define HUTONG_DUTY_TRACK_PRIVATE_H

#include "duty/private.h"
#include "facts/facts.h"

#define DUTY_TRACK_SECOND INT64_C(1000000)
#define DUTY_TRACK_DAY (86400 * DUTY_TRACK_SECOND)

/* Room for count elements of size bytes, at least doubled; false, and array untouched, when memory is short. */
bool duty_track_room(void *array, size_t *cap, size_t count, size_t size);

/* --- walk (track_walk.c): one subject --- */
struct duty_shift {
    int64_t id, from_us, to_us;
};

struct duty_gap { /* [from, to) of a shift without a position that can be believed */
    struct base_id subject;
    enum sensors_subject type;
    int64_t shift_id;
    int64_t from_us, to_us;         /* to: SENSORS_NO_TIME while it lasts */
    int64_t seen_us;                /* it lasted then */
    bool poor;                      /* positions came, none of them good enough; else silence */
    bool has_before, has_after;     /* false at the shift's ends */
    struct geo_point before, after; /* believed */
    size_t number;                  /* in the order in which they were found (track_gap.c) */
};

struct duty_gaps {
    struct duty_gap *list;
    size_t count, cap;
    enum base_err err; /* memory was short */
};

enum { DUTY_WALK_SHIFTS = 8 /* at once; a ninth has no gaps */ };
enum duty_tool { DUTY_TOOL_NEVER, DUTY_TOOL_OFF, DUTY_TOOL_ON }; /* NEVER: it has never said */

struct duty_walker {
    struct base_id subject;
    enum sensors_subject type;
    struct facts_track track; /* what is believed; no passes */
    bool has_last;
    struct facts_fix last;                      /* the newest that is believed, of whichever shift */
    int64_t poor_us;                            /* the newest row since that is not; SENSORS_NO_TIME */
    struct duty_shift shifts[DUTY_WALK_SHIFTS]; /* it has sent in them, and they are not over */
    size_t shift_count;
    enum duty_tool tool;
    int64_t tool_us;      /* since when it is so */
    bool stored, changed; /* in tracker_state; since */
};

struct duty_row { /* a position */
    int64_t t_event;
    struct base_id dedup;
    double lon, lat;
    float acc_m;
    int64_t shift_id;
    uint32_t who;  /* its walker */
    bool received; /* dated by its receipt: shows that something is alive, not where it was when */
};

void duty_track_walk_init(struct duty_walker *walker, struct base_id subject, enum sensors_subject type);
/* The next row; shift NULL: none, or no longer known. steps as facts_track_believe has them. */
void duty_track_walk_row(struct duty_walker *walker, const struct duty_row *row, const struct duty_shift *shift,
                         struct duty_gaps *gaps, struct facts_step steps[FACTS_STEPS_MAX], size_t *ret_count);
/* No row before that moment any more: shifts that are over by then end. */
void duty_track_walk_to(struct duty_walker *walker, int64_t to_us, struct duty_gaps *gaps);
/* The same, and gaps that last at that moment. */
void duty_track_walk_end(struct duty_walker *walker, int64_t to_us, struct duty_gaps *gaps);
bool duty_track_walk_idle(const struct duty_walker *walker, int64_t at_us); /* nothing to remember */
void duty_track_walk_out(const struct duty_walker *walker, struct base_buf *buf);
/* INVALID: not of this version. Shifts have ids only. */
enum base_err duty_track_walk_in(struct base_str bytes, struct base_diag *diag,
                                 struct duty_walker *walker) BASE_MUST_CHECK;

/* --- table (track_table.c): rows by subject --- */
enum { DUTY_TRACK_ROWS_MAX = 2000000 };
struct duty_track_table {
    struct duty_walker *walkers;
    size_t walker_count, walker_cap;
    uint32_t *slots; /* walkers by subject */
    size_t slot_count;
    struct duty_row *rows; /* as they came */
    size_t row_count, row_cap;
    uint32_t *order; /* rows by walker, then (t_event, dedup) */
    size_t order_cap;
    size_t *first; /* of each walker's rows in order; one more at the end */
    size_t first_cap;
    struct duty_shift *shifts; /* by id */
    size_t shift_count, shift_cap;
    bool full; /* there were more rows than may be in memory */
};
void duty_track_table_reset(struct duty_track_table *table);
void duty_track_table_release(struct duty_track_table *table);
/* The subject's walker, made when it is new; NULL: no memory. Valid until another is made. */
struct duty_walker *duty_track_table_walker(struct duty_track_table *table, struct base_id subject,
                                            enum sensors_subject type);
struct duty_walker *duty_track_table_find(const struct duty_track_table *table, struct base_id subject); /* or NULL */
/* of: the table. fields: subject, t_event, dedup, lon, lat, acc_m, shift_id, type and 16 when received. */
enum base_err duty_track_table_visit(void *of, const struct data_field *row);
enum base_err duty_track_table_sort(struct duty_track_table *table, struct base_diag *diag) BASE_MUST_CHECK;
/* Shifts of the estate that touch [from, to), and those that walkers have open. */
enum base_err duty_track_table_shifts(struct duty_track_table *table, struct duty_turn *turn, int64_t from_us,
                                      int64_t to_us, struct base_diag *diag) BASE_MUST_CHECK;
const struct duty_shift *duty_track_table_shift(const struct duty_track_table *table, int64_t id);

/* --- gap (track_gap.c): gaps as rows of outage --- */
struct duty_changed { /* what judge has to look at again: of one estate */
    int64_t estate_id, from_us, to_us;
};
struct duty_changes {
    struct duty_changed *list;
    size_t count, cap;
};
enum base_err duty_track_changed(struct duty_changes *changes, int64_t estate_id, int64_t from_us, int64_t to_us,
                                 struct base_diag *diag) BASE_MUST_CHECK;

struct duty_known { /* what was derived of a subject: what else is stored in there is void */
    struct base_id subject;
    enum sensors_subject type;
    int64_t shift_id; /* 0: any */
    int64_t from_us, to_us;
    int64_t cover_from_us, cover_to_us; /* pieces that lie in there; from after to: none */
};
/* Writes what is not stored like this yet. known: NULL, or count of them. */
enum base_err duty_track_gap_store(struct duty_turn *turn, struct duty_gaps *gaps, const struct duty_known *known,
                                   size_t count, struct duty_changes *changes, struct base_diag *diag) BASE_MUST_CHECK;

/* --- unit (track_unit.c): how far around a stretch must be read so that nothing before and after it changes ---
 *
 *   activity:  fix fix   (silence)   fix fix checkin fix fix   (silence or another shift)   fix
 *                                    ^ from     [stretch]                                   ^ to
 */
struct duty_checkin {
    struct base_id subject;
    struct facts_checkin of;
};

struct duty_activity { /* evidence */
    int64_t t_event;
    const struct duty_row *row;         /* NULL: a check-in */
    const struct duty_checkin *checkin; /* NULL: a position */
    enum { DUTY_GOES_ON, DUTY_AFTER_SILENCE, DUTY_NEW_SHIFT } start;
};

struct duty_read { /* what was read of a subject */
    const struct duty_track_table *table;
    size_t number; /* its walker's */
    const struct duty_checkin *checkins;
    size_t checkin_count;
    int64_t from_us, to_us; /* to: INT64_MAX when there cannot be more */
};

struct duty_unit {
    struct duty_activity *list; /* owned by the caller: all that was read */
    size_t count, cap;
    size_t first, end;      /* of the unit; first == end: there is nothing */
    int64_t from_us, to_us; /* passes and gaps that begin in [from, to) are its; to INT64_MAX: the live track goes on */
    bool seeded;            /* begins after a silence in a shift that may have begun earlier */
    bool cut_from, cut_to;  /* begins or ends where it is not known what was before or comes after */
    bool found;             /* else more must be read: */
    int64_t wants_from_us, wants_to_us;
};
/* forced: be content with what was read. NOMEM. */
enum base_err duty_track_unit_find(const struct duty_read *read, int64_t from_us, int64_t to_us, bool forced,
                                   struct base_diag *diag, struct duty_unit *unit) BASE_MUST_CHECK;

/* --- pass (track_pass.c): passes derived again --- */
struct duty_pass {
    struct base_id subject;
    enum sensors_subject type;
    int32_t version;
    bool nothing;
    int64_t until_us; /* as it is now or as it was */
    struct facts_pass pass;
};
struct duty_passes { /* to be written */
    struct duty_pass *list;
    size_t count, cap;
    struct facts_pass *given; /* work space: what facts gave */
    size_t given_count, given_cap;
    enum base_err err;
};
/* Compares what follows from the unit with stored (track_pass_list.sql) and puts the differences into passes. live: the
 * live track as bytes, at NULL: there is none. *ret_wait_us: from when on passes that are still open must be derived
 * again once they are closed; SENSORS_NO_TIME: none. */
enum base_err duty_track_pass_derive(struct duty_passes *passes, const struct duty_unit *unit,
                                     const struct duty_walker *walker, const struct facts_places *places,
                                     const struct data_rows *stored, struct base_str live, struct base_diag *diag,
                                     int64_t *ret_wait_us) BASE_MUST_CHECK;
enum base_err duty_track_pass_store(struct duty_turn *turn, struct duty_passes *passes, struct duty_changes *changes,
                                    struct base_diag *diag) BASE_MUST_CHECK;

/* --- zone (track_zone.c): zones that are to be swept --- */
struct duty_zone {
    int64_t estate_id, id;
    double half_width_m;    /* the widest that any of its duties counts */
    uint32_t types;         /* a bit each: whose tracks count */
    size_t first, count;    /* windows, in duty_cover.spans */
    struct geo_shape shape; /* outline */
    enum { DUTY_GRID_UNKNOWN, DUTY_GRID_MADE, DUTY_GRID_NONE } state;
    struct geo_cover_grid grid;
};

/* --- cover (track_cover.c, track_cover_store.c): cells that a subject covered, in pieces of at most 15 minutes ---
 * A piece is cut at the edges of the zone's windows, every 15 minutes from such an edge on, where the subject's shift
 * begins, and where its tool is engaged or is not any more. Its beginning is the row's key. */
#define DUTY_PIECE_US (15 * 60 * DUTY_TRACK_SECOND)
#define DUTY_BRIDGE_US (60 * DUTY_TRACK_SECOND) /* longer steps are not filled in */

struct duty_piece {
    struct base_id subject;
    enum sensors_subject type;
    size_t zone;
    int64_t from_us, to_us;
    bool tool, exact; /* exact: all of it was derived; else it adds to what is stored */
    uint8_t *bits;    /* owned; NULL: what is stored is void */
};

struct duty_tool_change {
    struct base_id subject;
    int64_t at_us;
    bool on;
};

struct duty_cover {
    struct duty_zone *zones;
    size_t zone_count, zone_cap;
    struct duty_span *spans;
    size_t span_count, span_cap;
    struct geo_place *index; /* ids are numbers of zones from 1 on; NULL: no zones */
    double widest_m;
    uint32_t types;
    int64_t from_us, to_us, loaded_us, place_version; /* of which time and when (monotonic) windows were read */
    size_t opened;                                    /* the turn's count then */
    struct duty_tool_change *tools;
    size_t tool_count, tool_cap;
    size_t tool_first, tool_at, tool_end; /* of the subject that walks */
    enum duty_tool tool_was;              /* when it began */
    int64_t tool_was_us;
    struct duty_piece *pieces;
    size_t piece_count, piece_cap, first_open; /* pieces from first_open on are the walking subject's */
    size_t bytes;                              /* of bits */
    int64_t skip_before_us, skip_after_us;     /* pieces that begin before, end after: left alone */
    bool exact;
    struct duty_turn *turn; /* for grids, which are made when somebody comes */
    struct base_diag *diag;
    enum base_err err;
};
void duty_track_zone_release(struct duty_cover *cover);
/* Zones with windows in [from, to), anew when places or a minute have changed. */
enum base_err duty_track_zone_load(struct duty_cover *cover, struct duty_turn *turn, int64_t from_us, int64_t to_us,
                                   struct base_diag *diag) BASE_MUST_CHECK;
/* The zone's grid, made and stored when it is asked for first; state NONE: it has no cells. */
enum base_err duty_track_zone_grid(struct duty_cover *cover, struct duty_zone *zone) BASE_MUST_CHECK;

/* Before subjects walk from from_us to to_us: zones, and what tools said since back_us before. */
enum base_err duty_track_cover_begin(struct duty_cover *cover, struct duty_turn *turn, int64_t from_us, int64_t to_us,
                                     int64_t back_us, struct base_diag *diag) BASE_MUST_CHECK;
bool duty_track_cover_wants(const struct duty_cover *cover, enum sensors_subject type);
/* A subject's walk begins (tool: as of back_us before), takes steps, and ends; then tool is as of to_us - BRIDGE. */
void duty_track_cover_subject(struct duty_cover *cover, const struct duty_walker *walker);
void duty_track_cover_step(struct duty_cover *cover, struct duty_walker *walker, const struct facts_step *step,
                           const struct duty_shift *shift);
void duty_track_cover_subject_end(struct duty_cover *cover, struct duty_walker *walker, int64_t to_us);
void duty_track_cover_forget(struct duty_cover *cover);
/* Writes the pieces that are otherwise than what is stored; known: what else is stored in there is void. */
enum base_err duty_track_cover_store(struct duty_cover *cover, struct duty_turn *turn, const struct duty_known *known,
                                     size_t count, struct duty_changes *changes,
                                     struct base_diag *diag) BASE_MUST_CHECK;

/* --- memory between steps (track.c) --- */
struct duty_track {
    struct duty_track_table table;
    struct duty_gaps gaps;
    struct duty_changes changes;
    struct duty_passes passes;
    struct duty_unit unit;
    struct duty_known *known;
    size_t known_count, known_cap;
    struct duty_checkin *checkins;
    size_t checkin_count, checkin_cap;
    int64_t slice_us; /* so much time holds about as many rows as one step can do */
    struct geo_place *places[FACTS_KIND_COUNT];
    int64_t place_version; /* of the places */
    struct duty_cover cover;
};

/* --- derive (track_derive.c) --- */
/* The oldest stretches that can be derived now, several at once. */
enum base_err duty_track_derive(struct duty_turn *turn, struct base_diag *diag, bool *ret_more) BASE_MUST_CHECK;

/* --- slice (track_slice.c) --- */
enum base_err duty_track_slice(struct duty_turn *turn, struct base_diag *diag, bool *ret_more) BASE_MUST_CHECK;
/* Walkers that have changed into tracker_state. */
enum base_err duty_track_slice_store(struct duty_turn *turn, struct duty_track_table *table, int64_t to_us,
                                     struct base_diag *diag) BASE_MUST_CHECK;
enum base_err duty_track_again(struct duty_turn *turn, struct duty_changes *changes, bool always,
                               struct base_diag *diag) BASE_MUST_CHECK;

#endif
