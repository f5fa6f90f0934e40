/* Measures on public schedules: trucks on a garbage route of Tainan, sweeping of San Francisco's kerbs. The schedules
 * are real, what became of them is the test's: it knows the right numbers from the file alone. Skipped aloud without
 * ../shared. */
#include "fixture/formula_kit.h"

enum { STOPS_MAX = 64, KERBS_MAX = 300, TEXT_MAX = 8 * 1024 * 1024 };

static char *shared_text(const char *path)
{
    char full[1024];
    const char *shared = fixture_shared();
    if (!shared) {
        skip(); /* fixture_shared has said why */
    }
    snprintf(full, sizeof full, "%s/%s", shared, path);
    FILE *file = fopen(full, "rb");
    if (!file) {
        fail_msg("%s: cannot be opened", full);
        return NULL;
    }
    char *text = calloc(1, TEXT_MAX);
    assert_non_null(text);
    size_t len = fread(text, 1, TEXT_MAX - 1, file);
    fclose(file);
    assert_in_range(len, 1, TEXT_MAX - 2);
    return text;
}

struct stop {
    double lon, lat;
    int minute; /* of the day, local */
};

enum { NAME = 2, LON = 8, LAT = 9, TIME = 10, FIELDS = 13 };

/* The stops of one route, while their times ascend. */
static int stops_of(const char *text, const char *route, struct stop *stops)
{
    struct base_arena arena;
    struct base_csv csv = base_csv_of(base_str_of(text));
    struct base_str fields[FIELDS];
    struct base_diag diag;
    size_t found = 1;
    int count = 0;
    base_arena_init(&arena, TEXT_MAX);
    while (found && count < STOPS_MAX) {
        if (base_csv_next(&csv, &arena, fields, FIELDS, &found, &diag)) {
            fail_msg("%s", diag.text);
        }
        struct stop *stop = &stops[count];
        int64_t hour, minute;
        if (found == FIELDS && base_str_is(fields[NAME], route) && fields[TIME].len == 5 &&
            base_str_f64(fields[LON], &stop->lon) && base_str_f64(fields[LAT], &stop->lat) &&
            base_str_i64((struct base_str){fields[TIME].at, 2}, &hour) &&
            base_str_i64((struct base_str){fields[TIME].at + 3, 2}, &minute)) {
            stop->minute = (int)(hour * 60 + minute);
            count += count == 0 || stop->minute > stops[count - 1].minute;
        }
    }
    base_arena_release(&arena);
    return count;
}

static void dwell(int stop, const struct stop *at, int seconds)
{
    kit_format(
        "insert into fix (estate_id, t_event, dedup, t_recv, t_source, source_id, subject, subject_type, pos_source, "
        "lon, lat,"
        " acc_m, place_method) select 1, t.t, gen_random_uuid(), t.t, 'device', 1, md5('truck')::uuid, 'fleet', 'gnss',"
        " %.7f + case when o.s between 0 and %d then 0 else 50 end / metres_east(%.7f), %.7f, 5, 'none'"
        " from generate_series(-5, %d, 5) o (s) cross join lateral (select (timestamp '2026-03-02' + interval '1 "
        "minute' * %d"
        " + interval '1 second' * o.s) at time zone 'Asia/Taipei' as t) t",
        at->lon, seconds, at->lat, at->lat, seconds + 5, at->minute);
    kit_format(
        "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m, fixes)"
        " select 1, min(t_event), subject, 'zone', %d, max(t_event), 'fleet', 0, count(*) from fix"
        " where t_event >= (timestamp '2026-03-02' + interval '1 minute' * %d - interval '5 seconds') at time zone "
        "'Asia/Taipei'"
        " group by subject",
        stop, at->minute);
}

/* The truck keeps the timetable. At every third stop it stands 20 s, else 45 s; 30 s are asked, in a square of 30 m,
 * within five minutes (or until the next stop's time) of the one that the timetable says. */
