/* Cuts a filter's text into tokens, in place: a token is a piece of the text, and nothing is allocated. */
#include "geo/cql2_lex.h"

#include <pthread.h>
#include <string.h>

/* --- keywords: a table by a hash of length and three letters, upper case --- */
enum { WORD_MAX = 18, SLOTS = 256 };

static const struct cql2_word others[] = {
    {"IS", 2, CQL2_WORD_IS, 0, 0},
    {"NULL", 4, CQL2_WORD_NULL, 0, 0},
    {"TRUE", 4, CQL2_WORD_TRUE, 0, 0},
    {"FALSE", 5, CQL2_WORD_FALSE, 0, 0},
    {"DATE", 4, CQL2_WORD_DATE, 0, 0},
    {"TIMESTAMP", 9, CQL2_WORD_TIMESTAMP, 0, 0},
    {"BBOX", 4, CQL2_WORD_BBOX, 0, 0},
    {"POINT", 5, CQL2_WORD_GEOMETRY, 0, CQL2_WKT_POINT},
    {"LINESTRING", 10, CQL2_WORD_GEOMETRY, 0, CQL2_WKT_LINESTRING},
    {"POLYGON", 7, CQL2_WORD_GEOMETRY, 0, CQL2_WKT_POLYGON},
    {"MULTIPOINT", 10, CQL2_WORD_GEOMETRY, 0, CQL2_WKT_MULTIPOINT},
    {"MULTILINESTRING", 15, CQL2_WORD_GEOMETRY, 0, CQL2_WKT_MULTILINESTRING},
    {"MULTIPOLYGON", 12, CQL2_WORD_GEOMETRY, 0, CQL2_WKT_MULTIPOLYGON},
    {"GEOMETRYCOLLECTION", 18, CQL2_WORD_GEOMETRY, 0, CQL2_WKT_COLLECTION},
};

static struct cql2_word words[SLOTS];

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static uint32_t slot_of(const char *upper, size_t len)
{
    uint32_t ends = (uint32_t)(unsigned char)upper[0] << 16 | (uint32_t)(unsigned char)upper[len / 2] << 8 |
                    (unsigned char)upper[len - 1];
    return (ends * 2654435761u + (uint32_t)len * 40503u) >> 16 & (SLOTS - 1);
}

static void add_word(struct cql2_word word)
{
    uint32_t slot = slot_of(word.text, word.len);
    while (words[slot].text) {
        slot = (slot + 1) & (SLOTS - 1);
    }
    words[slot] = word;
}

static bool is_operator(enum cql2_op op)
{
    enum cql2_class class = cql2_ops[op].class;
    return class == CQL2_CLASS_LOGIC || class == CQL2_CLASS_ARITHMETIC || op == CQL2_LIKE || op == CQL2_BETWEEN ||
           op == CQL2_IN;
}

static void make_words(void)
{
    for (enum cql2_op op = 0; op < CQL2_OP_COUNT; op++) {
        const char *text = cql2_ops[op].text;
        if (is_upper(text[0]) && !strchr(text, ' ')) {
            add_word((struct cql2_word){text, strlen(text), is_operator(op) ? CQL2_WORD_OPERATOR : CQL2_WORD_FUNCTION,
                                        op, 0});
        }
    }
    for (size_t i = 0; i < BASE_COUNT(others); i++) {
        add_word(others[i]);
    }
}

const struct cql2_word *cql2_lex_word(struct base_str text)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char upper[WORD_MAX];
    if (text.len > sizeof upper || text.len < 2) {
        return NULL;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    pthread_once(&once, make_words);
    for (uint32_t slot = slot_of(upper, text.len); words[slot].text; slot = (slot + 1) & (SLOTS - 1)) {
        if (words[slot].len == text.len && memcmp(words[slot].text, upper, text.len) == 0) {
            return &words[slot];
        }
    }
    return NULL;
}

/* --- names: the ranges of the standard's grammar, which are those of XML --- */
static bool in_ranges(uint32_t point, const uint32_t (*ranges)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (point >= ranges[i][0] && point <= ranges[i][1]) {
            return true;
        }
    }
    return false;
}

