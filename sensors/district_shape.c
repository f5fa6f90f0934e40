/* Footprints as architects draw them: slabs with balconies to the south and stair cores to the north, point towers
 * with notches that give every flat two sides of light, L, U and closed courtyards. All stand around (0, 0), north up.
 */
#include "sensors/district.h"

#include <math.h>

static void add(struct district *district, struct district_line *ring, double x, double y)
{
    sensors_district_line_add(district, ring, (struct district_point){x, y});
}

static struct district_line of(struct district *district, const struct district_point *points, size_t count)
{
    struct district_line ring = {0};
    for (size_t i = 0; i < count; i++) {
        sensors_district_line_add(district, &ring, points[i]);
    }
    return ring;
}

struct district_line sensors_district_shape_slab(struct district *district, double length, double depth, int units)
{
    const double balcony = 1.4;
    const double core = 1.1;
    double x = -length / 2;
    double south = -depth / 2 + balcony;
    double north = depth / 2 - core;
    double unit = length / units;
    struct district_line ring = {0};
    add(district, &ring, x, south);
    for (int i = 0; i < units; i++) {
        double from = x + i * unit;
        add(district, &ring, from + 0.16 * unit, south);
        add(district, &ring, from + 0.16 * unit, south - balcony);
        add(district, &ring, from + 0.84 * unit, south - balcony);
        add(district, &ring, from + 0.84 * unit, south);
    }
    add(district, &ring, length / 2, south);
    add(district, &ring, length / 2, north);
    for (int i = units - 1; i >= 0; i--) {
        double middle = x + (i + 0.5) * unit;
        add(district, &ring, middle + 2, north);
        add(district, &ring, middle + 2, north + core);
        add(district, &ring, middle - 2, north + core);
        add(district, &ring, middle - 2, north);
    }
    add(district, &ring, x, north);
    return ring;
}

/* 蝶形: two wings folded towards the south, the lift core behind. */
static struct district_line butterfly(struct district *district, double k)
{
    const struct district_point points[] = {
        {-17 * k, -11 * k}, {-10 * k, -12.5 * k}, {-8.5 * k, -8 * k}, {-3 * k, -5 * k}, {3 * k, -5 * k},
        {8.5 * k, -8 * k},  {10 * k, -12.5 * k},  {17 * k, -11 * k},  {19 * k, 0},      {12 * k, 4 * k},
        {11 * k, 8 * k},    {5 * k, 9 * k},       {4 * k, 12 * k},    {-4 * k, 12 * k}, {-5 * k, 9 * k},
        {-11 * k, 8 * k},   {-12 * k, 4 * k},     {-19 * k, 0}};
    return of(district, points, BASE_COUNT(points));
}

/* 十字: four flats around a core. */
static struct district_line cross(struct district *district, double k)
{
    const struct district_point points[] = {
        {-6 * k, -13 * k},  {6 * k, -13 * k},    {6 * k, -7 * k},    {8 * k, -7 * k},  {8 * k, -9.5 * k},
        {15 * k, -9.5 * k}, {15 * k, 5 * k},     {8 * k, 5 * k},     {8 * k, 7 * k},   {6.5 * k, 7 * k},
        {6.5 * k, 12 * k},  {-6.5 * k, 12 * k},  {-6.5 * k, 7 * k},  {-8 * k, 7 * k},  {-8 * k, 5 * k},
        {-15 * k, 5 * k},   {-15 * k, -9.5 * k}, {-8 * k, -9.5 * k}, {-8 * k, -7 * k}, {-6 * k, -7 * k}};
    return of(district, points, BASE_COUNT(points));
}

/* 工字: two broad fronts, light wells between. */
static struct district_line notched(struct district *district, double k)
{
    const struct district_point points[] = {
        {-18 * k, -9.5 * k}, {-11 * k, -9.5 * k}, {-11 * k, -11 * k}, {-4 * k, -11 * k},
        {-4 * k, -6 * k},    {4 * k, -6 * k},     {4 * k, -11 * k},   {11 * k, -11 * k},
        {11 * k, -9.5 * k},  {18 * k, -9.5 * k},  {18 * k, 6 * k},    {9 * k, 6 * k},
        {9 * k, 9 * k},      {-9 * k, 9 * k},     {-9 * k, 6 * k},    {-18 * k, 6 * k}};
    return of(district, points, BASE_COUNT(points));
}

/* An office: a square with its corners cut. */
static struct district_line chamfered(struct district *district, double k)
{
    const struct district_point points[] = {{-9 * k, -15 * k}, {9 * k, -15 * k}, {15 * k, -9 * k}, {15 * k, 9 * k},
                                            {9 * k, 15 * k},   {-9 * k, 15 * k}, {-15 * k, 9 * k}, {-15 * k, -9 * k}};
    return of(district, points, BASE_COUNT(points));
}

struct district_line sensors_district_shape_tower(struct district *district, int family, double scale)
{
    switch (family % 4) {
    case 0:
        return butterfly(district, scale);
    case 1:
        return cross(district, scale);
    case 2:
        return notched(district, scale);
    default:
        return chamfered(district, scale);
    }
}

struct district_line sensors_district_shape_l(struct district *district, double length, double depth, double wing,
                                              bool mirrored)
{
    double x = length / 2, y = depth / 2;
    const struct district_point points[] = {{-x, -y},      {-x + wing, -y}, {-x + wing, y - wing},
                                            {x, y - wing}, {x, y},          {-x, y}};
    struct district_line ring = of(district, points, BASE_COUNT(points));
    if (!mirrored) {
        return ring;
    }
    for (size_t i = 0; i < ring.count; i++) {
        ring.at[i].x = -ring.at[i].x;
    }
    return sensors_district_line_reversed(district, &ring);
}

struct district_line sensors_district_shape_u(struct district *district, double length, double depth, double wing)
{
    double x = length / 2, y = depth / 2;
    const struct district_point points[] = {
        {-x, -y}, {-x + wing, -y}, {-x + wing, y - wing}, {x - wing, y - wing}, {x - wing, -y}, {x, -y},
        {x, y},   {-x, y}};
    return of(district, points, BASE_COUNT(points));
}

struct district_line sensors_district_shape_court(struct district *district, double length, double depth, double wing,
                                                  struct district_line *ret_hole)
{
    double x = length / 2, y = depth / 2;
    const struct district_point outer[] = {{-x, -y}, {x, -y}, {x, y}, {-x, y}};
    const struct district_point inner[] = {
        {-x + wing, -y + wing}, {x - wing, -y + wing}, {x - wing, y - wing}, {-x + wing, y - wing}};
    *ret_hole = of(district, inner, BASE_COUNT(inner));
    return of(district, outer, BASE_COUNT(outer));
}
