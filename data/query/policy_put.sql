-- Makes a policy, or closes its version that is valid and opens the next when it says something else; what runs keeps its own.
-- Parameters: key, estate id, category, severity, respond_s, resolve_s, plan_s, level_s ('{60,120}'), warn_share, hours_from,
-- hours_to, calendar id, pause_reasons ('{a,b}'). Null: estate, category, calendar: any; a time: there is no such clock; hours:
-- all day; warn_share and pause_reasons: the table's own. Columns: what was done: made, changed, same; the key of another
-- policy for the same; whether the file said so of this key before. Callers: cli import policies.
with said as materialized (
    select $1::text as key, $2::bigint as estate_id, $3::text as category, $4::text::incident_severity as severity,
           $5::bigint::integer as respond_s, $6::bigint::integer as resolve_s, $7::bigint::integer as plan_s,
           $8::text::integer[] as level_s, coalesce($9::double precision::real, 0.2) as warn_share, $10::text::time as hours_from,
           $11::text::time as hours_to, $12::bigint as calendar_id,
           coalesce($13::text::text[], '{awaiting_part,weather,no_access,waiting_for_owner}') as pause_reasons
), before as materialized (
    select p.id, p.version, p.valid_from = now() as twice,
           (p.estate_id, p.category, p.severity, p.respond_s, p.resolve_s, p.plan_s, p.level_s, p.warn_share, p.hours_from,
            p.hours_to, p.calendar_id, p.pause_reasons)
           is not distinct from
           (s.estate_id, s.category, s.severity, s.respond_s, s.resolve_s, s.plan_s, s.level_s, s.warn_share, s.hours_from,
            s.hours_to, s.calendar_id, s.pause_reasons) as same
    from said s
    join sla_policy p on p.key = s.key and p.valid_to is null
    for update of p
), closed as (
    update sla_policy p
    set valid_to = now()
    from before b
    where p.id = b.id and p.version = b.version and not b.same
    returning p.id, p.version + 1 as version
), opened as ( -- after it: of one key only one may be open
    insert into sla_policy (id, version, key, estate_id, category, severity, respond_s, resolve_s, plan_s, level_s, warn_share,
                            hours_from, hours_to, calendar_id, pause_reasons)
    select coalesce(c.id, nextval(pg_get_serial_sequence('sla_policy', 'id'))), coalesce(c.version, 1), s.key, s.estate_id,
           s.category, s.severity, s.respond_s, s.resolve_s, s.plan_s, s.level_s, s.warn_share, s.hours_from, s.hours_to,
           s.calendar_id, s.pause_reasons
    from said s
    left join closed c on true
    where not exists (select from before b where b.same)
)
select case when not exists (select from before) then 'made' when (select same from before) then 'same' else 'changed' end,
       (select p.key
        from said s
        join sla_policy p on p.key <> s.key and p.valid_to is null and p.severity = s.severity
                         and p.estate_id is not distinct from s.estate_id and p.category is not distinct from s.category
        limit 1),
       coalesce((select twice from before), false);
