-- Keeps an answer for who asks again with the same key, and lets go of up to 100 that are older than 30 days. A key that
-- another request has taken meanwhile is a unique violation.
-- Parameters: estate id, actor, key, digest, status, location or null, body or null. Callers: api/write.c.
with old as (
    delete from request_answer
    where (estate_id, actor, key) in (
        select estate_id, actor, key from request_answer where recorded_at < now() - interval '30 days'
        order by recorded_at limit 100 for update skip locked
    )
)
insert into request_answer (estate_id, actor, key, digest, status, location, body)
values ($1::bigint, $2::text, $3::text, $4::uuid, $5::bigint, $6::text, $7::text);
