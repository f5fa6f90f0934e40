-- The holder of judge's lease lives. Parameters: owner, epoch, seconds to live. Columns: epoch; no row when another one leads.
-- Callers: duty/turn.c, before a transaction.
update judge_lease
set expires_at = clock_timestamp() + $3::bigint * interval '1 second', seen_at = clock_timestamp()
where owner = $1::text and epoch = $2::bigint
returning epoch;
