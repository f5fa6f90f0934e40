-- Notes that the broker holds no session of a source any more; then nobody needs to know what its messages said. Fenced:
-- only who has the lease can know.
-- Parameters: estate_id, source_id, owner, epoch. Columns: id; no row when the lease is lost. Callers: ingest/source.c.
with emptied as (
    update lease set topics = '{}'
    where estate_id = $1::bigint and source_id = $2::bigint and owner = $3::text and epoch = $4::bigint
    returning estate_id, source_id
), parted as (
    update source_stat t set session_at = null, away_at = null
    from emptied e
    where t.estate_id = e.estate_id and t.source_id = e.source_id
), unlearnt as (
    delete from source_memory m
    using emptied e
    where m.estate_id = e.estate_id and m.source_id = e.source_id
)
update source s
set forgotten_at = now()
from emptied e
where s.id = e.source_id
returning s.id;
