-- Makes a token of an account. Parameters: account's name, token's name, hash (bytea), purpose or null, expires_at or null.
-- Columns: id; no row: there is no such account. Callers: cli token add.
insert into token (account_id, name, hash, purpose, expires_at)
select id, $2::text, $3::bytea, $4::text, $5::timestamptz from account where name = $1::text and revoked_at is null
returning id;
