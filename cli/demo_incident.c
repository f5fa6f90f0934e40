/* The demo's incidents: a day of them in every state, told as what was done and how many minutes after the report.
 * Their clocks say meanwhile what they have to say, so some are late, one has gone up and one is about to break. */
#include "cli/demo.h"
#include "incident/incident.h"

#include <stdlib.h>
#include <string.h>

enum { BUILDINGS = 6, MINUTE_S = 60, STEP_MAX = 64 };
#define SECOND INT64_C(1000000)

/* Columns of demo_buildings. */
enum { ESTATE_ID, BUILDING_ID, LEVELS, LON, LAT, ORGANISATION_ID };

static const struct story {
    int ago_min;         /* reported so long ago */
    int estate;          /* the how many-th, from 0 on */
    int building, level; /* the how many-th tallest; 0: at no storey */
    const char *category, *title, *severity;
    const char *origin;
    bool drill;
    const char *steps; /* "file 1, dispatch 2": each with its minutes; a pause with its reason behind a colon */
} stories[] = {
    {1500, 2, 0, 0, "facility", "3号楼门禁损坏,长期未修", "small", "resident", false, "file 6, dispatch 15, accept 40"},
    {1260, 0, 1, 5, "water_leak", "5层管道井漏水", NULL, "resident", false,
     "file 1, dispatch 2, accept 3, arrive 5, resolve 95, feed_back 100, verify 130, close 131"},
    {1140, 1, 0, 12, "lift_stuck", "电梯困人,12层", NULL, "call", false,
     "file 1, dispatch 1, accept 2, arrive 4, resolve 27, feed_back 30, verify 45, close 46"},
    {1020, 3, 2, 0, "fire_lane", "消防通道被私家车占用", NULL, "patrol", false,
     "file 2, dispatch 3, accept 5, arrive 12, resolve 40, feed_back 42, rework 60, accept 62, arrive 70, resolve 100, "
     "feed_back 105, verify 120, close 121"},
    {900, 4, 1, 0, "bin_overflow", "分类投放点满溢", NULL, "patrol", false,
     "file 1, dispatch 2, accept 3, arrive 4, resolve 25, feed_back 26, verify 38, close 39"},
    {780, 5, 0, 0, "other", "夜间噪声投诉", NULL, "resident", false, "file 5, reject 12"},
    {720, 6, 0, 3, "facility", "3层公共照明不亮", "complex", "patrol", false,
     "file 4, dispatch 6, accept 8, arrive 12, pause 40: awaiting_part"},
    {660, 7, 1, 0, "missed_round", "夜间巡更漏点", NULL, "window", false,
     "file 1, dispatch 2, accept 3, arrive 5, resolve 38, feed_back 39, verify 50, close 51"},
    {540, 8, 0, 0, "fire_lane", "消防车道堆放建材", NULL, "patrol", false,
     "file 2, dispatch 4, accept 6, arrive 9, resolve 170, feed_back 172, verify 200, close 201"},
    {480, 9, 2, 0, "dispute", "邻里因停车位纠纷", NULL, "call", false, "file 5, dispatch 8, accept 12, arrive 30"},
    {420, 10, 0, 0, "gas_leak", "餐饮底商燃气异味", NULL, "call", false,
     "file 1, dispatch 1, accept 2, arrive 4, plan 90: 停气检修,分三步恢复"},
    {330, 11, 1, 9, "water_leak", "9层消火栓渗水", NULL, "patrol", false,
     "file 2, dispatch 3, accept 4, arrive 6, resolve 110, feed_back 112"},
    {240, 0, 3, 0, "bin_overflow", "垃圾桶满溢", NULL, "patrol", false, "file 2, dispatch 6, accept 20, arrive 34"},
    {150, 5, 2, 0, "facility", "单元门损坏", "complex", "resident", false, "file 3, dispatch 5, accept 9, arrive 25"},
    {90, 11, 0, 17, "smoke", "消防演练:17层烟感报警", NULL, "call", true,
     "file 1, dispatch 1, supervise 2: 区级联合演练, accept 2, arrive 4"},
    {36, 3, 0, 0, "bin_overflow", "桶站满溢", NULL, "patrol", false, "file 1, dispatch 2, accept 3, arrive 4"},
    {25, 6, 1, 0, "fire_lane", "消防通道停放非机动车", NULL, "patrol", false, "file 1, dispatch 2, accept 3, arrive 4"},
    {12, 9, 1, 8, "water_leak", "8层住户反映顶板滴水", NULL, "resident", false, "file 2, dispatch 5"},
    {3, 11, 0, 0, "other", "地下车库道闸故障", NULL, "call", false, "file 1, dispatch 2"},
};

