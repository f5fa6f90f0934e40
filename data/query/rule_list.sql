-- The rules that watch events. Parameters: none. Columns: id, version, estate_id (null: all), filter, clear, key, the estates
-- that have a rule of their own in its place. Callers: ingest/store_rule.c.
select r.id, r.version, r.estate_id, r.filter, r.clear, r.key,
       case when r.estate_id is null
            then array(select o.estate_id from rule o where o.key = r.key and o.estate_id is not null and o.valid_to is null
                       order by o.estate_id) end as except
from rule r
where r.watches = 'event' and r.enabled and r.valid_to is null
order by r.id;
