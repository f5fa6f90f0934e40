/* geo/cql2_fold.c, through filters: CASEI and ACCENTI of a property against what they must give. tests/data compares
 * them with the database over every code point. */
#include "geo_test.h"

static const struct geo_cql2_property properties[] = {
    {.name = "x", .type = GEO_CQL2_TEXT},
    {.name = "y", .type = GEO_CQL2_TEXT},
};
static const struct geo_cql2_schema schema = {.properties = properties, .count = BASE_COUNT(properties)};

static void value_of(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    const struct base_str *texts = of;
    *ret_value = (struct geo_cql2_value){.type = GEO_CQL2_TEXT, .text = texts[property]};
}

static enum geo_cql2_truth truth(const char *text, const struct base_str *texts)
{
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    test_ok(geo_cql2_text_in(base_str_of(text), &schema, &test_diag, &filter));
    test_ok(geo_cql2_run_new(filter, &test_diag, &run));
    return geo_cql2_run_feature(run, &(struct geo_cql2_feature){texts, value_of}, 0);
}

static void gives(const char *function, const char *x, const char *y)
{
    char text[64];
    snprintf(text, sizeof text, "%s(x) = y", function);
    if (truth(text, (struct base_str[]){base_str_of(x), base_str_of(y)}) != GEO_CQL2_TRUE) {
        fail_msg("%s of \"%s\" is not \"%s\"", function, x, y);
    }
}

static void folds_case(void **state)
{
    (void)state;
    gives("CASEI", "", "");
    gives("CASEI", "already lower 123", "already lower 123");
    gives("CASEI", "Tower 37 [\\]^_`{@", "tower 37 [\\]^_`{@");
    gives("CASEI", "幸福小区 A座", "幸福小区 a座");
    gives("CASEI", "KØBENHAVN", "københavn");
    gives("CASEI", "Straße", "strasse");
    gives("CASEI", "STRAẞE", "strasse");
    gives("CASEI", "ΌΔΟΣ", "όδοσ");
    gives("CASEI", "όδος", "όδοσ"); /* the sigma that ends a word is a sigma */
    gives("CASEI", "İI", "i\u0307i");
    gives("CASEI", "ı", "ı"); /* no language: it has no dot, and I is i */
    gives("CASEI", "ﬁﬄ", "fiffl");
    gives("CASEI", "ΐ", "ι\u0308\u0301");
    gives("CASEI", "ᾳ", "αι");
    gives("CASEI", "\u0345", "ι");
    gives("CASEI", "ǅ", "ǆ");
    gives("CASEI", "ᲐᲑ", "აბ");
    gives("CASEI", "Ꭰꭰ", "ꭰꭰ");
    gives("CASEI", "Ᏸ", "ᏸ");
    gives("CASEI", "𐐀", "𐐨");
    gives("CASEI", "é\u0301É", "é\u0301é"); /* nothing is composed */
    gives("CASEI", "\uFDD0", "ı");
}

static void folds_accents(void **state)
{
    (void)state;
    gives("ACCENTI", "", "");
    gives("ACCENTI", "Tower 37", "Tower 37");
    gives("ACCENTI", "幸福小区", "幸福小区");
    gives("ACCENTI", "Chișinău", "Chisinau");
    gives("ACCENTI", "Ürümqi", "Urumqi");
    gives("ACCENTI", "Ti\u0302\u0301ng Việt", "Ting Viet");
    gives("ACCENTI", "Øre Łódź Đặng ħ ı ŧ ƶ Ɓ", "Ore Lodz Dang h i t z B");
    gives("ACCENTI", "Æsop œuvre Þór ß ẞ", "AEsop oeuvre THor ss SS");
    gives("ACCENTI", "Ǽǿ", "AEo");
    gives("ACCENTI", "İ", "I");
    gives("ACCENTI", "άΏ ᾷ", "αΩ α");
    gives("ACCENTI", "Йод Ёж", "Иод Еж");
    gives("ACCENTI", "שָׁלוֹם", "שלום");
    gives("ACCENTI", "أَهْلًا", "اهلا");
    gives("ACCENTI", "ガぱ", "ガぱ"); /* voiced kana are letters of their own */
    gives("ACCENTI", "カ\u3099", "ガ");
    gives("ACCENTI", "한국", "한국");
    gives("ACCENTI", "\u1112\u1161\u11AB", "한");
    gives("ACCENTI", "\u212B", "A");
    gives("ACCENTI", "\uF900", "\u8C48"); /* two code points of one Chinese character */
    gives("ACCENTI", "\u0301", "");
}

