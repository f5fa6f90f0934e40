-- Of these hashes (bytea[]) those that no incident shows. Columns: hash. Callers: api/photo_sweep.c.
select distinct h.hash
from unnest($1::bytea[]) h (hash)
where not exists (select from photo p where p.hash = h.hash);
