-- Outlines of zones. Parameters: estate_ids, ids (bigint[]), pair by pair. Columns: number in the list from 1, outline (EWKB).
-- Callers: duty/track_zone.c.
select l.n, z.geom
from unnest($1::bigint[], $2::bigint[]) with ordinality l (estate_id, id, n)
join zone z on z.estate_id = l.estate_id and z.id = l.id
order by l.n;
