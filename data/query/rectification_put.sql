-- Enters what is to be put right, or changes it: that of the id, or without an id that of the key; of a key what became of it stays where
-- nothing is said. What was done and is not any more counts as done again (reworks). Parameters: estate id, id, version that was
-- seen (null: whichever), key, survey id, incident id, building id, storey, problem, measure, organisation id, deadline, done_at,
-- verified_at, dropped_at, result, evidence's incident id (each or null). Columns: id, what was done: same, changed, made. No row: there
-- is none of that id and version. Callers: api (/api/ledgers/rectifications), cli import rectifications, cli/demo_ledger.c.
with old as (
    select r.*, k.done, k.verified, k.dropped, k.came, k.evidence
    from rectification r
    cross join lateral (
        select case when $2::bigint is null then coalesce($13::timestamptz, r.done_at) else $13::timestamptz end as done,
               case when $2::bigint is null then coalesce($14::timestamptz, r.verified_at) else $14::timestamptz end as verified,
               case when $2::bigint is null then coalesce($15::timestamptz, r.dropped_at) else $15::timestamptz end as dropped,
               case when $2::bigint is null then coalesce($16::text, r.result) else $16::text end as came,
               case when $2::bigint is null then coalesce($17::bigint, r.evidence_id) else $17::bigint end as evidence
    ) k
    where r.estate_id = $1::bigint and case when $2::bigint is null then r.key = $4::text else r.id = $2::bigint end
      and ($3::bigint is null or r.version = $3::bigint)
    for update of r
), told as (
    select o.estate_id, o.id, o.done, o.verified, o.dropped, o.came, o.evidence,
           (o.survey_id, o.incident_id, o.building_id, o.storey, o.problem, o.measure, o.organisation_id, o.deadline, o.done_at,
            o.verified_at, o.dropped_at, o.result, o.evidence_id)
           is not distinct from ($5::bigint, $6::bigint, $7::bigint, $8::bigint::smallint, $9::text, $10::text, $11::bigint,
                                 $12::timestamptz, o.done, o.verified, o.dropped, o.came, o.evidence) as alike
    from old o
), changed as (
    update rectification r
    set version = r.version + 1, survey_id = $5::bigint, incident_id = $6::bigint, building_id = $7::bigint,
        storey = $8::bigint::smallint, problem = $9::text, measure = $10::text, organisation_id = $11::bigint,
        deadline = $12::timestamptz, done_at = t.done, verified_at = t.verified, dropped_at = t.dropped, result = t.came,
        evidence_id = t.evidence, reworks = r.reworks + (r.done_at is not null and t.done is null)::integer
    from told t
    where not t.alike and r.estate_id = t.estate_id and r.id = t.id
), made as (
    insert into rectification (estate_id, key, survey_id, incident_id, building_id, storey, problem, measure, organisation_id, deadline,
                               done_at, verified_at, dropped_at, result, evidence_id)
    select $1::bigint, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::bigint::smallint, $9::text, $10::text, $11::bigint,
           $12::timestamptz, $13::timestamptz, $14::timestamptz, $15::timestamptz, $16::text, $17::bigint
    where $2::bigint is null and not exists (select from old)
    returning id
)
select id, case when alike then 'same' else 'changed' end as done from told
union all
select id, 'made' from made;
