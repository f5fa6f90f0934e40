-- Which department answers for a field, of an estate, of a district, or of all. Parameters: field, estate_id (null: not of one), the
-- district's code (null: not of one), organisation_id, seconds to acknowledge (null: the field's). Columns: whether there is such a field,
-- such a district, and the organisation is a department; when it is all true, it is stored. Callers: cli import contacts,
-- cli/demo_people.c.
with named as (
    select (select f.code from joint_field f where f.code = $1::text) as field,
           (select d.id from district d where d.code = $3::text) as district_id,
           (select o.id from organisation o where o.id = $4::bigint and o.kind = 'department') as organisation_id
), put as (
    insert into field_organisation as o (field, estate_id, district_id, organisation_id, ack_s)
    select n.field, $2::bigint, n.district_id, n.organisation_id, $5::bigint
    from named n
    where n.field is not null and n.organisation_id is not null and (n.district_id is not null or $3::text is null)
    on conflict (field, coalesce(estate_id, -1), coalesce(district_id, -1))
        do update set organisation_id = excluded.organisation_id, ack_s = excluded.ack_s
)
select n.field is not null, n.district_id is not null or $3::text is null, n.organisation_id is not null from named n;
