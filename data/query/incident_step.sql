-- Takes a step that incident_lock.sql has allowed. Parameters: estate_id, id, step, at, actor (null: the platform), note,
-- organisation_id (of dispatch and supervise), shift_id (of dispatch), other incident (of merge), detail (JSON; null: none).
-- Columns: version, state. Callers: incident/act.c.
with taken as (
    update incident i
    set version = i.version + 1, touched = i.touched or $5::text is not null,
        state = coalesce(m.next, case when m.step in ('resume', 'split') then i.before else i.state end),
        before = case when m.step in ('pause', 'merge') then i.state when m.step = 'resume' then null else i.before end,
        state_at = case when m.next is null and m.step not in ('resume', 'split') then i.state_at else $4::timestamptz end,
        deferred = i.deferred or m.step = 'defer', level = i.level + (m.step = 'escalate')::integer,
        organisation_id = case m.step when 'dispatch' then coalesce($7::bigint, i.organisation_id) when 'escalate' then null
                                      else i.organisation_id end,
        shift_id = case when m.step = 'dispatch' then $8::bigint when m.step in ('escalate', 'refuse') then null else i.shift_id end,
        merged_into = case m.step when 'merge' then $9::bigint when 'split' then null else i.merged_into end,
        merge_key = case m.step when 'split' then null else i.merge_key end,
        closed_at = case when m.next in ('closed', 'rejected', 'merged') then $4::timestamptz
                         when m.step in ('reopen', 'split') then null else i.closed_at end
    from incident_move m
    where i.estate_id = $1::bigint and i.id = $2::bigint and m.state = i.state and m.step = $3::text
    returning i.estate_id, i.id, i.version, i.state
), noted as (
    insert into incident_step (estate_id, incident_id, step, at, state, actor, note, organisation_id, detail)
    select t.estate_id, t.id, $3::text, $4::timestamptz, t.state, coalesce($5::text, 'hutong'), $6::text, $7::bigint, $10::jsonb
    from taken t
)
select version, state::text from taken;
