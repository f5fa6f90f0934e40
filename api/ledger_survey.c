/* The ledger of surveys (调研排查台账): what inspections looked at, what they found, and what became of it. */
#include "api/ledger.h"

/* Columns of ledger_surveys. */
enum {
    ESTATE_ID,
    ID,
    TZ,
    NUMBER,
    VERSION,
    ESTATE,
    ESTATE_EN,
    KEY,
    BUILDING_ID,
    BUILDING,
    BUILDING_EN,
    STOREY,
    INSPECTED,
    CATEGORY,
    CATEGORY_NAME,
    CATEGORY_NAME_EN,
    FINDING,
    SEVERITY,
    FOUND_AT,
    ORGANISATION_ID,
    ORGANISATION,
    ORGANISATION_EN,
    INCIDENT_ID,
    INCIDENT_STATE,
    RECTIFICATIONS,
    OVERDUE,
    SETTLED_AT,
    STATE,
    RECORDED_AT,
    MANAGER,
    MANAGER_EN
};

static const struct api_sheet_word states[] = {{"all", "全部", "All"},
                                               {"open", "未办结", "Open"},
                                               {"settled", "已办结", "Settled"},
                                               {"clear", "未发现问题", "Nothing found"},
                                               {NULL, NULL, NULL}};

static const struct api_sheet_column columns[] = {
    {"estate_id", NULL, NULL, API_SHEET_I64, ESTATE_ID, 0, NULL},
    {"id", NULL, NULL, API_SHEET_I64, ID, 0, NULL},
    {"version", NULL, NULL, API_SHEET_I64, VERSION, 0, NULL},
    {"number", "编号", "Number", API_SHEET_TEXT, NUMBER, 12, NULL},
    {"key", NULL, NULL, API_SHEET_TEXT, KEY, 0, NULL},
    {"estate", "小区", NULL, API_SHEET_TEXT, ESTATE, 0, NULL},
    {"estate_en", NULL, "Estate", API_SHEET_TEXT, ESTATE_EN, 0, NULL},
    {"building_id", NULL, NULL, API_SHEET_I64, BUILDING_ID, 0, NULL},
    {"building", "楼栋", NULL, API_SHEET_TEXT, BUILDING, 0, NULL},
    {"building_en", NULL, "Building", API_SHEET_TEXT, BUILDING_EN, 0, NULL},
    {"storey", "楼层", "Storey", API_SHEET_I64, STOREY, 6, NULL},
    {"inspected", "排查内容", "Inspected", API_SHEET_TEXT, INSPECTED, 24, NULL},
    {"category", NULL, NULL, API_SHEET_TEXT, CATEGORY, 0, NULL},
    {"category_name", "类别", NULL, API_SHEET_TEXT, CATEGORY_NAME, 14, NULL},
    {"category_name_en", NULL, "Category", API_SHEET_TEXT, CATEGORY_NAME_EN, 0, NULL},
    {"finding", "发现的问题", "Finding", API_SHEET_TEXT, FINDING, 44, NULL},
    {"severity", "等级", "Severity", API_SHEET_TEXT, SEVERITY, 8, api_ledger_severities},
    {"found_at", "排查时间", "Found", API_SHEET_TIME, FOUND_AT, 0, NULL},
    {"organisation_id", NULL, NULL, API_SHEET_I64, ORGANISATION_ID, 0, NULL},
    {"organisation", "排查单位", NULL, API_SHEET_TEXT, ORGANISATION, 22, NULL},
    {"organisation_en", NULL, "Inspected by", API_SHEET_TEXT, ORGANISATION_EN, 22, NULL},
    {"incident_id", "转为案件", "Became incident", API_SHEET_I64, INCIDENT_ID, 0, NULL},
    {"incident_state", NULL, NULL, API_SHEET_TEXT, INCIDENT_STATE, 0, NULL},
    {"rectifications", "整改事项数", "Rectifications", API_SHEET_I64, RECTIFICATIONS, 12, NULL},
    {"overdue", "整改超期", "Overdue", API_SHEET_BOOL, OVERDUE, 9, NULL},
    {"state", "状态", "State", API_SHEET_TEXT, STATE, 12, states},
    {"settled_at", "办结时间", "Settled", API_SHEET_TIME, SETTLED_AT, 0, NULL},
    {"recorded_at", "录入时间", "Entered", API_SHEET_TIME, RECORDED_AT, 0, NULL},
    {"manager", "物业企业", NULL, API_SHEET_TEXT, MANAGER, 22, NULL},
    {"manager_en", NULL, "Managed by", API_SHEET_TEXT, MANAGER_EN, 22, NULL},
};
static const struct api_sheet sheet = {"surveys", "调研排查台账", "Surveys", columns, BASE_COUNT(columns), TZ};

static void item(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    api_sheet_json(out, &sheet, rows, row);
}

static const struct api_list list = {"surveys", item, .timed = true, .columns = 3, .order = {FOUND_AT, ESTATE_ID, ID}};

const struct api_ledger api_ledger_survey = {.sheet = &sheet,
                                             .list = &list,
                                             .page = DATA_LEDGER_SURVEYS,
                                             .states = "open settled clear all",
                                             .period_title = "排查时间",
                                             .period_title_en = "found",
                                             .words = states,
                                             .version = VERSION};
