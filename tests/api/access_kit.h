/* What the tests of access share: two estates with one of each thing, and people of every role. Estate 1 is one's own,
 * estate 2 foreign; what belongs to estate 2 has ids from 1001 on, but for buildings: odd ones. */
#ifndef HUTONG_TESTS_ACCESS_KIT_H
#define HUTONG_TESTS_ACCESS_KIT_H

#include "fixture/serving.h"

enum { ACCESS_OWN = 38, ACCESS_QUIET = 36, ACCESS_FOREIGN = 39, ACCESS_MISSING = 99 }; /* buildings */

static inline void access_fill_places(PGconn *pg)
{
    test_sql(pg, "insert into zone (estate_id, id, dataset, key, kind, name, geom) values (2, 1001, 't', 'z', 'green',"
                 " '绿地', st_multi(st_makeenvelope(121.421, 31.201, 121.422, 31.202, 4326)))");
    test_sql(pg, "insert into route (estate_id, id, dataset, key, name, geom) values (2, 1001, 't', 'rt', '巡更二线',"
                 " st_geomfromtext('multilinestring((121.421 31.201, 121.427 31.205))', 4326))");
    test_sql(pg, "insert into checkpoint (estate_id, id, dataset, key, name, geom) values (2, 1001, 't', 'c', '西门',"
                 " st_point(121.423, 31.203, 4326))");
    test_sql(pg, "insert into facility (estate_id, id, dataset, key, kind, name, geom) values (2, 1001, 't', 'f',"
                 " 'gate', '西门', st_point(121.4235, 31.203, 4326))");
    test_sql(pg, "insert into source (id, estate_id, name, topics, format, purpose) values"
                 " (2, 2, 'phones of estate 2', array['two/#'], 'owntracks', 'patrol')");
}

/* Units 1 and 2 of estate 1, 1001 and 1002 of estate 2, each at home. */
static inline void access_fill_units(PGconn *pg)
{
    test_sql(pg,
             "insert into shift (estate_id, id, source_id, subject_type, label, label_en, starts_at, ends_at) values"
             " (2, 1001, 2, 'guard', '巡逻9组', 'Patrol 9', now() - interval '1 h', now() + interval '8 h')");
    test_sql(pg, "insert into asset_state (estate_id, subject, id, subject_type, shift_id, source_id, label, label_en,"
                 " t_event, t_recv, lon, lat, acc_m, at_estate_id, place_method)"
                 " select 2, md5((1000 + n)::text)::uuid, 1000 + n, 'guard', 1001, 2, '远巡' || n || '组',"
                 " 'Far ' || n, now(), now(), 121.424 + n * 1e-4, 31.203, 8, 2, 'none' from generate_series(1, 2) n");
}

/* In the last full hour, which planners' counts end with: at the own and the foreign building passes of six units, an
 * event, a camera and a lamp; at the quiet one a pass. */
static inline void access_fill_facts(PGconn *pg)
{
    test_sql(pg, "update shift set starts_at = now() - interval '3 h'"); /* it was on when this happened */
    test_sql(pg, "create table event_all partition of event default");
    test_sql(pg, "create table pass_all partition of pass default");
    test_sql(pg, "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m,"
                 " acc_m, fixes) select estate, date_trunc('hour', now()) - interval '20 min', md5((first + "
                 "n)::text)::uuid, 'building',"
                 " building, date_trunc('hour', now()) - interval '10 min', 'guard'::subject_type, 3, 8, 3 from "
                 "generate_series(1, 6) n,"
                 " (values (1, 38, 0), (2, 39, 1000)) b (estate, building, first)"
                 " union all select 1, date_trunc('hour', now()) - interval '20 min', md5('1')::uuid, 'building', 36,"
                 " date_trunc('hour', now()) - interval '10 min', 'guard'::subject_type, 3, 8, 3");
    test_sql(pg, "insert into building_state (estate_id, building_id, last_pass_at)"
                 " values (1, 38, now()), (1, 36, now()), (2, 39, now())");
    test_sql(pg,
             "insert into device (estate_id, id, source_id, native_id, name, kind, building_estate_id, building_id,"
             " state) select estate, first + n, source, 'thing-' || n, kind || ' at ' || building, kind, estate,"
             " building, 'accepted' from (values (1, 38, 0, 1), (2, 39, 1000, 2)) b (estate, building, first, source),"
             " (values (11, 'Dome Camera'), (12, 'lamp')) k (n, kind)");
    test_sql(pg, "insert into device_state (estate_id, device_id, kind, channel, t_event, t_recv, phase)"
                 " select estate_id, id, 'state', '', now(), now(), 'pulse' from device");
    test_sql(pg, "insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, device_id, kind, phase,"
                 " severity, place_method, building_id, building_estate_id) select estate_id, date_trunc('hour', "
                 "now()) - interval '5 min',"
                 " gen_random_uuid(), now(), 'device', source_id, id, 'alarm', 'start', 3, 'registered', building_id,"
                 " building_estate_id from device");
}

