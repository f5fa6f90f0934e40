/* The picture that a client has of what is live - a snapshot and every diff after it - is that of the tiles, exactly,
 * after 10,000 random changes in the database: buildings' and zones' states, devices and what they say, units, and
 * buildings, devices and incidents that close and open again. */
#include "fixture/mvt_check.h"
#include "fixture/serving.h"
#include "tiles/tiles.h"

#include <math.h>

enum { ROUNDS = 100, A_ROUND = 100, ID_MAX = 64, ZOOM = 15, TEXT_MAX = 512, PATIENCE_US = 60000000 };

static const struct topic {
    const char *name, *layer;
} topics[] = {{"assets", "assets"},
              {"buildings", "building_states"},
              {"zones", "zone_states"},
              {"devices", "devices"},
              {"incidents", "incidents"}};
enum { TOPICS = BASE_COUNT(topics) };

struct thing {
    bool there, placed;
    char text[TEXT_MAX]; /* what a tile shows of it, field by field */
    double x, y;         /* in the grid of the zoom, of the whole world */
};
struct picture {
    struct thing things[TOPICS][ID_MAX];
};

static struct test_server on;
static struct picture streamed, tiled;

static double grid_x(double lon)
{
    return (lon + 180) / 360 * exp2(ZOOM) * 4096;
}

static double grid_y(double lat)
{
    return (0.5 - asinh(tan(lat * M_PI / 180)) / (2 * M_PI)) * exp2(ZOOM) * 4096;
}

static struct thing *thing_of(struct picture *picture, size_t topic, int64_t id)
{
    assert_true(id >= 0 && id < ID_MAX);
    return &picture->things[topic][id];
}

static void add_text(struct thing *thing, const char *name, struct base_str text)
{
    size_t len = strlen(thing->text);
    snprintf(thing->text + len, sizeof thing->text - len, "%s=%.*s ", name, (int)text.len, text.at);
}

static void add_number(struct thing *thing, const char *name, double number)
{
    char text[40];
    snprintf(text, sizeof text, "%.3f", number);
    add_text(thing, name, base_str_of(text));
}

/* --- from the stream --- */

static void take_object(size_t topic, const struct base_json *object)
{
    struct thing *thing = thing_of(&streamed, topic, test_i64(object, "id"));
    double lon = 0, lat = 0;
    *thing = (struct thing){.there = true};
    for (const struct tiles_field *field = tiles_layer_find(base_str_of(topics[topic].layer))->fields; field->name;
         field++) {
        const struct base_json *value = base_json_in_get(object, field->name);
        struct base_str text;
        double number = 0;
        bool set = false;
        if (base_json_in_text(value, &text)) {
            add_text(thing, field->name, text);
        } else if (base_json_in_bool(value, &set)) {
            add_number(thing, field->name, set);
        } else if (base_json_in_f64(value, &number)) {
            add_number(thing, field->name, number);
        }
    }
    if (base_json_in_f64(base_json_in_get(object, "lon"), &lon) &&
        base_json_in_f64(base_json_in_get(object, "lat"), &lat)) {
        thing->placed = true;
        thing->x = grid_x(lon);
        thing->y = grid_y(lat);
    }
}

static void take_message(bool whole, const struct base_json *message)
{
    if (whole) {
        memset(&streamed, 0, sizeof streamed);
    }
    for (size_t topic = 0; topic < TOPICS; topic++) {
        const struct base_json *shown = base_json_in_get(message, topics[topic].name);
        const struct base_json *gone = base_json_in_get(base_json_in_get(message, "gone"), topics[topic].name);
        for (size_t i = 0; i < base_json_in_size(gone); i++) {
            int64_t id = -1;
            assert_true(base_json_in_i64(base_json_in_at(gone, i), &id));
            thing_of(&streamed, topic, id)->there = false;
        }
        for (size_t i = 0; i < base_json_in_size(shown); i++) {
            take_object(topic, base_json_in_at(shown, i));
        }
    }
}

