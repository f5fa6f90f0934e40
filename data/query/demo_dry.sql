-- Up to when everything that the demo's guards and things have sent is stored; null: not known of all. Parameters: none.
-- Columns: that time. Callers: cli simulate (--past).
select case when bool_and(t.dry_at is not null) then min(t.dry_at) end
from source s
left join source_stat t on t.estate_id = s.estate_id and t.source_id = s.id
where s.name like 'demo-%' and s.removed_at is null;
