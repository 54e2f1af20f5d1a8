-- what: In which units each session counted, from which night to which
-- grain: a session, level and night from which on
-- key: provider_siret, session_id, level, from_night
-- unit: none
-- excludes: the EPCI of sites that are in none
-- source: history.sessions, history.received, reference.communes
-- definition: As work.session_units, for every version of the session. The first version counts from the first day of the
--     calendar on; until_night is NULL for the last.
with versions as (
    select
        s.provider_siret,
        s.session_id,
        s.submission_id,
        s.action_id,
        case when left(s.commune_code, 2) in ('97', '98') then left(s.commune_code, 3) else left(s.commune_code, 2) end
            as departement_code,
        c.epci_code,
        r.night
    from history.sessions as s
    join history.received as r on r.submission_id = s.submission_id
    left join reference.communes as c on c.commune_code = s.commune_code
),

last_versions_of_nights as (
    select v.*
    from versions as v
    qualify row_number() over (partition by v.provider_siret, v.session_id, v.night order by v.submission_id desc) = 1
),

units as (
    select l.provider_siret, l.session_id, l.night, 'programme' as level, '' as level_id
    from last_versions_of_nights as l
    union all
    select l.provider_siret, l.session_id, l.night, 'departement' as level, l.departement_code as level_id
    from last_versions_of_nights as l
    union all
    select l.provider_siret, l.session_id, l.night, 'epci' as level, l.epci_code as level_id
    from last_versions_of_nights as l
    union all
    select l.provider_siret, l.session_id, l.night, 'provider' as level, l.provider_siret as level_id
    from last_versions_of_nights as l
    union all
    select l.provider_siret, l.session_id, l.night, 'action' as level, l.provider_siret || '/' || l.action_id as level_id
    from last_versions_of_nights as l
    union all
    select l.provider_siret, l.session_id, l.night, 'session' as level, l.provider_siret || '/' || l.session_id as level_id
    from last_versions_of_nights as l
),

units_as_they_changed as (
    select
        u.*,
        row_number() over (partition by u.provider_siret, u.session_id, u.level order by u.night) = 1 as is_first,
        lag(u.level_id) over (partition by u.provider_siret, u.session_id, u.level order by u.night)
            is distinct from u.level_id as is_moved
    from units as u
    where u.level_id is not null
)

select
    c.provider_siret,
    c.session_id,
    c.level,
    c.level_id,
    case when c.is_first then cast('0001-01-01' as date) else c.night end as from_night,
    lead(c.night) over (partition by c.provider_siret, c.session_id, c.level order by c.night) as until_night
from units_as_they_changed as c
where c.is_first or c.is_moved
