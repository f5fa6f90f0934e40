/* Pages in any order: what SQL orders, each row once, also while rows come and go between the pages. */
#include "api/write_kit.h"

#include "api/collection.h"

enum { IDS_MAX = 2000, PAGES_MAX = 500 };

static int64_t ids[IDS_MAX];
static size_t id_count;

#define COLUMNS                                                                                                    \
    "estate_id, id, dataset, key, name, use, levels, levels_source, height_m, height_source, dwellings, lon, lat," \
    " area_m2, geom, valid_from"

static void fill(void)
{
    test_sql(on.pg, "insert into building (" COLUMNS ") select 1, 50000 + n, 'test', 'k' || n, case when n % 7 > 0"
                    " then (array['甲', 'b', 'B', 'a''\"', 'Ä', 'c'])[n % 6 + 1] end,"
                    " case when n % 3 > 0 then 'u' || n % 5 end, n % 4 + 1, 'given', 1.1 * (n % 13) + 0.1,"
                    " 'measured', case when n % 5 > 0 then n % 11 - 3 end, 100, 10, 1,"
                    " st_multi(st_makeenvelope(100, 10, 100.1, 10.1, 4326)),"
                    " timestamptz '2026-01-01' + n % 9 * interval '1.000001 s' from generate_series(1, 400) n");
}

/* All pages; between them what `meanwhile` says happens. */
static void walk(const char *query, const char *meanwhile)
{
    char path[4000];
    snprintf(path, sizeof path, "/api/collections/buildings/items?%s", query);
    id_count = 0;
    for (size_t page = 0; path[0]; page++) {
        assert_true(page < PAGES_MAX);
        WRITE_EXPECT(200, get(path, district));
        AUTO(base_json) json = test_json(&answer);
        const struct base_json *items = base_json_in_get(json, "features"), *links = base_json_in_get(json, "links");
        for (size_t i = 0; i < base_json_in_size(items); i++) {
            assert_true(id_count < IDS_MAX);
            ids[id_count++] = test_i64(base_json_in_at(items, i), "id");
        }
        path[0] = '\0';
        for (size_t i = 0; i < base_json_in_size(links); i++) {
            if (strcmp(test_text(base_json_in_at(links, i), "rel"), "next") == 0) {
                snprintf(path, sizeof path, "%s", strstr(test_text(base_json_in_at(links, i), "href"), "/api/"));
            }
        }
        if (meanwhile) {
            test_sql(on.pg, meanwhile);
        }
    }
}

static void expect(const char *query, const char *where, const char *order)
{
    char sql[600];
    walk(query, NULL);
    snprintf(sql, sizeof sql,
             "select string_agg(id::text, ' ' order by %s) from building where valid_to is null and %s", order, where);
    const char *wanted = test_sql(on.pg, sql);
    for (size_t i = 0; i < id_count; i++) {
        char *end;
        int64_t id = strtoll(wanted, &end, 10);
        if (id != ids[i]) {
            fail_msg("%s: item %zu is %lld, SQL has %lld", query, i, (long long)ids[i], (long long)id);
        }
        wanted = end;
    }
    assert_int_equal(strlen(wanted), 0);
}

static void orders_are_those_of_sql(void **state)
{
    (void)state;
    expect("limit=17", "true", "id");
    expect("limit=17&sortby=id", "true", "id");
    expect("limit=17&sortby=-id", "true", "id desc");
    expect("limit=17&sortby=name", "true", "name collate \"C\" nulls last, id");
    expect("limit=17&sortby=%2Bname,-height_m", "true", "name collate \"C\" nulls last, height_m desc nulls last, id");
    expect("limit=11&sortby=-name,dwellings,-valid_from", "true",
           "name collate \"C\" desc nulls last, dwellings nulls last, valid_from desc nulls last, id");
    expect("limit=1&sortby=-dwellings&levels=2", "levels = 2", "dwellings desc nulls last, id");
    expect("limit=13&sortby=-valid_from,-id", "true", "valid_from desc nulls last, id desc");
    expect("limit=9&sortby=use,levels&filter=name%20IS%20NULL%20OR%20levels%20%3E%202", "(name is null or levels > 2)",
           "use collate \"C\" nulls last, levels nulls last, id");
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Rows come before and behind where the reader is, and go under it: what is there all the time comes once. */
static void rows_come_and_go(void **state)
{
    (void)state;
    walk("limit=10&sortby=-height_m,name",
         "with gone as (delete from building where id in (select id from building where id > 90000 order by random()"
         " limit 3)) insert into building (" COLUMNS ") select 1, 90000 + nextval('more'), 'test', 'new' ||"
         " currval('more'), 'new', null, 1, 'given', random() * 20 + 1, 'measured', 1, 100, 10, 1,"
         " st_multi(st_makeenvelope(100, 10, 100.1, 10.1, 4326)), now() from generate_series(1, 5)");
    qsort(ids, id_count, sizeof ids[0], by_number);
    size_t steady = 0;
    for (size_t i = 0; i < id_count; i++) {
        assert_true(i == 0 || ids[i] != ids[i - 1]);
        steady += ids[i] > 50000 && ids[i] <= 50400;
    }
    assert_int_equal(steady, 400);
}

/* A page ends behind 8 MB, and the next goes on from there. */
static void large_pages_end_early(void **state)
{
    static const char path[] = "/api/collections/buildings/items?limit=10000&filter=id%20BETWEEN%2050001%20AND%2050400";
    (void)state;
    test_sql(on.pg, "update building set geom = st_multi(st_buffer(st_point(100, 10, 4326), 0.1, 500))"
                    " where id > 50000 and id <= 50400");
    WRITE_EXPECT(200, get(path, district));
    AUTO(base_json) json = test_json(&answer);
    assert_in_range(test_i64(json, "numberReturned"), 1, 399);
    assert_int_equal(test_i64(json, "numberMatched"), 400);
    walk(strchr(path, '?') + 1, NULL);
    assert_int_equal(id_count, 400);
}

static int open_all(void **state)
{
    (void)state;
    write_open((struct api_config){.bind = "127.0.0.1", .port = 0});
    test_sql(on.pg, "create sequence more");
    fill();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(orders_are_those_of_sql), cmocka_unit_test(rows_come_and_go),
                                       cmocka_unit_test(large_pages_end_early)};
    return cmocka_run_group_tests(tests, open_all, write_close);
}
