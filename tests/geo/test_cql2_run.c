/* geo/cql2_run.c and cql2_run_*.c: every operation over one feature, written as filter and answer. */
#include "geo_test.h"

enum property {
    YES,
    NO,
    MAYBE, /* null */
    I,
    I_NULL,
    I_BIG,
    F,
    F_NULL,
    F_NAN,
    F_INF,
    S,
    S_NULL,
    S_EMPTY,
    D,
    D_NULL,
    U,
    U_NULL,
    SPAN,
    SPAN_NULL,
    IA,
    IA_EMPTY,
    IA_NULL,
    FA,
    SA,
    PROPERTIES
};

#define ROW(name, type, ...)                         \
    {                                                \
        name, GEO_CQL2_##type, __VA_ARGS__ + 0, NULL \
    }
static const struct geo_cql2_property properties[PROPERTIES] = {
    [YES] = ROW("yes", BOOLEAN),
    [NO] = ROW("no", BOOLEAN),
    [MAYBE] = ROW("maybe", BOOLEAN),
    [I] = ROW("i", INTEGER),
    [I_NULL] = ROW("i_null", INTEGER),
    [I_BIG] = ROW("i_big", INTEGER),
    [F] = ROW("f", NUMBER),
    [F_NULL] = ROW("f_null", NUMBER),
    [F_NAN] = ROW("f_nan", NUMBER),
    [F_INF] = ROW("f_inf", NUMBER),
    [S] = ROW("s", TEXT),
    [S_NULL] = ROW("s_null", TEXT),
    [S_EMPTY] = ROW("s_empty", TEXT),
    [D] = ROW("d", DATE),
    [D_NULL] = ROW("d_null", DATE),
    [U] = ROW("u", TIMESTAMP),
    [U_NULL] = ROW("u_null", TIMESTAMP),
    [SPAN] = ROW("span", INTERVAL),
    [SPAN_NULL] = ROW("span_null", INTERVAL),
    [IA] = ROW("ia", ARRAY, GEO_CQL2_INTEGER),
    [IA_EMPTY] = ROW("ia_empty", ARRAY, GEO_CQL2_INTEGER),
    [IA_NULL] = ROW("ia_null", ARRAY, GEO_CQL2_INTEGER),
    [FA] = ROW("fa", ARRAY, GEO_CQL2_NUMBER),
    [SA] = ROW("sa", ARRAY, GEO_CQL2_TEXT),
};
static const struct geo_cql2_schema schema = {.properties = properties, .count = PROPERTIES, .rules = true};

#define DAY INT64_C(19000) /* 2022-01-08 */
#define DAY_US INT64_C(86400000000)

static const struct geo_cql2_value integers[] = {
    {.type = GEO_CQL2_INTEGER, .integer = 1},
    {.type = GEO_CQL2_INTEGER, .integer = 2},
    {.type = GEO_CQL2_INTEGER, .integer = 2},
    {.type = GEO_CQL2_INTEGER, .null = true},
};
static const struct geo_cql2_value numbers[] = {
    {.type = GEO_CQL2_NUMBER, .number = 1},
    {.type = GEO_CQL2_NUMBER, .number = 2},
};
static const struct geo_cql2_value texts[] = {
    {.type = GEO_CQL2_TEXT, .text = {"a", 1}},
    {.type = GEO_CQL2_TEXT, .text = {"b", 1}},
};

static void value_of(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    *ret_value = ((const struct geo_cql2_value *)of)[property];
}

static void fill(struct geo_cql2_value *row)
{
    for (int i = 0; i < PROPERTIES; i++) {
        const char *name = properties[i].name;
        size_t len = strlen(name);
        row[i] = (struct geo_cql2_value){.type = properties[i].type};
        row[i].null = (len > 5 && strcmp(name + len - 5, "_null") == 0) || i == MAYBE;
    }
    row[YES].boolean = true;
    row[I].integer = 7;
    row[I_BIG].integer = INT64_C(9007199254740993); /* 2^53 + 1, which no double is */
    row[F].number = 2.5;
    row[F_NAN].number = NAN;
    row[F_INF].number = INFINITY;
    row[S].text = base_str_of("Höhe 100% a_b");
    row[D].integer = DAY;
    row[U].integer = DAY * DAY_US + 1;
    row[SPAN].interval.from = DAY * DAY_US;
    row[SPAN].interval.to = (DAY + 1) * DAY_US;
    row[IA].array.items = integers;
    row[IA].array.count = 3;
    row[FA].array.items = numbers;
    row[FA].array.count = 2;
    row[SA].array.items = texts;
    row[SA].array.count = 2;
}

