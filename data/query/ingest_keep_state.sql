-- Keeps the tracks of assets that did not move: their positions came late, or they only checked in. Their rows are locked.
-- Parameters: row numbers of stage_state (bigint[]), the new stamp of the tracks. Columns: nothing.
-- Callers: ingest/store_move.c.
update asset_state a
set track = s.track, track_stamp = $2::bigint
from unnest($1::bigint[]) kept (row_no)
join stage_state s on s.row_no = kept.row_no
where a.estate_id = s.estate_id and a.subject = s.subject;
