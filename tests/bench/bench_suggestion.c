/* Who could be sent, with 2,000 teams on shift at one estate, 200,000 shifts of before and 1,000 open incidents: how
 * long the answer takes over HTTP, openly and under row security. And a photo of 12 million pixels, and the worst that
 * is taken. */
#include "fixture/pictures.h"
#include "http_client.h"
#include "photo/photo.h"

enum { TEAMS = 2000, PAST = 200000, INCIDENTS = 1000, ASKED = 1000, PHOTOS = 20 };

static struct test_server on;

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

static void fill(void)
{
    char sql[1500];
    test_sql(on.pg, "insert into organisation (id, kind, code, name) values (7, 'site', 'site', '管理处')");
    test_sql(on.pg, "insert into estate (id, dataset, key, name, organisation_id) values (1, 't', 'e', '小区', 7)");
    test_sql(on.pg, "insert into source (id, estate_id, name, topics, format, purpose) values (1, 1, 's', '{x}',"
                    " 'owntracks', 'patrol')");
    snprintf(
        sql, sizeof sql,
        "insert into shift (estate_id, id, source_id, device_hash, subject_type, label, label_en, starts_at,"
        " ends_at, organisation_id) select 1, n, 1, gen_random_uuid(), 'guard', '巡逻' || n || '组', 'Patrol ' || n,"
        " now() - case when n > %d then n * interval '1 min' else interval '0' end - interval '1 h',"
        " now() + case when n > %d then - n * interval '1 min' else interval '8 h' end, 7 from generate_series(1, %d) "
        "n",
        TEAMS, TEAMS, TEAMS + PAST);
    test_sql(on.pg, sql);
    snprintf(
        sql, sizeof sql,
        "insert into asset_state (estate_id, subject, id, subject_type, shift_id, source_id, label, label_en, t_event,"
        " t_recv, lon, lat, place_method) select 1, gen_random_uuid(), n, 'guard', n, 1, 'x', 'x', now() - n * interval"
        " '1 s', now(), 121.4 + random() / 100, 31.2 + random() / 100, 'none' from generate_series(1, %d) n",
        TEAMS);
    test_sql(on.pg, sql);
    snprintf(
        sql, sizeof sql,
        "insert into incident (estate_id, id, state, origin, category, severity, policy_id, policy_version, shift_id, "
        "lon,"
        " lat, title, t_event, reported_at, state_at) select 1, n, 'accepted', 'call', 'other', 'small', p.id, 1, n * "
        "2,"
        " 121.405, 31.205, 'x', now(), now(), now() from generate_series(1, %d) n, sla_policy p where p.key = 'small'",
        INCIDENTS);
    test_sql(on.pg, sql);
    test_sql(on.pg, "vacuum analyze incident, shift, asset_state, estate");
}

static void ask(const char *name, const char *who)
{
    static double took_ms[ASKED];
    char head[400];
    const char *const request = head;
    snprintf(head, sizeof head, "GET /api/incidents/1/1/suggestions HTTP/1.1\r\nHost: localhost\r\n%s\r\n", who);
    struct load load = {
        .port = on.port, .heads = &request, .head_count = 1, .requests = ASKED, .status = 200, .took_ms = took_ms};
    load_run(&load, 2);
    print(name, took_ms, ASKED);
}

static bool asks_everybody(void *unused)
{
    (void)unused;
    AUTO_VALUE(test_answer) answer;
    return test_get(on.port, "/api/estates", NULL, &answer) == 401;
}

static void scoped(void)
{
    static const char who[] = "Authorization: Bearer hut_street-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG\r\n";
    test_sql(on.pg,
             "with a as (insert into account (name) values ('street') returning id), g as (insert into role_grant"
             " (account_id, role, estate_ids) select id, 'street', '{1}' from a) insert into token (account_id, name,"
             " hash, purpose) select id, 'street', sha256('hut_street-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG'),"
             " 'dispatch' from a");
    test_sql(on.pg, "select pg_notify('hutong_access', '')");
    assert_true(fixture_poll(asks_everybody, NULL, 20000000));
    ask("suggestion_by_row_security", who);
}

static void make(const char *name, const struct base_buf *file)
{
    double took_ms[PHOTOS];
    for (int i = 0; i < PHOTOS; i++) {
        struct photo photo;
        int64_t begin_us = base_clock_mono_us();
        test_ok(photo_make(base_buf_str(file), &test_diag, &photo));
        took_ms[i] = (double)(base_clock_mono_us() - begin_us) / 1e3;
        photo_release(&photo);
    }
    print(name, took_ms, PHOTOS);
}

static void photos(void)
{
    AUTO_VALUE(kit_picture) phone = kit_scene(4000, 3000);
    AUTO_VALUE(kit_picture) largest = kit_scene(8000, 5000);
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 64 << 20);
    kit_jpeg_out(&phone, &(struct kit_jpeg){.quality = 90}, &file);
    make("photo_12_mp", &file);
    base_buf_reset(&file);
    kit_jpeg_out(&largest, &(struct kit_jpeg){.quality = 75, .progressive = true}, &file);
    make("photo_40_mp_progressive", &file);
    base_buf_reset(&file);
    kit_png_out(&largest, &(struct kit_png){.depth = 8}, &file);
    make("photo_40_mp_png", &file);
}

static void all(void **state)
{
    (void)state;
    const char *database = fixture_database();
    on = test_server_on(database, (struct api_config){.port = 0});
    on.pg = test_pg(database);
    fill();
    ask("suggestion", "");
    scoped();
    photos();
    test_server_end(&on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
