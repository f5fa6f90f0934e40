-- Row security for serving. Programs connect as the owner, whom it does not touch; before somebody's question is answered
-- the connection steps down (data/scope.c) to one of
--   hutong_serve     the estates that the settings hutong.place, hutong.record ... name, as '{1,2}'
--   hutong_district  all of them
--   hutong_planner   outlines of all of them; of what happened there only building_count(), never under five
--   hutong_auditor   the audit, and nothing else
-- All have the same grants, read-only but for new rows of the audit; what they see is the policies' doing, and a table
-- without a grant (access tables, leases, dead letters, partitions by their own names) answers nobody.
-- Why not one role: while a policy has a condition, && may not come before it (it is not leakproof), so no GiST index is
-- used. A policy that says `true` vanishes.
do $$
declare
    serving text;
begin
    foreach serving in array array['hutong_serve', 'hutong_district', 'hutong_planner', 'hutong_auditor'] loop
        -- Roles belong to the whole server: another database's migration may be making the same ones just now.
        begin
            if to_regrole(serving) is null then
                execute format('create role %I nologin', serving);
            end if;
        exception when duplicate_object or unique_violation then
            null;
        when insufficient_privilege then
            raise insufficient_privilege using
                message = format('the role %s is missing, and %s may not make it', serving, current_user),
                hint = format('as a superuser run: create role hutong_serve nologin; create role hutong_district nologin; '
                              'create role hutong_planner nologin; create role hutong_auditor nologin; '
                              'grant hutong_serve, hutong_district, hutong_planner, hutong_auditor to %I;', current_user);
        end;
        begin
            if not exists (select from pg_auth_members where roleid = to_regrole(serving)
                           and member = to_regrole(quote_ident(current_user))) then
                execute format('grant %I to %I', serving, current_user);
            end if;
        exception when unique_violation or internal_error then -- internal_error: tuple concurrently updated
            null;
        when insufficient_privilege then
            raise insufficient_privilege using
                message = format('%s may not become %s', current_user, serving),
                hint = format('as a superuser run: grant hutong_serve, hutong_district, hutong_planner, hutong_auditor to '
                              '%I;', current_user);
        end;
    end loop;
end
$$;

grant usage on schema hutong to hutong_serve, hutong_district, hutong_planner, hutong_auditor;

-- Estates of a look, as the connection's scope has them. Written (select scope_estates('place')) it is read once a query.
create function scope_estates(look text) returns bigint[] language sql stable parallel safe
return coalesce(nullif(current_setting('hutong.' || look, true), ''), '{}')::bigint[];

-- Reference and background: the same for everybody.
grant select on place_version, district, street, community, organisation, grid, road, water, landuse, place
    to hutong_serve, hutong_district, hutong_planner, hutong_auditor;
-- A record's source goes by its name, with what is declared about it; its topics and keys are the operator's.
grant select (id, name, purpose, recipients, retention) on source
    to hutong_serve, hutong_district, hutong_planner, hutong_auditor;

do $$
declare
    guarded record;
begin
    for guarded in
        select p.name, p.look, replace(p.condition, '$', format('any ((select scope_estates(%L))::bigint[])', p.look)) as serve
        from (values ('estate', 'place', 'id = $'), ('building', 'place', 'estate_id = $'),
                     ('entrance', 'place', 'estate_id = $'), ('storey', 'place', 'estate_id = $'),
                     ('zone', 'place', 'estate_id = $'), ('route', 'place', 'estate_id = $'),
                     ('checkpoint', 'place', 'estate_id = $'), ('facility', 'place', 'estate_id = $'),
                     ('pass', 'record', 'estate_id = $'),
                     ('event', 'record', 'estate_id = $ or building_estate_id = $'),
                     ('building_state', 'record', 'estate_id = $'), ('zone_state', 'record', 'estate_id = $'),
                     ('asset_state', 'unit', 'estate_id = $'), ('fix', 'unit', 'estate_id = $'),
                     ('shift', 'unit', 'estate_id = $'),
                     ('device', 'device', 'estate_id = $ or building_estate_id = $'),
                     ('device_state', 'device',
                      'estate_id = $ or exists (select from device d
                       where d.estate_id = device_state.estate_id and d.id = device_id)')
             ) p (name, look, condition)
    loop
        execute format('alter table %I enable row level security', guarded.name);
        execute format('grant select on %I to hutong_serve, hutong_district, hutong_planner, hutong_auditor', guarded.name);
        execute format('create policy serve on %I for select to hutong_serve using (%s)', guarded.name, guarded.serve);
        execute format('create policy whole on %I for select to %s using (true)', guarded.name,
                       case guarded.look when 'place' then 'hutong_district, hutong_planner' else 'hutong_district' end);
    end loop;
end
$$;

-- Everybody's looks are written down, and whoever serves can do no more than that: neither read nor change what is there.
alter table audit enable row level security;
grant insert on audit to hutong_serve, hutong_district, hutong_planner, hutong_auditor;
create policy written on audit for insert to hutong_serve, hutong_district, hutong_planner, hutong_auditor
    with check (true);
grant select on audit to hutong_auditor;
create policy audited on audit for select to hutong_auditor using (true);

-- For planners: how many units passed a building and what happened there in the 24 hours up to the last full hour, null
-- where that would be about fewer than five subjects. The window is fixed, and counts do not move with each pass: either
-- would tell whoever watches them when somebody passed. A day's partitions are found at planning time because `since` is
-- a value by then; no pass is longer than a day (facts/rules.c).
create function building_count(wanted bigint, out passes bigint, out units bigint, out events bigint)
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
revoke all on function building_count(bigint) from public;
grant execute on function building_count(bigint) to hutong_serve, hutong_planner;
