-- What was found for the windows before judge: without the blind time, with the best proof that could lie in it, what is
-- needed; doubt: why the difference is not known. Once a connection. Callers: duty/decide.c.
create temp table if not exists judged (
    estate_id bigint, t_from timestamptz, duty_id bigint, place_id bigint, found real, best real, needed real,
    blind_s integer, doubt text, evidence hutong.evidence[]
) on commit delete rows;
