-- Writes down that somebody changed what belongs to an estate, in the transaction that changes it.
-- Parameters: estate id, session (uuid) or null, actor, action ("change duty"), purpose or null, note. Callers: api/write.c.
insert into audit (estate_id, session, actor, action, purpose, note)
values ($1::bigint, $2::uuid, $3::text, $4::text, $5::text, $6::text);
