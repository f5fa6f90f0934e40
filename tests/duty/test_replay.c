/* Windows judged again from the facts: the same facts give the same digest, another fact another one. */
#include "duty/judge_kit.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct duty_replay replay;

static const char *replayed(bool look)
{
    struct duty_replay_options options = {.conninfo = kit_database,
                                          .from_us = kit_time("2026-03-10 06:00"),
                                          .to_us = kit_time("2026-03-10 18:00"),
                                          .look = look};
    test_ok(duty_replay_run(&options, &test_diag, &replay));
    return replay.digest;
}

/* Twelve hours of three buildings: 36 windows, of which three are passed, one is hidden and one is waived. */
static void a_day(void)
{
    duty(1, "every 1h", ", valid_from, valid_to", ", '2026-03-10 06:00', '2026-03-10 18:00'");
    duty(2, "every 4h", ", valid_from, valid_to, subject_kind, proof",
         ", '2026-03-10 06:00', '2026-03-10 18:00', 'bin', 'fill'");
    pass(1, 1, "2026-03-10 07:05", "2026-03-10 07:07", "", "");
    pass(2, 1, "2026-03-10 07:58", "2026-03-10 08:02", "", "");
    gap(1, "2026-03-10 12:10", "2026-03-10 12:20", "silent");
    sql("insert into waiver (estate_id, t_from, t_to, reason, approver, place_kind, place_id) values (101, '2026-03-10 "
        "15:10', "
        "'2026-03-10 15:20', 'r', 'a', 'building', 1)");
    judge("2026-03-11 06:00");
    assert_string_equal(value("select string_agg(format('%%s%%s', verdict, n), ' ' order by verdict) from (select "
                              "verdict, count(*) as n from verdict "
                              "where duty_id = 1 group by 1) s"),
                        "met3 missed29 unknown3 waived1");
}

static void the_same(void **state)
{
    (void)state;
    char digest[65];
    a_day();
    snprintf(digest, sizeof digest, "%s", replayed(true));
    assert_string_equal(replayed(false), digest);
    assert_int_equal(replay.changed, 0);
    sql("delete from verdict");
    assert_string_not_equal(replayed(true), digest);
    assert_string_equal(replayed(false), digest);
    assert_int_equal(replay.changed, replay.windows);
    sql("delete from verdict; delete from duty_window");
    assert_string_equal(replayed(false), digest);
    /* the same facts, written down again under other numbers */
    sql("create table again as select * from outage; delete from outage; insert into outage (estate_id, scope, "
        "source_id, t_from, t_to, "
        "subject, subject_type, cause, lon_from, lat_from, lon_to, lat_to) select estate_id, scope, source_id, t_from, "
        "t_to, subject, "
        "subject_type, cause, lon_from, lat_from, lon_to, lat_to from again; delete from verdict");
    assert_string_equal(replayed(false), digest);
    pass(3, 1, "2026-03-10 16:05", "2026-03-10 16:07", "", "");
    assert_string_not_equal(replayed(false), digest);
    assert_int_equal(replay.changed, 1);
    assert_string_equal(verdict(1, 3, "2026-03-10 16:00"), "met proven 1/1/1 v2");
}

/* A judge runs: it does the work, and replay waits for it - also where windows are to be opened again first. */
static void beside_a_judge(void **state)
{
    (void)state;
    char digest[65];
    a_day();
    snprintf(digest, sizeof digest, "%s", replayed(true));
    sql("delete from verdict; delete from duty_window");
    pid_t leader = fork();
    if (leader == 0) {
        struct duty_judge_options options = {.conninfo = kit_database};
        struct base_diag diag;
        _exit(duty_judge_run(&options, &diag) ? 1 : 0);
    }
    for (int i = 0; i < 200 && strcmp(value("select owner is not null from judge_lease"), "t") != 0; i++) {
        poll(NULL, 0, 50);
    }
    assert_string_equal(replayed(false), digest);
    kill(leader, SIGKILL);
    waitpid(leader, NULL, 0);
}

static const char *judged_by(int64_t lanes)
{
    static char digest[65];
    struct duty_judge_options options = {
        .conninfo = kit_database, .once = true, .at_us = kit_time("2026-03-11 06:00"), .lanes = lanes};
    sql("delete from verdict; delete from duty_window; update duty set opened_to = '-infinity'; delete from "
        "judge_mark");
    test_ok(duty_judge_run(&options, &test_diag));
    snprintf(digest, sizeof digest, "%s", replayed(true));
    return digest;
}

/* Twelve estates more, each passed by guards of its own: several lanes come to what one comes to. */
static void estates_side_by_side(void **state)
{
    (void)state;
    char digest[65];
    duty(1, "every 1h", ", valid_from, valid_to", ", '2026-03-10 06:00', '2026-03-10 18:00'");
    sql("insert into estate (id, dataset, key, code, name, tz, geom) select n, 't', n, 'L' || n, '小区', tz, geom from "
        "estate, "
        "generate_series(201, 212) n where id = 101");
    sql("insert into building (estate_id, id, dataset, key, name, levels, levels_source, height_m, height_source, "
        "area_m2, lon, lat, "
        "geom, valid_from) select n, b.id + n * 100, 't', n || '-' || b.id, b.name, levels, levels_source, height_m, "
        "height_source, "
        "area_m2, lon, lat, geom, valid_from from building b, generate_series(201, 212) n where b.estate_id = 101");
    sql("insert into duty (estate_id, id, key, name, subject_kind, proof, schedule, valid_from, valid_to) select n, n, "
        "'rounds', '义务', "
        "'building', 'pass', 'every 1h', '2026-03-10 06:00', '2026-03-10 18:00' from generate_series(201, 212) n");
    sql("insert into pass (estate_id, t_event, t_to, subject, subject_type, place_kind, place_id, nearest_m, fixes) "
        "select b.estate_id, "
        "t, t + interval '2 minutes', md5(b.estate_id::text)::uuid, 'guard', 'building', b.id, 5, 3 from building b, "
        "generate_series(timestamptz '2026-03-10 06:10', '2026-03-10 17:10', '2 hours') t where b.estate_id > 200 and "
        "b.id %% 2 = 0");
    snprintf(digest, sizeof digest, "%s", judged_by(1));
    assert_true(replay.windows > 400);
    assert_string_equal(judged_by(4), digest);
    assert_string_equal(judged_by(DUTY_LANES_MAX), digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {kit_test(the_same), kit_test(beside_a_judge), kit_test(estates_side_by_side)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
