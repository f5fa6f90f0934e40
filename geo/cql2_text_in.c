/* Text into a tree, by recursive descent. Words:
 *
 *   or > and > not > predicate (a = b, LIKE, BETWEEN, IN, IS NULL) > + - > * / % DIV > ^ > sign > primary
 *
 * What the grammar of the standard tells apart by the kind of a value (text, number, geometry) is read alike here;
 * cql2_check.c knows the kinds. */
#include "geo/cql2_text_read.h"

#include <string.h>

static struct cql2_node *read_or(struct cql2_text *text);
static struct cql2_node *read_sum(struct cql2_text *text);

/* --- tokens --- */
bool cql2_text_advance(struct cql2_text *text)
{
    enum base_err err = cql2_lex_next(&text->lex, &text->now);
    if (err) {
        text->reading.err = err;
    }
    return !err;
}

void *cql2_text_expected(struct cql2_text *text, const char *what)
{
    const struct cql2_token *now = &text->now;
    if (now->kind == CQL2_TOKEN_END) {
        return cql2_read_wrong(&text->reading, BASE_INVALID, now->at, "expected %s, but the filter ends here", what);
    }
    if (now->kind == CQL2_TOKEN_TEXT || now->kind == CQL2_TOKEN_NAME) {
        const char *kind = now->kind == CQL2_TOKEN_TEXT ? "a text" : "a name";
        return cql2_read_wrong(&text->reading, BASE_INVALID, now->at, "expected %s, found %s in quotes", what, kind);
    }
    return cql2_read_wrong(&text->reading, BASE_INVALID, now->at, "expected %s, found \"%.*s\"", what,
                           cql2_shown(now->text), now->text.at);
}

bool cql2_text_take(struct cql2_text *text, enum cql2_token_kind kind, const char *what)
{
    return text->now.kind == kind ? cql2_text_advance(text) : cql2_text_expected(text, what) != NULL;
}

static bool is_word(const struct cql2_token *token, enum cql2_word_kind kind)
{
    return token->kind == CQL2_TOKEN_WORD && token->word && token->word->kind == kind;
}

static bool is_operator(const struct cql2_token *token, enum cql2_op op)
{
    return token->kind == CQL2_TOKEN_OPERATOR ? token->op == op
                                              : is_word(token, CQL2_WORD_OPERATOR) && token->word->op == op;
}

/* The operator of a class that comes now, or CQL2_OP_COUNT. */
static enum cql2_op operator_of(const struct cql2_token *token, enum cql2_class class)
{
    enum cql2_op op = token->kind == CQL2_TOKEN_OPERATOR   ? token->op
                      : is_word(token, CQL2_WORD_OPERATOR) ? token->word->op
                                                           : CQL2_OP_COUNT;
    return op < CQL2_OP_COUNT && cql2_ops[op].class == class ? op : CQL2_OP_COUNT;
}

/* What is between quotes, doubled ones made single, in the filter's memory; .at NULL: said. */
struct base_str cql2_text_unquoted(struct cql2_text *text, const struct cql2_token *token)
{
    char *copy = base_arena_text(&text->reading.filter->arena, token->text);
    size_t len = 0;
    if (!copy) {
        cql2_read_wrong(&text->reading, BASE_NOMEM, 0, "out of memory");
        return (struct base_str){NULL, 0};
    }
    for (size_t i = 0; token->doubled && i < token->text.len; i++) {
        copy[len++] = copy[i];
        i += copy[i] == (token->kind == CQL2_TOKEN_TEXT ? '\'' : '"'); /* of two, the second is passed over */
    }
    return (struct base_str){copy, token->doubled ? len : token->text.len};
}

/* --- primaries --- */
static struct cql2_node *read_text(struct cql2_text *text)
{
    struct geo_cql2_value value = {.type = GEO_CQL2_TEXT, .text = cql2_text_unquoted(text, &text->now)};
    uint32_t at = text->now.at;
    return value.text.at && cql2_text_advance(text) ? cql2_read_literal(&text->reading, at, value) : NULL;
}

static struct cql2_node *read_number(struct cql2_text *text, bool negative, uint32_t at)
{
    struct geo_cql2_value value;
    if (!cql2_lex_number(text->now.text, negative, &value)) {
        return cql2_read_wrong(&text->reading, BASE_INVALID, at, "a number that is too large or too long");
    }
    return cql2_text_advance(text) ? cql2_read_literal(&text->reading, at, value) : NULL;
}

