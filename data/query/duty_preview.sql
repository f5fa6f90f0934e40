-- What a duty's next windows follow from, in its newest version. Parameters: estate id, id. Columns: schedule, days, calendar id,
-- subject_kind, subject_id, subject_filter, valid_from, valid_to, tz (the estate's). No row: there is none.
-- Callers: duty/preview.c.
select d.schedule, d.days, d.calendar_id, d.subject_kind::text as subject_kind, d.subject_id, d.subject_filter, d.valid_from,
       d.valid_to, e.tz
from duty d
join estate e on e.id = d.estate_id
where d.estate_id = $1::bigint and d.id = $2::bigint
order by d.version desc
limit 1;