static bool name_point(uint32_t point, bool first)
{
    static const uint32_t starts[][2] = {{0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
                                         {0x37F, 0x1FFE},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
                                         {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
    static const uint32_t parts[][2] = {{0x300, 0x36F}, {0x203F, 0x2040}};
    return in_ranges(point, starts, BASE_COUNT(starts)) || (!first && in_ranges(point, parts, BASE_COUNT(parts)));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool name_ascii(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || is_upper(c) || c == '_' || c == ':' || (!first && (c == '.' || is_digit(c)));
}

/* Length of the character at `at`, its code point; the text is well formed. */
static size_t character(const char *at, uint32_t *ret_point)
{
    unsigned char lead = (unsigned char)at[0];
    size_t len = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t point = len == 1 ? lead : lead & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        point = point << 6 | ((unsigned char)at[i] & 0x3Fu);
    }
    *ret_point = point;
    return len;
}

/* Where the name that begins at `at` ends; `at` itself when none does. */
static const char *name_end(const char *at, const char *end)
{
    for (bool first = true; at < end; first = false) {
        uint32_t point;
        if (name_ascii(*at, first)) {
            at++;
        } else if ((unsigned char)*at >= 0x80) {
            size_t len = character(at, &point);
            if (!name_point(point, first)) {
                break;
            }
            at += len;
        } else {
            break;
        }
    }
    return at;
}

bool cql2_lex_plain(struct base_str name)
{
    const struct cql2_word *word = cql2_lex_word(name);
    return name.len && !word && name_end(name.at, name.at + name.len) == name.at + name.len;
}

/* --- numbers --- */
/* Up to 15 digits and a power of ten that a double holds exactly: one rounding, so the nearest double. */
static bool exact(struct base_str text, double *ret_value)
{
    static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int64_t digits = 0;
    size_t fraction = 0;
    bool point = false;
    if (text.len > 16) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.at[i])) {
            digits = digits * 10 + (text.at[i] - '0');
            fraction += point;
        } else if (text.at[i] == '.') {
            point = true;
        } else {
            return false;
        }
    }
    if (digits > INT64_C(999999999999999)) {
        return false;
    }
    *ret_value = (double)digits / tens[fraction];
    return true;
}

bool cql2_lex_number(struct base_str text, bool negative, struct geo_cql2_value *ret_value)
{
    char copy[64];
    int64_t whole;
    double real;
    if (text.len + negative >= sizeof copy) {
        return false;
    }
    copy[0] = '-';
    memcpy(copy + negative, text.at, text.len);
    struct base_str number = {copy, text.len + negative};
    if (base_str_i64(number, &whole)) {
        *ret_value = (struct geo_cql2_value){.type = GEO_CQL2_INTEGER, .integer = whole};
        return true;
    }
    if (exact(text, &real)) {
        real = negative ? -real : real;
    } else if (!base_str_f64(number, &real)) {
        return false;
    }
    *ret_value = (struct geo_cql2_value){.type = GEO_CQL2_NUMBER, .number = real};
    return true;
}

/* --- tokens --- */
struct cql2_lex cql2_lex_of(struct base_str text, struct base_diag *diag)
{
    return (struct cql2_lex){.start = text.at, .at = text.at, .end = text.at + text.len, .diag = diag};
}

static uint32_t position(const struct cql2_lex *lex, const char *at)
{
    return (uint32_t)(at - lex->start) + 1;
}

static enum base_err quoted(struct cql2_lex *lex, char quote, struct cql2_token *token)
{
    const char *first = lex->at + 1;
    const char *at = first;
    for (;;) {
        at = at < lex->end ? memchr(at, quote, (size_t)(lex->end - at)) : NULL;
        if (!at) {
            return cql2_wrong(lex->diag, BASE_INVALID, token->at,
                              quote == '"' ? "a name in double quotes is not closed"
                                           : "a text in quotes is not closed (a quote within it is written '')");
        }
        if (at + 1 == lex->end || at[1] != quote) {
            break;
        }
        token->doubled = true;
        at += 2;
    }
    token->kind = quote == '"' ? CQL2_TOKEN_NAME : CQL2_TOKEN_TEXT;
    token->text = (struct base_str){first, (size_t)(at - first)};
    lex->at = at + 1;
    if (quote == '"' && token->text.len == 0) {
        return cql2_wrong(lex->diag, BASE_INVALID, token->at, "a name in double quotes is empty");
    }
    return BASE_OK;
}

static const char *digits_end(const char *at, const char *end)
{
    while (at < end && is_digit(*at)) {
        at++;
    }
    return at;
}

