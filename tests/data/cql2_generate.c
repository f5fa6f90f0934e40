/* A grammar walked by chance. Each function writes one thing of its type; depth keeps it small. */
#include "cql2_generate.h"

#include "cql2_generate_literals.h"

#include <ctype.h>
#include <string.h>

void cql2_generate_init(struct cql2_generate *generate, uint64_t seed, const struct geo_cql2_schema *schema)
{
    *generate = (struct cql2_generate){.state = seed, .schema = schema};
}

/* --- chance --- */
static uint64_t next(struct cql2_generate *g) /* splitmix64 */
{
    uint64_t z = g->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static unsigned below(struct cql2_generate *g, unsigned count)
{
    return (unsigned)(next(g) >> 33) % count;
}

#define PICK(g, array) ((array)[below((g), BASE_COUNT(array))])

/* --- words --- */
static void put(struct cql2_generate *g, const char *text)
{
    base_buf_text(g->buf, text);
}

static void blank(struct cql2_generate *g)
{
    static const char *const blanks[] = {" ", " ", " ", " ", "  ", "\n", "\t"};
    put(g, PICK(g, blanks));
}

/* Where none is needed. */
static void maybe_blank(struct cql2_generate *g)
{
    if (below(g, 4) == 0) {
        blank(g);
    }
}

/* A keyword in whatever case. */
static void keyword(struct cql2_generate *g, const char *word)
{
    unsigned how = below(g, 8);
    for (const char *at = word; *at; at++) {
        int c = how < 5 ? toupper(*at) : how < 7 ? tolower(*at) : below(g, 2) ? toupper(*at) : tolower(*at);
        base_buf_u8(g->buf, (uint8_t)c);
    }
}

static void call(struct cql2_generate *g, const char *function)
{
    keyword(g, function);
    put(g, "(");
    maybe_blank(g);
}

static void comma(struct cql2_generate *g)
{
    put(g, ",");
    maybe_blank(g);
}

static bool must_quote(const char *name)
{
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name) && *name != '_') {
            return true;
        }
    }
    return false;
}

static bool fits(const struct geo_cql2_property *property, enum geo_cql2_type type, enum geo_cql2_type element)
{
    return property->type == type && (type != GEO_CQL2_ARRAY || property->element == element);
}

/* A property of the type; there is one of each. */
static void property(struct cql2_generate *g, enum geo_cql2_type type, enum geo_cql2_type element)
{
    const struct geo_cql2_property *found = NULL;
    unsigned seen = 0;
    for (size_t i = 0; i < g->schema->count; i++) {
        if (fits(&g->schema->properties[i], type, element) && below(g, ++seen) == 0) {
            found = &g->schema->properties[i];
        }
    }
    bool quoted = must_quote(found->name) || below(g, 6) == 0;
    put(g, quoted ? "\"" : "");
    for (const char *at = found->name; *at; at++) {
        put(g, *at == '"' ? "\"" : "");
        base_buf_u8(g->buf, (uint8_t)*at);
    }
    put(g, quoted ? "\"" : "");
}

/* --- numbers --- */
static void number_literal(struct cql2_generate *g)
{
    static const char *const edges[] = {"9007199254740992",
                                        "9007199254740993",
                                        "9223372036854775807",
                                        "1e308",
                                        "0.1",
                                        "2147483647",
                                        "-2147483648",
                                        "-9223372036854775808",
                                        "32767",
                                        "1.5E-3",
                                        "-1e308",
                                        "9007199254740992.0",
                                        "0.5",
                                        "-1.5",
                                        "100",
                                        "1e10",
                                        "-0.0",
                                        "3.0",
                                        "1e-320"};
    switch (below(g, 4)) {
    case 0:
        put(g, PICK(g, edges));
        break;
    case 1:
        base_buf_printf(g->buf, "%d.%u", (int)below(g, 9) - 4, below(g, 100));
        break;
    default:
        base_buf_printf(g->buf, "%d", (int)below(g, 14) - 3);
    }
}

static void number(struct cql2_generate *g, int depth);

static void arithmetic(struct cql2_generate *g, int depth)
{
    static const char *const ops[] = {"+", "-", "*", "/", "%", "^", " DIV "};
    const char *op = PICK(g, ops);
    bool wrapped = below(g, 3) > 0;
    put(g, wrapped ? "(" : "");
    number(g, depth - 1);
    if (op[0] == ' ') {
        blank(g);
        keyword(g, "DIV");
        blank(g);
    } else {
        blank(g);
        put(g, op);
        maybe_blank(g);
    }
    number(g, depth - 1);
    put(g, wrapped ? ")" : "");
}

