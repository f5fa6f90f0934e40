-- What becomes of stretches that were derived again, unless they were marked once more meanwhile: none is left (from null),
-- or the rest of it, not before some seconds have gone.
-- Parameters: estate_id, subjects (uuid[]), marked_at of each (timestamptz[]), from of what is left (timestamptz[],
-- infinity: nothing), seconds to wait (bigint[]; 0: go on at once). Columns: nothing. Callers: duty/track_derive.c.
with settled as (
    select * from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::bigint[]) s (subject, marked_at, t_from, wait_s)
), rest as (
    update stretch x
    set t_from = s.t_from, t_to = greatest(x.t_to, s.t_from), tried_at = clock_timestamp(),
        retry_at = case when s.wait_s > 0 then clock_timestamp() + s.wait_s * interval '1 second' end
    from settled s
    where x.estate_id = $1::bigint and x.subject = s.subject and x.marked_at = s.marked_at and s.t_from < 'infinity'
)
delete from stretch x using settled s
where x.estate_id = $1::bigint and x.subject = s.subject and x.marked_at = s.marked_at and s.t_from = 'infinity';