struct telling {
    struct data_conn *conn;
    const struct story *story;
    const struct data_rows *buildings;
    size_t row;
    int64_t reported_us, id;
};

/* "accept 3" or "pause 40: awaiting_part". */
static enum base_err tell_step(const struct telling *telling, const char *text, struct base_diag *diag)
{
    char step[STEP_MAX], *minutes, *note;
    snprintf(step, sizeof step, "%s", text);
    minutes = strchr(step, ' ');
    *minutes++ = '\0';
    note = strstr(minutes, ": ");
    const struct incident_act act = {.estate_id = data_rows_i64(telling->buildings, telling->row, ESTATE_ID),
                                     .id = telling->id,
                                     .step = step,
                                     .actor = "demo",
                                     .note = note ? note + 2 : "演示",
                                     .organisation_id =
                                         data_i64(data_rows_i64(telling->buildings, telling->row, ORGANISATION_ID)),
                                     .shift_id = data_null(),
                                     .other = data_null(),
                                     .at_us = telling->reported_us + strtol(minutes, NULL, 10) * MINUTE_S * SECOND};
    struct incident_acted acted;
    return incident_act(telling->conn, &act, diag, &acted);
}

static enum base_err tell_steps(const struct telling *telling, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    char text[STEP_MAX];
    for (const char *at = telling->story->steps; at && !err; at = strstr(at, ", ") ? strstr(at, ", ") + 2 : NULL) {
        const char *end = strstr(at, ", ");
        snprintf(text, sizeof text, "%.*s", end ? (int)(end - at) : (int)strlen(at), at);
        err = tell_step(telling, text, diag);
    }
    return err;
}

static enum base_err tell(struct telling *telling, struct base_diag *diag)
{
    const struct story *story = telling->story;
    const struct data_rows *rows = telling->buildings;
    int64_t levels = data_rows_i64(rows, telling->row, LEVELS);
    struct incident_reported reported;
    const struct incident_report report = {
        .estate_id = data_rows_i64(rows, telling->row, ESTATE_ID),
        .origin = story->origin,
        .category = story->category,
        .severity = story->severity,
        .title = story->title,
        .actor = "demo",
        .rule_id = data_null(),
        .organisation_id = data_null(),
        .building_id = data_i64(data_rows_i64(rows, telling->row, BUILDING_ID)),
        .storey = story->level ? data_i64(story->level < levels ? story->level : levels) : data_null(),
        .device_id = data_null(),
        .lon = data_f64(data_rows_f64(rows, telling->row, LON)),
        .lat = data_f64(data_rows_f64(rows, telling->row, LAT)),
        .drill = story->drill,
        .t_event_us = telling->reported_us,
        .at_us = telling->reported_us,
    };
    enum base_err err = incident_report(telling->conn, &report, diag, &reported);
    telling->id = err ? 0 : reported.id;
    return err ? err : tell_steps(telling, diag);
}

/* The row of the how many-th estate's how many-th building. */
static size_t row_of(const struct data_rows *rows, const struct story *story)
{
    size_t row = 0, count = data_rows_count(rows);
    for (int estate = 0; estate < story->estate && row < count; estate++) {
        int64_t id = data_rows_i64(rows, row, ESTATE_ID);
        while (row < count && data_rows_i64(rows, row, ESTATE_ID) == id) {
            row++;
        }
    }
    return row + (size_t)story->building;
}

enum base_err cli_demo_incidents(struct data_conn *conn, int64_t now_us, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = incident_ensure(conn, diag);
    err = err ? err : data_run(conn, DATA_DEMO_BUILDINGS, DATA_ARGS(data_i64(BUILDINGS)), diag, &rows);
    err = err ? err : data_begin_write(conn, diag);
    for (size_t i = 0; i < BASE_COUNT(stories) && !err; i++) {
        struct telling telling = {.conn = conn,
                                  .story = &stories[i],
                                  .buildings = rows,
                                  .row = row_of(rows, &stories[i]),
                                  .reported_us = now_us - stories[i].ago_min * MINUTE_S * SECOND};
        err = telling.row < data_rows_count(rows) ? tell(&telling, diag)
                                                  : base_diag_set(diag, BASE_NOT_FOUND, "the demo has too few estates");
    }
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    return err;
}
