-- Takes a step that incident_lock.sql has allowed. What was reported goes with a merger and comes back with a split; at its end the
-- contacts of an incident, and of those that went into it, are sealed.
-- Parameters: estate_id, id, step, at, actor (null: the platform), note, organisation_id (of dispatch and supervise), shift_id (of
-- dispatch; of accept and arrive: the one that takes over what was sent to nobody particular), other incident (of merge), detail
-- (JSON; null: none), locked (of a dispute: what stands for the note).
-- Columns: version, state, whether it is at its end. Callers: incident/act.c.
with before as materialized (
    select reports, merged_into from incident where estate_id = $1::bigint and id = $2::bigint
), taken as (
    update incident i
    set version = i.version + 1, touched = i.touched or $5::text is not null,
        state = coalesce(m.next, case when m.step in ('resume', 'split') then i.before else i.state end),
        before = case when m.step in ('pause', 'merge') then i.state when m.step = 'resume' then null else i.before end,
        state_at = case when m.next is null and m.step not in ('resume', 'split') then i.state_at else $4::timestamptz end,
        deferred = i.deferred or m.step = 'defer', level = i.level + (m.step = 'escalate')::integer,
        organisation_id = case m.step when 'dispatch' then coalesce($7::bigint, i.organisation_id) when 'escalate' then null
                                      else i.organisation_id end,
        shift_id = case when m.step = 'dispatch' then $8::bigint when m.step in ('escalate', 'refuse') then null
                        when m.step in ('accept', 'arrive') then coalesce(i.shift_id, $8::bigint) else i.shift_id end,
        merged_into = case m.step when 'merge' then $9::bigint when 'split' then null else i.merged_into end,
        merge_key = case m.step when 'split' then null else i.merge_key end,
        closed_at = case when m.next in ('closed', 'rejected', 'merged') then $4::timestamptz
                         when m.step in ('reopen', 'split') then null else i.closed_at end
    from incident_move m
    where i.estate_id = $1::bigint and i.id = $2::bigint and m.procedure = i.procedure and m.state = i.state and m.step = $3::text
    returning i.estate_id, i.id, i.version, i.state, i.closed_at, i.organisation_id, i.shift_id,
              coalesce(i.closed_at, 'infinity') as over_at
), noted as (
    insert into incident_step (estate_id, incident_id, step, at, state, actor, note, organisation_id, detail, locked)
    select t.estate_id, t.id, $3::text, $4::timestamptz, t.state, coalesce($5::text, 'hutong'), $6::text, $7::bigint, $10::jsonb,
           $11::bytea
    from taken t
), moved as (
    update incident i
    set reports = i.reports + case $3::text when 'merge' then b.reports else -b.reports end, version = i.version + 1
    from before b
    where $3::text in ('merge', 'split') and i.estate_id = $1::bigint and i.id <> $2::bigint
      and i.id in (select incident_way($1::bigint, case $3::text when 'merge' then $9::bigint else b.merged_into end))
), sealed as (
    update incident_contact c
    set sealed_at = $4::timestamptz
    from taken t
    where t.state in ('closed', 'rejected') and c.estate_id = t.estate_id and c.sealed_at is null
      and c.incident_id in (select incident_family($1::bigint, $2::bigint))
), goes as ( -- somebody else than before
    select t.*
    from taken t
    where num_nonnulls(t.organisation_id, t.shift_id) > 0
      and ($3::text = 'dispatch'
           or ($3::text in ('accept', 'arrive') and t.shift_id is not null
               and exists (select from task s
                           where s.estate_id = t.estate_id and s.incident_id = t.id and s.ended_at is null and s.shift_id is null)))
), ended as (
    update task s
    set over_at = t.over_at,
        ended_at = case when t.state in ('reported', 'filed') or exists (select from goes) then coalesce(s.ended_at, $4::timestamptz)
                        else s.ended_at end
    from taken t
    where s.estate_id = t.estate_id and s.incident_id = t.id
      and (s.over_at <> t.over_at
           or (s.ended_at is null and (t.state in ('reported', 'filed') or exists (select from goes))))
), sent as (
    insert into task (estate_id, incident_id, organisation_id, shift_id, sent_at)
    select g.estate_id, g.id, coalesce($7::bigint, h.organisation_id, g.organisation_id), g.shift_id, $4::timestamptz
    from goes g
    left join shift h on h.estate_id = g.estate_id and h.id = g.shift_id
)
select version, state::text, closed_at is not null as ended from taken;
