/* The ledger of problems (问题台账): incidents as a clerk keeps them. Notes, contacts and who took a step are not in
 * it: an account's name may be a person's. */
#include "api/ledger.h"

/* Columns of ledger_problems. */
enum {
    ESTATE_ID,
    ID,
    TZ,
    NUMBER,
    ESTATE,
    ESTATE_EN,
    BUILDING_ID,
    BUILDING,
    BUILDING_EN,
    STOREY,
    CATEGORY,
    CATEGORY_NAME,
    CATEGORY_NAME_EN,
    GB_CLASS,
    TITLE,
    SEVERITY,
    ORIGIN,
    T_EVENT,
    REPORTED_AT,
    REPORTS,
    LEVEL,
    LEVEL_NAME,
    LEVEL_NAME_EN,
    ORGANISATION_ID,
    ORGANISATION,
    ORGANISATION_EN,
    FILED_AT,
    DISPATCHED_AT,
    ACCEPTED_AT,
    ON_SITE_AT,
    RESOLVED_AT,
    FED_BACK_AT,
    VERIFIED_AT,
    CLOSED_AT,
    STATE,
    DEADLINE,
    LEFT_S,
    OVERDUE,
    RESULT,
    REWORKS,
    ESCALATIONS,
    URGES,
    DEFERRED,
    MANAGER,
    MANAGER_EN
};

const struct api_sheet_word api_ledger_severities[] = {{"small", "一般", "Small"},
                                                       {"serious", "严重", "Serious"},
                                                       {"complex", "复杂", "Complex"},
                                                       {"special", "特殊", "Special"},
                                                       {NULL, NULL, NULL}};
static const struct api_sheet_word origins[] = {{"call", "来电", "Call"},
                                                {"patrol", "巡查", "Patrol"},
                                                {"resident", "居民反映", "Resident"},
                                                {"rule", "感知报警", "Sensor"},
                                                {"window", "漏巡漏检", "Missed duty"},
                                                {"silence", "设备离线", "Silent device"},
                                                {NULL, NULL, NULL}};
static const struct api_sheet_word states[] = {{"open", "未办结", "Open"},
                                               {"all", "全部", "All"},
                                               {"reported", "已上报", "Reported"},
                                               {"filed", "已立案", "Filed"},
                                               {"dispatched", "已派遣", "Dispatched"},
                                               {"accepted", "已接单", "Accepted"},
                                               {"on_site", "已到场", "On site"},
                                               {"resolved", "已处置", "Dealt with"},
                                               {"fed_back", "已反馈", "Fed back"},
                                               {"verified", "已核查", "Verified"},
                                               {"closed", "已结案", "Closed"},
                                               {"rejected", "不予立案", "Rejected"},
                                               {"merged", "已并案", "Merged"},
                                               {"paused", "已挂起", "Paused"},
                                               {NULL, NULL, NULL}};
static const struct api_sheet_word results[] = {
    {"resolved", "处置完毕", "Dealt with"}, {"planned", "已出方案", "Planned"}, {"revoked", "已撤销", "Taken back"},
    {"rejected", "不予立案", "Rejected"},   {"merged", "已并案", "Merged"},     {NULL, NULL, NULL}};

