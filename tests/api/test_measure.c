/* /api/measures: each of the fourteen gives what its formula gives by SQL, of the estates that the caller has; who may
 * ask which, and for what; what cannot be asked. */
#include "api/write_kit.h"
#include "fixture/formula_kit.h"

#include <dirent.h>

static char silent[160];
/* --- a small world, the same in both estates; places are 101 ... and 201 ... --- */

#define DAY_1 "2026-03-01 "

static void places(int estate, int first, double x)
{
    for (int i = 0; i < 4; i++) {
        kit_building(estate, first + i, x + i * 100, 0, 50);
    }
    kit_format("insert into responsibility (estate_id, building_id, kind, label, valid_from)"
               " values (%d, %d, 'steward', 'a', '2025-01-01'), (%d, null, 'steward', 'b', '2025-01-01')",
               estate, first, estate);
    kit_format("insert into zone (estate_id, id, dataset, key, kind, geom, valid_from) select %d, %d, 'test', '%d', "
               "'sanitation',"
               " st_multi(st_makeenvelope(x, 31.0, x + 40 / metres_east(31), 31.0 + 40 / metres_north(31), 4326)), "
               "'2020-01-01'"
               " from (select 121.4 + %.3f / metres_east(31) as x) p",
               estate, first, first, x);
    kit_format(
        "insert into zone_grid (estate_id, zone_id, grid, lon, lat, cell_m, width, height, passable, mask, made_at)"
        " values (%d, %d, md5('g')::uuid, 121.4, 31, 2.5, 4, 2, 6, '11111100', '2026-01-01')",
        estate, first);
    kit_format(
        "insert into checkpoint (estate_id, id, dataset, key, geom, tag, valid_from) values (%d, %d, 'test', 'c',"
        " st_setsrid(st_makepoint(121.4, 31), 4326), 'T%d', '2020-01-01')",
        estate, first, first);
    kit_format(
        "insert into route (estate_id, id, dataset, key, geom, valid_from) select %d, %d, 'test', 'r', st_setsrid("
        "st_multi(st_makeline(st_makepoint(x, 31), st_makepoint(x + 200 / metres_east(31), 31))), 4326), '2020-01-01'"
        " from (select 121.4 + %.3f / metres_east(31) as x) p",
        estate, first, x);
}

static void duties(int estate, int first)
{
    kit_duty(estate, first, "building", "pass", "campaign_id = 5");
    kit_duty(estate, first + 1, "zone", "area", "fraction = 0.5, subject_types = '{cleaner}'");
    kit_duty(estate, first + 2, "checkpoint", "checkin", NULL);
    kit_duty(estate, first + 3, "zone", "pass", "dwell_s = 60, subject_types = '{fleet}'");
    kit_window(estate, first, "building", first, DAY_1 "10:00Z", DAY_1 "12:00Z", "met");
    kit_window(estate, first, "building", first, DAY_1 "12:00Z", DAY_1 "14:00Z", "missed");
    kit_window(estate, first, "building", first + 1, DAY_1 "12:00Z", DAY_1 "14:00Z", "waived");
    kit_window(estate, first, "building", first, "2026-02-28 10:00Z", "2026-02-28 12:00Z", "missed");
    kit_window(estate, first + 1, "zone", first, DAY_1 "06:00Z", DAY_1 "08:00Z", "met");
    kit_window(estate, first + 2, "checkpoint", first, DAY_1 "10:00Z", DAY_1 "11:00Z", "met");
    kit_window(estate, first + 3, "zone", first, DAY_1 "06:00Z", DAY_1 "07:00Z", "met");
    kit_pass(estate, "building", first, 1, "guard", DAY_1 "10:30Z", DAY_1 "10:35Z", 3);
    kit_pass(estate, "zone", first, estate * 10 + 2, "fleet", DAY_1 "06:00Z", DAY_1 "07:00Z", 0);
    kit_format(
        "insert into coverage (estate_id, t_event, subject, zone_id, t_to, subject_type, grid, cells) values"
        " (%d, '2026-03-01 06:30Z', md5('3')::uuid, %d, '2026-03-01 06:40Z', 'cleaner', md5('g')::uuid, '11100000')",
        estate, first);
}

