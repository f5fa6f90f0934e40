-- A slow oracle of passes: the rules of docs/formulas.md told again with PostGIS, in one plane around the track, with
-- window functions instead of a state. Shares nothing with facts/ and geo/. Read by test_pass_oracle.c.
create temp table fix_in (track text, n integer, t timestamptz, lon float8, lat float8, acc float4);
create temp table place_in (kind text, id bigint, geom geometry);
create temp table place_at (kind text, id bigint, enter float8, leave float8, g geometry);
create index on place_at using gist (g);
create temp table step_at (step integer, line geometry, b geometry, t_a timestamptz, t_b timestamptz, acc_a float4,
                           acc_b float4, gap boolean);

-- All is moved into the plane at once: a projection that is told as text is made anew for each geometry.

-- The gates: which positions are believed, and from which to which there is a path.
create function pg_temp.take_steps(the_track text, plane text, speed float8, path_max float8) returns integer as $$
declare
    f record;
    count integer := 0;
    last_g geometry; last_t timestamptz; last_acc float4;
    jump_g geometry; jump_t timestamptz; jump_acc float4;
    from_last boolean; from_jump boolean; gap boolean;
begin
    delete from step_at;
    for f in
        with fix as (
            select x.t, x.acc, row_number() over (order by x.t, x.n) as i, st_setsrid(st_makepoint(x.lon, x.lat), 4326) as g
            from fix_in x where x.track = the_track
        ), moved as (
            select d.path[1] as i, d.geom as g
            from (select st_transform(st_collect(g order by i), plane) as g from fix) a, st_dump(a.g) d
        )
        select fix.t, fix.acc, moved.g from fix join moved using (i) order by i
    loop
        continue when f.acc > 30;
        gap := last_t is null or f.t - last_t > interval '120 s';
        from_last := not gap and st_distance(last_g, f.g) - coalesce(last_acc, 10) - coalesce(f.acc, 10)
                     <= speed * extract(epoch from f.t - last_t);
        from_jump := jump_t is not null and f.t - jump_t <= interval '120 s'
                     and st_distance(jump_g, f.g) - coalesce(jump_acc, 10) - coalesce(f.acc, 10)
                         <= speed * extract(epoch from f.t - jump_t);
        if from_jump and not from_last then
            count := count + 1;
            insert into step_at values (count, jump_g, jump_g, jump_t, jump_t, jump_acc, jump_acc, false);
            last_g := jump_g; last_t := jump_t; last_acc := jump_acc;
            from_last := true;
            gap := false;
        end if;
        jump_t := null;
        if not gap and not from_last then
            jump_g := f.g; jump_t := f.t; jump_acc := f.acc;
            continue;
        end if;
        count := count + 1;
        if gap or st_distance(last_g, f.g) > path_max then
            insert into step_at values (count, f.g, f.g, f.t, f.t, f.acc, f.acc, gap);
        else
            insert into step_at values (count, st_makeline(last_g, f.g), f.g, last_t, f.t, last_acc, f.acc, false);
        end if;
        last_g := f.g; last_t := f.t; last_acc := f.acc;
    end loop;
    return count;
end $$ language plpgsql;

-- Where on a line it is first as near to a place as it gets.
create function pg_temp.along(line geometry, g geometry) returns float8 as $$
    select case when st_npoints(line) < 2 or st_length(line) = 0 then 0
                when st_distance(line, g) > 0 then st_linelocatepoint(line, st_closestpoint(line, g))
                else (select min(st_linelocatepoint(line, p.geom)) from st_dumppoints(st_intersection(line, g)) p) end
$$ language sql;

create function pg_temp.put_places(plane text, dx float8, dy float8) returns bigint as $$
    delete from place_at;
    with near as (
        select kind, id, row_number() over (order by kind, id) as i, st_translate(geom, dx, dy) as g
        from place_in
        where st_translate(geom, dx, dy)
              && (select st_expand(st_extent(st_makepoint(lon, lat))::geometry, 0.001) from fix_in)
    ), moved as (
        select d.path[1] as i, st_collect(d.geom) as g
        from (select st_transform(st_collect(g order by i), plane) as g from near) a, st_dump(a.g) d
        group by 1
    )
    insert into place_at
    select kind, id, case kind when 'zone' then 0 else 15 end, case kind when 'zone' then 10 else 25 end, moved.g
    from near join moved using (i);
    select count(*) from place_at;
$$ language sql;

create function pg_temp.passes()
returns table (kind text, id bigint, t_from float8, t_to float8, nearest float8, acc float8, fixes integer) as $$
    with near as (
        select p.kind, p.id, p.enter, p.leave, s.*, st_distance(s.line, p.g) as d, st_distance(s.b, p.g) as d_end,
               pg_temp.along(s.line, p.g) as along
        from step_at s join place_at p on st_dwithin(s.line, p.g, 25) /* uses the index */
                                      and st_dwithin(s.line, p.g, p.leave)
    ), timed as (
        select *, t_a + along * (t_b - t_a) as moment,
               case along when 0 then acc_a when 1 then acc_b else acc_a + along * (acc_b - acc_a) end as acc_at,
               lag(step) over w is distinct from step - 1 or lag(d_end) over w > leave or gap as begins
        from near
        window w as (partition by kind, id order by step)
    ), islands as (
        select *, count(*) filter (where begins) over (partition by kind, id order by step) as island from timed
    ), entered as (
        select *, min(step) filter (where d <= enter) over (partition by kind, id, island) as first_step from islands
    )
    select kind, id, extract(epoch from min(moment) filter (where step = first_step))::float8,
           extract(epoch from max(case when d_end <= leave then t_b else moment end))::float8,
           min(d), (array_agg(acc_at order by d, step))[1], (count(*) filter (where d_end <= leave))::integer
    from entered
    where step >= first_step
    group by kind, id, island
    order by kind, id, 3
$$ language sql;
