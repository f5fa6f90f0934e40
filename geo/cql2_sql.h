/* What the files of the SQL back end share. Private to geo/. */
#ifndef HUTONG_GEO_CQL2_SQL_H
#define HUTONG_GEO_CQL2_SQL_H

#include "geo/cql2_private.h"

struct cql2_sql_writer {
    const struct geo_cql2_schema *schema;
    struct geo_cql2_sql *sql;
    struct base_diag *diag;
    size_t room; /* of sql->args */
    int first;   /* number of the first parameter */
    bool exact;  /* see cql2_sql.c */
    enum base_err err;
};

/* --- cql2_sql_arg.c: each of these adds a parameter and writes $n::type --- */
extern const char *const cql2_sql_casts[GEO_CQL2_ARRAY + 1];                        /* NULL: no type of a parameter */
void cql2_sql_fail(struct cql2_sql_writer *w, enum base_err err, const char *text); /* the first failure stays */
void cql2_sql_arg(struct cql2_sql_writer *w, struct geo_cql2_arg arg);
void cql2_sql_arg_time(struct cql2_sql_writer *w, int64_t time_us);
void cql2_sql_arg_shape(struct cql2_sql_writer *w, const struct geo_shape *shape);
/* A literal as the type that it is used as. */
void cql2_sql_arg_literal(struct cql2_sql_writer *w, const struct cql2_node *node, enum geo_cql2_type as);

#endif
