/* What day.c and day_read.c share. */
#ifndef HUTONG_TESTS_E2E_DAY_INSIDE_H
#define HUTONG_TESTS_E2E_DAY_INSIDE_H

#include "day.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
#define LON 121.4
#define LAT 31.02
#define LON_M 95490.0 /* metres of a degree there */
#define LAT_M 110876.0
enum { FIX_EVERY_S = 10, PLACES_MAX = 64, GUARDS_MAX = 8, STEPS_MAX = 400, ROWS_MAX = 200 };

/* Metres east and north of LON, LAT. */
struct spot {
    double x, y; /* metres */
};

struct place {
    char name[16], kind[12];
    struct spot at; /* where one stands who is there */
    int64_t id;
};

enum step_kind {
    STEP_AT,
    STEP_OFF,
    STEP_BUFFERED,
    STEP_SENT,
    STEP_JUMP,
    STEP_TWICE,
    STEP_ONCE,
    STEP_VAGUE,
    STEP_SHARP,
    STEP_SCAN
};
struct step {
    int64_t time;
    enum step_kind kind;
    struct spot at;
    char tag[16];
};

struct guard {
    char name[8];
    struct step steps[STEPS_MAX];
    size_t count;
};

struct expected {
    int phase;
    char duty[24], place[16];
    int64_t from;
    char verdict; /* m x ? w ., or 0: a reason */
    char reason[32];
};

struct day {
    PGconn *pg;
    const char *database, *broker, *var;
    pid_t worker;
    char zone[40];
    int64_t start; /* of the local day */
    int64_t first; /* us after it of the first shift: earlier clock times are of the next day */
    int64_t estate_id;
    struct place places[PLACES_MAX];
    size_t place_count;
    struct guard guards[GUARDS_MAX];
    size_t guard_count;
    struct expected expected[ROWS_MAX * 8];
    size_t expected_count;
    int64_t said;
    struct base_buf differences;
    int64_t hours[24]; /* of the table that is being read */
    size_t hour_count;
    char table[24];
    int table_phase, line;
};

/* day_read.c: fills the day from its file. */
void day_read(struct day *day, const char *name);
const struct place *day_place(const struct day *day, const char *name);
double day_lon(struct spot spot);
double day_lat(struct spot spot);

#endif
