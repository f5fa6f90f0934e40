-- What planners are told of a building is of the 24 hours up to the last full hour: counts that moved with each pass would
-- tell whoever watches them when somebody passed. Else it is building_count() of 0018.
create or replace function building_count(wanted bigint, out passes bigint, out units bigint, out events bigint)
    language plpgsql stable security definer set search_path = hutong, public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    home bigint;
    now_at timestamptz := date_trunc('hour', now(), 'UTC');
    since timestamptz := now() - interval '3 days';
    whose bigint;
begin
    select estate_id into home from building where id = wanted and valid_to is null;
    if home is null then
        return;
    elsif current_setting('hutong.count', true) is distinct from 'all' then
        if home <> all (scope_estates('count')) then
            return;
        end if;
    end if;
    select count(*), count(distinct valid.subject) into passes, units
    from (
        select distinct on (x.t_event, x.subject) x.subject, x.t_to
        from pass x
        where x.estate_id = home and x.place_kind = 'building' and x.place_id = wanted and x.t_event > since
          and x.t_event < now_at
        order by x.t_event desc, x.subject, x.version desc
    ) valid
    where valid.t_to > now_at - interval '24 hours';
    select count(*), count(distinct coalesce(v.subject::text, v.device_id::text)) into events, whose
    from event v
    where v.building_id = wanted and v.t_event > since and v.t_event > now_at - interval '24 hours'
      and v.t_event < now_at;
    if units < 5 then
        passes := null;
        units := null;
    end if;
    if whose < 5 then
        events := null;
    end if;
end
$$;
