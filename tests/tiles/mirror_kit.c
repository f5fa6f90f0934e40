/* The oracle of the mirror's tests is SQL: each row's keys, cells and geometry as the database has them. */
#include "mirror_kit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CELL = 3, TEXT_MAX = 64 << 20 };
#define CENTIMETRE 1.5e-7 /* degrees: what a unit of the world is, and rounding */

static struct base_diag diag;

/* --- SQL --- */
void kit_sql(struct kit *kit, size_t upstream, const char *sql)
{
    PGresult *result = PQexec(kit->pg[upstream], sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(kit->pg[upstream]));
    }
    PQclear(result);
}

const char *kit_value(struct kit *kit, size_t upstream, const char *sql)
{
    static char text[4096];
    PGresult *result = PQexec(kit->pg[upstream], sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(kit->pg[upstream]));
    }
    snprintf(text, sizeof text, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return text;
}

/* --- the listener --- */
static void row_text(const struct tiles_page *page, uint32_t row, struct base_buf *text)
{
    struct tiles_shape shape = tiles_page_shape(page, row);
    struct base_json_out out = base_json_out_of(text);
    tiles_feature_json(page, row, false, &out);
    for (uint32_t i = 0; i < shape.vertices; i++) {
        base_buf_printf(text, " %x,%x", shape.points[i].x, shape.points[i].y);
    }
    for (uint32_t i = 0; i < shape.rings; i++) {
        base_buf_printf(text, " %x", shape.ring_ends[i]);
    }
}

static void wrong(struct kit *kit, const char *what, const struct tiles_change *change)
{
    if (!kit->wrong[0]) {
        snprintf(kit->wrong, sizeof kit->wrong, "%s: %s %lld of %lld, effect %u", what,
                 tiles_tables[change->table].name, (long long)change->id, (long long)change->estate_id, change->effect);
    }
}

static void learn(struct kit *kit, const struct tiles_change *change, bool snapshot)
{
    struct tiles_map *shown = &kit->shown[change->table];
    struct tiles_map_key key = {0, change->estate_id, change->id};
    struct tiles_map_slot *slot = tiles_map_find(shown, key);
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, TEXT_MAX);
    if (!change->page) {
        if (!slot || change->effect) {
            wrong(kit, "told of one that was not there", change);
        } else {
            free(slot->at);
            tiles_map_remove(shown, key);
        }
        kit->counts.went++;
        return;
    }
    row_text(change->page, change->row, &text);
    if (!slot != !!(change->effect & TILES_NEW)) {
        wrong(kit, "new or not", change);
    }
    if (snapshot && slot && !atomic_load(&kit->amid) && strcmp(slot->at, base_buf_cstr(&text)) == 0) {
        wrong(kit, "no difference", change);
    }
    *(slot ? &kit->counts.changed : &kit->counts.came) += 1;
    if (slot) {
        free(slot->at);
    }
    slot = tiles_map_add(shown, key);
    slot->at = strdup(base_buf_cstr(&text));
}

static void learn_all(struct kit *kit, const struct tiles_view *view)
{
    for (int table = 0; table < TILES_TABLES; table++) {
        for (uint32_t p = 0; p < view->tables[table]->count; p++) {
            const struct tiles_page *page = view->tables[table]->pages[p];
            for (uint32_t row = 0; row < page->count; row++) {
                learn(kit,
                      &(struct tiles_change){.table = (enum tiles_table_id)table,
                                             .estate_id = page->estates[row],
                                             .id = page->ids[row],
                                             .effect = TILES_NEW,
                                             .page = page,
                                             .row = row},
                      false);
            }
        }
    }
}

static void listen_to(void *of, const struct tiles_news *news)
{
    struct kit *kit = of;
    pthread_mutex_lock(&kit->lock);
    kit->counts.snapshots += news->snapshot;
    if (!kit->begun && kit->count == 1) {
        learn_all(kit, news->view);
    }
    kit->begun = true;
    for (size_t i = 0; i < news->count; i++) {
        learn(kit, &news->changes[i], news->snapshot);
    }
    pthread_mutex_unlock(&kit->lock);
}

