-- A wrong password: the fifth within a quarter of an hour locks the account for a quarter of an hour.
-- Parameters: account id. Columns: failed (within the quarter of an hour), locked_until (null: not locked), locked (by this
-- one just now). Callers: api (POST /api/session).
with counted as (
    select id, case when failed_since > now() - interval '15 minutes' then failed + 1 else 1 end as failed,
           case when failed_since > now() - interval '15 minutes' then failed_since else now() end as failed_since,
           coalesce(locked_until > now(), false) as was_locked
    from account
    where id = $1::bigint
    for update
)
update account a
set failed = c.failed, failed_since = c.failed_since,
    locked_until = case when c.was_locked then a.locked_until
                        when c.failed >= 5 then now() + interval '15 minutes' end
from counted c
where a.id = c.id
returning a.failed, a.locked_until, a.locked_until is not null and not c.was_locked as locked;
