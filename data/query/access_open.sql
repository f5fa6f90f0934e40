-- Is the server open? It is until the first account is made; revoking the last one does not open it again. Columns: open.
-- Callers: api (sign-in, start), cli.
select not exists (select from account) as open;