struct kit_counts kit_counts_take(struct kit *kit)
{
    pthread_mutex_lock(&kit->lock);
    struct kit_counts counts = kit->counts;
    kit->counts = (struct kit_counts){0};
    pthread_mutex_unlock(&kit->lock);
    return counts;
}

static void forget(struct kit *kit)
{
    for (int table = 0; table < TILES_TABLES; table++) {
        const struct tiles_map_slot *slot;
        size_t at = 0;
        while ((slot = tiles_map_next(&kit->shown[table], &at))) {
            free(slot->at);
        }
        tiles_map_release(&kit->shown[table]);
    }
    kit->begun = false;
}

/* --- life --- */
static void mirror_new(struct kit *kit, size_t memory_max)
{
    const struct tiles_mirror_config config = {
        .upstreams = kit->conninfos, .count = kit->count, .memory_max = memory_max, .news = listen_to, .of = kit};
    if (tiles_mirror_new(&config, &diag, &kit->mirror)) {
        fail_msg("%s", diag.text);
    }
}

void kit_start(struct kit *kit, const char *const *conninfos, size_t count, size_t memory_max)
{
    *kit = (struct kit){.count = count};
    pthread_mutex_init(&kit->lock, NULL);
    for (size_t i = 0; i < count; i++) {
        kit->conninfos[i] = conninfos[i];
        kit->pg[i] = PQconnectdb(conninfos[i]);
        if (PQstatus(kit->pg[i]) != CONNECTION_OK) {
            fail_msg("%s", PQerrorMessage(kit->pg[i]));
        }
        PQsetNoticeProcessor(kit->pg[i], NULL, NULL);
        kit_sql(kit, i, "set search_path = hutong, public");
    }
    mirror_new(kit, memory_max);
}

void kit_start_one(struct kit *kit)
{
    const char *conninfo = fixture_database();
    kit_start(kit, &conninfo, 1, 0);
    kit_wait_live(kit, 0);
}

void kit_mirror_again(struct kit *kit)
{
    tiles_mirror_free(kit->mirror);
    forget(kit);
    mirror_new(kit, 0);
    kit_wait_live(kit, 0);
}

void kit_stop(struct kit *kit)
{
    tiles_mirror_free(kit->mirror);
    forget(kit);
    for (size_t i = 0; i < kit->count; i++) {
        PQfinish(kit->pg[i]);
    }
    pthread_mutex_destroy(&kit->lock);
}

/* --- waiting --- */
struct awaited {
    struct kit *kit;
    int64_t id, resyncs;
};

static bool is_live(void *of)
{
    const struct awaited *awaited = of;
    struct tiles_mirror_health health = tiles_mirror_health(awaited->kit->mirror);
    bool again = true;
    for (size_t i = 0; i < health.count; i++) {
        again = again && (awaited->resyncs == 0 || health.upstreams[i].resyncs >= awaited->resyncs);
    }
    return health.live && again;
}

void kit_wait_live(struct kit *kit, int64_t resyncs)
{
    struct awaited awaited = {kit, 0, resyncs};
    if (!fixture_poll(is_live, &awaited, KIT_PATIENCE_US)) {
        fail_msg("not live: %s", tiles_mirror_health(kit->mirror).upstreams[0].reason);
    }
}

static bool find(const struct tiles_view *view, enum tiles_table_id table, int64_t estate_id, int64_t id,
                 const struct tiles_page **ret_page, uint32_t *ret_row)
{
    const struct tiles_directory *directory = view->tables[table];
    for (uint32_t p = 0; p < directory->count; p++) {
        for (uint32_t row = 0; row < directory->pages[p]->count; row++) {
            if (directory->pages[p]->ids[row] == id && directory->pages[p]->estates[row] == estate_id) {
                *ret_page = directory->pages[p];
                *ret_row = row;
                return true;
            }
        }
    }
    return false;
}

