/* What tells judge to look again: facts of a time that may be decided, positions of a time that was read - and nothing
 * at all while everything is of the present. */
#include "ingest/store_kit.h"

/* The houses from the fifth on are another estate's than the source's, 0. */
enum { OTHER = 7 };

static struct street *street_aged(double seconds)
{
    struct street *street = street_new();
    street->start_us = base_clock_now_us() - (int64_t)(seconds * 1e6);
    street_value(street, "insert into estate (id, dataset, key, name, geom) select 7, 't', 'e', 'other', st_multi("
                         "st_buffer(st_envelope(st_collect(geom)), 1e-5)) from building where id > 4");
    street_value(street, "update building set estate_id = 7 where id > 4");
    return street;
}

static struct ingest_row event_at(struct street *street, double seconds, double x, uint64_t key)
{
    struct ingest_row row = street_row(street, 9, seconds, x, 10);
    row.kind = SENSORS_KIND_ALARM;
    row.subject_type = SENSORS_SUBJECT_OBJECT;
    row.dedup = street_id(key, 99);
    return row;
}

/* "estate why from to" of each, in seconds of the street. */
static const char *marks(struct street *street)
{
    char sql[500];
    snprintf(sql, sizeof sql,
             "select string_agg(format('%%s %%s %%s-%%s', estate_id, why, round(extract(epoch from t_from) - %f), "
             "round(extract(epoch from t_to) - %f)), ', ' order by estate_id, why, t_from) from judge_again",
             (double)street->start_us / 1e6, (double)street->start_us / 1e6);
    return street_value(street, sql);
}

static const char *stretches(struct street *street)
{
    char sql[500];
    snprintf(sql, sizeof sql,
             "select string_agg(format('%%s-%%s', round(extract(epoch from t_from) - %f), "
             "round(extract(epoch from t_to) - %f)), ', ' order by t_from) from stretch",
             (double)street->start_us / 1e6, (double)street->start_us / 1e6);
    return street_value(street, sql);
}

/* --- tests --- */
static void the_present_asks_nothing_of_the_database(void **state)
{
    (void)state;
    struct street *street = street_aged(50);
    PGconn *other = kit_connect(street->database);
    kit_value(other, "begin");
    kit_value(other, "lock table judge_again, stretch in access exclusive mode");
    street_put(street, street_row(street, 0, 0, 5, 0));
    street_put(street, event_at(street, 1, 5, 1));
    street_store(street); /* it would wait for the lock, and fail */
    street_put(street, event_at(street, -100, 5, 2));
    assert_int_equal(ingest_store_batch(&street->store, &street->source, &street_diag), BASE_DATABASE);
    kit_value(other, "rollback");
    street_store(street);
    assert_string_equal(marks(street), "0 event -100--100");
    assert_string_equal(stretches(street), "");
    PQfinish(other);
    street_free(street);
}

static void an_old_pass_marks_the_estate_of_the_place(void **state)
{
    (void)state;
    struct street *street = street_aged(200);
    street_put(street, street_row(street, 0, 0, 125, 0)); /* at house 6, and nowhere else */
    street_put(street, street_row(street, 0, 30, 126, 0));
    street_put(street, street_row(street, 1, 100, 25, 0));  /* house 1 and 2, of estate 0 */
    street_put(street, street_row(street, 2, 170, 125, 0)); /* half a minute old */
    street_store(street);
    assert_string_equal(marks(street), "0 pass 100-100, 7 pass 0-30"); /* at 30 the next house came near */
    assert_string_equal(stretches(street), "");
    street_free(street);
}

static void an_old_event_marks_home_and_where_it_happened(void **state)
{
    (void)state;
    struct street *street = street_aged(400);
    street_put(street, event_at(street, 30, 125, 1));
    street_put(street, event_at(street, 10, 125, 2));
    street_put(street, event_at(street, 300, 5, 3));
    street_put(street, event_at(street, 380, 5, 4)); /* twenty seconds old */
    street_store(street);
    assert_string_equal(marks(street), "0 event 10-300, 7 event 10-30");
    street_value(street, "delete from judge_again");
    street_put(street, event_at(street, 30, 125, 1)); /* once more: it is no news */
    street_store(street);
    assert_string_equal(marks(street), "");
    street_free(street);
}

static void old_positions_mark_the_stretch(void **state)
{
    (void)state;
    struct street *street = street_aged(400);
    street_put(street, street_row(street, 0, 0, 5, 0));
    street_put(street, street_row(street, 0, 100, 50, 0));
    street_put(street, street_row(street, 0, 200, 90, 0)); /* 200 s old: judge has not come so far */
    struct ingest_row row = street_row(street, 1, 20, 300, 0);
    row.acc_m = 500; /* no evidence of being there, but of the tracker's accuracy */
    street_put(street, row);
    row = street_row(street, 2, 20, 300, 0);
    row.subject_type = SENSORS_SUBJECT_TAG; /* makes no passes */
    street_put(street, row);
    street_store(street);
    assert_string_equal(stretches(street), "0-100, 20-20");
    street_free(street);
}

static void a_days_backlog_is_one_stretch_and_a_mark_a_batch(void **state)
{
    (void)state;
    struct street *street = street_aged(86400);
    for (int batch = 0; batch < 6; batch++) {
        for (int i = 0; i < 300; i++) {
            street_put(street, street_row(street, 0, batch * 3000 + i * 10, fmod(i, 160), 0));
        }
        street_store(street);
    }
    assert_string_equal(stretches(street), "0-17990");
    assert_int_equal(street_number(street, "select count(*) from judge_again where why = 'pass'"), 12);
    assert_int_equal(street_number(street, "select count(distinct estate_id) from judge_again"), 2);
    assert_int_equal(street_number(street, "select count(*) from pass p where place_kind = 'building' and not exists ("
                                           "select from judge_again j where j.estate_id = p.estate_id and j.t_from <= "
                                           "p.t_event and j.t_to >= p.t_to)"),
                     0);
    street_free(street);
}

static void what_the_end_of_a_shift_closes_late_is_marked(void **state)
{
    (void)state;
    struct street *street = street_aged(90);
    street_go(street, 0, 125, 0);
    street_go(street, 10, 126, 0);
    street_value(street, "delete from judge_again");
    street_value(street, "update shift set ends_at = now()");
    street_ok(ingest_store_expire(&street->store, &street_diag));
    assert_string_equal(marks(street), "7 pass 0-10");
    street_free(street);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_present_asks_nothing_of_the_database),
        cmocka_unit_test(an_old_pass_marks_the_estate_of_the_place),
        cmocka_unit_test(an_old_event_marks_home_and_where_it_happened),
        cmocka_unit_test(old_positions_mark_the_stretch),
        cmocka_unit_test(a_days_backlog_is_one_stretch_and_a_mark_a_batch),
        cmocka_unit_test(what_the_end_of_a_shift_closes_late_is_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