/* What the map shows of state, in the tiles that the matrix asks for: buildings 2 and 3, both zones, a lamp and a
 * camera in each estate's open; and a grid, which is everybody's. */
static inline void access_fill_states(PGconn *pg)
{
    test_sql(pg,
             "insert into building_state (estate_id, building_id, last_pass_at) values (1, 2, now()), (2, 3, now())");
    test_sql(pg, "insert into zone_state (estate_id, zone_id, last_pass_at) values (1, 1, now()), (2, 1001, now())");
    test_sql(pg,
             "insert into device (estate_id, id, source_id, native_id, name, kind, lon, lat) select estate, first + n,"
             " estate, 'open-' || n, kind || ' in the open', kind, lon + (n - 21) * 1e-3, 31.2015 from"
             " (values (1, 0, 121.412), (2, 1000, 121.423)) e (estate, first, lon),"
             " (values (21, 'camera'), (22, 'lamp')) k (n, kind)");
    test_sql(pg, "insert into grid (id, dataset, key, kind, name, geom) values (7, 't', 'g', 'governance', '网格',"
                 " st_multi(st_makeenvelope(121.40, 31.19, 121.43, 31.21, 4326)))");
}

static inline void access_fill(PGconn *pg)
{
    access_fill_places(pg);
    access_fill_units(pg);
    access_fill_facts(pg);
    access_fill_states(pg);
}

/* --- people --- */
struct access_user {
    const char *name;    /* of the account, and in matrix.tsv */
    const char *role;    /* NULL: no account */
    const char *estates; /* "{1}"; NULL: none are named */
    const char *purpose; /* NULL: not said */
    const char *change;  /* SQL afterwards, or NULL */
};

#define ACCESS_SECRET "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

/* Who asks, as a header line. */
static inline const char *access_header(const char *name, char header[160])
{
    snprintf(header, 160, "Authorization: Bearer hut_%s-" ACCESS_SECRET "\r\n", name);
    return header;
}

static inline void access_add(PGconn *pg, const struct access_user *user)
{
    char sql[1600];
    snprintf(sql, sizeof sql,
             "with a as (insert into account (name) values ('%s') returning id), g as (insert into role_grant"
             " (account_id, role, estate_ids) select id, '%s', nullif('%s', '')::bigint[] from a), t as ("
             " insert into token (account_id, name, hash, purpose) select id, '%s',"
             " sha256('hut_%s-" ACCESS_SECRET "'), nullif('%s', '') from a)"
             " select pg_notify('hutong_access', '')",
             user->name, user->role, user->estates ? user->estates : "", user->name, user->name,
             user->purpose ? user->purpose : "");
    test_sql(pg, sql);
    if (user->change) {
        test_sql(pg, user->change);
    }
}

/* A guard on a shift of estate 1, signed in by its code: a session's cookie. */
static inline const char *access_guard(PGconn *pg, char header[160])
{
    test_sql(pg, "insert into session (hash, csrf, estate_id, shift_id, expires_at)"
                 " values (sha256('guard-" ACCESS_SECRET "'), 'csrf', 1, 1, now() + interval '1 h')");
    snprintf(header, 160, "Cookie: hutong_session=guard-" ACCESS_SECRET "\r\nX-CSRF-Token: csrf\r\n");
    return header;
}

static inline bool access_asks_everybody(void *port)
{
    AUTO_VALUE(test_answer) answer;
    return test_get(*(int *)port, "/api/estates", NULL, &answer) == 401;
}

/* Until the server has heard that there are accounts whoever asks is let in openly, and put out again when it hears. */
static inline void access_await_asked(int port)
{
    assert_true(fixture_poll(access_asks_everybody, &port, 20000000));
}

#endif