static bool is_shown(void *of)
{
    const struct awaited *awaited = of;
    const struct tiles_page *page;
    uint32_t row;
    struct tiles_view *view = tiles_mirror_view(awaited->kit->mirror);
    bool shown = view && find(view, TILES_TABLE_PLACE, 0, awaited->id, &page, &row);
    tiles_view_unref(view);
    return shown;
}

/* A place that no other upstream has: they share that table. */
void kit_wait(struct kit *kit, size_t upstream)
{
    static int marker = 1000000;
    char sql[256];
    marker++;
    snprintf(
        sql, sizeof sql,
        "insert into place (id, dataset, key, geom) values (%d, 'wait', '%d', 'SRID=4326;POINT(1 1)') returning id",
        marker, marker);
    struct awaited awaited = {.kit = kit, .id = strtoll(kit_value(kit, upstream, sql), NULL, 10)};
    if (!fixture_poll(is_shown, &awaited, KIT_PATIENCE_US)) {
        fail_msg("what was committed is not shown");
    }
    pthread_mutex_lock(&kit->mirror->news); /* the listener has heard of it too */
    pthread_mutex_unlock(&kit->mirror->news);
}

/* --- the oracle --- */
#define US(column) "(extract(epoch from " column ") * 1000000)::bigint"
#define DRAWN(geom) "st_npoints(" geom ") > 0 and st_xmax(" geom ") <= 180 and st_astext(" geom ") !~* 'nan'"
/* Where an incident is: as told, in its building, where its estate's name is. */
static const char incidents[] =
    "select i.estate_id, i.id, p.geom, category, severity, building_id, b.name, b.name_en, storey, drill::int, "
    "(extract(epoch from reported_at) * 1000000)::bigint, state, level, i.organisation_id, "
    "(extract(epoch from state_at) * 1000000)::bigint, "
    "(extract(epoch from nullif(breach_at, 'infinity')) * 1000000)::bigint, version "
    "from incident i "
    "left join building b on b.estate_id = i.estate_id and b.id = i.building_id and b.valid_to is null "
    "and st_npoints(b.geom) > 0 and st_xmax(b.geom) <= 180 and st_astext(b.geom) !~* 'nan' "
    "left join estate e on e.id = i.estate_id and e.valid_to is null and st_npoints(e.geom) > 0 "
    "cross join lateral (select case when i.lon is not null and i.lat is not null then st_point(i.lon, i.lat, 4326) "
    "when b.id is not null then st_point(b.lon, b.lat, 4326) "
    "when st_contains(e.geom, st_centroid(e.geom)) then st_centroid(e.geom) else st_pointonsurface(e.geom) end as "
    "geom) "
    "p where closed_at is null and abs(st_x(p.geom)) <= 180";
#define CLASSED(table) \
    "select 0, id, geom, class, name, name_en from " table " where valid_to is null and " DRAWN("geom")

