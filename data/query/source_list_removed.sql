-- Sources that are no longer in use while the broker may still hold their sessions.
-- Columns: id, estate_id, name. Callers: ingest/source.c.
select id, estate_id, name from source where removed_at is not null and forgotten_at is null order by id;
