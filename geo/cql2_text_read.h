/* The reader of text, over two files: cql2_text_in.c, and cql2_text_wkt.c for geometries. Private to geo/. */
#ifndef HUTONG_GEO_CQL2_TEXT_READ_H
#define HUTONG_GEO_CQL2_TEXT_READ_H

#include "geo/cql2_lex.h"
#include "geo/cql2_read.h"

struct cql2_text {
    struct cql2_lex lex;
    struct cql2_token now; /* what comes next */
    struct cql2_reading reading;
};

/* false, NULL: wrong, said. */
bool cql2_text_advance(struct cql2_text *text);
bool cql2_text_take(struct cql2_text *text, enum cql2_token_kind kind, const char *what);
void *cql2_text_expected(struct cql2_text *text, const char *what);
struct base_str cql2_text_unquoted(struct cql2_text *text, const struct cql2_token *token);
/* What follows the word: Z, "(" ... ")". */
struct cql2_node *cql2_text_geometry(struct cql2_text *text, enum cql2_wkt wkt, uint32_t at);
struct cql2_node *cql2_text_box(struct cql2_text *text, uint32_t at);

#endif
