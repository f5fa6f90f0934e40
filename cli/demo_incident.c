/* The demo's incidents: a day of them in every state, told as what was done and how many minutes after the report.
 * Their clocks say meanwhile what they have to say, so some are late, one has gone up and one is about to break. To the
 * drill three departments are called: one has come, one has not answered, one has some minutes left to. */
#include "cli/demo.h"
#include "incident/incident.h"

#include <stdlib.h>
#include <string.h>

enum { BUILDINGS = 6, MINUTE_S = 60, STEP_MAX = 64 };
#define SECOND INT64_C(1000000)

/* Columns of demo_buildings, and of demo_watch. */
enum { ESTATE_ID, BUILDING_ID, LEVELS, LON, LAT, ORGANISATION_ID };
/* Columns of joint_calls. */
enum { CALL_ID = 0, CALL_FIELD = 2 };
enum { WATCH_ESTATE, WATCH_SHIFT };
/* At the estate of the team that is on now, and sent to it; in no building, for a pass at one would prove its arrival.
 */
enum { OF_WATCH = -1 };

static const struct story {
    int ago_min;         /* reported so long ago */
    int estate;          /* the how many-th, from 0 on; or OF_WATCH */
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
    {480, 9, 2, 0, "dispute", "邻里因停车位纠纷", NULL, "call", false, "admit 5, dispatch 8, mediate 30"},
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
    {2, OF_WATCH, 0, 0, "fire_lane", "消防通道停放电动车", NULL, "resident", false, "file 0, dispatch 1"},
};

/* Minutes after the drill was reported; 0: not. */
static const struct call {
    const char *field;
    int called, acknowledged, arrived, answers_s;
} calls[] = {{"fire", 5, 6, 14, 300}, {"police", 5, 0, 0, 300}, {"emergency", 80, 0, 0, 1200}};

