-- The demo's campaign: this week's. Parameters: none. Columns: nothing. Callers: cli simulate (--past).
insert into campaign (code, name, name_en, t_from, t_to)
values ('demo-clean-week', '清洁家园周', 'Clean home week', date_trunc('day', now(), 'UTC') - interval '7 days',
        date_trunc('day', now(), 'UTC') + interval '7 days')
on conflict (code) do nothing;
