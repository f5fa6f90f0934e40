/* district (private): the parts of the demo district generator, sensors/district*.c.
 *
 * Plane      metres east (x) and north (y) of the district's centre; sensors_district_out turns them into lon/lat.
 * Local      an estate's own axes u (along its rows) and v (up its rows), see district_estate.c.
 * Memory     every point lives in district->arena. The first failure sticks in district->err (as in base_buf): lines
 *            come back short then, callers go on, and sensors_district_write looks once at the end.
 * Order      plan (streets, river) -> estate skeletons (ring, rows, lanes) -> buildings -> shops up to exactly 400
 *            -> ground (lawns, zones, facilities) -> patrol routes -> files.
 */
#ifndef HUTONG_SENSORS_DISTRICT_H
#define HUTONG_SENSORS_DISTRICT_H

#include "base/base.h"
#include "sensors/seeded.h"

enum { SENSORS_DISTRICT_ESTATES = 12, SENSORS_DISTRICT_BUILDINGS = 400 };
#define SENSORS_DISTRICT_LON 121.40 /* the centre */
#define SENSORS_DISTRICT_LAT 31.02

struct district_point {
    double x, y;
};

/* An open line, or a ring (first point not repeated, counter-clockwise). */
struct district_line {
    struct district_point *at;
    size_t count;
    size_t cap;
};

struct district_span {
    double low, high;
};

/* --- the plan --- */
enum district_class {
    DISTRICT_PRIMARY,
    DISTRICT_SECONDARY,
    DISTRICT_TERTIARY,
    DISTRICT_RESIDENTIAL,
    DISTRICT_SERVICE,
    DISTRICT_FOOTWAY
};

enum { DISTRICT_STREETS = 18 };

struct district_street {
    const char *name, *name_en;
    enum district_class class;
    double half_width;              /* kerb to centre line */
    struct district_line line;      /* west to east or south to north, drawn as it stands */
    struct district_line long_line; /* reaches past its junctions: for cutting blocks */
};

enum district_side { DISTRICT_SOUTH, DISTRICT_EAST, DISTRICT_NORTH, DISTRICT_WEST, DISTRICT_SIDES };

/* The land between four streets, by number; a block's side faces street[side]. */
struct district_block {
    int street[DISTRICT_SIDES];
};

enum district_layout { DISTRICT_OLD, DISTRICT_SLABS, DISTRICT_TOWERS, DISTRICT_MIXED, DISTRICT_COURTS };

struct district_estate_spec {
    const char *name, *name_en;
    const char *management_type;
    struct district_block block;
    enum district_layout layout;
    enum district_side main_gate; /* south or north */
    enum district_side side_gate; /* east or west */
    unsigned shop_sides;          /* bit (1 << side) */
    int year;
    int levels_low, levels_high;
    bool kindergarten;
};

enum district_town {
    DISTRICT_TOWN_SCHOOL,
    DISTRICT_TOWN_CENTRE,
    DISTRICT_TOWN_PARK,
    DISTRICT_TOWN_CAMPUS,
    DISTRICT_TOWN_SERVICES,
    DISTRICT_TOWN_BLOCKS
};

extern const struct district_block sensors_district_plan_town[DISTRICT_TOWN_BLOCKS];
extern const struct district_estate_spec sensors_district_plan_estates[SENSORS_DISTRICT_ESTATES];

/* --- buildings --- */
enum district_use {
    DISTRICT_USE_RESIDENTIAL,
    DISTRICT_USE_COMMERCIAL,
    DISTRICT_USE_SCHOOL,
    DISTRICT_USE_KINDERGARTEN,
    DISTRICT_USE_COMMUNITY,
    DISTRICT_USE_OFFICE,
    DISTRICT_USE_HOSPITAL,
    DISTRICT_USE_PUBLIC
};

struct district_building {
    struct district_line ring;
    struct district_line hole;  /* count 0: none */
    int estate;                 /* -1: on the district's own land */
    int row;                    /* of its estate; -1: none */
    int number;                 /* 3号楼 */
    const char *name, *name_en; /* NULL: by number */
    enum district_use use;
    int levels;
    double height_m; /* 0: not known */
    int dwellings, entrances, year;
    struct district_point at;  /* local; the footprint stands around it, unbent */
    struct district_span u, v; /* its box around at, metres */
};

/* --- estates --- */
enum { DISTRICT_ROWS = 16, DISTRICT_LANES = 18, DISTRICT_GATES = 4 };

enum district_row_kind { DISTRICT_ROW_SLABS, DISTRICT_ROW_TOWERS, DISTRICT_ROW_COURTS, DISTRICT_ROW_GARDEN };

struct district_row {
    enum district_row_kind kind;
    struct district_span v;
    int levels_low, levels_high;
};

struct district_gate {
    struct district_point at;
    struct district_line link; /* from the ring road to the street */
    enum district_side side;
};

