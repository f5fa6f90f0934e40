-- Writes down what a node of the broker says about itself; nodes that nobody has been connected to for a day go.
-- Parameters: address, protocol (4, 5), has $SYS (0, 1), version, uptime in seconds, dropped, stored, disconnected
--             clients (each null: not told).
-- Callers: ingest/worker_watch.c.
with gone as (
    delete from broker_state where read_at < clock_timestamp() - interval '1 day' and address <> $1::text
)
insert into broker_state (address, protocol, sys, version, uptime_s, dropped, stored, disconnected)
values ($1::text, $2::bigint, $3::bigint = 1, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::bigint)
on conflict (address) do update
set protocol = excluded.protocol, sys = excluded.sys, version = excluded.version, uptime_s = excluded.uptime_s,
    dropped = excluded.dropped, stored = excluded.stored, disconnected = excluded.disconnected,
    read_at = excluded.read_at;
