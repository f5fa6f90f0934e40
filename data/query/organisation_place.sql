-- Puts an organisation under another. Parameters: code, parent's code (null: on top). Columns: id, circle (it would be
-- under itself), nothing (servers are told); no row: there is no such parent. Callers: cli import organisations.
with recursive up (id, parent_id) as (
    select id, parent_id from organisation where code = $2::text
    union
    select o.id, o.parent_id from up u join organisation o on o.id = u.parent_id
), circle as (
    select exists (select from up u join organisation o on o.id = u.id where o.code = $1::text) as closes
)
update organisation c
set parent_id = case when closes then c.parent_id else (select id from organisation where code = $2::text) end
from circle
where c.code = $1::text and ($2::text is null or exists (select from organisation where code = $2::text))
returning c.id, closes, pg_notify('hutong_access', '');
