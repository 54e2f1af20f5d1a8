-- The units of the sessions that somebody entered by the period's end, with the units above each and a name for people
with sessions_entered as (
    select
        s.level_id,
        coalesce(s.departement_code, '') as departement,
        coalesce(s.epci_code, '') as epci,
        s.provider_siret as provider,
        s.action_level_id as action,
        coalesce(s.departement, s.departement_code) as departement_name,
        coalesce(s.epci, s.epci_code) as epci_name,
        coalesce(p.name, s.provider_siret) as provider_name,
        coalesce(s.action_title, s.action_id) as action_title,
        coalesce(s.commune, s.commune_code) || ', ' || strftime(s.starts_on, '%Y-%m-%d') as place_and_day
    from reference.sessions as s
    join indicators.audience_mix as a on a.level = 'session' and a.level_id = s.level_id
    left join reference.providers as p on p.siret = s.provider_siret
    where a.cohort <> 'all' and a.cohort <= $period
    group by all
    having sum(a.entrants) > 0
)

select distinct
    'programme' as level,
    '' as level_id,
    'Ensemble du programme' as label,
    '' as departement,
    '' as epci,
    '' as provider,
    '' as action
from sessions_entered
union all
select 'departement', e.departement, min(e.departement_name), '', '', '', ''
from sessions_entered as e
where e.departement <> ''
group by e.departement
union all
-- an EPCI may reach over the border of a department: then it hangs below none, and its sessions below their own
select
    'epci',
    e.epci,
    min(e.epci_name),
    case when count(distinct e.departement) = 1 then min(e.departement) else '' end,
    '',
    '',
    ''
from sessions_entered as e
where e.epci <> ''
group by e.epci
union all
select 'provider', e.provider, min(e.provider_name), '', '', '', ''
from sessions_entered as e
group by e.provider
union all
select 'action', e.action, min(e.action_title), '', '', e.provider, ''
from sessions_entered as e
group by e.action, e.provider
union all
select 'session', e.level_id, e.place_and_day, e.departement, e.epci, e.provider, e.action
from sessions_entered as e
