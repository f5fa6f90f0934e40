-- How it was (?at=) is asked of rows that were closed too, so the outlines' indexes hold them as well.
drop index building_geom;
create index building_geom on building using gist (geom);
drop index zone_geom;
create index zone_geom on zone using gist (geom);
drop index route_geom;
create index route_geom on route using gist (geom);
drop index checkpoint_geom;
create index checkpoint_geom on checkpoint using gist (geom);
drop index facility_geom;
create index facility_geom on facility using gist (geom);
