-- Decides the windows that are before judge: a waiver that overlaps the window goes before all; met when what was found
-- suffices, missed when even the best proof inside the blind time could not, else unknown. A verdict that is another one
-- than the window's newest, or rests on something else, is appended; one that has become missed, or is so no longer, is told to
-- the rules.
-- Parameters: estate_id. Columns: windows decided, verdicts appended, windows that came out otherwise than before, nothing.
-- Callers: duty/decide.c.
with relief as materialized (
    select w.*
    from waiver w
    where w.estate_id = $1::bigint and w.revoked_at is null and w.t_to > (select min(t_from) from judging)
      and w.t_from < (select max(t_to) from judging)
), waived as (
    select j.t_from, j.duty_id, j.place_id,
           array_agg(('waiver', w.estate_id, w.recorded_at, null, w.id, null)::evidence order by w.recorded_at, w.id) as evidence
    from judging j
    join relief w on w.t_from < j.t_to and w.t_to > j.t_from and (w.duty_id is null or w.duty_id = j.duty_id)
                 and (w.place_id is null or (w.place_kind::text = j.place_kind and w.place_id = j.place_id))
    group by j.t_from, j.duty_id, j.place_id
), found as materialized (
    select j.estate_id, j.t_from, j.duty_id, j.place_id, j.proof::text as formula, coalesce(f.found, 0)::real as found,
           coalesce(f.best, 0)::real as best, coalesce(f.needed, 1)::real as needed, coalesce(f.blind_s, 0) as blind_s,
           f.doubt, w.evidence as relief, coalesce(f.evidence, '{}') as evidence
    from judging j
    left join judged f on f.estate_id = j.estate_id and f.t_from = j.t_from and f.duty_id = j.duty_id and f.place_id = j.place_id
    left join waived w on w.t_from = j.t_from and w.duty_id = j.duty_id and w.place_id = j.place_id
), ruled as materialized (
    select *,
           (case when relief is not null then 'waived' when found >= needed then 'met' when best < needed then 'missed'
                 else 'unknown' end)::verdict_kind as verdict,
           case when relief is not null then 'waived' when found >= needed then 'proven'
                when best >= needed then coalesce(doubt, 'blind')
                when doubt in ('nothing_passable', 'no_points') then doubt
                when found = 0 then 'no_evidence' else 'too_little' end as reason
    from found
), newest as materialized (
    select distinct on (v.t_from, v.duty_id, v.place_id) v.*
    from (select min(t_from) as t_from, max(t_from) as t_to from judging) r
    join verdict v on v.estate_id = $1::bigint and v.t_from between r.t_from and r.t_to
    join judging j on j.t_from = v.t_from and j.duty_id = v.duty_id and j.place_id = v.place_id
    order by v.t_from, v.duty_id, v.place_id, v.version desc
), appended as (
    insert into verdict (estate_id, t_from, duty_id, place_id, version, verdict, reason, found, best, needed, blind_s, formula,
                         formula_version, evidence)
    select r.estate_id, r.t_from, r.duty_id, r.place_id, coalesce(n.version, 0) + 1, r.verdict, r.reason, r.found, r.best,
           r.needed, r.blind_s, r.formula, 1, coalesce(r.relief, '{}') || r.evidence
    from ruled r
    left join newest n on n.t_from = r.t_from and n.duty_id = r.duty_id and n.place_id = r.place_id
    where n.version is null
       or (n.verdict, n.reason, n.found, n.best, n.needed, n.blind_s, n.formula, n.formula_version, n.evidence)
          is distinct from (r.verdict, r.reason, r.found, r.best, r.needed, r.blind_s, r.formula, 1,
                            coalesce(r.relief, '{}') || r.evidence)
    order by r.estate_id, r.t_from, r.duty_id, r.place_id
    returning t_from, duty_id, place_id, version, verdict
), changed as (
    insert into rule_window (estate_id, t_from, duty_id, place_id, version, missed)
    select $1::bigint, a.t_from, a.duty_id, a.place_id, a.version, a.verdict = 'missed'
    from appended a
    left join newest n on n.t_from = a.t_from and n.duty_id = a.duty_id and n.place_id = a.place_id
    where (a.verdict = 'missed') <> (coalesce(n.verdict, 'met') = 'missed')
    returning 1
), settled as (
    update duty_window w set pending = false, verdict = r.verdict
    from ruled r
    where w.estate_id = r.estate_id and w.t_from = r.t_from and w.duty_id = r.duty_id and w.place_id = r.place_id
    returning 1
), reached as (
    update judge_mark m set decided_to = r.t_to
    from (select max(t_to) as t_to from judging) r
    where m.estate_id = $1::bigint and m.decided_to < r.t_to
)
select (select count(*) from settled), (select count(*) from appended),
       (select count(*) from ruled r join newest n on n.t_from = r.t_from and n.duty_id = r.duty_id and n.place_id = r.place_id
        where n.verdict <> r.verdict),
       case when exists (select from changed) then pg_notify('hutong_rule', '')::text end;
