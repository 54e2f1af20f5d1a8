-- what: The units, of every level, in which each session counts
-- grain: a session and level
-- key: provider_siret, session_id, level
-- unit: none
-- excludes: the EPCI of sites that are in none
-- source: work.session_sites
-- definition: level_id = '' for the programme, else the department, the EPCI, SIRET, SIRET/action_id, SIRET/session_id.
select s.provider_siret, s.session_id, 'programme' as level, '' as level_id
from work.session_sites as s
union all
select s.provider_siret, s.session_id, 'departement' as level, s.departement_code as level_id
from work.session_sites as s
union all
select s.provider_siret, s.session_id, 'epci' as level, s.epci_code as level_id
from work.session_sites as s
where s.epci_code is not null
union all
select s.provider_siret, s.session_id, 'provider' as level, s.provider_siret as level_id
from work.session_sites as s
union all
select s.provider_siret, s.session_id, 'action' as level, s.provider_siret || '/' || s.action_id as level_id
from work.session_sites as s
union all
select s.provider_siret, s.session_id, 'session' as level, s.provider_siret || '/' || s.session_id as level_id
from work.session_sites as s
