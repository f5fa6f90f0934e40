/* A table that is asked twice: by PostgreSQL and in memory. Its schema of properties is read from the catalogue (each
 * column is a property of its own name), its rows are copied into memory in the order of fid.
 *
 * Errors: what a test cannot do without ends the test, aloud. */
#ifndef HUTONG_TESTS_CQL2_TABLE_H
#define HUTONG_TESTS_CQL2_TABLE_H

#include "data_test.h"

#include "geo/geo.h"

enum { CQL2_TABLE_COLUMNS_MAX = 40 };

struct cql2_table {
    PGconn *pg;
    char name[64];
    struct geo_cql2_schema schema;
    struct geo_cql2_property properties[CQL2_TABLE_COLUMNS_MAX];
    size_t rows;
    struct geo_cql2_value *values; /* row after row, a value a property */
    struct geo_shape *shapes;      /* of all geometries */
    size_t shape_count;
    struct base_arena arena; /* all of the above */
};

/* What a filter says of each row, as enum geo_cql2_truth, in the order of fid. */
typedef unsigned char cql2_truth;

void cql2_table_read(struct cql2_table *table, PGconn *pg, const char *name);
void cql2_table_release(struct cql2_table *table);
/* The index of a property, SIZE_MAX when there is none. */
size_t cql2_table_property(const struct cql2_table *table, const char *name);

/* truth has rows elements. */
enum base_err cql2_table_memory(const struct cql2_table *table, const struct geo_cql2 *filter, struct base_diag *diag,
                                cql2_truth *truth);
/* All filters in one statement, each a column of it; truth has count * rows elements, filter after filter. An error of
 * the server is INVALID with its message. send and receive are its two halves, on a connection of one's own. */
enum base_err cql2_table_sql(const struct cql2_table *table, struct geo_cql2 *const *filters, size_t count,
                             struct base_diag *diag, cql2_truth *truth);
enum base_err cql2_table_send(const struct cql2_table *table, PGconn *pg, struct geo_cql2 *const *filters, size_t count,
                              struct base_diag *diag);
enum base_err cql2_table_receive(const struct cql2_table *table, PGconn *pg, size_t count, struct base_diag *diag,
                                 cql2_truth *truth);
/* The same of a condition written by hand over the columns of t. */
enum base_err cql2_table_hand(const struct cql2_table *table, const char *condition, struct base_diag *diag,
                              cql2_truth *truth);
int64_t cql2_table_fid(const struct cql2_table *table, size_t row);

/* Runs the statements of tests/data/<name>. */
void cql2_table_script(PGconn *pg, const char *name);
/* The three layers of the data set of shared/cql2 into the tables that cql2_natural_earth.sql made. */
void cql2_table_natural_earth(PGconn *pg, const char *shared);

#endif
