-- Takes notices that are due to be sent, a few of each contact: who takes them has them until the lease is over, and then they are
-- anybody's again. What is older than a week helps nobody. With the first attempt the time to answer begins.
-- Parameters: contacts that are busy, how many of a contact, how many in all, lease in microseconds.
-- Columns: estate_id, recorded_at, id, attempt, contact_id, key, channel, url, secret, line, link, body. Callers: incident/deliver.c.
with due as materialized (
    select n.estate_id, n.recorded_at, n.id
    from contact c
    cross join lateral (
        select x.estate_id, x.recorded_at, x.id
        from notice x
        where x.contact_id = c.id and x.next_at <= clock_timestamp() and x.recorded_at > now() - interval '7 days'
        order by x.next_at
        limit $2::bigint
        for update skip locked
    ) n
    where c.id <> all ($1::bigint[])
    limit $3::bigint
)
update notice n
set attempts = n.attempts + 1, next_at = clock_timestamp() + $4::bigint * interval '1 microsecond',
    ack_by = case when n.asks and n.attempts = 0 then clock_timestamp() + c.ack_s * interval '1 second' else n.ack_by end
from due d
cross join contact c
where n.estate_id = d.estate_id and n.recorded_at = d.recorded_at and n.id = d.id and c.id = n.contact_id
returning n.estate_id, n.recorded_at, n.id, n.attempts, n.contact_id, n.key, c.channel, c.url, c.secret, n.line, n.link, n.body;