static void a_truck_keeps_its_timetable(void **state)
{
    struct stop stops[STOPS_MAX];
    char expected[64];
    int served = 0;
    (void)state;
    char *text = shared_text("data/c_tracks/tainan_garbage_routes_2022.csv");
    int count = stops_of(text, "七股-1", stops);
    free(text);
    assert_in_range(count, 10, STOPS_MAX);
    kit_duty(1, 1, "zone", "pass", "dwell_s = 30, subject_types = '{fleet}'");
    for (int i = 0; i < count; i++) {
        int next = i + 1 < count ? stops[i + 1].minute : stops[i].minute + 5;
        kit_format("insert into zone (estate_id, id, dataset, key, kind, geom, valid_from) select 1, %d, 'tainan', "
                   "'%d', 'collection',"
                   " st_multi(st_expand(st_setsrid(st_makepoint(%.7f, %.7f), 4326), 15 / metres_east(%.7f), 15 / "
                   "metres_north(%.7f))),"
                   " '2020-01-01'",
                   i + 1, i + 1, stops[i].lon, stops[i].lat, stops[i].lat, stops[i].lat);
        kit_format(
            "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at)"
            " select 1, w.t, 1, %d, 1, 'zone', w.t + interval '1 minute' * least(5, %d), w.t + interval '1 hour' from "
            "(select"
            " (timestamp '2026-03-02' + interval '1 minute' * %d) at time zone 'Asia/Taipei' as t) w",
            i + 1, next - stops[i].minute, stops[i].minute);
        dwell(i + 1, &stops[i], i % 3 == 2 ? 20 : 45);
        served += i % 3 != 2;
    }
    snprintf(expected, sizeof expected, "%d %d %d %d", served, count, served * 45 + (count - served) * 20,
             count - served);
    assert_string_equal(kit_ask("formula_truck_dwell", "sum(numerator), sum(denominator), sum(dwell_s), sum(under)",
                                "{1}", "2026-03-01 16:00Z", "2026-03-02 16:00Z", KIT_NULL, "1", "120", "30", NULL),
                        expected);
}

static long number_after(const char *at, const char *end, const char *key)
{
    const char *found = strstr(at, key);
    return found && found < end ? strtol(found + strlen(key), NULL, 10) : -1;
}

static int weekday_after(const char *at, const char *end)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const char *found = strstr(at, "\"WeekDay\": \"");
    for (int day = 0; found && found < end && day < 7; day++) {
        if (strncmp(found + 12, days[day], 3) == 0) {
            return day;
        }
    }
    return -1;
}

/* The kerbs of the second week of March 2026, Monday 9 to Sunday 15, the day after the clocks went forward there: each
 * that is swept in a month's second week is due once, in its hours. Every fourth is swept to 3 of 8 cells where half is
 * asked, every tenth of the others is waived. */
static void kerbs_are_swept_on_schedule(void **state)
{
    char expected[64];
    int kerbs = 0, served = 0, waived = 0;
    (void)state;
    char *text = shared_text("data/d_incidents/sf_street_sweeping_schedule.geojson");
    kit_sql("update estate set tz = 'America/Los_Angeles' where id = 1");
    kit_duty(1, 1, "zone", "area", "fraction = 0.5, subject_types = '{vehicle}'");
    for (char *at = strstr(text, "\"WeekDay\""); at && kerbs < KERBS_MAX; at = strstr(at + 1, "\"WeekDay\"")) {
        const char *end = strchr(at, '}');
        int day = weekday_after(at, end);
        long from = number_after(at, end, "\"FromHour\": \""), to = number_after(at, end, "\"ToHour\": \"");
        if (day < 0 || from < 0 || to <= from || to > 24 || number_after(at, end, "\"Week2\": \"") != 1) {
            continue;
        }
        bool short_of = ++kerbs % 4 == 0, let_off = !short_of && kerbs % 10 == 1;
        kit_format(
            "with w as (select (timestamp '2026-03-09' + interval '1 day' * %d + interval '1 hour' * %ld) at time zone"
            " 'America/Los_Angeles' as t), g as (insert into zone_grid (estate_id, zone_id, grid, lon, lat, cell_m, "
            "width, height,"
            " passable, mask, made_at) values (1, %d, md5('g')::uuid, -122.4, 37.8, 2.5, 8, 1, 8, '11111111', "
            "'2026-01-01')),"
            " c as (insert into coverage (estate_id, t_event, subject, zone_id, t_to, subject_type, grid, cells) "
            "select 1,"
            " t + interval '5 minutes', md5('s')::uuid, %d, t + interval '15 minutes', 'vehicle', md5('g')::uuid, '%s' "
            "from w)"
            " insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at, "
            "verdict)"
            " select 1, t, 1, %d, 1, 'zone', t + interval '1 hour' * %ld, t + interval '1 day', %s from w",
            day, from, kerbs, kerbs, short_of ? "11100000" : "11110000", kerbs, to - from,
            let_off ? "'waived'" : "null");
        served += !short_of && !let_off;
        waived += let_off;
    }
    free(text);
    assert_in_range(kerbs, 100, KERBS_MAX);
    snprintf(expected, sizeof expected, "%d %d %d %d", served, kerbs - waived, kerbs - waived, waived);
    assert_string_equal(kit_ask("formula_sanitation_on_schedule", "numerator, denominator, zones_due, waived", "{1}",
                                "2026-03-09 07:00Z", "2026-03-16 07:00Z", KIT_NULL, NULL),
                        expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        kit_test(a_truck_keeps_its_timetable),
        kit_test(kerbs_are_swept_on_schedule),
    };
    return cmocka_run_group_tests(tests, kit_open, kit_close);
}
