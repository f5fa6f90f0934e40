/* What the mirror holds of each table. Names of columns are those of the layers' fields, of the filters' properties and
 * of the stream's members; a column that no layer shows is there for filters or for the stream. */
#include "tiles/private.h"

#include <string.h>

#define NAMES                        \
    {"name", TILES_TEXT, false},     \
    {                                \
        "name_en", TILES_TEXT, false \
    }
#define CLASSED {"class", TILES_TEXT, false}, NAMES
/* What became of the last window that was decided, and when the next one ends. */
#define JUDGED                                                   \
    {"due_at", TILES_TIME, true}, {"verdict", TILES_TEXT, true}, \
    {                                                            \
        "verdict_at", TILES_TIME, true                           \
    }

const struct tiles_table tiles_tables[TILES_TABLES] = {
    [TILES_TABLE_LANDUSE] = {"landuse", GEO_SHAPE_AREA, true, {CLASSED}},
    [TILES_TABLE_WATER] = {"water", GEO_SHAPE_AREA, true, {CLASSED}},
    [TILES_TABLE_ROAD] = {"road", GEO_SHAPE_LINE, true, {CLASSED}},
    [TILES_TABLE_ESTATE] = {"estate", GEO_SHAPE_AREA, false, {NAMES, {"management_type", TILES_TEXT, false}}},
    [TILES_TABLE_ESTATE_LABEL] = {"estate_label",
                                  GEO_SHAPE_POINT,
                                  false,
                                  {NAMES, {"management_type", TILES_TEXT, false}}},
    [TILES_TABLE_GRID] = {"grid",
                          GEO_SHAPE_AREA,
                          true,
                          {{"kind", TILES_TEXT, false}, {"code", TILES_TEXT, false}, NAMES}},
    [TILES_TABLE_ZONE] = {"zone",
                          GEO_SHAPE_AREA,
                          false,
                          {{"kind", TILES_TEXT, false},
                           NAMES,
                           {"last_pass_at", TILES_TIME, true},
                           {"last_pass_subject_type", TILES_TEXT, true},
                           JUDGED,
                           {"swept", TILES_REAL, true},
                           {"swept_from", TILES_TIME, true},
                           {"swept_at", TILES_TIME, true}}},
    [TILES_TABLE_BUILDING] = {"building",
                              GEO_SHAPE_AREA,
                              false,
                              {NAMES,
                               {"code", TILES_TEXT, false},
                               {"codes", TILES_TEXTS, false},
                               {"levels", TILES_INT, false},
                               {"height_m", TILES_REAL, false},
                               {"min_height_m", TILES_REAL, false},
                               {"use", TILES_TEXT, false},
                               {"dwellings", TILES_INT, false},
                               {"year_built", TILES_INT, false},
                               {"area_m2", TILES_REAL, false},
                               {"lon", TILES_DOUBLE, false}, /* where devices are that are bound to it */
                               {"lat", TILES_DOUBLE, false},
                               {"last_pass_at", TILES_TIME, true},
                               {"last_pass_subject_type", TILES_TEXT, true},
                               {"last_event_at", TILES_TIME, true},
                               {"last_alarm_at", TILES_TIME, true},
                               JUDGED,
                               {"duty_every_s", TILES_INT, true},
                               {"breach_at", TILES_TIME, true},
                               {"breached_at", TILES_TIME, true},
                               {"blind", TILES_BOOL, true}}}, /* true or null */
    [TILES_TABLE_ROUTE] = {"route", GEO_SHAPE_LINE, false, {NAMES}},
    [TILES_TABLE_CHECKPOINT] = {"checkpoint", GEO_SHAPE_POINT, false, {NAMES}},
    [TILES_TABLE_FACILITY] = {"facility", GEO_SHAPE_POINT, false, {{"kind", TILES_TEXT, false}, NAMES}},
    [TILES_TABLE_PLACE] = {"place", GEO_SHAPE_POINT, true, {CLASSED}},
    /* lon, lat as the device has them, else its building's; state folded over what it measures (docs/formulas.md). */
    [TILES_TABLE_DEVICE] = {"device",
                            GEO_SHAPE_POINT,
                            false,
                            {{"kind", TILES_TEXT, false},
                             {"name", TILES_TEXT, false},
                             {"building_id", TILES_INT, false},
                             {"storey", TILES_INT, false},
                             {"t_event", TILES_TIME, true},  /* of the newest state */
                             {"severity", TILES_INT, true},  /* the worst of what is on */
                             {"alarm_at", TILES_TIME, true}, /* since when; null: nothing is on */
                             JUDGED,
                             {"uptime", TILES_REAL, true},
                             {"uptime_from", TILES_TIME, true},
                             {"overflow_s", TILES_INT, true}}},
    [TILES_TABLE_ASSET] = {"asset",
                           GEO_SHAPE_POINT,
                           false,
                           {{"label", TILES_TEXT, false},
                            {"label_en", TILES_TEXT, false},
                            {"subject_type", TILES_TEXT, false},
                            {"lon", TILES_DOUBLE, false},
                            {"lat", TILES_DOUBLE, false},
                            {"t_event", TILES_TIME, false},
                            {"acc_m", TILES_REAL, false},
                            {"speed_mps", TILES_REAL, false},
                            {"course_deg", TILES_REAL, false},
                            {"battery", TILES_REAL, false},
                            {"at_estate_id", TILES_INT, false},
                            {"building_id", TILES_INT, false},
                            {"replay", TILES_BOOL, false}}},
    /* Those that are open; lon, lat as told, else of its building, else of its estate's name; the building's names. */
    [TILES_TABLE_INCIDENT] = {"incident",
                              GEO_SHAPE_POINT,
                              false,
                              {{"category", TILES_TEXT, false},
                               {"severity", TILES_TEXT, false},
                               {"building_id", TILES_INT, false},
                               {"building_name", TILES_TEXT, false},
                               {"building_name_en", TILES_TEXT, false},
                               {"storey", TILES_INT, false},
                               {"drill", TILES_BOOL, false},
                               {"reported_at", TILES_TIME, false},
                               {"state", TILES_TEXT, true},
                               {"level", TILES_INT, true},
                               {"organisation_id", TILES_INT, true},
                               {"state_at", TILES_TIME, true},
                               {"breach_at", TILES_TIME, true}, /* null: no clock runs, or none that ends */
                               {"version", TILES_INT, true}}},
};

size_t tiles_table_columns(const struct tiles_table *table)
{
    size_t count = 0;
    while (count < TILES_COLUMN_MAX && table->columns[count].name) {
        count++;
    }
    return count;
}

int tiles_table_column(const struct tiles_table *table, const char *name)
{
    for (int i = 0; i < TILES_COLUMN_MAX && table->columns[i].name; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}
