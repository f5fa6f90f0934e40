-- Keeps the tracks of assets that did not move: their positions came late, or they only checked in.
-- Parameters: row numbers of stage_state (integer[]). Columns: nothing. Callers: ingest/store_state.c.
update asset_state a
set track = s.track
from unnest($1::integer[]) kept (row_no)
join stage_state s on s.row_no = kept.row_no
where a.estate_id = s.estate_id and a.subject = s.subject;
