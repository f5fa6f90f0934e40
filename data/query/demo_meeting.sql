-- The demo's meeting of a community, three days ago, about the estate whose incident is open for longest: what it resolved about that, and
-- something that is overdue by now. Parameters: now. Columns: nothing. Callers: cli/demo_incident.c.
with longest as (
    select i.estate_id, i.id, e.organisation_id
    from incident i
    join estate e on e.id = i.estate_id
    where i.closed_at is null and not i.drill and e.organisation_id is not null
    order by i.reported_at
    limit 1
), held as (
    insert into meeting (estate_id, level, organisation_id, held_at, made_at, made_by)
    select l.estate_id, 1, o.id, $1::timestamptz - interval '3 days', $1::timestamptz - interval '3 days', 'demo'
    from longest l
    join organisation o on o.code = 'demo-governance'
    returning estate_id, id, level, made_at
)
insert into resolution (estate_id, meeting_id, level, incident_id, organisation_id, text, made_at, made_by, deadline, warn_at)
select h.estate_id, h.id, h.level, case when t.about then l.id end, l.organisation_id, t.text, h.made_at, 'demo', t.deadline,
       t.deadline - (t.deadline - h.made_at) / 5
from held h
join longest l on l.estate_id = h.estate_id
cross join (values (true, '更换门禁主机,恢复后由社区回访', $1::timestamptz + interval '2 days'),
                   (false, '公示本季度维修资金使用情况', $1::timestamptz - interval '1 hour')) t (about, text, deadline);
