-- Every session with the name of its commune, the sessions of an action by the day on which they start
select
    sessions.provider_siret,
    sessions.action_id,
    sessions.session_id,
    sessions.starts_on,
    sessions.ends_on,
    communes.name as commune,
    sessions.provider_siret || '/' || sessions.session_id as level_id
from clean.sessions as sessions
left join reference.communes as communes on communes.commune_code = sessions.commune_code
order by sessions.provider_siret, sessions.action_id, sessions.starts_on, sessions.session_id
