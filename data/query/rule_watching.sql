-- The rules that watch windows or silent devices. Parameters: what they watch. Columns: id, version, estate_id (null: all),
-- key, filter, hold_s, max_age_s. Callers: incident/rule_watch.c.
select id, version::bigint, estate_id, key, filter, hold_s::bigint, max_age_s::bigint
from rule
where watches = $1::text::rule_watch and enabled and valid_to is null
order by id;
