-- A batch's other events on their way in: columns of event, and the row's number in the batch. channel
-- is empty, not null, of what is the state of its device as a whole.
-- Once a connection. Callers: ingest/store.c.
create temp table if not exists stage_event (like hutong.event, row_no integer not null) on commit delete rows;
