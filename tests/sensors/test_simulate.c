/* sensors/simulate.c: guards stay on their way, walk as people walk, say so in OwnTracks JSON, and do it all again in
 * the same way when asked again. */
#include "base/base.h"
#include "sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#define SECOND INT64_C(1000000)
static const int64_t start = INT64_C(1790000000) * SECOND;
static const double per_lon = 95500, per_lat = 110860; /* metres per degree at 31.02, near enough */

/* A round of about 200 x 110 m, closed, and a way that is not. */
static const double round_way[][2] = {
    {121.4000, 31.0200}, {121.4021, 31.0200}, {121.4021, 31.0210}, {121.4000, 31.0210}, {121.4000, 31.0200}};
static const double open_way[][2] = {{121.4050, 31.0200}, {121.4050, 31.0220}};
static const struct sensors_simulate_route routes[] = {{1, round_way, BASE_COUNT(round_way)},
                                                       {2, open_way, BASE_COUNT(open_way)}};
static const struct sensors_simulate_stop stops[] = {
    {1, "C1", "巡更点1", 121.4010, 31.02001, true}, {1, "G1", "南门", 121.4015, 31.01996, false},
    {1, "FAR", "别处", 121.4010, 31.0230, true},    {2, "C2", "巡更点2", 121.40501, 31.0210, true},
    {2, "OTHER", "别家", 121.4010, 31.0200, true},
};

static struct sensors_simulate_plan plan_of(double rate, uint64_t seed)
{
    return (struct sensors_simulate_plan){.routes = routes,
                                          .route_count = BASE_COUNT(routes),
                                          .stops = stops,
                                          .stop_count = BASE_COUNT(stops),
                                          .rate = rate,
                                          .seed = seed,
                                          .start_us = start};
}

static struct sensors_simulate *simulate_new(double rate, uint64_t seed)
{
    struct base_diag diag = {.text = ""};
    struct sensors_simulate_plan plan = plan_of(rate, seed);
    struct sensors_simulate *simulate = NULL;
    if (sensors_simulate_new(&plan, &diag, &simulate) != BASE_OK) {
        fail_msg("%s", diag.text);
    }
    return simulate;
}

struct message {
    struct base_buf topic, payload;
    struct base_json *json;
};

static void message_init(struct message *message)
{
    base_buf_init(&message->topic, 256);
    base_buf_init(&message->payload, 4096);
    message->json = NULL;
}

static void message_release(struct message *message)
{
    base_buf_release(&message->topic);
    base_buf_release(&message->payload);
    base_json_free(message->json);
}

static bool next(struct sensors_simulate *simulate, int64_t until, struct message *message)
{
    bool any = false;
    struct base_diag diag = {.text = ""};
    base_json_free(message->json);
    message->json = NULL;
    assert_int_equal(sensors_simulate_next(simulate, until, &message->topic, &message->payload, &any), BASE_OK);
    if (any) {
        assert_int_equal(base_json_in_parse(message->payload.data, message->payload.len, &diag, &message->json),
                         BASE_OK);
    }
    return any;
}

static double number(const struct message *message, const char *key)
{
    double value = NAN;
    base_json_in_f64(base_json_in_get(message->json, key), &value);
    return value;
}

static bool is(const struct message *message, const char *key, const char *text)
{
    struct base_str value;
    return base_json_in_text(base_json_in_get(message->json, key), &value) && base_str_is(value, text);
}

static double off_way(const double (*way)[2], size_t count, double lon, double lat)
{
    double best = INFINITY;
    for (size_t i = 0; i + 1 < count; i++) {
        double ax = (way[i][0] - lon) * per_lon, ay = (way[i][1] - lat) * per_lat;
        double dx = (way[i + 1][0] - way[i][0]) * per_lon, dy = (way[i + 1][1] - way[i][1]) * per_lat;
        double t = fmin(fmax(-(ax * dx + ay * dy) / (dx * dx + dy * dy), 0), 1);
        best = fmin(best, hypot(ax + t * dx, ay + t * dy));
    }
    return best;
}

