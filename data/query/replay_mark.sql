-- Windows of an estate are to be decided once more; those that are missing are to be opened again.
-- Parameters: estate_id, from, to (of their beginning). Columns: windows marked. Callers: duty/replay.c.
with reopened as (
    update duty set opened_to = $2::timestamptz where estate_id = $1::bigint and opened_to > $2::timestamptz
), marked as (
    update duty_window set pending = true
    where estate_id = $1::bigint and t_from >= $2::timestamptz and t_from < $3::timestamptz and not pending
    returning 1
), look as (
    update judge_mark set due_at = '-infinity' where estate_id = $1::bigint
)
select count(*) from marked;
