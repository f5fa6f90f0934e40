-- Passes of some subjects as they stand, void ones too: the newest version of each. known: the place is valid still.
-- Parameters: from, to (excluded) of t_event, subjects (uuid[]). Columns: subject, t_event, place_kind, place_id, estate_id,
-- version, t_to, subject_type, nearest_m, acc_m, fixes, method, open, void, known; by subject and t_event.
-- Callers: duty/track_pass.c.
select distinct on (p.subject, p.t_event, p.place_kind, p.place_id, p.estate_id)
       p.subject, p.t_event, p.place_kind, p.place_id, p.estate_id, p.version, p.t_to, p.subject_type::text, p.nearest_m,
       p.acc_m, p.fixes, p.method, p.open, p.void,
       case p.place_kind
           when 'building' then exists (select from building b where b.estate_id = p.estate_id and b.id = p.place_id
                                                               and b.valid_to is null)
           when 'zone' then exists (select from zone z where z.estate_id = p.estate_id and z.id = p.place_id
                                                       and z.valid_to is null)
           else exists (select from checkpoint c where c.estate_id = p.estate_id and c.id = p.place_id
                                                 and c.valid_to is null)
       end as known
from pass p
where p.t_event >= $1::timestamptz and p.t_event < $2::timestamptz and p.subject = any ($3::uuid[])
order by p.subject, p.t_event, p.place_kind, p.place_id, p.estate_id, p.version desc;