/* Takes the whole events off the front of what came; how many diffs. */
static size_t take_events(struct base_buf *buf)
{
    size_t diffs = 0;
    const char *at = base_buf_cstr(buf), *end;
    for (; (end = strstr(at, "\n\n")); at = end + 2) {
        const char *data = strstr(at, "data: ");
        bool whole = strncmp(at, "event: snapshot\n", 16) == 0, diff = strncmp(at, "event: diff\n", 12) == 0;
        if ((whole || diff) && data && data < end) {
            AUTO(base_json) json = NULL;
            test_ok(base_json_in_parse(data + 6, strcspn(data + 6, "\n"), &test_diag, &json));
            take_message(whole, json);
            diffs += diff;
        }
    }
    size_t used = (size_t)(at - buf->data);
    memmove(buf->data, at, buf->len - used);
    buf->len -= used;
    return diffs;
}

/* --- from the tiles --- */

static void take_feature(size_t topic, struct tiles_address at, const struct mvt_layer *layer,
                         const struct mvt_feature *feature)
{
    struct thing *thing = thing_of(&tiled, topic, (int64_t)feature->id);
    struct thing made = {.there = true, .placed = feature->type == MVT_POINT};
    for (const struct tiles_field *field = tiles_layer_find(base_str_of(topics[topic].layer))->fields; field->name;
         field++) {
        const struct mvt_value *value = mvt_value_of(layer, feature, field->name);
        if (value && value->type == MVT_TEXT) {
            add_text(&made, field->name, value->text);
        } else if (value) {
            add_number(&made, field->name, value->real);
        }
    }
    made.x = (double)at.x * 4096 + (double)feature->paths[0].at[0].x;
    made.y = (double)at.y * 4096 + (double)feature->paths[0].at[0].y;
    if (thing->there) { /* of a neighbour's buffer: it tells the same */
        assert_string_equal(thing->text, made.text);
    }
    *thing = made;
}

static void take_tile(struct tiles_address at)
{
    char path[200];
    AUTO_VALUE(test_answer) answer;
    AUTO(mvt_tile) tile = NULL;
    snprintf(path, sizeof path, "/tiles/assets,building_states,zone_states,devices,incidents/%u/%u/%u", at.z, at.x,
             at.y);
    if (test_get(on.port, path, NULL, &answer) == 204) {
        return;
    }
    assert_int_equal(answer.status, 200);
    test_ok(mvt_tile_in(answer.body.at, answer.body.len, MVT_OURS, &test_diag, &tile));
    for (size_t topic = 0; topic < TOPICS; topic++) {
        const struct mvt_layer *layer = mvt_find(tile, topics[topic].layer);
        for (size_t i = 0; layer && i < layer->feature_count; i++) {
            take_feature(topic, at, layer, &layer->features[i]);
        }
    }
}

static void take_tiles(void)
{
    memset(&tiled, 0, sizeof tiled);
    for (uint32_t x = (uint32_t)(grid_x(121.40) / 4096); x <= (uint32_t)(grid_x(121.44) / 4096); x++) {
        for (uint32_t y = (uint32_t)(grid_y(31.22) / 4096); y <= (uint32_t)(grid_y(31.19) / 4096); y++) {
            take_tile((struct tiles_address){ZOOM, x, y});
        }
    }
}

/* --- the changes --- */