/* The bin, the check-in and the tracks come by sources of the whole district: a company sees none of their rows. */
static void device(int source, int id, const char *kind, int estate, int building)
{
    char native[16];
    snprintf(native, sizeof native, "n%d", id);
    kit_device(source, id, native, kind, "2020-01-01");
    kit_format("update device set building_estate_id = %d, building_id = %d, state = 'accepted' where id = %d", estate,
               building, id);
}

static void devices(int estate, int first)
{
    char values[200];
    device(estate, first + 11, "camera", estate, first + 1);
    kit_event(estate, first + 11, "lifecycle", "start", "2026-02-28 00:00Z", "", "");
    kit_event(estate, first + 11, "lifecycle", "end", DAY_1 "06:00Z", "", "");
    device(9, first + 12, "bin", estate, first);
    kit_event(9, first + 12, "state", "pulse", DAY_1 "01:00Z", ", measures",
              ", '{\"fill\":{\"value\":50,\"unit\":\"%\"}}'");
    kit_event(9, first + 12, "state", "pulse", DAY_1 "06:00Z", ", measures",
              ", '{\"fill\":{\"value\":90,\"unit\":\"%\"}}'");
    snprintf(values, sizeof values, ", 'T%d', md5('1')::uuid, 'guard'", first);
    kit_event(9, 99, "checkpoint", "pulse", DAY_1 "10:10Z", ", native_id, subject, subject_type", values);
    for (int i = 0; i < 6; i++) {
        snprintf(values, sizeof values, ", %d, %d", estate, first + (i > 4));
        kit_event(estate, first + 11, "alarm", "start", DAY_1 "03:00Z", ", building_estate_id, building_id", values);
    }
}

static void track(int subject, const char *type, const char *from, double x, double y, double step)
{
    kit_format(
        "insert into fix (estate_id, t_event, dedup, t_recv, t_source, source_id, subject, subject_type, shift_id, "
        "pos_source, lon, lat, acc_m, place_method) select 0, t, gen_random_uuid(), t, 'device', 9, md5('%d')::uuid, "
        "'%s', 1,"
        " 'gnss', 121.4 + (%.3f + n * %.3f) / metres_east(31), 31.0 + %.3f / metres_north(31), 5, 'none'"
        " from (select n, timestamptz '%s' + n * interval '10 seconds' as t from generate_series(0, 9) n) s",
        subject, type, x, step, y, from);
}

/* One closed at the estate's own level after a rework, its clocks kept; a day later the same at the same building. */
static void incidents(int estate, int first)
{
    kit_format(
        "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, title, t_event, "
        "reported_at, state_at, state, building_id, closed_at) select %d, %d + n, 'call', 'other', 'small', p.id, "
        "p.version, 't', at, at, at, case n when 0 then 'closed' else 'filed' end::incident_state, %d, case n when 0 "
        "then "
        "at + interval '1 hour' end from sla_policy p, generate_series(0, 1) n, lateral (select timestamptz '" DAY_1
        "04:00Z' + n * interval '1 day' as at) t where p.key = 'small'",
        estate, first, first);
    kit_format("insert into clock (estate_id, incident_id, stage, started_at, total_us, left_us, warn_us, stopped_at) "
               "values (%d, "
               "%d, 'resolve', '" DAY_1 "04:00Z', 2400000000, 1200000000, 0, '" DAY_1 "04:20Z')",
               estate, first);
    kit_format("insert into incident_step (estate_id, incident_id, step, at, state) values (%d, %d, 'rework', '" DAY_1
               "04:30Z', 'dispatched'), (%d, %d, 'verify', '" DAY_1 "04:40Z', 'verified')",
               estate, first, estate, first);
}

