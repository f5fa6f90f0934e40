-- The row that says how far judge is at an estate, where it is missing. Parameters: estate_id. Callers: duty/judge.c.
insert into judge_mark (estate_id) values ($1::bigint) on conflict do nothing;
