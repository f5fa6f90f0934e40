-- Coverage as it stands, void rows too: the newest version of each of the listed keys.
-- Parameters: estate_ids (bigint[]), t_events (timestamptz[]), subjects (uuid[]), zone_ids (bigint[]).
-- Columns: number in the list from 1, version, grid, cells, t_to, tool, void. Callers: duty/track_cover_store.c.
select l.n, c.version, c.grid, c.cells, c.t_to, c.tool, c.void
from unnest($1::bigint[], $2::timestamptz[], $3::uuid[], $4::bigint[]) with ordinality l (estate_id, t_event, subject, zone_id, n)
cross join lateral (
    select v.version, v.grid, v.cells, v.t_to, v.tool, v.void
    from coverage v
    where v.estate_id = l.estate_id and v.t_event = l.t_event and v.subject = l.subject and v.zone_id = l.zone_id
    order by v.version desc
    limit 1
) c
order by l.n;