static void world(void)
{
    static const char *const facts[] = {"fix",     "coverage",    "waiver",       "outage",
                                        "verdict", "duty_window", "incident_step"};
    kit_pg = on.pg;
    kit_sql("set timezone = 'UTC'");
    for (size_t i = 0; i < BASE_COUNT(facts); i++) {
        kit_format("create table %s_default partition of %s default", facts[i], facts[i]);
    }
    kit_sql("insert into organisation (id, kind, code, name) values (7, 'company', 'o7', 'o7');"
            "insert into campaign (id, code, name, t_from, t_to) values (5, 'clean', 'c', '2026-03-01', '2026-03-02'),"
            " (6, 'long', 'l', '2020-01-01', '2026-03-02');"
            "insert into source (id, estate_id, name, topics, format, purpose) values (9, 0, 's9', '{z}', 'mapping', "
            "'test')");
    for (int estate = 1; estate <= 2; estate++) {
        double x = estate * 2000.0;
        places(estate, estate * 100 + 1, x);
        duties(estate, estate * 100 + 1);
        devices(estate, estate * 100 + 1);
        incidents(estate, estate * 100 + 1);
        track(estate * 10 + 1, "guard", DAY_1 "04:00Z", x, 0, 12);
        track(estate * 10 + 2, "fleet", DAY_1 "06:10Z", x + 20, 20, 0);
    }
}

/* --- each against its formula --- */

#define PERIOD "from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z"
#define AS_OF "2026-03-05T00:00:00Z"

enum { MOMENT = 1, DEVICES = 2, UNITS = 4, SEEN = 8 };

/* asked: what is added to the period; sql: the query's parameters behind it, with the standards that are documented. */
static const struct measure {
    const char *name, *asked;
    const char *sql[8];
    unsigned is;
} measures[] = {
    {"area_swept", "", {"false", KIT_NULL}, 0},
    {"bin_overflow", "", {"80", "4 hours", "1 day"}, DEVICES},
    {"blind_spot", "", {"50", "0.5", "1 day", "{guard,cleaner}", "15", "{camera}"}, 0},
    {"camera_uptime", "", {"day", "1 day", "{camera}"}, DEVICES | SEEN},
    {"campaign_change", "campaign=clean&as_of=" AS_OF, {"5", AS_OF}, MOMENT},
    {"checkpoint_completion", "&as_of=" AS_OF, {AS_OF, "900", "600", "60"}, 0},
    {"clock_compliance", "", {NULL}, 0},
    {"closure", "", {NULL}, 0},
    {"duty_rate", "", {KIT_NULL}, 0},
    {"hot_spot", "", {"alarm", "200", "5"}, 0},
    {"punctuality", "&as_of=" AS_OF, {AS_OF, "60"}, 0},
    {"recurrence", "&as_of=" AS_OF, {"30 days", AS_OF}, 0},
    {"rework", "", {NULL}, 0},
    {"route_adherence", "", {"15", "30", "60", "{guard}"}, UNITS | SEEN},
    {"sanitation_on_schedule", "&as_of=" AS_OF, {AS_OF}, 0},
    {"solved_at_level", "", {NULL}, 0},
    {"steward_coverage", "at=" AS_OF, {AS_OF}, MOMENT},
    {"time_since_pass", "", {"{guard}", "15", "1 day", KIT_NULL}, 0},
    {"truck_dwell", "&as_of=" AS_OF, {AS_OF, "1", "120", "30"}, UNITS | SEEN},
    /* with parameters of one's own, each of a type */
    {"area_swept", "&tool=true&subject_types=guard,cleaner", {"true", "{guard,cleaner}"}, 0},
    {"bin_overflow", "&fill_percent=45.5&deadline_s=60&silence_s=7200", {"45.5", "1 minute", "2 hours"}, DEVICES},
    {"blind_spot",
     "&kinds=Dome+Camera,bin&near_m=500",
     {"500", "0.5", "1 day", "{guard,cleaner}", "15", "{Dome Camera,bin}"},
     0},
    {"camera_uptime", "&bucket=period", {"period", "1 day", "{camera}"}, DEVICES | SEEN},
    {"duty_rate", "&campaign=clean", {"5"}, 0},
    {"hot_spot", "&what=missed&minimum=0", {"missed", "200", "0"}, 0},
    {"time_since_pass", "&limit_s=3600&look_back_s=0", {"{guard}", "15", "0 seconds", "3600"}, 0},
};
enum { NAMES = 19 };