static enum geo_cql2_truth truth_at(const char *text, int64_t now_us)
{
    struct geo_cql2_value row[PROPERTIES];
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    fill(row);
    enum base_err err = geo_cql2_text_in(base_str_of(text), &schema, &test_diag, &filter);
    err = err ? err : geo_cql2_run_new(filter, &test_diag, &run);
    if (err) {
        fail_msg("%s: %s", text, test_diag.text);
    }
    struct geo_cql2_feature feature = {row, value_of};
    enum geo_cql2_truth first = geo_cql2_run_feature(run, &feature, now_us);
    assert_int_equal(geo_cql2_run_feature(run, &feature, now_us), first);
    return first;
}

struct expectation {
    const char *text;
    enum geo_cql2_truth truth;
};
#define T GEO_CQL2_TRUE
#define N GEO_CQL2_FALSE
#define X GEO_CQL2_UNKNOWN

static void expect(const struct expectation *rows, size_t count)
{
    static const char *const names[] = {"false", "true", "unknown"};
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        enum geo_cql2_truth truth = truth_at(rows[i].text, 0);
        if (truth != rows[i].truth) {
            print_message("%s is %s, not %s\n", rows[i].text, names[truth], names[rows[i].truth]);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}
#define EXPECT(...)                                              \
    do {                                                         \
        static const struct expectation rows_[] = {__VA_ARGS__}; \
        expect(rows_, BASE_COUNT(rows_));                        \
    } while (0)

static void three_values(void **state)
{
    (void)state;
    EXPECT({"yes AND yes", T}, {"yes AND no", N}, {"no AND yes", N}, {"no AND no", N}, {"yes AND maybe", X},
           {"maybe AND yes", X}, {"no AND maybe", N}, {"maybe AND no", N}, {"maybe AND maybe", X}, {"yes OR yes", T},
           {"yes OR no", T}, {"no OR yes", T}, {"no OR no", N}, {"yes OR maybe", T}, {"maybe OR yes", T},
           {"no OR maybe", X}, {"maybe OR no", X}, {"maybe OR maybe", X}, {"NOT yes", N}, {"NOT no", T},
           {"NOT maybe", X}, {"NOT (maybe AND no)", T}, {"yes AND yes AND maybe AND no", N},
           {"no OR maybe OR no OR yes", T}, {"yes", T}, {"maybe", X}, {"TRUE", T}, {"FALSE OR yes", T},
           {"maybe IS NULL", T}, {"yes IS NULL", N}, {"yes IS NOT NULL", T}, {"i_null IS NULL", T}, {"s IS NULL", N},
           {"s_empty IS NULL", N}, {"f_nan IS NULL", T}, {"f_inf IS NULL", N}, {"yes = TRUE", T}, {"no = TRUE", N},
           {"maybe = TRUE", X}, {"no < yes", T}, {"yes <> no", T}, {"TRUE = yes", T});
}

static void comparisons(void **state)
{
    (void)state;
    EXPECT({"i = 7", T}, {"i <> 7", N}, {"i < 7", N}, {"i <= 7", T}, {"i > 7", N}, {"i >= 7", T}, {"i < 8", T},
           {"i > 6", T}, {"7 = i", T}, {"8 > i", T}, {"8 < i", N}, {"6 <= i", T}, {"7 >= i", T}, {"7 <> i", N},
           {"i < 7.5", T}, {"7.0 = i", T}, {"f = 2.5", T}, {"f < 3", T}, {"3 > f", T}, {"f <> 2", T}, {"i > f", T},
           {"f <= i", T}, {"i_null = 7", X}, {"i_null <> 7", X}, {"7 < i_null", X}, {"i = i_null", X},
           {"i_null = i_null", X}, {"f_nan = 1", X}, {"f_nan <> 1", X}, {"f_nan = f_nan", X}, {"f_inf > 1e308", T},
           {"f_inf = f_inf", T}, {"i_big = 9007199254740993", T}, {"i_big = 9007199254740992", N},
           {"i_big = 9007199254740992.0", T}, {"i_big > 9007199254740992", T}, {"i_big <> f", T}, {"i = -7", N},
           {"s = 'Höhe 100% a_b'", T}, {"s = 'Höhe'", N}, {"s > 'Höhe'", T}, {"s < 'I'", T}, {"s > 'Ho'", T},
           {"'ho' > s", T}, {"s_empty = ''", T}, {"s_empty < 'a'", T}, {"s > s_empty", T}, {"s_null = ''", X},
           {"s = s", T}, {"s < '\u4E00'", T}, {"'\uFF5E' < '\U00010000'", T}, {"1 = 1", T}, {"1 = 2 OR i = 7", T});
}

static void between_and_in(void **state)
{
    (void)state;
    EXPECT({"i BETWEEN 7 AND 8", T}, {"i BETWEEN 6 AND 7", T}, {"i BETWEEN 8 AND 9", N}, {"i BETWEEN 8 AND 7", N},
           {"i NOT BETWEEN 8 AND 9", T}, {"i BETWEEN 6.5 AND 7.5", T}, {"i BETWEEN i_null AND 8", X},
           {"i BETWEEN i_null AND 6", N}, {"i BETWEEN 8 AND i_null", N}, {"i BETWEEN 6 AND i_null", X},
           {"i NOT BETWEEN i_null AND 6", T}, {"i_null BETWEEN 6 AND 8", X}, {"f BETWEEN f_nan AND 2", N},
           {"f_nan BETWEEN 1 AND 2", X}, {"s BETWEEN 'A' AND 'Z'", T}, {"i IN (7)", T}, {"i IN (6, 8)", N},
           {"i IN (6, 7.0)", T}, {"i NOT IN (6, 8)", T}, {"i IN (6, i_null)", X}, {"i IN (i_null, 7)", T},
           {"i NOT IN (6, i_null)", X}, {"i_null IN (7)", X}, {"i IN (i - 0)", T},
           {"i IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)", T}, {"i IN (1, 2, 3, 4, 5, 6, 8, 9, 10, 11)", N},
           {"i IN (10, 9, 8, 6, 5, 4, 3, 2, 1, 1)", N}, {"i_null IN (1, 2, 3, 4, 5, 6, 7, 8, 9)", X},
           {"i IN (1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10)", T}, {"i_big IN (1, 2, 3, 4, 5, 6, 7, 8, 9007199254740992)", N},
           {"i_big IN (1, 2, 3, 4, 5, 6, 7, 8, 9007199254740992.0)", T},
           {"s IN ('z', 'y', 'x', 'w', 'v', 'u', 't', 'Höhe 100% a_b', 'a')", T}, {"s IN ('Höhe', 'a')", N},
           {"f IN (1, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)", T}, {"yes IN (TRUE)", T}, {"yes IN (FALSE)", N});
}

static void arithmetic(void **state)
{
    (void)state;
    EXPECT({"i + 1 = 8", T}, {"i - 8 = -1", T}, {"i * 2 = 14", T}, {"i / 2 = 3.5", T}, {"i DIV 2 = 3", T},
           {"(0 - i) DIV 2 = -3", T}, {"i % 4 = 3", T}, {"(0 - i) % 4 = -3", T}, {"i % -4 = 3", T}, {"f % 1 = 0.5", T},
           {"i ^ 2 = 49", T}, {"2 ^ 3 ^ 2 = 512", T}, {"f ^ 0.5 > 1.58", T}, {"-i = -7", T}, {"-f < 0", T},
           {"1 + 2 * 3 = 7", T}, {"(1 + 2) * 3 = 9", T}, {"i / 0 = 1", X}, {"i / 0 <> 1", X}, {"(i / 0) IS NULL", T},
           {"i DIV 0 = 1", X}, {"i % 0 = 1", X}, {"0 / 0 = 0", X}, {"(0 - 8) ^ 0.5 = 1", X}, {"0 ^ -1 = 1", X},
           {"0 ^ 0 = 1", T}, {"(-8) ^ 3 = -512", T}, {"1e308 * 10 = 1", X}, {"1e308 + 1e308 > 0", X},
           {"-1e308 - 1e308 < 0", X}, {"10 ^ 400 > 0", X}, {"1e308 / 1e-10 > 0", X}, {"1e308 % 1e-10 >= 0", X},
           {"1e-200 * 1e-200 = 0", T}, {"f_inf + 1 > 0", X}, {"f_inf - f_inf = 0", X}, {"1 / f_inf = 0", T},
           {"f_nan + 1 = 1", X}, {"i + i_null = 7", X}, {"i_null * 0 = 0", X}, {"i_big + 0 = 9007199254740992", T},
           {"i + 0.5 BETWEEN 7 AND 8", T}, {"i * f = 17.5", T}, {"NOT (i / 0 = 1)", X},
           {"i_big = 9007199254740992 + 1", T} /* what is calculated is a double */);
}

static void like(void **state)
{
    (void)state;
    EXPECT({"s LIKE 'Höhe 100\\% a\\_b'", T}, {"s LIKE 'Höhe 100_ a_b'", T}, {"s LIKE 'Höhe%'", T},
           {"s LIKE 'höhe%'", N}, {"s LIKE '%a_b'", T}, {"s LIKE '%100%'", T}, {"s LIKE 'H_he%'", T},
           {"s LIKE 'H__he%'", N}, {"s LIKE '_____100%'", T}, {"s LIKE '______100%'", N}, {"s LIKE '%\\%%'", T},
           {"s LIKE '%\\%'", N}, {"s LIKE '%'", T}, {"s LIKE '%%%'", T}, {"s LIKE ''", N}, {"s_empty LIKE ''", T},
           {"s_empty LIKE '%'", T}, {"s_empty LIKE '_'", N}, {"s_empty LIKE '%_%'", N}, {"s_null LIKE '%'", X},
           {"s NOT LIKE 'x%'", T}, {"s_null NOT LIKE 'x'", X}, {"s LIKE '%\u00F6%'", T}, {"s LIKE '%H%0%0%b%'", T},
           {"s LIKE '%b%H%'", N}, {"s LIKE '_____________'", T}, {"s LIKE '____________'", N},
           {"s LIKE '%_____________%'", T}, {"s LIKE '%______________%'", N}, {"s LIKE '%_0_%'", T},
           {"s LIKE '%a\\_b'", T}, {"s LIKE '%a\\_c'", N}, {"s LIKE '%_\\_b'", T}, {"s LIKE '%a__'", T},
           {"s LIKE 'H%b'", T}, {"s LIKE 'H%bb'", N}, {"'aab' LIKE '%ab'", T}, {"'aab' LIKE '%a_b'", T},
           {"'aXbXc' LIKE 'a%X%c'", T}, {"'aXc' LIKE 'a%X%X%c'", N}, {"'abab' LIKE '%ab%ab'", T},
           {"'ab' LIKE '%ab%ab'", N}, {"'a\\b' LIKE 'a\\\\b'", T}, {"'a\\b' LIKE 'a\\b'", N}, {"'ab' LIKE 'a\\b'", T},
           {"'水木' LIKE '_木'", T}, {"'水木' LIKE '__'", T}, {"'水木' LIKE '___'", N}, {"'水木' LIKE '%_木'", T},
           {"'😀x' LIKE '_x'", T}, {"'a%c' LIKE 'a\\%c'", T}, {"'abc' LIKE 'a\\%c'", N}, {"'\u0301' LIKE '\\\u0301'", T},
           {"CASEI(s) LIKE CASEI('HÖHE%')", T}, {"ACCENTI(s) LIKE ACCENTI('H_he%')", T},
           {"'København' LIKE 'K_benhavn'", T});
}

static void instants(void **state)
{
    (void)state;
    EXPECT({"d = DATE('2022-01-08')", T}, {"d < DATE('2022-01-08')", N}, {"d <> DATE('2022-01-09')", T},
           {"d = TIMESTAMP('2022-01-08T00:00:00Z')", T}, {"d < TIMESTAMP('2022-01-08T00:00:00.000001Z')", T},
           {"d = TIMESTAMP('2022-01-08T08:00:00+08:00')", T}, {"u = TIMESTAMP('2022-01-08T00:00:00.000001Z')", T},
           {"u > d", T}, {"d < u", T}, {"u > DATE('2022-01-08')", T}, {"DATE('2022-01-08') < u", T},
           {"u >= DATE('2022-01-09')", N}, {"u = TIMESTAMP('2022-01-07T19:00:00.000001-05:00')", T}, {"d_null = d", X},
           {"u_null > u", X}, {"d BETWEEN DATE('2022-01-08') AND DATE('2022-01-08')", T},
           {"u BETWEEN DATE('2022-01-08') AND DATE('2022-01-09')", T},
           {"d IN (DATE('2022-01-07'), TIMESTAMP('2022-01-08T00:00:00Z'))", T}, {"d > DATE('0001-01-01')", T},
           {"d < DATE('9999-12-31')", T}, {"u < NOW()", N});
    assert_int_equal(truth_at("u < NOW()", DAY * DAY_US + 2), T);
    assert_int_equal(truth_at("u = NOW()", DAY * DAY_US + 1), T);
    assert_int_equal(truth_at("T_BEFORE(u, NOW())", DAY * DAY_US + 1), N);
}

/* Days of January 2022: the first is the interval of the property, 8 to 9; INTERVAL(a, b) is written in. */
static void intervals(void **state)
{
    (void)state;
    EXPECT({"T_EQUALS(span, INTERVAL('2022-01-08', '2022-01-09'))", T}, {"T_EQUALS(d, INTERVAL(d, d))", T},
           {"T_EQUALS(d, TIMESTAMP('2022-01-08T00:00:00Z'))", T}, {"T_EQUALS(d, u)", N}, {"T_AFTER(u, d)", T},
           {"T_BEFORE(d, u)", T}, {"T_INTERSECTS(u, span)", T}, {"T_DURING(u, span)", T}, {"T_CONTAINS(span, u)", T},
           {"T_STARTS(d, span)", T}, {"T_STARTEDBY(span, d)", T}, {"T_DURING(d, span)", N}, {"T_MEETS(d, span)", T},
           {"T_FINISHES(DATE('2022-01-09'), span)", T}, {"T_FINISHEDBY(span, DATE('2022-01-09'))", T},
           {"T_MEETS(span, DATE('2022-01-09'))", T}, {"T_METBY(DATE('2022-01-09'), span)", T}, {"T_MEETS(d, d)", T},
           {"T_AFTER(span, INTERVAL('..', '2022-01-07'))", T}, {"T_INTERSECTS(span, INTERVAL('..', '..'))", T},
           {"T_DURING(span, INTERVAL('..', '..'))", T}, {"T_EQUALS(INTERVAL('..', '..'), INTERVAL('..', '..'))", T},
           {"T_STARTS(INTERVAL('..', '2022-01-01'), INTERVAL('..', '2022-01-02'))", T},
           {"T_FINISHES(INTERVAL(d, '..'), INTERVAL('2022-01-01', '..'))", T},
           {"T_OVERLAPS(INTERVAL('..', u), span)", T}, {"T_OVERLAPPEDBY(span, INTERVAL('..', u))", T},
           {"T_BEFORE(span, INTERVAL('2022-01-09', '..'))", N}, {"T_MEETS(span, INTERVAL('2022-01-09', '..'))", T},
           {"T_EQUALS(span_null, span)", X}, {"T_DISJOINT(span, span_null)", X}, {"T_AFTER(d_null, d)", X},
           {"T_BEFORE(INTERVAL(d, u_null), DATE('2023-01-01'))", X},
           {"T_AFTER(INTERVAL(d, u_null), DATE('2021-01-01'))", X}, {"T_INTERSECTS(INTERVAL(d_null, '..'), span)", X},
           {"NOT T_EQUALS(INTERVAL(d_null, u), span)", X}, {"span IS NULL", N}, {"span_null IS NULL", T});
}

/* The thirteen configurations of Allen, as the ends of a (b is 4 to 8), and which relations hold in each. */
static const struct {
    int from, to;
    const char *relations;
} allen[] = {
    {1, 3, " before disjoint "},
    {1, 4, " meets intersects "},
    {2, 6, " overlaps intersects "},
    {2, 8, " finishedBy intersects "},
    {2, 9, " contains intersects "},
    {4, 6, " starts intersects "},
    {4, 8, " equals intersects "},
    {4, 9, " startedBy intersects "},
    {5, 7, " during intersects "},
    {5, 8, " finishes intersects "},
    {5, 9, " overlappedBy intersects "},
    {8, 9, " metBy intersects "},
    {9, 9, " after disjoint "},
    /* and instants */
    {3, 3, " before disjoint "},
    {4, 4, " meets starts intersects "},
    {6, 6, " during intersects "},
    {8, 8, " metBy finishes intersects "},
};

static void all_of_allen(void **state)
{
    (void)state;
    static const char *const names[] = {"after",  "before",       "contains", "disjoint",   "during",
                                        "equals", "finishedBy",   "finishes", "intersects", "meets",
                                        "metBy",  "overlappedBy", "overlaps", "startedBy",  "starts"};
    for (size_t i = 0; i < BASE_COUNT(allen); i++) {
        for (size_t k = 0; k < BASE_COUNT(names); k++) {
            char text[160], word[32];
            snprintf(word, sizeof word, " %s ", names[k]);
            enum geo_cql2_truth expected = strstr(allen[i].relations, word) ? T : N;
            snprintf(text, sizeof text,
                     "T_%s(INTERVAL('2022-01-%02d', '2022-01-%02d'), INTERVAL('2022-01-04', '2022-01-08'))", names[k],
                     allen[i].from, allen[i].to);
            if (truth_at(text, 0) != expected) {
                fail_msg("%s is not %s", text, expected == T ? "true" : "false");
            }
        }
    }
}

static void arrays(void **state)
{
    (void)state;
    EXPECT({"A_EQUALS(ia, (1, 2))", T}, {"A_EQUALS(ia, (2, 1, 1))", T}, {"A_EQUALS(ia, (1, 2, 3))", N},
           {"A_EQUALS(ia, (1))", N}, {"A_CONTAINS(ia, (2))", T}, {"A_CONTAINS(ia, (2, 3))", N},
           {"A_CONTAINEDBY(ia, (1, 2, 3))", T}, {"A_CONTAINEDBY(ia, (1, 3))", N}, {"A_OVERLAPS(ia, (2, 9))", T},
           {"A_OVERLAPS(ia, (8, 9))", N}, {"A_CONTAINS(ia, ia_empty)", T}, {"A_CONTAINEDBY(ia_empty, ia)", T},
           {"A_OVERLAPS(ia, ia_empty)", N}, {"A_EQUALS(ia_empty, ia_empty)", T}, {"A_EQUALS(ia, ia_empty)", N},
           {"A_EQUALS(ia_null, ia)", X}, {"A_OVERLAPS(ia, ia_null)", X}, {"A_CONTAINS(ia, (i_null))", N},
           {"A_OVERLAPS(ia, (i_null, 2))", T}, {"A_CONTAINEDBY(ia, (i_null, 2, 1))", T}, {"A_EQUALS(ia, fa)", T},
           {"A_CONTAINS(ia, (1.5))", N}, {"A_CONTAINS(fa, (1, 2.0))", T}, {"A_CONTAINS(sa, ('b'))", T},
           {"A_EQUALS(sa, ('b', 'a'))", T}, {"A_CONTAINS(sa, ('B'))", N}, {"A_CONTAINS(sa, (CASEI('B')))", T},
           {"A_CONTAINS((1, i), (7))", T}, {"A_CONTAINS((i - 6), (1))", T}, {"ia IS NULL", N}, {"ia_null IS NULL", T},
           {"A_OVERLAPS((i, 9), ia)", N});
}

/* Elements that are null equal nothing, not even each other. */
static void null_elements(void **state)
{
    (void)state;
    struct geo_cql2_value row[PROPERTIES];
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    fill(row);
    row[IA].array.count = BASE_COUNT(integers);
    test_ok(geo_cql2_text_in(base_str_of("A_EQUALS(ia, ia)"), &schema, &test_diag, &filter));
    test_ok(geo_cql2_run_new(filter, &test_diag, &run));
    assert_int_equal(geo_cql2_run_feature(run, &(struct geo_cql2_feature){row, value_of}, 0), N);
}

/* Long lists are searched in order; what they hold stays what short ones do. */
static void long_arrays(void **state)
{
    (void)state;
    static const struct {
        const char *head, *piece, *tail;
        enum geo_cql2_truth truth;
    } rows[] = {
        {"A_CONTAINEDBY((", "9, 1, i_null, 2.5, i, ", "3), (4, 3))", N},
        {"A_CONTAINS((", "9, 1, 2.5, i_null, i, ", "3), (3, 7, 2.5, 1, 9, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3))", T},
        {"A_CONTAINS((", "9, 1, i_null, i, ", "3), (3, 7, 4, 1, 9, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3))", N},
        {"A_OVERLAPS((", "9, i_null, i, f_nan, ", "3), (i_null, f_nan, 4, 5, 6, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4))",
         N},
        {"A_OVERLAPS((", "9, i_null, i, f_nan, ", "3), (4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3.0))", T},
        {"A_OVERLAPS((", "'b', s_null, 'c', ",
         "s), ('', 'a', 'd', '', '', '', '', '', '', '', '', '', '', '', '', '', 'c'))", T},
        {"A_EQUALS((", "i, f, ", "i), (i, f, i, f, i, f, i, f, i, f, i, f, i, f, i, f, i, f, i, f))", T},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO_VALUE(base_buf) text;
        base_buf_init(&text, 1 << 16);
        base_buf_text(&text, rows[i].head);
        for (int k = 0; k < 40; k++) {
            base_buf_text(&text, rows[i].piece);
        }
        base_buf_text(&text, rows[i].tail);
        assert_int_equal(truth_at(base_buf_cstr(&text), 0), rows[i].truth);
    }
}

/* What one condition needs of memory is free for the next. */
static void much_folding(void **state)
{
    (void)state;
    struct geo_cql2_value row[PROPERTIES];
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    AUTO_VALUE(base_buf) text;
    static char accents[200000];
    base_buf_init(&text, 1 << 16);
    base_buf_text(&text, "s IS NULL");
    for (int k = 0; k < 100; k++) {
        base_buf_text(&text, k % 2 ? " OR CASEI(s) = 'a'" : " OR NOT CASEI(s) LIKE 'é%'");
    }
    for (size_t i = 0; i < sizeof accents; i += 2) {
        memcpy(accents + i, "É", 2);
    }
    fill(row);
    row[S] = (struct geo_cql2_value){.type = GEO_CQL2_TEXT, .text = {accents, sizeof accents}};
    test_ok(geo_cql2_text_in(base_buf_str(&text), &schema, &test_diag, &filter));
    test_ok(geo_cql2_run_new(filter, &test_diag, &run));
    assert_int_equal(geo_cql2_run_feature(run, &(struct geo_cql2_feature){row, value_of}, 0), N);
}

/* A layer that hands out another type than it announced has no value there, but for integers as numbers. */
static void values_of_another_type(void **state)
{
    (void)state;
    struct geo_cql2_value row[PROPERTIES];
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    fill(row);
    row[S] = (struct geo_cql2_value){.type = GEO_CQL2_INTEGER, .integer = 5};
    row[F] = (struct geo_cql2_value){.type = GEO_CQL2_INTEGER, .integer = 3};
    test_ok(geo_cql2_text_in(base_str_of("s IS NULL AND f = 3.0"), &schema, &test_diag, &filter));
    test_ok(geo_cql2_run_new(filter, &test_diag, &run));
    assert_int_equal(geo_cql2_run_feature(run, &(struct geo_cql2_feature){row, value_of}, 0), T);
}

static void wants_a_schema(void **state)
{
    (void)state;
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    test_ok(geo_cql2_text_in(base_str_of("a = 1"), NULL, &test_diag, &filter));
    assert_int_equal(geo_cql2_run_new(filter, &test_diag, &run), BASE_INVALID);
    assert_non_null(strstr(test_diag.text, "schema"));
    assert_null(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_values),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(between_and_in),
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(like),
        cmocka_unit_test(instants),
        cmocka_unit_test(intervals),
        cmocka_unit_test(all_of_allen),
        cmocka_unit_test(arrays),
        cmocka_unit_test(null_elements),
        cmocka_unit_test(long_arrays),
        cmocka_unit_test(much_folding),
        cmocka_unit_test(values_of_another_type),
        cmocka_unit_test(wants_a_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
