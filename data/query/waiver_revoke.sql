-- Revokes a waiver that stands, and has judge look at its windows again. Parameters: estate id, id, by whom.
-- Columns: id. No row: there is none that stands. Callers: api (DELETE /api/waivers/...).
with revoked as (
    update waiver set revoked_at = now(), revoked_by = $3::text
    where estate_id = $1::bigint and id = $2::bigint and revoked_at is null
    returning estate_id, id, t_from, t_to
), again as (
    insert into judge_again (estate_id, t_from, t_to, why) select estate_id, t_from, t_to, 'waiver' from revoked
)
select id from revoked;
