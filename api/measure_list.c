/* The table of measures, and GET /api/measures, which tells it. What a measure is, is defined in
 * data/query/formula_*.sql. */
#include "api/measure.h"

#define LOOK(name) (1U << DATA_LOOK_##name)
#define SUBJECTS "guard cleaner vehicle fleet plate tag card object unit"
#define AS_OF                                                 \
    {                                                         \
        "as_of", API_MEASURE_MOMENT, "now", false, 0, 0, NULL \
    }
#define SILENCE                                                          \
    {                                                                    \
        "silence_s", API_MEASURE_SPAN, "86400", false, 60, 2678400, NULL \
    }
#define DUPLICATE                                                     \
    {                                                                 \
        "duplicate_s", API_MEASURE_WHOLE, "60", false, 0, 86400, NULL \
    }
#define KINDS                                                   \
    {                                                           \
        "kinds", API_MEASURE_KINDS, "camera", false, 0, 0, NULL \
    }
#define TYPES(standard)                                                     \
    {                                                                       \
        "subject_types", API_MEASURE_TYPES, standard, false, 0, 0, SUBJECTS \
    }
#define RATIO                                                   \
    {"value", API_MEASURE_F64}, {"numerator", API_MEASURE_F64}, \
    {                                                           \
        "denominator", API_MEASURE_F64                          \
    }
#define SHARE                                                   \
    {"value", API_MEASURE_F64}, {"numerator", API_MEASURE_I64}, \
    {                                                           \
        "denominator", API_MEASURE_I64                          \
    }
#define UNIT                     \
    {                            \
        "unit", API_MEASURE_UNIT \
    }
#define I(name)               \
    {                         \
        name, API_MEASURE_I64 \
    }
#define F(name)               \
    {                         \
        name, API_MEASURE_F64 \
    }
#define B(name)                \
    {                          \
        name, API_MEASURE_BOOL \
    }
#define T(name)                \
    {                          \
        name, API_MEASURE_TEXT \
    }
#define AT(name)               \
    {                          \
        name, API_MEASURE_TIME \
    }
enum { DAYS = 400, DAYS_OF_FIXES = 31 }; /* of positions there are no more */

