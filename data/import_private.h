/* Private to data/import*.c: one running import. */
#ifndef HUTONG_DATA_IMPORT_PRIVATE_H
#define HUTONG_DATA_IMPORT_PRIVATE_H

#include "data/data.h"
#include "geo/geo.h"

/* What a row may take from a feature; data/import_map.c knows the names that fields go by. */
enum data_import_field {
    FIELD_CODE,
    FIELD_NAME,
    FIELD_NAME_EN,
    FIELD_KIND,
    FIELD_BUILDING,
    FIELD_ESTATE,
    FIELD_ESTATE_GUESS,
    FIELD_LEVELS,
    FIELD_HEIGHT,
    FIELD_MIN_HEIGHT,
    FIELD_DWELLINGS,
    FIELD_YEAR,
    FIELD_STREET,
    FIELD_HOUSE_NUMBER,
    FIELD_POSTCODE,
    FIELD_MANAGEMENT,
    FIELD_KEY,
    FIELD_OSM_AT_ID,
    FIELD_OSM_WAY_ID,
    FIELD_OSM_ID,
    FIELD_OSM_TYPE,
    FIELD_GML_ID,
    FIELD_ID,
    FIELD_COUNT
};

enum { CANDIDATES = 8 };

struct data_import_map {
    int bound[FIELD_COUNT][CANDIDATES]; /* geo_vector_bind; -1 ends the list */
    bool mapped[FIELD_COUNT];           /* by --map */
};

struct data_import_kind_row {
    const char *name;
    enum geo_vector_theme theme;
    enum geo_shape_type type;
    enum data_query merge;
    bool in_estate; /* rows belong to an estate */
};

/* One feature on its way into the stage. Texts live in the import's arena until the next row. */
struct data_import_row {
    const char *dataset;
    const char *text[FIELD_COUNT]; /* UTF-8; NULL when the feature lacks it */
    const char *key;
    bool key_is_code; /* a code, which people repeat */
    bool estate_guess;
    int levels;
    const char *levels_source;
    double height_m;
    const char *height_source;
    double min_height_m;
    int64_t dwellings, year; /* -1: unknown */
    double area_m2;
    struct geo_point point;
};

/* Keys seen so far, as 128-bit hashes: a million of them need 32 MB, and two that collide will not be met. */
struct data_import_seen {
    struct base_id *slots; /* all zero: free */
    size_t used, cap;      /* cap is a power of two */
};

struct data_import {
    const struct data_import_options *options;
    const struct data_import_kind_row *kind;
    struct data_conn *conn;
    struct data_import_summary *summary;
    struct geo_repair *repair;
    struct geo_vector *vector;
    struct geo_vector_feature feature;
    struct data_import_map map;
    struct base_arena arena;
    struct base_buf wkb;
    struct base_buf scratch;
    struct data_import_seen seen;
    int64_t rows;         /* in the stage */
    int64_t areas;        /* in the stage of residential areas */
    bool named;           /* some row names its estate */
    bool first_buildings; /* the data set has none yet */
    double storey_m;
};

/* import_kind.c */
extern const struct data_import_kind_row data_import_kinds[DATA_IMPORT_KINDS];

/* import_map.c */
enum base_err data_import_map_bind(struct data_import *import, struct base_diag *diag) BASE_MUST_CHECK;

/* import_row.c: *ret_use false when the feature is left out; the summary then says why. */
enum base_err data_import_row_of(struct data_import *import, struct base_diag *diag, struct data_import_row *ret_row,
                                 bool *ret_use) BASE_MUST_CHECK;
/* The key alone, for messages about features that are left out; needs the texts. */
void data_import_row_key(struct data_import *import, struct data_import_row *row);
enum base_err data_import_row_texts(struct data_import *import, struct base_diag *diag,
                                    struct data_import_row *row) BASE_MUST_CHECK;

/* import_seen.c */
enum base_err data_import_seen_add(struct data_import_seen *seen, const char *dataset, const char *key,
                                   struct base_diag *diag, bool *ret_fresh) BASE_MUST_CHECK;
void data_import_seen_release(struct data_import_seen *seen);

/* import_stage.c */
enum base_err data_import_stage_fill(struct data_import *import, struct base_diag *diag) BASE_MUST_CHECK;
enum base_err data_import_stage_areas(struct data_import *import, struct base_diag *diag) BASE_MUST_CHECK;

/* import_merge.c */
enum base_err data_import_merge(struct data_import *import, struct base_diag *diag) BASE_MUST_CHECK;

/* import_report.c: counts a remark; the first few are kept with key and cause. */
void data_import_report_remark(struct data_import *import, enum data_import_remark remark, const char *key,
                               const char *cause);
/* Copies as much of from as fits, up to a character's edge. */
void data_import_report_cut(char *to, size_t size, const char *from);

#endif