static struct cql2_node *read_boolean(struct cql2_text *text)
{
    struct geo_cql2_value value = {.type = GEO_CQL2_BOOLEAN, .boolean = text->now.word->kind == CQL2_WORD_TRUE};
    uint32_t at = text->now.at;
    return cql2_text_advance(text) ? cql2_read_literal(&text->reading, at, value) : NULL;
}

/* expression {, expression} ) over what waits above from */
static struct cql2_node *read_list(struct cql2_text *text, struct cql2_node *(*item)(struct cql2_text *),
                                   enum cql2_op op, uint32_t at, uint32_t from)
{
    while (text->now.kind != CQL2_TOKEN_CLOSE) {
        if (!cql2_read_push(&text->reading, item(text))) {
            return NULL;
        }
        if (text->now.kind != CQL2_TOKEN_COMMA) {
            break;
        }
        if (!cql2_text_advance(text)) {
            return NULL;
        }
        if (text->now.kind == CQL2_TOKEN_CLOSE) {
            return cql2_text_expected(text, "a value");
        }
    }
    return cql2_text_take(text, CQL2_TOKEN_CLOSE, "\",\" or \")\"") ? cql2_read_join(&text->reading, op, at, from)
                                                                    : NULL;
}

/* An argument of an array function: a list in parentheses is an array there. */
static struct cql2_node *read_array(struct cql2_text *text)
{
    uint32_t at = text->now.at;
    if (text->now.kind != CQL2_TOKEN_OPEN) {
        return read_sum(text);
    }
    if (!cql2_read_enter(&text->reading, at) || !cql2_text_advance(text)) {
        return NULL;
    }
    struct cql2_node *node = read_list(text, read_sum, CQL2_ARRAY, at, text->reading.pending.count);
    text->reading.depth--;
    return node;
}

/* An argument of INTERVAL: a time in quotes is no text there. */
static struct cql2_node *read_end(struct cql2_text *text)
{
    uint32_t at = text->now.at;
    if (text->now.kind != CQL2_TOKEN_TEXT) {
        return read_sum(text);
    }
    struct base_str written = text->now.text;
    return cql2_text_advance(text) ? cql2_read_instant(&text->reading, at, GEO_CQL2_ANY, written) : NULL;
}

/* DATE('...'), TIMESTAMP('...'); the word is read, the parenthesis comes now. */
static struct cql2_node *read_instant(struct cql2_text *text, enum geo_cql2_type type, uint32_t at)
{
    if (!cql2_text_advance(text)) {
        return NULL;
    }
    struct cql2_token written = text->now;
    if (!cql2_text_take(text, CQL2_TOKEN_TEXT, type == GEO_CQL2_DATE ? "a date in quotes" : "a time in quotes") ||
        !cql2_text_take(text, CQL2_TOKEN_CLOSE, "\")\"")) {
        return NULL;
    }
    struct cql2_node *node = cql2_read_instant(&text->reading, written.at, type, written.text);
    if (node) {
        node->at = at;
    }
    return node;
}

static struct cql2_node *read_function(struct cql2_text *text, enum cql2_op op, uint32_t at)
{
    enum cql2_class class = cql2_ops[op].class;
    if (!cql2_read_enter(&text->reading, at) || !cql2_text_advance(text)) {
        return NULL;
    }
    struct cql2_node *node = read_list(text,
                                       class == CQL2_CLASS_ARRAY ? read_array
                                       : op == CQL2_INTERVAL     ? read_end
                                                                 : read_or,
                                       op, at, text->reading.pending.count);
    text->reading.depth--;
    return node;
}

static struct cql2_node *read_call(struct cql2_text *text, const struct cql2_token *name)
{
    const struct cql2_word *word = name->word;
    if (!word) {
        return cql2_read_wrong(&text->reading, BASE_INVALID, name->at, "there is no function \"%.*s\"",
                               cql2_shown(name->text), name->text.at);
    }
    switch (word->kind) {
    case CQL2_WORD_DATE:
        return read_instant(text, GEO_CQL2_DATE, name->at);
    case CQL2_WORD_TIMESTAMP:
        return read_instant(text, GEO_CQL2_TIMESTAMP, name->at);
    case CQL2_WORD_BBOX:
        return cql2_text_box(text, name->at);
    case CQL2_WORD_GEOMETRY:
        return cql2_text_geometry(text, word->wkt, name->at);
    default:
        return read_function(text, word->op, name->at);
    }
}

