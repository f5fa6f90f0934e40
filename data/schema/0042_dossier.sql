-- What a building's dossier and its indicators rest on, for any number of buildings at once, now or as it was known then.
-- Functions with a generic plan: of windows and verdicts there is a partition a day for years, and planning them anew takes
-- longer than reading the few that are meant, which are found when the plan begins.
-- estates, buildings: side by side, a building each. known: only what was on record by then; null: all that is known now.

-- Passes that reach into [since, until) and the longest time within it without any; a pass that goes on is cut at `until`.
create function building_passes(estates bigint[], buildings bigint[], since timestamptz, until timestamptz, known timestamptz)
    returns table (estate_id bigint, building_id bigint, passes bigint, last_pass_at timestamptz, longest_gap_s double precision)
    language plpgsql stable parallel safe rows 100 set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    return query
    with asked as materialized (
        select a.estate_id, a.building_id from unnest(estates, buildings) a (estate_id, building_id)
    ), valid as (
        select a.estate_id, a.building_id, p.t_event, p.t_to
        from asked a
        cross join lateral (
            select distinct on (x.t_event, x.subject) x.t_event, least(x.t_to, until) as t_to, x.void
            from pass x
            where x.estate_id = a.estate_id and x.place_kind = 'building' and x.place_id = a.building_id
              and x.t_event >= since - interval '1 day' and x.t_event < until and (known is null or x.recorded_at <= known)
            order by x.t_event desc, x.subject, x.version desc
        ) p
        where not p.void and p.t_to >= since
    ), stretch as (
        select v.*, seconds(greatest(v.t_event, since) - coalesce(max(v.t_to) over before, since)) as gap_s
        from valid v
        window before as (partition by v.estate_id, v.building_id order by v.t_event, v.t_to
                          rows between unbounded preceding and 1 preceding)
    )
    select a.estate_id, a.building_id, count(s.t_event), max(s.t_to),
           greatest(max(s.gap_s), seconds(until - coalesce(max(s.t_to), since)))
    from asked a
    left join stretch s on s.estate_id = a.estate_id and s.building_id = a.building_id
    group by 1, 2;
end
$$;

-- What was on record of a place's windows at a moment.
create index verdict_place on verdict (estate_id, place_id, t_from);

-- Windows of duties at buildings that began in [since, until), with the verdict that was on record. Two queries, for
-- reading the verdicts costs as much as all the rest, and those of now stand beside the windows. Grouped, not joined: a generic
-- plan takes both sides for a row each, and would compare all with all.
create function windows_then(estates bigint[], buildings bigint[], since timestamptz, until timestamptz, known timestamptz)
    returns table (estate_id bigint, building_id bigint, duty_id bigint, organisation_id bigint, t_from timestamptz,
                   t_to timestamptz, verdict verdict_kind)
    language plpgsql stable parallel safe rows 1000 set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    if known is null then
        return query
        select w.estate_id, w.place_id, w.duty_id, w.organisation_id, w.t_from, w.t_to, w.verdict
        from unnest(estates, buildings) a (estate_id, building_id)
        join duty_window w on w.estate_id = a.estate_id and w.place_kind = 'building' and w.place_id = a.building_id
                          and w.t_from >= since and w.t_from < until;
    else
        return query
        select k.estate_id, k.place_id, k.duty_id, max(k.organisation_id), k.t_from, max(k.t_to),
               (array_agg(k.verdict order by k.version desc))[1]
        from (
            select w.estate_id, w.place_id, w.duty_id, w.t_from, w.organisation_id, w.t_to, 0 as version,
                   null::verdict_kind as verdict
            from unnest(estates, buildings) a (estate_id, building_id)
            join duty_window w on w.estate_id = a.estate_id and w.place_kind = 'building' and w.place_id = a.building_id
                              and w.t_from >= since and w.t_from < until
            union all
            select x.estate_id, x.place_id, x.duty_id, x.t_from, null, null, x.version, x.verdict
            from unnest(estates, buildings) a (estate_id, building_id)
            join verdict x on x.estate_id = a.estate_id and x.place_id = a.building_id and x.t_from >= since and x.t_from < until
                          and x.recorded_at <= known
        ) k
        group by k.estate_id, k.place_id, k.duty_id, k.t_from
        having max(k.t_to) is not null; -- a verdict on another kind of place of the same id has no window here
    end if;
end
$$;

-- What became of them, by duty, and the last one that was decided.
create function building_windows(estates bigint[], buildings bigint[], since timestamptz, until timestamptz, known timestamptz)
    returns table (estate_id bigint, building_id bigint, duty_id bigint, organisation_id bigint, met bigint, missed bigint,
                   unknown bigint, waived bigint, undecided bigint, t_from timestamptz, t_to timestamptz, verdict verdict_kind)
    language sql stable parallel safe rows 100
begin atomic
    select t.estate_id, t.building_id, t.duty_id, (array_agg(t.organisation_id order by t.t_from desc))[1],
           count(*) filter (where t.verdict = 'met'), count(*) filter (where t.verdict = 'missed'),
           count(*) filter (where t.verdict = 'unknown'), count(*) filter (where t.verdict = 'waived'),
           count(*) filter (where t.verdict is null), max(t.t_from) filter (where t.verdict is not null),
           (array_agg(t.t_to order by t.t_from desc) filter (where t.verdict is not null))[1],
           (array_agg(t.verdict order by t.t_from desc) filter (where t.verdict is not null))[1]
    from windows_then(estates, buildings, since, until, known) t
    group by 1, 2, 3;
end;

-- Incidents at buildings that were reported before `until`, but drills, each in the state that it had.
create function building_incidents(estates bigint[], buildings bigint[], until timestamptz, known timestamptz)
    returns table (estate_id bigint, building_id bigint, id bigint, category text, severity incident_severity, title text,
                   state incident_state, reported_at timestamptz, closed_at timestamptz)
    language plpgsql stable parallel safe rows 1000 set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    return query
    select i.estate_id, i.building_id, i.id, i.category, i.severity, i.title, case when known is null then i.state else k.state end,
           i.reported_at, case when known is null then i.closed_at when k.state in ('closed', 'rejected', 'merged') then k.at end
    from unnest(estates, buildings) a (estate_id, building_id)
    join incident i on i.estate_id = a.estate_id and i.building_id = a.building_id and i.reported_at < until and not i.drill
    left join lateral (
        select s.state, s.at
        from incident_step s
        where known is not null and s.estate_id = i.estate_id and s.incident_id = i.id and s.recorded_at <= known
        order by s.id desc
        limit 1
    ) k on true
    where known is null or k.state is not null;
end
$$;
