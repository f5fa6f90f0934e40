-- The clock by which a campaign of the whole district begins and ends: that of most estates. Parameters: none. Columns: tz.
-- Callers: cli import campaigns, contacts; api (/api/ledgers: what a file is about).
select coalesce((select mode() within group (order by tz) from estate where valid_to is null and id <> 0), 'Asia/Shanghai') as tz;
