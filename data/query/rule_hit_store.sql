-- What a batch's events begin and clear by the rules, with what judge needs. A thing is who told of it, by channel and the
-- sender's name of what it is about. What changes nothing - begun again, or cleared while it is clear - leaves no row, unless
-- judge has not yet settled what was said before.
-- Parameters: [{row_no, estate_id, rule_id, version, begins}] of stage_event. Columns: hits written, nothing (judge is told).
-- Callers: ingest/store_rule.c.
with told as materialized (
    select h.*, s.t_event, s.dedup, s.estate_id as home_estate_id, coalesce(s.station_id, s.device_id) as device_id,
           s.building_id, s.storey, s.lon, s.lat,
           concat_ws('/', coalesce('d' || coalesce(s.station_id, s.device_id), 's' || s.subject), s.channel,
                     coalesce(s.native_id, '')) as thing
    from jsonb_to_recordset($1::text::jsonb) as h (row_no integer, estate_id bigint, rule_id bigint, version integer, begins boolean)
    join stage_event s on s.row_no = h.row_no
), news as (
    select t.*, count(*) over (partition by t.estate_id, t.rule_id, t.thing) > 1 as several,
           exists (select from rule_state s
                   where s.estate_id = t.estate_id and s.rule_id = t.rule_id and s.thing = t.thing and s.state <> 'clear') as so
    from told t
), hit as (
    insert into rule_hit (estate_id, t_event, rule_id, dedup, rule_version, begins, thing, number, home_estate_id, device_id,
                          building_id, storey, lon, lat)
    select estate_id, t_event, rule_id, dedup, version, begins, thing, row_no, home_estate_id, device_id, building_id, storey,
           lon, lat
    from news n
    where n.begins <> n.so or n.several
       or exists (select from rule_hit o
                  where o.estate_id = n.estate_id and o.rule_id = n.rule_id and o.thing = n.thing and o.settled_at is null
                    and o.t_event > now() - interval '8 days')
    order by estate_id, t_event, rule_id, dedup
    on conflict do nothing
    returning 1
)
select count(*), case when count(*) > 0 then pg_notify('hutong_rule', '')::text end from hit;
