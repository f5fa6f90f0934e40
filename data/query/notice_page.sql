-- What was sent of incidents, the newest first, a page at a time. Where it went and who answered is not in it. Parameters: the estates that
-- the caller handles (null: all), estate id, incident id, organisation id, state (each or null), written from, to, recorded_at, estate and
-- id of the page before's last row (all null: the first page), at most so many. Columns: estate_id, id, estate, estate_en, incident_id,
-- step, organisation_id, organisation, organisation_en, position, contact, channel, level, asks, state,
-- attempts, why, recorded_at, next_at, sent_at, acked_at, ack_by, passed_at. Callers: api (GET /api/notices).
select n.estate_id, n.id, e.name, e.name_en, n.incident_id, n.step, n.organisation_id, o.name, o.name_en,
       c.position, c.label, c.channel, l.code, n.asks, n.state::text, n.attempts, n.why, n.recorded_at, n.next_at, n.sent_at, n.acked_at,
       n.ack_by, n.passed_at
from (
    select x.estate_id, x.id, x.incident_id, x.step, x.contact_id, x.organisation_id, x.level, x.asks, x.state, x.attempts, x.why,
           x.recorded_at, x.next_at, x.sent_at, x.acked_at, x.ack_by, x.passed_at
    from notice x
    where ($1::bigint[] is null or x.estate_id = any ($1::bigint[])) and ($2::bigint is null or x.estate_id = $2::bigint)
      and ($3::bigint is null or x.incident_id = $3::bigint) and ($4::bigint is null or x.organisation_id = $4::bigint)
      and ($5::text is null or x.state::text = $5::text)
      and x.recorded_at >= $6::timestamptz and x.recorded_at < $7::timestamptz
      and ($8::timestamptz is null
           or (x.recorded_at <= $8::timestamptz and (x.recorded_at, x.estate_id, x.id) < ($8::timestamptz, $9::bigint, $10::bigint)))
    order by x.recorded_at desc, x.estate_id desc, x.id desc
    limit $11::bigint
) n
join estate e on e.id = n.estate_id
left join contact c on c.id = n.contact_id
left join organisation o on o.id = n.organisation_id
left join incident_level l on l.rank = n.level
order by n.recorded_at desc, n.estate_id desc, n.id desc;
