-- What a publication has of the tables in schema hutong; a table of which it leaves out rows is as good as missing.
-- Parameters: publication. Columns: table, column. Callers: data/feed_open.c.
select t.tablename::text, c.name::text
from pg_publication_tables t
cross join lateral unnest(t.attnames) c (name)
where t.pubname = $1::text and t.schemaname = 'hutong' and t.rowfilter is null;
