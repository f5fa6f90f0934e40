-- What needs no dispatcher to think about is sent by its rule to who must act: filed and dispatched in the transaction that reports it.
alter table rule add column send text check (send in ('site', 'duty'));
comment on column rule.send is 'site: to who manages the building''s estate; duty: to whose duty the window is; null: a dispatcher decides';
update rule set send = 'site' where key in ('smoke', 'gas', 'water_leak', 'bin_overflow', 'lift_stuck', 'sos', 'fire_lane') and valid_to is null;
update rule set send = 'duty' where key in ('missed_round', 'missed_cleaning') and valid_to is null;
update rule_version set version = version + 1;

update incident_move set by = 'either' where (state, step) in (('reported', 'file'), ('filed', 'dispatch'));

-- Who manages a building now: the site's post there, else the estate's, else whose the estate is; who steps in where nobody does.
-- Null: nobody is known.
create function site_organisation_of(of_estate bigint, of_building bigint) returns bigint language sql stable
return coalesce(
    (select r.organisation_id from responsibility r
     where r.estate_id = of_estate and r.kind = 'site' and r.organisation_id is not null
       and (r.building_id is null or r.building_id = of_building) and r.valid_from <= now() and (r.valid_to is null or r.valid_to > now())
     order by r.building_id nulls last, r.valid_from desc, r.id
     limit 1),
    (select coalesce(p.organisation_id, p.backstop_id) from estate_profile p
     where p.estate_id = of_estate and p.valid_from <= now()
     order by p.valid_from desc
     limit 1),
    (select e.organisation_id from estate e
     where e.id = of_estate and not exists (select from estate_profile p where p.estate_id = of_estate and p.valid_from <= now())));