static const char *address(const struct measure *measure, const char *more)
{
    static char path[400];
    snprintf(path, sizeof path, "/api/measures/%s?%s%s%s", measure->name, measure->is & MOMENT ? "" : PERIOD,
             measure->asked, more);
    return path;
}

/* The formula's rows by SQL, as JSON. */
static struct base_json *by_sql(const struct measure *measure, const char *estates)
{
    static char sql[KIT_TEXT];
    char name[64];
    const char *params[KIT_PARAMS] = {estates, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"};
    int count = measure->is & MOMENT ? 1 : 3;
    for (size_t i = 0; i < BASE_COUNT(measure->sql) && measure->sql[i]; i++) {
        params[count++] = strcmp(measure->sql[i], KIT_NULL) == 0 ? NULL : measure->sql[i];
    }
    snprintf(name, sizeof name, "formula_%s", measure->name);
    char *query = strdup(kit_query(name));
    assert_non_null(query);
    *strrchr(query, ';') = '\0';
    snprintf(sql, sizeof sql, "select coalesce(json_agg(asked), '[]') from (%s) asked", query);
    free(query);
    const char *text = kit_text(PQexecParams(on.pg, sql, count, NULL, params, NULL, NULL, 0));
    struct base_json *json = NULL;
    test_ok(base_json_in_parse(text, strlen(text), &test_diag, &json));
    return json;
}

static bool times_alike(struct base_str a, struct base_str b)
{
    int64_t one_us, other_us;
    return base_str_equal(a, b) || (base_time_in(a, &one_us) && base_time_in(b, &other_us) && one_us == other_us);
}

static bool alike(const struct base_json *is, const struct base_json *should)
{
    double one, other;
    struct base_str a, b;
    bool yes, no;
    if (base_json_in_is_null(should)) {
        return !is || base_json_in_is_null(is);
    } else if (base_json_in_f64(should, &other)) {
        return base_json_in_f64(is, &one) && fabs(one - other) <= 1e-6 * (1 + fabs(other));
    } else if (base_json_in_bool(should, &yes)) {
        return base_json_in_bool(is, &no) && yes == no;
    } else if (base_json_in_is_array(should)) {
        bool all = base_json_in_size(is) == base_json_in_size(should);
        for (size_t i = 0; all && i < base_json_in_size(should); i++) {
            all = alike(base_json_in_at(is, i), base_json_in_at(should, i));
        }
        return all;
    }
    return base_json_in_text(is, &a) && base_json_in_text(should, &b) && times_alike(a, b);
}

static void same_row(const char *name, const struct base_json *is, const struct base_json *should)
{
    void *at = NULL;
    struct base_str key;
    const struct base_json *value;
    size_t seen = 0;
    while (base_json_in_next(should, &at, &key, &value)) {
        const struct base_json *own = base_json_in_get(is, key.at);
        if (base_str_is(key, "unit")) {
            continue;
        }
        if (!alike(own, value)) {
            fail_msg("%s: %.*s is not as by SQL: %.2000s", name, (int)key.len, key.at, answer.body.at);
        }
        seen += own != NULL;
    }
    assert_int_equal(seen, base_json_in_size(is)); /* and nothing else */
    assert_true(base_json_in_get(is, "value") && base_json_in_get(is, "numerator") &&
                base_json_in_get(is, "denominator"));
}

/* What was just answered has these rows and no others; how many. */
static size_t same(const struct measure *measure, const char *estates)
{
    AUTO(base_json) json = test_json(&answer);
    AUTO(base_json) should = by_sql(measure, estates);
    const struct base_json *rows = base_json_in_get(json, "rows");
    assert_string_equal(test_text(json, "measure"), measure->name);
    assert_int_equal(test_i64(json, "version"), strcmp(measure->name, "closure") == 0 ? 2 : 1);
    if (base_json_in_size(rows) != base_json_in_size(should)) {
        fail_msg("%s: %zu rows instead of %zu", measure->name, base_json_in_size(rows), base_json_in_size(should));
    }
    for (size_t i = 0; i < base_json_in_size(should); i++) {
        same_row(measure->name, base_json_in_at(rows, i), base_json_in_at(should, i));
    }
    return base_json_in_size(should);
}

static bool something(void)
{
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *rows = base_json_in_get(json, "rows");
    bool found = false;
    for (size_t i = 0; i < base_json_in_size(rows) && !found; i++) {
        double value = 0;
        found = base_json_in_f64(base_json_in_get(base_json_in_at(rows, i), "value"), &value) && value != 0;
    }
    return found;
}

static void numbers_are_those_of_the_formulas(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(measures); i++) {
        const struct measure *measure = &measures[i];
        WRITE_EXPECT(200, get(address(measure, ""), district));
        size_t both = same(measure, "{1,2,3}");
        if (i < NAMES && !something()) {
            fail_msg("%s: nothing is measured: %.1000s", measure->name, answer.body.at);
        }
        /* One's own estate is measured alike, also by what of it lies with sources of the whole district. */
        WRITE_EXPECT(200, get(address(measure, ""), company));
        size_t own = same(measure, "{1}");
        assert_true(both > own);
        WRITE_EXPECT(200, get(address(measure, "&estate=1"), company));
        same(measure, "{1}");
        WRITE_EXPECT(200, get(address(measure, "&estate=2"), district));
        same(measure, "{2}");
    }
}

