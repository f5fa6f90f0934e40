/* The ledgers, the closed incidents and the notices of a year: 200,000 open incidents and 200,000 closed ones at 200
 * estates, with their clocks and steps, and a million notices. Pages over HTTP, for the district and by row security;
 * and a ledger of 200,000 rows as a file. Beside them a plain count of an estate's incidents. */
#include "http_client.h"

enum { ESTATES = 200, EACH = 1000, NOTICES = 1000000, LISTS = 1000, FILES = 3 };

static struct test_server on;
static const char street[] = "Authorization: Bearer hut_street-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG\r\n";
static const char district[] = "Authorization: Bearer hut_district-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG\r\n";

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(const char *name, double *took_ms, size_t count)
{
    qsort(took_ms, count, sizeof took_ms[0], by_size);
    printf("bench %s_p50 %.2f ms\nbench %s_p99 %.2f ms\n", name, took_ms[count / 2], name, took_ms[count * 99 / 100]);
    fflush(stdout);
}

/* --- the world --- */

static void fill_places(void)
{
    test_sql(on.pg, "insert into estate (id, dataset, key, name) select n, 't', 'e' || n, '小区' || n from"
                    " generate_series(1, 200) n");
    test_sql(on.pg, "insert into organisation (id, kind, code, name) values (7, 'site', 'site', '管理处')");
    test_sql(
        on.pg,
        "insert into building (estate_id, id, dataset, key, name, levels, levels_source, height_m, height_source,"
        " area_m2, lon, lat, geom) select e.id, e.id * 100 + n, 't', e.id || '-' || n, n || '号楼', 6, 'given', 18,"
        " 'levels', 400, 121.4, 31.2, st_multi(st_makeenvelope(121.4, 31.2, 121.4001, 31.2001, 4326)) from estate e,"
        " generate_series(1, 50) n where e.id > 0");
}

/* By month, as they become: a step is looked for where it can be. */
static void partitions(const char *table)
{
    char sql[400];
    for (int month = 0; month < 13; month++) {
        snprintf(sql, sizeof sql,
                 "select format('create table %s_m%d partition of %s for values from (%%L) to (%%L)', m, m + interval "
                 "'1 month')"
                 " from (select date_trunc('month', now()) - interval '%d month' as m) t",
                 table, month, table, month);
        char make[400];
        snprintf(make, sizeof make, "%s", test_sql(on.pg, sql));
        test_sql(on.pg, make);
    }
}

static void fill_incidents(void)
{
    partitions("incident_step");
    partitions("notice");
    test_sql(on.pg, "insert into incident (estate_id, id, state, origin, category, severity, policy_id, policy_version,"
                    " organisation_id, building_id, title, t_event, reported_at, state_at, closed_at, breach_at)"
                    " select e, e * 10000 + n, case when n < 1000 then 'dispatched' else 'closed' end::incident_state, "
                    "'rule', c.code,"
                    " 'small', p.id, 1, 7, e * 100 + 1 + n % 50, '满溢 ' || n, at, at, at, case when n >= 1000 then at "
                    "+ interval '1 h' end,"
                    " case when n < 1000 then now() + interval '1 h' + n * interval '1 min' end"
                    " from generate_series(1, 200) e, generate_series(0, 1999) n, sla_policy p, incident_category c,"
                    " lateral (select now() - (n * 200 + e) * interval '75 s' as at) t"
                    " where p.key = 'small' and c.code = case n % 3 when 0 then 'smoke' else 'bin_overflow' end");
    test_sql(on.pg,
             "insert into clock (estate_id, incident_id, stage, started_at, total_us, left_us, warn_us, runs_from, "
             "due_at, stopped_at)"
             " select estate_id, id, s, reported_at, 1e9, 1e9, 0, case when closed_at is null then reported_at end,"
             " case when closed_at is null then coalesce(breach_at, reported_at) end, closed_at from incident,"
             " unnest(array['respond', 'resolve', 'level']) s");
    test_sql(on.pg,
             "insert into incident_step (estate_id, incident_id, step, at, recorded_at, state) select estate_id, id, s,"
             " reported_at, reported_at, 'filed' from incident, unnest(array['report', 'file', 'dispatch', 'accept', "
             "'arrive']) s");
    char sql[600];
    snprintf(sql, sizeof sql,
             "insert into notice (estate_id, recorded_at, incident_id, step, contact_id, organisation_id, level, asks, "
             "line, link, body,"
             " state, next_at) select 1 + n %% 200, now() - n * interval '30 s', 1 + n %% 200 * 10000, 'report', 1, 7, "
             "0, true, 'l', '#', '{}',"
             " case n %% 500 when 0 then 'failed' else 'sent' end::notice_state, null from generate_series(1, %d) n",
             NOTICES);
    test_sql(on.pg, sql);
    test_sql(on.pg, "insert into contact (organisation_id, position, label, channel, url) values (7, 1, '值班室', "
                    "'sms', 'https://x/')");
    test_sql(on.pg, "vacuum analyze incident, clock, incident_step, notice, estate, building");
}

