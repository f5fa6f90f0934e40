-- A new private cluster: the role that hutong works as, its database, PostGIS. Run once by `postgres --single -j`, which
-- ends a statement at a semicolon before an empty line. :password is letters and digits.
create role hutong login replication createrole password ':password';

create extension postgis;

create database hutong owner hutong template template1;

revoke all on database hutong from public;

