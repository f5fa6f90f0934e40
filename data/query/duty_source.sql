-- Is there a source that could prove a duty: one of the estate's or of all estates' that sends such subjects, by itself
-- or by a shift that is not over? One without a subject type sends things. Parameters: estate, subject_types.
-- Columns: whether there is. Callers: duty (duty_put).
select exists (
    select from source s
    where s.estate_id in ($1::bigint, 0) and s.removed_at is null
      and (s.subject_type = any ($2::text::subject_type[])
           or s.subject_type is null and $2::text::subject_type[] && '{fleet,plate,tag,card,object,unit}'
           or exists (select from shift h
                      where h.estate_id = s.estate_id and h.source_id = s.id and h.ends_at > now()
                        and h.subject_type = any ($2::text::subject_type[])))
) as there;
