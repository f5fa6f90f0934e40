-- Whether answering the notice of a key may acknowledge a call, which is a step. Parameters: key. Columns: whether; no row: none of the
-- last 30 days has it. Callers: incident/notice.c.
select n.asks and n.call_id is not null from notice n where n.key = $1::uuid and n.recorded_at > now() - interval '30 days';
