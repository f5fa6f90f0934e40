-- A batch's other events on their way in. Once a connection. Callers: ingest/store.c.
create temp table if not exists stage_event (like hutong.event) on commit delete rows;
