/* The collections: a new one is a row here, its properties, and a query of the same parameters in
 * data/query/items_<name>.sql. */
#include "api/collection.h"

#include <pthread.h>

#define TEXT(name, zh, en)                      \
    {                                           \
        name, API_KIND_TEXT, NULL, zh, en, NULL \
    }
#define INTEGER(name, zh, en)                      \
    {                                              \
        name, API_KIND_INTEGER, NULL, zh, en, NULL \
    }
#define NUMBER(name, unit, zh, en)                \
    {                                             \
        name, API_KIND_NUMBER, unit, zh, en, NULL \
    }
#define TIME(name, zh, en)                      \
    {                                           \
        name, API_KIND_TIME, NULL, zh, en, NULL \
    }
#define FLAG(name, zh, en)                         \
    {                                              \
        name, API_KIND_BOOLEAN, NULL, zh, en, NULL \
    }
#define ESTATE INTEGER("estate_id", "小区", "Estate")
#define NAMES TEXT("name", "名称", "Name"), TEXT("name_en", "英文名称", "English name")
#define VALID TIME("valid_from", "生效", "Valid from"), TIME("valid_to", "失效", "Valid to")
#define CLASS TEXT("class", "类别", "Class")
#define KIND TEXT("kind", "种类", "Kind")

#define BUILDING INTEGER("building_id", "楼栋", "Building")
#define STOREY INTEGER("storey", "楼层", "Storey")
#define SUBJECT TEXT("subject_type", "对象类型", "Kind of subject")
#define STATE TEXT("state", "状态", "State")
#define ORGANISATION INTEGER("organisation_id", "责任单位", "Organisation")
#define DUTY INTEGER("duty_id", "履约要求", "Duty")
#define PLACE TEXT("place_kind", "地点种类", "Kind of place"), INTEGER("place_id", "地点", "Place")
#define SPAN TIME("t_from", "开始", "From"), TIME("t_to", "结束", "To")
#define DUE TIME("due_at", "考核截止", "Window ends")
#define JUDGED TEXT("verdict", "结论", "Verdict"), TIME("verdict_at", "结论时间", "Verdict about")
#define PASSED \
    TIME("last_pass_at", "最近到访", "Last pass"), TEXT("last_pass_subject_type", "到访对象", "Kind of the last passer")
#define CHANGED TIME("changed_at", "最近变化", "Last changed")

#define PROPERTIES(of, ...) static const struct api_property of##_properties[] = {__VA_ARGS__}
#define HAS(of) .properties = of##_properties, .count = BASE_COUNT(of##_properties)

PROPERTIES(estates, TEXT("code", "编码", "Code"), NAMES,
           {"management_type", API_KIND_TEXT, NULL, "管理类型", "Management type", "q.management_type::text"},
           TEXT("tz", "时区", "Time zone"), VALID);
PROPERTIES(grids, KIND, TEXT("code", "编码", "Code"), NAMES, VALID);
PROPERTIES(buildings, ESTATE, {"codes", API_KIND_TEXTS, NULL, "编码", "Codes", NULL}, NAMES, TEXT("use", "用途", "Use"),
           INTEGER("levels", "层数", "Storeys"), NUMBER("height_m", "m", "高度", "Height"),
           NUMBER("min_height_m", "m", "底部高度", "Height of its foot"), INTEGER("dwellings", "户数", "Dwellings"),
           INTEGER("year_built", "建成年份", "Year built"), NUMBER("area_m2", "m2", "占地面积", "Footprint"), VALID);
