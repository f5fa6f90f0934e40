/* facts: what follows from stored events, as pure functions - no clock, no database, no chance. The same fixes in the
 * same order give the same passes, however they were cut into batches.
 *
 * Ownership  const pointers are borrowed for the call; a track is a plain value without memory of its own.
 * Threads    nothing here has state of its own.
 * Units      times us since 1970-01-01 UTC; lon/lat degrees WGS 84; metres; metres a second.
 * Errors     none but of facts_track_in, which reads bytes.
 * Formulas   docs/formulas.md, "Passes".
 *
 * A pass says: this subject was at this building, checkpoint or zone from t_from to t_to. It is a function of one
 * subject's fixes in event-time order:
 *
 *   fix --accuracy gate--> --speed gate--> step from the fix before, or the position alone --> each place beside it:
 *
 *                  step within enter_m                  position farther than leave_m, or nothing for gap_us
 *       (not there) ------------------> open, extended ------------------------------------------> closed
 */
#ifndef HUTONG_FACTS_H
#define HUTONG_FACTS_H

#include "geo/geo.h"
#include "sensors/sensors.h"

/* --- pass (pass.c) --- */
#define FACTS_KINDS(X) X(BUILDING, building) X(CHECKPOINT, checkpoint) X(ZONE, zone)
#define FACTS_METHODS(X) X(TRACK, track) X(CHECKIN, checkin)
#define FACTS_KIND_ENUM(name, text) FACTS_KIND_##name,
enum facts_kind { FACTS_KINDS(FACTS_KIND_ENUM) FACTS_KIND_COUNT };
#define FACTS_METHOD_ENUM(name, text) FACTS_METHOD_##name,
enum facts_method { FACTS_METHODS(FACTS_METHOD_ENUM) FACTS_METHOD_COUNT };

/* Texts as in the database. */
const char *facts_kind_name(enum facts_kind kind);
const char *facts_method_name(enum facts_method method);

struct facts_pass {
    enum facts_kind kind;
    enum facts_method method; /* CHECKIN: somebody checked in there; else by positions alone */
    bool open;                /* may still be extended */
    int64_t place_id;
    int64_t estate_id; /* the place's */
    int64_t t_from;    /* when the step that began it was nearest; never changes */
    int64_t t_to;      /* the last evidence */
    int64_t t_written; /* event time at which it was last given to the sink */
    float nearest_m;   /* 0: inside, or checked in */
    float acc_m;       /* radius of accuracy there, NAN: unknown */
    int32_t fixes;     /* positions within leave_m; 0: it lies between two of them */
};

/* Takes each pass when it opens, when WRITE_US of event time have gone since it was last given, and when it closes. The
 * newest of equal (kind, place_id, t_from) is valid: those before it may be forgotten. */
struct facts_sink {
    void (*take)(void *at, const struct facts_pass *pass);
    void *at;
};

struct facts_places {
    const struct geo_place *of[FACTS_KIND_COUNT]; /* NULL: none */
};

/* --- rules (rules.c) --- */
struct facts_radius {
    double enter_m; /* a step this near opens a pass */
    double leave_m; /* a position farther than this closes it; >= enter_m */
};

struct facts_rules {
    double acc_max_m;     /* a position less sure than this is no evidence */
    double acc_unknown_m; /* of a position that does not say: accepted, and taken for this by the speed gate */
    double speed_mps;     /* faster from fix to fix, even if both circles of accuracy are given away: a jump */
    double path_max_m;    /* a longer step is no path: only its end counts */
    int64_t gap_us;       /* without evidence for longer than this a pass is over, and no step is a path */
    int64_t write_us;
    int64_t longest_us; /* a pass that would last longer is closed and another begins */
    struct facts_radius radius[FACTS_KIND_COUNT];
};

/* Guards and cleaners on foot; vehicles, fleets and units on wheels. NULL: all others make no passes. */
const struct facts_rules *facts_rules_of(enum sensors_subject subject);

/* --- track (track.c): what must be remembered of a subject to go on --- */
#define FACTS_OPEN_MAX 32 /* passes open at once; further places have none until one of these closes */

struct facts_fix {
    int64_t t_event;
    int64_t shift_id; /* a track does not outlive its shift; 0: none */
    struct geo_point at;
    float acc_m; /* NAN or <= 0: unknown */
};

struct facts_checkin {
    int64_t t_event;
    int64_t shift_id;
    int64_t building_id;
    int64_t estate_id; /* the building's */
};

struct facts_track {
    bool begun;            /* last is there */
    bool doubted;          /* jump is there */
    struct facts_fix last; /* the newest that is believed */
    struct facts_fix jump; /* a later one that last could not have reached; the next fix tells */
    struct facts_pass open[FACTS_OPEN_MAX];
    uint32_t open_count;
};

enum facts_outcome {
    FACTS_TAKEN,
    FACTS_IGNORED, /* no evidence: not accurate enough */
    FACTS_LATE     /* older than the track: the stretch must be derived again; a fix did nothing */
};

void facts_track_init(struct facts_track *track);
/* The next fix. Of another shift than the track's: the track ends and another begins. */
enum facts_outcome facts_track_fix(struct facts_track *track, const struct facts_rules *rules,
                                   const struct facts_fix *fix, const struct facts_places *places,
                                   const struct facts_sink *sink);
