/* api/metrics.c: what promtool accepts, with counters that count. */
#include "fixture/serving.h"

static struct test_server on;

static void scrape(struct test_answer *ret_answer)
{
    assert_int_equal(test_get(on.port, "/metrics", NULL, ret_answer), 200);
}

static double value(const struct test_answer *answer, const char *series)
{
    char wanted[300];
    snprintf(wanted, sizeof wanted, "\n%s ", series);
    const char *at = strstr(answer->body.at, wanted);
    double number = -1;
    if (at) {
        at += strlen(wanted);
        assert_true(base_str_f64((struct base_str){at, strcspn(at, "\n")}, &number));
    }
    return number;
}

static void counters(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        AUTO_VALUE(test_answer) answer;
        test_get(on.port, "/tiles/buildings/14/13717/6696", i ? "Accept-Encoding: gzip\r\n" : NULL, &answer);
        AUTO_VALUE(test_answer) none;
        test_get(on.port, "/nowhere", NULL, &none);
    }
    AUTO_VALUE(test_answer) text;
    scrape(&text);
    assert_string_equal(test_header(&text, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    assert_true(value(&text, "hutong_http_requests_total{route=\"/tiles/{layers}/{z}/{x}/{y}\",status=\"200\"}") == 3);
    assert_true(value(&text, "hutong_http_requests_total{route=\"none\",status=\"404\"}") == 3);
    assert_true(value(&text, "hutong_http_request_duration_seconds_count{route=\"/tiles/{layers}/{z}/{x}/{y}\"}") == 3);
    assert_true(value(&text, "hutong_tile_bytes_total{encoding=\"gzip\"}") > 0);
    assert_true(value(&text, "hutong_tile_bytes_total{encoding=\"identity\"}") > 0);
    assert_true(value(&text, "hutong_source_received_total{source=\"phones \\\"a\\\"\\\\b\"}") == 7);
    assert_true(value(&text, "hutong_source_stored_total{source=\"phones \\\"a\\\"\\\\b\"}") == 6);
    assert_true(value(&text, "hutong_partitions{table=\"fix\"}") == 3);
    assert_true(value(&text, "hutong_partition_late{table=\"fix\"}") == 0);
    assert_true(value(&text, "hutong_partition_newest_timestamp_seconds{table=\"fix\"}") > 1.7e9);
    assert_true(value(&text, "hutong_build_info{version=\"test\"}") == 1);
    assert_true(value(&text, "hutong_database_up") == 1 || strstr(text.body.at, "hutong_database_up 1"));
}

static void promtool_is_content(void **state)
{
    (void)state;
    if (access("/usr/bin/promtool", X_OK) != 0) {
        print_message("SKIPPED: promtool is not installed (package prometheus)\n");
        skip();
    }
    AUTO_VALUE(test_answer) text;
    scrape(&text);
    FILE *promtool = popen("/usr/bin/promtool check metrics 2>&1", "w");
    assert_non_null(promtool);
    assert_int_equal(fwrite(text.body.at, 1, text.body.len, promtool), text.body.len);
    assert_int_equal(pclose(promtool), 0);
}

static int open_all(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.port = 0});
    AUTO(data_conn) conn = NULL;
    test_ok(data_conn_open(on.database, "test", &test_diag, &conn));
    test_ok(data_partition_ahead(conn, base_clock_now_us(), &test_diag));
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
        cmocka_unit_test(counters),
        cmocka_unit_test(promtool_is_content),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