static void number(struct cql2_generate *g, int depth)
{
    unsigned how = below(g, depth > 0 ? 12 : 7);
    if (how < 4) {
        property(g, below(g, 2) ? GEO_CQL2_INTEGER : GEO_CQL2_NUMBER, 0);
    } else if (how < 7) {
        number_literal(g);
    } else if (how < 8) {
        put(g, "-");
        property(g, below(g, 2) ? GEO_CQL2_INTEGER : GEO_CQL2_NUMBER, 0);
    } else if (how < 9) {
        put(g, "-(");
        number(g, depth - 1);
        put(g, ")");
    } else {
        arithmetic(g, depth);
    }
}

/* --- texts --- */

static void text_literal(struct cql2_generate *g)
{
    put(g, "'");
    put(g, PICK(g, texts));
    put(g, "'");
}

static void text(struct cql2_generate *g, int depth)
{
    unsigned how = below(g, depth > 0 ? 12 : 8);
    if (how < 5) {
        property(g, GEO_CQL2_TEXT, 0);
    } else if (how < 8) {
        text_literal(g);
    } else {
        call(g, how < 10 ? "CASEI" : "ACCENTI");
        text(g, depth - 1);
        put(g, ")");
    }
}

/* A pattern: a text with holes, or anything. */
static void pattern_literal(struct cql2_generate *g)
{
    put(g, "'");
    put(g, below(g, 4) ? PICK(g, patterns) : "");
    if (below(g, 4) == 0) {
        static const char *const pieces[] = {"a", "%", "_", "s", "ß", "e", "\\%", "\\\\", "i", "n", "区"};
        for (unsigned i = below(g, 5); i > 0; i--) {
            put(g, PICK(g, pieces));
        }
    }
    put(g, "'");
}

static void pattern(struct cql2_generate *g, int depth)
{
    if (depth > 0 && below(g, 2)) {
        call(g, below(g, 2) ? "CASEI" : "ACCENTI");
        pattern(g, depth - 1);
        put(g, ")");
    } else {
        pattern_literal(g);
    }
}

/* --- instants and intervals --- */

static void instant_literal(struct cql2_generate *g, bool date)
{
    call(g, date ? "DATE" : "TIMESTAMP");
    base_buf_printf(g->buf, "'%s')", date ? PICK(g, dates) : PICK(g, times));
}

static void instant(struct cql2_generate *g)
{
    bool date = below(g, 2);
    if (below(g, 3)) {
        property(g, date ? GEO_CQL2_DATE : GEO_CQL2_TIMESTAMP, 0);
    } else {
        instant_literal(g, date);
    }
}

static void interval_end(struct cql2_generate *g)
{
    if (below(g, 4) == 0) {
        put(g, "'..'");
    } else {
        property(g, below(g, 2) ? GEO_CQL2_DATE : GEO_CQL2_TIMESTAMP, 0);
    }
}

static void interval(struct cql2_generate *g)
{
    unsigned how = below(g, 5);
    call(g, "INTERVAL");
    if (how == 0) { /* two literals in their order */
        unsigned from = below(g, BASE_COUNT(dates));
        base_buf_printf(g->buf, "'%s'", dates[from]);
        comma(g);
        base_buf_printf(g->buf, "'%s'", dates[from + below(g, BASE_COUNT(dates) - from)]);
    } else if (how == 1) {
        unsigned from = below(g, BASE_COUNT(times));
        base_buf_printf(g->buf, "'%s'", times[from]);
        comma(g);
        base_buf_printf(g->buf, "'%s'", times[from + below(g, BASE_COUNT(times) - from)]);
    } else if (how == 2) {
        base_buf_printf(g->buf, "'%s'", below(g, 2) ? PICK(g, dates) : PICK(g, times));
        comma(g);
        interval_end(g);
    } else if (how == 3) {
        interval_end(g);
        comma(g);
        base_buf_printf(g->buf, "'%s'", below(g, 2) ? PICK(g, dates) : PICK(g, times));
    } else {
        interval_end(g);
        comma(g);
        interval_end(g);
    }
    put(g, ")");
}

static void temporal(struct cql2_generate *g)
{
    if (below(g, 2)) {
        instant(g);
    } else {
        interval(g);
    }
}

/* --- geometries --- */

