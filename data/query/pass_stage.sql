-- Passes that a batch opened, extended or closed, on their way in. Once a connection. Callers: ingest/store_pass.c.
create temp table if not exists stage_pass on commit delete rows as
select estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, nearest_m, acc_m, fixes, method, open
from hutong.pass
with no data;
