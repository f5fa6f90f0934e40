/* What the tests of incident share: an estate in a database of its own, steps at times of the test's choosing.
 * Ownership  texts are overwritten by the next call. Threads: one. */
#ifndef HUTONG_TESTS_INCIDENT_KIT_H
#define HUTONG_TESTS_INCIDENT_KIT_H

#include "fixture/ingest_kit.h"
#include "incident/incident.h"

#define KIT_MINUTE INT64_C(60000000)

static struct base_diag kit_diag;
static struct data_conn *kit_conn;
static PGconn *kit_pg;
static const char *kit_database;
static const struct base_key kit_seal = {.bytes = "kit"};

static inline void kit_begin(void)
{
    kit_database = fixture_database();
    kit_pg = kit_connect(kit_database);
    kit_value(
        kit_pg,
        "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$");
    if (data_conn_open(kit_database, "test", &kit_diag, &kit_conn)) {
        kit_die("connect", kit_diag.text);
    }
    if (data_partition_ensure(kit_conn, "incident_step", base_clock_now_us(), &kit_diag) ||
        data_partition_ensure(kit_conn, "notice", base_clock_now_us(), &kit_diag)) {
        kit_die("partition", kit_diag.text);
    }
    kit_value(kit_pg, "insert into estate (id, dataset, key, name, tz, geom) values (101, 't', '101', '和平里', "
                      "'Asia/Shanghai', st_multi(st_makeenvelope(121, 31, 121.01, 31.01, 4326)))");
    kit_value(kit_pg, "insert into organisation (id, kind, code, name) values (7, 'site', 'site', '管理处')");
}

static inline void kit_end(void)
{
    data_conn_free(kit_conn);
    PQfinish(kit_pg);
}

static inline struct incident_report kit_report(int64_t estate_id, const char *category, int64_t at_us)
{
    return (struct incident_report){.estate_id = estate_id,
                                    .origin = "call",
                                    .category = category,
                                    .title = "三楼有烟",
                                    .actor = "desk",
                                    .rule_id = data_null(),
                                    .organisation_id = data_null(),
                                    .building_id = data_null(),
                                    .storey = data_null(),
                                    .device_id = data_null(),
                                    .lon = data_null(),
                                    .lat = data_null(),
                                    .seal = &kit_seal,
                                    .t_event_us = at_us,
                                    .at_us = at_us};
}

static inline struct incident_act kit_act(int64_t estate_id, int64_t id, const char *step, int64_t at_us)
{
    return (struct incident_act){.estate_id = estate_id,
                                 .id = id,
                                 .step = step,
                                 .actor = "desk",
                                 .note = "reason",
                                 .seal = &kit_seal,
                                 .organisation_id = data_i64(7),
                                 .shift_id = data_null(),
                                 .other = data_null(),
                                 .at_us = at_us};
}

/* In a transaction of its own. */
static inline enum base_err kit_take(const struct incident_act *act, struct incident_acted *ret_acted)
{
    enum base_err err = data_begin_write(kit_conn, &kit_diag);
    err = err ? err : incident_act(kit_conn, act, &kit_diag, ret_acted);
    if (!err) {
        return data_commit(kit_conn, &kit_diag);
    }
    data_rollback(kit_conn);
    return err;
}

static inline int64_t kit_open_incident(const struct incident_report *report)
{
    struct incident_reported reported = {0};
    enum base_err err = data_begin_write(kit_conn, &kit_diag);
    err = err ? err : incident_report(kit_conn, report, &kit_diag, &reported);
    err = err ? err : data_commit(kit_conn, &kit_diag);
    if (err) {
        kit_die("report", kit_diag.text);
    }
    return reported.id;
}

#endif
