-- What is wrong with the staged devices once their buildings were looked for.
-- Parameters: estate_id of the source. Columns: line, native_id, the earlier line with the same id or null, building as
-- written or null (it was not found), how many buildings have it as a code, up to three of these in words, the id of
-- the building that has taken a closed one's place or null, storey (only when the building has fewer) or null, the
-- building's storeys. Callers: cli/device_put.c.
with twice as (
    select line, native_id, min(line) over (partition by native_id) as first from device_stage
), lost as (
    select line, native_id, building from device_stage where building is not null and building_id is null
), coded as (
    select l.line, b.id, coalesce(b.name, b.codes[1]) as name, e.name as estate,
           row_number() over (partition by l.line order by b.estate_id <> $1::bigint, b.id) as nth,
           count(*) over (partition by l.line) as number
    from (select *, unnest(codes) as code from building where valid_to is null) b
    join lost l on l.building = b.code
    join estate e on e.id = b.estate_id
), listed as (
    select line, max(number) as number,
           string_agg(id || ' (' || concat_ws(', ', name, estate) || ')', ', ' order by nth) as words
    from coded where nth <= 3
    group by line
), followed as (
    select l.line, min(n.id) as id
    from lost l
    join building o on o.id = case when l.building ~ '^[0-9]{1,18}$' then l.building::bigint end
    join building n on n.dataset = o.dataset and n.key = o.key and n.valid_to is null
    where o.valid_to is not null
    group by l.line
), high as (
    select s.line, s.native_id, s.storey, b.levels
    from device_stage s
    join building b on b.estate_id = s.building_estate_id and b.id = s.building_id
    where s.storey > b.levels and b.levels_source = 'given'
)
select t.line, t.native_id, t.first as again, null::text as building, 0::bigint as codes, null::text as candidates,
       null::bigint as successor, null::smallint as storey, null::smallint as levels
from twice t where t.first < t.line
union all
select l.line, l.native_id, null, l.building, coalesce(c.number, 0), c.words, f.id, null, null
from lost l
left join listed c on c.line = l.line
left join followed f on f.line = l.line
union all
select line, native_id, null, null, 0, null, null, storey, levels from high
order by 1, 3 nulls last;
