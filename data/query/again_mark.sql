-- Facts about a time long enough ago that windows of it may have been decided: judge looks at them once more.
-- Parameters: estate_ids (bigint[]), from (timestamptz[]), to (timestamptz[]), 1 when a pass is among them (bigint[]).
-- Columns: nothing. Callers: ingest/store_mark.c.
insert into judge_again (estate_id, t_from, t_to, why)
select m.estate_id, m.t_from, m.t_to, case when m.passes = 1 then 'pass' else 'event' end
from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::bigint[]) m (estate_id, t_from, t_to, passes);
