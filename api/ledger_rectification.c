/* The ledger of rectifications (整改台账): what is to be put right, by which department, how, by when, and what came of
 * it. */
#include "api/ledger.h"

/* Columns of ledger_rectifications. */
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
    PROBLEM,
    MEASURE,
    ORGANISATION_ID,
    ORGANISATION,
    ORGANISATION_EN,
    DEADLINE,
    LEFT_S,
    OVERDUE,
    SURVEY_ID,
    INCIDENT_ID,
    DONE_AT,
    VERIFIED_AT,
    DROPPED_AT,
    RESULT,
    EVIDENCE_ID,
    REWORKS,
    STATE,
    RECORDED_AT,
    MANAGER,
    MANAGER_EN
};

static const struct api_sheet_word states[] = {{"all", "全部", "All"},
                                               {"open", "未办结", "Open"},
                                               {"due", "待整改", "Due"},
                                               {"done", "待核验", "Done, to be verified"},
                                               {"verified", "已核验", "Verified"},
                                               {"dropped", "已撤销", "Dropped"},
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
    {"problem", "存在问题", "Problem", API_SHEET_TEXT, PROBLEM, 40, NULL},
    {"measure", "整改措施", "Measure", API_SHEET_TEXT, MEASURE, 40, NULL},
    {"organisation_id", NULL, NULL, API_SHEET_I64, ORGANISATION_ID, 0, NULL},
    {"organisation", "责任部门", NULL, API_SHEET_TEXT, ORGANISATION, 22, NULL},
    {"organisation_en", NULL, "Department", API_SHEET_TEXT, ORGANISATION_EN, 22, NULL},
    {"deadline", "整改时限", "Deadline", API_SHEET_TIME, DEADLINE, 0, NULL},
    {"left_s", "剩余(小时,负为超期)", "Left (hours; below 0: late)", API_SHEET_HOURS, LEFT_S, 20, NULL},
    {"overdue", "超期", "Overdue", API_SHEET_BOOL, OVERDUE, 8, NULL},
    {"state", "状态", "State", API_SHEET_TEXT, STATE, 12, states},
    {"done_at", "完成时间", "Done", API_SHEET_TIME, DONE_AT, 0, NULL},
    {"verified_at", "核验时间", "Verified", API_SHEET_TIME, VERIFIED_AT, 0, NULL},
    {"dropped_at", "撤销时间", "Dropped", API_SHEET_TIME, DROPPED_AT, 0, NULL},
    {"result", "整改结果", "Result", API_SHEET_TEXT, RESULT, 36, NULL},
    {"reworks", "返工次数", "Reworks", API_SHEET_I64, REWORKS, 0, NULL},
    {"survey_id", "来自排查", "From survey", API_SHEET_I64, SURVEY_ID, 0, NULL},
    {"incident_id", "来自案件", "From incident", API_SHEET_I64, INCIDENT_ID, 0, NULL},
    {"evidence_id", "佐证案件", "Evidence", API_SHEET_I64, EVIDENCE_ID, 0, NULL},
    {"recorded_at", "录入时间", "Entered", API_SHEET_TIME, RECORDED_AT, 0, NULL},
    {"manager", "物业企业", NULL, API_SHEET_TEXT, MANAGER, 22, NULL},
    {"manager_en", NULL, "Managed by", API_SHEET_TEXT, MANAGER_EN, 22, NULL},
};
static const struct api_sheet sheet = {"rectifications", "整改台账",          "Rectifications",
                                       columns,          BASE_COUNT(columns), TZ};

static void item(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    api_sheet_json(out, &sheet, rows, row);
}

static const struct api_list list = {"rectifications", item, .timed = true, .columns = 3,
                                     .order = {DEADLINE, ESTATE_ID, ID}};

const struct api_ledger api_ledger_rectification = {.sheet = &sheet,
                                                    .list = &list,
                                                    .page = DATA_LEDGER_RECTIFICATIONS,
                                                    .states = "open due done verified dropped all",
                                                    .period_title = "整改时限",
                                                    .period_title_en = "deadline",
                                                    .words = states,
                                                    .version = VERSION};