static void what_is_of_others_is_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        WRITE_EXPECT(200, get(address(&measures[i], "&estate=2"), company));
        assert_non_null(strstr(answer.body.at, "\"rows\":[]"));
        WRITE_EXPECT(200, get(address(&measures[i], "&estate=777"), district));
        assert_non_null(strstr(answer.body.at, "\"rows\":[]"));
    }
}

static void who_may_ask_which(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        const struct measure *measure = &measures[i];
        bool outlines = strcmp(measure->name, "steward_coverage") == 0;
        WRITE_EXPECT(measure->is & (DEVICES | UNITS) ? 403 : 200, get(address(measure, ""), committee));
        WRITE_EXPECT(outlines ? 200 : 403, get(address(measure, ""), planner));
        if (!outlines) {
            assert_non_null(strstr(answer.body.at, "do not include the look"));
        }
        WRITE_EXPECT(measure->is & SEEN ? 403 : 200, get(address(measure, ""), silent));
        if (measure->is & SEEN) {
            assert_non_null(strstr(answer.body.at, "\"type\":\"/problems/purpose\""));
        }
    }
    WRITE_EXPECT(401, get("/api/measures", NULL));
    WRITE_EXPECT(401, get("/api/measures/duty_rate", NULL));
}

/* Somebody who plans everywhere and runs a company here: what he may here he may not elsewhere. */
static void an_estate_in_sight_without_the_look_is_refused(void **state)
{
    (void)state;
    char both[160];
    const struct access_user user = {"both", "planner", NULL, "inspection",
                                     "insert into role_grant (account_id, role, estate_ids) select id, 'company', '{1}'"
                                     " from account where name = 'both'"};
    access_add(on.pg, &user);
    access_header("both", both);
    WRITE_EXPECT(200, get("/api/measures/duty_rate?" PERIOD, both));
    same(&measures[8], "{1}");
    WRITE_EXPECT(403, get("/api/measures/duty_rate?estate=2&" PERIOD, both));
    WRITE_EXPECT(200, get("/api/measures/steward_coverage?estate=2", both));
}

static void looks_at_cameras_and_tracks_are_written_down(void **state)
{
    (void)state;
    test_sql(on.pg, "delete from audit");
    const struct access_user user = {"looker", "company", "{1}", "complaint 7", NULL};
    char looker[160];
    access_add(on.pg, &user);
    access_header("looker", looker);
    for (size_t i = 0; i < NAMES; i++) {
        WRITE_EXPECT(200, get(address(&measures[i], ""), looker));
    }
    assert_string_equal(test_sql(on.pg,
                                 "select string_agg(concat_ws(' ', actor, action, layer, estate_id, purpose), ', '"
                                 " order by layer) from audit where action = 'look'"),
                        "looker look cameras 1 complaint 7, looker look tracks 1 complaint 7");
}

/* --- the list --- */

static const struct base_json *listed(const struct base_json *list, const char *name)
{
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        if (strcmp(test_text(base_json_in_at(list, i), "name"), name) == 0) {
            return base_json_in_at(list, i);
        }
    }
    fail_msg("%s is not listed", name);
    return NULL;
}

