-- A step that moves nothing: the report itself, or another one of the same. Parameters: estate_id, incident_id, step, at, state,
-- actor (null: the platform), note, locked (of a dispute: what stands for words). Columns: nothing. Callers: incident/report.c.
insert into incident_step (estate_id, incident_id, step, at, state, actor, note, locked)
values ($1::bigint, $2::bigint, $3::text, $4::timestamptz, $5::text::incident_state, coalesce($6::text, 'hutong'), $7::text,
        $8::bytea);
