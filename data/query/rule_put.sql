-- A rule under its key, of an estate or of all: its version is closed and the next one opened when anything differs.
-- Parameters: key, estate_id (null: all), name, name_en, watches, filter, clear, place, hold_s, category, severity, merge_by,
-- merge_s, quiet_from, quiet_to, quiet, max_age_s, enabled, send (null: nobody). Columns: what was done: made, changed, same, and twice when this
-- transaction had done it already; no row: there is no such category, or people report it only (a dispute). Callers: cli/import_rule.c.
with told as materialized (
    select $1::text as key, $2::bigint as estate_id, $3::text as name, coalesce($4::text, $3::text) as name_en,
           $5::text::rule_watch as watches, $6::text as filter, $7::text as clear, $8::text as place, $9::bigint::integer as hold_s,
           c.code as category, $11::text::incident_severity as severity, coalesce($12::text, 'building') as merge_by,
           $13::bigint::integer as merge_s, $14::text::time as quiet_from, $15::text::time as quiet_to,
           coalesce($16::text, 'wait') as quiet, $17::bigint::integer as max_age_s, $18::text::boolean as enabled, $19::text as send
    from incident_category c
    where c.code = $10::text and c.procedure = 'loop'
), before as materialized (
    select r.id, r.version, r.valid_from = now() as twice,
           (t.name, t.name_en, t.watches, t.filter, t.clear, t.place, t.hold_s, t.category, t.severity, t.merge_by, t.merge_s,
            t.quiet_from, t.quiet_to, t.quiet, t.max_age_s, t.enabled, t.send)
           is not distinct from
           (r.name, r.name_en, r.watches, r.filter, r.clear, r.place, r.hold_s, r.category, r.severity, r.merge_by, r.merge_s,
            r.quiet_from, r.quiet_to, r.quiet, r.max_age_s, r.enabled, r.send) as same
    from told t
    join rule r on r.key = t.key and r.estate_id is not distinct from t.estate_id and r.valid_to is null
), closed as (
    update rule r set valid_to = now()
    from before b
    where r.id = b.id and r.version = b.version and not b.same
    returning r.id, r.version
), opened as (
    insert into rule (id, version, key, estate_id, name, name_en, watches, filter, clear, place, hold_s, category, severity,
                      merge_by, merge_s, quiet_from, quiet_to, quiet, max_age_s, enabled, send)
    select coalesce(c.id, nextval(pg_get_serial_sequence('rule', 'id'))), coalesce(c.version, 0) + 1, t.*
    from told t
    left join closed c on true
    where not exists (select from before b where b.same)
    returning 1
), moved as (
    update rule_version set version = version + 1 where exists (select from opened)
)
select case when (select twice from before) then 'twice' when (select same from before) then 'same'
            when exists (select from before) then 'changed' else 'made' end as done
from told;