/* After a geometry's word: Z, or EMPTY, which is no name there. */
static bool is_wkt_word(const struct cql2_token *token)
{
    char first = token->kind == CQL2_TOKEN_WORD ? token->text.at[0] : '\0';
    return (token->text.len == 1 && (first == 'Z' || first == 'z')) ||
           (token->text.len == 5 && (first == 'E' || first == 'e'));
}

static struct cql2_node *read_name(struct cql2_text *text)
{
    struct cql2_token name = text->now;
    if (name.kind == CQL2_TOKEN_WORD && name.word && name.word->kind < CQL2_WORD_FUNCTION) {
        return cql2_text_expected(text, "a value");
    }
    if (!cql2_text_advance(text)) {
        return NULL;
    }
    bool geometry = is_word(&name, CQL2_WORD_GEOMETRY) && is_wkt_word(&text->now);
    if (name.kind == CQL2_TOKEN_WORD && (text->now.kind == CQL2_TOKEN_OPEN || geometry)) {
        return read_call(text, &name);
    }
    struct base_str plain = name.doubled ? cql2_text_unquoted(text, &name) : name.text;
    return plain.at ? cql2_read_property(&text->reading, name.at, plain) : NULL;
}

static struct cql2_node *read_primary(struct cql2_text *text)
{
    switch (text->now.kind) {
    case CQL2_TOKEN_TEXT:
        return read_text(text);
    case CQL2_TOKEN_NUMBER:
        return read_number(text, false, text->now.at);
    case CQL2_TOKEN_NAME:
        return read_name(text);
    case CQL2_TOKEN_WORD:
        return is_word(&text->now, CQL2_WORD_TRUE) || is_word(&text->now, CQL2_WORD_FALSE) ? read_boolean(text)
                                                                                           : read_name(text);
    case CQL2_TOKEN_OPEN: {
        if (!cql2_read_enter(&text->reading, text->now.at) || !cql2_text_advance(text)) {
            return NULL;
        }
        struct cql2_node *node = read_or(text);
        text->reading.depth--;
        return node && cql2_text_take(text, CQL2_TOKEN_CLOSE, "\")\"") ? node : NULL;
    }
    default:
        return cql2_text_expected(text, "a value");
    }
}

/* --- arithmetic --- */
/* -5 is a number; -x is -1 * x. */
static struct cql2_node *read_signed(struct cql2_text *text)
{
    uint32_t at = text->now.at;
    bool minus = is_operator(&text->now, CQL2_SUB);
    if (!minus && !is_operator(&text->now, CQL2_ADD)) {
        return read_primary(text);
    }
    if (!cql2_text_advance(text)) {
        return NULL;
    }
    if (text->now.kind == CQL2_TOKEN_NUMBER) {
        return read_number(text, minus, at);
    }
    if (!minus || text->now.kind == CQL2_TOKEN_OPERATOR) {
        return cql2_text_expected(text, minus ? "a value" : "a number");
    }
    struct geo_cql2_value one = {.type = GEO_CQL2_INTEGER, .integer = -1};
    struct cql2_node *factor = cql2_read_literal(&text->reading, at, one);
    return factor ? cql2_read_binary(&text->reading, CQL2_MUL, at, factor, read_primary(text)) : NULL;
}

/* a ^ b ^ c is a ^ (b ^ c) */
static struct cql2_node *read_power(struct cql2_text *text)
{
    struct cql2_node *base = read_signed(text);
    uint32_t at = text->now.at;
    if (!base || !is_operator(&text->now, CQL2_POW)) {
        return base;
    }
    if (!cql2_read_enter(&text->reading, at) || !cql2_text_advance(text)) {
        return NULL;
    }
    struct cql2_node *power = read_power(text);
    text->reading.depth--;
    return cql2_read_binary(&text->reading, CQL2_POW, at, base, power);
}

