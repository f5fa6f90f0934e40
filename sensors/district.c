/* The demo district: a fictional quarter, the same for everybody who uses the same seed, written as GeoJSON files. */
#include "sensors/district.h"
#include "sensors/sensors.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX = 256 << 20, PATH_MAX_BYTES = 4096 };

static const char *const uses[] = {
    [DISTRICT_USE_RESIDENTIAL] = "residential", [DISTRICT_USE_COMMERCIAL] = "commercial",
    [DISTRICT_USE_SCHOOL] = "school",           [DISTRICT_USE_KINDERGARTEN] = "kindergarten",
    [DISTRICT_USE_COMMUNITY] = "community",     [DISTRICT_USE_OFFICE] = "office",
    [DISTRICT_USE_HOSPITAL] = "hospital",       [DISTRICT_USE_PUBLIC] = "public"};

static void write_estates(struct district *district)
{
    for (int i = 0; i < SENSORS_DISTRICT_ESTATES; i++) {
        const struct district_estate *estate = &district->estates[i];
        struct district_tag tag = {
            .key = estate->code, .name = estate->spec->name, .name_en = estate->spec->name_en, .estate = estate->code};
        struct base_json_out *out = sensors_district_out_begin(district, DISTRICT_KIND_ESTATES, &tag);
        base_json_out_key(out, "management_type");
        base_json_out_text(out, estate->spec->management_type);
        base_json_out_key(out, "tz");
        base_json_out_text(out, "Asia/Shanghai");
        base_json_out_key(out, "year_built");
        base_json_out_i64(out, estate->spec->year);
        sensors_district_out_ring(district, DISTRICT_KIND_ESTATES, &estate->boundary, NULL);
        tag.key = NULL;
        sensors_district_out_landuse(district, "residential", &tag, &estate->boundary);
    }
}

/* 3号楼 for homes, 商铺 for shops; what has a name of its own keeps it. */
static void building_names(const struct district_building *building, char name[64], char name_en[64])
{
    if (building->name) {
        snprintf(name, 64, "%s", building->name);
        snprintf(name_en, 64, "%s", building->name_en);
    } else if (building->use == DISTRICT_USE_COMMERCIAL) {
        snprintf(name, 64, "%d号商铺", building->number);
        snprintf(name_en, 64, "Shops %d", building->number);
    } else {
        snprintf(name, 64, "%d号楼", building->number);
        snprintf(name_en, 64, "Building %d", building->number);
    }
}

static void building_members(struct base_json_out *out, const struct district_building *building)
{
    const struct {
        const char *key;
        int value;
    } counts[] = {{"levels", building->levels},
                  {"dwellings", building->dwellings},
                  {"entrances", building->entrances},
                  {"year_built", building->year}};
    for (size_t i = 0; i < BASE_COUNT(counts); i++) {
        base_json_out_key(out, counts[i].key);
        base_json_out_i64(out, counts[i].value);
    }
    base_json_out_key(out, "use");
    base_json_out_text(out, uses[building->use]);
    if (building->height_m > 0) {
        base_json_out_key(out, "height_m");
        base_json_out_f64(out, building->height_m, 1);
    }
}

static void write_buildings(struct district *district)
{
    for (size_t i = 0; i < district->building_count; i++) {
        const struct district_building *building = &district->buildings[i];
        const char *estate = building->estate < 0 ? NULL : district->estates[building->estate].code;
        char code[32], name[64], name_en[64];
        snprintf(code, sizeof code, "%s-B%02d", estate ? estate : "YX-T", building->number);
        building_names(building, name, name_en);
        struct base_json_out *out = sensors_district_out_begin(
            district, DISTRICT_KIND_BUILDINGS,
            &(struct district_tag){.key = code, .name = name, .name_en = name_en, .estate = estate});
        building_members(out, building);
        sensors_district_out_ring(district, DISTRICT_KIND_BUILDINGS, &building->ring, &building->hole);
    }
}

