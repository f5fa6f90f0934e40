-- Does the database answer, and how old is what it holds? Columns: server time, newest t_event of an asset that is not
-- a replay, newest batch of any source; null when there is none.
-- Callers: api (/readyz).
select now() as server_time,
       (select max(t_event) from asset_state where flags & 7 = 0) as asset_newest,
       (select max(last_batch_at) from source_stat) as batch_newest;