/* A point, line or box with corners by chance, on the grid of halves or off it. */
static void geometry_random(struct cql2_generate *g)
{
    double step = below(g, 2) ? 0.5 : 0.3;
    double x = below(g, 10) * step - 1, y = below(g, 10) * step - 1, w = (1 + below(g, 8)) * step,
           h = (1 + below(g, 8)) * step;
    switch (below(g, 4)) {
    case 0:
        base_buf_printf(g->buf, "POINT(%g %g)", x, y);
        break;
    case 1:
        base_buf_printf(g->buf, "LINESTRING(%g %g, %g %g)", x, y, x + w, y + h);
        break;
    case 2:
        base_buf_printf(g->buf, "POLYGON((%g %g, %g %g, %g %g, %g %g))", x, y, x + w, y, x, y + h, x, y);
        break;
    default:
        base_buf_printf(g->buf, "BBOX(%g, %g, %g, %g)", x, y, x + w, y + h);
    }
}

static void geometry(struct cql2_generate *g, bool collection)
{
    unsigned how = below(g, 8);
    if (how < 4) {
        property(g, GEO_CQL2_GEOMETRY, 0);
    } else if (how == 4 && collection) {
        put(g, PICK(g, collections));
    } else if (how < 7) {
        put(g, PICK(g, geometries));
    } else {
        geometry_random(g);
    }
}

/* --- arrays --- */
static void element(struct cql2_generate *g, enum geo_cql2_type type)
{
    static const char *const words[] = {"'a'", "'b'", "'c'", "'A'", "'z'", "''", "'straße'", "'København'"};
    static const char *const wholes[] = {"1",  "2", "3", "-5", "7", "8", "9", "9007199254740993", "9007199254740992",
                                         "1.0"};
    static const char *const reals[] = {"0.5", "1", "1.0", "0.1", "2", "3", "-1.5", "1e308", "1.0E0"};
    switch (type) {
    case GEO_CQL2_TEXT:
        put(g, PICK(g, words));
        break;
    case GEO_CQL2_INTEGER:
        put(g, PICK(g, wholes));
        break;
    case GEO_CQL2_NUMBER:
        put(g, PICK(g, reals));
        break;
    case GEO_CQL2_BOOLEAN:
        keyword(g, below(g, 2) ? "TRUE" : "FALSE");
        break;
    default:
        instant_literal(g, type == GEO_CQL2_DATE);
    }
}

static void array(struct cql2_generate *g, enum geo_cql2_type type)
{
    if (below(g, 2)) {
        property(g, GEO_CQL2_ARRAY, type);
        return;
    }
    unsigned count = below(g, 5);
    put(g, "(");
    for (unsigned i = 0; i < count; i++) {
        if (i) {
            comma(g);
        }
        if (below(g, 8) == 0) {
            property(g, type, 0);
        } else {
            element(g, type);
        }
    }
    put(g, ")");
}

/* --- conditions without others inside --- */
static void scalar(struct cql2_generate *g, enum geo_cql2_type type)
{
    if (type == GEO_CQL2_NUMBER) {
        number(g, 2);
    } else if (type == GEO_CQL2_TEXT) {
        text(g, 2);
    } else if (type == GEO_CQL2_DATE) {
        instant(g);
    } else if (below(g, 3)) {
        property(g, GEO_CQL2_BOOLEAN, 0);
    } else {
        keyword(g, below(g, 2) ? "TRUE" : "FALSE");
    }
}

static enum geo_cql2_type scalar_type(struct cql2_generate *g)
{
    static const enum geo_cql2_type types[] = {GEO_CQL2_NUMBER, GEO_CQL2_NUMBER, GEO_CQL2_TEXT,
                                               GEO_CQL2_TEXT,   GEO_CQL2_DATE,   GEO_CQL2_BOOLEAN};
    return PICK(g, types);
}

static void maybe_not(struct cql2_generate *g)
{
    if (below(g, 3) == 0) {
        keyword(g, "NOT");
        blank(g);
    }
}

static void comparison(struct cql2_generate *g)
{
    static const char *const ops[] = {"=", "<>", "<", "<=", ">", ">="};
    enum geo_cql2_type type = scalar_type(g);
    scalar(g, type);
    maybe_blank(g);
    put(g, PICK(g, ops));
    maybe_blank(g);
    scalar(g, type);
}

static void like(struct cql2_generate *g)
{
    text(g, 2);
    blank(g);
    maybe_not(g);
    keyword(g, "LIKE");
    blank(g);
    pattern(g, 2);
}

static void between(struct cql2_generate *g)
{
    enum geo_cql2_type type = below(g, 3) ? GEO_CQL2_NUMBER : scalar_type(g);
    scalar(g, type);
    blank(g);
    maybe_not(g);
    keyword(g, "BETWEEN");
    blank(g);
    scalar(g, type);
    blank(g);
    keyword(g, "AND");
    blank(g);
    scalar(g, type);
}

