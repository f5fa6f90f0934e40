-- Makes an account; one of that name that was revoked begins anew, without its old roles.
-- Parameters: name, label or null, password_hash or null, OIDC issuer and subject or null.
-- Columns: id, nothing (servers are told); no row: the name is in use. Callers: cli user add, cli token add.
insert into account (name, label, password_hash, oidc_issuer, oidc_subject, password_changed_at)
values ($1::text, $2::text, $3::text, $4::text, $5::text, case when $3::text is not null then now() end)
on conflict (name) do update
set label = excluded.label, password_hash = excluded.password_hash, oidc_issuer = excluded.oidc_issuer,
    oidc_subject = excluded.oidc_subject, password_changed_at = excluded.password_changed_at, revoked_at = null,
    failed = 0, failed_since = null, locked_until = null
where account.revoked_at is not null
returning id, pg_notify('hutong_access', '');
