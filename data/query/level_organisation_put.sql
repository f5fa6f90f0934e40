-- Which organisation answers at a level, of an estate, of a community, or of all. Parameters: the level's code, estate_id (null: not of
-- one), the community's code (null: not of one), organisation_id. Columns: rank. No row: there is no such level or community.
-- Callers: cli import contacts.
insert into level_organisation as o (rank, estate_id, community_id, organisation_id)
select l.rank, $2::bigint, c.id, $4::bigint
from incident_level l
left join community c on c.code = $3::text
where l.code = $1::text and (c.id is not null or $3::text is null)
on conflict (rank, coalesce(estate_id, 0), coalesce(community_id, 0)) do update set organisation_id = excluded.organisation_id
returning o.rank;