struct telling {
    struct data_conn *conn;
    const struct story *story;
    const struct data_rows *buildings;
    const struct base_key *seal; /* NULL: there is none */
    size_t row;
    int64_t reported_us, id;
    struct data_arg shift_id; /* whom it is sent to; null: the estate's organisation alone */
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
                                     .seal = telling->seal,
                                     .note = note ? note + 2 : "演示",
                                     .organisation_id =
                                         data_i64(data_rows_i64(telling->buildings, telling->row, ORGANISATION_ID)),
                                     .shift_id = telling->shift_id,
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

static int64_t minute(const struct telling *telling, int after)
{
    return telling->reported_us + after * MINUTE_S * SECOND;
}

static enum base_err tell_act(const struct telling *telling, int64_t call_id, const char *act, int after,
                              struct base_diag *diag)
{
    const struct incident_joint_act taken = {
        .incident = {data_rows_i64(telling->buildings, telling->row, ESTATE_ID), telling->id},
        .call_id = call_id,
        .act = act,
        .actor = "demo",
        .at_us = minute(telling, after)};
    return after ? incident_joint_act(telling->conn, &taken, diag) : BASE_OK;
}

static enum base_err tell_call(const struct telling *telling, const struct call *call, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    const int64_t estate_id = data_rows_i64(telling->buildings, telling->row, ESTATE_ID);
    const struct incident_joint joint = {.estate_id = estate_id,
                                         .id = telling->id,
                                         .actor = "demo",
                                         .reason = "区级联合演练:疏散与扑救",
                                         .fields = {call->field},
                                         .field_count = 1,
                                         .ack_s = data_i64(call->answers_s),
                                         .at_us = minute(telling, call->called)};
    enum base_err err = incident_joint_call(telling->conn, &joint, diag);
    err = err ? err
              : data_run(telling->conn, DATA_JOINT_CALLS, DATA_ARGS(data_i64(estate_id), data_i64(telling->id)), diag,
                         &rows);
    for (size_t i = 0; !err && i < data_rows_count(rows); i++) {
        if (strcmp(data_rows_text(rows, i, CALL_FIELD), call->field) == 0) {
            int64_t id = data_rows_i64(rows, i, CALL_ID);
            err = tell_act(telling, id, "acknowledge", call->acknowledged, diag);
            err = err ? err : tell_act(telling, id, "arrive", call->arrived, diag);
        }
    }
    return err;
}

static enum base_err tell_calls(const struct telling *telling, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; telling->story->drill && i < BASE_COUNT(calls) && !err; i++) {
        err = tell_call(telling, &calls[i], diag);
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
        .building_id =
            story->estate == OF_WATCH ? data_null() : data_i64(data_rows_i64(rows, telling->row, BUILDING_ID)),
        .storey = story->level ? data_i64(story->level < levels ? story->level : levels) : data_null(),
        .device_id = data_null(),
        .lon = data_f64(data_rows_f64(rows, telling->row, LON)),
        .lat = data_f64(data_rows_f64(rows, telling->row, LAT)),
        .drill = story->drill,
        .seal = telling->seal,
        .t_event_us = telling->reported_us,
        .at_us = telling->reported_us,
    };
    if (!telling->seal && strcmp(story->category, "dispute") == 0) {
        return BASE_OK; /* there is nothing to lock its words by */
    }
    enum base_err err = incident_report(telling->conn, &report, diag, &reported);
    telling->id = err ? 0 : reported.id;
    err = err ? err : tell_steps(telling, diag);
    return err ? err : tell_calls(telling, diag);
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

/* The same at the team's estate; the end of the rows: none is on. */
static size_t row_of_watch(const struct data_rows *rows, const struct story *story, const struct data_rows *watch)
{
    size_t row = 0, count = data_rows_count(rows);
    while (row < count &&
           (!data_rows_count(watch) || data_rows_i64(rows, row, ESTATE_ID) != data_rows_i64(watch, 0, WATCH_ESTATE))) {
        row++;
    }
    return row < count ? row + (size_t)story->building : count;
}

static enum base_err tell_all(struct data_conn *conn, const struct data_rows *rows, const struct data_rows *watch,
                              const struct base_key *seal, int64_t now_us, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < BASE_COUNT(stories) && !err; i++) {
        const struct story *story = &stories[i];
        bool of_watch = story->estate == OF_WATCH;
        struct telling telling = {.conn = conn,
                                  .story = story,
                                  .buildings = rows,
                                  .seal = seal,
                                  .row = of_watch ? row_of_watch(rows, story, watch) : row_of(rows, story),
                                  .reported_us = now_us - story->ago_min * MINUTE_S * SECOND,
                                  .shift_id = data_null()};
        if (of_watch && data_rows_count(watch)) {
            telling.shift_id = data_i64(data_rows_i64(watch, 0, WATCH_SHIFT));
        }
        if (telling.row < data_rows_count(rows)) {
            err = tell(&telling, diag);
        } else if (!of_watch) { /* between two shifts nobody is on */
            err = base_diag_set(diag, BASE_NOT_FOUND, "the demo has too few estates");
        }
    }
    return err;
}

enum base_err cli_demo_incidents(struct data_conn *conn, int64_t now_us, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    AUTO(data_rows) watch = NULL;
    const char *var = getenv("HUTONG_VAR");
    struct base_key seal;
    enum base_err err = var ? incident_seal_key(var, diag, &seal) : BASE_OK;
    err = err ? err : incident_ensure(conn, diag);
    err = err ? err : data_run(conn, DATA_DEMO_BUILDINGS, DATA_ARGS(data_i64(BUILDINGS)), diag, &rows);
    err = err ? err : data_run(conn, DATA_DEMO_WATCH, DATA_NO_ARGS, diag, &watch);
    err = err ? err : data_begin_write(conn, diag);
    err = err ? err : tell_all(conn, rows, watch, var ? &seal : NULL, now_us, diag);
    err = err ? err : data_run(conn, DATA_DEMO_MEETING, DATA_ARGS(data_time(now_us)), diag, NULL);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    return err;
}
