-- Hits that clear: of windows that were taken, are missed no longer, and have raised. Parameters: now. Columns: how many.
-- Callers: incident/rule_watch.c.
with hit as (
    insert into rule_hit (estate_id, t_event, rule_id, dedup, rule_version, begins, thing, number, duty_id, building_id, note)
    select s.estate_id, $1::timestamptz, s.rule_id, md5(format('%s/%s/%s/%s', w.duty_id, w.place_id, w.t_from, w.version))::uuid,
           s.rule_version, false, s.thing, row_number() over (order by w.id), s.duty_id, s.building_id, v.verdict || ': ' || v.reason
    from rule_window w
    join verdict v on v.estate_id = w.estate_id and v.t_from = w.t_from and v.duty_id = w.duty_id and v.place_id = w.place_id
                  and v.version = w.version
    join rule_state s on s.estate_id = w.estate_id and s.state <> 'clear'
                     and s.thing = format('w%s/%s/%s', w.duty_id, w.place_id, extract(epoch from w.t_from)::bigint)
    where w.taken and not w.missed
      and not exists (select from rule_window l
                      where l.taken and l.estate_id = w.estate_id and l.t_from = w.t_from and l.duty_id = w.duty_id
                        and l.place_id = w.place_id and l.version > w.version)
    on conflict do nothing
    returning 1
)
select count(*) from hit;
