-- Who is told for an organisation at a place of its order. Another address, channel, secret or time ends the contact there was and opens a
-- new one: notices name the one they went to. Parameters: organisation_id, position, label, channel, url, secret (null: none), ack_s,
-- until (null: for good). Columns: what was done: same, changed, made. Callers: cli import contacts.
with current as (
    select c.id, (c.label, c.channel, c.url, c.secret, c.ack_s) is not distinct from ($3::text, $4::text, $5::text, $6::text, $7::bigint)
                     as alike, c.valid_to is not distinct from $8::timestamptz as ends
    from contact c
    where c.organisation_id = $1::bigint and c.position = $2::bigint and (c.valid_to is null or c.valid_to > now())
    order by c.valid_from desc
    limit 1
), decided as (
    select case when count(*) = 0 then 'made' when bool_and(alike and ends) then 'same' else 'changed' end as done,
           coalesce(bool_and(alike), false) as alike
    from current
), ended as (
    update contact c
    set valid_to = case when d.alike then $8::timestamptz else now() end
    from current x, decided d
    where c.id = x.id and d.done = 'changed'
    returning c.id
), made as (
    insert into contact (organisation_id, position, label, channel, url, secret, ack_s, valid_to)
    select $1::bigint, $2::bigint, $3::text, $4::text, $5::text, $6::text, $7::bigint, $8::timestamptz
    from decided d
    cross join (select count(*) from ended) first
    where not d.alike
    returning id
)
select done, (select count(*) from made) from decided;
