-- First statement of each of judge's transactions: the lease is still this one's, and stays locked until COMMIT.
-- Parameters: owner, epoch, seconds to live. Columns: epoch; no row when another one leads: then nothing may be written.
-- Callers: duty/turn.c.
update judge_lease
set expires_at = clock_timestamp() + $3::bigint * interval '1 second', seen_at = clock_timestamp()
where owner = $1::text and epoch = $2::bigint
returning epoch;
