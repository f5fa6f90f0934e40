-- One number for all verdicts of a time: SHA-256 over the newest version of each in order - without when it was recorded,
-- its version's number and ids from sequences, so that the same facts give the same number after everything was judged anew.
-- Parameters: from, to (of the windows' beginning), verdicts appended at or after this moment are counted.
-- Columns: verdicts, of these newer than the moment, SHA-256 in hex. Callers: duty/replay.c.
with newest as (
    select distinct on (estate_id, t_from, duty_id, place_id) *
    from verdict
    where t_from >= $1::timestamptz and t_from < $2::timestamptz
    order by estate_id, t_from, duty_id, place_id, version desc
), line as (
    select v.estate_id, date_trunc('day', v.t_from, 'UTC') as day, v.recorded_at,
           format('%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', extract(epoch from v.t_from), d.key, v.place_id, v.verdict, v.reason, v.found,
                  v.best, v.needed, v.blind_s, v.formula, v.formula_version,
                  (select string_agg(case when e.what in ('outage', 'waiver') then e.what
                                          else format('%s,%s,%s,%s,%s', e.what, e.estate_id, extract(epoch from e.at), e.key, e.version) end,
                                     ';' order by e.what, e.at, e.key, e.version)
                   from unnest(v.evidence) e)) as text
    from newest v
    join duty d on d.estate_id = v.estate_id and d.id = v.duty_id
               and d.version = (select min(x.version) from duty x where x.estate_id = v.estate_id and x.id = v.duty_id)
), day as (
    select estate_id, day, count(*) as count, count(*) filter (where recorded_at >= $3::timestamptz) as fresh,
           sha256(convert_to(string_agg(text, E'\n' order by text collate "C"), 'UTF8')) as hash
    from line
    group by estate_id, day
)
select coalesce(sum(count), 0)::bigint, coalesce(sum(fresh), 0)::bigint,
       encode(sha256(convert_to(coalesce(string_agg(format('%s %s %s', estate_id, extract(epoch from day), encode(hash, 'hex')), E'\n'
                                                    order by estate_id, day), ''), 'UTF8')), 'hex')
from day;
