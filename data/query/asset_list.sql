-- Where guards, cleaners and vehicles were last, under their call signs: never a pseudonym.
-- Parameters: stored_at after which rows are wanted; null: all. Columns: id, label, label_en, subject_type, lon, lat,
-- t_event, acc_m, speed_mps, course_deg, battery, estate_id, at_estate_id, building_id, replay (retained, replayed or
-- historical), stored_at.
-- Callers: api (the stream's hub).
select id, label, label_en, subject_type::text as subject_type, lon, lat, t_event, acc_m, speed_mps, course_deg,
       battery, estate_id, at_estate_id, building_id, flags & 7 <> 0 as replay, stored_at
from asset_state
where stored_at > coalesce($1::timestamptz, '-infinity')
order by stored_at;
