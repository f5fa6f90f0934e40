-- What became of an attempt. A later attempt, or an answer meanwhile, is left as it is. It is sent again after first * 2^(attempt - 1),
-- the longest at most, the last half of it by chance, and no sooner than was asked for; after the last attempt it has failed, and
-- the next contact's turn is now. Parameters: estate_id, recorded_at, id, attempt, outcome (sent, retry, refused), why, first and
-- longest wait in microseconds, wait that was asked for, attempts at most. Columns: state. No row: it was not the last attempt.
-- Callers: incident/deliver.c.
with verdict as (
    select case when $5::text = 'sent' then 'sent' when $5::text = 'refused' or $4::bigint >= $10::bigint then 'failed'
                else 'pending' end::notice_state as state,
           greatest(least($7::bigint * 2 ^ least($4::bigint - 1, 30), $8::bigint) * (0.5 + random() / 2), $9::bigint)
               * interval '1 microsecond' as wait
)
update notice n
set state = v.state, next_at = case v.state when 'pending' then clock_timestamp() + v.wait end,
    sent_at = case v.state when 'sent' then clock_timestamp() end, why = $6::text,
    ack_by = case when v.state = 'failed' and n.passed_at is null and n.incident_id is not null then clock_timestamp() else n.ack_by end
from verdict v
where n.estate_id = $1::bigint and n.recorded_at = $2::timestamptz and n.id = $3::bigint and n.attempts = $4::bigint
  and n.state = 'pending'
returning n.state::text;