static struct cql2_node *read_product(struct cql2_text *text)
{
    struct cql2_node *left = read_power(text);
    while (left) {
        enum cql2_op op = operator_of(&text->now, CQL2_CLASS_ARITHMETIC);
        uint32_t at = text->now.at;
        if (op != CQL2_MUL && op != CQL2_DIV && op != CQL2_MOD && op != CQL2_IDIV) {
            break;
        }
        left = cql2_text_advance(text) ? cql2_read_binary(&text->reading, op, at, left, read_power(text)) : NULL;
    }
    return left;
}

static struct cql2_node *read_sum(struct cql2_text *text)
{
    struct cql2_node *left = read_product(text);
    while (left) {
        enum cql2_op op = operator_of(&text->now, CQL2_CLASS_ARITHMETIC);
        uint32_t at = text->now.at;
        if (op != CQL2_ADD && op != CQL2_SUB) {
            break;
        }
        left = cql2_text_advance(text) ? cql2_read_binary(&text->reading, op, at, left, read_product(text)) : NULL;
    }
    return left;
}

/* --- predicates --- */
static struct cql2_node *read_between(struct cql2_text *text, struct cql2_node *value, uint32_t at)
{
    uint32_t from = text->reading.pending.count;
    if (!cql2_read_push(&text->reading, value) || !cql2_read_push(&text->reading, read_sum(text))) {
        return NULL;
    }
    if (!is_operator(&text->now, CQL2_AND)) {
        return cql2_text_expected(text, "AND of BETWEEN");
    }
    return cql2_text_advance(text) && cql2_read_push(&text->reading, read_sum(text))
               ? cql2_read_join(&text->reading, CQL2_BETWEEN, at, from)
               : NULL;
}

static struct cql2_node *read_in(struct cql2_text *text, struct cql2_node *value, uint32_t at)
{
    uint32_t from = text->reading.pending.count;
    uint32_t open = text->now.at;
    if (!cql2_read_push(&text->reading, value) || !cql2_text_take(text, CQL2_TOKEN_OPEN, "\"(\" of IN") ||
        !cql2_read_enter(&text->reading, open)) {
        return NULL;
    }
    if (text->now.kind == CQL2_TOKEN_CLOSE) {
        return cql2_text_expected(text, "a value: IN needs at least one");
    }
    struct cql2_node *node = read_list(text, read_sum, CQL2_IN, at, from);
    text->reading.depth--;
    return node;
}

static struct cql2_node *read_is_null(struct cql2_text *text, struct cql2_node *value, uint32_t at)
{
    bool not = is_operator(&text->now, CQL2_NOT);
    if (not &&!cql2_text_advance(text)) {
        return NULL;
    }
    if (!is_word(&text->now, CQL2_WORD_NULL)) {
        return cql2_text_expected(text, not ? "NULL" : "NULL or NOT NULL");
    }
    struct cql2_node *node = cql2_text_advance(text) ? cql2_read_unary(&text->reading, CQL2_IS_NULL, at, value) : NULL;
    return not ? cql2_read_unary(&text->reading, CQL2_NOT, at, node) : node;
}

/* LIKE, BETWEEN, IN, perhaps after NOT */
static struct cql2_node *read_special(struct cql2_text *text, struct cql2_node *value)
{
    uint32_t at = text->now.at;
    struct cql2_node *node;
    bool not = is_operator(&text->now, CQL2_NOT);
    if (not &&!cql2_text_advance(text)) {
        return NULL;
    }
    enum cql2_op op = operator_of(&text->now, CQL2_CLASS_SPECIAL);
    if (op == CQL2_OP_COUNT) {
        return cql2_text_expected(text, "LIKE, BETWEEN or IN");
    }
    if (!cql2_text_advance(text)) {
        return NULL;
    }
    if (op == CQL2_LIKE) {
        node = cql2_read_binary(&text->reading, CQL2_LIKE, at, value, read_sum(text));
    } else {
        node = op == CQL2_IN ? read_in(text, value, at) : read_between(text, value, at);
    }
    return not ? cql2_read_unary(&text->reading, CQL2_NOT, at, node) : node;
}

static struct cql2_node *read_predicate(struct cql2_text *text)
{
    struct cql2_node *left = read_sum(text);
    uint32_t at = text->now.at;
    if (!left) {
        return NULL;
    }
    enum cql2_op compare = operator_of(&text->now, CQL2_CLASS_COMPARE);
    if (compare != CQL2_OP_COUNT) {
        return cql2_text_advance(text) ? cql2_read_binary(&text->reading, compare, at, left, read_sum(text)) : NULL;
    }
    if (is_word(&text->now, CQL2_WORD_IS)) {
        return cql2_text_advance(text) ? read_is_null(text, left, at) : NULL;
    }
    bool special = is_operator(&text->now, CQL2_NOT) || operator_of(&text->now, CQL2_CLASS_SPECIAL) != CQL2_OP_COUNT;
    return special ? read_special(text, left) : left;
}

