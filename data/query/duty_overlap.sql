-- Other duties of the estate that may ask for the same thing at the same time: of the same kind of place and proof, with
-- a subject type in common, valid together at some time from now on. The newest twenty.
-- Parameters: estate, id of the duty that is new (null: none), subject_kind, subject_id, proof, subject_types, valid_from,
-- valid_to. Columns: key, subject_id, subject_filter, schedule, days, valid_from, valid_to.
-- Callers: duty (duty_put).
select key, subject_id, subject_filter, schedule, days, valid_from, coalesce(valid_to, 'infinity') as valid_to
from duty
where estate_id = $1::bigint and id is distinct from $2::bigint and subject_kind = $3::text::duty_subject
  and (subject_id is null or $4::bigint is null or subject_id = $4::bigint)
  and proof = $5::text::duty_proof and (subject_types && $6::text::subject_type[] or proof in ('fill', 'online'))
  and valid_from < coalesce($8::timestamptz, 'infinity')
  and coalesce(valid_to, 'infinity') > greatest(valid_from, $7::timestamptz, now())
order by recorded_at desc, id desc
limit 20;