PROPERTIES(owned, ESTATE, NAMES, VALID);
PROPERTIES(kinds, ESTATE, KIND, NAMES, VALID);
PROPERTIES(checkpoints, ESTATE, INTEGER("building_id", "楼栋", "Building"), NAMES, VALID);
PROPERTIES(classed, CLASS, NAMES, VALID);
PROPERTIES(devices, ESTATE, KIND, TEXT("name", "名称", "Name"), BUILDING, STOREY,
           TIME("t_event", "最近消息", "Last said"), INTEGER("severity", "告警级别", "Severity of its alarm"),
           TIME("alarm_at", "告警时间", "Alarm since"), DUE, JUDGED,
           NUMBER("uptime", "1", "在线率", "Share of time online"),
           INTEGER("overflow_s", "满溢秒数", "Seconds overflowing"), FLAG("camera", "摄像设备", "Camera"), VALID);
PROPERTIES(assets, ESTATE, TEXT("label", "呼号", "Call sign"), TEXT("label_en", "英文呼号", "English call sign"),
           SUBJECT, TIME("t_event", "时间", "Time"), NUMBER("course_deg", "deg", "航向", "Course"),
           NUMBER("speed_mps", "m/s", "速度", "Speed"), INTEGER("at_estate_id", "所在小区", "Estate where it is"),
           BUILDING);
PROPERTIES(incidents, ESTATE, TEXT("category", "类别", "Category"), TEXT("severity", "级别", "Severity"), STATE,
           INTEGER("level", "层级", "Level"), ORGANISATION, BUILDING, STOREY, FLAG("drill", "演练", "Drill"),
           TIME("t_event", "发生时间", "Happened at"), TIME("reported_at", "上报时间", "Reported at"),
           TIME("state_at", "状态起始", "In this state since"), TIME("breach_at", "到期时间", "Next clock ends"),
           TIME("closed_at", "结案时间", "Closed at"));
PROPERTIES(building_states, ESTATE, NAMES, PASSED, TIME("last_event_at", "最近感知", "Last event"),
           TIME("last_alarm_at", "最近告警", "Last alarm"), DUE, JUDGED, TIME("breach_at", "将超时", "Too long from"),
           TIME("breached_at", "已超时", "Too long since"), FLAG("blind", "盲区", "Blind"), CHANGED);
PROPERTIES(zone_states, ESTATE, KIND, NAMES, PASSED, DUE, JUDGED, NUMBER("swept", "1", "清扫比例", "Share swept"),
           TIME("swept_from", "清扫起始", "Swept from"), TIME("swept_at", "清扫截至", "Swept as of"), CHANGED);
PROPERTIES(duties, ESTATE, DUTY, INTEGER("version", "版本", "Version"), TEXT("key", "编码", "Key"), NAMES, ORGANISATION,
           TEXT("subject_kind", "对象种类", "Kind of place"), INTEGER("subject_id", "对象", "Place"),
           TEXT("schedule", "时间表", "Schedule"), TEXT("proof", "证明方式", "Proof"), VALID);
PROPERTIES(windows, ESTATE, DUTY, INTEGER("duty_version", "要求版本", "Version of the duty"), PLACE, ORGANISATION, SPAN,
           TIME("due_at", "判定时间", "Judged from"), STATE);
PROPERTIES(verdicts, ESTATE, DUTY, PLACE, SPAN, TEXT("verdict", "结论", "Verdict"), TEXT("reason", "理由", "Reason"),
           NUMBER("found", NULL, "已证明", "Proven"), NUMBER("best", NULL, "最多可能", "At best"),
           NUMBER("needed", NULL, "要求", "Needed"), INTEGER("blind_s", "盲时秒数", "Blind seconds"),
           TEXT("formula", "公式", "Formula"), INTEGER("formula_version", "公式版本", "Version of the formula"),
           INTEGER("version", "版本", "Version"), TIME("recorded_at", "记录时间", "Recorded at"));
PROPERTIES(passes, ESTATE, PLACE, SUBJECT, SPAN, NUMBER("nearest_m", "m", "最近距离", "Nearest"),
           NUMBER("acc_m", "m", "定位精度", "Accuracy"), TEXT("method", "方式", "Method"),
           FLAG("open", "进行中", "Not over"));