const struct api_measure api_measures[API_MEASURES] = {
    {.name = "area_swept",
     .query = DATA_FORMULA_AREA_SWEPT,
     .version = 1,
     .unit = "m2/m2",
     .grain = "zone",
     .en = "Share of a zone's passable area that was covered.",
     .zh = "区域内可通行面积中已清扫（覆盖）的比例。",
     .looks = LOOK(RECORD),
     .days_max = DAYS,
     .params = {{"tool", API_MEASURE_SWITCH, "false", false, 0, 0, NULL}, TYPES(NULL)},
     .columns = {I("estate_id"), I("zone_id"), RATIO, UNIT, I("cells"), I("passable"), I("stretches"),
                 I("other_grid")}},
    {.name = "bin_overflow",
     .query = DATA_FORMULA_BIN_OVERFLOW,
     .version = 1,
     .unit = "min/min",
     .grain = "device",
     .en = "Share of the time of which a bin's fill is known in which it was full.",
     .zh = "垃圾桶满溢时间占已知桶位状态时间的比例。",
     .looks = LOOK(DEVICE),
     .whole = true,
     .days_max = DAYS,
     .params = {{"fill_percent", API_MEASURE_NUMBER, "80", false, 0, 100, NULL},
                {"deadline_s", API_MEASURE_SPAN, "14400", false, 0, 2678400, NULL},
                SILENCE},
     .columns = {I("estate_id"), I("device_id"), I("device_estate_id"), RATIO, UNIT, F("unknown_min"), F("hidden_min"),
                 I("overflows"), I("late"), B("full_at_end")}},
    {.name = "blind_spot",
     .query = DATA_FORMULA_BLIND_SPOT,
     .version = 1,
     .unit = "1",
     .grain = "estate",
     .en = "Share of buildings that no pass, no working camera and no swept zone reached.",
     .zh = "既无人员经过、又无在线摄像头、也无清扫覆盖的楼栋比例。",
     .looks = LOOK(RECORD),
     .whole = true,
     .days_max = DAYS,
     .params = {{"near_m", API_MEASURE_NUMBER, "50", false, 1, 1000, NULL},
                {"share", API_MEASURE_NUMBER, "0.5", false, 0, 1, NULL},
                SILENCE,
                TYPES("guard,cleaner"),
                {"radius_m", API_MEASURE_NUMBER, "15", false, 0, 100, NULL},
                KINDS},
     .columns =
         {I("estate_id"), SHARE, UNIT, I("passed"), I("watched"), I("swept"), {"building_ids", API_MEASURE_IDS}}},
    {.name = "camera_uptime",
     .query = DATA_FORMULA_CAMERA_UPTIME,
     .version = 1,
     .unit = "s/s",
     .grain = "device,bucket",
     .en = "Share of its theoretical hours in which a camera was online.",
     .zh = "摄像头在线时长占应在线时长的比例。",
     .looks = LOOK(DEVICE),
     .whole = true,
     .seen = "cameras",
     .days_max = DAYS,
     .params = {{"bucket", API_MEASURE_WORD, "day", false, 0, 0, "day month period"}, SILENCE, KINDS},
     .columns = {I("estate_id"), I("device_id"), I("device_estate_id"), AT("bucket"), RATIO, UNIT, F("offline_s"),
                 F("unknown_s"), F("hidden_s"), F("value_known")}},
    {.name = "campaign_change",
     .query = DATA_FORMULA_CAMPAIGN_CHANGE,
     .version = 1,
     .unit = "1",
     .grain = "estate,phase",
     .en = "Share of decided windows that were met at a campaign's places before, during and after it; no cause is "
           "claimed.",
     .zh = "专项行动涉及点位在行动前、行动中、行动后的履职达标率；不作因果判断。",
     .looks = LOOK(RECORD),
     .moment = true,
     .days_max = DAYS,
     .params = {{"campaign", API_MEASURE_CAMPAIGN, NULL, true, 0, 0, NULL}, AS_OF},
     .columns = {I("estate_id"), T("phase"), AT("t_from"), AT("t_to"), B("complete"), I("places"), SHARE, UNIT,
                 F("change"), I("missed"), I("unknown"), I("waived"), I("undecided")}},
    {.name = "checkpoint_completion",
     .query = DATA_FORMULA_CHECKPOINT_COMPLETION,
     .version = 1,
     .unit = "1",
     .grain = "estate",
     .en = "Share of due checkpoints that were visited.",
     .zh = "应到巡更点中已到访的比例。",
     .looks = LOOK(RECORD),
     .whole = true,
     .days_max = DAYS,
     .params = {AS_OF,
                {"late_s", API_MEASURE_WHOLE, "900", false, 0, 86400, NULL},
                {"early_s", API_MEASURE_WHOLE, "600", false, 0, 86400, NULL},
                DUPLICATE},
     .columns = {I("estate_id"), SHARE, UNIT, I("late"), I("early"), I("duplicates"), I("waived")}},
    {.name = "clock_compliance",
     .query = DATA_FORMULA_CLOCK_COMPLIANCE,
     .version = 1,
     .unit = "1",
     .grain = "estate,stage",
     .en = "Share of a stage's clocks that were kept; p50 and p90 of the time used, 1 being all of it.",
     .zh = "各环节时限遵守率；用时占时限比例的中位数与九十分位数（1 为用满）。",
     .looks = LOOK(INCIDENT),
     .days_max = DAYS,
     .columns = {I("estate_id"), T("stage"), SHARE, UNIT, F("p50"), F("p90")}},
    {.name = "closure",
     .query = DATA_FORMULA_CLOSURE,
     .version = 2,
     .unit = "1",
     .grain = "estate",
     .en = "Share of due incidents that were closed, and closed on time; with and without those put off.",
     .zh = "应结案件的结案率与按期结案率；另列剔除缓办后的比率。",
     .looks = LOOK(INCIDENT),
     .days_max = DAYS,
     .columns = {I("estate_id"), SHARE, UNIT, I("on_time"), F("on_time_value"), I("deferred"), F("value_less_deferred"),
                 F("on_time_less_deferred")}},
    {.name = "duty_rate",
     .query = DATA_FORMULA_DUTY_RATE,
     .version = 1,
     .unit = "1",
     .grain = "estate,organisation",
     .en = "Share of decided windows that were met; value_waived counts waived ones as met.",
     .zh = "已判定的履职窗口中达标的比例；value_waived 将豁免计为达标。",
     .looks = LOOK(RECORD),
     .days_max = DAYS,
     .params = {{"campaign", API_MEASURE_CAMPAIGN, NULL, false, 0, 0, NULL}},
     .columns = {I("estate_id"), I("organisation_id"), SHARE, UNIT, F("value_waived"), I("denominator_waived"),
                 I("missed"), I("unknown"), I("waived"), I("undecided")}},
    {.name = "hot_spot",
     .query = DATA_FORMULA_HOT_SPOT,
     .version = 1,
     .unit = "z",
     .grain = "building",
     .en = "Gi* of alarms or missed windows per 100 dwellings: where much happens beside much.",
     .zh = "每百户告警（或未履职）次数的 Gi* 热点统计量：高值聚集之处。",
     .looks = LOOK(RECORD),
     .days_max = DAYS,
     .params = {{"what", API_MEASURE_WORD, "alarm", false, 0, 0, "alarm missed"},
                {"band_m", API_MEASURE_NUMBER, "200", false, 10, 5000, NULL},
                {"minimum", API_MEASURE_WHOLE, "5", false, 0, 1000000, NULL}},
     .columns = {I("estate_id"), I("building_id"), RATIO, UNIT, I("band_count"), I("neighbours"), I("n")}},
    {.name = "punctuality",
     .query = DATA_FORMULA_PUNCTUALITY,
     .version = 1,
     .unit = "1",
     .grain = "estate,place_kind",
     .en = "Share of due visits that were paid within their windows.",
     .zh = "应访次数中在规定时段内完成的比例。",
     .looks = LOOK(RECORD),
     .whole = true,
     .days_max = DAYS,
     .params = {AS_OF, DUPLICATE},
     .columns = {I("estate_id"), T("place_kind"), SHARE, UNIT, I("windows"), I("waived")}},
    {.name = "recurrence",
     .query = DATA_FORMULA_RECURRENCE,
     .version = 1,
     .unit = "1",
     .grain = "estate",
     .en = "Share of closed incidents after which the same came back at the same building.",
     .zh = "结案后同一楼栋同类案件再次发生的比例。",
     .looks = LOOK(INCIDENT),
     .days_max = DAYS,
     .params = {{"within_s", API_MEASURE_SPAN, "2592000", false, 3600, 34560000, NULL}, AS_OF},
     .columns = {I("estate_id"), SHARE, UNIT, I("nowhere"), I("waiting")}},
    {.name = "rework",
     .query = DATA_FORMULA_REWORK,
     .version = 1,
     .unit = "1",
     .grain = "estate",
     .en = "Share of verifications that failed.",
     .zh = "核查不通过（返工）的比例。",
     .looks = LOOK(INCIDENT),
     .days_max = DAYS,
     .columns = {I("estate_id"), SHARE, UNIT}},
    {.name = "route_adherence",
     .query = DATA_FORMULA_ROUTE_ADHERENCE,
     .version = 1,
     .unit = "m/m",
     .grain = "route",
     .en = "Share of a planned route's length that was walked or driven.",
     .zh = "计划路线长度中实际走过（驶过）的比例。",
     .looks = LOOK(RECORD) | LOOK(UNIT),
     .whole = true,
     .seen = "tracks",
     .days_max = DAYS_OF_FIXES,
     .params = {{"buffer_m", API_MEASURE_NUMBER, "15", false, 5, 100, NULL},
                {"accuracy_m", API_MEASURE_NUMBER, "30", false, 1, 200, NULL},
                {"gap_s", API_MEASURE_NUMBER, "60", false, 1, 3600, NULL},
                TYPES("guard")},
     .columns = {I("estate_id"), I("route_id"), RATIO, UNIT, I("positions")}},
    {.name = "sanitation_on_schedule",
     .query = DATA_FORMULA_SANITATION_ON_SCHEDULE,
     .version = 1,
     .unit = "1",
     .grain = "estate",
     .en = "Share of due cycles in which zones were serviced.",
     .zh = "应作业周期中区域按时完成清扫的比例。",
     .looks = LOOK(RECORD),
     .days_max = DAYS,
     .params = {AS_OF},
     .columns = {I("estate_id"), SHARE, UNIT, I("zones_due"), I("zones_serviced"), I("unknown"), I("waived")}},
    {.name = "solved_at_level",
     .query = DATA_FORMULA_SOLVED_AT_LEVEL,
     .version = 1,
     .unit = "1",
     .grain = "estate,level",
     .en = "Share of a level's closed incidents that went no further up.",
     .zh = "各层级结案中未再上提的比例（小事不出网格，大事不出社区）。",
     .looks = LOOK(INCIDENT),
     .days_max = DAYS,
     .columns = {I("estate_id"), T("level"), SHARE, UNIT}},
    {.name = "steward_coverage",
     .query = DATA_FORMULA_STEWARD_COVERAGE,
     .version = 1,
     .unit = "1",
     .grain = "estate",
     .en = "Share of buildings that have a steward.",
     .zh = "有楼长的楼栋比例。",
     .looks = LOOK(PLACE),
     .moment = true,
     .days_max = DAYS,
     .params = {{"at", API_MEASURE_MOMENT, "now", false, 0, 0, NULL}},
     .columns = {I("estate_id"), SHARE, UNIT, I("stewards"), I("estate_wide")}},
    {.name = "time_since_pass",
     .query = DATA_FORMULA_TIME_SINCE_PASS,
     .version = 1,
     .unit = "s",
     .grain = "building",
     .en = "Mean time that a building had gone without a pass.",
     .zh = "楼栋距上次有人经过的平均时长。",
     .looks = LOOK(RECORD),
     .days_max = DAYS,
     .params = {TYPES("guard"),
                {"radius_m", API_MEASURE_NUMBER, "15", false, 0, 100, NULL},
                {"look_back_s", API_MEASURE_SPAN, "86400", false, 0, 2678400, NULL},
                {"limit_s", API_MEASURE_WHOLE, NULL, false, 1, 34560000, NULL}},
     .columns = {I("estate_id"), I("building_id"), RATIO, UNIT, F("max_s"), B("at_least"), I("passes"), I("breaches"),
                 F("breach_s")}},
    {.name = "truck_dwell",
     .query = DATA_FORMULA_TRUCK_DWELL,
     .version = 1,
     .unit = "1",
     .grain = "zone",
     .en = "Share of due windows in which a truck stood long enough inside the zone.",
     .zh = "应作业时段中车辆在点位停留时间达标的比例。",
     .looks = LOOK(RECORD) | LOOK(UNIT),
     .whole = true,
     .seen = "tracks",
     .days_max = DAYS_OF_FIXES,
     .params = {AS_OF,
                {"speed_mps", API_MEASURE_NUMBER, "1", false, 0.1, 10, NULL},
                {"gap_s", API_MEASURE_NUMBER, "120", false, 1, 3600, NULL},
                {"accuracy_m", API_MEASURE_NUMBER, "30", false, 1, 200, NULL}},
     .columns = {I("estate_id"), I("zone_id"), SHARE, UNIT, F("dwell_s"), F("least_s"), I("under"), I("unknown"),
                 I("waived")}},
};

