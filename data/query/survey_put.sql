-- Enters a finding, or puts one right: that of the id, or without an id that of the key; of a key what became of it stays where nothing
-- is said. Parameters: estate id, id, version that was seen (null: whichever), key, building id, storey, inspected, category,
-- finding, severity, found_at, organisation id, incident id, settled_at (each or null). Columns: id, what was done: same, changed, made. No row:
-- there is none of that id and version. Callers: api (/api/ledgers/surveys), cli import surveys, cli/demo_ledger.c.
with old as (
    select s.*, case when $2::bigint is null then coalesce($13::bigint, s.incident_id) else $13::bigint end as became,
           case when $2::bigint is null then coalesce($14::timestamptz, s.settled_at) else $14::timestamptz end as settled
    from survey s
    where s.estate_id = $1::bigint and case when $2::bigint is null then s.key = $4::text else s.id = $2::bigint end
      and ($3::bigint is null or s.version = $3::bigint)
    for update
), told as (
    select o.estate_id, o.id, o.became, o.settled,
           (o.building_id, o.storey, o.inspected, o.category, o.finding, o.severity, o.found_at, o.organisation_id, o.incident_id,
            o.settled_at)
           is not distinct from ($5::bigint, $6::bigint::smallint, $7::text, $8::text, $9::text, $10::incident_severity, $11::timestamptz,
                                 $12::bigint, o.became, o.settled) as alike
    from old o
), changed as (
    update survey s
    set version = s.version + 1, building_id = $5::bigint, storey = $6::bigint::smallint, inspected = $7::text, category = $8::text,
        finding = $9::text, severity = $10::incident_severity, found_at = $11::timestamptz, organisation_id = $12::bigint,
        incident_id = t.became, settled_at = t.settled
    from told t
    where not t.alike and s.estate_id = t.estate_id and s.id = t.id
), made as (
    insert into survey (estate_id, key, building_id, storey, inspected, category, finding, severity, found_at, organisation_id,
                        incident_id, settled_at)
    select $1::bigint, $4::text, $5::bigint, $6::bigint::smallint, $7::text, $8::text, $9::text, $10::incident_severity,
           $11::timestamptz, $12::bigint, $13::bigint, $14::timestamptz
    where $2::bigint is null and not exists (select from old)
    returning id
)
select id, case when alike then 'same' else 'changed' end as done from told
union all
select id, 'made' from made;
