-- Makes a category of incidents, or says anew what it is. Parameters: code, name, name_en, files, gb_class (null: none), severity
-- (null: as it was, else small), procedure (null: as it was, else loop; what is reported already keeps its own).
-- Columns: what was done: made, changed, same. Callers: cli import categories.
with before as (
    select name, name_en, files, gb_class, severity, procedure from incident_category where code = $1::text
), stored as (
    insert into incident_category (code, name, name_en, files, gb_class, severity, procedure)
    values ($1::text, $2::text, $3::text, $4::text, $5::text, coalesce($6::text::incident_severity, 'small'),
            coalesce($7::text, 'loop'))
    on conflict (code) do update
    set name = excluded.name, name_en = excluded.name_en, files = excluded.files, gb_class = excluded.gb_class,
        severity = coalesce($6::text::incident_severity, incident_category.severity),
        procedure = coalesce($7::text, incident_category.procedure)
)
select case when not exists (select from before) then 'made'
            when (select (name, name_en, files, gb_class, severity, procedure) is not distinct from
                         ($2::text, $3::text, $4::text, $5::text, coalesce($6::text::incident_severity, severity),
                          coalesce($7::text, procedure)) from before)
            then 'same'
            else 'changed' end as done;
