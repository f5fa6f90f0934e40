/* The live state of places: breach_at is the newest pass by those whom the duty asks for and its interval, whatever
 * else passed, in whatever order it came and however it was cut into batches. */
#include "ingest/store_kit.h"

enum { TYPES = 5, WALKERS = 3 * TYPES, STEPS = 160 };

static const enum sensors_subject types[TYPES] = {SENSORS_SUBJECT_GUARD, SENSORS_SUBJECT_CLEANER,
                                                  SENSORS_SUBJECT_VEHICLE, SENSORS_SUBJECT_FLEET, SENSORS_SUBJECT_UNIT};

/* As judge does it: what the duty asks for, and the moment that follows from what is known already. */
static void duty(struct street *street, int building, const char *asked, const char *every)
{
    char sql[700];
    snprintf(sql, sizeof sql,
             "insert into building_state as b (estate_id, building_id, duty_types, duty_every) values (0, %d, "
             "'{%s}', '%s') on conflict (estate_id, building_id) do update set duty_types = excluded.duty_types, "
             "duty_every = excluded.duty_every, breach_at = excluded.duty_every + last_pass_by(excluded.duty_types, "
             "b.last_guard_at, b.last_cleaner_at, b.last_vehicle_at, b.last_fleet_at, b.last_unit_at)",
             building, asked, every);
    kit_value(street->pg, sql);
}

static struct ingest_row row_of(struct street *street, enum sensors_subject type, int walker, double seconds, double x)
{
    struct ingest_row row = street_row(street, walker, seconds, x, 0);
    row.subject_type = type;
    return row;
}

static double breach(struct street *street, int building)
{
    char sql[120];
    snprintf(sql, sizeof sql, "select extract(epoch from breach_at) from building_state where building_id = %d",
             building);
    return street_seconds(street, sql);
}

static bool breached(struct street *street, int building)
{
    char sql[120];
    snprintf(sql, sizeof sql, "select count(*) from building_state where building_id = %d and breached_at is not null",
             building);
    return street_number(street, sql) == 1;
}

/* --- tests --- */
static void every_type_that_makes_passes_has_its_column(void **state)
{
    (void)state;
    for (int type = 0; type <= SENSORS_SUBJECT_UNIT; type++) {
        bool listed = false;
        for (size_t i = 0; i < TYPES; i++) {
            listed = listed || types[i] == (enum sensors_subject)type;
        }
        assert_int_equal(facts_rules_of((enum sensors_subject)type) != NULL, listed);
    }
}

static void a_vehicle_hides_no_guard(void **state)
{
    (void)state;
    struct street *street = street_new();
    duty(street, 1, "guard", "1 hour");
    street_value(street, "update building_state set breached_at = now()");
    street_put(street, row_of(street, SENSORS_SUBJECT_GUARD, 0, 10, 5));
    street_put(street, row_of(street, SENSORS_SUBJECT_VEHICLE, 1, 40, 5));
    street_store(street);
    assert_true(breach(street, 1) == 3610);
    assert_false(breached(street, 1));
    assert_string_equal(street_value(street, "select last_pass_subject_type from building_state where building_id = 1"),
                        "vehicle");
    assert_true(street_seconds(street, "select extract(epoch from last_pass_at) from building_state where building_id "
                                       "= 1") == 40);
    street_free(street);
}

static void only_a_newer_pass_by_those_asked_for_ends_a_breach(void **state)
{
    (void)state;
    struct street *street = street_new();
    duty(street, 1, "guard,unit", "2 hours");
    street_put(street, row_of(street, SENSORS_SUBJECT_GUARD, 0, 100, 5));
    street_store(street);
    assert_true(breach(street, 1) == 7300);
    street_value(street, "update building_state set breached_at = now()");
    street_put(street, row_of(street, SENSORS_SUBJECT_VEHICLE, 1, 300, 5)); /* not asked for */
    street_store(street);
    street_put(street, row_of(street, SENSORS_SUBJECT_GUARD, 2, 60, 5)); /* asked for, and before the one we know */
    street_store(street);
    assert_true(breach(street, 1) == 7300);
    assert_true(breached(street, 1));
    street_put(street, row_of(street, SENSORS_SUBJECT_UNIT, 3, 200, 5)); /* before the vehicle, after the guard */
    street_store(street);
    assert_true(breach(street, 1) == 7400);
    assert_false(breached(street, 1));
    street_free(street);
}

static void without_a_duty_nothing_breaks(void **state)
{
    (void)state;
    struct street *street = street_new();
    street_put(street, row_of(street, SENSORS_SUBJECT_GUARD, 0, 10, 5));
    street_store(street);
    street_put(street, row_of(street, SENSORS_SUBJECT_GUARD, 1, 20, 5));
    street_store(street);
    assert_int_equal(street_number(street, "select count(*) from building_state where building_id = 1 and breach_at is "
                                           "null and last_guard_at = last_pass_at"),
                     1);
    duty(street, 1, "guard", "1 hour"); /* the passes of before count */
    assert_true(breach(street, 1) == 3620);
    street_free(street);
}

/* Judge may write about a place before anybody has passed there. */
static void a_row_without_a_pass_takes_the_first(void **state)
{
    (void)state;
    struct street *street = street_new();
    street_value(street, "insert into zone_state (estate_id, zone_id, swept) select estate_id, id, 0.5 from zone");
    duty(street, 1, "cleaner", "1 day");
    street_value(street, "update building_state set breach_at = '2030-01-01Z'");
    street_put(street, row_of(street, SENSORS_SUBJECT_GUARD, 0, 10, 5));
    street_store(street);
    assert_int_equal(street_number(street, "select count(*) from building_state where building_id = 1 and breach_at = "
                                           "'2030-01-01Z' and last_pass_at is not null"),
                     1);
    assert_int_equal(street_number(street, "select count(*) from zone_state where swept = 0.5 and "
                                           "last_pass_subject_type = 'guard'"),
                     1);
    street_free(street);
}

