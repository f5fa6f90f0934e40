-- How many windows came out how, by group and in all. A rate's denominator is met + missed: what is unknown, waived or still
-- to come is in neither part. due: what is decided.
-- Parameters: estate id or null, from, to (of their beginnings), by ('duty', 'place_kind', 'organisation').
-- Columns: total (the row of all), estate_id (by duty), id, label, label_en of the group, due, met, missed, unknown, waived,
-- pending, open. Callers: api (GET /api/windows/summary).
with counted as (
    select grouping(w.estate_id, w.id, w.kind) as level, w.estate_id, w.id, w.kind,
           count(*) filter (where w.verdict is not null) as due,
           count(*) filter (where w.verdict = 'met') as met,
           count(*) filter (where w.verdict = 'missed') as missed,
           count(*) filter (where w.verdict = 'unknown') as unknown,
           count(*) filter (where w.verdict = 'waived') as waived,
           count(*) filter (where w.verdict is null and w.t_from > now()) as pending,
           count(*) filter (where w.verdict is null and w.t_from <= now()) as open
    from (
        select t_from, verdict, case $4::text when 'duty' then estate_id end as estate_id,
               case $4::text when 'duty' then duty_id when 'organisation' then organisation_id end as id,
               case $4::text when 'place_kind' then place_kind end as kind
        from duty_window
        where t_from >= $2::timestamptz and t_from < $3::timestamptz and ($1::bigint is null or estate_id = $1::bigint)
    ) w
    group by grouping sets ((w.estate_id, w.id, w.kind), ())
)
select c.level > 0 as total, c.estate_id, c.id, coalesce(d.name, o.name, c.kind::text) as label,
       coalesce(d.name_en, o.name_en) as label_en, c.due, c.met, c.missed, c.unknown, c.waived, c.pending, c.open
from counted c
left join lateral (
    select x.name, x.name_en from duty x
    where $4::text = 'duty' and c.level = 0 and x.estate_id = c.estate_id and x.id = c.id order by x.version desc limit 1
) d on true
left join organisation o on $4::text = 'organisation' and c.level = 0 and o.id = c.id
order by c.level > 0, c.missed desc, c.unknown desc, c.estate_id, c.id, c.kind;
