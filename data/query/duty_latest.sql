-- The duty of a key as it is or will be last, and whether it is the one wished.
-- Parameters: estate, key; then what is wished: name, name_en, organisation, contract, campaign, subject_kind,
-- subject_id, subject_filter, schedule, calendar, days, proof, subject_types, count, units, radius_m, accuracy_m, dwell_s,
-- fraction, tool, form, fill_percent, allow_s, grace_s, valid_to.
-- Columns: id, version (the highest), valid_from of the last version that is valid at any time, when it ends (infinity:
-- never), whether it is as wished; no row: the key is new. Callers: duty (duty_put).
select d.id, max(d.version) over () as version, d.valid_from, coalesce(d.valid_to, 'infinity') as ends_at,
       (d.name, d.name_en, d.organisation_id, d.contract, d.campaign_id, d.subject_kind, d.subject_id, d.subject_filter,
        d.schedule, d.calendar_id, d.days, d.proof, d.subject_types, d.count, d.units, d.radius_m, d.accuracy_m,
        d.dwell_s, d.fraction, d.tool, d.form, d.fill_percent, d.allow_s, d.grace_s, d.valid_to)
       is not distinct from
       ($3::text, $4::text, $5::bigint, $6::text, $7::bigint, $8::text::duty_subject, $9::bigint, $10::text,
        $11::text, $12::bigint, $13::text, $14::text::duty_proof, $15::text::subject_type[], $16::bigint::int,
        $17::bigint::int, $18::float8::real, $19::float8::real, $20::bigint::int, $21::float8::real, $22::text::boolean,
        $23::text, $24::float8::real, $25::bigint::int, $26::bigint::int, $27::timestamptz) as same
from duty d
where d.estate_id = $1::bigint and d.key = $2::text
order by d.valid_to is null or d.valid_to > d.valid_from desc, d.version desc
limit 1;
