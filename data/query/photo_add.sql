-- An incident has one more photo, whose file is there. Parameters: estate id, incident id, hash, kind, actor, bytes, width, height, taken_at
-- (or null).
-- Callers: api/photo_add.c.
insert into photo (estate_id, incident_id, hash, kind, actor, bytes, width, height, taken_at)
values ($1::bigint, $2::bigint, $3::bytea, $4::text, $5::text, $6::bigint::integer, $7::bigint::integer, $8::bigint::integer,
        $9::timestamptz);
