-- Brings the zones' states up to date: the newer event time wins; at the same moment the greater type of subject. In key
-- order. Columns: nothing. Callers: ingest/store_place.c.
insert into zone_state as z (estate_id, zone_id, last_pass_at, last_pass_subject_type)
select estate_id, place_id, last_pass_at, last_pass_subject_type
from stage_place_state
where place_kind = 'zone'
order by estate_id, place_id
on conflict (estate_id, zone_id) do update
set last_pass_subject_type =
        case when excluded.last_pass_at = z.last_pass_at
             then greatest(excluded.last_pass_subject_type, z.last_pass_subject_type)
             else excluded.last_pass_subject_type end,
    last_pass_at = excluded.last_pass_at
where excluded.last_pass_at >= coalesce(z.last_pass_at, '-infinity'); -- judge's row may come first
