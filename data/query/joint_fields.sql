-- The departments that can be called. Parameters: none. Columns: field, name, name_en, ack_s. Callers: api (/api/incidents/.../joint).
select code, name, name_en, ack_s from joint_field order by rank;
