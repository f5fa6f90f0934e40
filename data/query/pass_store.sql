-- Stores the staged passes: new ones, and what has become of those that are there. In key order.
-- Columns: nothing. Callers: ingest/store_pass.c.
insert into pass (estate_id, t_event, subject, place_kind, place_id, version, t_to, subject_type, nearest_m, acc_m,
                  fixes, method, open)
select estate_id, t_event, subject, place_kind, place_id, 1, t_to, subject_type, nearest_m, acc_m, fixes, method, open
from stage_pass
order by estate_id, t_event, subject, place_kind, place_id
on conflict (estate_id, t_event, subject, place_kind, place_id, version) do update
set t_to = excluded.t_to, nearest_m = excluded.nearest_m, acc_m = excluded.acc_m, fixes = excluded.fixes,
    method = excluded.method, open = excluded.open;