/* As its file says: the version, and its columns in their order. */
static void is_its_query(const struct base_json *one, const char *name, const char *file)
{
    char first[128];
    int len = snprintf(first, sizeof first, "-- Formula: %s version %lld.", name, (long long)test_i64(one, "version"));
    const char *sql = kit_query(file);
    assert_memory_equal(sql, first, (size_t)len);
    PGresult *made = PQprepare(on.pg, "", sql, 0, NULL);
    assert_int_equal(PQresultStatus(made), PGRES_COMMAND_OK);
    PGresult *told = PQdescribePrepared(on.pg, "");
    const struct base_json *columns = base_json_in_get(one, "columns");
    size_t at = 0;
    for (int i = 0; i < PQnfields(told); i++) {
        struct base_str column;
        if (strcmp(PQfname(told, i), "unit") != 0) {
            assert_true(base_json_in_text(base_json_in_at(columns, at++), &column));
            assert_string_equal(column.at, PQfname(told, i));
        }
    }
    assert_int_equal(base_json_in_size(columns), at);
    int known =
        (base_json_in_get(one, "days_most") ? 3 : 1) + (int)base_json_in_size(base_json_in_get(one, "parameters"));
    assert_int_equal(PQnparams(told), known);
    PQclear(made);
    PQclear(told);
}

static void every_formula_is_listed(void **state)
{
    char folder[600], name[256];
    size_t count = 0;
    (void)state;
    WRITE_EXPECT(200, get("/api/measures", planner));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *list = base_json_in_get(json, "measures");
    snprintf(folder, sizeof folder, "%s/data/query", fixture_source());
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        size_t len = strlen(entry->d_name);
        if (strncmp(entry->d_name, "formula_", 8) == 0 && len > 12) {
            snprintf(name, sizeof name, "%.*s", (int)len - 4, entry->d_name);
            is_its_query(listed(list, name + 8), name + 8, name);
            count++;
        }
    }
    closedir(dir);
    assert_int_equal(count, NAMES);
    assert_int_equal(base_json_in_size(list), NAMES);
    const struct base_json *bin = listed(list, "bin_overflow");
    const struct base_json *fill = base_json_in_at(base_json_in_get(bin, "parameters"), 0);
    assert_string_equal(test_text(fill, "name"), "fill_percent");
    assert_int_equal(test_i64(fill, "default"), 80);
    assert_int_equal(test_i64(fill, "most"), 100);
    char tag[64], header[300];
    snprintf(tag, sizeof tag, "%s", test_header(&answer, "ETag"));
    snprintf(header, sizeof header, "%sIf-None-Match: %s\r\n", planner, tag);
    assert_int_equal(get("/api/measures", header), 304);
}

static void what_was_in_effect_is_told(void **state)
{
    (void)state;
    WRITE_EXPECT(200, get("/api/measures/blind_spot?" PERIOD "&estate=1&share=0.25&kinds=a,b", company));
    assert_non_null(
        strstr(answer.body.at,
               "\"from\":\"2026-03-01T00:00:00Z\",\"to\":\"2026-03-02T00:00:00Z\",\"unit\":\"1\",\"parameters\":"
               "{\"near_m\":50,\"share\":0.25,\"silence_s\":86400,\"subject_types\":[\"guard\",\"cleaner\"],"
               "\"radius_m\":15,\"kinds\":[\"a\",\"b\"]}"));
    WRITE_EXPECT(200, get("/api/measures/area_swept?" PERIOD, company));
    assert_non_null(strstr(answer.body.at, "\"parameters\":{\"tool\":false,\"subject_types\":null}"));
    WRITE_EXPECT(200, get("/api/measures/campaign_change?campaign=clean&as_of=" AS_OF, company));
    assert_non_null(strstr(answer.body.at,
                           "\"version\":1,\"unit\":\"1\",\"parameters\":{\"campaign\":\"clean\",\"as_of\":\"" AS_OF));
    /* What is to come is cut off. */
    WRITE_EXPECT(200, get("/api/measures/duty_rate?to=2999-01-01T00:00:00Z", company));
    assert_null(strstr(answer.body.at, "2999"));
}

