-- Check-ins in the time of the windows before judge, each at its place, with what speaks against it. Once a connection.
-- Callers: duty/decide.c.
create temp table if not exists visit (
    estate_id bigint, t_event timestamptz, dedup uuid, place_kind text, place_id bigint, subject uuid,
    subject_type subject_type, form boolean, doubt text
) on commit delete rows;