/* Somebody is known to be in a building: gives its pass method CHECKIN and distance 0, or opens one. Without a track of
 * that shift it is a pass of one moment. A late one counts for a pass that is open and had begun; when it would have
 * begun had the check-in come in time only deriving tells. */
enum facts_outcome facts_track_checkin(struct facts_track *track, const struct facts_rules *rules,
                                       const struct facts_checkin *checkin, const struct facts_sink *sink);
/* Which fixes are believed, and nothing else: no places, no passes. A step is the way from one believed position to the
 * next, or a position alone. The same fixes give the same steps as facts_track_fix takes. Of another shift than the
 * track's: another track begins. */
struct facts_step {
    bool path; /* from is there */
    struct facts_fix from, to;
};
#define FACTS_STEPS_MAX 2 /* a jump that this fix confirms, and the fix itself */
enum facts_outcome facts_track_believe(struct facts_track *track, const struct facts_rules *rules,
                                       const struct facts_fix *fix, struct facts_step steps[FACTS_STEPS_MAX],
                                       size_t *ret_count);
/* Closes what is open at its last evidence; a jump that nothing confirmed is forgotten. */
void facts_track_end(struct facts_track *track, const struct facts_sink *sink);

/* --- track as bytes (track_out.c, track_in.c): exact, so that a track read back goes on as if it had never left --- */
#define FACTS_TRACK_BYTES 2048                                               /* at most */
void facts_track_out(const struct facts_track *track, struct base_buf *buf); /* nothing when it has not begun */
/* No bytes give a track that has not begun. INVALID: not written by this version of _out. */
enum base_err facts_track_in(struct base_str bytes, struct base_diag *diag,
                             struct facts_track *ret_track) BASE_MUST_CHECK;

/* --- rule (rule.c): what filters of rules may ask (docs/rules.md) --- */
enum facts_rule_about { FACTS_RULE_EVENT, FACTS_RULE_WINDOW, FACTS_RULE_SILENCE, FACTS_RULE_PLACE };

/* Fixed, for any thread. WINDOW's and SILENCE's sql are columns of rule_missed.sql and rule_silent.sql; EVENT and PLACE
 * run in memory. */
const struct geo_cql2_schema *facts_rule_schema(enum facts_rule_about about);
/* INVALID, LIMIT: what is wrong with the filter, and where. */
enum base_err facts_rule_check(enum facts_rule_about about, const char *filter, struct base_diag *diag) BASE_MUST_CHECK;

/* A place's values in the order of its schema: as rule_hits.sql gives them. */
enum { FACTS_RULE_PLACE_COUNT = 13 };
struct facts_rule_place;
enum base_err facts_rule_place_new(const char *filter, struct base_diag *diag,
                                   struct facts_rule_place **ret_place) BASE_MUST_CHECK;
void facts_rule_place_free(struct facts_rule_place *place);
BASE_AUTO_FREE(facts_rule_place)
bool facts_rule_place_holds(struct facts_rule_place *place, const struct geo_cql2_value values[FACTS_RULE_PLACE_COUNT],
                            int64_t now_us);

/* --- ruleset (ruleset.c): which rules an event begins or clears ---
 * Event in, rules out. What is no news matches nothing: replayed and historical events, and snapshots but of readings.
 * An event that a rule's filter and its clear both select begins. One thread at a time. */
#define FACTS_ALL_ESTATES (-1)
struct facts_rule {
    int64_t id, version;
    int64_t estate_id;     /* FACTS_ALL_ESTATES, but ... */
    const int64_t *except; /* ... of these, which have a rule of their own in its place; copied */
    size_t except_count;
    const char *filter;
    const char *clear; /* NULL: nothing clears it */
};

struct facts_rule_event {
    int64_t estate_id; /* where it happened */
    int64_t t_event;
    enum sensors_kind kind;
    enum sensors_phase phase;
    enum sensors_subject subject_type;
    int severity;      /* or SENSORS_NO_SEVERITY */
    double confidence; /* or NAN */
    bool has_storey;
    int16_t storey;
    uint32_t flags;
    struct base_str channel, native_id, source, device_kind; /* empty: none */
    struct base_str measures;                                /* as sensors_event_measures_out writes them */
};

struct facts_rule_hit {
    int64_t rule_id, version;
    bool begins; /* else it clears */
};

struct facts_ruleset;
enum base_err facts_ruleset_new(struct base_diag *diag, struct facts_ruleset **ret_set) BASE_MUST_CHECK;
void facts_ruleset_free(struct facts_ruleset *set);
BASE_AUTO_FREE(facts_ruleset)
/* INVALID: a filter cannot be read; the set is as before. */
enum base_err facts_ruleset_add(struct facts_ruleset *set, const struct facts_rule *rule,
                                struct base_diag *diag) BASE_MUST_CHECK;
size_t facts_ruleset_count(const struct facts_ruleset *set);
/* How many; *ret_hits is borrowed until the next call. now_us: what now() gives. */
size_t facts_ruleset_match(struct facts_ruleset *set, const struct facts_rule_event *event, int64_t now_us,
                           const struct facts_rule_hit **ret_hits);

#endif
