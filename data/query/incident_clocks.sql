-- An incident's clocks. Parameters: estate id, incident id. Columns: stage, number, started_at, due_at, left_s (working time;
-- negative when it is over), runs, warned_at, breached_at, stopped_at. Callers: api (/api/incidents/...).
select k.stage, k.number, k.started_at, nullif(k.due_at, 'infinity'),
       floor((k.left_us - case when k.runs_from is null then 0
                               else clock_worked(k.runs_from, now(), e.tz, p.calendar_id, p.hours_from, p.hours_to) end) / 1e6)::bigint,
       k.runs_from is not null, k.warned_at, k.breached_at, k.stopped_at
from incident i
join clock k on k.estate_id = i.estate_id and k.incident_id = i.id
join estate e on e.id = i.estate_id
join sla_policy p on p.id = i.policy_id and p.version = i.policy_version
where i.estate_id = $1::bigint and i.id = $2::bigint
order by k.started_at, k.stage, k.number;
