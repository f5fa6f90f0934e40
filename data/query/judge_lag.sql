-- Windows are before judge although a source that could prove them has not been read past their end, for longer than a day:
-- an outage of it from where it was read to, to the end of the last such window - once; a later one gives a successor.
-- Parameters: estate_id, now; reads judging. Columns: nothing. Callers: duty/decide.c.
with late as (
    select s.estate_id, s.id as source_id, j.t_from, j.t_to, s.dry_at
    from judging j
    join sources_read($1::bigint, $2::timestamptz) s
        on s.dry_at < j.t_to
       and case when j.proof in ('fill', 'online') then s.id = j.source_id and s.estate_id = j.device_estate_id
                else s.types && j.subject_types or (s.readers and j.proof in ('checkin', 'round')) end
), span as (
    select estate_id, source_id, case when isfinite(min(dry_at)) then min(dry_at) else min(t_from) end as t_from, max(t_to) as t_to
    from late
    group by estate_id, source_id
)
insert into outage (estate_id, scope, source_id, t_from, t_to, cause)
select n.estate_id, 'source', n.source_id, n.t_from, n.t_to, 'lag'
from span n
where not exists (select from outage o
                  where o.estate_id = n.estate_id and o.scope = 'source' and o.source_id = n.source_id and o.cause = 'lag'
                    and o.t_from <= n.t_from and o.t_to >= n.t_to and not o.void
                    and not exists (select from outage x
                                    where x.estate_id = o.estate_id and x.scope = o.scope and x.source_id = o.source_id
                                      and x.t_from = o.t_from and x.id > o.id))
order by 1, 3;
