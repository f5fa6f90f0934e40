-- What became of the windows of `judging`: the numbers a verdict follows from, its doubt and its evidence.
-- Columns: as in verdict; doubt: the reason if it comes out unknown (null: nothing is in doubt).
-- Once a connection. Callers: duty/decide.c, tests/duty/test_judge_device.c.
create temp table if not exists judged (estate_id bigint not null, t_from timestamptz not null, duty_id bigint not null,
                                        place_id bigint not null, found real not null, best real not null, needed real not null,
                                        blind_s integer not null, doubt text, evidence evidence[] not null) on commit delete rows;
