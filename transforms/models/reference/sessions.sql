-- what: The sessions that count, with the names of action and places
-- grain: a session
-- key: provider_siret, session_id
-- unit: seats
-- excludes: sessions that wait for their action
-- source: clean.sessions, clean.actions, work.session_sites, reference.communes, reference.epci, reference.departements
-- definition: Places are those of the session's site; names are today's, that of the commune is of the code as sent.
-- columns:
--     provider_siret: the provider
--     session_id: the session
--     level_id: SIRET/session_id, as in the tables of indicators where level is session
--     provider_name: the provider's name
--     action_id: the action
--     action_level_id: SIRET/action_id, as there where level is action
--     action_title: the action's title
--     commune_code: INSEE code of the site's commune
--     commune: its name
--     epci_code: SIREN of the EPCI; NULL on a few islands
--     epci: its name
--     departement_code: the department, as level_id where level is departement
--     departement: its name
--     starts_on: first day
--     ends_on: last day
--     seats: places
select
    s.provider_siret,
    s.session_id,
    s.provider_siret || '/' || s.session_id as level_id,
    a.provider_name,
    s.action_id,
    s.provider_siret || '/' || s.action_id as action_level_id,
    a.title as action_title,
    s.commune_code,
    c.name as commune,
    p.epci_code,
    e.name as epci,
    p.departement_code,
    d.name as departement,
    s.starts_on,
    s.ends_on,
    s.seats
from clean.sessions as s
join work.session_sites as p on p.provider_siret = s.provider_siret and p.session_id = s.session_id
left join clean.actions as a on a.provider_siret = s.provider_siret and a.action_id = s.action_id
left join reference.communes as c on c.commune_code = s.commune_code
left join reference.epci as e on e.epci_code = p.epci_code
left join reference.departements as d on d.department_code = p.departement_code
