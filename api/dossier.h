/* Dossiers and indicators of buildings: of which time, what is read, how it is written. Private to api/.
 *
 * Ownership  rows are yours: api_dossier_parts_release.
 * Threads    a worker's, with its call.
 * Errors     INVALID (400) for times that cannot be.
 */
#ifndef HUTONG_API_DOSSIER_H
#define HUTONG_API_DOSSIER_H

#include "api/json.h"
#include "api/request.h"

/* --- of which time (indicator.c) ---
 *
 *      from ............. to <= at <= now           without split
 *      split - (to - split) ... split ... to        with it: two spans of the same length, `from` being the first one's
 * begin
 */
struct api_dossier_when {
    int64_t at_us, from_us, to_us;
    int64_t split_us; /* within; 0: not asked for */
    bool past;        /* a moment was named: what was on record then, not what is known now */
};
enum base_err api_dossier_when(const struct api_call *call, struct base_diag *diag,
                               struct api_dossier_when *ret_when) BASE_MUST_CHECK;
struct data_arg api_dossier_known(const struct api_dossier_when *when); /* null: all that is known now */
void api_dossier_when_out(struct base_json_out *out, const struct api_dossier_when *when);

/* An error of a query; one that only took too long is answered (504) and is none any more. */
enum base_err api_dossier_late(struct api_call *call, const struct data_conn *conn, enum base_err err) BASE_MUST_CHECK;

/* --- indicators (indicator.c): rows of indicator_buildings, by building id --- */
struct api_indicators {
    struct data_rows *whole;          /* of the period */
    struct data_rows *before, *after; /* with a split; the same buildings in the same order */
};
void api_indicators_release(struct api_indicators *indicators);
/* ids: a bigint[] as data_array_* made it. */
enum base_err api_indicator_read(struct data_conn *conn, const struct api_dossier_when *when, struct base_str ids,
                                 struct base_diag *diag, struct api_indicators *indicators) BASE_MUST_CHECK;
/* The member "indicators" of that row's building, as far as the scope's looks go; nothing without a look at it. */
void api_indicator_out(struct base_json_out *out, const struct api_dossier_when *when, const struct data_scope *scope,
                       const struct api_indicators *indicators, size_t row);
int64_t api_indicator_last_pass(const struct api_indicators *indicators, size_t row); /* INT64_MIN: none */
/* A link that shows what a number is about: "/api/windows?estate=1&place_kind=building&place=2&from=...&to=...". */
enum api_evidence { API_EVIDENCE_PASSES, API_EVIDENCE_WINDOWS, API_EVIDENCE_INCIDENTS, API_EVIDENCE_RECURRENCE };
void api_indicator_evidence(struct base_json_out *out, enum api_evidence evidence, int64_t estate_id,
                            int64_t building_id, int64_t from_us, int64_t to_us);

/* --- what dossiers of any number of buildings have (dossier_part.c) --- */
struct api_dossier_parts {
    struct data_rows *what; /* a row a building, by id */
    struct api_indicators indicators;
    struct data_rows *duties, *incidents, *tally;
    size_t duty, incident, count; /* how far they are written */
};
/* Columns of dossier_building. */
enum {
    API_DOSSIER_ID,
    API_DOSSIER_NAME,
    API_DOSSIER_NAME_EN,
    API_DOSSIER_CODES,
    API_DOSSIER_LEVELS,
    API_DOSSIER_LEVELS_SOURCE,
    API_DOSSIER_HEIGHT_M,
    API_DOSSIER_HEIGHT_SOURCE,
    API_DOSSIER_AREA_M2,
    API_DOSSIER_DWELLINGS,
    API_DOSSIER_YEAR_BUILT,
    API_DOSSIER_USE,
    API_DOSSIER_LON,
    API_DOSSIER_LAT,
    API_DOSSIER_ESTATE_ID,
    API_DOSSIER_ESTATE_NAME,
    API_DOSSIER_ESTATE_NAME_EN,
    API_DOSSIER_MANAGEMENT_TYPE,
    API_DOSSIER_TZ
};
/* Within a transaction, so that all is of one moment. */
enum base_err api_dossier_parts_read(struct data_conn *conn, const struct api_dossier_when *when, const int64_t *ids,
                                     size_t count, struct base_diag *diag,
                                     struct api_dossier_parts *parts) BASE_MUST_CHECK;
void api_dossier_parts_release(struct api_dossier_parts *parts);
/* The members building, estate, indicators, duties, incidents of that row; rows must come in their order. */
void api_dossier_parts_out(struct base_json_out *out, const struct api_dossier_when *when,
                           const struct data_scope *scope, struct api_dossier_parts *parts, size_t row);

/* --- what only a single one has (dossier_near.c): who answers, entrances, what is near, peers --- */
struct api_dossier_near {
    struct data_rows *responsible, *entrances, *nearby, *peers;
};
enum base_err api_dossier_near_read(struct data_conn *conn, const struct api_dossier_when *when, int64_t estate_id,
                                    int64_t building_id, bool incidents, struct base_diag *diag,
                                    struct api_dossier_near *near) BASE_MUST_CHECK;
void api_dossier_near_release(struct api_dossier_near *near);
void api_dossier_near_out(struct base_json_out *out, const struct api_dossier_when *when, int64_t building_id,
                          const struct api_dossier_near *near);

/* Posts, organisations and grids as a list (responsible.c). */
void api_responsible_out(struct base_json_out *out, const struct data_rows *rows);

#endif
