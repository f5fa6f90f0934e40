-- Makes or changes a district by its code.
-- Parameters: code, name, name_en, demo (text of a boolean), attribution or null, approval number or null.
-- Columns: none.
-- Callers: cli up --demo.
insert into district (code, name, name_en, demo, attribution, approval)
values ($1::text, $2::text, $3::text, $4::text::boolean, $5::text, $6::text)
on conflict (code) do update
set name = excluded.name, name_en = excluded.name_en, demo = excluded.demo, attribution = excluded.attribution,
    approval = excluded.approval;
