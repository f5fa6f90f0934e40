-- One duty in its newest version. Parameters: estate id, id. Columns: as duty_page. No row: there is none.
-- Callers: api (/api/duties/...).
select d.estate_id, d.id, d.version, d.key, d.name, d.name_en, o.code, d.contract, c.code, d.subject_kind::text as subject_kind,
       d.subject_id, d.subject_filter, d.schedule, k.code, d.days, d.proof::text as proof,
       array_to_string(d.subject_types, ','), d.count, d.units, d.radius_m, d.accuracy_m, d.dwell_s, d.fraction, d.tool,
       d.form, d.fill_percent, d.allow_s, d.grace_s, d.valid_from, d.valid_to
from duty d
left join organisation o on o.id = d.organisation_id
left join campaign c on c.id = d.campaign_id
left join calendar k on k.id = d.calendar_id
where d.estate_id = $1::bigint and d.id = $2::bigint
order by d.version desc
limit 1;
