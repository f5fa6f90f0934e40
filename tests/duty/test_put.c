/* duty_put and duty_close: what is refused and with which words, versions, remarks. */
#include "duty/duty.h"
#include "duty/site.h"

static struct data_conn *conn;

static int set_up(void **state)
{
    (void)state;
    conn = site_open();
    site_value("insert into organisation (code, name, kind) values ('co', '物业公司', 'company')");
    site_value("insert into calendar (code, name) values ('cn', '中国')");
    site_value(
        "insert into campaign (code, name, t_from, t_to) values ('fire', '消防专项', '2026-01-01', '2027-01-01')");
    for (int day = -3; day < 5; day++) {
        test_ok(
            data_partition_ensure(conn, "duty_window", base_clock_now_us() + day * INT64_C(86400000000), &test_diag));
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    site_close(conn);
    return 0;
}

/* A duty that is right; tests change what they are about. */
static struct duty_spec right(void)
{
    return (struct duty_spec){.estate_id = 101,
                              .key = "night",
                              .name = "夜间巡逻",
                              .subject_kind = "building",
                              .subject_filter = "use = 'residential'",
                              .schedule = "every 2h, 22:00-06:00 1h",
                              .proof = "pass"};
}

static enum base_err put(const struct duty_spec *spec, int64_t if_version, struct duty_put *ret_put)
{
    struct duty_put done = {.id = 0};
    test_ok(data_begin(conn, &test_diag));
    enum base_err err = duty_put(conn, spec, if_version, &test_diag, &done);
    if (err) {
        data_rollback(conn);
        return err;
    }
    test_ok(data_commit(conn, &test_diag));
    if (ret_put) {
        *ret_put = done;
    }
    return BASE_OK;
}

static struct duty_put stored(const struct duty_spec *spec)
{
    struct duty_put done = {.id = 0};
    test_ok(put(spec, 0, &done));
    return done;
}

/* --- what is refused --- */
static void wrong_duties_are_refused_with_reasons(void **state)
{
    (void)state;
    static const char long_key[] =
        "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
        "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
#define WRONG(because, ...)          \
    {                                \
        {.estate_id = 101,           \
         .key = "k",                 \
         .name = "n",                \
         .subject_kind = "building", \
         .schedule = "every 2h",     \
         .proof = "pass",            \
         __VA_ARGS__},               \
            because                  \
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
    const struct {
        struct duty_spec spec;
        const char *because;
    } wrong[] = {
        WRONG("key is missing", .key = NULL),
        WRONG("key is missing", .key = ""),
        WRONG("key: 123 bytes; it may have up to 100", .key = long_key),
        WRONG("name is missing", .name = NULL),
        WRONG("name: there is a control character", .name = "a\nb"),
        WRONG("name: not UTF-8", .name = "\xff"),
        WRONG("estate 77: there is no such estate", .estate_id = 77),
        WRONG("subject_kind is missing", .subject_kind = NULL),
        WRONG("subject_kind \"house\" is none of building, entrance", .subject_kind = "house"),
        WRONG("proof \"selfie\" is none of pass, checkin", .proof = "selfie"),
        WRONG("proof \"fill\" does not fit subject_kind building; what fits: pass, checkin", .proof = "fill"),
        WRONG("proof \"area\" does not fit subject_kind route; what fits: round", .subject_kind = "route",
              .proof = "area"),
        WRONG("proof \"pass\" does not fit subject_kind camera; what fits: online", .subject_kind = "camera"),
        WRONG("proof \"online\" does not fit subject_kind bin; what fits: fill", .subject_kind = "bin",
              .proof = "online"),
        WRONG("proof \"pass\" does not fit subject_kind entrance; what fits: checkin", .subject_kind = "entrance"),
        WRONG("proof \"round\" does not fit subject_kind zone; what fits: pass, area", .subject_kind = "zone",
              .proof = "round"),
        WRONG("proof \"pass\" does not fit subject_kind facility; what fits: checkin", .subject_kind = "facility"),
        WRONG("proof \"area\" does not fit subject_kind checkpoint", .subject_kind = "checkpoint", .proof = "area"),
        WRONG("subject_id \"B1\": the id of one building", .subject_id = "B1"),
        WRONG("subject_id \"0\"", .subject_id = "0"),
        WRONG("give one", .subject_id = "1", .subject_filter = "levels > 3"),
        WRONG("subject_id 9: estate 101 has no such building", .subject_id = "9"),
        WRONG("subject_filter: ", .subject_filter = "storeys > 3"),
        WRONG("subject_filter: ", .subject_filter = "levels >"),
        WRONG("schedule is missing", .schedule = NULL),
        WRONG("schedule: ", .schedule = "often"),
        WRONG("schedule: ", .schedule = "every 1s"),
        WRONG("schedule: ", .schedule = "rrule FREQ=SECONDLY lasts 1h"),
        WRONG("days \"holiday\" is none of all, work, rest", .days = "holiday"),
        WRONG("calendar \"mars\": there is none of that code", .calendar = "mars"),
        WRONG("organisation \"x\": there is none of that code", .organisation = "x"),
        WRONG("campaign \"x\": there is none of that code", .campaign = "x"),
        WRONG("subject_types \"dog\"", .subject_types = "guard,dog"),
        WRONG("subject_types \"\"", .subject_types = "guard,,cleaner"),
        WRONG("count \"0\": a whole number from 1 and up to 1000", .count = "0"),
        WRONG("count \"1.5\"", .count = "1.5"),
        WRONG("count \"two\"", .count = "two"),
        WRONG("count \"1e9\"", .count = "1e9"),
        WRONG("units \"101\"", .units = "101"),
        WRONG("radius_m \"-1\": a number from 0 and up to 100", .radius_m = "-1"),
        WRONG("accuracy_m \"0\"", .accuracy_m = "0"),
        WRONG("dwell_s \"90000\"", .dwell_s = "90000"),
        WRONG("fraction \"0\": a number above 0 and up to 1", .fraction = "0"),
        WRONG("fraction \"95%\"", .fraction = "95%"),
        WRONG("fraction \"nan\"", .fraction = "nan"),
        WRONG("fill_percent \"101\"", .fill_percent = "101"),
        WRONG("allow_s \"-5\"", .allow_s = "-5"),
        WRONG("grace_s \"119\": a whole number from 120 and up to 604800", .grace_s = "119"),
        WRONG("tool \"mop\": true or false", .tool = "mop"),
        WRONG("valid_from \"soon\": a time is written", .valid_from = "soon"),
        WRONG("valid_to \"2026-02-30\"", .valid_to = "2026-02-30"),
        WRONG("valid_to 2025-12-31T16:00:00Z is not after valid_from 2026-01-31T16:00:00Z", .valid_from = "2026-02-01",
              .valid_to = "2026-01-01"),
        WRONG("is not after valid_from", .valid_to = "2020-01-01"),
    };
#pragma GCC diagnostic pop
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        enum base_err err = put(&wrong[i].spec, 0, NULL);
        if (!err || !strstr(test_diag.text, wrong[i].because)) {
            fail_msg("%s: \"%s\" is not in: %s", base_error_name(err), wrong[i].because, err ? test_diag.text : "OK");
        }
        assert_true(err == BASE_INVALID || err == BASE_NOT_FOUND);
    }
    assert_string_equal(site_value("select count(*) from duty"), "0");
}

/* --- versions --- */
static void a_duty_has_versions(void **state)
{
    (void)state;
    struct duty_spec spec = right();
    struct duty_put made = stored(&spec);
    assert_int_equal(made.outcome, DUTY_PUT_MADE);
    assert_int_equal(made.version, 1);
    struct duty_put same = stored(&spec);
    assert_int_equal(same.outcome, DUTY_PUT_SAME);
    assert_int_equal(same.id, made.id);
    assert_int_equal(same.version, 1);
    spec.count = "2";
    spec.units = "2";
    spec.organisation = "co";
    struct duty_put changed = stored(&spec);
    assert_int_equal(changed.outcome, DUTY_PUT_CHANGED);
    assert_int_equal(changed.id, made.id);
    assert_int_equal(changed.version, 2);
    assert_string_equal(site_value("select string_agg(concat_ws(' ', version, count, valid_to is null), ', ' order by "
                                   "version) from duty where key = 'night'"),
                        "1 1 f, 2 2 t");
    assert_string_equal(site_value("select count(*) from duty a join duty b on b.key = a.key and b.version = 2 and "
                                   "b.valid_from = a.valid_to where a.key = 'night' and a.version = 1"),
                        "1");
    assert_int_equal(stored(&spec).outcome, DUTY_PUT_SAME);
    assert_int_equal(put(&spec, 1, NULL), BASE_CONFLICT);
    assert_non_null(strstr(test_diag.text, "has version 2 by now, not 1"));
    spec.count = "3";
    test_ok(put(&spec, 2, &changed));
    assert_int_equal(changed.version, 3);
}

/* The defaults of put_check.c are the table's. */
static void what_is_not_said_is_as_the_table_has_it(void **state)
{
    (void)state;
    struct duty_spec spec = right();
    spec.key = "defaults";
    spec.subject_filter = NULL;
    stored(&spec);
    site_value("insert into duty (estate_id, key, name, subject_kind, schedule, proof) values (101, 'plain', 'n', "
               "'building', 'every 2h', 'pass')");
    assert_string_equal(
        site_value("select count(distinct (days, subject_types, count, units, radius_m, accuracy_m, dwell_s, fraction, "
                   "tool, fill_percent, allow_s, grace_s)::text) from duty where key in ('defaults', 'plain')"),
        "1");
    site_value("delete from duty where key = 'plain'");
}

static void all_fields_are_kept(void **state)
{
    (void)state;
    struct duty_spec spec = {.estate_id = 101,
                             .key = "all",
                             .name = "名",
                             .name_en = "Name",
                             .organisation = "co",
                             .contract = "HT-1",
                             .campaign = "fire",
                             .subject_kind = "zone",
                             .subject_id = "21",
                             .schedule = "rrule FREQ=DAILY;BYHOUR=6 lasts 4h from 2026-01-01",
                             .calendar = "cn",
                             .days = "work",
                             .proof = "area",
                             .subject_types = "cleaner, fleet",
                             .count = "2",
                             .units = "2",
                             .radius_m = "1.5",
                             .accuracy_m = "20",
                             .dwell_s = "30",
                             .fraction = "0.9",
                             .tool = "true",
                             .form = "f",
                             .fill_percent = "70",
                             .allow_s = "60",
                             .grace_s = "1200",
                             .valid_from = "2026-03-01",
                             .valid_to = "2099-01-01T00:00:00Z"};
    struct duty_put done = stored(&spec);
    assert_int_equal(done.outcome, DUTY_PUT_MADE);
    assert_string_equal(
        site_value(
            "select concat_ws('|', d.name_en, o.code, contract, c.code, subject_kind, subject_id, k.code, days, "
            "proof, subject_types, count, units, radius_m, accuracy_m, dwell_s, fraction, tool, form, "
            "fill_percent, allow_s, grace_s, valid_from at time zone 'UTC', valid_to at time zone 'UTC') from duty "
            "d join organisation o on o.id = d.organisation_id join campaign c on c.id = campaign_id join calendar "
            "k on k.id = calendar_id where key = 'all'"),
        "Name|co|HT-1|fire|zone|21|cn|work|area|{cleaner,fleet}|2|2|1.5|20|30|0.9|t|f|70|60|1200|2026-02-28 16:00:00|"
        "2099-01-01 00:00:00");
    assert_int_equal(stored(&spec).outcome, DUTY_PUT_SAME);
    spec.contract = NULL;                                      /* leaving a field out is a change, too */
    assert_int_equal(stored(&spec).outcome, DUTY_PUT_CHANGED); /* valid_from as it was: from now on */
    assert_string_equal(site_value("select valid_from > now() - interval '1 minute' from duty where key = 'all' and "
                                   "version = 2"),
                        "t");
    assert_int_equal(stored(&spec).outcome, DUTY_PUT_SAME);
}

static void what_has_begun_is_not_changed_behind_its_back(void **state)
{
    (void)state;
    struct duty_spec spec = right();
    spec.key = "past";
    spec.valid_from = "2026-01-01";
    stored(&spec);
    spec.count = "2";
    spec.valid_from = "2025-06-01";
    assert_int_equal(put(&spec, 0, NULL), BASE_INVALID);
    assert_non_null(strstr(test_diag.text, "has passed, and windows since then began under version 1"));
    spec.valid_from = "2026-02-01";
    assert_int_equal(put(&spec, 0, NULL), BASE_INVALID);
    spec.valid_from = "2090-01-01T00:00:00+08:00";
    assert_int_equal(stored(&spec).version, 2);
    assert_int_equal(stored(&spec).outcome, DUTY_PUT_SAME);
    spec.count = "3";
    spec.valid_from = "2080-01-01T00:00:00+08:00"; /* before the one to come: that one never will be */
    assert_int_equal(stored(&spec).version, 3);
    assert_string_equal(
        site_value("select string_agg(concat_ws(' ', version, extract(year from valid_from at time zone "
                   "'Asia/Shanghai'), extract(year from valid_to at time zone 'Asia/Shanghai')), ', ' "
                   "order by version) from duty where key = 'past'"),
        "1 2026 2080, 2 2090 2090, 3 2080");
}

/* --- windows that judge has opened already --- */
static void window(int64_t duty, const char *from, const char *verdict)
{
    char sql[500];
    snprintf(sql, sizeof sql,
             "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at, "
             "verdict) values (101, %s, %lld, 1, 1, 'building', %s + interval '2 hours', %s + interval '3 hours', %s)",
             from, (long long)duty, from, from, verdict);
    site_value(sql);
}

static void windows_that_have_begun_stay_and_later_ones_go(void **state)
{
    (void)state;
    struct duty_spec spec = right();
    spec.key = "windows";
    struct duty_put made = stored(&spec);
    char sql[200];
    snprintf(sql, sizeof sql, "select count(*) from duty_window where duty_id = %lld", (long long)made.id);
    window(made.id, "now() - interval '1 hour'", "null");
    window(made.id, "now() + interval '1 hour'", "null");
    window(made.id, "now() + interval '3 hours'", "null");
    window(made.id + 1, "now() + interval '1 hour'", "null"); /* another duty's */
    spec.grace_s = "700";
    stored(&spec);
    assert_string_equal(site_value(sql), "1");
    window(made.id, "now() + interval '1 hour'", "null");
    window(made.id, "now() + interval '30 hours'", "null");
    test_ok(data_begin(conn, &test_diag));
    test_ok(duty_close(conn, 101, made.id, 2, base_clock_now_us() + INT64_C(86400000000), &test_diag));
    test_ok(data_commit(conn, &test_diag));
    assert_string_equal(site_value(sql), "2");
    assert_string_equal(site_value("select count(*) from duty_window"), "3");
}

static enum base_err closes(int64_t id, int64_t if_version, int64_t at_us)
{
    test_ok(data_begin(conn, &test_diag));
    enum base_err err = duty_close(conn, 101, id, if_version, at_us, &test_diag);
    if (err) {
        data_rollback(conn);
        return err;
    }
    test_ok(data_commit(conn, &test_diag));
    return BASE_OK;
}

static void a_duty_ends_and_may_come_back(void **state)
{
    (void)state;
    struct duty_spec spec = right();
    spec.key = "ends";
    struct duty_put made = stored(&spec);
    assert_int_equal(closes(made.id, 5, 0), BASE_CONFLICT);
    assert_int_equal(closes(made.id + 1000, 0, 0), BASE_NOT_FOUND);
    test_ok(closes(made.id, 1, 1)); /* long ago: now */
    assert_string_equal(
        site_value("select valid_to between now() - interval '1 minute' and now() from duty where key = "
                   "'ends'"),
        "t");
    assert_int_equal(closes(made.id, 0, 0), BASE_NOT_FOUND);
    assert_non_null(strstr(test_diag.text, "has ended"));
    struct duty_put again = stored(&spec);
    assert_int_equal(again.outcome, DUTY_PUT_CHANGED);
    assert_int_equal(again.id, made.id);
    assert_int_equal(again.version, 2);
    spec.count = "2";
    spec.valid_from = "2090-01-01";
    stored(&spec);
    test_ok(closes(made.id, 3, base_clock_now_us() + 3600 * INT64_C(1000000)));
    assert_string_equal(site_value("select count(*) from duty where key = 'ends' and (valid_to is null or valid_to > "
                                   "now() + interval '2 hours') and valid_to is distinct from valid_from"),
                        "0"); /* the one to come is gone, too */
}

/* The second waits for the first, and then finds the duty there. */
static void two_writers_make_one_duty(void **state)
{
    (void)state;
    struct duty_spec spec = right();
    struct duty_put done = {.id = 0};
    spec.key = "race";
    test_ok(data_begin(conn, &test_diag));
    test_ok(duty_put(conn, &spec, 0, &test_diag, &done));
    site_value("set lock_timeout = '200ms'");
    PGresult *result = PQexec(site_pg, "select pg_advisory_xact_lock(hashtextextended('hutong duty', 101))");
    assert_string_equal(PQresultErrorField(result, PG_DIAG_SQLSTATE), "55P03");
    PQclear(result);
    test_ok(data_commit(conn, &test_diag));
    assert_int_equal(stored(&spec).outcome, DUTY_PUT_SAME);
}

/* --- remarks --- */
static void remark(struct duty_spec spec, const char *expected)
{
    struct duty_put done = stored(&spec);
    if (*expected ? !strstr(done.remark, expected) : *done.remark) {
        fail_msg("%s: \"%s\" is not: %s", spec.key, expected, done.remark);
    }
}

static void authors_are_told_what_they_should_know(void **state)
{
    (void)state;
    site_value("delete from duty_window; delete from duty");
    struct duty_spec spec = right();
    remark(spec, "");
    spec.key = "day";
    spec.subject_filter = "use = 'commercial'"; /* other places */
    remark(spec, "");
    spec.key = "one";
    spec.subject_filter = NULL;
    spec.subject_id = "1";
    remark(spec, "overlaps duty \"night\": the same place, proof and time");
    spec.key = "two";
    spec.subject_id = "2";
    remark(spec, "overlaps duty \"day\"");
    spec.key = "cleaner"; /* another kind of subject, and nobody has a cleaner's source */
    spec.subject_types = "cleaner";
    remark(spec, "no source or shift of the estate sends {cleaner}");
    site_value(
        "insert into shift (estate_id, source_id, subject_type, label, label_en, starts_at, ends_at) values (101, "
        "1, 'cleaner', '保洁', 'c', now(), now() + interval '1 day')");
    remark(spec, "");
    spec = right();
    spec.key = "checkin";
    spec.proof = "checkin"; /* another proof */
    remark(spec, "");
    spec = right();
    spec.key = "tall";
    spec.subject_filter = "levels > 50";
    remark(spec, "names no building today");
    spec.estate_id = 102;
    spec.key = "there";
    spec.subject_filter = NULL;
    remark(spec, "no source or shift of the estate sends {guard}"); /* estate 101's guards are not its */
}

static void times_that_never_meet_do_not_overlap(void **state)
{
    (void)state;
    site_value("delete from duty");
    struct duty_spec spec = right();
    spec.subject_filter = NULL;
    spec.schedule = "every 08:00-12:00 2h";
    remark(spec, "");
    spec.key = "afternoon";
    spec.schedule = "every 12:00-18:00 2h";
    remark(spec, "");
    spec.key = "noon";
    spec.schedule = "every 11:00-13:00 1h";
    remark(spec, "overlaps duty");
    site_value("delete from duty");
    spec.key = "weekdays";
    spec.days = "work";
    remark(spec, "");
    spec.key = "weekend";
    spec.days = "rest";
    remark(spec, "");
    site_value("delete from duty");
    spec.key = "gone";
    spec.days = NULL;
    spec.valid_from = "2020-01-01";
    spec.valid_to = "2021-01-01";
    remark(spec, "");
    spec.key = "now";
    spec.valid_from = spec.valid_to = NULL;
    remark(spec, "");
    spec.key = "camera";
    spec.subject_kind = "camera";
    spec.proof = "online";
    remark(spec, "");
    spec.key = "camera-hall"; /* the camera is bound anew: its former id is the same one */
    spec.subject_id = "62";
    remark(spec, "overlaps duty \"camera\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_duties_are_refused_with_reasons),
        cmocka_unit_test(a_duty_has_versions),
        cmocka_unit_test(what_is_not_said_is_as_the_table_has_it),
        cmocka_unit_test(all_fields_are_kept),
        cmocka_unit_test(what_has_begun_is_not_changed_behind_its_back),
        cmocka_unit_test(windows_that_have_begun_stay_and_later_ones_go),
        cmocka_unit_test(a_duty_ends_and_may_come_back),
        cmocka_unit_test(two_writers_make_one_duty),
        cmocka_unit_test(authors_are_told_what_they_should_know),
        cmocka_unit_test(times_that_never_meet_do_not_overlap),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
