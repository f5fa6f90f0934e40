-- Takes rows out of the stage whose key an earlier row has. Columns: count, up to 5 keys (one a line).
-- Callers: data/import_merge.c.
with ranked as (
    select seq, row_number() over (partition by dataset, key order by seq) as rank from import_stage
), gone as (
    delete from import_stage s using ranked r where r.seq = s.seq and r.rank > 1 returning s.key, s.seq
)
select count(*), array_to_string((array_agg(key order by seq))[1:5], E'\n') from gone;
