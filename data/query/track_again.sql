-- Has decided windows of an estate looked at again. Parameters: estate_id, from, to, 1: always; 0: if any that were due
-- later have been decided; why. Columns: nothing. Callers: duty/track_slice.c.
insert into judge_again (estate_id, t_from, t_to, why)
select $1::bigint, $2::timestamptz, $3::timestamptz, $5::text
where $4::bigint = 1
   or exists (select from judge_mark m where m.decided_to > $2::timestamptz and $1::bigint in (0, m.estate_id));