/* Times are whole seconds: tiles tell no finer ones. */
static const char round_sql[] =
    "do $$ declare n bigint; k float8; t timestamptz; begin"
    " perform setseed(%d / 1000.0);"
    " for i in 1..%d loop"
    "  n := 1 + floor(random() * 40); k := random();"
    "  t := date_trunc('second', now()) + make_interval(secs => floor(random() * 1000));"
    "  if k < 0.25 then insert into asset_state (estate_id, subject, id, subject_type, shift_id, source_id, label,"
    "    label_en, t_event, t_recv, lon, lat, course_deg, at_estate_id, building_id, place_method)"
    "   values (1, md5(n::text)::uuid, n, 'guard', 1, 1, '巡逻' || n, 'Patrol ' || n, t, t, 121.41 + random() * 0.02,"
    "    31.2 + random() * 0.006, floor(random() * 360), 1, null, 'none')"
    "   on conflict (estate_id, subject) do update set lon = excluded.lon, lat = excluded.lat, t_event = "
    "excluded.t_event,"
    "    course_deg = nullif(excluded.course_deg, 7), building_id = nullif(n %% 5, 0), stored_at = clock_timestamp();"
    "  elsif k < 0.30 then delete from asset_state where id = n;"
    "  elsif k < 0.50 then insert into building_state (estate_id, building_id, last_pass_at, last_pass_subject_type)"
    "   values (1 + n %% 2, n, t, 'guard') on conflict (estate_id, building_id) do update set"
    "   last_pass_at = case when random() < 0.9 then t end, last_alarm_at = case when random() < 0.3 then t end,"
    "   last_event_at = case when random() < 0.5 then t end, breach_at = case when random() < 0.5 then t end,"
    "   verdict = case when random() < 0.5 then 'missed'::verdict_kind end, blind = random() < 0.3,"
    "   last_pass_subject_type = case when random() < 0.5 then 'cleaner'::subject_type end;"
    "  elsif k < 0.52 then delete from building_state where building_id = n;"
    "  elsif k < 0.55 then insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version,"
    "    building_id, title, t_event, reported_at, state_at, lon, lat) select 1, n, 'call', 'smoke', 'serious', id, "
    "version,"
    "    2 * floor(random() * 25), 't', t, t, t, case when random() < 0.3 then 121.41 + random() * 0.02 end, 31.203"
    "   from sla_policy where key = 'serious' on conflict (estate_id, id) do update set version = incident.version + 1,"
    "    closed_at = case when random() < 0.4 then t end, state = 'filed', state_at = t, building_id = "
    "excluded.building_id,"
    "    lon = excluded.lon, breach_at = case when random() < 0.5 then t end, drill = random() < 0.5;"
    "  elsif k < 0.60 then update building set valid_to = case when valid_to is null then now() end where id = n;"
    "  elsif k < 0.65 then update building set height_m = 3 + floor(random() * 50) where id = n;"
    "  elsif k < 0.70 then insert into zone_state (estate_id, zone_id, last_pass_at, last_pass_subject_type)"
    "   values (1, 1, t, 'guard') on conflict (estate_id, zone_id) do update set last_pass_at = t,"
    "   verdict = 'unknown', verdict_at = t, swept = round((random() * 4)::numeric) / 4;"
    "  elsif k < 0.72 then delete from zone_state;"
    "  elsif k < 0.73 then update zone set valid_to = case when valid_to is null then now() end;"
    "  elsif k < 0.83 then insert into device (estate_id, id, source_id, native_id, kind, name, lon, lat, state)"
    "   values (1, n, 1, 'd' || n, 'lamp', 'Lamp ' || n, 121.41 + random() * 0.02, 31.2 + random() * 0.006, 'accepted')"
    "   on conflict (estate_id, id) do update set name = 'Lamp ' || floor(random() * 1000), lon = excluded.lon,"
    "    storey = nullif(floor(random() * 5), 0);"
    "  elsif k < 0.86 then update device set valid_to = case when valid_to is null then now() end where id = n;"
    "  elsif k < 0.97 then insert into device_state (estate_id, device_id, kind, channel, t_event, t_recv, phase,"
    "    severity) values (1, n, case when random() < 0.7 then 'alarm'::event_kind else 'state' end,"
    "    chr(97 + floor(random() * 3)::int), t, t, 'start', 1 + floor(random() * 3))"
    "   on conflict (estate_id, device_id, kind, channel) do update set t_event = t, severity = excluded.severity,"
    "    phase = case when random() < 0.5 then 'end'::event_phase else 'update' end;"
    "  elsif k < 0.98 then delete from device_state where device_id = n;"
    "  elsif k < 0.995 then insert into device_duty (estate_id, device_id, uptime, overflow_s, due_at) values (1, n,"
    "    0.5, floor(random() * 900), t) on conflict (estate_id, device_id) do update set uptime = nullif(0.5, 0.5),"
    "    overflow_s = excluded.overflow_s, verdict = 'met', verdict_at = t;"
    "  else delete from device_duty where device_id = n; end if;"
    " end loop; end $$";

