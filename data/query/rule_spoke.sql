-- Hits that clear: of silent devices that spoke again, or are gone. Parameters: now. Columns: how many.
-- Callers: incident/rule_watch.c.
with hit as (
    insert into rule_hit (estate_id, t_event, rule_id, dedup, rule_version, begins, thing, home_estate_id, device_id, building_id, storey)
    select s.estate_id, $1::timestamptz, s.rule_id, md5(format('spoke %s %s', d.id, d.last_seen))::uuid, s.rule_version, false, s.thing,
           s.home_estate_id, s.device_id, s.building_id, s.storey
    from rule_state s
    join rule r on r.id = s.rule_id and r.version = s.rule_version and r.watches = 'silence'
    join device d on d.estate_id = s.home_estate_id and d.id = s.device_id
    where s.state <> 'clear' and (d.last_seen > s.since or d.valid_to is not null)
    on conflict do nothing
    returning 1
)
select count(*) from hit;
