-- Duties in their newest version, those that have not ended, a page at a time. Parameters: estate id or null, estate and id of the
-- page before's last row (both null: the first page), at most so many.
-- Columns: estate_id, id, version, key, name, name_en, organisation (code), contract, campaign (code), subject_kind, subject_id,
-- subject_filter, schedule, calendar (code), days, proof, subject_types (text, by commas), count, units, radius_m, accuracy_m,
-- dwell_s, fraction, tool, form, fill_percent, allow_s, grace_s, valid_from, valid_to. Callers: api (GET /api/duties).
select d.estate_id, d.id, d.version, d.key, d.name, d.name_en, o.code, d.contract, c.code, d.subject_kind::text as subject_kind,
       d.subject_id, d.subject_filter, d.schedule, k.code, d.days, d.proof::text as proof,
       array_to_string(d.subject_types, ','), d.count, d.units, d.radius_m, d.accuracy_m, d.dwell_s, d.fraction, d.tool,
       d.form, d.fill_percent, d.allow_s, d.grace_s, d.valid_from, d.valid_to
from (
    select distinct on (x.estate_id, x.id) x.* from duty x
    where ($1::bigint is null or x.estate_id = $1::bigint)
      and ($2::bigint is null or (x.estate_id, x.id) > ($2::bigint, $3::bigint))
    order by x.estate_id, x.id, x.version desc
) d
left join organisation o on o.id = d.organisation_id
left join campaign c on c.id = d.campaign_id
left join calendar k on k.id = d.calendar_id
where d.valid_to is null or d.valid_to > now()
order by d.estate_id, d.id
limit $4::bigint;