struct district_estate {
    const struct district_estate_spec *spec;
    int index;
    char code[16];
    struct sensors_seeded random;
    struct district_point centre;
    double angle;                      /* radians, counter-clockwise from east */
    struct district_line south, north; /* the core's long sides, west to east, before v is measured between them */
    double height;                     /* of the core at its narrowest: v runs from -height / 2 to height / 2 */
    struct district_line boundary;     /* ring */
    struct district_line ring;         /* the service road that runs around inside the boundary */
    struct district_line core;         /* ring: where buildings and gardens may stand */
    struct district_line core_uv;      /* the same in local axes */
    struct district_line spine;        /* from the main gate into the estate; count 0: none */
    double spine_u;
    struct district_row rows[DISTRICT_ROWS];
    size_t row_count;
    struct district_line lanes[DISTRICT_LANES]; /* west to east, from ring road to ring road; south lane first */
    struct district_line lanes_uv[DISTRICT_LANES];
    size_t lane_count;
    struct district_gate gates[DISTRICT_GATES];
    size_t gate_count;
    int buildings;               /* how many got a number */
    struct district_line garden; /* ring */
    struct district_line playground;
    int facilities, zones, paths; /* running numbers of codes */
};

enum district_kind {
    DISTRICT_KIND_ESTATES,
    DISTRICT_KIND_BUILDINGS,
    DISTRICT_KIND_ZONES,
    DISTRICT_KIND_ROADS,
    DISTRICT_KIND_WATER,
    DISTRICT_KIND_LANDUSE,
    DISTRICT_KIND_PLACES,
    DISTRICT_KIND_ROUTES,
    DISTRICT_KIND_CHECKPOINTS,
    DISTRICT_KIND_FACILITIES,
    DISTRICT_KINDS
};

struct district {
    struct base_arena arena;
    enum base_err err;
    uint64_t seed;
    struct district_street streets[DISTRICT_STREETS];
    struct district_line river;      /* centre line, west to east */
    struct district_line river_ring; /* its water */
    struct district_line lake;
    struct district_estate estates[SENSORS_DISTRICT_ESTATES];
    struct district_building buildings[SENSORS_DISTRICT_BUILDINGS];
    size_t building_count;
    struct base_buf files[DISTRICT_KINDS];
    struct base_json_out json[DISTRICT_KINDS];
    size_t features[DISTRICT_KINDS];
    int town_buildings, landuses, roads; /* running numbers of codes */
};

/* --- line (district_line.c): plane geometry --- */
void sensors_district_line_add(struct district *district, struct district_line *line, struct district_point point);
void sensors_district_line_join(struct district *district, struct district_line *line,
                                const struct district_line *more);
/* Catmull-Rom curve through the control points, a point every step metres. */
struct district_line sensors_district_line_curve(struct district *district, const struct district_point *control,
                                                 size_t count, double step);
/* The parallel line, distance metres to the left (negative: right); for gentle curves. */
struct district_line sensors_district_line_offset(struct district *district, const struct district_line *line,
                                                  double distance);
/* Where a first meets b: metres along each. */
bool sensors_district_line_cross(const struct district_line *a, const struct district_line *b, double *ret_a,
                                 double *ret_b);
/* From metre a to metre b, backwards when a > b. */
struct district_line sensors_district_line_part(struct district *district, const struct district_line *line, double a,
                                                double b);
/* The same of a ring, the short way round. */
struct district_line sensors_district_line_ring_part(struct district *district, const struct district_line *ring,
                                                     double a, double b);
struct district_line sensors_district_line_closed(struct district *district, const struct district_line *ring);
struct district_line sensors_district_line_reversed(struct district *district, const struct district_line *line);
double sensors_district_line_length(const struct district_line *line);
struct district_point sensors_district_line_at(const struct district_line *line, double metre, double *ret_angle);
/* Metres along the line to the point of it nearest to p. */
double sensors_district_line_nearest(const struct district_line *line, struct district_point p);
/* A strip along a line between two offsets to its left, as a ring. */
struct district_line sensors_district_line_strip(struct district *district, const struct district_line *line,
                                                 double right, double left);

/* --- ring (district_ring.c): areas --- */
bool sensors_district_ring_contains(const struct district_line *ring, struct district_point p);
bool sensors_district_ring_inside(const struct district_line *ring, const struct district_line *outer);
double sensors_district_ring_distance(const struct district_line *a, bool a_closed, const struct district_line *b,
                                      bool b_closed);
struct district_point sensors_district_ring_centre(const struct district_line *ring);
/* The part where u * normal.x + v * normal.y <= limit (Sutherland-Hodgman, one edge). */
struct district_line sensors_district_ring_cut(struct district *district, const struct district_line *ring,
                                               struct district_point normal, double limit);
struct district_line sensors_district_ring_oblong(struct district *district, struct district_span u,
                                                  struct district_span v, double corner);