static void nothing_is_due_before_its_time(void **state)
{
    (void)state;
    AUTO(sensors_simulate) simulate = simulate_new(0, 1);
    struct message message;
    message_init(&message);
    assert_int_equal(sensors_simulate_guards(simulate), 24);
    assert_int_equal(sensors_simulate_due(simulate), start);
    assert_false(next(simulate, start - 1, &message));
    assert_true(next(simulate, start, &message));
    assert_string_equal(base_buf_cstr(&message.topic), "owntracks/demo/guard-01");
    assert_false(next(simulate, start, &message));
    assert_true(sensors_simulate_due(simulate) - start > 80000 && sensors_simulate_due(simulate) - start < 90000);
    message_release(&message);
}

static void every_guard_sends_every_two_seconds(void **state)
{
    (void)state;
    AUTO(sensors_simulate) simulate = simulate_new(0, 1);
    struct message message;
    int fixes[24] = {0};
    message_init(&message);
    while (next(simulate, start + 60 * SECOND - 1, &message)) {
        if (is(&message, "_type", "location")) {
            int64_t guard;
            assert_true(
                base_str_i64(base_str_of(base_buf_cstr(&message.topic) + strlen("owntracks/demo/guard-")), &guard));
            assert_in_range(guard, 1, 24);
            fixes[guard - 1]++;
        }
    }
    for (int i = 0; i < 24; i++) {
        assert_int_equal(fixes[i], 30);
    }
    message_release(&message);
}

static void a_high_rate_takes_more_guards(void **state)
{
    (void)state;
    AUTO(sensors_simulate) simulate = simulate_new(500, 1);
    struct message message;
    int fixes = 0;
    message_init(&message);
    assert_int_equal(sensors_simulate_guards(simulate), 500);
    while (next(simulate, start + 10 * SECOND - 1, &message)) {
        fixes += is(&message, "_type", "location");
    }
    assert_int_equal(fixes, 5000);
    message_release(&message);
}

static void fixes_are_on_the_way_and_believable(void **state)
{
    (void)state;
    AUTO(sensors_simulate) simulate = simulate_new(0, 3);
    struct message message;
    double sum = 0;
    int count = 0, standing = 0, bad = 0;
    message_init(&message);
    while (next(simulate, start + 900 * SECOND, &message)) {
        if (!is(&message, "_type", "location")) {
            continue;
        }
        double lon = number(&message, "lon"), lat = number(&message, "lat");
        double off = fmin(off_way(round_way, BASE_COUNT(round_way), lon, lat),
                          off_way(open_way, BASE_COUNT(open_way), lon, lat));
        assert_true(off < 9.5);
        sum += off;
        count++;
        standing += number(&message, "vel") == 0;
        bad += number(&message, "acc") > 12;
        assert_true(number(&message, "acc") >= 4 && number(&message, "acc") <= 32);
        assert_true(number(&message, "vel") == 0 || (number(&message, "vel") >= 4 && number(&message, "vel") <= 6));
        assert_true(number(&message, "cog") >= 0 && number(&message, "cog") < 360);
        assert_true(number(&message, "batt") >= 10 && number(&message, "batt") <= 100);
        double age = number(&message, "tst") - (double)(sensors_simulate_due(simulate) / SECOND);
        assert_true(fabs(age) <= 1);
    }
    assert_true(sum / count > 0.5 && sum / count < 4);
    assert_true(standing > count / 100 && standing < count / 2);
    assert_true(bad > 0 && bad < count / 20);
    message_release(&message);
}

static void steps_are_those_of_a_walker(void **state)
{
    (void)state;
    AUTO(sensors_simulate) simulate = simulate_new(0, 4);
    struct message message;
    double last[2] = {NAN, NAN}, metres = 0;
    int steps = 0;
    message_init(&message);
    while (next(simulate, start + 600 * SECOND, &message)) {
        if (strcmp(base_buf_cstr(&message.topic), "owntracks/demo/guard-01") == 0) {
            double x = number(&message, "lon") * per_lon, y = number(&message, "lat") * per_lat;
            double step = hypot(x - last[0], y - last[1]);
            if (!isnan(step)) {
                assert_true(step < 8); /* two seconds; the rest is the satellites' */
                metres += step;
                steps++;
            }
            last[0] = x;
            last[1] = y;
        }
    }
    assert_int_equal(steps, 300);
    assert_true(metres / 600 > 0.9 && metres / 600 < 2.2);
    message_release(&message);
}

