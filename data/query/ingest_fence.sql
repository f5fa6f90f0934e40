-- First statement of a batch: the lease is still this worker's, and stays locked until COMMIT. It also notes the
-- messages of the batch that no key could tell from their redelivery.
-- Parameters: estate_id, source_id, owner, epoch, seconds to live, ids of such messages (uuid[]; null: as they are).
-- Columns: place_version, registry_version of the source, when the transaction began, rule_version; no row when the lease is
-- lost: then nothing of the batch may be stored.
-- Callers: ingest/store.c.
update lease
set expires_at = clock_timestamp() + $5::bigint * interval '1 second', unsettled = coalesce($6::uuid[], unsettled)
where estate_id = $1::bigint and source_id = $2::bigint and owner = $3::text and epoch = $4::bigint
returning (select version from place_version), (select registry_version from source where id = $2::bigint), now(),
          (select version from rule_version);
