-- What an incident of this rule would be, and whether there is a reason against it now.
-- Parameters: estate_id, rule_id, rule_version, home_estate_id, device_id, building_id, storey, lon, lat, duty_id, thing, now.
-- Columns: whether the rule is still switched on, category, severity (null: the category's), quiet (wait, drop), when the quiet hours
-- that hold now end, merge key, the open incident of that key, until when the last closed one of it lets nothing follow, title,
-- lon, lat, to which organisation it is sent at once (null: a dispatcher decides), whether it is of many places (of none then). A
-- night is the estate's day on which the window begins, or began before noon. A person's thing is a pseudonym, which no incident
-- keeps: the key has its hash. Callers: incident/rule_raise.c.
with named as materialized (
    select r.*, e.tz, b.lon as b_lon, b.lat as b_lat,
           coalesce(b.name, b.codes[1]) as building, d.name as device, u.name as duty,
           u.organisation_id as duty_organisation_id, w.night,
           r.category || ':' || case when $10::bigint is not null then 'duty ' || $10::bigint || ':' else '' end || case
               when w.night is not null then 'night ' || w.night
               when r.merge_by = 'storey' and $6::bigint is not null and $7::bigint is not null
                   then 'building ' || $6::bigint || ' storey ' || $7::bigint
               when r.merge_by <> 'device' and $6::bigint is not null then 'building ' || $6::bigint
               when r.merge_by = 'place' and $8::double precision is not null
                   then 'place ' || round($8::double precision::numeric, 3) || ' ' || round($9::double precision::numeric, 3)
               when $5::bigint is not null then 'device ' || $5::bigint
               else 'thing ' || md5($11::text) end as merge_key
    from rule r
    join estate e on e.id = $1::bigint
    left join building b on b.estate_id = $1::bigint and b.id = $6::bigint
    left join device d on d.estate_id = $4::bigint and d.id = $5::bigint
    left join lateral (
        select y.name, y.organisation_id from duty y where y.estate_id = $1::bigint and y.id = $10::bigint order by y.version desc limit 1
    ) u on true
    left join lateral (
        select (to_timestamp(substring($11::text from '^w\d+/\d+/(\d+)$')::bigint) at time zone e.tz - interval '12 hours')::date as night
        where r.merge_by = 'duty_night' and $10::bigint is not null
    ) w on true
    where r.id = $2::bigint and r.version = $3::bigint
)
select exists (select from rule o where o.id = n.id and o.valid_to is null and o.enabled) as enabled, n.category, n.severity::text,
       n.quiet, quiet_end($12::timestamptz, n.tz, n.quiet_from, n.quiet_to), n.merge_key,
       (select i.id from incident i where i.estate_id = $1::bigint and i.merge_key = n.merge_key and i.closed_at is null) as open,
       (select max(i.closed_at) + n.merge_s * interval '1 second' from incident i
        where n.merge_s > 0 and i.estate_id = $1::bigint and i.merge_key = n.merge_key and i.closed_at is not null) as rests_until,
       left(concat_ws(' ', case when n.night is null then n.building || coalesce($7::bigint || '层', '') else to_char(n.night, 'MM-DD') || '夜' end,
                      coalesce(n.device, n.duty), n.name), 200) as title,
       case when n.night is null then coalesce($8::double precision, n.b_lon) end,
       case when n.night is null then coalesce($9::double precision, n.b_lat) end,
       case n.send when 'site' then site_organisation_of($1::bigint, $6::bigint) when 'duty' then n.duty_organisation_id end as send_to,
       n.night is not null as many
from named n;