static void in(struct cql2_generate *g)
{
    enum geo_cql2_type type = scalar_type(g);
    scalar(g, type);
    blank(g);
    maybe_not(g);
    keyword(g, "IN");
    maybe_blank(g);
    put(g, "(");
    for (unsigned i = 0, count = 1 + below(g, 5); i < count; i++) {
        if (i) {
            comma(g);
        }
        scalar(g, type);
    }
    put(g, ")");
}

static void is_null(struct cql2_generate *g)
{
    if (below(g, 3)) {
        scalar(g, scalar_type(g));
    } else if (below(g, 2)) {
        property(g, GEO_CQL2_GEOMETRY, 0);
    } else {
        property(g, GEO_CQL2_ARRAY, GEO_CQL2_TEXT);
    }
    blank(g);
    keyword(g, "IS");
    blank(g);
    maybe_not(g);
    keyword(g, "NULL");
}

static void spatial(struct cql2_generate *g)
{
    static const char *const functions[] = {"S_INTERSECTS", "S_DISJOINT", "S_CONTAINS", "S_CROSSES",
                                            "S_EQUALS",     "S_OVERLAPS", "S_TOUCHES",  "S_WITHIN"};
    unsigned which = below(g, BASE_COUNT(functions));
    call(g, functions[which]);
    geometry(g, which < 2);
    comma(g);
    geometry(g, which < 2);
    put(g, ")");
}

static void temporal_relation(struct cql2_generate *g)
{
    static const char *const functions[] = {"T_AFTER",  "T_BEFORE",       "T_CONTAINS", "T_DISJOINT",   "T_DURING",
                                            "T_EQUALS", "T_FINISHEDBY",   "T_FINISHES", "T_INTERSECTS", "T_MEETS",
                                            "T_METBY",  "T_OVERLAPPEDBY", "T_OVERLAPS", "T_STARTEDBY",  "T_STARTS"};
    call(g, PICK(g, functions));
    temporal(g);
    comma(g);
    temporal(g);
    put(g, ")");
}

static void array_relation(struct cql2_generate *g)
{
    static const char *const functions[] = {"A_CONTAINEDBY", "A_CONTAINS", "A_EQUALS", "A_OVERLAPS"};
    static const enum geo_cql2_type types[] = {GEO_CQL2_TEXT, GEO_CQL2_INTEGER,   GEO_CQL2_NUMBER,
                                               GEO_CQL2_DATE, GEO_CQL2_TIMESTAMP, GEO_CQL2_BOOLEAN};
    enum geo_cql2_type type = PICK(g, types), other = type;
    if (type == GEO_CQL2_INTEGER && below(g, 4) == 0) {
        other = GEO_CQL2_NUMBER; /* the two may meet, */
    } else if (type == GEO_CQL2_DATE && below(g, 4) == 0) {
        other = GEO_CQL2_TIMESTAMP; /* and these */
    }
    call(g, PICK(g, functions));
    array(g, type);
    comma(g);
    array(g, other);
    put(g, ")");
}

static void leaf(struct cql2_generate *g)
{
    static void (*const kinds[])(struct cql2_generate *) = {
        comparison, comparison,        comparison,        like,          between, in, is_null, spatial,
        spatial,    temporal_relation, temporal_relation, array_relation};
    size_t from = g->buf->len;
    if (below(g, 12) == 0) {
        scalar(g, GEO_CQL2_BOOLEAN); /* alone */
    } else {
        PICK(g, kinds)(g);
    }
    if (g->leaf_count < CQL2_GENERATE_LEAVES_MAX) {
        g->leaves[g->leaf_count].from = from;
        g->leaves[g->leaf_count++].to = g->buf->len;
    }
    g->room--;
}

/* --- conditions of conditions --- */
static void condition(struct cql2_generate *g, int depth)
{
    unsigned how = depth > 0 && g->room > 0 ? below(g, 10) : 0;
    if (how < 4) {
        leaf(g);
        return;
    }
    if (how < 6) {
        keyword(g, "NOT");
        blank(g);
        put(g, "(");
        condition(g, depth - 1);
        put(g, ")");
        return;
    }
    bool wrapped = below(g, 3) > 0; /* else what binds tighter decides */
    put(g, wrapped ? "(" : "");
    for (unsigned i = 0, count = 2 + below(g, 3); i < count; i++) {
        if (i) {
            blank(g);
            keyword(g, how < 8 ? "AND" : "OR");
            blank(g);
        }
        condition(g, depth - 1);
    }
    put(g, wrapped ? ")" : "");
}

void cql2_generate(struct cql2_generate *generate, struct base_buf *buf)
{
    generate->buf = buf;
    generate->leaf_count = 0;
    generate->room = 10;
    condition(generate, below(generate, 3) ? 1 + (int)below(generate, 4) : 0);
}
