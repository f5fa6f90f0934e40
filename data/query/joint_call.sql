-- Calls the department that answers for a field. Parameters: estate id, joint response's id, incident id, field, at, seconds to
-- acknowledge (null: the department's, else the field's). Columns: id (null: it was not called), whether there is such a field, whether
-- a department answers for it there. Callers: incident/joint.c.
with field as (
    select f.code, f.ack_s from joint_field f where f.code = $4::text
), department as (
    select o.organisation_id, o.ack_s from field f cross join lateral field_organisation_of($1::bigint, f.code) o
), called as (
    insert into joint_call (estate_id, joint_id, incident_id, field, organisation_id, called_at, ack_due_at)
    select $1::bigint, $2::bigint, $3::bigint, f.code, d.organisation_id, $5::timestamptz,
           $5::timestamptz + coalesce($6::bigint, d.ack_s, f.ack_s) * interval '1 second'
    from field f
    cross join department d
    on conflict (estate_id, joint_id, field) do nothing
    returning id
)
select (select id from called), exists (select from field), exists (select from department);
