/* Live states of places as time goes by without a fact: the interval in force, when it is too long, what is due next.
 */
#include "duty/judge_kit.h"

#define STATE                                                                                                    \
    "concat_ws(' ', duty_every, to_char(breach_at, 'HH24:MI'), coalesce(to_char(breached_at, 'HH24:MI'), '-'), " \
    "to_char(due_at, 'HH24:MI'))"
#define ASSERT_STATE(building, text) \
    assert_string_equal(             \
        value("select " STATE " from building_state where estate_id = 101 and building_id = %d", building), text)

/* What ingest writes when a guard's pass is stored: building_state_store.sql, with the table that it reads. */
static void ingest_pass(int building, const char *column, const char *at)
{
    sql("create temp table if not exists stage_place_state as select estate_id, 'building'::text as place_kind, "
        "building_id as place_id, "
        "last_pass_at, last_pass_subject_type, last_guard_at, last_cleaner_at, last_vehicle_at, last_fleet_at, "
        "last_unit_at, "
        "last_event_at, last_alarm_at from building_state where false");
    sql("truncate stage_place_state; insert into stage_place_state (estate_id, place_kind, place_id, last_pass_at, "
        "last_pass_subject_type, last_%s_at) values (101, 'building', %d, '%s', '%s', '%s')",
        column, building, at, column, at);
    static char text[16384];
    char path[512];
    snprintf(path, sizeof path, "%s/data/query/building_state_store.sql", fixture_source());
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    site_value(text);
}

/* Every two hours by day, each hour from 22 to 6. */
static void over_the_edges(void **state)
{
    (void)state;
    duty(1, "every 2h, 22:00-06:00 1h", ", valid_from", ", '2026-03-10 00:00'");
    ingest_pass(1, "guard", "2026-03-10 21:30");
    judge("2026-03-10 21:45");
    ASSERT_STATE(1, "02:00:00 23:30 - 22:00");
    judge("2026-03-10 22:00");
    ASSERT_STATE(1, "01:00:00 23:00 - 23:00"); /* an hour from when the hour's interval began */
    judge("2026-03-10 22:59:59");
    ASSERT_STATE(1, "01:00:00 23:00 - 23:00");
    judge("2026-03-10 23:00");
    ASSERT_STATE(1, "01:00:00 23:00 23:00 00:00"); /* and it does not go back to 22:30 */
    judge("2026-03-10 23:20");
    ASSERT_STATE(1, "01:00:00 23:00 23:00 00:00"); /* once */
    ingest_pass(1, "vehicle", "2026-03-10 23:21");
    ASSERT_STATE(1, "01:00:00 23:00 23:00 00:00"); /* a vehicle is no guard */
    ingest_pass(1, "guard", "2026-03-10 23:22");
    ASSERT_STATE(1, "01:00:00 00:22 - 00:00");
    judge("2026-03-10 23:30");
    ASSERT_STATE(1, "01:00:00 00:22 - 00:00");
    judge("2026-03-11 00:30");
    ASSERT_STATE(1, "01:00:00 00:22 00:22 01:00");
    ingest_pass(1, "guard", "2026-03-11 05:30");
    judge("2026-03-11 05:59");
    ASSERT_STATE(1, "01:00:00 06:30 - 06:00");
    judge("2026-03-11 06:00");
    ASSERT_STATE(1, "02:00:00 07:30 - 08:00");
}

/* At night only: in the morning nothing is owed any more, and in the evening the night's first hour counts from 22. */
static void at_night_only(void **state)
{
    (void)state;
    duty(1, "every 22:00-06:00 1h", ", valid_from", ", '2026-03-10 00:00'");
    judge("2026-03-11 05:30");
    ASSERT_STATE(1, "01:00:00 06:00 - 06:00"); /* never passed: owed since judge saw it */
    judge("2026-03-11 06:00");
    assert_string_equal(
        value("select duty_every is null and breach_at is null and breached_at is null and due_at is not null "
              "from building_state where building_id = 1"),
        "t");
    judge("2026-03-11 22:00");
    ASSERT_STATE(1, "01:00:00 23:00 - 23:00");
    judge("2026-03-11 23:30");
    ASSERT_STATE(1, "01:00:00 23:00 23:00 00:00");
}

/* The duty ends: nothing is owed, the last verdict stays. */
static void a_duty_ends(void **state)
{
    (void)state;
    duty(1, "every 1h", ", valid_from, valid_to", ", '2026-03-10 08:00', '2026-03-10 12:00'");
    judge("2026-03-10 09:30");
    judge("2026-03-10 11:30");
    assert_string_equal(
        value("select verdict || ' ' || (breached_at is not null) from building_state where building_id = 1"),
        "missed true");
    judge("2026-03-10 12:30");
    assert_string_equal(
        value("select concat_ws(' ', duty_every, duty_types, breach_at, breached_at, due_at, verdict, verdict_at) from "
              "building_state where building_id = 1"),
        "missed 2026-03-10 12:00:00+08");
}

