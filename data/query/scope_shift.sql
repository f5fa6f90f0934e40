-- What who works a shift may see now: a field worker's looks in the shift's estate, while it lasts.
-- Parameters: estate id, shift id. Columns: look, estate_id; of carry: that shift, for task_of(). Callers: data/scope.c.
select l.look, h.estate_id,
       case l.look
           when 'carry' then json_build_array(json_build_object('organisation_id', h.organisation_id, 'estate_ids',
                                                                json_build_array(h.estate_id), 'shift_id', h.id))::text
       end
from shift h
join role_look l on l.role = 'field_worker'
where h.estate_id = $1::bigint and h.id = $2::bigint and h.starts_at <= now() and h.ends_at > now()
order by l.look;