static void the_end_of_a_shift_moves_it(void **state)
{
    (void)state;
    struct street *street = street_new();
    duty(street, 1, "guard", "1 hour");
    street_go(street, 0, 5, 0);
    street_go(street, 30, 6, 0); /* within a minute: not written yet */
    assert_true(breach(street, 1) == 3600);
    street_value(street, "update shift set ends_at = now()");
    street_ok(ingest_store_expire(&street->store, &street_diag));
    assert_true(breach(street, 1) == 3630);
    street_free(street);
}

/* --- random batches against the passes themselves --- */
struct walk {
    struct ingest_row rows[STEPS];
    size_t done;
};

/* Each up and down the street at a pace of its own, from a time of its own. */
static void make_walks(struct street *street, struct walk walks[WALKERS])
{
    uint64_t seed = 20261122;
    for (int walker = 0; walker < WALKERS; walker++) {
        double late = 400 * street_uniform(&seed), pace = 2 + 5 * street_uniform(&seed);
        for (int i = 0; i < STEPS; i++) {
            double where = fmod(i * pace + 60 * walker, 400);
            walks[walker].rows[i] =
                row_of(street, types[walker % TYPES], walker, late + i * 8 + 3 * street_uniform(&seed),
                       (where < 200 ? where : 400 - where) + 4 * street_uniform(&seed));
        }
        walks[walker].done = 0;
    }
}

static void random_duty(struct street *street, uint64_t *seed)
{
    static const char *const asked[] = {"guard", "cleaner", "vehicle", "guard,unit", "fleet,cleaner,unit", "", "tag"};
    static const char *const every[] = {"30 minutes", "1 hour", "2 hours", "1 day"};
    duty(street, 1 + (int)(8 * street_uniform(seed)), asked[(size_t)(7 * street_uniform(seed))],
         every[(size_t)(4 * street_uniform(seed))]);
}

/* Some rows of some walkers, each walker's in their order: so a track has none that is late. */
static size_t random_batch(struct street *street, struct walk walks[WALKERS], uint64_t *seed)
{
    size_t put = 0;
    for (int turn = 0; turn < 6; turn++) {
        struct walk *walk = &walks[(size_t)(WALKERS * street_uniform(seed))];
        size_t wanted = 1 + (size_t)(street_uniform(seed) * 40);
        for (size_t i = 0; i < wanted && walk->done < STEPS; i++) {
            street_put(street, walk->rows[walk->done++]);
            put++;
        }
    }
    return put;
}

static void expect_exact(struct street *street)
{
    assert_int_equal(
        street_number(street, "select count(*) from building_state b where b.breach_at is distinct from b.duty_every + "
                              "(select max(p.t_to) from pass p where p.estate_id = b.estate_id and p.place_kind = "
                              "'building' and p.place_id = b.building_id and p.subject_type = any (b.duty_types))"),
        0);
    assert_int_equal(
        street_number(street,
                      "select count(*) from building_state b join (select estate_id, place_id, max(t_to) as at, "
                      "max(t_to) filter (where subject_type = 'guard') as g, max(t_to) filter (where subject_type = "
                      "'cleaner') as c, max(t_to) filter (where subject_type = 'vehicle') as v, max(t_to) filter "
                      "(where subject_type = 'fleet') as f, max(t_to) filter (where subject_type = 'unit') as u from "
                      "pass where place_kind = 'building' group by estate_id, place_id) p on p.estate_id = b.estate_id "
                      "and p.place_id = b.building_id where (last_pass_at, last_guard_at, last_cleaner_at, "
                      "last_vehicle_at, last_fleet_at, last_unit_at) is distinct from (p.at, g, c, v, f, u)"),
        0);
}

static void random_batches_give_what_the_passes_say(void **state)
{
    (void)state;
    static struct walk walks[WALKERS];
    char first[64] = "";
    for (uint64_t round = 1; round <= 4; round++) {
        struct street *street = street_new();
        uint64_t seed = round * 7919;
        size_t stored = 0;
        make_walks(street, walks);
        for (int building = 1; building <= 8; building++) {
            random_duty(street, &seed);
        }
        while (stored < WALKERS * STEPS) {
            stored += random_batch(street, walks, &seed);
            street_store(street);
            if (street_uniform(&seed) < 0.2) {
                random_duty(street, &seed);
            }
            expect_exact(street);
        }
        assert_true(street_number(street, "select count(*) from building_state where breach_at is not null") >= 3);
        for (int building = 1; building <= 8; building++) {
            duty(street, building, building % 2 ? "guard" : "unit,cleaner", "1 hour");
        }
        expect_exact(street);
        const char *now = street_value(street, "select md5(string_agg(b::text, ',' order by b)) from building_state b");
        assert_true(round == 1 || strcmp(first, now) == 0); /* whatever the order */
        snprintf(first, sizeof first, "%s", now);
        street_free(street);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_that_makes_passes_has_its_column),
        cmocka_unit_test(a_vehicle_hides_no_guard),
        cmocka_unit_test(only_a_newer_pass_by_those_asked_for_ends_a_breach),
        cmocka_unit_test(without_a_duty_nothing_breaks),
        cmocka_unit_test(a_row_without_a_pass_takes_the_first),
        cmocka_unit_test(the_end_of_a_shift_moves_it),
        cmocka_unit_test(random_batches_give_what_the_passes_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