static void what_cannot_be_asked(void **state)
{
    static const struct {
        const char *path, *because;
    } wrong[] = {
        {"duty_rate?colour=1", "unknown parameter \\\"colour\\\"; duty_rate takes only estate, from, to, campaign"},
        {"steward_coverage?from=2026-03-01T00:00:00Z", "takes only estate, at"},
        {"duty_rate?estate=one", "estate must be a whole number"},
        {"duty_rate?estate=-1", "estate must be a whole number"},
        {"duty_rate?estate=1&estate=2", "given twice"},
        {"duty_rate?from=yesterday", "from must be a time"},
        {"duty_rate?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "to (now at the latest) must be after from"},
        {"duty_rate?from=2998-03-02T00:00:00Z&to=2999-03-01T00:00:00Z", "to (now at the latest) must be after from"},
        {"duty_rate?from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "by 400 days at most"},
        {"route_adherence?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", "by 31 days at most"},
        {"truck_dwell?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", "by 31 days at most"},
        {"bin_overflow?fill_percent=101", "fill_percent must be a number, 0 to 100"},
        {"bin_overflow?fill_percent=nan", "fill_percent must be a number"},
        {"bin_overflow?fill_percent=", "fill_percent must be a number"},
        {"bin_overflow?silence_s=1.5", "silence_s must be a whole number, 60 to 2678400"},
        {"bin_overflow?silence_s=1e3", "silence_s must be a whole number"},
        {"hot_spot?what=noise", "what must be one of: alarm missed"},
        {"hot_spot?minimum=-1", "minimum must be a whole number, 0 to 1000000"},
        {"camera_uptime?bucket=week", "bucket must be one of: day month period"},
        {"camera_uptime?kinds=", "kinds must be a list by commas"},
        {"camera_uptime?kinds=a,%22b", "kinds must be a list by commas"},
        {"camera_uptime?kinds=a%00b", "is not UTF-8"},
        {"camera_uptime?kinds=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "at most 16 kinds"},
        {"area_swept?tool=yes", "tool must be one of: true false"},
        {"area_swept?tool=true%00", "is not UTF-8"},
        {"area_swept?subject_types=guard,dog",
         "subject_types must be a list by commas, of at most 16, of: guard cleaner"},
        {"steward_coverage?at=2026", "at must be a time"},
        {"campaign_change", "campaign is missing"},
        {"campaign_change?campaign=nothing", "there is no campaign \\\"nothing\\\""},
        {"campaign_change?campaign=", "campaign must be a campaign's code"},
        {"campaign_change?campaign=a%00b", "is not UTF-8"},
        {"campaign_change?campaign=long", "longer than 400 days"},
        {"duty_rate?campaign=nothing", "there is no campaign"},
    };
    char path[300];
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        snprintf(path, sizeof path, "/api/measures/%s", wrong[i].path);
        if (get(path, company) != 400 || !strstr(answer.body.at, wrong[i].because)) {
            fail_msg("%s: %d %.500s", path, answer.status, answer.body.at);
        }
    }
    WRITE_EXPECT(404, get("/api/measures/happiness", company));
    assert_non_null(strstr(answer.body.at, "area_swept, bin_overflow"));
    assert_non_null(strstr(answer.body.at, "truck_dwell\""));
}

static int open_all(void **state)
{
    (void)state;
    const struct access_user user = {"silent", "company", "{1}", NULL, NULL};
    write_open((struct api_config){.bind = "127.0.0.1", .port = 0});
    access_add(on.pg, &user);
    access_header("silent", silent);
    world();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_formula_is_listed),
        cmocka_unit_test(numbers_are_those_of_the_formulas),
        cmocka_unit_test(what_is_of_others_is_nothing),
        cmocka_unit_test(who_may_ask_which),
        cmocka_unit_test(an_estate_in_sight_without_the_look_is_refused),
        cmocka_unit_test(looks_at_cameras_and_tracks_are_written_down),
        cmocka_unit_test(what_was_in_effect_is_told),
        cmocka_unit_test(what_cannot_be_asked),
    };
    return cmocka_run_group_tests(tests, open_all, write_close);
}