/* --- logic --- */
static struct cql2_node *read_not(struct cql2_text *text)
{
    uint32_t at = text->now.at;
    if (!is_operator(&text->now, CQL2_NOT)) {
        return read_predicate(text);
    }
    if (!cql2_read_enter(&text->reading, at) || !cql2_text_advance(text)) {
        return NULL;
    }
    /* NOT and the parenthesis that mostly follows are one level, so that what is written back is no deeper. */
    bool shared = text->now.kind == CQL2_TOKEN_OPEN;
    text->reading.depth -= shared;
    struct cql2_node *node = read_not(text);
    text->reading.depth -= !shared;
    return cql2_read_unary(&text->reading, CQL2_NOT, at, node);
}

static struct cql2_node *read_chain(struct cql2_text *text, enum cql2_op op,
                                    struct cql2_node *(*item)(struct cql2_text *))
{
    uint32_t from = text->reading.pending.count;
    struct cql2_node *first = item(text);
    uint32_t at = text->now.at;
    if (!first || !is_operator(&text->now, op)) {
        return first;
    }
    if (!cql2_read_push(&text->reading, first)) {
        return NULL;
    }
    while (is_operator(&text->now, op)) {
        if (!cql2_text_advance(text) || !cql2_read_push(&text->reading, item(text))) {
            return NULL;
        }
    }
    return cql2_read_join(&text->reading, op, at, from);
}

static struct cql2_node *read_and(struct cql2_text *text)
{
    return read_chain(text, CQL2_AND, read_not);
}

static struct cql2_node *read_or(struct cql2_text *text)
{
    return read_chain(text, CQL2_OR, read_and);
}

/* --- the whole --- */
static enum base_err read_whole(struct cql2_text *text)
{
    if (!cql2_text_advance(text)) {
        return text->reading.err;
    }
    if (text->now.kind == CQL2_TOKEN_END) {
        cql2_read_wrong(&text->reading, BASE_INVALID, text->now.at, "the filter is empty");
        return text->reading.err;
    }
    text->reading.filter->root = read_or(text);
    if (text->reading.filter->root && text->now.kind != CQL2_TOKEN_END) {
        cql2_text_expected(text, "an operator or the end");
    }
    return text->reading.err;
}

/* The first byte that is part of no character, or a NUL. */
static size_t first_wrong(struct base_str text)
{
    size_t i = 0;
    for (size_t len = 1; i < text.len;
         len = base_str_utf8((struct base_str){text.at + i, len}) ? (i += len, 1) : len + 1) {
        if (len > 4 || len > text.len - i) {
            break;
        }
    }
    return i;
}

static enum base_err refuse_bytes(struct base_str text, struct base_diag *diag)
{
    size_t at = first_wrong(text);
    return cql2_wrong(diag, BASE_INVALID, (uint32_t)at + 1,
                      at < text.len && !text.at[at] ? "a NUL byte" : "a byte that is not UTF-8");
}

enum base_err geo_cql2_text_in(struct base_str input, const struct geo_cql2_schema *schema, struct base_diag *diag,
                               struct geo_cql2 **ret_filter)
{
    struct cql2_text text;
    struct base_diag unused;
    AUTO(geo_cql2) filter = NULL;
    diag = diag ? diag : &unused;
    if (input.len > GEO_CQL2_TEXT_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "the filter is longer than %d bytes", GEO_CQL2_TEXT_MAX);
    }
    if (!base_str_utf8(input)) {
        return refuse_bytes(input, diag);
    }
    enum base_err err = cql2_new(schema, diag, &filter);
    if (err) {
        return err;
    }
    text.lex = cql2_lex_of((struct base_str){input.len ? input.at : "", input.len}, diag);
    cql2_read_init(&text.reading, filter, diag);
    err = read_whole(&text);
    err = err ? err : cql2_check(filter, diag);
    if (!err) {
        *ret_filter = filter;
        filter = NULL;
    }
    return err;
}
