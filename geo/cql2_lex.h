/* The words of a filter's text. Private to geo/. */
#ifndef HUTONG_GEO_CQL2_LEX_H
#define HUTONG_GEO_CQL2_LEX_H

#include "geo/cql2_private.h"

enum cql2_word_kind {
    CQL2_WORD_OPERATOR, /* AND, OR, NOT, LIKE, BETWEEN, IN, DIV: op says which. Never a name without quotes, as ... */
    CQL2_WORD_IS,
    CQL2_WORD_NULL,
    CQL2_WORD_TRUE,
    CQL2_WORD_FALSE,    /* ... these. Those that follow are names unless a parenthesis comes next. */
    CQL2_WORD_FUNCTION, /* op says which */
    CQL2_WORD_DATE,
    CQL2_WORD_TIMESTAMP,
    CQL2_WORD_BBOX,
    CQL2_WORD_GEOMETRY /* shape says which */
};

enum cql2_wkt {
    CQL2_WKT_POINT,
    CQL2_WKT_LINESTRING,
    CQL2_WKT_POLYGON,
    CQL2_WKT_MULTIPOINT,
    CQL2_WKT_MULTILINESTRING,
    CQL2_WKT_MULTIPOLYGON,
    CQL2_WKT_COLLECTION
};

struct cql2_word {
    const char *text;
    size_t len;
    enum cql2_word_kind kind;
    enum cql2_op op;
    enum cql2_wkt wkt;
};

enum cql2_token_kind {
    CQL2_TOKEN_END,
    CQL2_TOKEN_WORD,   /* a name or keyword without quotes */
    CQL2_TOKEN_NAME,   /* in double quotes */
    CQL2_TOKEN_TEXT,   /* in single quotes */
    CQL2_TOKEN_NUMBER, /* without a sign */
    CQL2_TOKEN_OPEN,
    CQL2_TOKEN_CLOSE,
    CQL2_TOKEN_COMMA,
    CQL2_TOKEN_OPERATOR /* op says which */
};

struct cql2_token {
    enum cql2_token_kind kind;
    uint32_t at;                  /* where it begins, from 1 */
    struct base_str text;         /* as written; NAME and TEXT: what is between the quotes */
    bool doubled;                 /* quotes in it are doubled */
    enum cql2_op op;              /* OPERATOR */
    const struct cql2_word *word; /* WORD: the keyword it is, or NULL */
};

struct cql2_lex {
    const char *start, *at, *end;
    struct base_diag *diag;
};

/* text: well-formed UTF-8 of at most GEO_CQL2_TEXT_MAX bytes. */
struct cql2_lex cql2_lex_of(struct base_str text, struct base_diag *diag);
/* INVALID: a byte no token begins with, a quote that is not closed, a number that runs into a word. */
enum base_err cql2_lex_next(struct cql2_lex *lex, struct cql2_token *ret_token) BASE_MUST_CHECK;
/* The keyword, whatever its case; NULL: none. */
const struct cql2_word *cql2_lex_word(struct base_str text);
/* May it stand without quotes? */
bool cql2_lex_plain(struct base_str name);
/* An unsigned number as in the text. false: beyond what a double holds, or longer than 63 bytes. */
bool cql2_lex_number(struct base_str text, bool negative, struct geo_cql2_value *ret_value);

#endif
