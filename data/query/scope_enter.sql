-- The connection sees what a scope may see from now on. Parameters: serving role, estates of each look as '{1,2}' (of
-- count also 'all'): place, record, count, unit, device, incident; whom incidents are sent to, for task_of(), or null.
-- Columns: none of use. Callers: data/scope.c.
select set_config('hutong.place', $2::text, false), set_config('hutong.record', $3::text, false),
       set_config('hutong.count', $4::text, false), set_config('hutong.unit', $5::text, false),
       set_config('hutong.device', $6::text, false),
       set_config('hutong.incident', $7::text, false), set_config('hutong.sent', coalesce($8::text, ''), false),
       set_config('role', $1::text, false);
