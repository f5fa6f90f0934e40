/* Open incidents with their clocks and buildings at 200 estates; nothing is due within the hour. Threads: one. */
#ifndef HUTONG_TESTS_BENCH_INCIDENT_LOAD_H
#define HUTONG_TESTS_BENCH_INCIDENT_LOAD_H

#include "fixture/serving.h"
#include "incident/incident.h"

enum { INCIDENT_ESTATES = 200, INCIDENT_EACH = 1000 };

static inline void incident_load(struct data_conn *conn, PGconn *pg)
{
    char sql[1500];
    test_ok(incident_ensure(conn, &test_diag));
    snprintf(sql, sizeof sql,
             "insert into estate (id, dataset, key, name) select n, 't', 'e' || n, '小区' || n from generate_series(1, "
             "%d) n",
             INCIDENT_ESTATES);
    test_sql(pg, sql);
    test_sql(pg, "insert into organisation (id, kind, code, name) values (7, 'site', 'site', '管理处')");
    test_sql(pg, "insert into building (estate_id, id, dataset, key, name, levels, levels_source, height_m, "
                 "height_source, area_m2,"
                 " lon, lat, geom) select e.id, e.id * 100 + n, 't', e.id || '-' || n, n || '号楼', 6, 'given', 18, "
                 "'levels', 400,"
                 " 121.4, 31.2, st_multi(st_makeenvelope(121.4, 31.2, 121.4001, 31.2001, 4326)) from estate e,"
                 " generate_series(1, 50) n where e.id > 0");
    snprintf(sql, sizeof sql,
             "insert into incident (estate_id, id, state, origin, category, severity, policy_id, policy_version,"
             " organisation_id, building_id, title, t_event, reported_at, state_at, breach_at)"
             " select e, e * 10000 + n, 'dispatched', 'rule', c.code, 'small', p.id, 1, 7, e * 100 + 1 + n %% 50,"
             " '满溢 ' || n, now(), now(), now(), now() + interval '1 h' + n * interval '1 min'"
             " from generate_series(1, %d) e, generate_series(0, %d) n, sla_policy p, incident_category c"
             " where p.key = 'small' and c.code = case n %% 3 when 0 then 'smoke' else 'bin_overflow' end",
             INCIDENT_ESTATES, INCIDENT_EACH - 1);
    test_sql(pg, sql);
    test_sql(
        pg,
        "insert into clock (estate_id, incident_id, stage, started_at, left_us, warn_us, runs_from, due_at, warn_at)"
        " select i.estate_id, i.id, s, now(), 1, 0, now(), breach_at + d, breach_at + d - interval '1 min' from "
        "incident i,"
        " (values ('respond', interval '0'), ('resolve', interval '40 min'), ('level', interval '1 day')) v (s, d)");
    test_sql(
        pg, "insert into incident_step (estate_id, incident_id, step, state) select estate_id, id, 'report', 'reported'"
            " from incident");
    test_sql(pg, "insert into organisation (id, kind, code, name) values (8, 'department', 'urban', '城管')");
    test_sql(pg, "insert into task (estate_id, incident_id, organisation_id, sent_at) select estate_id, id,"
                 " case when id % 1000 = 7 then 8 else 7 end, now() from incident");
    test_sql(pg, "vacuum analyze task, incident, clock, incident_step, estate, building");
}

#endif