static const char *const oracle[TILES_TABLES] = {
    [TILES_TABLE_LANDUSE] = CLASSED("landuse"),
    [TILES_TABLE_WATER] = CLASSED("water"),
    [TILES_TABLE_ROAD] = CLASSED("road"),
    [TILES_TABLE_PLACE] = CLASSED("place"),
    [TILES_TABLE_ESTATE] = "select id, id, geom, name, name_en, management_type from estate where valid_to is null and "
                           "st_npoints(geom) > 0",
    [TILES_TABLE_ESTATE_LABEL] =
        "select id, id, case when st_contains(geom, st_centroid(geom)) then st_centroid(geom) else "
        "st_pointonsurface(geom) end, name, name_en, management_type from estate where valid_to is null and "
        "st_npoints(geom) > 0",
    [TILES_TABLE_GRID] = "select 0, id, geom, kind, code, name, name_en from grid where valid_to is null",
    [TILES_TABLE_ZONE] =
        "select z.estate_id, id, geom, kind, name, name_en, " US("last_pass_at") ", last_pass_subject_type, " US(
            "due_at") ", verdict, " US("verdict_at") ", swept::float8, " US("swept_from") ", " US("swept_at") " from "
                                                                                                              "zone z "
                                                                                                              "left "
                                                                                                              "join "
                                                                                                              "zone_"
                                                                                                              "state s "
                                                                                                              "on "
                                                                                                              "s."
                                                                                                              "estate_"
                                                                                                              "id = "
                                                                                                              "z."
                                                                                                              "estate_"
                                                                                                              "id and "
                                                                                                              "s.zone_"
                                                                                                              "id = "
                                                                                                              "z.id "
                                                                                                              "where "
                                                                                                              "valid_"
                                                                                                              "to is "
                                                                                                              "null",
    [TILES_TABLE_BUILDING] =
        "select b.estate_id, id, geom, name, name_en, codes[1], nullif(array_to_string(codes, '|'), ''), levels, "
        "height_m::float8, min_height_m::float8, use, dwellings, year_built, nullif(area_m2::float8, 'NaN'), lon, lat, "
        "(extract(epoch from last_pass_at) * 1000000)::bigint, last_pass_subject_type, "
        "(extract(epoch from last_event_at) * 1000000)::bigint, (extract(epoch from last_alarm_at) * 1000000)::bigint, "
        "(extract(epoch from due_at) * 1000000)::bigint, verdict, "
        "(extract(epoch from verdict_at) * 1000000)::bigint, extract(epoch from duty_every)::bigint, "
        "(extract(epoch from breach_at) * 1000000)::bigint, (extract(epoch from breached_at) * 1000000)::bigint, "
        "nullif(blind, false)::int "
        "from building b left join building_state s on s.estate_id = b.estate_id and s.building_id = b.id "
        "where valid_to is null and " DRAWN("geom"),
    [TILES_TABLE_ROUTE] = "select estate_id, id, geom, name, name_en from route where valid_to is null",
    [TILES_TABLE_CHECKPOINT] = "select estate_id, id, geom, name, name_en from checkpoint where valid_to is null",
    [TILES_TABLE_FACILITY] = "select estate_id, id, geom, kind, name, name_en from facility where valid_to is null",
    [TILES_TABLE_DEVICE] =
        "select d.estate_id, d.id, st_setsrid(st_point(coalesce(d.lon, b.lon), coalesce(d.lat, b.lat)), 4326), d.kind, "
        "d.name, d.building_id, d.storey, s.t_event, s.severity, s.alarm_at, " US("y.due_at") ", y.verdict, " US(
            "y.verdict_at") ", y.uptime::float8, " US("y.uptime_from") ", y.overflow_s from device d left join "
                                                                       "device_duty y on y.estate_id = d.estate_id and "
                                                                       "y.device_id = d.id left join building b on "
                                                                       "b.estate_id = d.building_estate_id and b.id = "
                                                                       "d.building_id and b.valid_to is null "
                                                                       "and " DRAWN(
                                                                           "b.geom") " "
                                                                                     "left join lateral (select " US(
                                                                                         "max(t_event)") " as t_event, "
                                                                                                         "max(severity)"
                                                                                                         " filter "
                                                                                                         "(where kind "
                                                                                                         "= 'alarm' "
                                                                                                         "and phase in "
                                                                                                         "('start', "
                                                                                                         "'update')) "
                                                                                                         "as "
                                                                                                         "severity,"
                                                                                                         " " US(
                                                                                                             "min(t_"
                                                                                                             "event) "
                                                                                                             "filter "
                                                                                                             "(where "
                                                                                                             "kind = "
                                                                                                             "'alarm' "
                                                                                                             "and "
                                                                                                             "phase in "
                                                                                                             "('start',"
                                                                                                             " "
                                                                                                             "'update')"
                                                                                                             ")") " as "
                                                                                                                  "alar"
                                                                                                                  "m_"
                                                                                                                  "at "
                                                                                                                  "from"
                                                                                                                  " dev"
                                                                                                                  "ice_"
                                                                                                                  "stat"
                                                                                                                  "e "
                                                                                                                  "wher"
                                                                                                                  "e "
                                                                                                                  "esta"
                                                                                                                  "te_"
                                                                                                                  "id "
                                                                                                                  "= "
                                                                                                                  "d."
                                                                                                                  "esta"
                                                                                                                  "te_"
                                                                                                                  "id "
                                                                                                                  "and "
                                                                                                                  "devi"
                                                                                                                  "ce_"
                                                                                                                  "id "
                                                                                                                  "= "
                                                                                                                  "d."
                                                                                                                  "id) "
                                                                                                                  "s "
                                                                                                                  "on "
                                                                                                                  "true"
                                                                                                                  " "
                                                                                                                  "wher"
                                                                                                                  "e "
                                                                                                                  "d."
                                                                                                                  "vali"
                                                                                                                  "d_"
                                                                                                                  "to "
                                                                                                                  "is "
                                                                                                                  "null"
                                                                                                                  " and"
                                                                                                                  " d."
                                                                                                                  "stat"
                                                                                                                  "e = "
                                                                                                                  "'acc"
                                                                                                                  "epte"
                                                                                                                  "d' "
                                                                                                                  "and "
                                                                                                                  "coal"
                                                                                                                  "esce"
                                                                                                                  "(d."
                                                                                                                  "lon,"
                                                                                                                  " b."
                                                                                                                  "lon)"
                                                                                                                  " is "
                                                                                                                  "not "
                                                                                                                  "nul"
                                                                                                                  "l",
    [TILES_TABLE_ASSET] =
        "select estate_id, id, st_setsrid(st_point(lon, lat), 4326), label, label_en, subject_type, lon, lat, " US(
            "t_event") ", acc_m::float8, speed_mps::float8, course_deg::float8, battery::float8, at_estate_id, "
                       "building_id, (flags & 7 <> 0)::int from asset_state",
    [TILES_TABLE_INCIDENT] = incidents,
};

