-- Which coverage of some subjects stands in a time. Parameters: from, to (excluded) of t_event, subjects (uuid[]).
-- Columns: estate_id, t_event, subject, zone_id, t_to; by subject and t_event. Callers: duty/track_cover_store.c.
select estate_id, t_event, subject, zone_id, t_to
from (
    select distinct on (subject, t_event, estate_id, zone_id) estate_id, t_event, subject, zone_id, t_to, void
    from coverage
    where t_event >= $1::timestamptz and t_event < $2::timestamptz and subject = any ($3::uuid[])
    order by subject, t_event, estate_id, zone_id, version desc
) newest
where not void
order by subject, t_event;
