-- Windows of zones that ask for an area, with who sweeps them how wide. Parameters: from, to: they overlap it.
-- Columns: estate_id, zone id, t_from, t_to, radius_m, types (a bit each, as sensors/sensors.h counts them); by zone.
-- Callers: duty/track_zone.c.
select w.estate_id, w.place_id, w.t_from, w.t_to, d.radius_m,
       (select coalesce(sum(distinct case t when 'guard' then 2 when 'cleaner' then 4 when 'vehicle' then 8
                                            when 'fleet' then 16 when 'unit' then 512 else 0 end), 0)
        from unnest(d.subject_types) t)::bigint as types
from duty d
join duty_window w on w.estate_id = d.estate_id and w.duty_id = d.id and w.duty_version = d.version
where d.proof = 'area' and w.place_kind = 'zone' and w.t_from < $2::timestamptz and w.t_to > $1::timestamptz
  and w.t_from > $1::timestamptz - interval '35 days'
order by w.estate_id, w.place_id, w.t_from;
