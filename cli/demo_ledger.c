/* The demo's ledgers: what inspections of the last weeks found in some estates, and what is to be put right by whom -
 * due, late, done, verified and dropped. */
#include "cli/demo.h"

#include <string.h>

enum { BUILDINGS = 3, DAY_S = 86400, KEY_MAX = 32 };
#define SECOND INT64_C(1000000)

/* Columns of demo_buildings. */
enum { ESTATE_ID, BUILDING_ID, LEVELS, LON, LAT, ORGANISATION_ID };

static const struct found {
    int ago_days, estate, building; /* the how many-th, from 0 on */
    const char *inspected, *category, *finding, *severity;
    bool settled;
} findings[] = {
    {21, 0, 0, "消防设施", "facility", "3至6层消火栓箱内缺水带2条", "serious", false},
    {21, 0, 1, "楼道堆物", "fire_lane", "地下一层通道堆放纸箱、电动车", "serious", false},
    {20, 1, 0, "电梯", "facility", "2号梯轿厢照明闪烁", "small", true},
    {18, 2, 0, "外墙", "facility", "北侧外墙瓷砖空鼓约4平方米", "complex", false},
    {14, 3, 1, "燃气管道", NULL, NULL, NULL, false},
    {12, 4, 0, "垃圾分类投放点", "bin_overflow", "厨余桶无盖,周边有渗滤液", "small", false},
    {9, 5, 2, "道路与照明", "facility", "东门内路灯3盏不亮", "small", false},
    {6, 0, 2, "屋面防水", "water_leak", "顶层两处渗水痕迹", "complex", false},
};

/* Of the finding with that number; days from now on. done, verified, dropped: so many days ago, 0: not. */
static const struct task {
    int finding, deadline_days;
    const char *measure;
    int done, verified, dropped;
    const char *result;
} tasks[] = {
    {0, -3, "补齐水带,每月点检", 0, 0, 0, NULL},
    {1, 5, "清理堆物,设禁停标识,加装摄像机", 0, 0, 0, NULL},
    {2, -10, "更换照明模块", 15, 14, 0, "已更换,运行正常"},
    {3, 30, "专项维修资金立项,脚手架施工", 0, 0, 0, NULL},
    {5, -2, "更换桶盖,增加冲洗频次", 1, 0, 0, "桶盖已更换"},
    {6, 2, "更换光源3套", 1, 0, 0, "已更换,待夜间核验"},
    {7, 20, "雨季前完成防水修缮", 0, 0, 0, NULL},
    {5, 10, "迁移投放点", 0, 0, 4, "与居民协商后保留原址"},
};

struct telling {
    struct data_conn *conn;
    const struct data_rows *buildings;
    int64_t now_us;
};

static size_t row_of(const struct data_rows *rows, int estate, int building)
{
    size_t row = 0, count = data_rows_count(rows);
    for (int i = 0; i < estate && row < count; i++) {
        int64_t id = data_rows_i64(rows, row, ESTATE_ID);
        while (row < count && data_rows_i64(rows, row, ESTATE_ID) == id) {
            row++;
        }
    }
    return row + (size_t)building < count ? row + (size_t)building : 0;
}

static struct data_arg days_ago(const struct telling *telling, int days)
{
    return days ? data_time(telling->now_us - days * DAY_S * SECOND) : data_null();
}

static enum base_err tell_finding(const struct telling *telling, size_t number, struct base_diag *diag, int64_t *ret_id)
{
    const struct found *found = &findings[number];
    const struct data_rows *rows = telling->buildings;
    size_t row = row_of(rows, found->estate, found->building);
    char key[KEY_MAX];
    AUTO(data_rows) done = NULL;
    snprintf(key, sizeof key, "demo-survey-%zu", number + 1);
    enum base_err err =
        data_run(telling->conn, DATA_SURVEY_PUT,
                 DATA_ARGS(data_i64(data_rows_i64(rows, row, ESTATE_ID)), data_null(), data_null(), data_text(key),
                           data_i64(data_rows_i64(rows, row, BUILDING_ID)), data_null(), data_text(found->inspected),
                           data_text(found->category), data_text(found->finding), data_text(found->severity),
                           days_ago(telling, found->ago_days), data_i64(data_rows_i64(rows, row, ORGANISATION_ID)),
                           data_null(), days_ago(telling, found->settled ? found->ago_days - 7 : 0)),
                 diag, &done);
    *ret_id = err ? 0 : data_rows_i64(done, 0, 0);
    return err;
}

static enum base_err tell_task(const struct telling *telling, size_t number, const int64_t *surveys,
                               struct base_diag *diag)
{
    const struct task *task = &tasks[number];
    const struct found *found = &findings[task->finding];
    const struct data_rows *rows = telling->buildings;
    size_t row = row_of(rows, found->estate, found->building);
    char key[KEY_MAX];
    snprintf(key, sizeof key, "demo-rectification-%zu", number + 1);
    return data_run(telling->conn, DATA_RECTIFICATION_PUT,
                    DATA_ARGS(data_i64(data_rows_i64(rows, row, ESTATE_ID)), data_null(), data_null(), data_text(key),
                              data_i64(surveys[task->finding]), data_null(),
                              data_i64(data_rows_i64(rows, row, BUILDING_ID)), data_null(), data_text(found->finding),
                              data_text(task->measure), data_i64(data_rows_i64(rows, row, ORGANISATION_ID)),
                              data_time(telling->now_us + task->deadline_days * DAY_S * SECOND),
                              days_ago(telling, task->done), days_ago(telling, task->verified),
                              days_ago(telling, task->dropped), data_text(task->result), data_null()),
                    diag, NULL);
}

enum base_err cli_demo_ledgers(struct data_conn *conn, int64_t now_us, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    int64_t surveys[BASE_COUNT(findings)] = {0};
    enum base_err err = data_run(conn, DATA_DEMO_BUILDINGS, DATA_ARGS(data_i64(BUILDINGS)), diag, &rows);
    err = err ? err : data_begin_write(conn, diag);
    struct telling telling = {conn, rows, now_us};
    for (size_t i = 0; i < BASE_COUNT(findings) && !err; i++) {
        err = tell_finding(&telling, i, diag, &surveys[i]);
    }
    for (size_t i = 0; i < BASE_COUNT(tasks) && !err; i++) {
        err = tell_task(&telling, i, surveys, diag);
    }
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    return err;
}
