-- The demo's team that is on now, at the first of its estates. Parameters: none. Columns: estate_id, shift id, call sign. No row: none
-- is. Callers: cli up (--demo), cli simulate (--past).
select h.estate_id, h.id, h.label
from shift h
join source s on s.id = h.source_id
where s.name like 'demo-patrol-%' and s.removed_at is null and h.starts_at <= now() and h.ends_at > now()
order by h.estate_id, h.label
limit 1;