PROPERTIES(events, ESTATE, TIME("t_event", "时间", "Time"), KIND, TEXT("phase", "阶段", "Phase"),
           INTEGER("severity", "级别", "Severity"), BUILDING,
           INTEGER("building_estate_id", "楼栋小区", "Estate of the building"), STOREY, SUBJECT);

const struct api_collection api_collections[] = {
    {"estates", "小区", "Estates", "Residential estates with their outlines.", DATA_LOOK_PLACE, DATA_ITEMS_ESTATES,
     "MultiPolygon", true, HAS(estates)},
    {"grids", "网格", "Grids", "Governance and property grids.", DATA_LOOK_PLACE, DATA_ITEMS_GRIDS, "MultiPolygon",
     false, HAS(grids)},
    {"buildings", "楼栋", "Buildings", "Buildings with their footprints, heights and codes.", DATA_LOOK_PLACE,
     DATA_ITEMS_BUILDINGS, "MultiPolygon", true, HAS(buildings)},
    {"zones", "责任区", "Zones", "Zones of duty: sanitation, fire lanes, green, parking, playgrounds.", DATA_LOOK_PLACE,
     DATA_ITEMS_ZONES, "MultiPolygon", true, HAS(kinds)},
    {"routes", "巡更路线", "Routes", "Planned routes of patrols.", DATA_LOOK_PLACE, DATA_ITEMS_ROUTES,
     "MultiLineString", true, HAS(owned)},
    {"checkpoints", "巡更点", "Checkpoints", "Points where a patrol checks in.", DATA_LOOK_PLACE,
     DATA_ITEMS_CHECKPOINTS, "Point", true, HAS(checkpoints)},
    {"facilities", "设施", "Facilities", "Lifts, pumps, fire cabinets, lamps, sorting stations.", DATA_LOOK_PLACE,
     DATA_ITEMS_FACILITIES, "Point", true, HAS(kinds)},
    {"roads", "道路", "Roads", "The map's roads and ways.", DATA_LOOK_PLACE, DATA_ITEMS_ROADS, "MultiLineString", false,
     HAS(classed)},
    {"water", "水体", "Water", "Rivers, ponds and basins.", DATA_LOOK_PLACE, DATA_ITEMS_WATER, "MultiPolygon", false,
     HAS(classed)},
    {"landuse", "用地", "Land use", "What the ground is used for.", DATA_LOOK_PLACE, DATA_ITEMS_LANDUSE, "MultiPolygon",
     false, HAS(classed)},
    {"places", "地名", "Names of places", "Names on the map.", DATA_LOOK_PLACE, DATA_ITEMS_PLACES, "Point", false,
     HAS(classed)},
    {"devices", "设备", "Devices",
     "Devices, what they said last and what duties say of them; cameras for a purpose only.", DATA_LOOK_DEVICE,
     DATA_ITEMS_DEVICES, "Point", true, HAS(devices), .layer = "cameras", .personal = "camera"},
    {"assets", "力量", "Units", "Guards, cleaners and vehicles by call sign, for a purpose only.", DATA_LOOK_UNIT,
     DATA_ITEMS_ASSETS, "Point", true, HAS(assets), .layer = "assets"},
    {"incidents", "案件", "Incidents", "Open incidents; with datetime those that were open then.", DATA_LOOK_INCIDENT,
     DATA_ITEMS_INCIDENTS, "Point", true, HAS(incidents)},
    {"building_states", "楼栋状态", "States of buildings", "What is known of buildings now.", DATA_LOOK_RECORD,
     DATA_ITEMS_BUILDING_STATES, "MultiPolygon", true, HAS(building_states)},
    {"zone_states", "责任区状态", "States of zones", "What is known of zones of duty now.", DATA_LOOK_RECORD,
     DATA_ITEMS_ZONE_STATES, "MultiPolygon", true, HAS(zone_states)},
    {"duties", "履约要求", "Duties", "What is owed: place, interval, proof.", DATA_LOOK_PLACE, DATA_ITEMS_DUTIES, NULL,
     false, HAS(duties), .keyed = true},
    {"windows", "考核时段", "Windows", "Windows of duties and their state.", DATA_LOOK_RECORD, DATA_ITEMS_WINDOWS,
     "Point", true, HAS(windows), .keyed = true, .order = "t_from"},
    {"verdicts", "结论", "Verdicts", "Verdicts on windows, the newest of each.", DATA_LOOK_RECORD, DATA_ITEMS_VERDICTS,
     "Point", true, HAS(verdicts), .keyed = true, .order = "t_from"},
    {"passes", "到访记录", "Passes", "When somebody passed a place, without whom.", DATA_LOOK_RECORD, DATA_ITEMS_PASSES,
     "Point", true, HAS(passes), .keyed = true, .order = "t_from"},
    {"events", "感知记录", "Events", "What was told of places, without whom.", DATA_LOOK_RECORD, DATA_ITEMS_EVENTS,
     "Point", true, HAS(events), .keyed = true, .order = "t_event"},
    {.name = NULL},
};