static void stops_are_entered_and_left(void **state)
{
    (void)state;
    AUTO(sensors_simulate) simulate = simulate_new(0, 5);
    struct message message;
    int entered = 0, left = 0, second_estate = 0;
    double entered_at = NAN;
    message_init(&message);
    while (next(simulate, start + 1200 * SECOND, &message)) {
        if (!is(&message, "_type", "transition")) {
            continue;
        }
        assert_false(is(&message, "rid", "FAR") || is(&message, "rid", "OTHER"));
        second_estate += is(&message, "rid", "C2");
        if (strcmp(base_buf_cstr(&message.topic), "owntracks/demo/guard-01/event") != 0 || !is(&message, "rid", "C1")) {
            continue;
        }
        assert_true(is(&message, "desc", "巡更点1"));
        assert_true(number(&message, "wtst") > 1e9 && number(&message, "wtst") < number(&message, "tst"));
        if (is(&message, "event", "enter")) {
            assert_int_equal(entered, left);
            entered++;
            entered_at = number(&message, "tst");
        } else {
            assert_true(is(&message, "event", "leave"));
            left++;
            double rest = number(&message, "tst") - entered_at;
            assert_true(rest >= 7 && rest <= 26);
        }
    }
    assert_true(entered >= 1 && entered - left <= 1 && second_estate > 4);
    message_release(&message);
}

static void one_seed_walks_one_way(void **state)
{
    (void)state;
    AUTO(sensors_simulate) a = simulate_new(0, 9);
    AUTO(sensors_simulate) b = simulate_new(0, 9);
    AUTO(sensors_simulate) c = simulate_new(0, 10);
    struct message one, two, three;
    int different = 0;
    message_init(&one);
    message_init(&two);
    message_init(&three);
    for (int i = 0; i < 2000; i++) {
        assert_true(next(a, INT64_MAX, &one) && next(b, INT64_MAX, &two) && next(c, INT64_MAX, &three));
        assert_string_equal(base_buf_cstr(&one.topic), base_buf_cstr(&two.topic));
        assert_string_equal(base_buf_cstr(&one.payload), base_buf_cstr(&two.payload));
        different += strcmp(base_buf_cstr(&one.payload), base_buf_cstr(&three.payload)) != 0;
    }
    assert_true(different > 1900);
    message_release(&one);
    message_release(&two);
    message_release(&three);
}

static void a_pause_moves_time_not_guards(void **state)
{
    (void)state;
    AUTO(sensors_simulate) simulate = simulate_new(0, 6);
    struct message message;
    message_init(&message);
    double before = NAN;
    while (next(simulate, start + 10 * SECOND, &message)) {
        if (strcmp(base_buf_cstr(&message.topic), "owntracks/demo/guard-01") == 0) {
            before = number(&message, "lon");
        }
    }
    sensors_simulate_pause(simulate, 3600 * SECOND);
    assert_false(next(simulate, start + 3000 * SECOND, &message));
    while (next(simulate, start + 3613 * SECOND, &message)) {
        if (strcmp(base_buf_cstr(&message.topic), "owntracks/demo/guard-01") == 0) {
            assert_true(fabs(number(&message, "lon") - before) * per_lon < 20);
            assert_true(number(&message, "tst") > (double)(start / SECOND + 3600));
        }
    }
    message_release(&message);
}

static void wrong_plans_are_named(void **state)
{
    (void)state;
    static const double dot[][2] = {{121.4, 31.02}, {121.4, 31.02}};
    static const struct sensors_simulate_route short_route = {1, dot, 2};
    struct base_diag diag = {.text = ""};
    struct sensors_simulate *simulate = NULL;
    struct sensors_simulate_plan plan = {.start_us = start};
    assert_int_equal(sensors_simulate_new(&plan, &diag, &simulate), BASE_INVALID);
    assert_non_null(strstr(diag.text, "route"));
    plan = plan_of(-1, 1);
    assert_int_equal(sensors_simulate_new(&plan, &diag, &simulate), BASE_INVALID);
    plan = plan_of(NAN, 1);
    assert_int_equal(sensors_simulate_new(&plan, &diag, &simulate), BASE_INVALID);
    plan = plan_of(0, 1);
    plan.routes = &short_route;
    plan.route_count = 1;
    assert_int_equal(sensors_simulate_new(&plan, &diag, &simulate), BASE_INVALID);
    assert_null(simulate);
}