const struct api_measure *api_measure_find(struct base_str name)
{
    for (size_t i = 0; i < API_MEASURES; i++) {
        if (base_str_is(name, api_measures[i].name)) {
            return &api_measures[i];
        }
    }
    return NULL;
}

static void words(struct base_json_out *out, const char *key, const char *text, char between)
{
    struct base_str rest = base_str_of(text), word;
    base_json_out_key(out, key);
    base_json_out_array(out);
    while (base_str_next(&rest, between, &word)) {
        base_json_out_str(out, word);
    }
    base_json_out_array_end(out);
}

static void text(struct base_json_out *out, const char *key, const char *value)
{
    base_json_out_key(out, key);
    base_json_out_text(out, value);
}

/* What is given when nothing is, in the type that it has. */
static void standard(struct base_json_out *out, const struct api_measure_param *param)
{
    double number;
    bool list = param->type == API_MEASURE_TYPES || param->type == API_MEASURE_KINDS;
    if (list && param->standard) {
        words(out, "default", param->standard, ',');
        return;
    }
    base_json_out_key(out, "default");
    if (param->most > 0 && param->standard && base_str_f64(base_str_of(param->standard), &number)) {
        base_json_out_f64(out, number, 6);
    } else if (param->type == API_MEASURE_SWITCH) {
        base_json_out_bool(out, param->standard[0] == 't');
    } else {
        base_json_out_text(out, param->standard);
    }
}

