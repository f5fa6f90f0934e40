-- Keeps who called, locked, of an incident that is open and held by this transaction: else its end could come between.
-- Parameters: estate_id, incident_id, locked, at, whether only when it has none yet (0, 1).
-- Columns: id; no row: the incident is at its end, or has one. Callers: incident/contact.c.
insert into incident_contact (estate_id, incident_id, locked, added_at)
select $1::bigint, $2::bigint, $3::bytea, $4::timestamptz
where exists (select from incident i where i.estate_id = $1::bigint and i.id = $2::bigint and i.closed_at is null)
  and ($5::bigint = 0 or not exists (select from incident_contact c
                                     where c.estate_id = $1::bigint and c.incident_id = $2::bigint and c.sealed_at is null))
returning id;
