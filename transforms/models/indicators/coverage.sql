-- what: Where training takes place, and how many entered for how many inhabitants
-- grain: a department or EPCI
-- key: level, level_id
-- unit: sessions, learners, inhabitants; entrants for 10 000 inhabitants
-- excludes: the EPCI of sites that are in none; entries after the reference date; ANNULE
-- source: work.session_units, sums.session_audiences, reference.departements, reference.epci
-- definition: All departments and EPCIs of the region, with a session or not, and those elsewhere that have one. Place = that
--     of the session's site, not the learners' residence.
-- proves: sessions > 0 or entrants = 0
-- columns:
--     level: departement or epci
--     level_id: the department's code, the EPCI's SIREN
--     name: its name
--     sessions: sessions held or to be held there
--     entrants: learners who entered them
--     inhabitants: inhabitants (population municipale)
--     entrants_per_10000: entrants * 10 000 / inhabitants
with entrants_of_sessions as (
    select a.provider_siret, a.session_id, sum(a.entrants) as entrants
    from sums.session_audiences as a
    group by a.provider_siret, a.session_id
),

places_with_sessions as (
    select m.level, m.level_id, count(*) as sessions, total(e.entrants) as entrants
    from work.session_units as m
    left join entrants_of_sessions as e on e.provider_siret = m.provider_siret and e.session_id = m.session_id
    where m.level in ('departement', 'epci')
    group by m.level, m.level_id
),

places_known as (
    -- 32 is Hauts-de-France, the region whose programme this is
    select 'departement' as level, d.department_code as level_id, d.name, d.population, d.region_code = '32' as is_in_region
    from reference.departements as d
    union all
    select 'epci' as level, e.epci_code as level_id, e.name, e.population, e.is_in_region
    from reference.epci as e
),

places as (
    select
        coalesce(k.level, s.level) as level,
        coalesce(k.level_id, s.level_id) as level_id,
        k.name,
        coalesce(s.sessions, 0) as sessions,
        coalesce(s.entrants, 0) as entrants,
        k.population as inhabitants,
        k.is_in_region or s.sessions is not null as is_shown
    from places_known as k
    full join places_with_sessions as s on s.level = k.level and s.level_id = k.level_id
)

select
    p.level,
    p.level_id,
    p.name,
    p.sessions,
    p.entrants,
    p.inhabitants,
    rate(p.entrants * 10000, p.inhabitants) as entrants_per_10000
from places as p
where p.is_shown
