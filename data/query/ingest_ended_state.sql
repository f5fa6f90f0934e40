-- Assets whose shift has ended, with their tracks. Locks them in key order and past rows that a batch holds (the next
-- time gets them), so that it waits for nobody. Parameters: how many at most.
-- Columns: estate_id, subject, subject_type, track, when the transaction began. Callers: ingest/store_state.c.
select a.estate_id, a.subject, a.subject_type::text, a.track, now()
from asset_state a
join shift h on h.estate_id = a.estate_id and h.id = a.shift_id
where h.ends_at <= now()
order by a.estate_id, a.subject
limit $1::bigint
for update of a skip locked;
