-- What follows of a step that was just taken, in its transaction: it answers what was asked before (notice_answer), and whoever is to
-- be told of it (notice_rule) has a row in the outbox. What departments are asked is theirs to answer (joint_notice).
-- Parameters: estate ids and incident ids (of the same length), step, actor (null: the platform). Columns: nothing. Callers: incident/notice.c.
with answered as (
    update notice n
    set state = 'acknowledged', next_at = null, ack_by = null, acked_at = now(), acked_by = coalesce($4::text, 'hutong')
    from unnest($1::bigint[], $2::bigint[]) w (estate_id, incident_id)
    where exists (select from notice_answer a where a.step = $3::text) and n.estate_id = w.estate_id and n.incident_id = w.incident_id
      and n.recorded_at > now() - interval '30 days' and n.asks and n.call_id is null and n.state in ('pending', 'sent')
)
insert into notice (estate_id, incident_id, step, contact_id, organisation_id, level, asks, line, link, body)
select distinct on (i.estate_id, i.id, c.contact_id)
       i.estate_id, i.id, r.step, c.contact_id, c.organisation_id, c.rank, r.asks, notice_line(i, r.name),
       concat('#', '&building=' || i.building_id, '&incident=', i.id), notice_body(i, r.step, r.name, r.name_en)
from unnest($1::bigint[], $2::bigint[]) w (estate_id, incident_id)
join incident i on i.estate_id = w.estate_id and i.id = w.incident_id
join estate e on e.id = i.estate_id
join notice_rule r on r.step = $3::text and r.whom <> 'department'
left join shift s on s.estate_id = i.estate_id and s.id = i.shift_id
cross join lateral notice_next(i.estate_id, i.id, r.step, statement_timestamp(),
                               case r.whom when 'organisation' then coalesce(i.organisation_id, s.organisation_id)
                                           when 'estate' then e.organisation_id else level_organisation_of(i.estate_id, i.level) end,
                               0::smallint, i.level) c
where exists (select from contact)
order by i.estate_id, i.id, c.contact_id, r.asks desc;
