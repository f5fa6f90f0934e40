-- Which incident of all estates breaks next: the district's list, in the order of incident_open without its estate.
create index incident_next on incident (coalesce(breach_at, 'infinity'), estate_id, id) where closed_at is null;

-- What was agreed with one estate is not the next one's business.
alter table sla_policy enable row level security;
create policy serve on sla_policy for select to hutong_serve
    using (estate_id is null or estate_id = any ((select scope_estates('incident'))::bigint[]));
create policy whole on sla_policy for select to hutong_district using (true);
