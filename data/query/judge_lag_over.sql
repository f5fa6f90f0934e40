-- A source that was behind has been read past that time after all: nothing was hidden. What was decided meanwhile is decided
-- again. Parameters: estate_id, now. Columns: nothing. Callers: duty/decide.c.
with told as (
    select distinct on (o.estate_id, o.source_id, o.t_from) o.*
    from outage o
    where o.estate_id in ($1::bigint, 0) and o.scope = 'source' and o.cause = 'lag'
      and o.t_from > $2::timestamptz - interval '40 days'
    order by o.estate_id, o.source_id, o.t_from, o.id desc
), over as (
    insert into outage (estate_id, scope, source_id, t_from, t_to, cause, void)
    select o.estate_id, o.scope, o.source_id, o.t_from, o.t_to, o.cause, true
    from told o
    join source_stat t on t.estate_id = o.estate_id and t.source_id = o.source_id and t.dry_at >= o.t_to
    where not o.void
    order by o.estate_id, o.id
    returning estate_id, t_from, t_to
)
insert into judge_again (estate_id, t_from, t_to, why) select estate_id, t_from, t_to, 'outage' from over;
