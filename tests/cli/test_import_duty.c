/* hutong import duties: contracts as CSV and GeoJSON. What duty_put refuses is tested in tests/duty/test_put.c. */
#include "import_kit.h"

static const char contract[] =
    "estate,key,name,subject_kind,subject_filter,schedule,proof,count,organisation,contract\n"
    "A1,night,夜间巡逻,building,levels > 3,\"every 2h, 22:00-06:00 1h\",pass,1,co,HT-1\n"
    "1,sweep,清扫,zone,kind = 'sanitation',rrule FREQ=DAILY;BYHOUR=6 lasts 4h from 2026-01-01,area,,co,HT-1\n";

static void a_contract_comes_twice_and_is_the_same(void **state)
{
    (void)state;
    works(import("duties", contract, "--dry-run"));
    says("2 duties, 2 of them new");
    assert_string_equal(value("select count(*) from duty"), "0");
    works(import("duties", contract, "--json"));
    says("\"added\":2,\"changed\":0,\"unchanged\":0");
    works(import("duties", contract, "--json"));
    says("\"added\":0,\"changed\":0,\"unchanged\":2");
    works(import("duties",
                 "estate,key,name,subject_kind,subject_filter,schedule,proof,count,organisation,contract\n"
                 "A1,night,夜间巡逻,building,levels > 3,\"every 2h, 22:00-06:00 1h\",pass,2,co,HT-2\n",
                 "--json"));
    says("\"changed\":1");
    assert_string_equal(value("select string_agg(concat_ws(' ', key, version, count, contract, valid_to is null), ', ' "
                              "order by key, version) from duty"),
                        "night 1 1 HT-1 f, night 2 2 HT-2 t, sweep 1 1 HT-1 t");
}

static void remarks_are_told_and_counted(void **state)
{
    (void)state;
    works(import("duties",
                 "estate,key,name,subject_kind,schedule,proof\n"
                 "A1,a,a,building,every 2h,pass\n"
                 "A1,b,b,building,every 3h,pass\n"
                 "A1,c,c,route,every 1d,round\n",
                 "--json"));
    says("t.csv:3: remark: overlaps duty \"a\": the same place, proof and time");
    says("t.csv:4: remark: names no route today");
    says("\"remarks\":2");
}

static void wrong_lines_are_named_all_of_them(void **state)
{
    (void)state;
    static const struct kit_wrong wrong[] = {
        {"A9,k1,n,building,every 2h,pass", "estate \"A9\""},
        {"A1,,n,building,every 2h,pass", "key is missing"},
        {"A1,k3,n,building,hourly,pass", "schedule: "},
        {"A1,k4,n,building,every 2h,area", "proof \"area\" does not fit subject_kind building"},
        {"A1,k5,n,building,every 2h,pass,storeys > 1", "subject_filter: "},
        {"A1,k6,n,building,every 2h,pass,,60", "grace_s \"60\""},
        {"A1,k7,n,house,every 2h,pass", "subject_kind \"house\""},
    };
    refuses_each("duties", "estate,key,name,subject_kind,schedule,proof,subject_filter,grace_s", wrong,
                 BASE_COUNT(wrong));
    refuses(import("duties",
                   "estate,key,name,subject_kind,schedule,proof\nA1,k,n,building,every 2h,pass\nA1,k,m,building,every "
                   "2h,pass\n",
                   NULL),
            "t.csv:3: key \"k\" stands on 2, too");
    assert_string_equal(value("select count(*) from duty"), "0");
}

static enum base_err features(const char *text, const char *option)
{
    return import_bytes("duties", "t.geojson", text, strlen(text), option);
}

