-- Writes down what somebody did: signed in or out, failed to, said a purpose, changed accounts.
-- Parameters: session (uuid) or null, actor, action, purpose or null, note or null. Callers: api, cli.
insert into audit (estate_id, session, actor, action, purpose, note)
values (0, $1::uuid, $2::text, $3::text, $4::text, $5::text);
