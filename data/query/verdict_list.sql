-- A window and all versions of its verdict, newest first; no version: not decided.
-- Parameters: estate id, duty id, place id, t_from. Columns: place_kind, t_to, due_at, duty_version, state (of now), key, name,
-- name_en, proof of its duty; version, verdict, reason, found, best, needed, blind_s, formula, formula_version, recorded_at;
-- fact_from, fact_to: the times of the facts (pass, event, coverage) that the evidence of all versions names; record_from,
-- record_to: those of when outages and waivers were recorded. No row: no such window.
-- Callers: api (GET /api/verdicts/...).
select w.place_kind::text, w.t_to, w.due_at, w.duty_version,
       coalesce(w.verdict::text, case when w.t_from > now() then 'pending' else 'open' end) as state,
       d.key, d.name, d.name_en, d.proof::text, v.version, v.verdict::text, v.reason, v.found, v.best, v.needed, v.blind_s,
       v.formula, v.formula_version, v.recorded_at,
       min(e.fact_from) over () as fact_from, max(e.fact_to) over () as fact_to, min(e.record_from) over () as record_from,
       max(e.record_to) over () as record_to
from duty_window w
left join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version
left join verdict v on v.estate_id = w.estate_id and v.t_from = w.t_from and v.duty_id = w.duty_id
                   and v.place_id = w.place_id and v.t_from = $4::timestamptz
left join lateral (
    select min(x.at) filter (where x.what in ('pass', 'event', 'coverage')) as fact_from,
           max(x.at) filter (where x.what in ('pass', 'event', 'coverage')) as fact_to,
           min(x.at) filter (where x.what in ('outage', 'waiver')) as record_from,
           max(x.at) filter (where x.what in ('outage', 'waiver')) as record_to
    from unnest(v.evidence) x
) e on true
where w.estate_id = $1::bigint and w.duty_id = $2::bigint and w.place_id = $3::bigint and w.t_from = $4::timestamptz
order by v.version desc;
