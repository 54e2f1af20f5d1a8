-- Sessions with more entrants than places, or, once they have ended, with few.
with entrants as (
    select a.provider_siret, a.session_id, sum(a.entrants) as entrants
    from sums.session_audiences as a
    group by a.provider_siret, a.session_id
)

select
    'session' as level,
    s.provider_siret || '/' || s.session_id as level_id,
    e.entrants as value,
    s.seats as "of",
    case when e.entrants > s.seats then 1 else $few_entrants_share end as threshold
from clean.sessions as s
join entrants as e on e.provider_siret = s.provider_siret and e.session_id = s.session_id
cross join work.reference_date as d
where e.entrants > s.seats or (s.ends_on < d.as_of and e.entrants <= $few_entrants_share * s.seats)
