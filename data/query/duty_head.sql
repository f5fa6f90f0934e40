-- A duty's last version. Parameters: estate, id. Columns: version, when the duty ends (infinity: never; null: no version
-- of it was ever valid), now; no row: there is no such duty. Callers: duty (duty_close).
select max(version) as version,
       max(coalesce(valid_to, 'infinity')) filter (where valid_to is null or valid_to > valid_from) as ends_at, now()
from duty
where estate_id = $1::bigint and id = $2::bigint
group by id;
