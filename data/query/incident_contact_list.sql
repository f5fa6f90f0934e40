-- Who called about an incident or one that went into it, until they come to their end; the incident held in that state until COMMIT.
-- Parameters: estate_id, incident_id. Columns: whether contacts are open, incident_id, added_at, locked (of the last three null:
-- there is none). No row: there is no such incident. Callers: incident/contact.c.
with held as materialized (
    select i.estate_id, i.id from incident i where i.estate_id = $1::bigint and i.id = $2::bigint for share
)
select incident_contact_open(h.estate_id, h.id) as open, c.incident_id, c.added_at, c.locked
from held h
left join incident_contact c on c.estate_id = h.estate_id and c.sealed_at is null
                            and c.incident_id in (select incident_family(h.estate_id, h.id))
                            and incident_contact_open(h.estate_id, h.id)
order by c.added_at, c.id;