/* Homes first everywhere, then shops: their number depends on how many homes there are. */
static void build(struct district *district)
{
    sensors_district_plan_streets(district);
    sensors_district_out_init(district);
    for (int i = 0; i < SENSORS_DISTRICT_ESTATES && !district->err; i++) {
        sensors_district_estate_begin(district, i);
        sensors_district_rows_fill(district, &district->estates[i]);
    }
    write_estates(district);
    sensors_district_town_build(district);
    sensors_district_shops_fill(district);
    sensors_district_plan_write(district);
    write_buildings(district);
    for (int i = 0; i < SENSORS_DISTRICT_ESTATES && !district->err; i++) {
        sensors_district_ground_write(district, &district->estates[i]);
        sensors_district_facility_write(district, &district->estates[i]);
        sensors_district_patrol_write(district, &district->estates[i]);
    }
    for (int kind = 0; kind < DISTRICT_KINDS; kind++) {
        base_buf_u8(&district->files[kind], '\n');
        base_json_out_array_end(&district->json[kind]);
        base_json_out_object_end(&district->json[kind]);
        base_buf_u8(&district->files[kind], '\n');
    }
}

static enum base_err write_files(struct district *district, const char *dir, struct base_diag *diag)
{
    enum base_err err = base_file_mkdirs(dir, 0755, diag);
    for (int kind = 0; kind < DISTRICT_KINDS && !err; kind++) {
        char path[PATH_MAX_BYTES];
        int len = snprintf(path, sizeof path, "%s/%s.geojson", dir, sensors_district_out_file(kind));
        if (len < 0 || (size_t)len >= sizeof path) {
            return base_diag_set(diag, BASE_INVALID, "district: %s: the path is too long", dir);
        }
        const struct base_buf *buf = &district->files[kind];
        err = buf->err ? base_diag_set(diag, buf->err, "district: %s: %s", path, base_error_text(buf->err))
                       : base_file_write(path, 0644, buf->data, buf->len, diag);
    }
    return err;
}

static void release(struct district *district)
{
    for (int kind = 0; kind < DISTRICT_KINDS; kind++) {
        base_buf_release(&district->files[kind]);
    }
    base_arena_release(&district->arena);
    free(district);
}

enum base_err sensors_district_write(const char *dir, uint64_t seed, struct base_diag *diag,
                                     struct sensors_district_summary *ret_summary)
{
    struct district *district = calloc(1, sizeof *district);
    if (!district) {
        return base_diag_set(diag, BASE_NOMEM, "district: out of memory");
    }
    base_arena_init(&district->arena, ARENA_MAX);
    district->seed = seed;
    build(district);
    enum base_err err = district->err;
    if (err) {
        base_diag_set(diag, err, "district: seed %llu: %s", (unsigned long long)seed, base_error_text(err));
    } else if (district->building_count != SENSORS_DISTRICT_BUILDINGS) {
        err = base_diag_set(diag, BASE_INVALID, "district: seed %llu: room for %zu of %d buildings; use another seed",
                            (unsigned long long)seed, district->building_count, SENSORS_DISTRICT_BUILDINGS);
    } else {
        err = write_files(district, dir, diag);
    }
    if (!err && ret_summary) {
        *ret_summary = (struct sensors_district_summary){
            .estates = district->features[DISTRICT_KIND_ESTATES],
            .buildings = district->features[DISTRICT_KIND_BUILDINGS],
            .zones = district->features[DISTRICT_KIND_ZONES],
            .roads = district->features[DISTRICT_KIND_ROADS],
            .water = district->features[DISTRICT_KIND_WATER],
            .landuse = district->features[DISTRICT_KIND_LANDUSE],
            .places = district->features[DISTRICT_KIND_PLACES],
            .routes = district->features[DISTRICT_KIND_ROUTES],
            .checkpoints = district->features[DISTRICT_KIND_CHECKPOINTS],
            .facilities = district->features[DISTRICT_KIND_FACILITIES],
        };
    }
    release(district);
    return err;
}