static void a_feature_means_the_place_where_it_is(void **state)
{
    (void)state;
    works(features(
        "{\"type\":\"FeatureCollection\",\"features\":["
        "{\"type\":\"Feature\",\"properties\":{\"estate\":\"A1\",\"key\":\"z\",\"name\":\"清扫\",\"subject_kind\":"
        "\"zone\",\"schedule\":\"every 1d\",\"proof\":\"area\",\"fraction\":0.9,\"subject_types\":[\"cleaner\","
        "\"fleet\"],\"tool\":true},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[120.0011,30.0011],[120.002,"
        "30.0011],[120.002,30.002],[120.0011,30.0011]]]}},"
        "{\"type\":\"Feature\",\"properties\":{\"estate\":1,\"key\":\"b\",\"name\":\"b\",\"subject_kind\":\"building\","
        "\"schedule\":\"every 2h\",\"proof\":\"pass\",\"count\":2},\"geometry\":{\"type\":\"Point\",\"coordinates\":"
        "[120.0042,30.005]}},"
        "{\"type\":\"Feature\",\"properties\":{\"estate\":1,\"key\":\"all\",\"name\":\"all\",\"subject_kind\":"
        "\"building\",\"schedule\":\"every 2h\",\"proof\":\"pass\"},\"geometry\":null},"
        "{\"type\":\"Feature\",\"properties\":{\"estate\":1,\"key\":\"id\",\"name\":\"id\",\"subject_kind\":"
        "\"building\",\"subject_id\":3,\"schedule\":\"every 2h\",\"proof\":\"checkin\"},\"geometry\":{\"type\":"
        "\"Point\",\"coordinates\":[0,0]}}]}",
        "--json"));
    says("\"added\":4");
    assert_string_equal(
        value("select string_agg(concat_ws(' ', key, subject_id, count, fraction, tool, subject_types), ', ' "
              "order by key) from duty"),
        "all 1 1 f {guard}, b 2 2 1 f {guard}, id 3 1 1 f {guard}, z 21 1 0.9 t {cleaner,fleet}");
}

static void wrong_features_are_named(void **state)
{
    (void)state;
#define FEATURE(members, geometry)                                                                                \
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"estate\":1,"           \
    "\"key\":\"z\",\"name\":\"n\",\"subject_kind\":\"zone\",\"schedule\":\"every 1d\",\"proof\":\"area\"" members \
    "},\"geometry\":" geometry "}]}"
    static const struct {
        const char *text, *because;
    } wrong[] = {
        {FEATURE("", "{\"type\":\"Point\",\"coordinates\":[120.009,30.009]}"),
         "t.geojson:1: geometry: estate 1 has no zone there or within 50 m"},
        {FEATURE("", "{\"type\":\"Point\",\"coordinates\":\"x\"}"), "t.geojson:1: geometry: a Point"},
        {FEATURE("", "{\"type\":\"Point\",\"coordinates\":[120]}"), "geometry: a Point"},
        {FEATURE("", "{\"type\":\"Point\",\"coordinates\":[400,30]}"), "geometry: a Point"},
        {FEATURE("", "{\"type\":\"Polygon\",\"coordinates\":[[[120,30],[121,30],[120,30]]]}"), "geometry: a Point"},
        {FEATURE("", "{\"type\":\"Polygon\",\"coordinates\":[[[120,30],[121,30],[121,31],[120,31]]]}"),
         "geometry: a Point"},
        {FEATURE("", "{\"type\":\"Polygon\",\"coordinates\":[]}"), "geometry: a Point"},
        {FEATURE("", "{\"type\":\"Circle\",\"coordinates\":[120,30]}"), "geometry: a Point"},
        {FEATURE("", "[]"), "geometry: a Point"},
        {FEATURE(",\"colour\":\"red\"", "null"), "t.geojson:1: property \"colour\" is none of a duty's"},
        {FEATURE(",\"count\":{\"a\":1}", "null"), "count: a text"},
        {FEATURE(",\"count\":\"x\"", "null"), "t.geojson:1: count \"x\""},
        {"{\"type\":\"FeatureCollection\",\"features\":[]}", "there is no line in it"},
        {"{\"type\":\"FeatureCollection\",\"features\":[7]}", "t.geojson:1: estate is missing"},
        {"{\"type\":\"Feature\"}", "no FeatureCollection"},
        {"estate,key", "t.geojson"},
    };
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        refuses(features(wrong[i].text, NULL), wrong[i].because);
    }
    assert_string_equal(value("select count(*) from duty"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_contract_comes_twice_and_is_the_same, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(remarks_are_told_and_counted, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(wrong_lines_are_named_all_of_them, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(a_feature_means_the_place_where_it_is, kit_up, kit_down),
        cmocka_unit_test_setup_teardown(wrong_features_are_named, kit_up, kit_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
