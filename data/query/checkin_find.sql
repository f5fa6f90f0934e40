-- What a check-in names, and whether somebody reads the estate's check-ins. Parameters: estate id, shift id, checkpoint id or null,
-- tag or null. Columns: starts_at, ends_at, now, checkpoint_id (null: none that is known), tag (its, or the given one; null: it
-- has none), topic of the source that check-ins go to, reading (the broker keeps what is sent there). No row: no such shift.
-- Callers: api (POST /api/checkins).
select h.starts_at, h.ends_at, now(), c.id, coalesce(c.tag, $4::text), s.topics[1], coalesce(t.dry_at is not null, false)
from shift h
left join checkpoint c on c.estate_id = h.estate_id and c.valid_to is null
                      and (c.id = $3::bigint or ($3::bigint is null and c.tag = $4::text))
left join source s on s.name = 'checkins-' || h.estate_id and s.estate_id = h.estate_id and s.removed_at is null
left join source_stat t on t.estate_id = s.estate_id and t.source_id = s.id
where h.estate_id = $1::bigint and h.id = $2::bigint;
