-- What ingest keeps up for judge: the newest passes by type of subject, since when a source's broker is away, and when
-- the platform last showed a sign of life.
-- A pass by a vehicle must not hide a guard's: breach_at follows from a building's own row alone, so that neither the
-- order of arrival, nor the cut into batches, nor a duty that changes meanwhile can make it wrong.
alter table building_state
    add column last_guard_at timestamptz,
    add column last_cleaner_at timestamptz,
    add column last_vehicle_at timestamptz,
    add column last_fleet_at timestamptz,
    add column last_unit_at timestamptz;
comment on column building_state.last_guard_at is 'newest t_to of the passes by guards; so each type that makes passes';
comment on column building_state.breach_at is
    'last_pass_by(duty_types, ...) + duty_every: ingest moves it with each newer pass by one of duty_types, whoever '
    'changes duty_every or duty_types writes it anew; without such a pass it is judge''s alone';
update building_state b
set last_guard_at = p.guard_at, last_cleaner_at = p.cleaner_at, last_vehicle_at = p.vehicle_at,
    last_fleet_at = p.fleet_at, last_unit_at = p.unit_at
from (select estate_id, place_id,
             max(t_to) filter (where subject_type = 'guard') as guard_at,
             max(t_to) filter (where subject_type = 'cleaner') as cleaner_at,
             max(t_to) filter (where subject_type = 'vehicle') as vehicle_at,
             max(t_to) filter (where subject_type = 'fleet') as fleet_at,
             max(t_to) filter (where subject_type = 'unit') as unit_at
      from pass
      where place_kind = 'building'
      group by estate_id, place_id) p
where p.estate_id = b.estate_id and p.place_id = b.building_id;

-- The newest pass by one of these types; null: there is none.
create function last_pass_by(types subject_type[], guard_at timestamptz, cleaner_at timestamptz, vehicle_at timestamptz,
                             fleet_at timestamptz, unit_at timestamptz)
returns timestamptz language sql immutable parallel safe
return greatest(case when 'guard' = any (types) then guard_at end, case when 'cleaner' = any (types) then cleaner_at end,
                case when 'vehicle' = any (types) then vehicle_at end, case when 'fleet' = any (types) then fleet_at end,
                case when 'unit' = any (types) then unit_at end);

alter table source_stat add column away_at timestamptz;
comment on column source_stat.away_at is
    'since when the broker cannot be reached, as far as a worker tried; null: it can, or nobody tried';

-- One row, written by every worker every two seconds: who finds it old knows that nothing ran, or not the database.
create table ingest_alive (
    only_row boolean primary key default true check (only_row),
    seen_at timestamptz
) with (fillfactor = 10);
insert into ingest_alive default values;

-- A backlog widens each subject's stretch with every batch: room for that within the page.
alter table stretch set (fillfactor = 50);