static void parameter(struct base_json_out *out, const struct api_measure_param *param)
{
    static const char *const types[] = {"number", "integer", "integer",   "boolean", "text",
                                        "list",   "list",    "timestamp", "campaign"};
    base_json_out_object(out);
    text(out, "name", param->name);
    text(out, "type", types[param->type]);
    if (param->required) {
        base_json_out_key(out, "required");
        base_json_out_bool(out, true);
    } else {
        standard(out, param);
    }
    if (param->most > 0) {
        base_json_out_key(out, "least");
        base_json_out_f64(out, param->least, 6);
        base_json_out_key(out, "most");
        base_json_out_f64(out, param->most, 6);
    }
    if (param->words) {
        words(out, "words", param->words, ' ');
    }
    base_json_out_object_end(out);
}

static void looks(struct base_json_out *out, unsigned bits)
{
    base_json_out_key(out, "looks");
    base_json_out_array(out);
    for (unsigned i = 0; i < DATA_LOOK_KINDS; i++) {
        if (bits & 1U << i) {
            base_json_out_text(out, data_look_name((enum data_look)i));
        }
    }
    base_json_out_array_end(out);
}

static void lists(struct base_json_out *out, const struct api_measure *measure)
{
    base_json_out_key(out, "parameters");
    base_json_out_array(out);
    for (size_t i = 0; i < API_MEASURE_PARAMS && measure->params[i].name; i++) {
        parameter(out, &measure->params[i]);
    }
    base_json_out_array_end(out);
    base_json_out_key(out, "columns");
    base_json_out_array(out);
    for (size_t i = 0; i < API_MEASURE_COLUMNS && measure->columns[i].name; i++) {
        if (measure->columns[i].type != API_MEASURE_UNIT) {
            base_json_out_text(out, measure->columns[i].name);
        }
    }
    base_json_out_array_end(out);
}

static void one(struct base_json_out *out, const struct api_measure *measure)
{
    base_json_out_object(out);
    text(out, "name", measure->name);
    base_json_out_key(out, "version");
    base_json_out_i64(out, measure->version);
    text(out, "definition", measure->en);
    text(out, "definition_zh", measure->zh);
    text(out, "unit", measure->unit);
    words(out, "grain", measure->grain, ',');
    looks(out, measure->looks);
    base_json_out_key(out, "purpose");
    base_json_out_bool(out, measure->seen != NULL);
    if (!measure->moment) {
        base_json_out_key(out, "days_most");
        base_json_out_i64(out, measure->days_max);
    }
    lists(out, measure);
    base_json_out_object_end(out);
}

enum base_err api_measure_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    (void)worker;
    (void)diag;
    struct base_json_out out = api_answer_json(call);
    base_json_out_object(&out);
    base_json_out_key(&out, "measures");
    base_json_out_array(&out);
    for (size_t i = 0; i < API_MEASURES; i++) {
        one(&out, &api_measures[i]);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
    return BASE_OK;
}
