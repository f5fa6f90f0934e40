/* What both readers make trees of: nodes within the limit of depth, instants, literal geometries. Private to geo/.
 * at: where in the text or JSON, from 1, for messages. Errors: INVALID, LIMIT, NOMEM, with the sentence in diag.
 */
#ifndef HUTONG_GEO_CQL2_READ_H
#define HUTONG_GEO_CQL2_READ_H

#include "geo/cql2_private.h"

/* Nodes that wait for their parent: a list is known to be as long as it is at its end only. */
struct cql2_pending {
    struct cql2_node *first[64], **nodes;
    uint32_t count, cap;
};

struct cql2_reading {
    struct geo_cql2 *filter;
    struct base_diag *diag;
    enum base_err err; /* the first one */
    uint32_t depth;    /* of what is open */
    struct cql2_pending pending;
    uint32_t meetings; /* of lines with themselves, see cql2_read_line.c */
};

void cql2_read_init(struct cql2_reading *reading, struct geo_cql2 *filter, struct base_diag *diag);
/* Keeps the error and gives NULL, for a return. */
void *cql2_read_wrong(struct cql2_reading *reading, enum base_err err, uint32_t at, const char *format, ...)
    BASE_PRINTF(4, 5);
bool cql2_read_enter(struct cql2_reading *reading, uint32_t at); /* one level deeper; false: LIMIT. depth-- leaves */
bool cql2_read_push(struct cql2_reading *reading, struct cql2_node *node); /* false when node is NULL, too */
/* A node over all that wait above `from`, which go off; or NULL. */
struct cql2_node *cql2_read_join(struct cql2_reading *reading, enum cql2_op op, uint32_t at, uint32_t from);
struct cql2_node *cql2_read_unary(struct cql2_reading *reading, enum cql2_op op, uint32_t at, struct cql2_node *a);
struct cql2_node *cql2_read_binary(struct cql2_reading *reading, enum cql2_op op, uint32_t at, struct cql2_node *a,
                                   struct cql2_node *b);
struct cql2_node *cql2_read_literal(struct cql2_reading *reading, uint32_t at, struct geo_cql2_value value);
struct cql2_node *cql2_read_property(struct cql2_reading *reading, uint32_t at, struct base_str name); /* copied */

/* DATE: 2022-04-16; TIMESTAMP: RFC 3339 with its zone; ANY: either of them, or ".." (an INTERVAL without ends). */
struct cql2_node *cql2_read_instant(struct cql2_reading *reading, uint32_t at, enum geo_cql2_type type,
                                    struct base_str text);

/* A literal geometry, made vertex by vertex. false: wrong, said. */
struct geo_shape *cql2_read_shape(struct cql2_reading *reading, enum geo_shape_type type);
/* x, y: as the filter has them, in the schema's reference system. */
bool cql2_read_vertex(struct cql2_reading *reading, struct geo_shape *shape, double x, double y, uint32_t at);
bool cql2_read_ring(struct cql2_reading *reading, struct geo_shape *shape, uint32_t at); /* a line ends, too */
bool cql2_read_part(struct cql2_reading *reading, struct geo_shape *shape);
bool cql2_read_line_few(struct cql2_reading *reading, const struct geo_shape *shape, uint32_t at);
enum { CQL2_READ_MEMBERS_MAX = 64 }; /* of a collection */
/* The literal of count shapes. An area must be valid as it is. */
struct cql2_node *cql2_read_geometry(struct cql2_reading *reading, uint32_t at, struct geo_shape *const *shapes,
                                     uint32_t count);
/* 4 or 6 numbers: west south (least height) east north (most height). */
struct cql2_node *cql2_read_box(struct cql2_reading *reading, uint32_t at, const double *numbers, uint32_t count);

#endif
