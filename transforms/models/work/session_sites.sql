-- what: Each session with the places that it belongs to
-- grain: a session
-- key: provider_siret, session_id
-- unit: none
-- excludes: nothing
-- source: clean.sessions, reference.communes
-- definition: Place = that of the session's site. Department = the commune code's first two characters, three overseas
--     (the code as sent: it is not moved when the commune is). EPCI = today's, NULL on a few islands.
select
    s.provider_siret,
    s.session_id,
    s.action_id,
    s.starts_on,
    case when left(s.commune_code, 2) in ('97', '98') then left(s.commune_code, 3) else left(s.commune_code, 2) end
        as departement_code,
    c.epci_code
from clean.sessions as s
left join reference.communes as c on c.commune_code = s.commune_code