static void folds_after_each_other(void **state)
{
    (void)state;
    const struct base_str texts[] = {base_str_of("CHIȘINĂU"), base_str_of("chișinău")};
    assert_int_equal(truth("ACCENTI(CASEI(x)) = ACCENTI(CASEI('chisinau'))", texts), GEO_CQL2_TRUE);
    assert_int_equal(truth("CASEI(ACCENTI(x)) = CASEI(ACCENTI(y))", texts), GEO_CQL2_TRUE);
    assert_int_equal(truth("CASEI(x) = y", texts), GEO_CQL2_TRUE);
    assert_int_equal(truth("ACCENTI(x) = ACCENTI(y)", texts), GEO_CQL2_FALSE);
    assert_int_equal(truth("CASEI(x) LIKE CASEI('CHIȘ_N%')", texts), GEO_CQL2_TRUE);
    assert_int_equal(truth("CASEI(x) IN (CASEI('a'), CASEI('ChiȘinĂu'))", texts), GEO_CQL2_TRUE);
    /* The accent that a backslash escaped is gone; the backslash then stands for itself. */
    assert_int_equal(truth("ACCENTI('a\\') = x", (struct base_str[]){base_str_of("a\\")}), GEO_CQL2_TRUE);
    assert_int_equal(truth("x LIKE ACCENTI('a\\\u0301')", (struct base_str[]){base_str_of("a\\")}), GEO_CQL2_TRUE);
}

/* Texts of features are not always good UTF-8. */
static void leaves_what_is_no_text(void **state)
{
    (void)state;
    const struct base_str cut = {"\xC3", 1}, stray = {"\x80\xFFÉ\xE4\xBD", 6}, surrogate = {"\xED\xA0\x80Ä", 5};
    assert_int_equal(truth("CASEI(x) = y", (struct base_str[]){cut, cut}), GEO_CQL2_TRUE);
    assert_int_equal(truth("ACCENTI(x) = y", (struct base_str[]){stray,
                                                                 {"\x80\xFF"
                                                                  "E\xE4\xBD",
                                                                  5}}),
                     GEO_CQL2_TRUE);
    assert_int_equal(truth("CASEI(x) = y", (struct base_str[]){surrogate, {"\xED\xA0\x80ä", 5}}), GEO_CQL2_TRUE);
}

static void folds_long_texts(void **state)
{
    (void)state;
    enum { LEN = 300000 };
    char *x = malloc(2 * LEN), *y = malloc(2 * LEN);
    assert_true(x && y);
    for (size_t i = 0; i < LEN; i++) {
        memcpy(x + 2 * i, "É", 2);
        memcpy(y + 2 * i, "é", 2);
    }
    const struct base_str texts[] = {{x, 2 * LEN}, {y, 2 * LEN}};
    assert_int_equal(truth("CASEI(x) = y", texts), GEO_CQL2_TRUE);
    assert_int_equal(truth("ACCENTI(CASEI(x)) = ACCENTI(y)", texts), GEO_CQL2_TRUE);
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_case),
        cmocka_unit_test(folds_accents),
        cmocka_unit_test(folds_after_each_other),
        cmocka_unit_test(leaves_what_is_no_text),
        cmocka_unit_test(folds_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
