-- Deletes the last positions of shifts that have ended. In key order and past rows that a batch holds (the next time gets
-- them), so that it waits for nobody.
-- Columns: nothing (whoever watches is told), a row when any went. Callers: ingest/store.c.
with ended as materialized (
    select a.estate_id, a.subject
    from asset_state a
    join shift h on h.estate_id = a.estate_id and h.id = a.shift_id
    where h.ends_at <= now()
    order by a.estate_id, a.subject
    for update of a skip locked
), deleted as (
    delete from asset_state a using ended e
    where a.estate_id = e.estate_id and a.subject = e.subject
    returning a.subject
)
select pg_notify('hutong_asset', '') where exists (select from deleted);
