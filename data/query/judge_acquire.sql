-- Takes judge's lease: when nobody has it, it ran out (by this clock), or its holder's connection is no more. Waits for
-- the holder's open transactions up to lock_timeout.
-- Parameters: owner, seconds to live. Columns: epoch, when a judge was last seen before (null: never); no row when another
-- one leads. Callers: duty/judge.c.
with free as materialized (
    select l.only_row, l.seen_at
    from judge_lease l
    where l.owner is null or l.owner = $1::text or l.expires_at < clock_timestamp()
       or not exists (select 1 from pg_stat_activity a
                      where a.pid = l.backend_pid and (a.backend_start is null or a.backend_start = l.backend_start))
    for update
)
update judge_lease l
set owner = $1::text, epoch = l.epoch + 1, expires_at = clock_timestamp() + $2::bigint * interval '1 second',
    backend_pid = pg_backend_pid(),
    backend_start = (select a.backend_start from pg_stat_activity a where a.pid = pg_backend_pid()),
    seen_at = clock_timestamp()
from free f
where f.only_row = l.only_row
returning l.epoch, f.seen_at;