static const struct api_sheet_column columns[] = {
    {"estate_id", NULL, NULL, API_SHEET_I64, ESTATE_ID, 0, NULL},
    {"id", NULL, NULL, API_SHEET_I64, ID, 0, NULL},
    {"number", "编号", "Number", API_SHEET_TEXT, NUMBER, 12, NULL},
    {"estate", "小区", NULL, API_SHEET_TEXT, ESTATE, 0, NULL},
    {"estate_en", NULL, "Estate", API_SHEET_TEXT, ESTATE_EN, 0, NULL},
    {"building_id", NULL, NULL, API_SHEET_I64, BUILDING_ID, 0, NULL},
    {"building", "楼栋", NULL, API_SHEET_TEXT, BUILDING, 0, NULL},
    {"building_en", NULL, "Building", API_SHEET_TEXT, BUILDING_EN, 0, NULL},
    {"storey", "楼层", "Storey", API_SHEET_I64, STOREY, 6, NULL},
    {"gb_class", "大类", "Class (GB)", API_SHEET_TEXT, GB_CLASS, 12, NULL},
    {"category", NULL, NULL, API_SHEET_TEXT, CATEGORY, 0, NULL},
    {"category_name", "类别", NULL, API_SHEET_TEXT, CATEGORY_NAME, 14, NULL},
    {"category_name_en", NULL, "Category", API_SHEET_TEXT, CATEGORY_NAME_EN, 0, NULL},
    {"title", "问题", "Problem", API_SHEET_TEXT, TITLE, 36, NULL},
    {"severity", "等级", "Severity", API_SHEET_TEXT, SEVERITY, 8, api_ledger_severities},
    {"origin", "来源", "Reported by", API_SHEET_TEXT, ORIGIN, 10, origins},
    {"reports", "上报次数", "Reports", API_SHEET_I64, REPORTS, 0, NULL},
    {"t_event", "发生时间", "Happened", API_SHEET_TIME, T_EVENT, 0, NULL},
    {"reported_at", "上报时间", "Reported", API_SHEET_TIME, REPORTED_AT, 0, NULL},
    {"filed_at", "立案时间", "Filed", API_SHEET_TIME, FILED_AT, 0, NULL},
    {"dispatched_at", "派遣时间", "Dispatched", API_SHEET_TIME, DISPATCHED_AT, 0, NULL},
    {"accepted_at", "接单时间", "Accepted", API_SHEET_TIME, ACCEPTED_AT, 0, NULL},
    {"on_site_at", "到场时间", "On site", API_SHEET_TIME, ON_SITE_AT, 0, NULL},
    {"resolved_at", "处置时间", "Dealt with", API_SHEET_TIME, RESOLVED_AT, 0, NULL},
    {"fed_back_at", "反馈时间", "Fed back", API_SHEET_TIME, FED_BACK_AT, 0, NULL},
    {"verified_at", "核查时间", "Verified", API_SHEET_TIME, VERIFIED_AT, 0, NULL},
    {"closed_at", "结案时间", "Closed", API_SHEET_TIME, CLOSED_AT, 0, NULL},
    {"level", NULL, NULL, API_SHEET_TEXT, LEVEL, 0, NULL},
    {"level_name", "层级", NULL, API_SHEET_TEXT, LEVEL_NAME, 8, NULL},
    {"level_name_en", NULL, "Level", API_SHEET_TEXT, LEVEL_NAME_EN, 12, NULL},
    {"organisation_id", NULL, NULL, API_SHEET_I64, ORGANISATION_ID, 0, NULL},
    {"organisation", "责任部门", NULL, API_SHEET_TEXT, ORGANISATION, 22, NULL},
    {"organisation_en", NULL, "Department", API_SHEET_TEXT, ORGANISATION_EN, 22, NULL},
    {"deadline", "处置时限", "Deadline", API_SHEET_TIME, DEADLINE, 0, NULL},
    {"left_s", "剩余(小时,负为超时)", "Left (hours; below 0: late)", API_SHEET_HOURS, LEFT_S, 20, NULL},
    {"overdue", "超时", "Overdue", API_SHEET_BOOL, OVERDUE, 8, NULL},
    {"state", "状态", "State", API_SHEET_TEXT, STATE, 10, states},
    {"result", "处置结果", "Result", API_SHEET_TEXT, RESULT, 12, results},
    {"reworks", "返工次数", "Reworks", API_SHEET_I64, REWORKS, 0, NULL},
    {"escalations", "提级次数", "Escalations", API_SHEET_I64, ESCALATIONS, 0, NULL},
    {"urges", "催办次数", "Urged", API_SHEET_I64, URGES, 0, NULL},
    {"deferred", "缓办", "Put off", API_SHEET_BOOL, DEFERRED, 8, NULL},
    {"manager", "物业企业", NULL, API_SHEET_TEXT, MANAGER, 22, NULL},
    {"manager_en", NULL, "Managed by", API_SHEET_TEXT, MANAGER_EN, 22, NULL},
};
static const struct api_sheet sheet = {"problems", "问题台账", "Problems", columns, BASE_COUNT(columns), TZ};

static void item(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    api_sheet_json(out, &sheet, rows, row);
}

static const struct api_list list = {"problems", item, .timed = true, .columns = 3,
                                     .order = {REPORTED_AT, ESTATE_ID, ID}};

const struct api_ledger api_ledger_problem = {
    .sheet = &sheet,
    .list = &list,
    .page = DATA_LEDGER_PROBLEMS,
    .states =
        "open closed all reported filed dispatched accepted on_site resolved fed_back verified rejected merged paused",
    .period_title = "上报时间",
    .period_title_en = "reported",
    .words = states};
