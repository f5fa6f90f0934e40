-- Makes or changes an organisation, its place in the tree apart. Parameters: code, name, kind, name_en or null.
-- Columns: id, whether it was made. Callers: cli import organisations.
insert into organisation (code, name, kind, name_en) values ($1::text, $2::text, $3::text, $4::text)
on conflict (code) do update set name = excluded.name, kind = excluded.kind, name_en = coalesce(excluded.name_en, organisation.name_en)
returning id, xmax = 0 as made;