static enum base_err number(struct cql2_lex *lex, struct cql2_token *token)
{
    const char *first = lex->at;
    const char *at = digits_end(first, lex->end);
    if (at < lex->end && *at == '.') {
        at = digits_end(at + 1, lex->end);
    }
    if (at < lex->end && (*at == 'e' || *at == 'E')) {
        const char *sign = at + 1 + (at + 1 < lex->end && (at[1] == '+' || at[1] == '-'));
        const char *power = digits_end(sign, lex->end);
        at = power > sign ? power : at;
    }
    struct base_str both = {first, (size_t)(name_end(at, lex->end) - first)};
    if (both.len > (size_t)(at - first)) {
        return cql2_wrong(lex->diag, BASE_INVALID, token->at, "a number runs into a word: \"%.*s\"", cql2_shown(both),
                          first);
    }
    token->kind = CQL2_TOKEN_NUMBER;
    token->text = (struct base_str){first, (size_t)(at - first)};
    lex->at = at;
    return BASE_OK;
}

static void one(struct cql2_lex *lex, struct cql2_token *token, enum cql2_token_kind kind, enum cql2_op op, size_t len)
{
    token->kind = kind;
    token->op = op;
    token->text = (struct base_str){lex->at, len};
    lex->at += len;
}

/* < and > may have a second sign behind them. */
static void compare(struct cql2_lex *lex, struct cql2_token *token, enum cql2_op alone, enum cql2_op equal)
{
    char next = lex->at + 1 < lex->end ? lex->at[1] : '\0';
    bool other = next == '>' && alone == CQL2_LT;
    enum cql2_op op = other ? CQL2_NE : next == '=' ? equal : alone;
    one(lex, token, CQL2_TOKEN_OPERATOR, op, op == alone ? 1 : 2);
}

static enum cql2_op arithmetic(char c)
{
    switch (c) {
    case '=':
        return CQL2_EQ;
    case '+':
        return CQL2_ADD;
    case '-':
        return CQL2_SUB;
    case '*':
        return CQL2_MUL;
    case '/':
        return CQL2_DIV;
    case '%':
        return CQL2_MOD;
    case '^':
        return CQL2_POW;
    default:
        return CQL2_OP_COUNT;
    }
}

static bool sign(struct cql2_lex *lex, struct cql2_token *token)
{
    enum cql2_op op;
    switch (*lex->at) {
    case '(':
        one(lex, token, CQL2_TOKEN_OPEN, CQL2_OP_COUNT, 1);
        return true;
    case ')':
        one(lex, token, CQL2_TOKEN_CLOSE, CQL2_OP_COUNT, 1);
        return true;
    case ',':
        one(lex, token, CQL2_TOKEN_COMMA, CQL2_OP_COUNT, 1);
        return true;
    case '<':
        compare(lex, token, CQL2_LT, CQL2_LE);
        return true;
    case '>':
        compare(lex, token, CQL2_GT, CQL2_GE);
        return true;
    default:
        op = arithmetic(*lex->at);
        if (op != CQL2_OP_COUNT) {
            one(lex, token, CQL2_TOKEN_OPERATOR, op, 1);
        }
        return op != CQL2_OP_COUNT;
    }
}

static enum base_err strange(struct cql2_lex *lex, uint32_t at)
{
    uint32_t point;
    size_t len = character(lex->at, &point);
    if (point < 0x20 || point == 0x7F) {
        return cql2_wrong(lex->diag, BASE_INVALID, at, "a control character (U+%04X)", point);
    }
    return cql2_wrong(lex->diag, BASE_INVALID, at, "unexpected character \"%.*s\"%s", (int)len, lex->at,
                      point == '!' ? "; \"not equal\" is written <>" : "");
}

enum base_err cql2_lex_next(struct cql2_lex *lex, struct cql2_token *token)
{
    while (lex->at < lex->end && (*lex->at == ' ' || (*lex->at >= '\t' && *lex->at <= '\r'))) {
        lex->at++;
    }
    *token = (struct cql2_token){.kind = CQL2_TOKEN_END, .at = position(lex, lex->at)};
    if (lex->at == lex->end) {
        return BASE_OK;
    }
    char c = *lex->at;
    const char *end = (unsigned char)c >= 0x80 || name_ascii(c, true) ? name_end(lex->at, lex->end) : lex->at;
    if (end > lex->at) {
        token->kind = CQL2_TOKEN_WORD;
        token->text = (struct base_str){lex->at, (size_t)(end - lex->at)};
        token->word = cql2_lex_word(token->text);
        lex->at = end;
        return BASE_OK;
    }
    if (c == '\'' || c == '"') {
        return quoted(lex, c, token);
    }
    if (is_digit(c) || (c == '.' && lex->at + 1 < lex->end && is_digit(lex->at[1]))) {
        return number(lex, token);
    }
    return sign(lex, token) ? BASE_OK : strange(lex, token->at);
}
