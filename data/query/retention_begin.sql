-- Begins a round of upkeep: its time, by the database's clock, is the "now" of all its steps. Marks go back five minutes,
-- because a worker may have held a batch for a while, and further where a source keeps its facts longer than it did.
-- Parameters: facts with a source (text[]), keep of each in seconds (bigint[]). Columns: now. Callers: data/retention.c.
with kept (fact, keep) as (
    select f.fact, make_interval(secs => f.keep_s)
    from unnest($1::text[], $2::bigint[]) f (fact, keep_s)
), lowered as (
    update retention_mark m
    set purged_to = least(m.purged_to, now() - least(s.retention, k.keep)) - interval '5 minutes'
    from source s, kept k
    where s.estate_id = m.estate_id and s.id = m.source_id and k.fact = m.fact
)
select now();
