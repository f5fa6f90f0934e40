-- A batch's positions on their way in: columns of fix, the row's number in the batch, and the estate it is in.
-- Once a connection. Callers: ingest/store.c.
create temp table if not exists stage_fix (like hutong.fix, row_no integer not null,
                                           at_estate_id bigint) on commit delete rows;