static bool cell_is(const struct tiles_page *page, uint32_t row, int column, const char *expected)
{
    struct tiles_cell cell = tiles_cell_of(page, row, column);
    char text[512];
    if (!expected || cell.null) {
        return !expected && cell.null;
    }
    switch (page->table->columns[column].kind) {
    case TILES_INT:
    case TILES_TIME:
    case TILES_BOOL:
        return cell.i64 == strtoll(expected, NULL, 10);
    case TILES_REAL:
    case TILES_DOUBLE:
        return cell.f64 == strtod(expected, NULL);
    case TILES_TEXT:
        return base_str_is(cell.text, expected);
    case TILES_TEXTS:
        assert_true(cell.text.len < sizeof text);
        for (size_t i = 0; i < cell.text.len; i++) {
            text[i] = cell.text.at[i] ? cell.text.at[i] : '|';
        }
        return base_str_is((struct base_str){text, cell.text.len - 1}, expected);
    }
    return false;
}

static bool ring_is(const struct geo_shape *expected, const struct tiles_shape *shape, uint32_t ring)
{
    uint32_t first = ring ? expected->ring_ends[ring - 1] : 0, mine = ring ? shape->ring_ends[ring - 1] : 0;
    uint32_t count = shape->ring_ends[ring] - mine;
    bool same = count == expected->ring_ends[ring] - first - (shape->type == GEO_SHAPE_AREA);
    for (uint32_t v = 0; v < count && same; v++) {
        const double *at = expected->xy + 2 * (size_t)(first + v);
        struct tiles_point point = shape->points[mine + v];
        same =
            fabs(tiles_world_lon(point.x) - at[0]) < CENTIMETRE && fabs(tiles_world_lat(point.y) - at[1]) < CENTIMETRE;
    }
    return same;
}