static int follow(struct base_buf *buf)
{
    base_buf_init(buf, 256 << 20);
    int fd = test_connect(on.port);
    test_send(fd,
              "GET /api/stream?topics=assets,buildings,zones,devices,incidents HTTP/1.0\r\nHost: localhost\r\n\r\n");
    test_await(fd, buf, "event: snapshot\n", PATIENCE_US);
    test_await(fd, buf, "]}\n\n", PATIENCE_US);
    return fd;
}

static void compare(void)
{
    size_t counts[TOPICS] = {0};
    for (size_t topic = 0; topic < TOPICS; topic++) {
        for (int64_t id = 0; id < ID_MAX; id++) {
            const struct thing *a = thing_of(&streamed, topic, id), *b = thing_of(&tiled, topic, id);
            bool near = !a->placed || (fabs(a->x - b->x) < 0.6 && fabs(a->y - b->y) < 0.6);
            if (a->there != b->there || (a->there && (strcmp(a->text, b->text) != 0 || !near))) {
                fail_msg("%s %lld: streamed %s, in tiles %s; %s\n%s\n%.2f %.2f, %.2f %.2f", topics[topic].name,
                         (long long)id, a->there ? "there" : "not", b->there ? "there" : "not", a->text, b->text, a->x,
                         a->y, b->x, b->y);
            }
            counts[topic] += a->there;
        }
        assert_true(counts[topic] > 0);
    }
    print_message("%zu units, %zu buildings, %zu zones, %zu devices, %zu incidents are the same\n", counts[0],
                  counts[1], counts[2], counts[3], counts[4]);
}

/* The last change of all is one that can be waited for. */
static bool ended(void)
{
    return strstr(streamed.things[0][ID_MAX - 1].text, "label=the end ") != NULL;
}

static size_t await_end(int fd, struct base_buf *buf)
{
    int64_t until = base_clock_mono_us() + PATIENCE_US;
    size_t diffs = take_events(buf);
    while (!ended()) {
        assert_true(base_clock_mono_us() < until);
        test_receive(fd, buf, 50);
        diffs += take_events(buf);
    }
    return diffs;
}

static void ten_thousand_changes(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) buf;
    size_t diffs = 0;
    int fd = follow(&buf);
    for (int round = 0; round < ROUNDS; round++) {
        char sql[6000];
        snprintf(sql, sizeof sql, round_sql, round, A_ROUND);
        test_sql(on.pg, sql);
        while (test_receive(fd, &buf, 0)) {
        }
        diffs += take_events(&buf);
    }
    test_sql(on.pg, "insert into zone_state (estate_id, zone_id, last_pass_at) values (1, 1, '2026-01-01 00:00:00Z')"
                    " on conflict do nothing");
    test_sql(on.pg, "update zone set valid_to = null");
    test_sql(
        on.pg,
        "insert into asset_state (estate_id, subject, id, subject_type, shift_id, source_id, label, label_en,"
        " t_event, t_recv, lon, lat, place_method) values (1, md5('end')::uuid, 63, 'guard', 1, 1, 'the end', 'end',"
        " '2026-01-01 00:00:00Z', now(), 121.415, 31.203, 'none')");
    diffs += await_end(fd, &buf);
    test_caught_up(&on);
    take_tiles();
    print_message("%d changes came as %zu diffs\n", ROUNDS * A_ROUND, diffs);
    compare();
    AUTO_VALUE(base_buf) late; /* who comes now gets the same, perhaps as a snapshot of a moment ago and a diff */
    int other = follow(&late);
    await_end(other, &late);
    compare();
    close(other);
    close(fd);
}

static int start(void **state)
{
    (void)state;
    on = test_server_new((struct api_config){.heartbeat_us = 1000000});
    return 0;
}

static int end(void **state)
{
    (void)state;
    test_server_end(&on);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ten_thousand_changes)};
    return cmocka_run_group_tests(tests, start, end);
}
