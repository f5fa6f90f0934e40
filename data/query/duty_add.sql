-- Adds a version of a duty. Parameters: as duty_latest.sql's; then valid_from, id (null: a new one), version.
-- Columns: id, version, nothing (judge is told). Callers: duty (duty_put).
insert into duty (estate_id, key, name, name_en, organisation_id, contract, campaign_id, subject_kind, subject_id,
                  subject_filter, schedule, calendar_id, days, proof, subject_types, count, units, radius_m, accuracy_m,
                  dwell_s, fraction, tool, form, fill_percent, allow_s, grace_s, valid_to, valid_from, id, version)
values ($1::bigint, $2::text, $3::text, $4::text, $5::bigint, $6::text, $7::bigint, $8::text::duty_subject, $9::bigint,
        $10::text, $11::text, $12::bigint, $13::text, $14::text::duty_proof, $15::text::subject_type[],
        $16::bigint::int, $17::bigint::int, $18::float8::real, $19::float8::real, $20::bigint::int, $21::float8::real,
        $22::text::boolean, $23::text, $24::float8::real, $25::bigint::int, $26::bigint::int, $27::timestamptz,
        $28::timestamptz, coalesce($29::bigint, nextval(pg_get_serial_sequence('duty', 'id'))), $30::bigint::int)
returning id, version, pg_notify('hutong_duty', '');