const struct api_collection *api_collection_find(struct base_str name)
{
    for (const struct api_collection *at = api_collections; at->name; at++) {
        if (base_str_is(name, at->name)) {
            return at;
        }
    }
    return NULL;
}

/* --- what may be asked: made once from the tables above --- */
enum { COLLECTIONS = BASE_COUNT(api_collections) - 1, ASKED_MAX = API_PROPERTIES_MAX + 2, SQL_MAX = 48 };

static struct asked {
    struct geo_cql2_schema schema;
    struct geo_cql2_property properties[ASKED_MAX];
    char sql[API_PROPERTIES_MAX][SQL_MAX];
} asked[COLLECTIONS];
static pthread_once_t asked_once = PTHREAD_ONCE_INIT;

static const struct {
    enum geo_cql2_type type, element;
} types[] = {
    [API_KIND_TEXT] = {GEO_CQL2_TEXT, GEO_CQL2_ANY},       [API_KIND_TEXTS] = {GEO_CQL2_ARRAY, GEO_CQL2_TEXT},
    [API_KIND_INTEGER] = {GEO_CQL2_INTEGER, GEO_CQL2_ANY}, [API_KIND_NUMBER] = {GEO_CQL2_NUMBER, GEO_CQL2_ANY},
    [API_KIND_BOOLEAN] = {GEO_CQL2_BOOLEAN, GEO_CQL2_ANY}, [API_KIND_TIME] = {GEO_CQL2_TIMESTAMP, GEO_CQL2_ANY},
};

static void make_one(const struct api_collection *collection, struct asked *made)
{
    size_t count = 0;
    made->properties[count++] =
        (struct geo_cql2_property){"id", collection->keyed ? GEO_CQL2_TEXT : GEO_CQL2_INTEGER, GEO_CQL2_ANY, "q.id"};
    if (collection->geometry) {
        made->properties[count++] = (struct geo_cql2_property){"geom", GEO_CQL2_GEOMETRY, GEO_CQL2_ANY, "q.geom"};
    }
    for (size_t i = 0; i < collection->count; i++) {
        const struct api_property *property = &collection->properties[i];
        if (property->kind != API_KIND_OBJECT) {
            snprintf(made->sql[i], SQL_MAX, "q.%s", property->name);
            made->properties[count++] =
                (struct geo_cql2_property){property->name, types[property->kind].type, types[property->kind].element,
                                           property->sql ? property->sql : made->sql[i]};
        }
    }
    made->schema = (struct geo_cql2_schema){.properties = made->properties, .count = count};
}

static void make_all(void)
{
    for (size_t i = 0; i < COLLECTIONS; i++) {
        make_one(&api_collections[i], &asked[i]);
    }
}

const struct geo_cql2_schema *api_collection_queryables(const struct api_collection *collection)
{
    pthread_once(&asked_once, make_all);
    return &asked[collection - api_collections].schema;
}