/* Once a week: the next window is not open yet when the last one is decided, and what became of it is shown all the
 * same. */
static void once_a_week(void **state)
{
    (void)state;
    const char *rule = "rrule FREQ=WEEKLY;BYDAY=TU;BYHOUR=8 lasts 2h";
    duty(1, rule, ", valid_from", ", '2026-03-09'");
    duty(2, rule, ", subject_kind, proof, valid_from", ", 'zone', 'area', '2026-03-09'");
    duty(3, rule, ", subject_kind, proof, valid_from", ", 'bin', 'fill', '2026-03-09'");
    judge("2026-03-10 09:00");
    assert_string_equal(
        value("select count(*) from (select due_at from building_state union all select due_at from zone_state "
              "union all select due_at from device_duty) s where due_at = '2026-03-10 10:00'"),
        "6");
    judge("2026-03-10 10:30");
    assert_string_equal(value("select count(*) || ' ' || count(due_at) from (select due_at, verdict, verdict_at from "
                              "building_state union all "
                              "select due_at, verdict, verdict_at from zone_state union all select due_at, verdict, "
                              "verdict_at from device_duty) s "
                              "where verdict is not null and verdict_at = '2026-03-10 10:00'"),
                        "6 0");
}

/* A look at which nothing has changed writes nothing. */
static void nothing_changed(void **state)
{
    (void)state;
    char before[4096];
    static const char look[] =
        "select string_agg(t || x, ',' order by t, x) from (select 'b' as t, xmin::text as x from building_state "
        "union all select 'z', xmin::text from zone_state union all select 'd', xmin::text from device_duty) s";
    duty(1, "every 2h", ", valid_from", ", '2026-03-10 00:00'");
    duty(2, "every 2h", ", subject_kind, proof, fraction, valid_from", ", 'zone', 'area', 0.8, '2026-03-10 00:00'");
    duty(3, "every 2h", ", subject_kind, proof, valid_from", ", 'bin', 'fill', '2026-03-10 00:00'");
    ingest_pass(1, "guard", "2026-03-10 09:30");
    judge("2026-03-10 10:15");
    snprintf(before, sizeof before, "%s", value(look));
    assert_true(strchr(before, 'b') && strchr(before, 'z') && strchr(before, 'd'));
    sql("update judge_mark set live_at = '-infinity'");
    judge("2026-03-10 10:16");
    assert_string_equal(value("select live_at > '2026-03-10 10:16' from judge_mark where estate_id = 101"), "t");
    assert_string_equal(value(look), before);
}

/* Judge locks an estate's buildings in their order before it writes any: with ingest, which does the same, there is no
 * circle. Building 1 is no duty's and comes last in what judge has to write - its lock must come first. */
static void locks_in_order(void **state)
{
    (void)state;
    duty(1, "every 2h", ", valid_from, subject_id", ", '2026-03-10 00:00', 2");
    sql("insert into building_state (estate_id, building_id, due_at) values (101, 1, '2026-03-10'), (101, 2, "
        "'2026-03-10')");
    PGconn *holder = PQconnectdb(kit_database);
    PQclear(PQexec(holder, "set search_path = hutong, public; begin; update building_state set last_event_at = now() "
                           "where building_id = 1"));
    assert_int_equal(judge_try("2026-03-10 10:15"), BASE_DATABASE); /* lock_timeout, at building 1 */
    PGresult *result = PQexec(
        holder, "set lock_timeout = '1s'; update building_state set last_event_at = now() where building_id = 2");
    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
    PQclear(PQexec(holder, "commit"));
    PQfinish(holder);
    judge("2026-03-10 10:15");
    ASSERT_STATE(2, "02:00:00 12:00 - 12:00");
    assert_string_equal(value("select due_at is null from building_state where building_id = 1"), "t");
}

/* Nobody has looked at building 1 for a day; then the passes of that day come, late, and a minute later it is no blind
 * spot. */
static void blind_until_facts_come(void **state)
{
    (void)state;
    static const char blind[] = "select bool_or(blind) from building_state where estate_id = 101 and building_id = 1";
    duty(1, "every 2h", ", valid_from", ", '2026-03-10 00:00'");
    judge("2026-03-10 10:15");
    assert_string_equal(value(blind), "t");
    pass(1, 1, "2026-03-10 07:05", "2026-03-10 07:07", "", "");
    sql("insert into judge_again (estate_id, t_from, t_to, why) values (101, '2026-03-10 07:05', '2026-03-10 07:07', "
        "'pass')");
    judge("2026-03-10 10:15:10");
    assert_string_equal(value(blind), "t");
    judge("2026-03-10 10:16");
    assert_string_equal(value(blind), "f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(over_the_edges),
        kit_test(at_night_only),
        kit_test(a_duty_ends),
        kit_test(once_a_week),
        kit_test(nothing_changed),
        kit_test(locks_in_order),
        kit_test(blind_until_facts_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
