-- What a batch made of lifecycles: new ones (id null), and what became of others. Where it is, is as the event of
-- the row number says, whom it is about as that of row number about.
-- Parameters: [{number, about, id, start_us, last_us, end_us, timeout, begun, updates, severity, confidence, expires_us}].
-- Callers: ingest/store_lifecycle.c.
with told as materialized (
    select s.estate_id, s.source_id, coalesce(s.station_id, s.device_id) as device_id, s.kind, s.channel,
           coalesce(s.native_id, '') as native_id, t.id,
           timestamptz 'epoch' + t.start_us * interval '1 microsecond' as t_start,
           timestamptz 'epoch' + t.last_us * interval '1 microsecond' as t_last,
           timestamptz 'epoch' + t.end_us * interval '1 microsecond' as t_end,
           case when t.end_us is null then null when t.timeout then 'timeout' else 'message' end as ended_by,
           t.begun, t.updates, t.severity, t.confidence,
           w.subject, w.subject_type,
           s.building_id, s.building_estate_id, s.storey,
           timestamptz 'epoch' + t.expires_us * interval '1 microsecond' as expires_at
    from jsonb_to_recordset($1::text::jsonb)
         as t (number integer, about integer, id bigint, start_us bigint, last_us bigint, end_us bigint, timeout boolean,
               begun boolean, updates integer, severity smallint, confidence real, expires_us bigint)
    join stage_event s on s.row_no = t.number
    left join stage_event w on w.row_no = t.about
), changed as (
    update lifecycle l
    set t_start = t.t_start, t_last = t.t_last, t_end = t.t_end, ended_by = t.ended_by, begun = t.begun,
        updates = t.updates, severity = t.severity, confidence = t.confidence,
        subject = coalesce(t.subject, l.subject), subject_type = coalesce(t.subject_type, l.subject_type),
        building_id = coalesce(t.building_id, l.building_id),
        building_estate_id = coalesce(t.building_estate_id, l.building_estate_id),
        storey = coalesce(t.storey, l.storey), expires_at = t.expires_at, stored_at = clock_timestamp()
    from told t
    where l.estate_id = t.estate_id and l.id = t.id
)
insert into lifecycle (estate_id, source_id, device_id, kind, channel, native_id, t_start, t_last, t_end, ended_by,
                       begun, updates, severity, confidence, subject, subject_type, building_id, building_estate_id,
                       storey, expires_at)
select estate_id, source_id, device_id, kind, channel, native_id, t_start, t_last, t_end, ended_by, begun, updates,
       severity, confidence, subject, subject_type, building_id, building_estate_id, storey, expires_at
from told
where id is null;