/* --- things --- */
static const struct sensors_simulate_device things[] = {
    {"frigate", "gate-01", 0, NULL, 0},
    {"anpr", "de700000-00000001", 0, NULL, 0},
    {"ttn", "24E124DE70000001", 0, NULL, 0},
    {"zigbee2mqtt", "smoke-001", 0, NULL, 0},
    {"chirpstack", "24E124A120000001", 0, NULL, 0},
    {"traccar", "860000000000001", 0, NULL, 0},
    {"senml", "sweeper-01", 0, "vehicle", 0},
    {"senml", "lane-01", 0, "camera", 0},
    {"tasmota", "reader-001", 0, NULL, 0},
    {"elevator", "7", 18, NULL, 0},
    {"nobody knows", "x", 0, NULL, 0},
};

struct heard { /* of a family */
    size_t messages, events;
};

/* What a thing says is read by its format's decoder as that thing's, without a word left over. */
static void listen(const struct sensors_mappings *mappings, struct sensors_memory *memory,
                   const struct message *message, int64_t now, struct heard heard[BASE_COUNT(things)])
{
    static const struct base_key key = {.bytes = "test key"};
    struct base_diag diag = {.text = ""};
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    const struct sensors_message said = {.topic = base_buf_str(&message->topic),
                                         .payload = base_buf_str(&message->payload),
                                         .t_recv = now,
                                         .source = base_str_of("demo"),
                                         .key = &key,
                                         .mappings = mappings,
                                         .memory = memory};
    for (size_t i = 0; i + 1 < BASE_COUNT(things); i++) {
        struct sensors_decoded decoded = {.count = 0};
        struct base_str name = base_str_of(things[i].format);
        const struct sensors_format *format = sensors_format_find(name);
        format = format ? format : sensors_mappings_find(mappings, name);
        assert_non_null(format);
        if (sensors_decode(format, &said, &arena, &diag, &decoded) || decoded.count == 0 ||
            !base_str_is(decoded.events[0].device, things[i].native)) {
            continue; /* another family's */
        }
        heard[i].messages++;
        heard[i].events += decoded.count;
        return;
    }
    fail_msg("nobody reads %s %s: %s", base_buf_cstr((struct base_buf *)&message->topic),
             base_buf_cstr((struct base_buf *)&message->payload), diag.text);
}

static void things_speak_so_that_their_formats_understand(void **state)
{
    (void)state;
    struct heard heard[BASE_COUNT(things)] = {{0}};
    struct base_diag diag = {.text = ""};
    struct sensors_simulate_plan plan = plan_of(0.001, 7);
    plan.devices = things;
    plan.device_count = BASE_COUNT(things);
    plan.roads = routes;
    plan.road_count = BASE_COUNT(routes);
    plan.sweeps = routes;
    plan.sweep_count = BASE_COUNT(routes);
    AUTO(sensors_simulate) simulate = NULL;
    AUTO(sensors_mappings) mappings = NULL;
    AUTO(sensors_memory) memory = sensors_memory_new();
    assert_int_equal(sensors_mappings_load(NULL, &diag, &mappings), BASE_OK);
    assert_int_equal(sensors_simulate_new(&plan, &diag, &simulate), BASE_OK);
    assert_int_equal(sensors_simulate_devices(simulate), BASE_COUNT(things) - 1);
    struct message message;
    message_init(&message);
    const int64_t until = start + 3600 * SECOND;
    while (next(simulate, until, &message)) {
        bool guard = base_str_starts(base_buf_str(&message.topic), "owntracks/");
        if (!guard) {
            listen(mappings, memory, &message, sensors_simulate_due(simulate), heard);
        }
    }
    for (size_t i = 0; i + 1 < BASE_COUNT(things); i++) {
        if (heard[i].messages < 8) {
            fail_msg("%s said %zu messages in an hour", things[i].format, heard[i].messages);
        }
    }
    message_release(&message);
}

/* --- a day that was --- */
#define HOUR (INT64_C(3600) * SECOND)

struct told { /* of a guard */
    int64_t last_us, longest_us, moved_us;
    double lon, lat;
    int fixes;
};

