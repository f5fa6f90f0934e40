-- The newest joint response of an incident as CAP 1.2 tells it.
-- Parameters: estate id, incident id. Columns: joint id, version, sent, the references to the versions before (null: none), expires, stood
-- down, drill, sender, category (CAP's), event, event_en, gb_class, code, severity, whether somebody saw it, addresses, called, called_en
-- (the departments), place, place_en, polygons (a ring a line), circle (each or null), estate's code or null. No row: there is none.
-- Callers: incident/cap.c.
select j.id, cardinality(j.told_at), cap_time(j.told_at[cardinality(j.told_at)], e.tz),
       (select string_agg(concat_ws(',', s.sender, concat_ws('-', 'HT', j.estate_id, j.id, t.n), cap_time(t.at, e.tz)), ' ' order by t.n)
        from unnest(j.told_at) with ordinality t (at, n)
        where t.n < cardinality(j.told_at)),
       cap_time(j.told_at[cardinality(j.told_at)] + interval '7 days', e.tz), j.stood_down_at is not null, i.drill, s.sender, c.cap, c.name,
       c.name_en, c.gb_class, c.code, i.severity::text, i.origin not in ('rule', 'window', 'silence'), d.addresses, d.called, d.called_en,
       concat_ws(' ', e.name, p.name, p.storey || '层'), concat_ws(' ', coalesce(e.name_en, e.name), coalesce(p.name_en, p.name), 'storey ' || p.storey),
       case when p.id is not null then cap_polygons(p.geom) when p.lon is null then cap_polygons(e.geom) end,
       case when p.id is null and p.lon is not null
            then format('%s,%s 0.1', round(p.lat::numeric, 7), round(p.lon::numeric, 7)) end, e.code
from incident i
join lateral (select * from joint x where x.estate_id = i.estate_id and x.incident_id = i.id order by x.id desc limit 1) j on true
join incident_category c on c.code = i.category
join estate e on e.id = i.estate_id
left join community u on u.id = e.community_id
left join street t on t.id = u.street_id
left join district r on r.id = t.district_id
cross join lateral (select 'hutong:' || regexp_replace(coalesce(r.code, 'unassigned'), '[^A-Za-z0-9._-]', '-', 'g') as sender) s
cross join lateral (
    select string_agg('"' || translate(o.code, '"', '''') || '"', ' ' order by f.rank) as addresses, string_agg(f.name, '、' order by f.rank) as called,
           string_agg(f.name_en, ', ' order by f.rank) as called_en
    from joint_call k
    join joint_field f on f.code = k.field
    join organisation o on o.id = k.organisation_id
    where k.estate_id = j.estate_id and k.joint_id = j.id
) d
left join lateral (
    select b.id, b.geom, coalesce(b.name, b.codes[1]) as name, b.name_en, i.storey, i.lon, i.lat
    from (values (i.building_id)) v (id)
    left join building b on b.estate_id = i.estate_id and b.id = v.id
) p on true
where i.estate_id = $1::bigint and i.id = $2::bigint;
