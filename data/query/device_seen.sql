-- Notes when devices were seen and how many messages came of them. Past rows that somebody holds: the next time gets them.
-- Parameters: estate_id, [{number, id, seen_us, messages}]. Columns: number of each that was noted.
-- Callers: ingest/registry.c.
with told as materialized (
    select * from jsonb_to_recordset($2::text::jsonb) as t (number integer, id bigint, seen_us bigint, messages bigint)
), free as materialized (
    select d.estate_id, d.id
    from told t
    join device d on d.estate_id = $1::bigint and d.id = t.id
    order by d.id
    for update of d skip locked
)
update device d
set last_seen = greatest(d.last_seen, timestamptz 'epoch' + t.seen_us * interval '1 microsecond'),
    messages = d.messages + t.messages
from free f
join told t on t.id = f.id
where d.estate_id = f.estate_id and d.id = f.id
returning t.number;
