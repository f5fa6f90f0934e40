/* GET /api/duties/{estate}/{duty}/preview: the windows that a duty will open in the days to come. */
#include "api/duty.h"
#include "duty/duty.h"

#define DAY_US INT64_C(86400000000)
enum { DAYS = 7, DAYS_MAX = 31, WINDOWS_MAX = 5000 };

bool api_duty_preview_days(struct api_call *call, int64_t *ret_days)
{
    struct base_str text = api_target_param(&call->target, "days");
    *ret_days = DAYS;
    if (text.at && (!base_str_i64(text, ret_days) || *ret_days < 1 || *ret_days > DAYS_MAX)) {
        char detail[64];
        snprintf(detail, sizeof detail, "days must be 1 to %d", DAYS_MAX);
        api_problem(call, MHD_HTTP_BAD_REQUEST, detail);
        return false;
    }
    return true;
}

static void answer(struct api_call *call, int64_t from_us, int64_t to_us, const struct duty_preview *preview,
                   const char *remark)
{
    struct base_json_out out = api_answer_json(call);
    call->answer.cache = "no-store";
    base_json_out_object(&out);
    base_json_out_key(&out, "from");
    base_json_out_time(&out, from_us);
    base_json_out_key(&out, "to");
    base_json_out_time(&out, to_us);
    base_json_out_key(&out, "places");
    base_json_out_i64(&out, preview->places);
    base_json_out_key(&out, "count");
    base_json_out_i64(&out, (int64_t)preview->count);
    base_json_out_key(&out, "windows");
    base_json_out_array(&out);
    for (size_t i = 0; i < preview->count && i < WINDOWS_MAX; i++) {
        base_json_out_object(&out);
        base_json_out_key(&out, "t_from");
        base_json_out_time(&out, preview->spans[i].from_us);
        base_json_out_key(&out, "t_to");
        base_json_out_time(&out, preview->spans[i].to_us);
        base_json_out_object_end(&out);
    }
    base_json_out_array_end(&out);
    if (*remark) {
        base_json_out_key(&out, "remark");
        base_json_out_text(&out, remark);
    }
    base_json_out_object_end(&out);
}

enum base_err api_duty_preview_out(struct api_call *call, struct data_conn *conn, const int64_t ids[2], int64_t days,
                                   const char *remark, struct base_diag *diag)
{
    struct duty_preview preview;
    int64_t from_us = base_clock_now_us(), to_us = from_us + days * DAY_US;
    enum base_err err = duty_preview(conn, ids[0], ids[1], from_us, to_us, diag, &preview);
    if (!err) {
        answer(call, from_us, to_us, &preview, remark);
        duty_preview_release(&preview);
    }
    return err;
}

enum base_err api_duty_preview(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    int64_t ids[API_CAPTURES_MAX], days = 0;
    enum base_err err = api_query_path(call, 2, diag, ids);
    if (err || !api_duty_preview_days(call, &days)) {
        return err;
    }
    err = api_worker_conn(worker, diag, &conn);
    return err ? err : api_duty_preview_out(call, conn, ids, days, "", diag);
}
