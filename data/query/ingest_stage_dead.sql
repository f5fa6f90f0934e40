-- A batch's dead letters on their way in. Once a connection. Callers: ingest/store.c.
create temp table if not exists stage_dead (like hutong.dead_letter) on commit delete rows;
