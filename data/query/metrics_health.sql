-- Does the database answer, how old is what it holds, and who reads the sources? Columns: server time, newest t_event of
-- an asset that is not a replay, newest batch of any source (null when there is none), sources in use, how many of them
-- a worker holds now.
-- Callers: api (/readyz, /metrics).
select now() as server_time,
       (select max(t_event) from asset_state where flags & 7 = 0) as asset_newest,
       (select max(last_batch_at) from source_stat) as batch_newest,
       (select count(*) from source where removed_at is null) as sources,
       (select count(*) from source s join lease l on l.estate_id = s.estate_id and l.source_id = s.id
        where s.removed_at is null and l.expires_at > clock_timestamp()) as sources_held;
