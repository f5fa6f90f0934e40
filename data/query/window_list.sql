-- Windows and what became of them, newest first, a page at a time.
-- Parameters: estate id, duty id, place kind, place id (each or null), from, to (of their beginnings), state ('pending' ...) or
-- null, organisation id or null, t_from, estate, duty and place of the page before's last row (all null: the first page), at
-- most so many. Columns: estate_id, duty_id, place_id, duty_version, place_kind, place_name, place_name_en (no name of cameras
-- and bins: those are a device's), t_from, t_to, due_at, state, duty_key, duty_name, duty_name_en, organisation_id,
-- organisation, organisation_en. Callers: api (GET /api/windows).
with found as (
    select w.*, coalesce(w.verdict::text, case when w.t_from > now() then 'pending' else 'open' end) as state
    from duty_window w
    where w.t_from >= $5::timestamptz and w.t_from < $6::timestamptz
      and ($1::bigint is null or w.estate_id = $1::bigint)
      and ($2::bigint is null or w.duty_id = $2::bigint)
      and ($3::text is null or w.place_kind = $3::text::duty_subject)
      and ($4::bigint is null or w.place_id = $4::bigint)
      and ($8::bigint is null or w.organisation_id = $8::bigint)
      and case coalesce($7::text, '') when '' then true
               when 'pending' then w.verdict is null and w.t_from > now()
               when 'open' then w.verdict is null and w.t_from <= now()
               else w.verdict = $7::text::verdict_kind end
      and ($9::timestamptz is null
           or (w.t_from, w.estate_id, w.duty_id, w.place_id) < ($9::timestamptz, $10::bigint, $11::bigint, $12::bigint))
    order by w.t_from desc, w.estate_id desc, w.duty_id desc, w.place_id desc
    limit $13::bigint
)
select w.estate_id, w.duty_id, w.place_id, w.duty_version, w.place_kind::text as place_kind,
       n.name as place_name, n.name_en as place_name_en,
       w.t_from, w.t_to, w.due_at, w.state, d.key, d.name, d.name_en, o.id, o.name, o.name_en
from found w
left join duty d on d.estate_id = w.estate_id and d.id = w.duty_id and d.version = w.duty_version
left join organisation o on o.id = w.organisation_id
left join lateral (
    select coalesce(x.name, x.codes[1]) as name, x.name_en from building x
    where w.place_kind = 'building' and x.estate_id = w.estate_id and x.id = w.place_id
    union all
    select x.name, null from entrance x where w.place_kind = 'entrance' and x.estate_id = w.estate_id and x.id = w.place_id
    union all
    select x.name, x.name_en from checkpoint x where w.place_kind = 'checkpoint' and x.estate_id = w.estate_id and x.id = w.place_id
    union all
    select x.name, x.name_en from route x where w.place_kind = 'route' and x.estate_id = w.estate_id and x.id = w.place_id
    union all
    select x.name, x.name_en from zone x where w.place_kind = 'zone' and x.estate_id = w.estate_id and x.id = w.place_id
    union all
    select x.name, x.name_en from facility x where w.place_kind = 'facility' and x.estate_id = w.estate_id and x.id = w.place_id
) n on true
order by w.t_from desc, w.estate_id desc, w.duty_id desc, w.place_id desc;
