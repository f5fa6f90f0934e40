/* A day made by hand: places, duties, who walked where when, and what judge must say of it, in one readable file
 * (tests/e2e/<name>.day). The kit plays it as devices would - over a real broker, through real workers, on a day that
 * has just gone by - and compares.
 *
 *   estate ZONE                              its time zone
 *   day -2                                   the local day on which it begins; 0 is today
 *   building B1 0 0                          walls 12 x 10 m, the south-west corner at metres east and north
 *   checkpoint C1 100 -5 TAG-1               a point and the code of its tag
 *   zone Z1 0 0 60 40                        a rectangle: corner, width, height
 *   duty KEY subject_kind=.. schedule=".."   as `hutong import duties` takes them
 *   shift P1 22:00 06:00                     guard P1 is on duty; times before the first one's are of the next day
 *   P1 22:00:00 at 10,-8                     a place of the way: between two of them he walks straight, a fix each 10 s
 *   P1 22:05:00 at B1                        in front of a building, at a checkpoint
 *   P1 02:10:00 off                          the tracker is off until the next place of the way
 *   P1 01:25:00 buffered                     from here on the phone keeps what it has to say ...
 *   P1 01:36:00 sent                         ... until here; it is said in phase 2
 *   P1 03:30:00 jump B6                      one position that cannot be
 *   P1 04:00:00 twice                        each message is said twice, until `once`
 *   P1 04:10:00 vague                        accuracy 80 m, until `sharp`
 *   P1 04:30:00 scan TAG-2 at C1             reads a tag, somewhere
 *   outage source 03:00 04:00                a fact as the worker writes it; `outage platform`
 *   waiver 05:00 06:00 typhoon
 *   verdicts 1 KEY 22 23 00 ...              what must come out after phase 1; columns are hours at which windows begin
 *   B1 m m x ? w .                           met, missed, unknown, waived, no window
 *   why 1 KEY B1 02:00 tracker_off           its reason
 */
#ifndef HUTONG_TESTS_E2E_DAY_H
#define HUTONG_TESTS_E2E_DAY_H

#include "fixture/ingest_kit.h"

struct day;
/* Reads the file, makes places, sources, shifts and duties in the database. Ends the test, aloud, at a mistake. */
struct day *day_new(const char *name, const char *database, const char *broker, const char *var);
void day_free(struct day *day);
/* Publishes what is said in that phase between two clock times of the day ("22:00", "06:00"; NULL: all) and waits until
 * the broker has taken it. */
void day_say(struct day *day, int phase, const char *from, const char *to);
/* How many positions and scans have been said so far, each once: what must be stored. */
int64_t day_said(const struct day *day);
/* Waits until it is stored, then runs `hutong judge --once`. */
void day_judge(struct day *day);
/* Compares all tables and reasons of that phase; the differences, a line each, "" when there are none. */
const char *day_differences(struct day *day, int phase);
/* A number out of the database. */
int64_t day_count(struct day *day, const char *sql);
/* us of that clock time ("02:10:00") of the day. */
int64_t day_time(const struct day *day, const char *clock);

#endif
