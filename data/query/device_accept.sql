-- Accepts devices of a source.
-- Parameters: estate_id, source_id, native ids (text[]) or null: all that wait. Columns: native_id, whether it was in
-- quarantine. Callers: cli/device.c.
with named as materialized (
    select estate_id, id, state
    from device
    where estate_id = $1::bigint and source_id = $2::bigint and valid_to is null
      and (native_id = any ($3::text[]) or ($3::text[] is null and (state <> 'accepted' or appeared)))
    order by id
    for update
)
update device d set state = 'accepted', appeared = false
from named n
where d.estate_id = n.estate_id and d.id = n.id
returning d.native_id, n.state = 'quarantined';
