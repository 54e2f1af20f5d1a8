-- Providers with rows that have waited long for a return that has not come.
select
    'provider' as level,
    w.provider_siret as level_id,
    sum(w.rows) as value,
    cast(null as bigint) as "of",
    $waiting_days as threshold
from quality.waiting as w
cross join work.reference_date as d
where date_diff('day', cast(w.waiting_since as date), d.as_of) > $waiting_days
group by w.provider_siret
having sum(w.rows) >= $waiting_rows
