-- A batch's other events on their way in: columns of event, the row's number in the batch, and what of its device it is
-- the state of.
-- Once a connection. Callers: ingest/store.c.
create temp table if not exists stage_event (like hutong.event, row_no integer not null,
                                             channel text not null) on commit delete rows;
