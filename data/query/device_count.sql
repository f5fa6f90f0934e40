-- How many devices each source has, and what became of messages of those that nobody believes yet.
-- Columns: source_id, source name, devices in quarantine, devices that appeared by themselves and were accepted as the
-- source says, the others, admission, messages that came from quarantine, messages of unknown devices over the limit.
-- Callers: cli/device_list.c, cli/source_list.c.
select s.id, s.name, coalesce(d.quarantined, 0), coalesce(d.appeared, 0), coalesce(d.accepted, 0), s.admission,
       coalesce(t.quarantined, 0), coalesce(t.unknown_overflow, 0)
from source s
left join source_stat t on t.estate_id = s.estate_id and t.source_id = s.id
left join (
    select source_id, count(*) filter (where state = 'quarantined') as quarantined,
           count(*) filter (where state = 'accepted' and appeared) as appeared,
           count(*) filter (where state = 'accepted' and not appeared) as accepted
    from device
    where valid_to is null
    group by source_id
) d on d.source_id = s.id
where s.removed_at is null
order by s.id;
