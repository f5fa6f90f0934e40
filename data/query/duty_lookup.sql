-- What a duty names. Parameters: estate, codes of organisation, campaign and calendar, or null each.
-- Columns: the estate's time zone (null: there is no such estate), ids of the three (null: none of that code), now.
-- Callers: duty (duty_put).
select (select tz from estate where id = $1::bigint and valid_to is null),
       (select id from organisation where code = $2::text),
       (select id from campaign where code = $3::text),
       (select id from calendar where code = $4::text),
       now();
