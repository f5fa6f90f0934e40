/* The demo's duties, an estate's at a time. What is asked is what contracts ask: rounds by the hour at night,
 * sanitation early in the morning, bins that are emptied before they overflow, cameras that see. */
#include "cli/demo.h"
#include "duty/duty.h"

enum { HOUR_S = 3600, WAIVED_ESTATE = 3 };
#define SECOND INT64_C(1000000)

static const struct duty_spec wishes[] = {
    {.key = "demo-rounds",
     .name = "楼栋巡逻",
     .name_en = "Building rounds",
     .subject_kind = "building",
     .schedule = "every 2h, 22:00-06:00 1h",
     .proof = "pass",
     .subject_types = "guard",
     .radius_m = "25"},
    {.key = "demo-pair",
     .name = "夜间双人巡查",
     .name_en = "Two-person night check",
     .subject_kind = "building",
     .schedule = "rrule FREQ=DAILY;BYHOUR=0 lasts 4h",
     .proof = "pass",
     .subject_types = "guard",
     .radius_m = "25",
     .count = "2",
     .units = "2"},
    {.key = "demo-points",
     .name = "巡更点",
     .name_en = "Patrol points",
     .subject_kind = "checkpoint",
     .schedule = "every 4h",
     .proof = "pass",
     .subject_types = "guard",
     .radius_m = "25"},
    {.key = "demo-night-route",
     .name = "夜间巡更路线",
     .name_en = "Night patrol routes",
     .subject_kind = "route",
     .schedule = "every 22:00-06:00 2h",
     .proof = "round",
     .subject_types = "guard",
     .radius_m = "25",
     .fraction = "0.9"},
    {.key = "demo-tags",
     .name = "巡更打卡",
     .name_en = "Tags at patrol points",
     .subject_kind = "checkpoint",
     .schedule = "every 06:00-14:00 8h, 14:00-22:00 8h, 22:00-06:00 8h",
     .proof = "checkin",
     .subject_types = "card"},
    {.key = "demo-sweep",
     .name = "道路清扫",
     .name_en = "Sweeping",
     .organisation = "demo-clean",
     .subject_kind = "zone",
     .subject_filter = "kind = 'sanitation'",
     .schedule = "every 05:00-09:00 4h, 09:00-17:00 8h, 17:00-05:00 12h",
     .proof = "area",
     .subject_types = "fleet",
     .radius_m = "4",
     .fraction = "0.6",
     .tool = "true"},
    {.key = "demo-collection",
     .name = "垃圾清运",
     .name_en = "Refuse collection",
     .organisation = "demo-clean",
     .subject_kind = "zone",
     .subject_filter = "kind = 'collection'",
     .schedule = "every 09:00-11:00 2h, 18:00-20:00 2h",
     .proof = "pass",
     .subject_types = "fleet",
     .dwell_s = "60"},
    {.key = "demo-bins",
     .name = "垃圾桶不满溢",
     .name_en = "Bins below their brim",
     .organisation = "demo-clean",
     .campaign = "demo-clean-week",
     .subject_kind = "bin",
     .schedule = "every 24h",
     .proof = "fill",
     .fill_percent = "80",
     .allow_s = "7200"},
    {.key = "demo-cameras",
     .name = "摄像机在线",
     .name_en = "Cameras online",
     .subject_kind = "camera",
     .schedule = "every 24h",
     .proof = "online",
     .fraction = "0.95"},
};
enum { PAIR = 1 };

static enum base_err put(struct data_conn *conn, const struct data_rows *estates, size_t estate, size_t wish,
                         const char *since, struct base_diag *diag)
{
    struct duty_put done;
    struct duty_spec spec = wishes[wish];
    char building[32];
    spec.estate_id = data_rows_i64(estates, estate, 0);
    spec.valid_from = since;
    spec.organisation = spec.organisation ? spec.organisation : cli_demo_company(estate);
    spec.contract = cli_demo_contract(estate);
    if (wish == PAIR) {
        if (data_rows_null(estates, estate, 2)) {
            return BASE_OK;
        }
        snprintf(building, sizeof building, "%lld", (long long)data_rows_i64(estates, estate, 2));
        spec.subject_id = building;
    }
    enum base_err err = duty_put(conn, &spec, 0, diag, &done);
    return err ? base_diag_prefix(diag, err, "%s", spec.key) : BASE_OK;
}

/* 02:00-04:00 of the last night, decided by the district. */
static enum base_err waive(struct data_conn *conn, int64_t estate_id, int64_t midnight_us, struct base_diag *diag)
{
    int64_t night = midnight_us + 24 * HOUR_S * SECOND;
    int64_t now = base_clock_now_us();
    night = night + 4 * HOUR_S * SECOND < now ? night : midnight_us; /* the night may not be over */
    return data_run(conn, DATA_WAIVER_MAKE,
                    DATA_ARGS(data_i64(estate_id), data_null(), data_null(), data_null(),
                              data_time(night + 2 * HOUR_S * SECOND), data_time(night + 4 * HOUR_S * SECOND),
                              data_text("台风预警"), data_text("云栖区值班室")),
                    diag, NULL);
}

static enum base_err put_all(struct data_conn *conn, int64_t midnight_us, struct base_diag *diag)
{
    AUTO(data_rows) estates = NULL;
    char since[BASE_TIME_TEXT];
    base_time_out(midnight_us, since);
    enum base_err err = data_run(conn, DATA_DEMO_CAMPAIGN, DATA_NO_ARGS, diag, NULL);
    err = err ? err : data_run(conn, DATA_DEMO_ESTATE, DATA_NO_ARGS, diag, &estates);
    for (size_t i = 0; !err && i < data_rows_count(estates); i++) {
        for (size_t k = 0; k < BASE_COUNT(wishes) && !err; k++) {
            err = put(conn, estates, i, k, since, diag);
        }
    }
    if (!err && data_rows_count(estates) > WAIVED_ESTATE) {
        err = waive(conn, data_rows_i64(estates, WAIVED_ESTATE, 0), midnight_us, diag);
    }
    return err;
}

enum base_err cli_demo_duties(struct data_conn *conn, int64_t midnight_us, struct base_diag *diag)
{
    enum base_err err = data_begin_write(conn, diag);
    if (err) {
        return err;
    }
    err = put_all(conn, midnight_us, diag);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    return err;
}
