-- The duties at buildings, what became of their windows in a period, and the last that was decided.
-- Parameters: estate ids and building ids (bigint[], side by side), from, to, what was on record when (null: all that is known now).
-- Columns: building_id, duty_id, key, name, name_en, organisation_id, organisation, organisation_en; met, missed, unknown, waived, undecided
-- windows; t_from, t_to, verdict of the last one decided (null: none is). Callers: api (GET /api/buildings/{id}/dossier, POST /api/buildings/dossiers).
select w.building_id, w.duty_id, d.key, d.name, d.name_en, w.organisation_id, o.name as organisation, o.name_en as organisation_en,
       w.met, w.missed, w.unknown, w.waived, w.undecided, w.t_from, w.t_to, w.verdict::text as verdict
from building_windows($1::bigint[], $2::bigint[], $3::timestamptz, $4::timestamptz, $5::timestamptz) w
left join lateral (
    select x.key, x.name, x.name_en
    from duty x
    where x.estate_id = w.estate_id and x.id = w.duty_id and ($5::timestamptz is null or x.recorded_at <= $5::timestamptz)
    order by x.version desc
    limit 1
) d on true
left join organisation o on o.id = w.organisation_id
order by w.building_id, d.key, w.duty_id;
