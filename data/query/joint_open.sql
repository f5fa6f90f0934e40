-- The open joint response of an incident: made when there is none, else told anew. Its incident is locked.
-- Parameters: estate id, incident id, reason, actor, at. Columns: id. Callers: incident/joint.c.
insert into joint as j (estate_id, incident_id, reason, called_by, called_at, told_at)
values ($1::bigint, $2::bigint, $3::text, $4::text, $5::timestamptz, array[$5::timestamptz])
on conflict (estate_id, incident_id) where stood_down_at is null do update set told_at = j.told_at || $5::timestamptz
returning id;
