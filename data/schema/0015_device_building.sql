-- A building's dossier lists the devices that are bound to it.
create index device_building on device (building_id) where valid_to is null and building_id is not null;