static bool shape_is(const struct tiles_page *page, uint32_t row, const char *hex)
{
    size_t len;
    unsigned char bytes[65536];
    struct geo_shape expected;
    struct tiles_shape shape = tiles_page_shape(page, row);
    geo_shape_init(&expected);
    for (len = 0; hex[2 * len] && len < sizeof bytes; len++) {
        char pair[] = {hex[2 * len], hex[2 * len + 1], '\0'};
        bytes[len] = (unsigned char)strtoul(pair, NULL, 16);
    }
    bool same = !geo_wkb_in(bytes, len, &diag, &expected) && expected.type == shape.type &&
                expected.rings == shape.rings && expected.parts == shape.parts &&
                memcmp(expected.part_ends, shape.part_ends, shape.parts * sizeof *shape.part_ends) == 0;
    for (uint32_t ring = 0; same && ring < shape.rings; ring++) {
        same = ring_is(&expected, &shape, ring);
    }
    geo_shape_release(&expected);
    return same;
}

static void check_row(const struct tiles_view *view, enum tiles_table_id table, const PGresult *rows, int i)
{
    const struct tiles_page *page;
    uint32_t row;
    const char *name = tiles_tables[table].name;
    int64_t estate_id = strtoll(PQgetvalue(rows, i, 0), NULL, 10), id = strtoll(PQgetvalue(rows, i, 1), NULL, 10);
    if (!find(view, table, estate_id, id, &page, &row)) {
        fail_msg("%s %lld of %lld is missing", name, (long long)id, (long long)estate_id);
    }
    for (int c = 0; c < TILES_COLUMN_MAX && page->table->columns[c].name; c++) {
        const char *expected = PQgetisnull(rows, i, FIRST_CELL + c) ? NULL : PQgetvalue(rows, i, FIRST_CELL + c);
        if (!cell_is(page, row, c, expected)) {
            fail_msg("%s %lld of %lld: %s is not %s", name, (long long)id, (long long)estate_id,
                     page->table->columns[c].name, expected ? expected : "null");
        }
    }
    if (!shape_is(page, row, PQgetvalue(rows, i, 2))) {
        fail_msg("%s %lld of %lld: the shape is not %s", name, (long long)id, (long long)estate_id,
                 PQgetvalue(rows, i, 2));
    }
}

static void check_listener(struct kit *kit, const struct tiles_view *view)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, TEXT_MAX);
    assert_string_equal(kit->wrong, "");
    for (int table = 0; table < TILES_TABLES; table++) {
        assert_int_equal(kit->shown[table].count, view->tables[table]->rows);
        for (uint32_t p = 0; p < view->tables[table]->count; p++) {
            const struct tiles_page *page = view->tables[table]->pages[p];
            for (uint32_t row = 0; row < page->count; row++) {
                struct tiles_map_key key = {0, page->estates[row], page->ids[row]};
                const struct tiles_map_slot *slot = tiles_map_find(&kit->shown[table], key);
                base_buf_reset(&text);
                row_text(page, row, &text);
                assert_non_null(slot);
                assert_string_equal(slot->at, base_buf_cstr(&text));
            }
        }
    }
}

