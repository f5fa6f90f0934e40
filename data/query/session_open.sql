-- Opens a session, of an account or of a shift (the other null), and clears away those that ended 30 days ago. A shift's
-- session ends with it. An account that was revoked, or given another password, while this one was checked gets none.
-- Parameters: id (uuid), hash (bytea), csrf, account id, estate id, shift id, address, life in seconds, the password hash
-- that was checked (null: of a shift).
-- Columns: expires_at; no row: none was opened. Callers: api (POST /api/session).
with old as (
    delete from session where least(expires_at, ended_at) < now() - interval '30 days'
)
insert into session (id, hash, csrf, account_id, estate_id, shift_id, address, expires_at)
select $1::uuid, $2::bytea, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::text,
       least(now() + make_interval(secs => $8::bigint),
             (select ends_at from shift where estate_id = $5::bigint and id = $6::bigint))
where $4::bigint is null
   or exists (select from account where id = $4::bigint and revoked_at is null and password_hash = $9::text for share)
returning expires_at;
