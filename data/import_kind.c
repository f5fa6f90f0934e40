/* What can be imported, one row a kind. */
#include "data/import_private.h"

#include <string.h>

const struct data_import_kind_row data_import_kinds[DATA_IMPORT_KINDS] = {
    [DATA_IMPORT_BUILDINGS] = {"buildings", GEO_VECTOR_BUILDINGS, GEO_SHAPE_AREA, DATA_IMPORT_MERGE_BUILDING, true},
    [DATA_IMPORT_ESTATES] = {"estates", GEO_VECTOR_ESTATES, GEO_SHAPE_AREA, DATA_IMPORT_MERGE_ESTATE, false},
    [DATA_IMPORT_ZONES] = {"zones", GEO_VECTOR_AREAS, GEO_SHAPE_AREA, DATA_IMPORT_MERGE_ZONE, true},
    [DATA_IMPORT_ROUTES] = {"routes", GEO_VECTOR_LINES, GEO_SHAPE_LINE, DATA_IMPORT_MERGE_ROUTE, true},
    [DATA_IMPORT_CHECKPOINTS] = {"checkpoints", GEO_VECTOR_POINTS, GEO_SHAPE_POINT, DATA_IMPORT_MERGE_CHECKPOINT, true},
    [DATA_IMPORT_FACILITIES] = {"facilities", GEO_VECTOR_POINTS, GEO_SHAPE_POINT, DATA_IMPORT_MERGE_FACILITY, true},
    [DATA_IMPORT_ROADS] = {"roads", GEO_VECTOR_ROADS, GEO_SHAPE_LINE, DATA_IMPORT_MERGE_ROAD, false},
    [DATA_IMPORT_WATER] = {"water", GEO_VECTOR_WATER, GEO_SHAPE_AREA, DATA_IMPORT_MERGE_WATER, false},
    [DATA_IMPORT_LANDUSE] = {"landuse", GEO_VECTOR_LANDUSE, GEO_SHAPE_AREA, DATA_IMPORT_MERGE_LANDUSE, false},
    [DATA_IMPORT_PLACES] = {"places", GEO_VECTOR_PLACES, GEO_SHAPE_POINT, DATA_IMPORT_MERGE_PLACE, false},
    [DATA_IMPORT_GRIDS] = {"grids", GEO_VECTOR_AREAS, GEO_SHAPE_AREA, DATA_IMPORT_MERGE_GRID, false},
};

bool data_import_kind_in(const char *name, enum data_import_kind *ret_kind)
{
    for (size_t i = 0; i < DATA_IMPORT_KINDS; i++) {
        if (strcmp(data_import_kinds[i].name, name) == 0) {
            *ret_kind = (enum data_import_kind)i;
            return true;
        }
    }
    return false;
}

const char *data_import_kind_name(enum data_import_kind kind)
{
    return data_import_kinds[kind].name;
}