void kit_check(struct kit *kit)
{
    struct tiles_view *view = tiles_mirror_view(kit->mirror);
    assert_non_null(view);
    for (int table = 0; table < TILES_TABLES; table++) {
        uint64_t count = 0;
        for (size_t i = 0; i < kit->count; i++) {
            PGresult *rows = PQexec(kit->pg[i], oracle[table]);
            if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
                fail_msg("%s: %s", tiles_tables[table].name, PQerrorMessage(kit->pg[i]));
            }
            for (int row = 0; row < PQntuples(rows); row++) {
                check_row(view, (enum tiles_table_id)table, rows, row);
            }
            count += (uint64_t)PQntuples(rows);
            PQclear(rows);
        }
        if (view->tables[table]->rows != count) {
            fail_msg("%s: %llu rows, SQL says %llu", tiles_tables[table].name,
                     (unsigned long long)view->tables[table]->rows, (unsigned long long)count);
        }
    }
    check_listener(kit, view);
    tiles_view_unref(view);
}

const char *kit_row(struct kit *kit, enum tiles_table_id table, int64_t estate_id, int64_t id, bool live)
{
    static char kept[4096];
    const struct tiles_page *page;
    uint32_t row;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, TEXT_MAX);
    struct base_json_out out = base_json_out_of(&text);
    struct tiles_view *view = tiles_mirror_view(kit->mirror);
    if (find(view, table, estate_id, id, &page, &row)) {
        tiles_feature_json(page, row, live, &out);
    }
    tiles_view_unref(view);
    snprintf(kept, sizeof kept, "%s", base_buf_cstr(&text));
    return kept;
}

void kit_sums(struct kit *kit, struct tiles_sum sums[2 * TILES_TABLES])
{
    static const struct tiles_extent world = {0, 0, UINT32_MAX, UINT32_MAX};
    AUTO(data_scope) scope = NULL;
    assert_int_equal(data_scope_everything(&diag, &scope), BASE_OK);
    struct tiles_view *view = tiles_mirror_view(kit->mirror);
    for (int i = 0; i < 2 * TILES_TABLES; i++) {
        sums[i] =
            tiles_view_sum(tiles_view_walk(view, (enum tiles_table_id)(i / 2), &world, scope, DATA_LOOK_PLACE), i % 2);
    }
    tiles_view_unref(view);
}

