-- What a simulated guard reports on the way: checkpoints, where guards stay a while, and gates.
-- Columns: estate_id, key, name, lon, lat, pause. Callers: cli simulate.
select estate_id, key, coalesce(name, key) as name, st_x(geom) as lon, st_y(geom) as lat, true as pause
from checkpoint where valid_to is null
union all
select estate_id, key, coalesce(name, key), st_x(geom), st_y(geom), false
from facility where valid_to is null and kind = 'gate'
order by 1, 2;
