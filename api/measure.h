/* The measures that the API gives: one row each of a table (measure_list.c), no code of their own.
 *
 *   GET ?name=text ... ─> measure_read.c: checked, and as PostgreSQL reads it ─┐
 *   scope ─────────────────────> measure.c: estates, looks, purpose ───────────┴─> data/query/formula_*.sql ─> rows
 *
 * Private to api/. Ownership  texts lie in the call's arena. Threads  a worker's, with its call.
 */
#ifndef HUTONG_API_MEASURE_H
#define HUTONG_API_MEASURE_H

#include "api/private.h"

enum api_measure_type {
    API_MEASURE_NUMBER,  /* least to most */
    API_MEASURE_WHOLE,   /* likewise, without a fraction */
    API_MEASURE_SPAN,    /* whole seconds that the formula takes as an interval */
    API_MEASURE_SWITCH,  /* true, false */
    API_MEASURE_WORD,    /* one of words */
    API_MEASURE_TYPES,   /* a list by commas, each one of words */
    API_MEASURE_KINDS,   /* a list by commas of kinds of devices, which are free text */
    API_MEASURE_MOMENT,  /* a time; standard "now" */
    API_MEASURE_CAMPAIGN /* a campaign's code */
};

struct api_measure_param {
    const char *name; /* with its unit: radius_m */
    enum api_measure_type type;
    const char *standard; /* as somebody would give it; NULL: null, which has a meaning of its own */
    bool required;
    double least, most;
    const char *words;
};

enum api_measure_value {
    API_MEASURE_I64,
    API_MEASURE_F64,
    API_MEASURE_TEXT,
    API_MEASURE_BOOL,
    API_MEASURE_TIME,
    API_MEASURE_IDS, /* bigint[] */
    API_MEASURE_UNIT /* the same in each row, and so told once */
};

struct api_measure_column {
    const char *name;
    enum api_measure_value type;
};

enum { API_MEASURES = 19, API_MEASURE_PARAMS = 7, API_MEASURE_COLUMNS = 16 };

struct api_measure {
    const char *name;
    enum data_query query;
    int version; /* as the query's header says */
    const char *unit, *grain, *en, *zh;
    unsigned looks; /* a bit each (enum data_look) that a caller must have at an estate */
    /* Its evidence also lies in rows of others - sources of the whole district, a neighbour's camera -, so that it
     * would be another number for each caller's scope: it is counted as the owner, for the estates that the caller has.
     */
    bool whole;
    bool moment;      /* there is no period: neither from nor to */
    const char *seen; /* what it reads needs a purpose, and the look is written to the audit under this name; or NULL */
    int days_max;     /* of the period, or of a campaign */
    struct api_measure_param params[API_MEASURE_PARAMS];    /* $4 and up ($2 without period), in this order */
    struct api_measure_column columns[API_MEASURE_COLUMNS]; /* of the query, in this order */
};

extern const struct api_measure api_measures[API_MEASURES];       /* by name */
const struct api_measure *api_measure_find(struct base_str name); /* or NULL */

/* What somebody asks of one. */
struct api_measure_given {
    const char *sql; /* as PostgreSQL reads it; NULL: null */
    struct base_str text;
    double number;
};
struct api_measure_asked {
    const struct api_measure *measure;
    struct data_arg estate; /* null: all */
    int64_t from_us, to_us; /* with a period */
    struct api_measure_given given[API_MEASURE_PARAMS];
};

/* INVALID says what is allowed. A campaign's sql is still to be found. */
enum base_err api_measure_read(struct api_call *call, const struct api_measure *measure, struct base_diag *diag,
                               struct api_measure_asked *ret_asked) BASE_MUST_CHECK;
/* "parameters":{...} as they are in effect. */
void api_measure_told(const struct api_measure_asked *asked, struct base_json_out *out);

#endif