static bool asks_everybody(void *unused)
{
    (void)unused;
    AUTO_VALUE(test_answer) answer;
    return test_get(on.port, "/api/estates", NULL, &answer) == 401;
}

/* A district, and a street of every tenth estate. */
static void fill_people(void)
{
    test_sql(
        on.pg,
        "with a as (insert into account (name) values ('street'), ('district') returning id, name), g as (insert into"
        " role_grant (account_id, role, estate_ids) select id, name::access_role, case name when 'street' then"
        " array(select e.id from estate e where e.id % 10 = 1) end from a)"
        " insert into token (account_id, name, hash) select id, name, sha256(('hut_' || name ||"
        " '-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG')::bytea) from a");
    test_sql(on.pg, "select pg_notify('hutong_access', '')");
    assert_true(fixture_poll(asks_everybody, NULL, 20000000));
}

/* --- what is asked --- */

/* step: of the estates, from 1 on; 0: none is named. */
static void list(const char *name, const char *path, int step, const char *who)
{
    static double took_ms[LISTS];
    static char heads[ESTATES][400];
    static const char *requests[ESTATES];
    size_t count = 0;
    for (int estate = 1; estate <= ESTATES && (step || count == 0); estate += step ? step : 1) {
        char named[32] = "";
        if (step) {
            snprintf(named, sizeof named, "%sestate=%d", strchr(path, '?') ? "&" : "?", estate);
        }
        snprintf(heads[count], sizeof heads[count], "GET %s%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, named, who);
        requests[count] = heads[count];
        count++;
    }
    struct load load = {
        .port = on.port, .heads = requests, .head_count = count, .requests = LISTS, .status = 200, .took_ms = took_ms};
    load_run(&load, 2);
    print(name, took_ms, LISTS);
}

/* The newest rows: one was reported every 75 seconds. */
static void file(const char *name, int rows, const char *form)
{
    double took_ms[FILES];
    char path[200], from[BASE_TIME_TEXT];
    snprintf(path, sizeof path, "/api/ledgers/problems?f=%s&from=%s", form,
             base_time_out(base_clock_now_us() - rows * INT64_C(75000000), from));
    for (int i = 0; i < FILES; i++) {
        AUTO_VALUE(test_answer) answer;
        int64_t begin_us = base_clock_mono_us();
        assert_int_equal(test_get(on.port, path, district, &answer), 200);
        took_ms[i] = (double)(base_clock_mono_us() - begin_us) / 1e3;
    }
    print(name, took_ms, FILES);
}

static void all(void **state)
{
    (void)state;
    const char *database = fixture_database();
    on = test_server_on(database, (struct api_config){.port = 0});
    on.pg = test_pg(database);
    fill_places();
    fill_incidents();
    fill_people();
    list("ledger_problems_estate", "/api/ledgers/problems", 1, district);
    list("ledger_problems_district", "/api/ledgers/problems", 0, district);
    list("ledger_problems_street", "/api/ledgers/problems", 0, street);
    list("ledger_problems_street_estate", "/api/ledgers/problems", 10, street);
    list("ledger_problems_overdue", "/api/ledgers/problems?overdue=true&state=open", 1, district);
    list("ledger_plan", "/api/estates/1/plan", 0, district);
    list("incident_open_estate", "/api/incidents", 1, district);
    list("incident_open_district", "/api/incidents", 0, district);
    list("incident_closed_estate", "/api/incidents?state=closed", 1, district);
    list("incident_closed_district", "/api/incidents?state=closed", 0, district);
    list("incident_closed_street", "/api/incidents?state=closed", 0, street);
    list("notices_estate", "/api/notices", 1, district);
    list("notices_district", "/api/notices", 0, district);
    list("notices_street", "/api/notices", 0, street);
    list("notices_failed", "/api/notices?state=failed", 1, district);
    list("notices_incident", "/api/notices?incident=10000", 1, district);
    file("ledger_csv_50000_rows", 50000, "csv");
    file("ledger_xlsx_50000_rows", 50000, "xlsx");
    test_server_end(&on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
