-- The policies that are valid now, those of all estates and of each one in sight, a page at a time. Parameters: estate id or null (those
-- that can count there), id of the page before's last row (null: the first page), at most so many.
-- Columns: id, version, key, estate_id, category, severity, respond_s, resolve_s, plan_s, level_s (with commas), warn_share,
-- hours_from, hours_to (HH:MM), calendar, pause_reasons (with commas), valid_from. Callers: api (GET /api/policies).
select p.id, p.version, p.key, p.estate_id, p.category, p.severity::text, p.respond_s, p.resolve_s, p.plan_s,
       array_to_string(p.level_s, ','), p.warn_share, to_char(p.hours_from, 'HH24:MI'), to_char(p.hours_to, 'HH24:MI'), c.code,
       array_to_string(p.pause_reasons, ','), p.valid_from
from sla_policy p
left join calendar c on c.id = p.calendar_id
where p.valid_to is null and ($1::bigint is null or p.estate_id is null or p.estate_id = $1::bigint)
  and ($2::bigint is null or p.id > $2::bigint)
order by p.id
limit $3::bigint;
