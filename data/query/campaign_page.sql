-- Campaigns (专项行动), the latest first, a page at a time. Parameters: beginning and id of the page before's last row (both null:
-- the first page), at most so many.
-- Columns: id, code, name, name_en, t_from, t_to, duties (of the scope, that name it or did in an earlier version).
-- Callers: api (GET /api/campaigns).
select c.id, c.code, c.name, c.name_en, c.t_from, c.t_to,
       (select count(distinct (d.estate_id, d.id)) from duty d where d.campaign_id = c.id) as duties
from campaign c
where $1::timestamptz is null or (c.t_from, c.id) < ($1::timestamptz, $2::bigint)
order by c.t_from desc, c.id desc
limit $3::bigint;
