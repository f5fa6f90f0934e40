-- The shift that a code stands for, while it lasts. Parameters: hash (bytea). Columns: estate_id, shift_id, name (its call
-- sign), ends_at. No row: no such code, or not now. Callers: api (POST /api/session).
select h.estate_id, h.id as shift_id, btrim(replace(h.label, '#', '')) as name, h.ends_at
from shift_code c
join shift h on h.estate_id = c.estate_id and h.id = c.shift_id
where c.hash = $1::bytea and c.expires_at > now() and h.starts_at <= now() and h.ends_at > now();
