-- A batch's positions on their way in: columns of fix, the row's number in the batch, and the label of a thing.
-- Once a connection. Callers: ingest/store.c.
create temp table if not exists stage_fix (like hutong.fix, row_no integer not null, label text) on commit delete rows;
