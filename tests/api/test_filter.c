/* api/tile.c: filters over HTTP - what they leave in a tile, and what a wrong one is answered. */
#include "fixture/serving.h"

static struct test_server on;

#define TILE "/14/13717/6696"

/* GET with a filter, written as a query string wants it. */
static int ask(const char *path, const char *filter, const char *more, struct test_answer *ret_answer)
{
    char target[9000];
    size_t len = (size_t)snprintf(target, sizeof target, "%s?filter=", path);
    for (const char *c = filter; *c && len < sizeof target - 4; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
        len += (size_t)snprintf(target + len, sizeof target - len, plain ? "%c" : "%%%02X", (unsigned char)*c);
    }
    snprintf(target + len, sizeof target - len, "%s", more);
    return test_get(on.port, target, NULL, ret_answer);
}

static void tiles_hold_what_was_asked(void **state)
{
    (void)state;
    AUTO_VALUE(test_answer) all;
    assert_int_equal(test_get(on.port, "/tiles/buildings,zones" TILE, NULL, &all), 200);
    static const struct {
        const char *filter, *more;
        int status;
    } rows[] = {
        {"id <= 20", "", 200},
        {"estate_id = 1 AND NOT name LIKE '一%'", "", 200},
        {"id > 1000", "", 204},
        {"name = 'x'' or true) --'", "", 204},
        {"S_INTERSECTS(geom, BBOX(0,0,1,1))", "", 204},
        {"{\"op\":\"<\",\"args\":[{\"property\":\"id\"},20]}", "&filter-lang=cql2-json", 200},
        {"id < 20", "&filter-lang=cql2-text", 200},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO_VALUE(test_answer) some;
        int status = ask("/tiles/buildings,zones" TILE, rows[i].filter, rows[i].more, &some);
        if (status != rows[i].status) {
            fail_msg("%s: %d, %.*s", rows[i].filter, status, (int)some.body.len, some.body.at);
        }
        assert_true(some.body.len < all.body.len);
    }
    AUTO_VALUE(test_answer) everything;
    assert_int_equal(ask("/tiles/buildings,zones" TILE, "true", "", &everything), 200);
    assert_true(base_str_equal(everything.body, all.body));
}

/* Known before the filter is run: a filter has tags of its own, however it is written. */
static void tags_are_of_rows_and_filter(void **state)
{
    (void)state;
    AUTO_VALUE(test_answer) first;
    assert_int_equal(ask("/tiles/buildings" TILE, "id < 5", "", &first), 200);
    char held[200];
    snprintf(held, sizeof held, "If-None-Match: %s\r\n", test_header(&first, "ETag"));
    AUTO_VALUE(test_answer) again;
    assert_int_equal(test_get(on.port, "/tiles/buildings" TILE "?filter=(%20id%3C5%20)", held, &again), 304);
    AUTO_VALUE(test_answer) other;
    assert_int_equal(test_get(on.port, "/tiles/buildings" TILE "?filter=id%3C=4", held, &other), 200);
}

static void wrong_filters(void **state)
{
    (void)state;
    static const struct {
        const char *path, *filter, *more;
        int status;
        const char *detail;
    } rows[] = {
        {"/tiles/buildings" TILE, "", "", 400, "buildings"},
        {"/tiles/buildings" TILE, "hight_m > 3", "", 400, "did you mean"},
        {"/tiles/buildings,roads" TILE, "levels > 3", "", 400, "\"roads\""},
        {"/tiles/buildings,roads/1/0/0", "levels > 3", "", 400, "\"roads\""},
        {"/tiles/buildings" TILE, "levels > 'three'", "", 400, "at "},
        {"/tiles/buildings" TILE, "levels >", "", 400, "at "},
        {"/tiles/buildings" TILE, "levels = 1; select 1", "", 400, "at "},
        {"/tiles/buildings" TILE, "S_INTERSECTS(geom,POINT(90 180))", "", 400, "180"},
        {"/tiles/zones" TILE, "S_WITHIN(geom, zone('绿地'))", "", 400, "zone"},
        {"/tiles/assets" TILE, "t_event > now()", "", 400, "now()"},
        {"/tiles/buildings" TILE, "levels > 3", "&filter-lang=sql", 400, "cql2-json"},
        {"/tiles/buildings" TILE, "levels > 3", "&filter-lang=cql2-json", 400, ""},
        {"/tiles/buildings" TILE, "levels > 3", "&filter=true", 400, "twice"},
        {"/tiles/buildings" TILE, "levels > 3", "&at=now", 400, "RFC 3339"},
        {"/tiles/buildings" TILE, "levels > 3", "&then=now", 400, "filter-lang"},
        {"/tiles/buildings.json", "levels > 3", "", 400, "takes only versioned"},
        {"/tiles/buildings" TILE, "S_WITHIN(geom, GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1)))", "", 422,
         "GEOMETRYCOLLECTION"},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO_VALUE(test_answer) answer;
        int status = ask(rows[i].path, rows[i].filter, rows[i].more, &answer);
        AUTO(base_json) json = test_json(&answer);
        if (status != rows[i].status || !strstr(test_text(json, "detail"), rows[i].detail)) {
            fail_msg("%s: %d %s", rows[i].filter, status, test_text(json, "detail"));
        }
    }
}

static void too_much(void **state)
{
    (void)state;
    char deep[400] = "", wide[8900];
    for (size_t i = 0; i < 150; i++) {
        deep[i] = '(';
    }
    memset(wide, '1', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    AUTO_VALUE(test_answer) deeper, longer, after;
    assert_int_equal(ask("/tiles/buildings" TILE, deep, "", &deeper), 413);
    assert_int_equal(ask("/tiles/buildings" TILE, wide, "", &longer), 414);
    assert_int_equal(ask("/tiles/buildings" TILE, "levels > 3", "", &after), 200);
}

static int open_all(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.bind = "127.0.0.1"});
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    test_server_end(&on);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_hold_what_was_asked),
        cmocka_unit_test(tags_are_of_rows_and_filter),
        cmocka_unit_test(wrong_filters),
        cmocka_unit_test(too_much),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
