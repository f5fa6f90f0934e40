-- Whether an incident can be taken back: nobody has touched it, it may be revoked where it stands, and nothing it rests on holds
-- any more. Parameters: estate_id, id. Columns: whether. Callers: incident/rule_raise.c.
select exists (
    select
    from incident i
    join incident_move m on m.procedure = i.procedure and m.state = i.state and m.step = 'revoke'
    where i.estate_id = $1::bigint and i.id = $2::bigint and not i.touched and i.closed_at is null
      and not exists (select from rule_state s where s.estate_id = i.estate_id and s.incident_id = i.id and s.state <> 'clear')
) as may;
