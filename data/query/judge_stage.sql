-- What judge has before it: windows with what their duties ask, and what was found of each. Once a connection.
-- Callers: duty/decide.c.
create temp table if not exists judging (
    estate_id bigint, t_from timestamptz, duty_id bigint, place_id bigint, t_to timestamptz, place_kind text,
    proof duty_proof, subject_types subject_type[], count integer, units integer, radius_m real, accuracy_m real,
    dwell_s integer, fraction real, tool boolean, form text, fill_percent real, allow_s integer,
    device_estate_id bigint, source_id bigint
) on commit delete rows;
