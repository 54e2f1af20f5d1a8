-- Sessions of which no learner is known and of which the learners are due within 14 days.
select
    s.provider_siret,
    'apprenants' as kind,
    'session' as level,
    s.provider_siret || '/' || s.session_id as level_id,
    cast(null as varchar) as horizon,
    'RET-01' as rule,
    cast(null as date) as closes_on,
    cast(s.starts_on + interval 30 day as date) as due_on
from in_force.sessions as s
cross join work.reference_date as r
anti join in_force.learners as l on l.provider_siret = s.provider_siret and l.session_id = s.session_id
anti join in_force.erased_sessions as e on e.provider_siret = s.provider_siret and e.session_id = s.session_id
where cast(s.starts_on + interval 30 day as date) between r.as_of and cast(r.as_of + interval 14 day as date)