/* --- rows --- */
static const char *const fill[] = {
    "insert into estate (id, dataset, key, name, name_en, management_type, geom) select n, 'kit', n, 'estate ' || n, "
    "'E' || n, 'market', st_multi(st_makeenvelope(121 + n * 0.01, 31, 121.005 + n * 0.01, 31.005, 4326)) from "
    "generate_series(%d, %d) n",
    "insert into building (estate_id, id, dataset, key, name, codes, levels, levels_source, height_m, height_source, "
    "area_m2, lon, lat, geom, dwellings) select n, n, 'kit', n, 'building ' || n, array['A' || n, 'B'], 6, 'given', "
    "18.5, 'levels', 900, 121.0001 + n * 0.01, 31.0001, st_multi(st_makeenvelope(121 + n * 0.01, 31, 121.0003 + n * "
    "0.01, 31.0003, 4326)), 24 from generate_series(%d, %d) n",
    "insert into zone (estate_id, id, dataset, key, kind, geom) select id, id, dataset, key, 'green', geom from estate "
    "where id between %d and %d",
    "insert into route (estate_id, id, dataset, key, geom) select n, n, 'kit', n, 'SRID=4326;MULTILINESTRING((121 "
    "31,121.001 31,121.001 31.002),(121 32,121 33))' from generate_series(%d, %d) n",
    "insert into checkpoint (estate_id, id, dataset, key, name, geom) select n, n, 'kit', n, 'c', "
    "'SRID=4326;POINT(121 31)' from generate_series(%d, %d) n",
    "insert into facility (estate_id, id, dataset, key, kind, geom) select n, n, 'kit', n, 'gate', "
    "'SRID=4326;POINT(121 31)' from generate_series(%d, %d) n",
    "insert into grid (id, kind, dataset, key, name, geom) select id, 'governance', 'kit', id, 'grid', geom from "
    "estate "
    "where id between %d and %d",
    "insert into road (id, dataset, key, class, geom) select n, 'kit', n, 'primary', 'SRID=4326;MULTILINESTRING((121 "
    "31,121.001 31))' from generate_series(%d, %d) n",
    "insert into water (id, dataset, key, geom) select id, 'kit', key, st_multi(st_difference(geom, "
    "st_buffer(st_centroid(geom), 0.001, 2))) from estate where id between %d and %d",
    "insert into landuse (id, dataset, key, geom) select id, 'kit', key, geom from estate where id between %d and %d",
    "insert into place (id, dataset, key, class, name, geom) select n, 'kit', n, 'town', '镇', "
    "'SRID=4326;POINT(121 31)' from generate_series(%d, %d) n",
    "insert into source (id, estate_id, name, topics, format, purpose) select n, n, 'source ' || n, '{x}', "
    "'owntracks', "
    "'test' from generate_series(%d, %d) n",
    "insert into device (estate_id, id, source_id, native_id, kind, name, building_id, building_estate_id, storey) "
    "select n, n, n, 'd' || n, 'door', 'front door', n, n, 2 from generate_series(%d, %d) n",
    "insert into device (estate_id, id, source_id, native_id, kind, lon, lat) select n, n + 1000, n, 'e' || n, "
    "'smoke', "
    "121.5, 31.5 from generate_series(%d, %d) n",
    "insert into device_state (estate_id, device_id, kind, channel, t_event, t_recv, phase, severity) select n, n, "
    "'alarm', 'smoke', '2026-01-02 03:04:05.678901Z', now(), 'start', 3 from generate_series(%d, %d) n",
    "insert into building_state (estate_id, building_id, last_pass_at, last_pass_subject_type, due_at, verdict, "
    "verdict_at, breach_at, duty_every) select n, n, '2026-01-02 03:04:05Z', 'guard', '2026-01-02 04:00:00Z', 'met', "
    "'2026-01-02 02:00:00Z', '2026-01-02 05:04:05Z', '2 h' from generate_series(%d, %d) n",
    "insert into zone_state (estate_id, zone_id, last_pass_at, swept) select n, n, '2026-01-02 03:04:05Z', 0.64 from "
    "generate_series(%d, %d) n",
    "insert into device_duty (estate_id, device_id, uptime, uptime_from, verdict, verdict_at) select n, n, 0.987, "
    "'2026-01-01Z', 'missed', '2026-01-02Z' from generate_series(%d, %d) n",
    "insert into asset_state (estate_id, subject, subject_type, source_id, label, label_en, t_event, t_recv, lon, lat, "
    "acc_m, place_method, flags) select n, md5(n::text)::uuid, 'guard', n, '巡逻', 'Patrol', now(), now(), 121.123456, "
    "31, "
    "4.5, 'none', 2 from generate_series(%d, %d) n",
    /* In a building, where it says itself, of an estate as a whole, and one that is over. */
    "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, building_id, storey, "
    "lon, "
    "lat, title, t_event, reported_at, state, state_at, closed_at, breach_at) select n, n + 1000 * k, 'call', 'smoke', "
    "'serious', p.id, p.version, case k when 0 then n end, 3, case k when 1 then 121.7 end, case k when 1 then 31.7 "
    "end, "
    "'烟', now(), '2026-01-02 03:04:05Z', case k when 3 then 'closed' else 'reported' end::incident_state, "
    "'2026-01-02 03:04:05Z', case k when 3 then now() end, case k when 2 then 'infinity' else '2026-01-02 03:09:05Z' "
    "end::timestamptz from generate_series(%d, %d) n cross join generate_series(0, 3) k join sla_policy p on p.key = "
    "'serious'",
};

void kit_fill(struct kit *kit, size_t upstream, int first)
{
    char sql[1024];
    for (size_t i = 0; i < BASE_COUNT(fill); i++) {
        snprintf(sql, sizeof sql, fill[i], first, first + 1);
        kit_sql(kit, upstream, sql);
    }
}
