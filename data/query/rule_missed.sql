-- Hits of a rule among the windows that were taken and are missed: of the duties that its filter selects.
-- Parameters: rule_id, rule_version, its estate_id (null: all), key, max_age_s, now. Columns: how many.
-- Callers: incident/rule_watch.c, with a filter.
with q as (
    select w.estate_id, w.id, w.duty_id, w.place_id, w.version, w.t_from, x.t_to, v.reason, u.key as duty, u.proof::text as proof,
           u.subject_kind::text as subject_kind, u.subject_types::text[] as subject_types, o.code as organisation, c.code as campaign,
           case x.place_kind when 'building' then x.place_id when 'entrance' then n.building_id when 'checkpoint' then k.building_id
                             else d.building_id end as building_id
    from rule_window w
    join duty_window x on x.estate_id = w.estate_id and x.t_from = w.t_from and x.duty_id = w.duty_id and x.place_id = w.place_id
    join verdict v on v.estate_id = w.estate_id and v.t_from = w.t_from and v.duty_id = w.duty_id and v.place_id = w.place_id
                  and v.version = w.version
    join duty u on u.estate_id = x.estate_id and u.id = x.duty_id and u.version = x.duty_version
    left join organisation o on o.id = u.organisation_id
    left join campaign c on c.id = u.campaign_id
    left join entrance n on x.place_kind = 'entrance' and n.estate_id = x.estate_id and n.id = x.place_id
    left join checkpoint k on x.place_kind = 'checkpoint' and k.estate_id = x.estate_id and k.id = x.place_id
    left join device d on x.place_kind in ('camera', 'bin') and d.estate_id = x.estate_id and d.id = x.place_id
    where w.taken and w.missed
      and not exists (select from rule_window l
                      where l.taken and l.estate_id = w.estate_id and l.t_from = w.t_from and l.duty_id = w.duty_id
                        and l.place_id = w.place_id and l.version > w.version)
), hit as (
    insert into rule_hit (estate_id, t_event, rule_id, dedup, rule_version, begins, thing, since, number, duty_id, building_id, note)
    select q.estate_id, $6::timestamptz, $1::bigint, md5(format('%s/%s/%s/%s', q.duty_id, q.place_id, q.t_from, q.version))::uuid,
           $2::bigint, true, format('w%s/%s/%s', q.duty_id, q.place_id, extract(epoch from q.t_from)::bigint), q.t_to,
           row_number() over (order by q.id), q.duty_id, q.building_id, q.reason
    from q
    where q.t_to > $6::timestamptz - $5::bigint * interval '1 second'
      and ($3::bigint is null or q.estate_id = $3::bigint)
      and not ($3::bigint is null and exists (select from rule o where o.key = $4::text and o.estate_id = q.estate_id and o.valid_to is null))
      and true -- filter
    on conflict do nothing
    returning 1
)
select count(*) from hit;