struct district_line sensors_district_ring_blob(struct district *district, struct district_point centre, double rx,
                                                double ry, struct sensors_seeded *random);
/* Turned by angle, then moved. */
struct district_line sensors_district_ring_moved(struct district *district, const struct district_line *ring,
                                                 double angle, struct district_point by);
/* The widest u range free in the whole band v; false when there is none. */
bool sensors_district_ring_band(const struct district_line *ring_uv, struct district_span v,
                                struct district_span *ret_u);

/* --- plan (district_plan.c): streets, river, which block is what --- */
void sensors_district_plan_streets(struct district *district);
void sensors_district_plan_write(struct district *district);

/* --- block (district_block.c) --- */
/* The block inside its streets, inset[side] metres from the kerb, corners rounded. */
struct district_line sensors_district_block_ring(struct district *district, const struct district_block *block,
                                                 const double inset[DISTRICT_SIDES], double corner);
/* One side of it, inset_m from the kerb, margin metres short of both corners; the block's inside is on the left. */
struct district_line sensors_district_block_front(struct district *district, const struct district_block *block,
                                                  enum district_side side, double inset_m, double margin);
double sensors_district_block_angle(struct district *district, const struct district_block *block);

/* --- shape (district_shape.c): footprints around (0, 0), south side down --- */
struct district_line sensors_district_shape_slab(struct district *district, double length, double depth, int units);
struct district_line sensors_district_shape_tower(struct district *district, int family, double scale);
struct district_line sensors_district_shape_l(struct district *district, double length, double depth, double wing,
                                              bool mirrored);
struct district_line sensors_district_shape_u(struct district *district, double length, double depth, double wing);
struct district_line sensors_district_shape_court(struct district *district, double length, double depth, double wing,
                                                  struct district_line *ret_hole);

/* --- estate (district_estate.c): skeleton of an estate --- */
void sensors_district_estate_begin(struct district *district, int index);
struct district_point sensors_district_estate_local(const struct district_estate *estate, struct district_point p);
struct district_point sensors_district_estate_plane(const struct district_estate *estate, struct district_point uv);
/* A point of something that stands at a local place and keeps its shape: offset in metres along its own axes. */
struct district_point sensors_district_estate_rigid(const struct district_estate *estate, struct district_point at,
                                                    struct district_point offset);
struct district_line sensors_district_estate_plane_line(struct district *district, const struct district_estate *estate,
                                                        const struct district_line *uv);
double sensors_district_estate_lane_v(const struct district_estate *estate, size_t lane, double u);

/* --- rows (district_rows.c): buildings along the rows --- */
void sensors_district_rows_fill(struct district *district, struct district_estate *estate);
/* Adds the building when it stands clear of everything; its number is set here. rows_add takes a footprint around
 * (0, 0) that goes to building.at, rows_add_plane one that lies in the plane already. */
bool sensors_district_rows_add(struct district *district, struct district_estate *estate,
                               struct district_building building);
bool sensors_district_rows_add_plane(struct district *district, struct district_estate *estate,
                                     struct district_building building);

/* --- shops (district_shops.c): street fronts, as many as bring the district to 400 buildings --- */
void sensors_district_shops_fill(struct district *district);

/* --- town (district_town.c): schools, shopping centre, park, community services --- */
void sensors_district_town_build(struct district *district);

/* --- ground, facility, patrol (a file each): what lies, stands and walks between the buildings --- */
enum { SENSORS_DISTRICT_WALL = 3, SENSORS_DISTRICT_EDGE = 8, SENSORS_DISTRICT_SHOPS = 17 }; /* metres, see _estate */
void sensors_district_ground_write(struct district *district, struct district_estate *estate);
void sensors_district_facility_write(struct district *district, struct district_estate *estate);
void sensors_district_patrol_write(struct district *district, struct district_estate *estate);

/* --- out (district_out.c): GeoJSON (RFC 7946) --- */
struct district_tag {
    const char *key;
    const char *code;
    const char *name;
    const char *name_en;
    const char *estate; /* its code; NULL: outside the estates */
};

void sensors_district_out_init(struct district *district);
/* Opens a feature and writes what all have in common; the caller adds its own properties, then one geometry. */
struct base_json_out *sensors_district_out_begin(struct district *district, enum district_kind kind,
                                                 const struct district_tag *tag);
void sensors_district_out_point(struct district *district, enum district_kind kind, struct district_point at);
void sensors_district_out_line(struct district *district, enum district_kind kind, const struct district_line *line);
void sensors_district_out_ring(struct district *district, enum district_kind kind, const struct district_line *ring,
                               const struct district_line *hole);
void sensors_district_out_road(struct district *district, const struct district_tag *tag, enum district_class class,
                               double width_m, const struct district_line *line);
void sensors_district_out_landuse(struct district *district, const char *class, const struct district_tag *tag,
                                  const struct district_line *ring);
const char *sensors_district_out_file(enum district_kind kind);

#endif
