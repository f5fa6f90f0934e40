-- Sources in use that no worker holds. Columns: sources, how many nobody holds, their names.
-- Callers: cli/doctor_database.c.
select count(*) as sources, count(*) filter (where l.expires_at <= clock_timestamp()) as left_alone,
       string_agg(s.name, ', ' order by s.name) filter (where l.expires_at <= clock_timestamp()) as names
from source s
join lease l on l.estate_id = s.estate_id and l.source_id = s.id
where s.removed_at is null;
