/* Guards who walk: so many positions a second over MQTT until somebody says that it is enough. Threads  positions_send
 * is one; done may be set by another. Coordinates: degrees WGS 84, among the buildings of positions_buildings. */
#ifndef HUTONG_TESTS_BENCH_POSITIONS_H
#define HUTONG_TESTS_BENCH_POSITIONS_H

#include "fixture/ingest_kit.h"
#include "fixture/serving.h"

#include <stdatomic.h>

enum { POSITIONS_DEVICES = 1000 };

struct positions {
    const char *broker;
    int per_s;
    atomic_bool done;
};

static inline void positions_one(struct ingest_publisher *publisher, int64_t start_s, int64_t number)
{
    char topic[64], payload[200];
    int64_t device = number % POSITIONS_DEVICES;
    snprintf(topic, sizeof topic, "owntracks/guard/%lld", (long long)device);
    int len = snprintf(payload, sizeof payload,
                       "{\"_type\":\"location\",\"lat\":%.7f,\"lon\":%.7f,\"tst\":%lld,\"acc\":8,\"batt\":50}",
                       31.02 + (double)(device % 40) * 4e-4 + (double)(number / POSITIONS_DEVICES) * 1e-6,
                       121.4 + (double)(device / 40) * 6e-4, (long long)(start_s + number / POSITIONS_DEVICES));
    test_ok(ingest_publisher_send(publisher, topic, payload, (size_t)len, 1, false, &test_diag));
}

/* of: struct positions. */
static inline void *positions_send(void *of)
{
    struct positions *positions = of;
    AUTO(ingest_publisher) publisher = NULL;
    test_ok(ingest_publisher_new(positions->broker, "positions", &test_diag, &publisher));
    int64_t number = 0, begin_us = base_clock_mono_us(), start_s = base_clock_now_us() / 1000000 - 3600;
    while (!atomic_load(&positions->done)) {
        int64_t due = (base_clock_mono_us() - begin_us) * positions->per_s / 1000000;
        while (number < due) {
            positions_one(publisher, start_s, number++);
        }
        poll(NULL, 0, 10);
    }
    return NULL;
}

/* Of estate 0, ids from 1. */
static inline void positions_buildings(PGconn *pg, int count)
{
    char sql[600];
    snprintf(
        sql, sizeof sql,
        "insert into building (estate_id, id, dataset, key, levels, levels_source, height_m, height_source, area_m2, "
        "lon, lat, geom) select 0, n, 'b', n::text, 6, 'given', 18, 'levels', 400, x, y, "
        "st_multi(st_makeenvelope(x - 1e-4, y - 1e-4, x + 1e-4, y + 1e-4, 4326)) from generate_series(1, %d) n, "
        "lateral (select 121.4 + n %% 141 * 4e-4 x, 31.0 + n / 141 * 4e-4 y) p",
        count);
    test_sql(pg, sql);
    test_sql(pg, "update place_version set version = version + 1");
    test_sql(pg, "vacuum analyze building");
}

#endif
