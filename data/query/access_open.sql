-- Is the server open? It is while nobody has an account. Columns: open.
-- Callers: api (sign-in, start), cli.
select not exists (select from account where revoked_at is null) as open;
