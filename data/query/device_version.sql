-- Whether a source's devices, or the buildings they are bound to, are others than were read.
-- Parameters: source_id. Columns: registry_version, place_version, whether unknown devices are quarantined.
-- Callers: ingest/registry.c.
select s.registry_version, (select version from place_version), s.admission = 'quarantine'
from source s
where s.id = $1::bigint;
