-- Gives judge's lease back. Parameters: owner, epoch. Columns: nothing. Callers: duty/judge.c.
update judge_lease set owner = null, expires_at = '-infinity' where owner = $1::text and epoch = $2::bigint;
