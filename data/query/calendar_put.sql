-- Makes a calendar, or gives it a name. Parameters: code, name (null: as it was, else its code). Columns: id.
-- Callers: cli import calendars.
insert into calendar (code, name) values ($1::text, coalesce($2::text, $1::text))
on conflict (code) do update set name = coalesce($2::text, calendar.name)
returning id;
