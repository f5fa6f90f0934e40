-- Windows to be decided by what a device told: one row each, for one call of judge_fill or judge_online.
-- Columns: estate_id, t_from, t_to, duty_id, place_id as in duty_window (place_id is the device); device_estate_id, source_id of
-- the device; fill_percent, allow_s, fraction of the duty.
-- Once a connection. Callers: duty/decide.c, tests/duty/test_judge_device.c.
create temp table if not exists judging (estate_id bigint not null, t_from timestamptz not null, t_to timestamptz not null,
                                         duty_id bigint not null, place_id bigint not null, device_estate_id bigint,
                                         source_id bigint, fill_percent real, allow_s integer, fraction real) on commit delete rows;