static void hear(struct told told[24], const struct message *message)
{
    struct base_buf topic = message->topic;
    int guard = (int)strtol(base_buf_cstr(&topic) + strlen("owntracks/demo/guard-"), NULL, 10) - 1;
    if (!is(message, "_type", "location")) {
        return;
    }
    assert_in_range(guard, 0, 23);
    struct told *one = &told[guard];
    int64_t time = (int64_t)number(message, "tst") * SECOND;
    double lon = number(message, "lon"), lat = number(message, "lat");
    if (one->fixes++) {
        one->longest_us = time - one->last_us > one->longest_us ? time - one->last_us : one->longest_us;
        double leap_m = hypot((lon - one->lon) * per_lon, (lat - one->lat) * per_lat);
        double seconds = (double)(time - one->last_us) / (double)SECOND;
        assert_true(leap_m < 30 + 1.6 * seconds); /* as one walks, nor when live */
        one->moved_us += number(message, "vel") > 0 ? time - one->last_us : 0;
    }
    one->last_us = time;
    one->lon = lon;
    one->lat = lat;
}

/* Estate 1's guards are silent from 02:10 to 02:55, estate 2's are held from 03:00 to 03:40. */
static void a_past_day_has_rounds_and_gaps(void **state)
{
    (void)state;
    const struct sensors_simulate_past past = {.midnight_us = start,
                                               .badly_estate = 1,
                                               .silent_estate = 1,
                                               .silent_from_us = start + 2 * HOUR + 600 * SECOND,
                                               .silent_to_us = start + 2 * HOUR + 3300 * SECOND,
                                               .held_estate = 2,
                                               .held_from_us = start + 3 * HOUR,
                                               .held_to_us = start + 3 * HOUR + 2400 * SECOND};
    struct sensors_simulate_plan plan = plan_of(0, 1);
    struct base_diag diag;
    AUTO(sensors_simulate) simulate = NULL;
    struct told told[24] = {{0}};
    struct message message;
    int held = 0;
    plan.past = &past;
    assert_int_equal(sensors_simulate_new(&plan, &diag, &simulate), BASE_OK);
    message_init(&message);
    while (next(simulate, start + 24 * HOUR, &message)) {
        int64_t time = (int64_t)number(&message, "tst") * SECOND;
        bool estate_1 = strtol(base_buf_cstr(&message.topic) + strlen("owntracks/demo/guard-"), NULL, 10) % 2;
        assert_true(!estate_1 || time == start || time >= start + 4 * HOUR ||
                    !(number(&message, "vel") > 0)); /* nobody goes rounds */
        bool in_time = time >= past.held_from_us - SECOND && time < past.held_to_us;
        assert_true(!sensors_simulate_held(simulate) || in_time);
        held += sensors_simulate_held(simulate);
        hear(told, &message);
    }
    for (int i = 0; i < 24; i++) { /* guards walk the two routes in turn: the first is estate 1's */
        assert_in_range(told[i].longest_us / SECOND, i % 2 ? 30 : 2700, i % 2 ? 75 : 2775);
        assert_in_range(told[i].moved_us / SECOND, 1000, 12 * 3600);
    }
    assert_true(held > 12 * 40);
    sensors_simulate_live(simulate, 0, start + 24 * HOUR);
    for (int i = 0; i < 500; i++) {
        assert_true(next(simulate, start + 25 * HOUR, &message));
        assert_false(sensors_simulate_held(simulate));
        hear(told, &message);
    }
    message_release(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_past_day_has_rounds_and_gaps),
        cmocka_unit_test(nothing_is_due_before_its_time),
        cmocka_unit_test(every_guard_sends_every_two_seconds),
        cmocka_unit_test(a_high_rate_takes_more_guards),
        cmocka_unit_test(fixes_are_on_the_way_and_believable),
        cmocka_unit_test(steps_are_those_of_a_walker),
        cmocka_unit_test(stops_are_entered_and_left),
        cmocka_unit_test(one_seed_walks_one_way),
        cmocka_unit_test(a_pause_moves_time_not_guards),
        cmocka_unit_test(wrong_plans_are_named),
        cmocka_unit_test(things_speak_so_that_their_formats_understand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
