-- What the broker's nodes said about themselves when a worker last looked.
-- Columns: address, protocol, has $SYS, version, uptime_s, dropped, stored, disconnected, read_at, its age in seconds.
-- Callers: api/metrics_source.c, cli/doctor_broker.c.
select address, protocol, sys, version, uptime_s, dropped, stored, disconnected, read_at,
       extract(epoch from clock_timestamp() - read_at)::double precision as age_s
from broker_state
order by address;
