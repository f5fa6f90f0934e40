-- First statement of each of judge's transactions: the lease is still this one's, and nobody takes it until COMMIT. Its lanes
-- hold it at once, and judge_renew.sql passes by: only judge_acquire.sql waits.
-- Parameters: owner, epoch. Columns: epoch; no row when another one leads: then nothing may be written. Callers: duty/turn.c.
select epoch from judge_lease where owner = $1::text and epoch = $2::bigint for key share;
